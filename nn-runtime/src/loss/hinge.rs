//! The hinge: outputs on the right side of a margin cost nothing.

use super::Case;
use crate::batch::Targets;
use crate::real::Real;

/// The weighted sum over all outputs of `max(0, 1 - t y)`, and its gradient (0 at the kink).
pub(super) fn sum<T: Real>(case: &Case<'_, T>, gradient: &mut [T]) -> f64 {
    let factor = case.factor();
    let mut total = 0.0;
    for (i, (y, d)) in case.output.iter().zip(gradient).enumerate() {
        let target = signed(case, i);
        let short = 1.0 - target * y.to_f64();
        // Asked this way round, a NaN is passed on.
        let inside = short <= 0.0;
        total += if inside { 0.0 } else { short };
        *d = T::from_f64(if inside { 0.0 } else { -target * factor });
    }
    total * factor
}

/// The target of output `i`: -1 or 1.
fn signed<T: Real>(case: &Case<'_, T>, i: usize) -> f64 {
    let hit = match case.targets {
        Targets::Values(values) => return values[i].to_f64(),
        Targets::Classes(classes) if case.width == 1 => classes[i] == 1,
        Targets::Classes(classes) => classes[i / case.width] == i % case.width,
    };
    if hit { 1.0 } else { -1.0 }
}
