//! The product of one row with a matrix so small that to call a kernel takes longer than to compute it: sums in registers, where
//! the product stands.

#![expect(unsafe_code, reason = "reads and writes through pointers, within arrays of known lengths")]

use crate::isa::{Isa, Lanes, Vector};
use crate::real::Real;

/// The most products that are multiplied here.
const MOST: usize = 4096;

/// The most registers of columns that are summed together.
const COLUMNS: usize = 4;

/// Whether a matrix of these extents is small.
pub(super) const fn is_small(rows: usize, columns: usize) -> bool {
    rows * columns <= MOST
}

/// `c = a b` with the bits of the tiles: terms are added in their order, each sum by itself.
#[inline(always)]
pub(super) fn matmul<I: Isa + Lanes<T>, T: Real, const K: usize, const N: usize>(
    _: I,
    c: &mut [T; N],
    a: &[T; K],
    b: &[[T; N]; K],
) {
    let lanes = <I as Lanes<T>>::Vector::LANES;
    let mut column = 0;
    while column < N {
        let registers = ((N - column) / lanes).min(COLUMNS);
        // SAFETY: there is an instruction set; `registers`, or what is left beside them, lie within the columns.
        unsafe {
            match registers {
                4 => columns::<T, <I as Lanes<T>>::Vector, K, N, 4>(c, a, b, column, lanes),
                3 => columns::<T, <I as Lanes<T>>::Vector, K, N, 3>(c, a, b, column, lanes),
                2 => columns::<T, <I as Lanes<T>>::Vector, K, N, 2>(c, a, b, column, lanes),
                1 => columns::<T, <I as Lanes<T>>::Vector, K, N, 1>(c, a, b, column, lanes),
                _ => columns::<T, <I as Lanes<T>>::Vector, K, N, 1>(c, a, b, column, N - column),
            }
        }
        column += registers.max(1) * lanes;
    }
}

/// `C` registers of columns from `first` on; of the last one, `width` lanes.
///
/// # Safety
/// The machine has the registers, and these columns are columns of the matrix.
#[inline(always)]
unsafe fn columns<T: Real, V: Vector<T>, const K: usize, const N: usize, const C: usize>(
    c: &mut [T; N],
    a: &[T; K],
    b: &[[T; N]; K],
    first: usize,
    width: usize,
) {
    let part = |register: usize| register == C - 1 && width < V::LANES;
    // SAFETY: by the contract of this function.
    unsafe {
        let mut sums = [V::splat(T::ZERO); C];
        for k in 0..K {
            let (x, b) = (V::splat(a[k]), b[k].as_ptr().add(first));
            for (register, sum) in sums.iter_mut().enumerate() {
                let from = b.add(register * V::LANES);
                let column = if part(register) { V::load_first(from, width) } else { V::load(from) };
                *sum = x.mul_add(column, *sum);
            }
        }
        for (register, sum) in sums.into_iter().enumerate() {
            let to = c.as_mut_ptr().add(first + register * V::LANES);
            if part(register) { sum.store_first(to, width) } else { sum.store(to) }
        }
    }
}
