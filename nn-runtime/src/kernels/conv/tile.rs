//! The innermost loops of convolutions: small matrices of sums that stay in registers.

use crate::kernels::view::fixed;
use crate::real::Real;

/// Sums for `P` places and `W` columns.
pub(super) type Sums<T, const P: usize, const W: usize> = [[T; W]; P];

/// `sums` with `sums[p][j] += a[p * step + k] * b[k * row + j]` for `k` below `count`, in the order of `k`. By value, so that the sums stay in registers.
#[inline(always)]
pub(super) fn accumulate<T: Real, const P: usize, const W: usize>(
    mut sums: Sums<T, P, W>,
    (a, step): (&[T], usize),
    (b, row): (&[T], usize),
    count: usize,
) -> Sums<T, P, W> {
    let a: [&[T]; P] = core::array::from_fn(|p| &a[p * step..][..count]);
    for k in 0..count {
        let b: &[T; W] = fixed(&b[k * row..]);
        for p in 0..P {
            let x = a[p][k];
            for j in 0..W {
                sums[p][j] += x * b[j];
            }
        }
    }
    sums
}

/// `sums` with `sums[j][p] += a[p + k] * b[k * row + j]` for `k` below `count`, in the order of `k`: the same sums as those of
/// [`accumulate`] for a step of 1, with the places as lanes.
#[inline(always)]
pub(super) fn accumulate_across<T: Real, const P: usize, const W: usize>(
    mut sums: [[T; P]; W],
    a: &[T],
    (b, row): (&[T], usize),
    count: usize,
) -> [[T; P]; W] {
    for k in 0..count {
        let (a, b): (&[T; P], &[T; W]) = (fixed(&a[k..]), fixed(&b[k * row..]));
        for j in 0..W {
            for p in 0..P {
                sums[j][p] += a[p] * b[j];
            }
        }
    }
    sums
}

/// The sums of the places `values[p * step..]`.
#[inline(always)]
pub(super) fn load<T: Real, const P: usize, const W: usize>(values: &[T], step: usize) -> Sums<T, P, W> {
    core::array::from_fn(|p| *fixed(&values[p * step..]))
}

/// Writes the sums to the places `values[p * step..]`.
#[inline(always)]
pub(super) fn store<T: Real, const P: usize, const W: usize>(sums: &Sums<T, P, W>, values: &mut [T], step: usize) {
    for (p, sums) in sums.iter().enumerate() {
        values[p * step..][..W].copy_from_slice(sums);
    }
}

/// Calls a function with a const parameter for the width of its columns, for widths of 16, 8, 4, 2 and 1 that add up to `$columns`.
macro_rules! in_columns {
    ($columns:expr, $first:ident => $call:ident::<$($type:ty),+> $arguments:tt) => {{
        let columns: usize = $columns;
        let mut $first = 0;
        while $first < columns {
            match columns - $first {
                16.. => { $call::<$($type),+, 16> $arguments; $first += 16; }
                8.. => { $call::<$($type),+, 8> $arguments; $first += 8; }
                4.. => { $call::<$($type),+, 4> $arguments; $first += 4; }
                2.. => { $call::<$($type),+, 2> $arguments; $first += 2; }
                _ => { $call::<$($type),+, 1> $arguments; $first += 1; }
            }
        }
    }};
}
pub(super) use in_columns;
