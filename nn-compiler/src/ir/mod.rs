//! The graph of mathematical operations: what a network computes, without layers, names or memory.
//!
//! A [`Graph`] is a list of [`Node`]s in an order in which each stands behind its operands. A [`Value`] is the index of a node.
//! Operands of element-wise operations have equal shapes: stretching is an operation of its own ([`Op::Broadcast`]).
//! The only axis that may depend on the batch is the leading one, see [`Shape`].

mod affine;
mod build;
mod conv;
mod print;
mod scan;
mod verify;

pub use affine::{Affine, identity, tiles};
pub use conv::{Conv, ConvPart, Meeting, Sliding};
pub use scan::{Scan, Yielded, stacking_axis};
pub use verify::verify;

use crate::shape::Shape;

/// A node of a graph, by index.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Value(pub u32);

impl Value {
    /// The index of the node.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// What comes from outside of the graph for each batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The examples.
    Input,
    /// What the network yields before its head.
    Logits,
    /// The gradient of the loss with respect to the logits.
    LogitsGradient,
    /// The gradient of the loss with respect to the output.
    OutputGradient,
    /// What the network yields, where a loss is computed from it.
    Output,
    /// What it should have yielded.
    Targets,
    /// In the body of a scan: the element of a sequence, by number.
    Element(usize),
    /// In the body of a scan: what the step before has left, by number.
    Carried(usize),
    /// In the body of a scan: what each step sees whole, by number.
    Outer(usize),
    /// While a body is differentiated: the gradient of what it yields, by number.
    Seed(usize),
}

/// What leaves the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// What the network yields before its head.
    Logits,
    /// What the network yields.
    Output,
    /// The gradient of the loss with respect to the logits.
    LogitsGradient,
    /// The gradient of the loss with respect to the output.
    OutputGradient,
    /// The loss of each example, then the metrics of the text.
    Figures,
    /// The gradient of the loss with respect to a tensor, by index.
    Gradient(usize),
    /// The new value of a tensor that is not trained, by index.
    State(usize),
    /// In the body of a scan: what it leaves to the next step, by number.
    Next(usize),
    /// In the body of a scan: what it emits, by number.
    Emit(usize),
}

/// One operation on one, two or three values, element by element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unary {
    /// `-x`
    Neg,
    /// `|x|`
    Abs,
    /// -1, 0 or 1
    Sign,
    /// 1 where `x >= 0`, else 0
    Heaviside,
    /// `max(x, 0)`
    Relu,
    /// `e^x`
    Exp,
    /// `e^x - 1`
    ExpM1,
    /// The natural logarithm.
    Ln,
    /// `ln(1 + e^x)`
    Softplus,
    /// The square root.
    Sqrt,
    /// `1 / x`
    Recip,
    /// The hyperbolic tangent.
    Tanh,
    /// `1 / (1 + e^-x)`
    Sigmoid,
    /// The error function.
    Erf,
    /// The sine.
    Sin,
    /// The cosine.
    Cos,
    /// The nearest whole number; of two, the even one.
    Round,
}

/// Arithmetic on two values, element by element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Binary {
    /// `a + b`
    Add,
    /// `a - b`
    Sub,
    /// `a * b`
    Mul,
    /// `a / b`
    Div,
    /// The larger.
    Max,
    /// The smaller.
    Min,
    /// 1 where `a > b`, else 0
    Greater,
    /// 1 where `a >= b`, else 0
    GreaterEqual,
    /// 1 where `a == b`, else 0
    Equal,
}

/// How an axis is reduced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Reduction {
    /// The sum.
    Sum,
    /// The largest.
    Max,
}

/// The distribution of a random value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Distribution {
    /// Uniform in [0, 1).
    Uniform,
    /// Normal with mean 0 and variance 1.
    Normal,
}

