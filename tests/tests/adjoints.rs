//! The adjoint of each operation against finite differences of the evaluator, in f64.

use std::collections::BTreeMap;

use nn_compiler::adjoint::differentiate;
use nn_compiler::evaluate::{Bindings, evaluate_all};
use nn_compiler::ir::{
    Affine, Binary, ConvPart, Distribution, Graph, Meeting, Op, Reduction, Scan, Sliding, Source, Target, Unary, Value,
    verify,
};
use nn_compiler::shape::Shape;
use nn_tests::numbers;

const STEP: f64 = 5e-5;

/// What makes one value of the tensors of a case.
type Build = Box<dyn Fn(&mut Graph, &[Value]) -> Value>;

/// The tensors of a case by shape, and the value that it makes of them.
struct Case {
    name: String,
    shapes: Vec<Vec<usize>>,
    build: Build,
    /// Where a function is defined only for what is above 0.
    positive: bool,
}

fn case(name: impl Into<String>, shapes: &[&[usize]], build: impl Fn(&mut Graph, &[Value]) -> Value + 'static) -> Case {
    let shapes = shapes.iter().map(|shape| shape.to_vec()).collect();
    Case { name: name.into(), shapes, build: Box::new(build), positive: false }
}

const UNARY: [Unary; 17] = [
    Unary::Neg,
    Unary::Abs,
    Unary::Sign,
    Unary::Heaviside,
    Unary::Relu,
    Unary::Exp,
    Unary::ExpM1,
    Unary::Ln,
    Unary::Softplus,
    Unary::Sqrt,
    Unary::Recip,
    Unary::Tanh,
    Unary::Sigmoid,
    Unary::Erf,
    Unary::Sin,
    Unary::Cos,
    Unary::Round,
];
const BINARY: [Binary; 9] = [
    Binary::Add,
    Binary::Sub,
    Binary::Mul,
    Binary::Div,
    Binary::Max,
    Binary::Min,
    Binary::Greater,
    Binary::GreaterEqual,
    Binary::Equal,
];

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for op in UNARY {
        let positive = matches!(op, Unary::Ln | Unary::Sqrt);
        cases.push(Case { positive, ..case(format!("{op:?}"), &[&[3, 4]], move |g, x| g.unary(op, x[0])) });
    }
    for op in BINARY {
        cases.push(case(format!("{op:?}"), &[&[3, 4], &[3, 4]], move |g, x| g.binary(op, x[0], x[1])));
    }
    cases.push(case("Select", &[&[3, 4], &[3, 4], &[3, 4]], |g, x| {
        let zero = g.constant_like(0.0, x[0]);
        let condition = g.greater(x[0], zero);
        g.select(condition, x[1], x[2])
    }));
    cases.push(case("Broadcast", &[&[3]], |g, x| g.broadcast(x[0], Shape::fixed([2, 3, 4]), &[1])));
    cases.push(case("Reshape", &[&[3, 4]], |g, x| g.reshape(x[0], Shape::fixed([2, 6]))));
    cases.push(case("Reduce sum", &[&[2, 3, 4]], |g, x| g.reduce(Reduction::Sum, x[0], &[0, 2])));
    cases.push(case("Reduce max", &[&[2, 3, 4]], |g, x| g.reduce(Reduction::Max, x[0], &[1])));
    for (transpose_a, transpose_b) in [(false, false), (false, true), (true, false), (true, true)] {
        let a: &[usize] = if transpose_a { &[4, 3] } else { &[3, 4] };
        let b: &[usize] = if transpose_b { &[5, 4] } else { &[4, 5] };
        cases.push(case(format!("Dot {transpose_a} {transpose_b}"), &[a, b], move |g, x| {
            g.dot(x[0], transpose_a, x[1], transpose_b)
        }));
    }
    let ids = |g: &mut Graph| {
        // Ids 0, 2, 2: one of them twice, so that the adjoint must add.
        let zero = g.constant(0.0);
        let zeros = g.broadcast(zero, Shape::fixed([3]), &[]);
        let draw = g.random_like(Distribution::Uniform, 9, zeros);
        let half = g.constant_like(0.5, draw);
        let late = g.binary(Binary::GreaterEqual, draw, half);
        g.scale(late, 2.0)
    };
    cases.push(case("Gather", &[&[4, 2]], move |g, x| {
        let ids = ids(g);
        g.gather(x[0], ids)
    }));
    cases.push(case("ScatterAdd", &[&[3, 2]], move |g, x| {
        let ids = ids(g);
        g.scatter_add(x[0], ids, 4)
    }));
    cases.extend(positions());
    cases.extend(convolutions());
    cases.extend(loops());
    cases
}

