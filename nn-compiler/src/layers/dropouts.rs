//! Kin of `dropout`: whole channels, values of `selu`, multiplicative noise. All of them do nothing in prediction.

use nn_grammar::diagnostic::Code;

use super::{BASE, Complaint, Layer, Mode};
use crate::ir::{Binary, Distribution};
use crate::shape::Shape;
use crate::signature::{Kind, Param, Range, Signature};
use crate::words;

const RATE: Param = Param::required("rate", Kind::Real(Range::BELOW_ONE), "the probability of a drop");

/// Drops whole channels.
pub(super) static SPATIAL_DROPOUT: Layer = Layer {
    signature: Signature {
        name: "spatial_dropout",
        doc: "In training, sets each channel of an example, in all its places `[…, channels]`, to 0 with probability `rate` and divides the \
              others by `1 - rate`; in prediction, nothing. Source: Tompson et al., Efficient Object Localization (2015), sec. 3.2.",
        params: &[RATE],
    },
    output: |_, incoming| match incoming.shape {
        [_, .., _] => Ok(incoming.shape.to_vec()),
        shape => Err(Complaint {
            code: Code::WrongRank,
            message: format!(
                "`spatial_dropout` drops channels in all their places, and {} has none",
                words::shape(shape)
            ),
            blame: None,
            label: "needs `[…, channels]` with an axis of places".to_owned(),
            help: "use `dropout`".to_owned(),
        }),
    },
    lower: |cx, args, x| {
        let (rate, stream) = (args.real("rate"), cx.stream());
        if cx.mode == Mode::Predict || rate == 0.0 {
            return x;
        }
        let g = &mut *cx.graph;
        let shape = g.shape(x).clone();
        let last = shape.rank() - 1;
        let like = g.constant(0.0);
        let like = g.broadcast(like, Shape { rows: shape.rows, dims: vec![shape.dims[last - 1]] }, &[]);
        let draw = g.random_like(Distribution::Uniform, stream, like);
        let kept = g.with(Binary::GreaterEqual, draw, rate);
        let factor = g.scale(kept, 1.0 / (1.0 - rate));
        let factor = g.broadcast_to(factor, x, &[0, last]);
        g.mul(x, factor)
    },
    ..BASE
};

/// What `selu` tends to for very negative values: `-scale * alpha`.
const SELU_FLOOR: f64 = -1.050_700_987_355_480_5 * 1.673_263_242_354_377_2;

/// Drops values of `selu` to what they are for minus infinity.
pub(super) static ALPHA_DROPOUT: Layer = Layer {
    signature: Signature {
        name: "alpha_dropout",
        doc: "In training, sets each value to `a' = -1.7581` with probability `rate` and then takes `a x + b`, so that mean 0 and \
              variance 1 stay: `a = 1 / sqrt((1 - rate) (1 + rate a'^2))`, `b = -a a' rate`; in prediction, nothing. For `selu`. Source: \
              Klambauer et al., Self-Normalizing Neural Networks (2017), sec. 3.",
        params: &[RATE],
    },
    lower: |cx, args, x| {
        let (rate, stream) = (args.real("rate"), cx.stream());
        if cx.mode == Mode::Predict || rate == 0.0 {
            return x;
        }
        let a = 1.0 / ((1.0 - rate) * (1.0 + rate * SELU_FLOOR * SELU_FLOOR)).sqrt();
        let g = &mut *cx.graph;
        let draw = g.random_like(Distribution::Uniform, stream, x);
        let kept = g.with(Binary::GreaterEqual, draw, rate);
        let floor = g.constant_like(SELU_FLOOR, x);
        let dropped = g.select(kept, x, floor);
        let scaled = g.scale(dropped, a);
        g.with(Binary::Add, scaled, -a * SELU_FLOOR * rate)
    },
    ..BASE
};

/// Multiplies by noise around 1.
pub(super) static GAUSSIAN_DROPOUT: Layer = Layer {
    signature: Signature {
        name: "gaussian_dropout",
        doc: "In training, multiplies each value by a normal number of mean 1 and variance `rate / (1 - rate)`, as much as `dropout` has; \
              in prediction, nothing. Source: Srivastava et al., Dropout (2014), sec. 10.",
        params: &[RATE],
    },
    lower: |cx, args, x| {
        let (rate, stream) = (args.real("rate"), cx.stream());
        if cx.mode == Mode::Predict || rate == 0.0 {
            return x;
        }
        let g = &mut *cx.graph;
        let draw = g.random_like(Distribution::Normal, stream, x);
        let scaled = g.scale(draw, (rate / (1.0 - rate)).sqrt());
        let factor = g.with(Binary::Add, scaled, 1.0);
        g.mul(x, factor)
    },
    ..BASE
};
