//! What is left of partial results that were taken side by side.

use crate::math;
use crate::real::Real;

/// The sum of partial sums, added in pairs.
#[inline(always)]
pub fn sum<T: Real>(lanes: [T; 16]) -> T {
    fold(lanes, |a, b| a + b)
}

/// The largest of partial maxima; NaN if one is.
#[inline(always)]
pub fn max<T: Real>(lanes: [T; 16]) -> T {
    fold(lanes, math::max)
}

#[inline(always)]
fn fold<T: Real>(mut lanes: [T; 16], with: impl Fn(T, T) -> T) -> T {
    let mut width = 8;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = with(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn partial_results_become_one() {
        let mut lanes: [f64; 16] = core::array::from_fn(|i| (i * i) as f64);
        assert_eq!(sum(lanes), 1240.0);
        assert_eq!(max(lanes), 225.0);
        lanes[7] = f64::NAN;
        assert!(sum(lanes).is_nan() && max(lanes).is_nan());
    }
}
