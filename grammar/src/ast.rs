//! The syntax tree of a `.nn` program, as both front ends build it; knows spelling and spans, no layer, no shape.

mod train;

use crate::span::Span;
pub use train::{Clause, ClauseKind, Constant, Field, Origin, Role, Search, Train};

/// A whole `.nn` text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// The items in the order in which they were written.
    pub items: Vec<Item>,
}

/// One top-level item.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `use "blocks.nn";`
    Use(Use),
    /// `network Name < … >`, `network Name(x: [4]) { … }`
    Network(Network),
    /// `block name(params) < … >`, `block name(params)(x) { … }`
    Block(Block),
    /// `train Name { … }`
    Train(Train),
    /// `search Name { … }`
    Search(Search),
    /// `let hidden = 16;`
    Constant(Constant),
}

/// `use "blocks.nn";`: the items of another file.
#[derive(Clone, Debug, PartialEq)]
pub struct Use {
    /// The file, relative to the one that names it; escapes resolved.
    pub path: String,
    /// Where the path stands.
    pub path_span: Span,
    /// The whole item.
    pub span: Span,
}

/// An identifier where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `/// docs` `pub` `network Name(inputs, settings) < chain >`, or with a graph for a body.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The text of its `///` lines, without the slashes and one leading space.
    pub docs: Vec<String>,
    /// Whether it says `pub`. Networks of a `.nn` file are public with or without it.
    pub public: bool,
    /// CamelCase: it becomes a Rust type.
    pub name: Name,
    /// `x: [32, 32, 3]`.
    pub inputs: Vec<Input>,
    /// `dim T <= 256`: extents that may differ from example to example, and the largest that each can be.
    pub dims: Vec<(Name, Expr)>,
    /// `precision = f64`, `memory <= 64 KiB`.
    pub settings: Vec<Setting>,
    /// What it computes.
    pub body: Body,
    /// The whole item.
    pub span: Span,
}

/// One setting of a network: `name = value` or `name <= value`.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// What is set.
    pub name: Name,
    /// How it relates to the value.
    pub relation: Relation,
    /// The value.
    pub value: Expr,
}

/// How a setting or clause relates to its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// `=`
    Is,
    /// `<=`
    AtMost,
}

/// `block name(params) < chain >`
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// The text of its `///` lines.
    pub docs: Vec<String>,
    /// snake_case, like a layer.
    pub name: Name,
    /// What a use must or may state: the first parentheses.
    pub params: Vec<Param>,
    /// What it works on: the second parentheses, which a block with a chain for a body does not have.
    pub inputs: Vec<Input>,
    /// What it computes.
    pub body: Body,
    /// The whole item.
    pub span: Span,
}

/// `x`, `x: [32, 32, 3]`, `x: [t, c]`, `ids: class(65)[64]`
#[derive(Clone, Debug, PartialEq)]
pub struct Input {
    /// The name by which the body refers to it.
    pub name: Name,
    /// What it is; a block may leave that open.
    pub kind: Option<Type>,
}

/// What a tensor is: `[32, 32, 3]`, `class(10)`, `class(V)[T]`
#[derive(Clone, Debug, PartialEq)]
pub struct Type {
    /// How many classes there are, if the values are ids.
    pub classes: Option<Expr>,
    /// The extents, batch excluded. A single id and a single value have none. In an input of a block, a name that
    /// nothing else has given a meaning stands for whatever extent arrives.
    pub extents: Vec<Expr>,
    /// The whole type.
    pub span: Span,
}

/// What a network or a block computes.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `< stage, stage, … >`
    Chain(Chain),
    /// `{ statements; result }`
    Graph(Graph),
}

/// `{ let h = …; h + x }`
#[derive(Clone, Debug, PartialEq)]
pub struct Graph {
    /// In the order in which they were written.
    pub statements: Vec<Statement>,
    /// What the body yields; only a `scan`, which emits, has none.
    pub result: Option<Box<Expr>>,
    /// From `{` to `}`.
    pub span: Span,
}

/// One statement of a graph.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// The whole statement.
    pub span: Span,
}

/// What a statement can say.
#[derive(Clone, Debug, PartialEq)]
pub enum StatementKind {
    /// `let h = x |> dense(16);`; several names take the parts of a value that has as many: `let (mu, logvar) = encode(x);`
    Let {
        /// At least one.
        names: Vec<Name>,
        /// What it names.
        value: Expr,
    },
    /// `param w: [4, 3] = normal(0.02);`, `const k: [3] = [1, 2, 1];`, `state s: [16] = zeros;`
    Tensor {
        /// Which of the three.
        role: TensorRole,
        /// Its name, also in saved files.
        name: Name,
        /// Its extents; a single value has none.
        kind: Option<Type>,
        /// How it begins, or what it is.
        value: Expr,
    },
    /// `next s = …;`: the new value of a state.
    Next {
        /// The state.
        name: Name,
        /// Its new value.
        value: Expr,
    },
    /// `emit s;`: what a `scan` yields at each step.
    Emit(Expr),
    /// `sample eps ~ normal[20];`
    Sample {
        /// Its name.
        name: Name,
        /// `normal[20]`, `uniform(-1, 1)[4, 4]`
        distribution: Expr,
    },
    /// `entry decode(z: [20]) = …;`: one more public function of the network.
    Entry {
        /// Its name, also in Rust.
        name: Name,
        /// What it takes.
        inputs: Vec<Input>,
        /// What it yields.
        value: Expr,
    },
    /// `dim T <= 256;`: an extent that may differ from example to example, up to a bound.
    Dim {
        /// Its name.
        name: Name,
        /// The largest that it can be.
        most: Expr,
    },
}

