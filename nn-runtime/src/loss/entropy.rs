//! Losses of distributions, computed from logits: `-sum a ln softmax(x)` with coefficients `a`.

use super::Case;
use crate::batch::Targets;
use crate::isa::Isa;
use crate::kernels::flat::{LANES, sum_of};
use crate::math;
use crate::real::Real;

/// What [`entropy`] computes: the gradient of the logits, and the sum of the losses.
#[derive(Debug)]
pub struct Entropy<'a, T> {
    /// Classes.
    width: usize,
    logits: &'a [T],
    targets: Targets<'a, T>,
    gradient: &'a mut [T],
    /// What the gradient is multiplied by.
    factor: f64,
    /// The part of each target that is spread over all classes.
    smoothing: f64,
    /// A weight for each class; empty: all 1.
    class_weights: &'a [f64],
    sum: f64,
}

/// Cross-entropy with label smoothing and class weights.
pub(super) fn cross<T: Real>(case: &Case<'_, T>, gradient: &mut [T], smoothing: f64, class_weights: &[f64]) -> f64 {
    let (Case { width, logits, targets, .. }, factor) = (*case, case.factor());
    let mut entropy = Entropy { width, logits, targets, gradient, factor, smoothing, class_weights, sum: 0.0 };
    T::entropy(&mut entropy);
    entropy.sum * factor
}

/// The divergence of the output from the targets. A target of 0 adds nothing.
pub(super) fn divergence<T: Real>(case: &Case<'_, T>, gradient: &mut [T]) -> f64 {
    let Targets::Values(targets) = case.targets else { return f64::NAN };
    let negative_entropy: f64 = targets.iter().map(|t| t.to_f64()).filter(|&t| t > 0.0).map(|t| t * libm::log(t)).sum();
    negative_entropy * case.factor() + cross(case, gradient, 0.0, &[])
}

/// The body of the kernel.
///
/// With `m = max x` and `s = sum e^(x - m)`: `ln softmax(x) = x - m - ln s`, and the derivative by `x[c]` is
/// `softmax(x)[c] sum(a) - a[c]`. No exponent is above 0, so nothing overflows.
#[inline(always)]
pub(crate) fn entropy<I: Isa, T: Real>(_: I, entropy: &mut Entropy<'_, T>) {
    let Entropy { width, logits, targets, factor, smoothing, class_weights, .. } = *entropy;
    let gradient = &mut *entropy.gradient;
    // The gradient holds the exponents of all rows, and then their powers, so that these are computed at once.
    for (logits, gradient) in logits.chunks_exact(width).zip(gradient.chunks_exact_mut(width)) {
        let largest = largest(logits);
        for (x, g) in logits.iter().zip(gradient) {
            *g = *x - largest;
        }
    }
    for power in gradient.iter_mut() {
        *power = math::exp(*power);
    }
    let weight_of = |class: usize| class_weights.get(class).copied().unwrap_or(1.0);
    let (sharp, spread) = (1.0 - smoothing, smoothing / width as f64);
    let mut total = 0.0;
    for (row, (logits, gradient)) in logits.chunks_exact(width).zip(gradient.chunks_exact_mut(width)).enumerate() {
        total += match targets {
            Targets::Classes(classes) if smoothing == 0.0 => {
                one_class(logits, gradient, factor, (classes[row], weight_of(classes[row])))
            }
            Targets::Classes(classes) => {
                let target = classes[row];
                let hit = |class| if class == target { sharp * weight_of(class) } else { 0.0 };
                one_row(logits, gradient, factor, (0..width).map(|class| hit(class) + spread * weight_of(class)))
            }
            Targets::Values(values) => {
                let targets = values[row * width..(row + 1) * width].iter().enumerate();
                let of = |(class, t): (usize, &T)| weight_of(class) * (sharp * t.to_f64() + spread);
                one_row(logits, gradient, factor, targets.map(of))
            }
        };
    }
    entropy.sum = total;
}

/// The largest value that is a number.
#[inline(always)]
fn largest<T: Real>(logits: &[T]) -> T {
    let larger = |most: T, x: T| if x > most { x } else { most };
    let mut most = [T::from_f64(f64::NEG_INFINITY); LANES];
    let (chunks, rest) = logits.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            most[lane] = larger(most[lane], chunk[lane]);
        }
    }
    rest.iter().chain(&most).copied().fold(T::from_f64(f64::NEG_INFINITY), larger)
}

/// The sum of the powers of the logits, and the logarithm of the sum of the powers themselves.
#[inline(always)]
fn sums<T: Real>(logits: &[T], powers: &[T]) -> (f64, f64) {
    let sum = sum_of(powers, Real::to_f64);
    (sum, largest(logits).to_f64() + math::ln(T::from_f64(sum)).to_f64())
}

/// The loss of a row whose target is one class of some weight, and its gradient in the place of the powers of its logits: to the bit what
/// [`one_row`] makes of it, whose coefficients are 0 but one.
#[inline(always)]
fn one_class<T: Real>(logits: &[T], gradient: &mut [T], factor: f64, (target, weight): (usize, f64)) -> f64 {
    let (sum, log_sum) = sums(logits, gradient);
    let scale = weight / sum;
    let at_target = (gradient[target].to_f64() * scale - weight) * factor;
    for g in gradient.iter_mut() {
        *g = T::from_f64(g.to_f64() * scale * factor);
    }
    gradient[target] = T::from_f64(at_target);
    weight * (log_sum - logits[target].to_f64())
}

/// The loss of a row with such coefficients, and its gradient in the place of the powers of its logits.
#[inline(always)]
fn one_row<T: Real>(
    logits: &[T],
    gradient: &mut [T],
    factor: f64,
    coefficients: impl Iterator<Item = f64> + Clone,
) -> f64 {
    let (sum, log_sum) = sums(logits, gradient);
    let (mut loss, mut mass) = (0.0, 0.0);
    for (x, a) in logits.iter().zip(coefficients.clone()) {
        mass += a;
        if a != 0.0 {
            loss -= a * (x.to_f64() - log_sum);
        }
    }
    let scale = mass / sum;
    for (g, a) in gradient.iter_mut().zip(coefficients) {
        *g = T::from_f64((g.to_f64() * scale - a) * factor);
    }
    loss
}
