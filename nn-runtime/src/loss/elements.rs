//! Losses that treat each output alone: `(y, t)` to the loss and its derivative by `y`.

use core::f64::consts::LN_2;

use super::Case;
use crate::batch::Targets;
use crate::math::{sigmoid, sign};
use crate::real::Real;

/// Added to a predicted rate before its logarithm is taken.
const RATE: f64 = 1e-8;

/// Probabilities are clipped to `CLIP..=1 - CLIP` before their logarithms are taken.
const CLIP: f64 = 1e-7;

/// The weighted sum of `loss` over all outputs, and its gradient. Class ids (with one output) stand for numbers.
pub(super) fn sum<T: Real>(case: &Case<'_, T>, gradient: &mut [T], loss: impl Fn(f64, f64) -> (f64, f64)) -> f64 {
    let factor = case.factor();
    let mut total = 0.0;
    for (i, (y, d)) in case.output.iter().zip(gradient).enumerate() {
        let target = match case.targets {
            Targets::Values(values) => values[i].to_f64(),
            Targets::Classes(classes) => classes[i] as f64,
        };
        let (value, derivative) = loss(y.to_f64(), target);
        total += value;
        *d = T::from_f64(derivative * factor);
    }
    total * factor
}

pub(super) fn squared(y: f64, t: f64) -> (f64, f64) {
    ((y - t) * (y - t), 2.0 * (y - t))
}

pub(super) fn absolute(y: f64, t: f64) -> (f64, f64) {
    ((y - t).abs(), sign(y - t))
}

pub(super) fn huber(delta: f64, y: f64, t: f64) -> (f64, f64) {
    let error = y - t;
    if error.abs() <= delta {
        (0.5 * error * error, error)
    } else {
        (delta * (error.abs() - 0.5 * delta), delta * sign(error))
    }
}

/// `ln cosh x = |x| + ln(1 + e^-2|x|) - ln 2`, which does not overflow.
pub(super) fn log_cosh(y: f64, t: f64) -> (f64, f64) {
    let error = y - t;
    let size = error.abs();
    (size + libm::log1p(libm::exp(-2.0 * size)) - LN_2, libm::tanh(error))
}

pub(super) fn poisson(y: f64, t: f64) -> (f64, f64) {
    (y - t * libm::log(y + RATE), 1.0 - t / (y + RATE))
}

/// `-t ln s(x) - (1 - t) ln(1 - s(x)) = max(x, 0) - t x + ln(1 + e^-|x|)`, finite for every finite logit.
pub(super) fn binary_from_logit(x: f64, t: f64) -> (f64, f64) {
    let positive = if x > 0.0 { x } else { 0.0 };
    (positive - t * x + libm::log1p(libm::exp(-x.abs())), sigmoid(x) - t)
}

/// The gradient outside of the clip is 0, as that of every clip.
pub(super) fn binary_from_probability(y: f64, t: f64) -> (f64, f64) {
    let p = y.clamp(CLIP, 1.0 - CLIP);
    let slope = if p == y { (p - t) / (p * (1.0 - p)) } else { y * 0.0 };
    (-t * libm::log(p) - (1.0 - t) * libm::log1p(-p), slope)
}
