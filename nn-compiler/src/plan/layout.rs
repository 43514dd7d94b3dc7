//! How tensors lie in memory: the order of their axes, and where each begins.

use crate::ir::{Graph, Op, Target};
use crate::lower::Graphs;
use crate::model::Network;

/// How a tensor lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The logical order, the last axis fastest.
    RowMajor,
    /// A matrix, its first axis fastest.
    Transposed,
}

/// A matrix with fewer columns than this does not fill the lanes of a kernel that runs along columns.
const NARROW: usize = 8;

/// Matrices of few columns and many rows lie transposed, so that products with them run along the long axis.
/// That holds only for matrices that nothing but products reads, and whose gradient is a product.
pub(super) fn choose(network: &Network, graphs: &Graphs) -> Vec<Layout> {
    let mut elsewhere = vec![false; network.tensors.len()];
    let mut gradients = vec![None; network.tensors.len()];
    for graph in [&graphs.predict, &graphs.train] {
        read_elsewhere(graph, &mut elsewhere);
    }
    for (target, value) in &graphs.train.outputs {
        if let Target::Gradient(index) = target {
            gradients[*index] = Some(graphs.train.op(*value));
        }
    }
    let layout = |(index, tensor): (usize, &crate::model::Tensor)| {
        let narrow = matches!(tensor.shape()[..], [rows, columns] if columns < NARROW && rows >= 2 * NARROW);
        let dot = gradients[index].is_none_or(|gradient| matches!(gradient, Op::Dot { .. }));
        if narrow && !elsewhere[index] && dot { Layout::Transposed } else { Layout::RowMajor }
    };
    network.tensors.iter().enumerate().map(layout).collect()
}

/// Marks the tensors that something else than a product reads.
fn read_elsewhere(graph: &Graph, elsewhere: &mut [bool]) {
    for op in graph.nodes.iter().map(|node| &node.op).filter(|op| !matches!(op, Op::Dot { .. })) {
        for operand in op.operands() {
            if let Op::Tensor(index) = graph.op(operand) {
                elsewhere[*index] = true;
            }
        }
    }
}

/// Where each tensor begins: parameters first, then state; and how many values either has.
pub(super) fn offsets(network: &Network) -> (Vec<usize>, usize, usize) {
    let mut offsets = vec![0; network.tensors.len()];
    let mut end = 0;
    let mut parameters = 0;
    for trained in [true, false] {
        for (index, tensor) in network.tensors.iter().enumerate() {
            if tensor.spec.trained == trained {
                offsets[index] = end;
                end += tensor.len();
            }
        }
        if trained {
            parameters = end;
        }
    }
    (offsets, parameters, end - parameters)
}
