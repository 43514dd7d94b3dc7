//! One step of each recurrent cell.

use crate::ir::{Graph, Value};
use crate::signature::Args;

/// What distinguishes one recurrent cell from another.
#[derive(Debug)]
pub(super) struct Cell {
    /// The width of its weights, in units.
    pub(super) gates: usize,
    /// What it carries from step to step, as operands are called. It yields the first.
    pub(super) carried: &'static [&'static str],
    /// Whether the last gate has a bias beside the product with the state.
    pub(super) recurrent_bias: bool,
    /// New values of what it carries.
    pub(super) step: fn(Step<'_>) -> Vec<Value>,
}

/// What one step of a cell works on. Shapes are `[B, …]`.
#[derive(Debug)]
pub(super) struct Step<'a> {
    /// The body of the loop.
    pub(super) body: &'a mut Graph,
    /// The arguments of the layer.
    pub(super) args: &'a Args,
    /// The width of the state.
    pub(super) units: usize,
    /// `x W + b`, `[gates * units]`.
    pub(super) from_input: Value,
    /// `h U`, `[gates * units]`.
    pub(super) from_state: Value,
    /// What the step before has left, `[units]` each.
    pub(super) carried: &'a [Value],
    /// The bias of the last gate beside the product with the state, `[units]` without the batch.
    pub(super) recurrent_bias: Option<Value>,
}

impl Cell {
    /// One gate, the state itself; carries h.
    pub(super) const RNN: Self = Self { gates: 1, carried: &["h"], recurrent_bias: false, step: rnn };
    /// Gates r, z, n; carries h.
    pub(super) const GRU: Self = Self { gates: 3, carried: &["h"], recurrent_bias: true, step: gru };
    /// Gates i, f, g, o; carries h and c.
    pub(super) const LSTM: Self = Self { gates: 4, carried: &["h", "c"], recurrent_bias: false, step: lstm };
}

impl Step<'_> {
    /// A gate of a value that has all of them.
    fn gate(&mut self, number: usize, of: Value) -> Value {
        self.body.slice(of, 1, number * self.units, 1, self.units)
    }
}

fn rnn(step: Step<'_>) -> Vec<Value> {
    let sum = step.body.add(step.from_input, step.from_state);
    vec![match step.args.choice("activation") {
        "relu" => step.body.relu(sum),
        _ => step.body.tanh(sum),
    }]
}

fn gru(mut step: Step<'_>) -> Vec<Value> {
    let [r, z] = [0, 1].map(|number| {
        let (input, state) = (step.gate(number, step.from_input), step.gate(number, step.from_state));
        let sum = step.body.add(input, state);
        step.body.sigmoid(sum)
    });
    let (input, state) = (step.gate(2, step.from_input), step.gate(2, step.from_state));
    let (body, h) = (step.body, step.carried[0]);
    let state = match step.recurrent_bias {
        Some(bias) => {
            let bias = body.along_last(bias, state);
            body.add(state, bias)
        }
        None => state,
    };
    let reset = body.mul(r, state);
    let sum = body.add(input, reset);
    let n = body.tanh(sum);
    // (1 - z) n + z h
    let difference = body.sub(h, n);
    let kept = body.mul(z, difference);
    vec![body.add(n, kept)]
}

fn lstm(mut step: Step<'_>) -> Vec<Value> {
    let all = step.body.add(step.from_input, step.from_state);
    let [i, f, g, o] = [0, 1, 2, 3].map(|number| step.gate(number, all));
    let body = step.body;
    let [i, f, o] = [i, f, o].map(|gate| body.sigmoid(gate));
    let g = body.tanh(g);
    let kept = body.mul(f, step.carried[1]);
    let new = body.mul(i, g);
    let c = body.add(kept, new);
    let bounded = body.tanh(c);
    vec![body.mul(o, bounded), c]
}
