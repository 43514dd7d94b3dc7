//! `dropout(rate)`: sets values to zero at random in training.

use super::{BASE, Layer, Lowering, Mode};
use crate::ir::{Binary, Distribution, Value};
use crate::signature::{Args, Kind, Param, Range, Signature};

/// Sets values to zero at random in training.
pub(super) static DROPOUT: Layer = Layer {
    signature: Signature {
        name: "dropout",
        doc: "In training, sets each value to 0 with probability `rate` and divides the others by `1 - rate`; in prediction, nothing. \
              Source: Srivastava et al., Dropout (2014), in its inverted form.",
        params: &[Param::required("rate", Kind::Real(Range::BELOW_ONE), "the probability that a value is set to 0")],
    },
    lower,
    ..BASE
};

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    drop_values(cx, args.real("rate"), x)
}

/// In training, each value is 0 with this probability, and the others are divided by its complement.
pub(super) fn drop_values(cx: &mut Lowering<'_>, rate: f64, x: Value) -> Value {
    let stream = cx.stream();
    if cx.mode == Mode::Predict || rate == 0.0 {
        return x;
    }
    let g = &mut *cx.graph;
    let draw = g.random_like(Distribution::Uniform, stream, x);
    let kept = g.with(Binary::GreaterEqual, draw, rate);
    let scaled = g.scale(x, 1.0 / (1.0 - rate));
    let zero = g.constant_like(0.0, x);
    g.select(kept, scaled, zero)
}
