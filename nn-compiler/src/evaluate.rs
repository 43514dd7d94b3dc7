//! The reference evaluator: what a graph means, in f64, with `ndarray`, one line for each operation. It is the oracle of the
//! tests: finite differences of it prove adjoints, passes must leave its results unchanged, generated code must agree with it.

use std::collections::BTreeMap;

use ndarray::{ArrayD, Axis, Ix1, Ix2, IxDyn, Zip};

use crate::ir::{Binary, Distribution, Graph, Op, Reduction, Source, Target, Unary, Value};
use crate::shape::{Extent, Shape};

/// What a graph reads.
pub struct Bindings<'a> {
    /// Examples in the batch.
    pub batch: usize,
    /// Row-major values of the sources.
    pub sources: BTreeMap<Source, Vec<f64>>,
    /// Row-major logical values of the tensors, by index.
    pub tensors: &'a [Vec<f64>],
    /// The random number of a stream at (values per example, index in the batch).
    pub random: &'a dyn Fn(Distribution, u32, usize, usize) -> f64,
}

/// The value of each output, row-major.
pub fn evaluate(graph: &Graph, bindings: &Bindings<'_>) -> BTreeMap<Target, Vec<f64>> {
    let values = evaluate_all(graph, bindings);
    let flat = |value: &Value| values[value.index()].iter().copied().collect();
    graph.outputs.iter().map(|(target, value)| (*target, flat(value))).collect()
}

/// The value of each node.
pub fn evaluate_all(graph: &Graph, bindings: &Bindings<'_>) -> Vec<ArrayD<f64>> {
    let mut values: Vec<ArrayD<f64>> = Vec::with_capacity(graph.nodes.len());
    for value in graph.values() {
        let node = graph.node(value);
        let result = apply(&node.op, &extents(&node.shape, bindings.batch), &values, bindings, &node.shape);
        values.push(result);
    }
    values
}

fn extents(shape: &Shape, batch: usize) -> Vec<usize> {
    let extent = |extent: Extent| match extent {
        Extent::Rows(rows) => rows * batch,
        Extent::Fixed(n) => n,
    };
    shape.axes().into_iter().map(extent).collect()
}

fn apply(op: &Op, dims: &[usize], values: &[ArrayD<f64>], bindings: &Bindings<'_>, shape: &Shape) -> ArrayD<f64> {
    let of = |value: &Value| &values[value.index()];
    let filled = |data: Vec<f64>| {
        ArrayD::from_shape_vec(IxDyn(dims), data).expect("a binding has as many values as its shape says")
    };
    match op {
        Op::Source(source) => filled(bindings.sources[source].clone()),
        Op::Tensor(index) => filled(bindings.tensors[*index].clone()),
        Op::Constant(x) => ArrayD::from_elem(IxDyn(dims), *x),
        Op::BatchSize => ArrayD::from_elem(IxDyn(dims), bindings.batch as f64),
        Op::Random(distribution, stream) => {
            let draw = |index| (bindings.random)(*distribution, *stream, shape.len(), index);
            filled((0..dims.iter().product()).map(draw).collect())
        }
        Op::Unary(op, x) => of(x).mapv(|x| unary(*op, x)),
        Op::Binary(op, a, b) => Zip::from(of(a)).and(of(b)).map_collect(|a, b| binary(*op, *a, *b)),
        Op::Select(condition, a, b) => Zip::from(of(condition))
            .and(of(a))
            .and(of(b))
            .map_collect(|condition, a, b| if *condition != 0.0 { *a } else { *b }),
        Op::Broadcast(x, axes) => broadcast(of(x), axes, dims),
        Op::Reshape(x) => filled(of(x).iter().copied().collect()),
        Op::Reduce(reduction, x, axes) => reduce(*reduction, of(x), axes),
        Op::Dot { a, transpose_a, b, transpose_b } => {
            let matrix = |value: &Value, transposed: bool| {
                let view = of(value).view().into_dimensionality::<Ix2>().expect("a dot multiplies matrices");
                if transposed { view.reversed_axes() } else { view }
            };
            matrix(a, *transpose_a).dot(&matrix(b, *transpose_b)).into_dyn()
        }
        Op::Gather { table, ids } => {
            let width = dims[1];
            let row = |id: &f64| match id_in(*id, of(table).len_of(Axis(0))) {
                Some(id) => of(table).index_axis(Axis(0), id).to_vec(),
                None => vec![f64::NAN; width],
            };
            filled(of(ids).iter().flat_map(row).collect())
        }
        Op::ScatterAdd { rows, ids } => {
            let mut table = ArrayD::zeros(IxDyn(dims));
            let ids = of(ids).view().into_dimensionality::<Ix1>().expect("ids are a vector");
            for (row, id) in of(rows).outer_iter().zip(ids) {
                if let Some(id) = id_in(*id, dims[0]) {
                    let mut target = table.index_axis_mut(Axis(0), id);
                    target += &row;
                }
            }
            table
        }
        Op::Stop(x) => of(x).clone(),
    }
}

