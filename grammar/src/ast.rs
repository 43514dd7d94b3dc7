//! The syntax tree of a `.nn` program, as both front ends build it; knows spelling and spans, no layer, no shape.

use crate::span::Span;

/// A whole `.nn` text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Program {
    /// The items in the order in which they were written.
    pub items: Vec<Item>,
}

/// One top-level item.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// `network Name < … >`
    Network(Network),
    /// `block name(params) < … >`
    Block(Block),
    /// `train Name { … }`
    Train(Train),
}

/// An identifier where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Name {
    /// The identifier.
    pub text: String,
    /// Where it stands.
    pub span: Span,
}

/// `/// docs` `pub` `network Name(settings) < chain >`
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// The text of its `///` lines, without the slashes and one leading space.
    pub docs: Vec<String>,
    /// Whether it says `pub`. Networks of a `.nn` file are public with or without it.
    pub public: bool,
    /// CamelCase: it becomes a Rust type.
    pub name: Name,
    /// `precision = f64`, `memory <= 64 KiB`.
    pub settings: Vec<Setting>,
    /// The layers.
    pub body: Chain,
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
    /// What a use must or may state.
    pub params: Vec<Param>,
    /// The layers.
    pub body: Chain,
    /// The whole item.
    pub span: Span,
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
    /// `2 * width`
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
}

/// The arithmetic of expressions. `*` and `/` bind tighter than `+` and `-`; all associate to the left.
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

/// `train Name { clause; … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    /// The text of its `///` lines.
    pub docs: Vec<String>,
    /// The network that it trains.
    pub network: Name,
    /// The clauses in the order in which they were written.
    pub clauses: Vec<Clause>,
    /// The whole item.
    pub span: Span,
}

/// One clause of a train section.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// `data`, `split`, `minimize`, `batch`, …
    pub keyword: Name,
    /// What follows the keyword.
    pub kind: ClauseKind,
    /// The whole clause.
    pub span: Span,
}

/// What can follow the keyword of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseKind {
    /// `data csv("iris.csv") { x = …; y = …; }`
    Data {
        /// `csv("iris.csv")`
        source: Call,
        /// What is made of its columns.
        fields: Vec<Field>,
    },
    /// `minimize cross_entropy with adam(lr = 0.01);`
    Minimize {
        /// `cross_entropy` or `huber(delta = 2)`
        loss: Call,
        /// `adam(lr = 0.01)`
        optimizer: Call,
    },
    /// `memory <= 64 KiB;`
    AtMost(Expr),
    /// `batch 16;`, `split train = 0.8, stratify;`, `early_stop(patience = 20);`: arguments, with or without parentheses.
    Settings {
        /// Whether the arguments stand in parentheses.
        parenthesized: bool,
        /// The arguments; possibly none.
        args: Vec<Arg>,
    },
}

/// `x = standardize(columns[0..4]);`
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `x` or `y`.
    pub name: Name,
    /// What it is made of.
    pub value: Expr,
}