/// An operation. The set is closed: what it computes is in `evaluate`, its adjoint in `grad`, how it is written in `plan` and `emit`.
#[derive(Clone, Debug, PartialEq)]
pub enum Op {
    /// Comes from outside.
    Source(Source),
    /// A parameter or a piece of state, by index.
    Tensor(usize),
    /// A number.
    Constant(f64),
    /// Numbers in row-major order.
    Literal(Vec<f64>),
    /// At each place, its position on this axis.
    Iota(usize),
    /// The number of examples in the batch, as a number.
    BatchSize,
    /// Random values, the same for the same seed, training step, stream and row.
    Random(Distribution, u32),
    /// An element-wise function.
    Unary(Unary, Value),
    /// An element-wise operation on two values of one shape.
    Binary(Binary, Value, Value),
    /// `if condition != 0 { a } else { b }`, element by element.
    Select(Value, Value, Value),
    /// The operand repeated along new axes; the list says at which axis of the result each axis of the operand stands, in ascending order.
    Broadcast(Value, Vec<usize>),
    /// The same values in another shape.
    Reshape(Value),
    /// A reduction over the listed axes, ascending, which disappear.
    Reduce(Reduction, Value, Vec<usize>),
    /// The operand read at affine positions: for each of its axes, the position in terms of the axes of the result. Windows,
    /// slices, transposes and reversals are such. The batch stands where it stood.
    Index(Value, Vec<Affine>),
    /// The adjoint of [`Op::Index`]: zeros, to which each value of the operand is added at its position. For each axis of the
    /// result, the position in terms of the axes of the operand.
    Deposit(Value, Vec<Affine>),
    /// The operands one behind the other along an axis.
    Concat(Vec<Value>, usize),
    /// A convolution, or one of its adjoints.
    Conv(Box<Conv>),
    /// A loop. Its own shape is that of a single value; what it yields is read by [`Op::Yield`].
    Scan(Box<Scan>),
    /// One of the values that a scan yields.
    Yield(Value, Yielded),
    /// The product of two matrices, each perhaps transposed first: `[m, k] x [k, n] -> [m, n]`. With three axes each, a product
    /// for each entry of the leading one: `[r, m, k] x [r, k, n] -> [r, m, n]`.
    Dot {
        /// The left matrix.
        a: Value,
        /// Whether it is transposed.
        transpose_a: bool,
        /// The right matrix.
        b: Value,
        /// Whether it is transposed.
        transpose_b: bool,
    },
    /// Rows of a table `[v, d]` by ids `[r]`: `[r, d]`. An id that is none gives NaN.
    Gather {
        /// The table.
        table: Value,
        /// The ids, as numbers.
        ids: Value,
    },
    /// The adjoint of gather: rows `[r, d]` added up by ids `[r]` in a table of zeros `[v, d]`. Ids that are none are left out.
    ScatterAdd {
        /// The rows.
        rows: Value,
        /// The ids, as numbers.
        ids: Value,
    },
    /// The operand, without a gradient.
    Stop(Value),
}

impl Op {
    /// The values that it reads.
    pub fn operands(&self) -> Vec<Value> {
        match *self {
            Op::Source(_)
            | Op::Tensor(_)
            | Op::Constant(_)
            | Op::Literal(_)
            | Op::Iota(_)
            | Op::BatchSize
            | Op::Random(..) => Vec::new(),
            Op::Unary(_, x)
            | Op::Broadcast(x, _)
            | Op::Reshape(x)
            | Op::Reduce(_, x, _)
            | Op::Index(x, _)
            | Op::Deposit(x, _)
            | Op::Yield(x, _)
            | Op::Stop(x) => vec![x],
            Op::Binary(_, a, b) | Op::Dot { a, b, .. } => vec![a, b],
            Op::Concat(ref parts, _) => parts.clone(),
            Op::Conv(ref conv) => vec![conv.a, conv.b],
            Op::Scan(ref scan) => scan.operands(),
            Op::Gather { table, ids } => vec![table, ids],
            Op::ScatterAdd { rows, ids } => vec![rows, ids],
            Op::Select(condition, a, b) => vec![condition, a, b],
        }
    }

    /// Whether an element costs little to compute again, given the elements that it is computed from.
    pub fn is_cheap(&self) -> bool {
        match self {
            Op::Constant(_) | Op::Literal(_) | Op::Iota(_) | Op::BatchSize | Op::Random(..) => true,
            Op::Broadcast(..) | Op::Reshape(_) | Op::Index(..) | Op::Select(..) | Op::Stop(_) => true,
            Op::Unary(op, _) => match op {
                Unary::Neg | Unary::Abs | Unary::Sign | Unary::Heaviside | Unary::Relu | Unary::Round => true,
                Unary::Exp
                | Unary::ExpM1
                | Unary::Ln
                | Unary::Softplus
                | Unary::Sqrt
                | Unary::Recip
                | Unary::Tanh
                | Unary::Sigmoid
                | Unary::Erf
                | Unary::Sin
                | Unary::Cos => false,
            },
            Op::Binary(op, ..) => *op != Binary::Div,
            Op::Source(_)
            | Op::Tensor(_)
            | Op::Reduce(..)
            | Op::Deposit(..)
            | Op::Concat(..)
            | Op::Conv(_)
            | Op::Scan(_)
            | Op::Yield(..)
            | Op::Dot { .. }
            | Op::Gather { .. }
            | Op::ScatterAdd { .. } => false,
        }
    }

