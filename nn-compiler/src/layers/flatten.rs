//! `flatten`: all axes of an example in one.

use super::{BASE, Layer, Mask};
use crate::shape::Shape;
use crate::signature::Signature;

/// All axes of an example in one.
pub(super) static FLATTEN: Layer = Layer {
    signature: Signature {
        name: "flatten",
        doc: "All axes of an example in one, the last fastest: `[28, 28, 1]` becomes `[784]`.",
        params: &[],
    },
    output: |_, incoming| Ok(vec![incoming.shape.iter().product()]),
    lower: |cx, _, x| {
        let shape = cx.graph.shape(x).clone();
        cx.graph.reshape(x, Shape::batched(shape.rows, [shape.dims.iter().product()]))
    },
    mask: Mask::Drops,
    ..BASE
};