trait ToVec {
    fn to_vec(&self) -> Vec<f64>;
}

impl ToVec for ndarray::ArrayViewD<'_, f64> {
    fn to_vec(&self) -> Vec<f64> {
        self.iter().copied().collect()
    }
}

fn id_in(id: f64, count: usize) -> Option<usize> {
    (id >= 0.0 && id < count as f64 && id.fract() == 0.0).then_some(id as usize)
}

fn broadcast(x: &ArrayD<f64>, axes: &[usize], dims: &[usize]) -> ArrayD<f64> {
    let mut view = x.view();
    for axis in (0..dims.len()).filter(|axis| !axes.contains(axis)) {
        view = view.insert_axis(Axis(axis));
    }
    view.broadcast(IxDyn(dims)).expect("a broadcast only stretches").to_owned()
}

fn reduce(reduction: Reduction, x: &ArrayD<f64>, axes: &[usize]) -> ArrayD<f64> {
    axes.iter().rev().fold(x.clone(), |x, axis| match reduction {
        Reduction::Sum => x.sum_axis(Axis(*axis)),
        Reduction::Max => x.fold_axis(Axis(*axis), f64::NEG_INFINITY, |a, b| binary(Binary::Max, *a, *b)),
    })
}

fn unary(op: Unary, x: f64) -> f64 {
    match op {
        Unary::Neg => -x,
        Unary::Abs => x.abs(),
        Unary::Sign => {
            if x == 0.0 || x.is_nan() {
                x
            } else {
                x.signum()
            }
        }
        Unary::Heaviside => {
            if x.is_nan() {
                x
            } else {
                f64::from(x >= 0.0)
            }
        }
        Unary::Relu => binary(Binary::Max, x, 0.0),
        Unary::Exp => x.exp(),
        Unary::ExpM1 => x.exp_m1(),
        Unary::Ln => x.ln(),
        Unary::Softplus => binary(Binary::Max, x, 0.0) + (-x.abs()).exp().ln_1p(),
        Unary::Sqrt => x.sqrt(),
        Unary::Recip => x.recip(),
        Unary::Tanh => x.tanh(),
        Unary::Sigmoid => 1.0 / (1.0 + (-x).exp()),
        Unary::Erf => erf(x),
    }
}

/// The error function by its Maclaurin series below 3 and by its continued fraction above (Abramowitz and Stegun 7.1.6, 7.1.14):
/// slow, and independent of the runtime's.
fn erf(x: f64) -> f64 {
    let a = x.abs();
    if a.is_nan() {
        return x;
    }
    let value = if a < 3.0 {
        let (mut term, mut sum, mut n) = (a, a, 0.0);
        while term > sum * 1e-18 {
            n += 1.0;
            term *= 2.0 * a * a / (2.0 * n + 1.0);
            sum += term;
        }
        sum * (-a * a).exp() * std::f64::consts::FRAC_2_SQRT_PI
    } else if a > 6.0 {
        1.0
    } else {
        let fraction = (1..=60).rev().fold(a, |tail, n| a + f64::from(n) / 2.0 / tail);
        1.0 - (-a * a).exp() / std::f64::consts::PI.sqrt() / fraction
    };
    value.copysign(x)
}

fn binary(op: Binary, a: f64, b: f64) -> f64 {
    match op {
        Binary::Add => a + b,
        Binary::Sub => a - b,
        Binary::Mul => a * b,
        Binary::Div => a / b,
        Binary::Max => {
            if a > b || a.is_nan() {
                a
            } else {
                b
            }
        }
        Binary::Min => {
            if a < b || a.is_nan() {
                a
            } else {
                b
            }
        }
        Binary::Greater => f64::from(a > b),
        Binary::GreaterEqual => f64::from(a >= b),
        Binary::Equal => f64::from(a == b),
    }
}