/// What a tensor of a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TensorRole {
    /// `param`: trained.
    Param,
    /// `const`: never changes.
    Const,
    /// `state`: changes by `next`.
    State,
}

/// `name: kind = default`
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// The name by which the body refers to it.
    pub name: Name,
    /// `dim`, `real`, `bool`, `activation`, …: judged by `check`, not here.
    pub kind: Name,
    /// The value when a use states none.
    pub default: Option<Expr>,
}

/// `< stage, stage, … >`
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The stages in the order in which data passes them; may be empty here, `check` refuses that.
    pub stages: Vec<Stage>,
    /// From `<` to `>`.
    pub span: Span,
}

/// One stage of a chain.
#[derive(Clone, Debug, PartialEq)]
pub enum Stage {
    /// A layer, a block, or a combinator with chains of its own.
    Call(Call),
    /// A bare chain, as in `concat < <a, b>, <c> >`.
    Chain(Chain),
}

/// `name`, `name(args)`, `name < chain >` or `name(args) < chain >`
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// What is called.
    pub name: Name,
    /// The arguments; `name()` and `name` are the same.
    pub args: Vec<Arg>,
    /// The chain that a combinator such as `residual` or `repeat` works on.
    pub chain: Option<Chain>,
    /// The whole call.
    pub span: Span,
}

/// A positional or named argument.
#[derive(Clone, Debug, PartialEq)]
pub struct Arg {
    /// `name =`, if it is named.
    pub name: Option<Name>,
    /// The value.
    pub value: Expr,
}

/// An expression and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands.
    pub span: Span,
}

/// What an expression can be.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// `4`, `1_000`, `0.2`, `1e-3`, `8KiB`
    Number(Number),
    /// `"text"`, escapes resolved.
    Text(String),
    /// `relu`, `same`, `true`, or the parameter of a block.
    Name(String),
    /// `he_normal(gain = 2)`; the callee's name has its own span.
    Call(Call),
    /// `4 -> 16`
    Arrow(Box<Expr>, Box<Expr>),
    /// `0..4`
    Range(Box<Expr>, Box<Expr>),
    /// `[1, 2, 3]`
    List(Vec<Expr>),
    /// `columns[0..4]`, `columns["a", "b"]`
    Index(Box<Expr>, Vec<Expr>),
    /// `-x`
    Negate(Box<Expr>),
    /// `2 * width`, `x > 0`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `..`, `1..`, `..4` between brackets: a range without one of its ends.
    Open(Option<Box<Expr>>, Option<Box<Expr>>),
    /// `out.mu`
    Field(Box<Expr>, Name),
    /// `x |> dense(16)`: the stage is a call or a bare chain.
    Pipe(Box<Expr>, Box<Stage>),
    /// `< dense(16), relu >` where an expression is expected: a chain that waits for its input.
    Chain(Chain),
    /// `if stride == 1 { x } else { x |> conv(c, 1, stride) }`: decided when the text is compiled.
    If(Box<If>),
    /// `scan xt in x { … }`
    Scan(Box<Scan>),
    /// `(mu = …, logvar = …)`
    Tuple(Vec<Arg>),
}

/// `if condition { … } else { … }`; `else if` is an `else` whose graph is only another `if`.
#[derive(Clone, Debug, PartialEq)]
pub struct If {
    /// The condition.
    pub condition: Expr,
    /// What counts if it holds.
    pub then: Graph,
    /// What counts if it does not.
    pub otherwise: Graph,
}

/// `scan xt in x, mt in m { state s: [16] = zeros; …; next s = …; emit s; }`
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// The elements and the sequences that they come from; at least one.
    pub sequences: Vec<(Name, Expr)>,
    /// What is done at each step.
    pub body: Graph,
}

/// The operators of expressions. From tight to loose: `*` `/` `@`, then `+` `-`, then comparisons, which do not associate;
/// the others associate to the left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
    /// `@`, the product of matrices
    MatMul,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
}

/// A number as written, so that printing loses nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Number {
    /// The digits as they were written, underscores included: `1_000`, `1e-3`. Never empty, no unit, no sign.
    pub digits: String,
    /// `KiB` in `8KiB` or `8 KiB`.
    pub unit: Option<Unit>,
}

/// A unit of memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// One byte.
    B,
    /// 1024 bytes.
    KiB,
    /// 1024 KiB.
    MiB,
    /// 1024 MiB.
    GiB,
}
