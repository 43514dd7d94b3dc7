//! Adding nodes to a graph: one method for each operation, which works out the shape; knows no layer.

use super::{Binary, Distribution, Graph, Node, Op, Reduction, Source, Target, Unary, Value};
use crate::shape::{Extent, Shape};

macro_rules! unary_methods {
    ($($name:ident => $op:ident,)+) => {
        impl Graph {
            $(
                #[doc = concat!("[`Unary::", stringify!($op), "`]")]
                pub fn $name(&mut self, x: Value) -> Value {
                    self.unary(Unary::$op, x)
                }
            )+
        }
    };
}

macro_rules! binary_methods {
    ($($name:ident => $op:ident,)+) => {
        impl Graph {
            $(
                #[doc = concat!("[`Binary::", stringify!($op), "`]")]
                pub fn $name(&mut self, a: Value, b: Value) -> Value {
                    self.binary(Binary::$op, a, b)
                }
            )+
        }
    };
}

unary_methods! {
    neg => Neg, abs => Abs, sign => Sign, heaviside => Heaviside, relu => Relu, exp => Exp, exp_m1 => ExpM1, ln => Ln,
    softplus => Softplus, sqrt => Sqrt, recip => Recip, tanh => Tanh, sigmoid => Sigmoid, erf => Erf,
}

binary_methods! {
    add => Add, sub => Sub, mul => Mul, div => Div, max => Max, min => Min, greater => Greater, equal => Equal,
}

impl Graph {
    /// Says where the nodes that are added next come from.
    pub fn set_origin(&mut self, origin: String) {
        let index = self.origins.iter().position(|known| *known == origin).unwrap_or_else(|| {
            self.origins.push(origin);
            self.origins.len() - 1
        });
        self.origin = index as u32;
    }

    /// The nodes that are added next come from the origin of this index.
    pub fn set_origin_index(&mut self, origin: u32) {
        self.origin = origin;
    }

    /// The nodes that are added next come from where this value came from.
    pub fn set_origin_of(&mut self, value: Value) {
        self.origin = self.node(value).origin;
    }

    /// Adds a node.
    pub fn push(&mut self, op: Op, shape: Shape) -> Value {
        self.nodes.push(Node { op, shape, origin: self.origin });
        Value(self.nodes.len() as u32 - 1)
    }

    /// Lets a value leave the graph.
    pub fn yields(&mut self, target: Target, value: Value) {
        self.outputs.push((target, value));
    }

    /// [`Op::Source`]
    pub fn source(&mut self, source: Source, shape: Shape) -> Value {
        self.push(Op::Source(source), shape)
    }

    /// [`Op::Tensor`]
    pub fn tensor(&mut self, index: usize, shape: &[usize]) -> Value {
        self.push(Op::Tensor(index), Shape::fixed(shape))
    }

    /// [`Op::Constant`]: a single value.
    pub fn constant(&mut self, x: f64) -> Value {
        self.push(Op::Constant(x), Shape::scalar())
    }

    /// A constant in the shape of another value.
    pub fn constant_like(&mut self, x: f64, like: Value) -> Value {
        let x = self.constant(x);
        self.broadcast_to(x, like, &[])
    }

    /// [`Op::BatchSize`]
    pub fn batch_size(&mut self) -> Value {
        self.push(Op::BatchSize, Shape::scalar())
    }

    /// [`Op::Random`] in the shape of another value.
    pub fn random_like(&mut self, distribution: Distribution, stream: u32, like: Value) -> Value {
        let shape = self.shape(like).clone();
        self.push(Op::Random(distribution, stream), shape)
    }

    /// [`Op::Unary`]
    pub fn unary(&mut self, op: Unary, x: Value) -> Value {
        let shape = self.shape(x).clone();
        self.push(Op::Unary(op, x), shape)
    }