/// Reading and adding at positions, and joining.
fn positions() -> Vec<Case> {
    vec![
        case("Index: windows", &[&[7, 2]], |g, x| g.windows(x[0], 0, (3, 2), (3, 1))),
        case("Index: every other entry, backwards", &[&[7, 2]], |g, x| g.slice(x[0], 0, 5, -2, 3)),
        case("Index: other order of axes", &[&[2, 3, 4]], |g, x| g.permute(x[0], &[2, 0, 1])),
        case("Index: one entry", &[&[2, 3]], |g, x| g.entry(x[0], 1, 2)),
        case("Deposit: padding", &[&[2, 3]], |g, x| g.pad(x[0], 1, 2, 1)),
        case("Deposit: overlapping windows", &[&[3, 3]], |g, x| {
            let at = vec![Affine { offset: 1, terms: vec![(0, 2), (1, 1)] }];
            g.deposit(x[0], at, Shape::fixed([9]))
        }),
        case("Concat", &[&[2, 3], &[2, 1], &[2, 2]], |g, x| g.concat(x, 1)),
        case("Dot: one for each entry", &[&[3, 2, 4], &[3, 5, 4]], |g, x| g.dot(x[0], false, x[1], true)),
        case("Dot: one for each entry, transposed", &[&[3, 4, 2], &[3, 4, 5]], |g, x| g.dot(x[0], true, x[1], false)),
    ]
}

/// A fixed value as the only example of a batch.
fn example(g: &mut Graph, x: Value) -> Value {
    let dims = g.shape(x).dims.clone();
    let axes: Vec<usize> = (1..=dims.len()).collect();
    g.broadcast(x, Shape::batched(1, dims), &axes)
}

/// All three parts of a convolution with strides, holes, padding and groups, in one, two and three dimensions.
fn convolutions() -> Vec<Case> {
    let plain = Sliding { input: 6, window: 3, places: 4, stride: 1, dilation: 1, before: 0 };
    let strided = Sliding { input: 7, window: 3, places: 4, stride: 2, dilation: 1, before: 1 };
    let dilated = Sliding { input: 5, window: 2, places: 6, stride: 1, dilation: 3, before: 2 };
    let small = Sliding { input: 3, window: 2, places: 2, stride: 1, dilation: 1, before: 0 };
    let meetings = [
        ("plain", Meeting { axes: vec![plain], groups: 1, channels: 2, filters: 3 }),
        ("strided and dilated", Meeting { axes: vec![strided, dilated], groups: 1, channels: 2, filters: 3 }),
        ("grouped", Meeting { axes: vec![strided, small], groups: 2, channels: 4, filters: 6 }),
        ("depthwise", Meeting { axes: vec![plain], groups: 3, channels: 3, filters: 6 }),
        ("in three dimensions", Meeting { axes: vec![small, strided, small], groups: 1, channels: 1, filters: 2 }),
    ];
    let mut cases = Vec::new();
    for (name, meeting) in meetings {
        for (yields, [a, b]) in [
            (ConvPart::Input, [ConvPart::Kernel, ConvPart::Output]),
            (ConvPart::Kernel, [ConvPart::Input, ConvPart::Output]),
            (ConvPart::Output, [ConvPart::Input, ConvPart::Kernel]),
        ] {
            let (meeting, shape) = (meeting.clone(), |part| meeting.shape(part, 1).dims);
            let shapes = [shape(a), shape(b)];
            cases.push(case(format!("Conv {name} to {yields:?}"), &[&shapes[0], &shapes[1]], move |g, x| {
                let part = |g: &mut Graph, part, x| if part == ConvPart::Kernel { x } else { example(g, x) };
                let (left, right) = (part(g, a, x[0]), part(g, b, x[1]));
                let y = g.conv(yields, left, right, meeting.clone());
                if g.shape(y).is_batched() { g.sum(y, &[0]) } else { y }
            }));
        }
    }
    cases
}

