//! What is done with flat buffers as a whole.

use crate::isa::Isa;
use crate::real::Real;

/// Values that are looked at together, without a branch between them.
const TOGETHER: usize = 1024;

/// `total += part`, element by element.
#[inline(always)]
pub(super) fn accumulate<I: Isa, T: Real>(_: I, total: &mut [T], part: &[T]) {
    for (total, &part) in total.iter_mut().zip(part) {
        *total += part;
    }
}

/// Whether none of the values is infinite or NaN.
#[inline(always)]
pub(super) fn look<I: Isa, T: Real>(_: I, values: &[T], finite: &mut bool) {
    *finite = values.chunks(TOGETHER).all(|values| values.iter().fold(true, |all, value| all & value.is_finite()));
}
