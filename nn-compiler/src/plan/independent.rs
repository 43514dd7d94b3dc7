//! Whether the rows of a batch can be computed apart from each other.

use super::fuse;
use crate::ir::{ConvPart, Graph, Op, Target, Value};

/// Whether no value of the forward half mixes rows: nothing is reduced over the batch before the logits, or for new state.
pub(super) fn rows_are_independent(graph: &Graph) -> bool {
    let forward = fuse::needed(graph, |target| !matches!(target, Target::Gradient(_)));
    !graph.values().any(|value| forward[value.index()] && mixes_rows(graph, value))
}

/// Whether a value depends on the batch as a whole.
fn mixes_rows(graph: &Graph, value: Value) -> bool {
    match graph.op(value) {
        Op::Reduce(_, x, axes) => graph.shape(*x).is_batched() && axes.contains(&0),
        Op::Dot { a, transpose_a, .. } => {
            *transpose_a && graph.shape(*a).is_batched() && !graph.shape(value).is_batched()
        }
        Op::Conv(conv) => conv.yields == ConvPart::Kernel,
        Op::ScatterAdd { .. } | Op::BatchSize => true,
        Op::Scan(scan) => scan.body.values().any(|value| mixes_rows(&scan.body, value)),
        Op::Source(_)
        | Op::Tensor(_)
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Iota(_)
        | Op::Random(..)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Select(..)
        | Op::Broadcast(..)
        | Op::Reshape(_)
        | Op::Index(..)
        | Op::Deposit(..)
        | Op::Concat(..)
        | Op::Yield(..)
        | Op::Gather { .. }
        | Op::Stop(_) => false,
    }
}