/// A recurrence: `h' = tanh(element * w + h) * late`, which emits `h * h'`.
fn recurrence(g: &mut Graph, [sequence, start, w]: [Value; 3], (reverse, recompute): (bool, bool)) -> Value {
    let width = g.shape(start).clone();
    let steps = g.shape(sequence).dims[0];
    let mut body = Graph::default();
    let element = body.source(Source::Element(0), width.clone());
    let h = body.source(Source::Carried(0), width.clone());
    let w_inside = body.source(Source::Outer(0), width);
    let product = body.mul(element, w_inside);
    let sum = body.add(product, h);
    let next = body.tanh(sum);
    let emitted = body.mul(h, next);
    body.yields(Target::Next(0), next);
    body.yields(Target::Emit(0), emitted);
    g.scan(Scan {
        steps,
        recompute,
        reverse,
        sequences: vec![(sequence, 0)],
        initial: vec![start],
        outer: vec![w],
        body,
    })
}

fn loops() -> Vec<Case> {
    let mut cases = Vec::new();
    for (reverse, recompute) in [(false, false), (true, false), (false, true), (true, true)] {
        cases.push(case(format!("Scan, what is left, {reverse} {recompute}"), &[&[4, 3], &[3], &[3]], move |g, x| {
            let scan = recurrence(g, [x[0], x[1], x[2]], (reverse, recompute));
            g.left(scan, 0)
        }));
        cases.push(case(
            format!("Scan, what is emitted, {reverse} {recompute}"),
            &[&[4, 3], &[3], &[3]],
            move |g, x| {
                let scan = recurrence(g, [x[0], x[1], x[2]], (reverse, recompute));
                let (left, emitted) = (g.left(scan, 0), g.emitted(scan, 0));
                let left = g.broadcast_to(left, emitted, &[1]);
                g.mul(left, emitted)
            },
        ));
    }
    // A loop in a loop: each step of the outer one runs the inner one from what it carries, over its element.
    for recompute in [false, true] {
        cases.push(case(format!("Scan in a scan, {recompute}"), &[&[2, 4, 3], &[3], &[3]], move |g, x| {
            let mut body = Graph::default();
            let element = body.source(Source::Element(0), Shape::fixed([4, 3]));
            let h = body.source(Source::Carried(0), Shape::fixed([3]));
            let w = body.source(Source::Outer(0), Shape::fixed([3]));
            let inner = recurrence(&mut body, [element, h, w], (true, recompute));
            let (left, emitted) = (body.left(inner, 0), body.emitted(inner, 0));
            let sums = body.sum(emitted, &[0]);
            let next = body.add(left, sums);
            body.yields(Target::Next(0), next);
            let scan = Scan {
                steps: 2,
                recompute,
                reverse: false,
                sequences: vec![(x[0], 0)],
                initial: vec![x[1]],
                outer: vec![x[2]],
                body,
            };
            let scan = g.scan(scan);
            g.left(scan, 0)
        }));
    }
    cases
}

