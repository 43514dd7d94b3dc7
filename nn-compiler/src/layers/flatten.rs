//! `flatten`: all axes of an example in one.

use super::{Layer, Role, no_tensors, unstated};
use crate::shape::Shape;
use crate::signature::Signature;

/// All axes of an example in one.
pub(super) static FLATTEN: Layer = Layer {
    signature: Signature {
        name: "flatten",
        doc: "All axes of an example in one, the last fastest: `[28, 28, 1]` becomes `[784]`.",
        params: &[],
    },
    role: Role::Plain,
    input: unstated,
    output: |_, incoming| Ok(vec![incoming.shape.iter().product()]),
    tensors: no_tensors,
    lower: |cx, _, x| {
        let shape = cx.graph.shape(x).clone();
        cx.graph.reshape(x, Shape::batched(shape.rows, [shape.dims.iter().product()]))
    },
};
