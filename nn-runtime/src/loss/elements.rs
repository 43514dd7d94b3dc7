//! Losses that treat each output alone: `(y, t)` to the loss and its derivative by `y`.
//!
//! Both are computed in the type of the network, without branches, so that they become vector instructions; sums are taken in f64.

use super::Case;
use crate::batch::Targets;
use crate::isa::Isa;
use crate::kernels::flat::LANES;
use crate::math::{self, select};
use crate::real::Real;

/// Added to a predicted rate before its logarithm is taken.
const RATE: f64 = 1e-8;

/// Probabilities are clipped to `CLIP..=1 - CLIP` before their logarithms are taken.
const CLIP: f64 = 1e-7;

/// The logarithm of [`CLIP`].
const LN_CLIP: f64 = -16.118_095_650_958_32;

/// Class ids that are made numbers at once.
const IDS: usize = 16 * LANES;

/// A loss of this kind.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Element {
    Squared,
    Absolute,
    Huber(f64),
    LogCosh,
    Poisson,
    /// Of logits.
    BinaryFromLogit,
    BinaryFromProbability,
}

/// What [`each`] computes: the gradient, and the sum of the losses, for outputs and as many targets.
#[derive(Debug)]
pub struct Each<'a, T> {
    loss: Element,
    output: &'a [T],
    targets: &'a [T],
    gradient: &'a mut [T],
    /// What the gradient is multiplied by.
    factor: f64,
    sum: f64,
}

/// The weighted sum of `loss` over all of `output`, and its gradient. Class ids (with one output) stand for numbers.
pub(super) fn sum<T: Real>(case: &Case<'_, T>, output: &[T], gradient: &mut [T], loss: Element) -> f64 {
    let factor = case.factor();
    let total = match case.targets {
        Targets::Values(targets) => Each { loss, output, targets, gradient, factor, sum: 0.0 }.run(),
        Targets::Classes(ids) => {
            let pieces = output.chunks(IDS).zip(ids.chunks(IDS)).zip(gradient.chunks_mut(IDS));
            let of_ids = |((output, ids), gradient): ((&[T], &[usize]), _)| {
                let mut targets = [T::ZERO; IDS];
                targets.iter_mut().zip(ids).for_each(|(target, &id)| *target = T::from_f64(id as f64));
                Each { loss, output, targets: &targets[..ids.len()], gradient, factor, sum: 0.0 }.run()
            };
            pieces.map(of_ids).sum()
        }
    };
    total * factor
}

impl<T: Real> Each<'_, T> {
    fn run(mut self) -> f64 {
        T::each_loss(&mut self);
        self.sum
    }
}

/// The body of the kernel.
#[inline(always)]
pub(crate) fn each<I: Isa, T: Real>(_: I, each: &mut Each<'_, T>) {
    match each.loss {
        Element::Squared => all(each, squared),
        Element::Absolute => all(each, absolute),
        Element::Huber(delta) => all(each, |y, t| huber(T::from_f64(delta), y, t)),
        Element::LogCosh => all(each, log_cosh),
        Element::Poisson => all(each, poisson),
        Element::BinaryFromLogit => all(each, binary_from_logit),
        Element::BinaryFromProbability => all(each, binary_from_probability),
    }
}

#[inline(always)]
fn all<T: Real>(each: &mut Each<'_, T>, loss: impl Fn(T, T) -> (T, T)) {
    let factor = T::from_f64(each.factor);
    let mut totals = [0.0; LANES];
    let (outputs, last_outputs) = each.output.as_chunks::<LANES>();
    let (targets, last_targets) = each.targets.as_chunks::<LANES>();
    let (gradients, last_gradients) = each.gradient.as_chunks_mut::<LANES>();
    for ((output, target), gradient) in outputs.iter().zip(targets).zip(gradients) {
        for lane in 0..LANES {
            let (value, slope) = loss(output[lane], target[lane]);
            totals[lane] += value.to_f64();
            gradient[lane] = slope * factor;
        }
    }
    let last = last_outputs.iter().zip(last_targets).zip(last_gradients).zip(&mut totals);
    for (((output, target), gradient), total) in last {
        let (value, slope) = loss(*output, *target);
        *total += value.to_f64();
        *gradient = slope * factor;
    }
    each.sum = totals.iter().sum();
}

#[inline(always)]
fn squared<T: Real>(y: T, t: T) -> (T, T) {
    let error = y - t;
    (error * error, error + error)
}

#[inline(always)]
fn absolute<T: Real>(y: T, t: T) -> (T, T) {
    ((y - t).abs(), math::sign(y - t))
}

#[inline(always)]
fn huber<T: Real>(delta: T, y: T, t: T) -> (T, T) {
    let error = y - t;
    let (size, half) = (error.abs(), T::from_f64(0.5));
    let near = size <= delta;
    let value = select(near, half * error * error, delta * (size - half * delta));
    (value, select(near, error, delta * math::sign(error)))
}

/// `ln cosh x`: near 0 as `ln(1 + 2 sinh^2(x / 2))`, which loses nothing; else as `|x| + ln(1 + e^-2|x|) - ln 2`, which does not overflow.
#[inline(always)]
fn log_cosh<T: Real>(y: T, t: T) -> (T, T) {
    let error = y - t;
    let size = error.abs();
    let near = size < T::ONE;
    // `sinh x = (u + u / (u + 1)) / 2` with `u = e^x - 1`.
    let u = (select(near, size, T::ONE) * T::from_f64(0.5)).exp_m1();
    let twice_sinh = u + u / (u + T::ONE);
    let small = twice_sinh * twice_sinh * T::from_f64(0.5);
    let large = (-(size + size)).exp();
    let log = select(near, small, large).ln_1p();
    (select(near, log, size + log - T::from_f64(core::f64::consts::LN_2)), error.tanh())
}

#[inline(always)]
fn poisson<T: Real>(y: T, t: T) -> (T, T) {
    let rate = y + T::from_f64(RATE);
    (y - t * rate.ln(), T::ONE - t / rate)
}

/// `-t ln s(x) - (1 - t) ln(1 - s(x)) = max(x, 0) - t x + ln(1 + e^-|x|)`, finite for every finite logit. The derivative `s(x) - t` is
/// computed as `(1 - t) s(x) - t s(-x)`, which keeps its digits where `s(x)` is near to a target of 1.
#[inline(always)]
fn binary_from_logit<T: Real>(x: T, t: T) -> (T, T) {
    let e = (-x.abs()).exp();
    let positive = x >= T::ZERO;
    let (above, below) = (select(positive, T::ONE, e), select(positive, e, T::ONE));
    let slope = ((T::ONE - t) * above - t * below) / (T::ONE + e);
    (math::relu(x) - t * x + e.ln_1p(), slope)
}

/// The gradient outside of the clip is 0, as that of every clip.
#[inline(always)]
fn binary_from_probability<T: Real>(y: T, t: T) -> (T, T) {
    let p = select(y < T::ZERO, T::ZERO, select(y > T::ONE, T::ONE, y));
    let least = T::from_f64(LN_CLIP);
    // The logarithms are clipped: there is no `f32` like `1 - 1e-7`.
    let (hit, miss) = (math::max(p.ln(), least), math::max((-p).ln_1p(), least));
    let inside = y >= T::from_f64(CLIP) && y <= T::from_f64(1.0 - CLIP);
    let slope = select(inside, (y - t) / (y * (T::ONE - y)), y * T::ZERO);
    (-t * hit - (T::ONE - t) * miss, slope)
}
