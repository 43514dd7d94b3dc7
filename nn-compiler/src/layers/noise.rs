//! `noise`: random values for each example, which `sample eps ~ normal[20];` stands for.

use super::{BASE, Layer, Mask, Mode};
use crate::ir::{Binary, Distribution};
use crate::shape::Shape;
use crate::signature::{Kind, Param, Preset, Range, Signature};

/// Random values for each example.
pub(super) static NOISE: Layer = Layer {
    signature: Signature {
        name: "noise",
        doc: "In training, random values of the stated shape for each example, `normal` with mean `a` and deviation `b`, or `uniform` \
              from `a` to `b`; in prediction, their mean. It looks at nothing of its input: what `sample eps ~ normal[20];` stands for.",
        params: &[
            Param::optional("kind", Kind::Choice(&["normal", "uniform"]), Preset::Choice("normal"), "the distribution"),
            Param::optional("a", Kind::Real(Range::ANY), Preset::Real(0.0), "the mean, or the lower end"),
            Param::optional("b", Kind::Real(Range::ANY), Preset::Real(1.0), "the standard deviation, or the upper end"),
            Param::required("shape", Kind::Dims, "the shape for one example"),
        ],
    },
    mask: Mask::Drops,
    output: |args, _| Ok(args.dims("shape").to_vec()),
    lower: |cx, args, _| {
        let (a, b, stream) = (args.real("a"), args.real("b"), cx.stream());
        let shape = Shape::batched(1, args.dims("shape").to_vec());
        let g = &mut *cx.graph;
        let zero = g.constant(0.0);
        let zeros = g.broadcast(zero, shape, &[]);
        let (distribution, mean, scale) = match args.choice("kind") {
            "uniform" => (Distribution::Uniform, f64::midpoint(a, b), b - a),
            _ => (Distribution::Normal, a, b),
        };
        if cx.mode == Mode::Predict {
            return g.with(Binary::Add, zeros, mean);
        }
        let draw = g.random_like(distribution, stream, zeros);
        let scaled = g.scale(draw, scale);
        g.with(Binary::Add, scaled, a)
    },
    ..BASE
};
