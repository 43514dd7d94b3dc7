//! How tensors lie in memory: the order of their axes, and where each begins.

use crate::ir::{Graph, Op, Target, Value};
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
    let layout = |(index, tensor): (usize, &crate::model::Tensor)| {
        let narrow = matches!(tensor.shape()[..], [rows, columns] if columns < NARROW && rows >= 2 * NARROW);
        let only_dots = [&graphs.predict, &graphs.train].iter().all(|graph| only_dots_read(graph, index));
        let gradient = graphs.train.output(Target::Gradient(index));
        let dot = gradient.is_none_or(|gradient| matches!(graphs.train.op(gradient), Op::Dot { .. }));
        if narrow && only_dots && dot { Layout::Transposed } else { Layout::RowMajor }
    };
    network.tensors.iter().enumerate().map(layout).collect()
}

fn only_dots_read(graph: &Graph, tensor: usize) -> bool {
    let reads =
        |value: Value| graph.op(value).operands().iter().any(|operand| *graph.op(*operand) == Op::Tensor(tensor));
    graph.values().all(|value| !reads(value) || matches!(graph.op(value), Op::Dot { .. }))
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
