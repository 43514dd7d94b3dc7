//! Whether what generated code gives is what the evaluator gives, as far as rounding lets one say.

use nn_compiler::grad;
use nn_compiler::ir::{Graph, Op};
use nn_grammar::{printer, text, tokens};

use super::case::Case;
use crate::evaluator;
use crate::generated::{Inputs, Outputs};
use crate::numbers;

/// What is compared: its name and its values.
type Parts = Vec<(String, Vec<f64>)>;

fn parts(outputs: &Outputs) -> Parts {
    let named = |what: &str, all: &Parts| -> Parts {
        all.iter().map(|(name, values)| (format!("{what} of `{name}`"), values.clone())).collect()
    };
    let whole = vec![
        ("the prediction".to_owned(), outputs.prediction.clone()),
        ("the output in training".to_owned(), outputs.output.clone()),
    ];
    let mut gradients = named("the gradient", &outputs.gradients);
    let mut state = named("the new value", &outputs.state);
    gradients.sort_by(|a, b| a.0.cmp(&b.0));
    state.sort_by(|a, b| a.0.cmp(&b.0));
    [whole, gradients, state].concat()
}

/// Compares what came out with what the evaluator gives. A value may differ by `tolerance` of the largest value of its part
/// that is above 1, and by what the evaluator's own value moves when everything that goes in moves by `rounding`: where a network
/// stands at a kink or blows errors up, rounding decides.
///
/// # Errors
/// The first difference, in words.
pub fn compare(case: &Case, got: &Outputs, tolerance: f64, rounding: f64) -> Result<(), String> {
    let (got, want) = (parts(got), parts(&case.expected));
    let names = |parts: &Parts| parts.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    if names(&got) != names(&want) {
        return Err(format!("there are {:?}, not {:?}", names(&got), names(&want)));
    }
    let mut sway: Option<Parts> = None;
    for (part, ((name, got), (_, want))) in got.iter().zip(&want).enumerate() {
        if got.len() != want.len() {
            return Err(format!("{name} has {} values, not {}", got.len(), want.len()));
        }
        let largest = want.iter().fold(1.0f64, |most, x| most.max(x.abs()));
        for (at, (got, want)) in got.iter().zip(want).enumerate() {
            let close = |slack: f64| (got - want).abs() <= tolerance * largest + slack;
            if !close(0.0) {
                let sway = sway.get_or_insert_with(|| moved(case, rounding));
                if !close(100.0 * sway[part].1[at]) {
                    return Err(format!("value {at} of {name} is {got}, the evaluator gives {want}"));
                }
            }
        }
    }
    Ok(())
}

/// How far each value of the evaluator moves when all that goes in moves a little, in several directions.
fn moved(case: &Case, by: f64) -> Parts {
    let mut most: Parts =
        parts(&case.expected).into_iter().map(|(name, values)| (name, vec![0.0; values.len()])).collect();
    for direction in 0..6 {
        let inputs = nudged(&case.inputs, by, direction);
        let outputs = parts(&evaluator::run(&case.compiled.network, &case.compiled.graphs, &inputs));
        for ((_, most), ((_, now), (_, then))) in most.iter_mut().zip(outputs.iter().zip(&parts(&case.expected))) {
            for (most, (now, then)) in most.iter_mut().zip(now.iter().zip(then)) {
                *most = most.max((now - then).abs());
            }
        }
    }
    most
}

/// All that goes in, each value moved by a part of itself. Ids stay what they are.
fn nudged(inputs: &Inputs, by: f64, direction: u64) -> Inputs {
    let nudge = |values: &mut Vec<f64>, number: u64| {
        let directions = numbers(values.len(), 1000 * direction + number);
        for (value, direction) in values.iter_mut().zip(directions) {
            if value.fract() != 0.0 {
                *value += by * direction;
            }
        }
    };
    let mut nudged = inputs.clone();
    nudge(&mut nudged.input, 1);
    nudge(&mut nudged.output_gradient, 2);
    for (number, (_, values)) in nudged.tensors.iter_mut().enumerate() {
        nudge(values, 3 + number as u64);
    }
    nudged
}

