//! The cosine distance of whole rows.

use super::Case;
use crate::batch::Targets;
use crate::real::Real;

/// The smallest norm that is divided by, as in PyTorch's `cosine_similarity`.
const EPS: f64 = 1e-8;

/// The weighted sum over rows of `1 - y t / (|y| |t|)`, and its gradient `-(t / |t| - cos y / |y|) / |y|`.
pub(super) fn sum<T: Real>(case: &Case<'_, T>, gradient: &mut [T]) -> f64 {
    let Targets::Values(targets) = case.targets else { return f64::NAN };
    let factor = case.factor();
    let pairs = case.output.chunks_exact(case.width).zip(targets.chunks_exact(case.width));
    let mut total = 0.0;
    for ((y, t), gradient) in pairs.zip(gradient.chunks_exact_mut(case.width)) {
        let (y_norm, t_norm) = (norm(y), norm(t));
        let dot: f64 = y.iter().zip(t).map(|(y, t)| y.to_f64() * t.to_f64()).sum();
        let cos = dot / (y_norm * t_norm);
        total += 1.0 - cos;
        // Below the smallest norm the divisor is a constant.
        let pull = if y_norm > EPS { cos / y_norm } else { 0.0 };
        for ((y, t), d) in y.iter().zip(t).zip(gradient) {
            *d = T::from_f64(-(t.to_f64() / t_norm - pull * y.to_f64()) / y_norm * factor);
        }
    }
    total * factor
}

/// The Euclidean norm, at least [`EPS`]; NaN stays NaN.
fn norm<T: Real>(values: &[T]) -> f64 {
    let norm = libm::sqrt(values.iter().map(|v| v.to_f64() * v.to_f64()).sum());
    if norm < EPS { EPS } else { norm }
}