/// The draws of stream 9: 0.0, 0.5, 0.75.
fn random(_: Distribution, _: u32, _: usize, at: usize) -> f64 {
    [0.0, 0.5, 0.75][at % 3]
}

#[test]
fn every_adjoint_agrees_with_finite_differences() {
    for case in cases() {
        let mut graph = Graph::default();
        let tensors: Vec<Value> =
            case.shapes.iter().enumerate().map(|(index, shape)| graph.tensor(index, shape)).collect();
        let y = (case.build)(&mut graph, &tensors);
        verify(&graph, "the test");
        let outputs = graph.shape(y).len();
        let seed = graph.tensor(tensors.len(), &graph.shape(y).dims.clone());
        let gradients = differentiate(&mut graph, &[(y, seed)], &tensors);
        let mut values: Vec<Vec<f64>> = case
            .shapes
            .iter()
            .enumerate()
            .map(|(index, shape)| {
                let values = numbers(shape.iter().product(), index as u64 + 1);
                if case.positive { values.iter().map(|x| x.abs() + 0.1).collect() } else { values }
            })
            .collect();
        values.push(numbers(outputs, 50));
        let evaluate = |values: &[Vec<f64>]| {
            evaluate_all(
                &graph,
                &Bindings { batch: 1, sources: BTreeMap::new(), tensors: values, random: &random, watch: &|_| () },
            )
        };
        let base = evaluate(&values);
        let loss = |values: &[Vec<f64>]| -> f64 {
            evaluate(values)[y.index()].iter().zip(&values[values.len() - 1]).map(|(y, seed)| y * seed).sum()
        };
        for (tensor, gradient) in gradients.iter().enumerate() {
            let gradient: Vec<f64> = base[gradient.index()].iter().copied().collect();
            for (at, got) in gradient.iter().enumerate() {
                let moved = |by: f64| {
                    let mut values = values.clone();
                    values[tensor][at] += by;
                    loss(&values)
                };
                let (near, far) = (moved(STEP) - moved(-STEP), moved(2.0 * STEP) - moved(-2.0 * STEP));
                let slope = (8.0 * near - far) / (12.0 * STEP);
                let close = (got - slope).abs() <= 1e-8 * slope.abs().max(1.0);
                assert!(close, "{}: gradient {at} of operand {tensor} is {got}, differences give {slope}", case.name);
            }
        }
    }
}

#[test]
fn equal_maxima_share_their_gradient() {
    let mut graph = Graph::default();
    let x = graph.tensor(0, &[3]);
    let y = graph.reduce(Reduction::Max, x, &[0]);
    let seed = graph.constant(6.0);
    let gradient = differentiate(&mut graph, &[(y, seed)], &[x])[0];
    let tensors = [vec![2.0, 5.0, 5.0]];
    let bindings = Bindings { batch: 1, sources: BTreeMap::new(), tensors: &tensors, random: &random, watch: &|_| () };
    let values = evaluate_all(&graph, &bindings);
    assert_eq!(values[gradient.index()].iter().copied().collect::<Vec<_>>(), [0.0, 3.0, 3.0]);
}

#[test]
fn nothing_flows_through_a_stop() {
    let mut graph = Graph::default();
    let x = graph.tensor(0, &[2]);
    let y = graph.stop(x);
    let seed = graph.constant_like(1.0, y);
    let gradient = differentiate(&mut graph, &[(y, seed)], &[x])[0];
    assert!(matches!(graph.op(gradient), Op::Broadcast(inner, _) if *graph.op(*inner) == Op::Constant(0.0)));
}

#[test]
#[should_panic(expected = "after a pass: %2 = add %0 %1: the shapes differ")]
fn the_verifier_names_the_pass_and_the_node() {
    let mut graph = Graph::default();
    let (a, b) = (graph.tensor(0, &[2]), graph.tensor(1, &[3]));
    graph.add(a, b);
    verify(&graph, "a pass");
}
