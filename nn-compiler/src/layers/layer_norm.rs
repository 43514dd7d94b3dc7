//! `layer_norm(eps)`: normalises each example over its last axis.

use super::{BASE, Layer, Lowering, TensorSpec, with_last_axis};
use crate::init::Init;
use crate::ir::{Binary, Value};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

/// Normalises each example over its last axis.
pub(super) static LAYER_NORM: Layer = Layer {
    signature: Signature {
        name: "layer_norm",
        doc: "Normalises over the last axis: `y = (x - mean) / sqrt(variance + eps) * scale + shift`, variance with divisor n. \
              Source: Ba, Kiros and Hinton, Layer Normalization (2016), eq. 4.",
        params: &[Param::optional("eps", Kind::Real(Range::POSITIVE), Preset::Real(1e-5), "added to the variance")],
    },
    tensors: |_, incoming| {
        let width = [incoming.width()];
        vec![TensorSpec::parameter("scale", width, Init::Ones), TensorSpec::parameter("shift", width, Init::Zeros)]
    },
    output: with_last_axis,
    lower,
    ..BASE
};

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let g = &mut *cx.graph;
    let last = g.shape(x).rank() - 1;
    let width = g.shape(x).dims[last - 1] as f64;
    let sum = g.sum(x, &[last]);
    let mean = g.scale(sum, 1.0 / width);
    let mean = g.across_last(mean, x);
    let centred = g.sub(x, mean);
    let square = g.mul(centred, centred);
    let squares = g.sum(square, &[last]);
    let variance = g.scale(squares, 1.0 / width);
    let guarded = g.with(Binary::Add, variance, args.real("eps"));
    let deviation = g.sqrt(guarded);
    let factor = g.recip(deviation);
    let factor = g.across_last(factor, x);
    let normal = g.mul(centred, factor);
    let scale = g.along_last(cx.tensors[0], x);
    let scaled = g.mul(normal, scale);
    let shift = g.along_last(cx.tensors[1], x);
    g.add(scaled, shift)
}
