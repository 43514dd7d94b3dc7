//! Losses of distributions, computed from logits: `-sum a ln softmax(x)` with coefficients `a`.

use super::Case;
use crate::batch::Targets;
use crate::math;
use crate::real::Real;

/// Cross-entropy with label smoothing and class weights.
pub(super) fn cross<T: Real>(case: &Case<'_, T>, gradient: &mut [T], smoothing: f64, class_weights: &[f64]) -> f64 {
    let weight_of = |class: usize| class_weights.get(class).copied().unwrap_or(1.0);
    let (sharp, spread) = (1.0 - smoothing, smoothing / case.width as f64);
    rows(case, gradient, |row, class| match case.targets {
        Targets::Classes(classes) => {
            let target = classes[row];
            let hit = if class == target { sharp * weight_of(target) } else { 0.0 };
            hit + spread * weight_of(class)
        }
        Targets::Values(values) => weight_of(class) * (sharp * values[row * case.width + class].to_f64() + spread),
    })
}

/// The divergence of the output from the targets. A target of 0 adds nothing.
pub(super) fn divergence<T: Real>(case: &Case<'_, T>, gradient: &mut [T]) -> f64 {
    let Targets::Values(targets) = case.targets else { return f64::NAN };
    let negative_entropy: f64 = targets.iter().map(|t| t.to_f64()).filter(|&t| t > 0.0).map(|t| t * libm::log(t)).sum();
    negative_entropy * case.factor() + rows(case, gradient, |row, class| targets[row * case.width + class].to_f64())
}

/// The weighted sum over rows and classes of `-coefficient(row, class) * ln softmax(logits)`, and its gradient.
///
/// With `m = max x` and `s = sum e^(x - m)`: `ln softmax(x) = x - m - ln s`, and the derivative by `x[c]` is
/// `softmax(x)[c] sum(a) - a[c]`. No exponent is above 0, so nothing overflows.
fn rows<T: Real>(case: &Case<'_, T>, gradient: &mut [T], coefficient: impl Fn(usize, usize) -> f64) -> f64 {
    let factor = case.factor();
    // The gradient holds the exponents of all rows, and then their powers, so that these are computed at once.
    for (logits, gradient) in case.logits.chunks_exact(case.width).zip(gradient.chunks_exact_mut(case.width)) {
        let largest = largest(logits);
        for (x, g) in logits.iter().zip(gradient) {
            *g = *x - largest;
        }
    }
    T::exp_all(gradient);
    let pairs = case.logits.chunks_exact(case.width).zip(gradient.chunks_exact_mut(case.width));
    let mut total = 0.0;
    for (row, (logits, gradient)) in pairs.enumerate() {
        total += one_row(logits, gradient, factor, |class| coefficient(row, class));
    }
    total * factor
}

/// The largest value that is a number.
fn largest<T: Real>(logits: &[T]) -> T {
    logits.iter().fold(T::from_f64(f64::NEG_INFINITY), |most, x| if *x > most { *x } else { most })
}

/// The loss of a row, and its gradient in the place of the powers of its logits.
fn one_row<T: Real>(logits: &[T], gradient: &mut [T], factor: f64, coefficient: impl Fn(usize) -> f64) -> f64 {
    let largest = largest(logits).to_f64();
    let sum: f64 = gradient.iter().map(|power| power.to_f64()).sum();
    let log_sum = math::ln(T::from_f64(sum)).to_f64();
    let (mut loss, mut mass) = (0.0, 0.0);
    for (class, x) in logits.iter().enumerate() {
        let a = coefficient(class);
        mass += a;
        if a != 0.0 {
            loss -= a * (x.to_f64() - largest - log_sum);
        }
    }
    let scale = mass / sum;
    for (class, g) in gradient.iter_mut().enumerate() {
        *g = T::from_f64((g.to_f64() * scale - coefficient(class)) * factor);
    }
    loss
}
