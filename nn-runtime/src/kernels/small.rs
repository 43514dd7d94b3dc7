//! Matrix products so small that to call a kernel takes longer than to compute them: loops that the compiler unrolls where they
//! stand. Terms are added in their order, as in the tiles, but rounded twice each.

use super::gemm::dot;
use crate::real::Real;

/// The most products of one row that are multiplied here.
const MOST: usize = 256;

/// Whether a matrix of these extents is small.
pub(super) const fn is_small(rows: usize, columns: usize) -> bool {
    rows * columns <= MOST
}

/// `c = a b`
#[inline(always)]
pub(super) fn matmul<T: Real, const K: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; K]], b: &[[T; N]; K]) {
    for (c, a) in c.iter_mut().zip(a) {
        let mut sums = [T::ZERO; N];
        for k in 0..K {
            for j in 0..N {
                sums[j] += a[k] * b[k][j];
            }
        }
        *c = sums;
    }
}

/// `c = a b^T`
#[inline(always)]
pub(super) fn matmul_nt<T: Real, const K: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; K]], b: &[[T; K]; N]) {
    for (c, a) in c.iter_mut().zip(a) {
        for (c, b) in c.iter_mut().zip(b) {
            *c = dot(a, b);
        }
    }
}

/// `c = a^T b`
#[inline(always)]
pub(super) fn matmul_tn<T: Real, const M: usize, const N: usize>(c: &mut [[T; N]; M], a: &[[T; M]], b: &[[T; N]]) {
    let mut sums = [[T::ZERO; N]; M];
    for (a, b) in a.iter().zip(b) {
        for i in 0..M {
            for j in 0..N {
                sums[i][j] += a[i] * b[j];
            }
        }
    }
    *c = sums;
}
