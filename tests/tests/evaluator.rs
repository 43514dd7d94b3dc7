//! Three ways to compute one thing agree: generated code, the reference evaluator, and finite differences of it.

use nn_compiler::grad;
use nn_runtime::Program;
use nn_runtime::program::Ids;
use nn_tests::evaluator::{compiled, output, run as evaluate};
use nn_tests::generated::{Inputs, run as generated};
use nn_tests::{Any, COMPILED, Compiled, assert_close, numbers};

/// What a test needs to know of a network to make inputs for it.
struct Sizes {
    input: usize,
    outputs: usize,
    ids: &'static [Ids],
    tensors: Vec<(String, usize)>,
}

impl Sizes {
    fn of<T>(program: &Program<T>) -> Self {
        Self {
            input: program.inputs,
            outputs: program.outputs,
            ids: program.ids,
            tensors: program.singles().map(|single| (single.name().to_string(), single.len())).collect(),
        }
    }
}

/// Inputs for a network: rows that are no ids, or ids if it reads ids, and weights that are all different.
fn inputs(compiled: &Compiled, rows: usize) -> Inputs {
    let Sizes { input, outputs, ids, tensors } = match compiled.program {
        Any::F32(program) => Sizes::of(program),
        Any::F64(program) => Sizes::of(program),
    };
    let mut values = numbers(rows * input, 1);
    for row in values.chunks_mut(input) {
        for run in ids {
            row[run.places()].iter_mut().for_each(|x| *x = ((x.abs() * 1e3) as usize % run.vocabulary) as f64);
        }
    }
    let input = values;
    let tensor = |(at, (name, len)): (usize, (String, usize))| {
        let values = numbers(len, 2 + at as u64);
        let positive = name.ends_with("variance");
        (name, if positive { values.iter().map(|x| x.abs() + 0.5).collect() } else { values })
    };
    let tensors = tensors.into_iter().enumerate().map(tensor).collect();
    Inputs { input, tensors, output_gradient: numbers(rows * outputs, 99), seed: 5, step: 3 }
}

#[test]
fn generated_code_agrees_with_the_evaluator() {
    for case in COMPILED {
        for rows in [1, 3, 21] {
            let inputs = inputs(case, rows);
            let reference = compiled(case.source, case.network);
            let want = evaluate(&reference.network, &reference.graphs, &inputs);
            let (got, relative, absolute) = match case.program {
                Any::F32(program) => (generated(program, &inputs), 1e-4, 1e-4),
                Any::F64(program) => (generated(program, &inputs), 1e-11, 1e-11),
            };
            let what = |part: &str| format!("{} {} on {rows} rows: {part}", case.text, case.network);
            assert_close(&what("prediction"), &got.prediction, &want.prediction, relative, absolute);
            assert_close(&what("output"), &got.output, &want.output, relative, absolute);
            for (got, want) in [(&got.gradients, &want.gradients), (&got.state, &want.state)] {
                assert_eq!(got.len(), want.len(), "{}", what("tensors"));
                for (name, values) in want {
                    let found = got.iter().find(|(known, _)| known == name).expect("the same tensors");
                    assert_close(&what(name), &found.1, values, relative, absolute);
                }
            }
        }
    }
}

#[test]
fn passes_change_no_result() {
    for case in COMPILED.iter().filter(|case| matches!(case.program, Any::F64(_))) {
        let inputs = inputs(case, 3);
        let reference = compiled(case.source, case.network);
        let before = grad::gradients(reference.lowered.clone(), &reference.network);
        let want = evaluate(&reference.network, &before, &inputs);
        let got = evaluate(&reference.network, &reference.graphs, &inputs);
        let what = |part: &str| format!("{} {}: {part}", case.text, case.network);
        assert_close(&what("prediction"), &got.prediction, &want.prediction, 1e-13, 1e-13);
        assert_close(&what("output"), &got.output, &want.output, 1e-13, 1e-13);
        for ((name, got), (_, want)) in got.gradients.iter().zip(&want.gradients) {
            assert_close(&what(name), got, want, 1e-13, 1e-13);
        }
    }
}

/// The most parameters of a network whose gradients are compared with differences, each of which takes two evaluations.
const MOST_PARAMETERS: usize = 10_000;

/// What states gradients that are not those of its values.
const ESTIMATORS: [&str; 3] = ["stop(", "straight_through(", "hard = true"];

/// The derivative of `sum(output * seed)` by each parameter, from central differences of fourth order of the evaluator.
#[test]
fn gradients_agree_with_finite_differences() {
    const STEP: f64 = 5e-5;
    for case in COMPILED.iter().filter(|case| matches!(case.program, Any::F64(_))) {
        if ESTIMATORS.iter().any(|estimator| case.source.contains(estimator)) {
            continue;
        }
        let base = inputs(case, 2);
        if base.tensors.iter().map(|(_, values)| values.len()).sum::<usize>() > MOST_PARAMETERS {
            continue;
        }
        let reference = compiled(case.source, case.network);
        let terms = |inputs: &Inputs| -> Vec<f64> {
            let output = output(&reference.network, &reference.lowered, inputs);
            output.iter().zip(&inputs.output_gradient).map(|(y, seed)| y * seed).collect()
        };
        let loss = |inputs: &Inputs| -> f64 { terms(inputs).iter().sum() };
        // What the last bits of the outputs become when they are divided by the step.
        let rounding = 8.0 * f64::EPSILON * terms(&base).iter().map(|term| term.abs()).sum::<f64>() / STEP;
        let gradients = evaluate(&reference.network, &reference.graphs, &base).gradients;
        for (name, gradient) in &gradients {
            let tensor = base.tensors.iter().position(|(known, _)| known == name).expect("a tensor");
            // A sample of large tensors: each value costs two evaluations.
            let stride = gradient.len().div_ceil(12);
            for at in (0..gradient.len()).step_by(stride) {
                let moved = |by: f64| {
                    let mut inputs = base.clone();
                    inputs.tensors[tensor].1[at] += by;
                    loss(&inputs)
                };
                let (near, far) = (moved(STEP) - moved(-STEP), moved(2.0 * STEP) - moved(-2.0 * STEP));
                let slope = (8.0 * near - far) / (12.0 * STEP);
                let got = gradient[at];
                let close = (got - slope).abs() <= 1e-7 * slope.abs().max(1.0) + rounding;
                assert!(close, "{} {}: {name}[{at}] is {got}, differences give {slope}", case.text, case.network);
            }
        }
    }
}