/// What holds for every valid text without generated code: both doors read the same tree, printing keeps it and is settled at once,
/// and the passes change no result.
///
/// # Errors
/// What does not hold.
pub fn properties(case: &Case) -> Result<(), String> {
    let tree = text::parse(&case.text).map_err(|mistakes| format!("{mistakes:?}"))?;
    match tokens::parse_source(&case.text) {
        Ok(other) if other == tree => {}
        other => return Err(format!("the doors disagree: {tree:?} and {other:?}")),
    }
    let once = printer::format(&case.text).map_err(|mistakes| format!("the printer refuses it: {mistakes:?}"))?;
    let twice =
        printer::format(&once).map_err(|mistakes| format!("what is printed is refused: {mistakes:?}\n{once}"))?;
    if once != twice {
        return Err(format!("printed again it is another text:\n{once}\n{twice}"));
    }
    if text::parse(&once).ok().as_ref() != Some(&tree) {
        return Err(format!("printed it is another program:\n{once}"));
    }
    let before = grad::gradients(case.compiled.lowered.clone(), &case.compiled.network);
    let before = evaluator::run(&case.compiled.network, &before, &case.inputs);
    compare(case, &before, 1e-11, 1e-13).map_err(|difference| format!("the passes change a result: {difference}"))
}

/// Whether a layer says itself what its gradient is, instead of being differentiated: then the gradients are others where nothing
/// stops them.
fn has_stated_gradients(case: &Case) -> bool {
    let mut open = case.compiled.lowered.clone();
    if !pass_on(&mut open.train) {
        return false;
    }
    let open = grad::gradients(open, &case.compiled.network);
    let open = evaluator::run(&case.compiled.network, &open, &case.inputs);
    compare(case, &open, 1e-6, 1e-9).is_err()
}

/// Lets gradients through wherever they are stopped; whether that is anywhere.
fn pass_on(graph: &mut Graph) -> bool {
    let mut any = false;
    for node in &mut graph.nodes {
        match &mut node.op {
            Op::Stop(x) => {
                node.op = Op::Reshape(*x);
                any = true;
            }
            Op::Scan(scan) => any |= pass_on(&mut scan.body),
            _ => {}
        }
    }
    any
}

/// Compares some gradients with differences of the output: central ones of two widths, and only where both agree, because at a
/// kink there is no slope.
///
/// # Errors
/// The first that differs.
pub fn slopes(case: &Case, most: usize) -> Result<usize, String> {
    const STEP: f64 = 1e-4;
    let loss = |inputs: &Inputs| -> f64 {
        let output = evaluator::output(&case.compiled.network, &case.compiled.lowered, inputs);
        output.iter().zip(&inputs.output_gradient).map(|(y, seed)| y * seed).sum()
    };
    let mut judged = 0;
    if has_stated_gradients(case) {
        return Ok(judged);
    }
    for (name, gradient) in &case.expected.gradients {
        let tensor = case.inputs.tensors.iter().position(|(known, _)| known == name).expect("a tensor");
        let stride = gradient.len().div_ceil(most);
        for at in (0..gradient.len()).step_by(stride) {
            let moved = |by: f64| {
                let mut inputs = case.inputs.clone();
                inputs.tensors[tensor].1[at] += by;
                loss(&inputs)
            };
            let here = moved(0.0);
            let (up, down) = (moved(STEP), moved(-STEP));
            let (half_up, half_down) = (moved(STEP / 2.0), moved(-STEP / 2.0));
            let (wide, narrow) = ((up - down) / (2.0 * STEP), (half_up - half_down) / STEP);
            let scale = 1.0 + narrow.abs() + here.abs();
            // Where both widths disagree, or both sides do, there is a kink or a curve too sharp to measure.
            let sides = ((half_up - here) - (here - half_down)).abs() / (STEP / 2.0);
            if (wide - narrow).abs() > 1e-6 * scale || sides > 2e-2 * scale {
                continue;
            }
            let slope = narrow + (narrow - wide) / 3.0;
            judged += 1;
            let close = (gradient[at] - slope).abs() <= 1e-5 * scale;
            if !close {
                return Err(format!("the gradient of {name}[{at}] is {}, differences give {slope}", gradient[at]));
            }
        }
    }
    Ok(judged)
}
