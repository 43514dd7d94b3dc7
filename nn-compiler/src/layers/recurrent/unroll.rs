//! From a recurrent layer to loops: one for each layer and direction. The product of the input with its weights is one for all
//! steps; inside the loop there is only that of the state.

use super::cells::{Cell, Step};
use super::check::directions;
use crate::ir::{Graph, Scan, Source, Target, Value};
use crate::layers::Lowering;
use crate::layers::add::stretch;
use crate::layers::dropout::drop_values;
use crate::shape::Shape;
use crate::signature::Args;

/// The tensors of one layer in one direction.
struct Weights {
    input: Value,
    recurrent: Value,
    bias: Option<Value>,
    recurrent_bias: Option<Value>,
}

/// What of a layer is wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wanted {
    /// What the last step yields, `[B, units]`.
    Last,
    /// What each step yields, `[B, t, units]`.
    Every,
    /// All that the last step leaves, one behind the other.
    Carried,
}

/// One layer in one direction.
struct Pass<'a> {
    cell: &'a Cell,
    args: &'a Args,
    weights: Weights,
    reverse: bool,
    wanted: Wanted,
    /// `[B, t]`: 0 for steps that do not count.
    mask: Option<Value>,
    /// What the first step finds, `[B, units]` each.
    initial: Vec<Value>,
}

/// All layers in all directions over a sequence `[B, t, c]`.
pub(super) fn lower(cell: &Cell, cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let (layers, rate) = (args.dim("layers"), args.real("dropout"));
    let steps = cx.graph.shape(x).dims[0];
    let mask = cx.other("mask").map(|mask| stretch(cx.graph, mask, &Shape::batched(1, [steps])));
    let mut tensors = cx.tensors.iter().copied();
    let mut flow = x;
    for layer in 1..=layers {
        let wanted = match args.choice("returns") {
            _ if layer < layers => Wanted::Every,
            "every" => Wanted::Every,
            "carried" => Wanted::Carried,
            _ => Wanted::Last,
        };
        let mut results = Vec::new();
        for reverse in directions(args) {
            let weights = take_weights(cell, args, &mut tensors);
            let initial = initial(cell, cx, args);
            let pass = Pass { cell, args, weights, reverse, wanted, mask, initial };
            results.push(run(cx.graph, flow, pass));
        }
        flow = match results[..] {
            [one] => one,
            _ => cx.graph.concat(&results, cx.graph.shape(results[0]).rank() - 1),
        };
        if layer < layers && rate > 0.0 {
            flow = drop_values(cx, rate, flow);
        }
    }
    flow
}

/// The next tensors, in the order of [`super::check::tensors`].
fn take_weights(cell: &Cell, args: &Args, tensors: &mut impl Iterator<Item = Value>) -> Weights {
    let mut next = || tensors.next().expect("each layer and direction has its tensors");
    let (input, recurrent) = (next(), next());
    let bias = args.bool("bias").then(&mut next);
    let recurrent_bias = (args.bool("bias") && cell.recurrent_bias).then(&mut next);
    Weights { input, recurrent, bias, recurrent_bias }
}

/// What the first step finds: what is given, or zeros.
fn initial(cell: &Cell, cx: &mut Lowering<'_>, args: &Args) -> Vec<Value> {
    let shape = Shape::batched(1, [args.dim("units")]);
    let mut all = Vec::new();
    for name in cell.carried {
        all.push(match cx.other(name) {
            Some(given) => stretch(cx.graph, given, &shape),
            None => {
                let zero = cx.graph.constant(0.0);
                cx.graph.broadcast(zero, shape.clone(), &[])
            }
        });
    }
    all
}

/// `x W + b` of all steps, `[B, t, gates * units]`.
fn from_input(g: &mut Graph, x: Value, weights: &Weights) -> Value {
    let Shape { rows, dims } = g.shape(x).clone();
    let (steps, width) = (dims[0], g.shape(weights.input).dims[1]);
    let matrix = g.reshape(x, Shape::batched(rows * steps, [dims[1]]));
    let product = g.dot(matrix, false, weights.input, false);
    let product = g.reshape(product, Shape::batched(rows, [steps, width]));
    match weights.bias {
        Some(bias) => {
            let bias = g.along_last(bias, product);
            g.add(product, bias)
        }
        None => product,
    }
}

/// What is wanted of a layer in one direction.
fn run(g: &mut Graph, x: Value, pass: Pass<'_>) -> Value {
    let Pass { cell, args, weights, reverse, wanted, mask, initial } = pass;
    let all = from_input(g, x, &weights);
    let units = args.dim("units");
    let steps = g.shape(all).dims[0];
    let mut body = g.begin_body();
    let element = body.source(Source::Element(0), Shape::batched(1, [units * cell.gates]));
    let counts = mask.map(|_| body.source(Source::Element(1), Shape::batched(1, [])));
    let state = |number| (Source::Carried(number), Shape::batched(1, [units]));
    let carried: Vec<Value> = (0..initial.len()).map(state).map(|(source, shape)| body.source(source, shape)).collect();
    let mut outer = vec![weights.recurrent];
    let recurrent = body.source(Source::Outer(0), g.shape(weights.recurrent).clone());
    let recurrent_bias = weights.recurrent_bias.map(|bias| {
        outer.push(bias);
        body.source(Source::Outer(1), Shape::fixed([units]))
    });
    let from_state = body.dot(carried[0], false, recurrent, false);
    let next = (cell.step)(Step {
        body: &mut body,
        args,
        units,
        from_input: element,
        from_state,
        carried: &carried,
        recurrent_bias,
    });
    yield_step(&mut body, &carried, &next, counts, wanted == Wanted::Every);
    let sequences = [all].into_iter().chain(mask).map(|sequence| (sequence, 1)).collect();
    let scan = g.scan(Scan { recompute: false, steps, reverse, sequences, initial, outer, body });
    match wanted {
        Wanted::Every => g.emitted(scan, 0),
        Wanted::Last => g.left(scan, 0),
        Wanted::Carried => {
            let all: Vec<Value> = (0..cell.carried.len()).map(|number| g.left(scan, number)).collect();
            g.concat(&all, 1)
        }
    }
}

/// Leaves the new state and emits it; a step that does not count leaves the old one and emits zeros.
fn yield_step(body: &mut Graph, carried: &[Value], next: &[Value], counts: Option<Value>, every: bool) {
    let counts = counts.map(|counts| body.broadcast_to(counts, next[0], &[0]));
    let mut choose = |new: Value, old: Value| counts.map_or(new, |counts| body.select(counts, new, old));
    let left: Vec<Value> = next.iter().zip(carried).map(|(new, old)| choose(*new, *old)).collect();
    for (number, value) in left.into_iter().enumerate() {
        body.yields(Target::Next(number), value);
    }
    if every {
        let zero = body.constant_like(0.0, next[0]);
        let emitted = counts.map_or(next[0], |counts| body.select(counts, next[0], zero));
        body.yields(Target::Emit(0), emitted);
    }
}
