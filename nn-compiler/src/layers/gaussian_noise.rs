//! `gaussian_noise(std)`: adds normal noise in training.

use super::{BASE, Layer, Lowering, Mode};
use crate::ir::{Distribution, Value};
use crate::signature::{Args, Kind, Param, Range, Signature};

/// Adds normal noise in training.
pub(super) static GAUSSIAN_NOISE: Layer = Layer {
    signature: Signature {
        name: "gaussian_noise",
        doc: "In training, adds normal noise of mean 0 and standard deviation `std`; in prediction, nothing. \
              Source: Bishop, Training with Noise is Equivalent to Tikhonov Regularization (1995).",
        params: &[Param::required("std", Kind::Real(Range::NOT_NEGATIVE), "the standard deviation")],
    },
    lower,
    ..BASE
};

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let (std, stream) = (args.real("std"), cx.stream());
    if cx.mode == Mode::Predict || std == 0.0 {
        return x;
    }
    let noise = cx.graph.random_like(Distribution::Normal, stream, x);
    let noise = cx.graph.scale(noise, std);
    cx.graph.add(x, noise)
}