    /// Whether what it yields is computed by a loop that reads this operand element by element.
    pub fn reads_elements_of(&self, operand: Value) -> bool {
        match self {
            Op::Dot { .. } | Op::Conv(_) | Op::Gather { .. } | Op::ScatterAdd { .. } | Op::Reshape(_) => false,
            // A loop begins by copying what it carries.
            Op::Scan(scan) => {
                let whole =
                    scan.sequences.iter().map(|(value, _)| value).chain(&scan.outer).any(|value| *value == operand);
                !whole
            }
            Op::Source(_)
            | Op::Tensor(_)
            | Op::Constant(_)
            | Op::Literal(_)
            | Op::Iota(_)
            | Op::BatchSize
            | Op::Random(..)
            | Op::Unary(..)
            | Op::Binary(..)
            | Op::Select(..)
            | Op::Broadcast(..)
            | Op::Index(..)
            | Op::Deposit(..)
            | Op::Concat(..)
            | Op::Yield(..)
            | Op::Reduce(..)
            | Op::Stop(_) => true,
        }
    }

    /// The same operation on other values.
    #[must_use]
    pub fn map(&self, mut f: impl FnMut(Value) -> Value) -> Self {
        match self {
            Op::Source(_)
            | Op::Tensor(_)
            | Op::Constant(_)
            | Op::Literal(_)
            | Op::Iota(_)
            | Op::BatchSize
            | Op::Random(..) => self.clone(),
            Op::Index(x, at) => Op::Index(f(*x), at.clone()),
            Op::Deposit(x, at) => Op::Deposit(f(*x), at.clone()),
            Op::Concat(parts, axis) => Op::Concat(parts.iter().map(|part| f(*part)).collect(), *axis),
            Op::Conv(conv) => {
                let (a, b) = (f(conv.a), f(conv.b));
                Op::Conv(Box::new(Conv { a, b, yields: conv.yields, meeting: conv.meeting.clone() }))
            }
            Op::Scan(scan) => Op::Scan(Box::new(scan.map(f))),
            Op::Yield(scan, which) => Op::Yield(f(*scan), *which),
            Op::Unary(op, x) => Op::Unary(*op, f(*x)),
            Op::Binary(op, a, b) => Op::Binary(*op, f(*a), f(*b)),
            Op::Select(condition, a, b) => Op::Select(f(*condition), f(*a), f(*b)),
            Op::Broadcast(x, axes) => Op::Broadcast(f(*x), axes.clone()),
            Op::Reshape(x) => Op::Reshape(f(*x)),
            Op::Reduce(reduction, x, axes) => Op::Reduce(*reduction, f(*x), axes.clone()),
            Op::Dot { a, transpose_a, b, transpose_b } => {
                Op::Dot { a: f(*a), transpose_a: *transpose_a, b: f(*b), transpose_b: *transpose_b }
            }
            Op::Gather { table, ids } => Op::Gather { table: f(*table), ids: f(*ids) },
            Op::ScatterAdd { rows, ids } => Op::ScatterAdd { rows: f(*rows), ids: f(*ids) },
            Op::Stop(x) => Op::Stop(f(*x)),
        }
    }
}

/// One operation, the shape of its result, and the part of the text that it came from.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    /// The operation.
    pub op: Op,
    /// The shape of its result.
    pub shape: Shape,
    /// Which of the graph's [`Graph::origins`].
    pub origin: u32,
}

/// A graph with what it yields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The operations; each stands behind its operands.
    pub nodes: Vec<Node>,
    /// What leaves the graph, in the order in which it is computed.
    pub outputs: Vec<(Target, Value)>,
    /// The layers that nodes came from: `dense_1: dense(4->16)`.
    pub origins: Vec<String>,
    /// The origin of the nodes that are added next.
    origin: u32,
}

impl Graph {
    /// The node of a value.
    pub fn node(&self, value: Value) -> &Node {
        &self.nodes[value.index()]
    }

    /// The operation that yields a value.
    pub fn op(&self, value: Value) -> &Op {
        &self.node(value).op
    }

    /// The shape of a value.
    pub fn shape(&self, value: Value) -> &Shape {
        &self.node(value).shape
    }

    /// What a deposit puts where, if it fills each place once.
    pub fn tiling(&self, value: Value) -> Option<(Value, &[Affine])> {
        let Op::Deposit(x, at) = self.op(value) else { return None };
        tiles(at, &self.shape(*x).axes(), &self.shape(value).axes()).then_some((*x, at))
    }

    /// All values in order.
    pub fn values(&self) -> impl Iterator<Item = Value> + use<> {
        (0..self.nodes.len()).map(|index| Value(index as u32))
    }

    /// The value that leaves the graph as `target`.
    pub fn output(&self, target: Target) -> Option<Value> {
        self.outputs.iter().find(|(at, _)| *at == target).map(|(_, value)| *value)
    }
}
