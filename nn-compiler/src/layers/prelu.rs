//! `prelu(init, shared)`: a rectifier whose slope below zero is learned.

use super::purpose::Purpose;
use super::{BASE, Layer, Lowering, Role, TensorSpec, with_last_axis};
use crate::init::Init;
use crate::ir::Value;
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

/// A rectifier whose slope below zero is learned.
pub(super) static PRELU: Layer = Layer {
    signature: Signature {
        name: "prelu",
        doc: "`x` where `x > 0`, else `slope * x`, with a learned slope. Source: He et al., Delving Deep into Rectifiers (2015), eq. 1.",
        params: &[
            Param::optional("init", Kind::Real(Range::ANY), Preset::Real(0.25), "the slope in the beginning"),
            Param::optional("shared", Kind::Bool, Preset::Bool(true), "one slope for all channels, or one for each"),
        ],
    },
    role: Role::Activation,
    tensors: |args, incoming| {
        let slopes = if args.bool("shared") { 1 } else { incoming.width() };
        vec![TensorSpec::parameter("slope", [slopes], Init::Constant(args.real("init"))).with(Purpose::Slope)]
    },
    output: with_last_axis,
    lower,
    ..BASE
};

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let g = &mut *cx.graph;
    let slope = if args.bool("shared") {
        let slope = g.reshape(cx.tensors[0], Shape::scalar());
        g.broadcast_to(slope, x, &[])
    } else {
        g.along_last(cx.tensors[0], x)
    };
    let zero = g.constant_like(0.0, x);
    let positive = g.greater(x, zero);
    let scaled = g.mul(x, slope);
    g.select(positive, x, scaled)
}