    /// [`Op::Binary`]
    pub fn binary(&mut self, op: Binary, a: Value, b: Value) -> Value {
        let shape = self.shape(a).clone();
        self.push(Op::Binary(op, a, b), shape)
    }

    /// An operation with a number as its right operand.
    pub fn with(&mut self, op: Binary, a: Value, b: f64) -> Value {
        let b = self.constant_like(b, a);
        self.binary(op, a, b)
    }

    /// `x * factor`
    pub fn scale(&mut self, x: Value, factor: f64) -> Value {
        self.with(Binary::Mul, x, factor)
    }

    /// [`Op::Select`]
    pub fn select(&mut self, condition: Value, a: Value, b: Value) -> Value {
        let shape = self.shape(a).clone();
        self.push(Op::Select(condition, a, b), shape)
    }

    /// [`Op::Broadcast`] to the shape of another value: axis `i` of `x` becomes axis `axes[i]`.
    pub fn broadcast_to(&mut self, x: Value, like: Value, axes: &[usize]) -> Value {
        let shape = self.shape(like).clone();
        self.broadcast(x, shape, axes)
    }

    /// [`Op::Broadcast`]
    pub fn broadcast(&mut self, x: Value, shape: Shape, axes: &[usize]) -> Value {
        self.push(Op::Broadcast(x, axes.to_vec()), shape)
    }

    /// A vector repeated along the last axis of another value's shape: a bias or a scale.
    pub fn along_last(&mut self, x: Value, like: Value) -> Value {
        let last = self.shape(like).rank() - 1;
        self.broadcast_to(x, like, &[last])
    }

    /// A value without the last axis of `like`, repeated along that axis.
    pub fn across_last(&mut self, x: Value, like: Value) -> Value {
        let axes: Vec<usize> = (0..self.shape(like).rank() - 1).collect();
        self.broadcast_to(x, like, &axes)
    }

    /// [`Op::Reshape`]
    pub fn reshape(&mut self, x: Value, shape: Shape) -> Value {
        self.push(Op::Reshape(x), shape)
    }

    /// [`Op::Reduce`]
    pub fn reduce(&mut self, reduction: Reduction, x: Value, axes: &[usize]) -> Value {
        let extents = self.shape(x).axes();
        let kept: Vec<Extent> =
            extents.iter().enumerate().filter(|(axis, _)| !axes.contains(axis)).map(|(_, extent)| *extent).collect();
        self.push(Op::Reduce(reduction, x, axes.to_vec()), Shape::from_axes(&kept))
    }

    /// The sum over the listed axes.
    pub fn sum(&mut self, x: Value, axes: &[usize]) -> Value {
        self.reduce(Reduction::Sum, x, axes)
    }

    /// [`Op::Dot`]
    pub fn dot(&mut self, a: Value, transpose_a: bool, b: Value, transpose_b: bool) -> Value {
        let m = self.shape(a).axis(usize::from(transpose_a));
        let n = self.shape(b).axis(usize::from(!transpose_b));
        self.push(Op::Dot { a, transpose_a, b, transpose_b }, Shape::from_axes(&[m, n]))
    }

    /// [`Op::Gather`]
    pub fn gather(&mut self, table: Value, ids: Value) -> Value {
        let shape = Shape::from_axes(&[self.shape(ids).axis(0), self.shape(table).axis(1)]);
        self.push(Op::Gather { table, ids }, shape)
    }

    /// [`Op::ScatterAdd`] to a table of this many rows.
    pub fn scatter_add(&mut self, rows: Value, ids: Value, table: usize) -> Value {
        let shape = Shape::from_axes(&[Extent::Fixed(table), self.shape(rows).axis(1)]);
        self.push(Op::ScatterAdd { rows, ids }, shape)
    }

    /// [`Op::Stop`]
    pub fn stop(&mut self, x: Value) -> Value {
        let shape = self.shape(x).clone();
        self.push(Op::Stop(x), shape)
    }
}
