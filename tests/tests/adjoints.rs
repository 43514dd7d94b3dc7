//! The adjoint of each operation against finite differences of the evaluator, in f64.

use std::collections::BTreeMap;

use nn_compiler::evaluate::{Bindings, evaluate_all};
use nn_compiler::grad::differentiate;
use nn_compiler::ir::{Binary, Distribution, Graph, Op, Reduction, Unary, Value, verify};
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

const UNARY: [Unary; 14] = [
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
        let gradients = differentiate(&mut graph, y, seed, &tensors);
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
            evaluate_all(&graph, &Bindings { batch: 1, sources: BTreeMap::new(), tensors: values, random: &random })
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
    let gradient = differentiate(&mut graph, y, seed, &[x])[0];
    let tensors = [vec![2.0, 5.0, 5.0]];
    let bindings = Bindings { batch: 1, sources: BTreeMap::new(), tensors: &tensors, random: &random };
    let values = evaluate_all(&graph, &bindings);
    assert_eq!(values[gradient.index()].iter().copied().collect::<Vec<_>>(), [0.0, 3.0, 3.0]);
}

#[test]
fn nothing_flows_through_a_stop() {
    let mut graph = Graph::default();
    let x = graph.tensor(0, &[2]);
    let y = graph.stop(x);
    let seed = graph.constant_like(1.0, y);
    let gradient = differentiate(&mut graph, y, seed, &[x])[0];
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
