//! The backward half of training: gradients of the parameters, through the head, and of a stated loss.

use crate::adjoint::differentiate;
use crate::ir::{Graph, Op, Source, Target, Value};
use crate::lower::Graphs;
use crate::model::Network;

/// Adds the backward half of training: the gradients of all trained tensors, and the gradient of the logits through the head.
#[must_use]
pub fn gradients(mut graphs: Graphs, network: &Network) -> Graphs {
    let train = &mut graphs.train;
    let logits = train.output(Target::Logits).expect("training yields logits");
    let trained: Vec<usize> = (0..network.tensors.len()).filter(|index| network.tensors[*index].is_trained()).collect();
    let wrt = tensors(train, &trained, network);
    let shape = train.shape(logits).clone();
    let seed = train.source(Source::LogitsGradient, shape);
    let adjoints = differentiate(train, &[(logits, seed)], &wrt);
    for (index, adjoint) in trained.into_iter().zip(adjoints) {
        train.yields(Target::Gradient(index), adjoint);
    }

    let head = &mut graphs.head_gradient;
    let output = head.output(Target::Output).expect("a head yields an output");
    let logits = Value(0);
    let shape = head.shape(output).clone();
    let seed = head.source(Source::OutputGradient, shape);
    let adjoints = differentiate(head, &[(output, seed)], &[logits]);
    head.outputs.clear();
    head.yields(Target::LogitsGradient, adjoints[0]);

    if let Some([_, objective]) = &mut graphs.objective {
        let loss = objective.output(Target::Figures).expect("an objective yields a loss");
        let output = objective.values().find(|value| *objective.op(*value) == Op::Source(Source::Output));
        let output = output.expect("an objective is about an output");
        let seed = objective.constant_like(1.0, loss);
        let adjoints = differentiate(objective, &[(loss, seed)], &[output]);
        objective.outputs.clear();
        objective.yields(Target::OutputGradient, adjoints[0]);
    }
    graphs
}

/// The values of tensors in a graph. One that no operation reads (behind a head, say) is added: its gradient is zero.
fn tensors(graph: &mut Graph, indices: &[usize], network: &Network) -> Vec<Value> {
    let mut known: Vec<Option<Value>> = vec![None; network.tensors.len()];
    for value in graph.values() {
        if let Op::Tensor(index) = *graph.op(value) {
            known[index] = known[index].or(Some(value));
        }
    }
    let value =
        |index: &usize| known[*index].unwrap_or_else(|| graph.tensor(*index, &network.tensors[*index].spec.shape));
    indices.iter().map(value).collect()
}
