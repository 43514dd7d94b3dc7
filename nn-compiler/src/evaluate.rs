//! The reference evaluator: what a graph means, in f64, with `ndarray`, one line for each operation. It is the oracle of the
//! tests: finite differences of it prove adjoints, passes must leave its results unchanged, generated code must agree with it.

use std::collections::BTreeMap;

use ndarray::{ArrayD, ArrayViewD, Axis, Ix1, Ix2, IxDyn, Zip};

use crate::ir::{
    Affine, Binary, Conv, ConvPart, Distribution, Graph, Op, Reduction, Scan, Sliding, Source, Target, Unary, Value,
    Yielded,
};
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
    /// Is shown the value of each node, those in loops at each step.
    pub watch: &'a dyn Fn(&ArrayD<f64>),
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
    // What each scan has yielded, by the index of its node.
    let mut yielded: BTreeMap<usize, BTreeMap<Yielded, ArrayD<f64>>> = BTreeMap::new();
    for value in graph.values() {
        let node = graph.node(value);
        let dims = extents(&node.shape, bindings.batch);
        let result = match &node.op {
            Op::Scan(scan) => {
                yielded.insert(value.index(), run(scan, &values, bindings));
                ArrayD::zeros(IxDyn(&dims))
            }
            Op::Yield(scan, which) => yielded[&scan.index()][which].clone(),
            op => apply(op, &dims, &values, bindings, &node.shape),
        };
        (bindings.watch)(&result);
        values.push(result);
    }
    values
}

