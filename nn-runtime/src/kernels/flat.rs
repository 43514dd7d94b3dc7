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

/// The sum of the squares.
#[inline(always)]
pub(super) fn squares<I: Isa, T: Real>(_: I, values: &[T], sum: &mut f64) {
    *sum = sum_of(values, |value| value.to_f64() * value.to_f64());
}

/// Sums that are taken at once, one in each lane of a register: fixed, so that all machines add in the same order.
pub(crate) const LANES: usize = 16;

/// The sum of what `of` makes of each value.
#[inline(always)]
pub(crate) fn sum_of<T: Real>(values: &[T], of: impl Fn(T) -> f64) -> f64 {
    let mut sums = [0.0; LANES];
    let (chunks, rest) = values.as_chunks::<LANES>();
    for chunk in chunks {
        for lane in 0..LANES {
            sums[lane] += of(chunk[lane]);
        }
    }
    rest.iter().zip(&mut sums).for_each(|(value, sum)| *sum += of(*value));
    sums.iter().sum()
}
