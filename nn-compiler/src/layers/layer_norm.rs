//! `layer_norm(eps)`: normalises each example over its last axis.

use super::purpose::Purpose;
use super::{BASE, Complaint, Layer, Lowering, TensorSpec, with_last_axis};
use crate::init::Init;
use crate::ir::{Binary, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;
use nn_grammar::diagnostic::Code;

/// Normalises each example over its last axis.
pub(super) static LAYER_NORM: Layer = Layer {
    signature: Signature {
        name: "layer_norm",
        doc: "Normalises over the last axis, or the last ones: `y = (x - mean) / sqrt(variance + eps) * scale + shift`, variance with \
              divisor n; `scale` and `shift` have the extents of these axes. Source: Ba, Kiros and Hinton, Layer Normalization (2016), eq. 4.",
        params: &[
            Param::optional("eps", Kind::Real(Range::POSITIVE), Preset::Real(1e-5), "added to the variance"),
            Param::optional("axes", Kind::Dim, Preset::Dim(1), "how many of the last axes are normalised together"),
        ],
    },
    tensors: |args, incoming| {
        let extents = &incoming.shape[incoming.shape.len() - args.dim("axes")..];
        vec![
            TensorSpec::parameter("scale", extents, Init::Ones).with(Purpose::Scale),
            TensorSpec::parameter("shift", extents, Init::Zeros).with(Purpose::Shift),
        ]
    },
    output: |args, incoming| {
        let (axes, rank) = (args.dim("axes"), incoming.shape.len());
        if rank > 0 && axes > rank {
            return Err(Complaint {
                code: Code::WrongRank,
                message: format!("`layer_norm` cannot take the last {axes} axes of {}", words::shape(incoming.shape)),
                blame: Some("axes"),
                label: format!("there {} {}", if rank == 1 { "is" } else { "are" }, words::count(rank, "axis")),
                help: format!("write at most `axes = {rank}`"),
            });
        }
        with_last_axis(args, incoming)
    },
    lower,
    ..BASE
};

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let g = &mut *cx.graph;
    let shape = g.shape(x).clone();
    // The axes that are normalised together, as one.
    let (kept, together) = shape.dims.split_at(shape.dims.len() - args.dim("axes"));
    let width: usize = together.iter().product();
    let x = g.reshape(x, Shape { rows: shape.rows, dims: [kept, &[width]].concat() });
    let [scale, shift] = [cx.tensors[0], cx.tensors[1]].map(|tensor| g.reshape(tensor, Shape::fixed([width])));
    let last = g.shape(x).rank() - 1;
    let width = width as f64;
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
    let scale = g.along_last(scale, x);
    let scaled = g.mul(normal, scale);
    let shift = g.along_last(shift, x);
    let y = g.add(scaled, shift);
    g.reshape(y, shape)
}