/// All that a scan yields.
fn run(scan: &Scan, values: &[ArrayD<f64>], bindings: &Bindings<'_>) -> BTreeMap<Yielded, ArrayD<f64>> {
    let flat = |array: ArrayViewD<'_, f64>| array.iter().copied().collect::<Vec<f64>>();
    let mut carried: Vec<ArrayD<f64>> = scan.initial.iter().map(|value| values[value.index()].clone()).collect();
    let mut yielded: BTreeMap<Yielded, ArrayD<f64>> = BTreeMap::new();
    let order: Vec<usize> = if scan.reverse { (0..scan.steps).rev().collect() } else { (0..scan.steps).collect() };
    for step in order {
        let mut sources = BTreeMap::new();
        for (number, (sequence, axis)) in scan.sequences.iter().enumerate() {
            let element = values[sequence.index()].index_axis(Axis(*axis), step);
            sources.insert(Source::Element(number), flat(element));
        }
        for (number, value) in carried.iter().enumerate() {
            sources.insert(Source::Carried(number), flat(value.view()));
        }
        for (number, value) in scan.outer.iter().enumerate() {
            sources.insert(Source::Outer(number), flat(values[value.index()].view()));
        }
        // A random value of a body is one entry of a random sequence: steps stand between the rows and the value.
        let random = |distribution, stream, width: usize, index: usize| {
            (bindings.random)(
                distribution,
                stream,
                width * scan.steps,
                (index / width * scan.steps + step) * width + index % width,
            )
        };
        let inner = Bindings { batch: bindings.batch, sources, tensors: &[], random: &random, watch: bindings.watch };
        let computed = evaluate_all(&scan.body, &inner);
        for (target, value) in &scan.body.outputs {
            match target {
                Target::Next(number) => carried[*number] = computed[value.index()].clone(),
                Target::Emit(number) => {
                    let axis = usize::from(scan.body.shape(*value).is_batched());
                    let all = yielded.entry(Yielded::Emitted(*number)).or_insert_with(|| {
                        ArrayD::zeros(IxDyn(&extents(&scan.emitted_shape(*number), bindings.batch)))
                    });
                    all.index_axis_mut(Axis(axis), step).assign(&computed[value.index()]);
                }
                other => unreachable!("a body does not yield {other:?}"),
            }
        }
    }
    yielded.extend(carried.into_iter().enumerate().map(|(number, value)| (Yielded::Left(number), value)));
    yielded
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
        Op::Literal(values) => filled(values.clone()),
        Op::Iota(axis) => ArrayD::from_shape_fn(IxDyn(dims), |at| at[*axis] as f64),
        Op::Index(x, at) => ArrayD::from_shape_fn(IxDyn(dims), |counters| {
            let place: Vec<usize> = at.iter().map(|position| place_of(position, &counters)).collect();
            of(x)[IxDyn(&place)]
        }),
        Op::Deposit(x, at) => {
            let mut sums = ArrayD::zeros(IxDyn(dims));
            for (counters, x) in of(x).indexed_iter() {
                let place: Vec<usize> = at.iter().map(|position| place_of(position, &counters)).collect();
                sums[IxDyn(&place)] += x;
            }
            sums
        }
        Op::Concat(parts, axis) => {
            let views: Vec<_> = parts.iter().map(|part| of(part).view()).collect();
            ndarray::concatenate(Axis(*axis), &views).expect("parts agree on all other axes")
        }
        Op::Conv(conv) => convolve(conv, of(&conv.a), of(&conv.b), dims),
        Op::Scan(_) | Op::Yield(..) => unreachable!("loops are run where all values are known"),
        Op::Dot { a, transpose_a, b, transpose_b } => {
            let matrix = |view: ArrayViewD<'_, f64>, transposed: bool| {
                let view = view.into_dimensionality::<Ix2>().expect("a dot multiplies matrices");
                if transposed { view.reversed_axes().to_owned() } else { view.to_owned() }
            };
            let product = |a: ArrayViewD<'_, f64>, b: ArrayViewD<'_, f64>| {
                matrix(a, *transpose_a).dot(&matrix(b, *transpose_b)).into_dyn()
            };
            if dims.len() == 2 {
                product(of(a).view(), of(b).view())
            } else {
                let pairs = of(a).outer_iter().zip(of(b).outer_iter());
                filled(pairs.flat_map(|(a, b)| product(a, b).into_iter()).collect())
            }
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

/// The position that counters lead to.
fn place_of(position: &Affine, counters: &IxDyn) -> usize {
    position.at(ndarray::Dimension::slice(counters))
}

/// A convolution by its definition: every place, tap, channel and filter that meet.
fn convolve(conv: &Conv, a: &ArrayD<f64>, b: &ArrayD<f64>, dims: &[usize]) -> ArrayD<f64> {
    let (axes, groups) = (&conv.meeting.axes, conv.meeting.groups);
    let (channels, filters) = (conv.meeting.channels / groups, conv.meeting.filters / groups);
    let rows = if conv.yields == ConvPart::Input { b.len_of(Axis(0)) } else { a.len_of(Axis(0)) };
    let along = |extent: fn(&Sliding) -> usize| axes.iter().map(extent).collect::<Vec<usize>>();
    let (places, windows, inputs) = (along(|axis| axis.places), along(|axis| axis.window), along(|axis| axis.input));
    // Places in memory instead of indices: these loops are the slowest of the evaluator.
    let (a, b) = (a.as_standard_layout(), b.as_standard_layout());
    let (a, b) = (a.as_slice().expect("it lies in order"), b.as_slice().expect("it lies in order"));
    let mut sums = vec![0.0; dims.iter().product()];
    let flat =
        |at: &[usize], extents: &[usize]| at.iter().zip(extents).fold(0, |flat, (at, extent)| flat * extent + at);
    let count = |extents: &[usize]| extents.iter().product::<usize>();
    for place in ndarray::indices(IxDyn(&places)) {
        for tap in ndarray::indices(IxDyn(&windows)) {
            let (place, tap) = (ndarray::Dimension::slice(&place), ndarray::Dimension::slice(&tap));
            let met: Option<Vec<usize>> = (0..axes.len())
                .map(|at| {
                    let ahead = place[at] * axes[at].stride + tap[at] * axes[at].dilation;
                    ahead.checked_sub(axes[at].before).filter(|position| *position < axes[at].input)
                })
                .collect();
            let Some(met) = met else { continue };
            let (met, tap, place) = (flat(&met, &inputs), flat(tap, &windows), flat(place, &places));
            for (row, group) in (0..rows).flat_map(|row| (0..groups).map(move |group| (row, group))) {
                let input = ((row * count(&inputs) + met) * groups + group) * channels;
                let output = ((row * count(&places) + place) * groups + group) * filters;
                for c in 0..channels {
                    let kernel = ((tap * channels + c) * groups + group) * filters;
                    for f in 0..filters {
                        match conv.yields {
                            ConvPart::Input => sums[input + c] += a[kernel + f] * b[output + f],
                            ConvPart::Kernel => sums[kernel + f] += a[input + c] * b[output + f],
                            ConvPart::Output => sums[output + f] += a[input + c] * b[kernel + f],
                        }
                    }
                }
            }
        }
    }
    ArrayD::from_shape_vec(IxDyn(dims), sums).expect("the part has this shape")
}

trait ToVec {
    fn to_vec(&self) -> Vec<f64>;
}

impl ToVec for ArrayViewD<'_, f64> {
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
        Unary::Sin => x.sin(),
        Unary::Cos => x.cos(),
        Unary::Round => x.round_ties_even(),
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
