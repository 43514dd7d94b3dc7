//! `softmax` and `log_softmax`: probabilities over the last axis.

use super::{BASE, Head, Layer, Role, with_last_axis};
use crate::ir::{Graph, Reduction, Value};
use crate::signature::Signature;

/// Probabilities over the last axis.
pub(super) static SOFTMAX: Layer = Layer {
    signature: Signature {
        name: "softmax",
        doc: "`e^x / sum(e^x)` over the last axis. At the end of a network it joins with `cross_entropy`, which is computed from logits. \
              Source: Bridle, Probabilistic Interpretation of Feedforward Classification Network Outputs (1990).",
        params: &[],
    },
    role: Role::Head(Head::Softmax),
    output: with_last_axis,
    lower: |cx, _, x| {
        let g = &mut *cx.graph;
        let shifted = shifted(g, x);
        let exponentials = g.exp(shifted);
        let sum = sum_last(g, exponentials);
        let sum = g.across_last(sum, x);
        g.div(exponentials, sum)
    },
    ..BASE
};

/// Logarithms of probabilities over the last axis.
pub(super) static LOG_SOFTMAX: Layer = Layer {
    signature: Signature {
        name: "log_softmax",
        doc: "`x - ln(sum(e^x))` over the last axis: the logarithm of softmax, exact where softmax rounds to 0.",
        params: &[],
    },
    role: Role::Head(Head::LogSoftmax),
    output: with_last_axis,
    lower: |cx, _, x| {
        let g = &mut *cx.graph;
        let shifted = shifted(g, x);
        let exponentials = g.exp(shifted);
        let sum = sum_last(g, exponentials);
        let log = g.ln(sum);
        let log = g.across_last(log, x);
        g.sub(shifted, log)
    },
    ..BASE
};

/// `x - max(x)`: the result of softmax is the same, and no exponential overflows. The shift has no gradient.
fn shifted(g: &mut Graph, x: Value) -> Value {
    let last = g.shape(x).rank() - 1;
    let largest = g.reduce(Reduction::Max, x, &[last]);
    let largest = g.stop(largest);
    let largest = g.across_last(largest, x);
    g.sub(x, largest)
}

fn sum_last(g: &mut Graph, x: Value) -> Value {
    let last = g.shape(x).rank() - 1;
    g.sum(x, &[last])
}
