//! Adding nodes to a graph: one method for each operation, which works out the shape; knows no layer.

use super::{
    Affine, Binary, Conv, ConvPart, Distribution, Graph, Meeting, Node, Op, Reduction, Scan, Source, Target, Unary,
    Value, Yielded, identity,
};
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
    softplus => Softplus, sqrt => Sqrt, recip => Recip, tanh => Tanh, sigmoid => Sigmoid, erf => Erf, sin => Sin, cos => Cos,
    round => Round,
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

    /// An empty graph for the body of a loop; its nodes come from where those come from that are added here next.
    #[must_use]
    pub fn begin_body(&self) -> Self {
        let mut body = Self::default();
        if let Some(origin) = self.origins.get(self.origin as usize) {
            body.set_origin(origin.clone());
        }
        body
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

    /// [`Op::Literal`]
    pub fn literal(&mut self, values: Vec<f64>, shape: &[usize]) -> Value {
        self.push(Op::Literal(values), Shape::fixed(shape))
    }

    /// [`Op::Iota`] in the shape of another value.
    pub fn iota_like(&mut self, axis: usize, like: Value) -> Value {
        let shape = self.shape(like).clone();
        self.push(Op::Iota(axis), shape)
    }

    /// [`Op::Iota`] of a fixed shape.
    pub fn iota(&mut self, axis: usize, shape: &[usize]) -> Value {
        self.push(Op::Iota(axis), Shape::fixed(shape))
    }

    /// [`Op::Index`]: for each axis of `x` its position, in terms of the axes of `shape`.
    pub fn index(&mut self, x: Value, at: Vec<Affine>, shape: Shape) -> Value {
        self.push(Op::Index(x, at), shape)
    }

    /// The axes of `x` in another order: axis `i` of the result is axis `order[i]` of `x`. The batch stays in front.
    pub fn permute(&mut self, x: Value, order: &[usize]) -> Value {
        let extents: Vec<Extent> = order.iter().map(|axis| self.shape(x).axis(*axis)).collect();
        let place = |axis: usize| order.iter().position(|from| *from == axis).expect("an order lists every axis");
        let at = (0..order.len()).map(|axis| Affine::counter(place(axis))).collect();
        self.index(x, at, Shape::from_axes(&extents))
    }

    /// Entries `start`, `start + step`, … of an axis, `count` of them; `step` may be negative.
    pub fn slice(&mut self, x: Value, axis: usize, start: usize, step: isize, count: usize) -> Value {
        let mut at = identity(self.shape(x).rank());
        at[axis] = Affine::strided(start, axis, step);
        let shape = self.shape(x).with_axis(axis, count);
        self.index(x, at, shape)
    }

    /// One entry of an axis, which disappears.
    pub fn entry(&mut self, x: Value, axis: usize, position: usize) -> Value {
        let rank = self.shape(x).rank();
        let after = |at: usize| if at > axis { at - 1 } else { at };
        let at =
            (0..rank).map(|at| if at == axis { Affine::fixed(position) } else { Affine::counter(after(at)) }).collect();
        let mut extents = self.shape(x).axes();
        extents.remove(axis);
        self.index(x, at, Shape::from_axes(&extents))
    }

    /// Windows of an axis: it becomes two, places and taps. Entry `place * stride + tap * dilation`.
    pub fn windows(
        &mut self,
        x: Value,
        axis: usize,
        (places, stride): (usize, usize),
        (taps, dilation): (usize, usize),
    ) -> Value {
        let after = |at: usize| if at > axis { at + 1 } else { at };
        let mut at: Vec<Affine> = (0..self.shape(x).rank()).map(|at| Affine::counter(after(at))).collect();
        at[axis] = Affine { offset: 0, terms: vec![(axis, stride as isize), (axis + 1, dilation as isize)] };
        let mut extents = self.shape(x).axes();
        extents.splice(axis..=axis, [Extent::Fixed(places), Extent::Fixed(taps)]);
        self.index(x, at, Shape::from_axes(&extents))
    }

    /// [`Op::Deposit`]: for each axis of `shape` the position, in terms of the axes of `x`.
    pub fn deposit(&mut self, x: Value, at: Vec<Affine>, shape: Shape) -> Value {
        self.push(Op::Deposit(x, at), shape)
    }

    /// Zeros before and behind an axis.
    pub fn pad(&mut self, x: Value, axis: usize, before: usize, behind: usize) -> Value {
        let Extent::Fixed(n) = self.shape(x).axis(axis) else { unreachable!("the batch is not padded") };
        let mut at = identity(self.shape(x).rank());
        at[axis] = Affine::strided(before, axis, 1);
        let shape = self.shape(x).with_axis(axis, before + n + behind);
        self.deposit(x, at, shape)
    }

    /// [`Op::Concat`]
    pub fn concat(&mut self, parts: &[Value], axis: usize) -> Value {
        let count = |part: &Value| match self.shape(*part).axis(axis) {
            Extent::Fixed(n) => n,
            Extent::Rows(_) => unreachable!("batches are not joined"),
        };
        let total = parts.iter().map(count).sum();
        let shape = self.shape(parts[0]).with_axis(axis, total);
        self.push(Op::Concat(parts.to_vec(), axis), shape)
    }

    /// [`Op::Conv`]: `a` and `b` are the two parts that are not yielded, in the order input, kernel, output.
    pub fn conv(&mut self, yields: ConvPart, a: Value, b: Value, meeting: Meeting) -> Value {
        let rows = self.shape(a).rows.max(self.shape(b).rows);
        let shape = meeting.shape(yields, rows);
        self.push(Op::Conv(Box::new(Conv { yields, a, b, meeting })), shape)
    }

    /// [`Op::Scan`]
    pub fn scan(&mut self, scan: Scan) -> Value {
        self.push(Op::Scan(Box::new(scan)), Shape::scalar())
    }

    /// What a scan has emitted under a number, along a new axis behind the batch.
    pub fn emitted(&mut self, scan: Value, number: usize) -> Value {
        let shape = self.as_scan(scan).emitted_shape(number);
        self.push(Op::Yield(scan, Yielded::Emitted(number)), shape)
    }

    /// What the last step of a scan leaves under a number.
    pub fn left(&mut self, scan: Value, number: usize) -> Value {
        let shape = self.shape(self.as_scan(scan).initial[number]).clone();
        self.push(Op::Yield(scan, Yielded::Left(number)), shape)
    }

    /// The loop that a value is.
    pub fn as_scan(&self, value: Value) -> &Scan {
        match self.op(value) {
            Op::Scan(scan) => scan,
            other => unreachable!("{other} is no scan"),
        }
    }

    /// [`Op::Dot`]
    pub fn dot(&mut self, a: Value, transpose_a: bool, b: Value, transpose_b: bool) -> Value {
        let (left, right) = (self.shape(a), self.shape(b));
        let (m, n) = (left.rank() - 2 + usize::from(transpose_a), right.rank() - 1 - usize::from(transpose_b));
        let leading = (left.rank() == 3).then(|| left.axis(0));
        let extents: Vec<Extent> = leading.into_iter().chain([left.axis(m), right.axis(n)]).collect();
        self.push(Op::Dot { a, transpose_a, b, transpose_b }, Shape::from_axes(&extents))
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
