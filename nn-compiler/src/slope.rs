//! Whether a loss that the text states has a slope: one that only counts and compares is the same wherever the outputs are moved a little,
//! and nothing can be learned from it.

use nn_grammar::diagnostic::{Code, Diagnostic};

use crate::ir::{Graph, Op, Target, Value};
use crate::lower::Graphs;
use crate::model::Network;

/// Whether a step can change anything.
///
/// # Errors
/// If the gradient of the outputs is 0 everywhere.
pub fn check(network: &Network, graphs: &Graphs) -> Result<(), Diagnostic> {
    let (Some(objective), Some([_, graph])) = (&network.objective, &graphs.objective) else { return Ok(()) };
    let gradient = graph.outputs.iter().find(|(target, _)| *target == Target::OutputGradient);
    // A train section may state metrics alone.
    let Some(span) = objective.loss_span else { return Ok(()) };
    if gradient.is_some_and(|(_, value)| is_zero(graph, *value)) {
        let message = "this loss has no gradient: moving the outputs a little does not change it";
        let help = "comparisons, `round`, `floor`, `stop` and the like have the gradient 0: compare with `mse`, `abs` or another function that has a slope";
        return Err(Diagnostic::new(Code::LossMismatch, span, message).help(help));
    }
    Ok(())
}

fn is_zero(graph: &Graph, value: Value) -> bool {
    match &graph.node(value).op {
        Op::Constant(x) => *x == 0.0,
        Op::Broadcast(x, _) | Op::Reshape(x) | Op::Index(x, _) | Op::Deposit(x, _) => is_zero(graph, *x),
        Op::Concat(parts, _) => parts.iter().all(|part| is_zero(graph, *part)),
        _ => false,
    }
}
