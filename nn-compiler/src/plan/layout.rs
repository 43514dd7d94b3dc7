//! How tensors lie in memory: the order of their axes, and where each begins.

use super::panels::PANEL;
use crate::ir::{Graph, Op, Target, Value};
use crate::lower::Graphs;
use crate::model::{Network, Tensor};

/// How a tensor lies in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The logical order, the last axis fastest.
    RowMajor,
    /// A matrix, its first axis fastest.
    Transposed,
    /// A matrix, so many columns at a time as products read together: [`PANEL`] of them, row by row, then the next.
    Panels,
}

/// A matrix with fewer columns than this does not fill the lanes of a kernel that runs along columns.
const NARROW: usize = 8;

/// A matrix of fewer rows is not worth panels.
const FEWEST_ROWS: usize = 32;

/// Matrices of few columns and many rows lie transposed, so that products with them run along the long axis. Those of many columns lie in
/// panels, if rows do not lie side by side.
/// That holds only for matrices that nothing but products reads, and whose gradient is a product.
///
/// Networks that share their tensors agree on one layout.
pub(super) fn choose(all: &[(&Network, &Graphs)], beside: bool) -> Vec<Layout> {
    let tensors = all.first().map_or(&[][..], |(network, _)| &network.tensors[..]);
    let mut uses = vec![Use::RightOperand; tensors.len()];
    all.iter().for_each(|(_, graphs)| find_all_uses(graphs, &mut uses));
    let layout = |(tensor, used): (&Tensor, &Use)| match tensor.shape()[..] {
        [rows, columns] if columns < NARROW && rows >= 2 * NARROW && *used <= Use::Product => Layout::Transposed,
        [rows, columns] if columns % PANEL == 0 && columns > PANEL && rows >= FEWEST_ROWS && !beside => match used {
            Use::RightOperand => Layout::Panels,
            _ => Layout::RowMajor,
        },
        _ => Layout::RowMajor,
    };
    tensors.iter().zip(&uses).map(layout).collect()
}

fn find_all_uses(graphs: &Graphs, uses: &mut [Use]) {
    let objective = graphs.objective.iter().flatten();
    for graph in [&graphs.predict, &graphs.train].into_iter().chain(&graphs.entries).chain(objective) {
        find_uses(graph, uses);
    }
    for (target, value) in &graphs.train.outputs {
        if let Target::Gradient(index) = target {
            uses[*index] = uses[*index].max(of_gradient(&graphs.train, *value));
        }
    }
}

/// What a tensor is for, from what lets it lie in any way to what does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Use {
    /// Rows are multiplied by it or by its transpose, and its gradient is a sum over rows.
    RightOperand,
    /// It takes part in products, and its gradient is one.
    Product,
    /// Anything else.
    Other,
}

/// Takes note of what the values of a graph do with the tensors.
fn find_uses(graph: &Graph, uses: &mut [Use]) {
    for op in graph.nodes.iter().map(|node| &node.op) {
        for operand in op.operands() {
            if let Op::Tensor(index) = graph.op(operand) {
                let of_rows = |a| graph.shape(a).is_batched() && graph.shape(a).rank() == 2;
                let used = match *op {
                    Op::Dot { a, transpose_a: false, b, .. } if b == operand && of_rows(a) => Use::RightOperand,
                    Op::Dot { .. } => Use::Product,
                    _ => Use::Other,
                };
                uses[*index] = uses[*index].max(used);
            }
        }
    }
}

/// What the gradient of a tensor asks for.
fn of_gradient(graph: &Graph, gradient: Value) -> Use {
    match *graph.op(gradient) {
        Op::Dot { a, transpose_a: true, b, transpose_b: false }
            if [a, b].map(|part| graph.shape(part).is_batched()) == [true; 2] =>
        {
            Use::RightOperand
        }
        Op::Dot { .. } => Use::Product,
        _ => Use::Other,
    }
}

/// Where each tensor lies.
pub(super) struct Places {
    /// Where it begins in the buffer of weights: parameters first, then state, then what training leaves as it is. Of tensors that networks
    /// share, only their kind counts, so that all have them at the same places.
    pub(super) weights: Vec<usize>,
    /// Where its gradient, or its new state, begins in the buffer of these.
    pub(super) changes: Vec<usize>,
    /// Values in all gradients.
    pub(super) parameters: usize,
    /// Values in the new state.
    pub(super) state: usize,
    /// Values in all other tensors.
    pub(super) frozen: usize,
}

/// Places the tensors of a network; if others share them, frozen ones as if they were not.
pub(super) fn places(network: &Network, shared: bool) -> Places {
    let tensors = &network.tensors;
    let mut places =
        Places { weights: vec![0; tensors.len()], changes: vec![0; tensors.len()], parameters: 0, state: 0, frozen: 0 };
    let group = |tensor: &Tensor| match tensor {
        tensor if tensor.frozen && !shared => 2,
        tensor if tensor.spec.trained => 0,
        _ => 1,
    };
    let mut end = 0;
    for which in 0..3 {
        for (index, tensor) in tensors.iter().enumerate().filter(|(_, tensor)| group(tensor) == which) {
            places.weights[index] = end;
            end += tensor.len();
            let changes = match tensor {
                tensor if tensor.is_trained() => &mut places.parameters,
                tensor if tensor.is_state() => &mut places.state,
                _ => &mut places.frozen,
            };
            places.changes[index] = *changes;
            *changes += tensor.len();
        }
    }
    places
}
