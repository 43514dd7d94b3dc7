//! Matrix products with inner shapes known to the compiler. Each element is the sum of its terms in one fixed order,
//! whatever the number of rows.

use crate::real::Real;

/// Columns that are accumulated together: two registers of AVX, four of SSE.
const COLUMNS: usize = 16;
/// Rows that are accumulated together, so that each row of `b` is loaded once for all of them.
const ROWS: usize = 4;
/// Partial sums of a dot product along memory.
const LANES: usize = 16;

/// `c = a b`: `c: [m, N]`, `a: [m, K]`, `b: [K, N]`. Terms are added in the order of `K`.
pub fn matmul<T: Real, const K: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; K]], b: &[[T; N]]) {
    let b: &[[T; N]; K] = super::view::fixed(b);
    let (c4, c1) = c.as_chunks_mut::<ROWS>();
    let (a4, a1) = a.as_chunks::<ROWS>();
    for (c, a) in c4.iter_mut().zip(a4) {
        block(c, a, b);
    }
    for (c, a) in c1.iter_mut().zip(a1) {
        block(core::array::from_mut(c), core::array::from_ref(a), b);
    }
}

/// `R` rows of `c = a b`.
#[inline(always)]
fn block<T: Real, const R: usize, const K: usize, const N: usize>(
    c: &mut [[T; N]; R],
    a: &[[T; K]; R],
    b: &[[T; N]; K],
) {
    let mut column = 0;
    while column + COLUMNS <= N {
        let mut sums = [[T::ZERO; COLUMNS]; R];
        for k in 0..K {
            let b: &[T; COLUMNS] = super::view::fixed(&b[k][column..]);
            for r in 0..R {
                let x = a[r][k];
                for j in 0..COLUMNS {
                    sums[r][j] += x * b[j];
                }
            }
        }
        for r in 0..R {
            c[r][column..column + COLUMNS].copy_from_slice(&sums[r]);
        }
        column += COLUMNS;
    }
    if column < N {
        rest(c, a, b, column);
    }
}

/// The columns that do not fill a block.
#[inline(always)]
fn rest<T: Real, const R: usize, const K: usize, const N: usize>(
    c: &mut [[T; N]; R],
    a: &[[T; K]; R],
    b: &[[T; N]; K],
    first: usize,
) {
    for r in 0..R {
        let mut sums = [T::ZERO; COLUMNS];
        for k in 0..K {
            let x = a[r][k];
            for (sum, b) in sums.iter_mut().zip(&b[k][first..]) {
                *sum += x * *b;
            }
        }
        let width = N - first;
        c[r][first..].copy_from_slice(&sums[..width]);
    }
}

/// `c = a b^T`: `c: [m, N]`, `a: [m, K]`, `b: [N, K]`. Terms are added in `LANES` interleaved sums, which are then added in pairs.
pub fn matmul_nt<T: Real, const K: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; K]], b: &[[T; K]]) {
    let b: &[[T; K]; N] = super::view::fixed(b);
    for (c, a) in c.iter_mut().zip(a) {
        for (c, b) in c.iter_mut().zip(b) {
            *c = dot(a, b);
        }
    }
}

/// The inner product of two rows.
#[inline(always)]
fn dot<T: Real, const K: usize>(a: &[T; K], b: &[T; K]) -> T {
    let (a_lanes, a_rest) = a.as_chunks::<LANES>();
    let (b_lanes, b_rest) = b.as_chunks::<LANES>();
    let mut sums = [T::ZERO; LANES];
    for (a, b) in a_lanes.iter().zip(b_lanes) {
        for j in 0..LANES {
            sums[j] += a[j] * b[j];
        }
    }
    for (j, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[j] += *a * *b;
    }
    let mut width = LANES / 2;
    while width > 0 {
        for j in 0..width {
            let other = sums[j + width];
            sums[j] += other;
        }
        width /= 2;
    }
    sums[0]
}

/// `c = a^T b`: `c: [M, N]`, `a: [k, M]`, `b: [k, N]`. Terms are added in the order of `k`.
pub fn matmul_tn<T: Real, const M: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; M]], b: &[[T; N]]) {
    let c: &mut [[T; N]; M] = super::view::fixed_mut(c);
    c.as_flattened_mut().fill(T::ZERO);
    for (a, b) in a.iter().zip(b) {
        for (c, x) in c.iter_mut().zip(a) {
            for (c, b) in c.iter_mut().zip(b) {
                *c += *x * *b;
            }
        }
    }
}

/// `c = a^T b^T`: `c: [M, N]`, `a: [k, M]`, `b: [N, k]` for `k = K`. Terms are added in the order of `K`.
pub fn matmul_tt<T: Real, const M: usize, const K: usize, const N: usize>(
    c: &mut [[T; N]],
    a: &[[T; M]],
    b: &[[T; K]],
) {
    for (i, c) in c.iter_mut().enumerate() {
        for (c, b) in c.iter_mut().zip(b) {
            let mut sum = T::ZERO;
            for (a, b) in a.iter().zip(b) {
                sum += a[i] * *b;
            }
            *c = sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const K: usize = 19;
    const N: usize = 37;
    const M: usize = 6;

    fn value(i: usize, j: usize) -> f64 {
        ((i * 31 + j * 17) % 23) as f64 - 11.0
    }

    fn matrix<const R: usize, const C: usize>() -> [[f64; C]; R] {
        core::array::from_fn(|i| core::array::from_fn(|j| value(i, j)))
    }

    fn transpose<const R: usize, const C: usize>(x: &[[f64; C]; R]) -> [[f64; R]; C] {
        core::array::from_fn(|i| core::array::from_fn(|j| x[j][i]))
    }

    #[test]
    fn all_four_products_agree_with_the_definition() {
        let (a, b) = (matrix::<M, K>(), matrix::<K, N>());
        let expected: [[f64; N]; M] =
            core::array::from_fn(|i| core::array::from_fn(|j| (0..K).map(|k| a[i][k] * b[k][j]).sum()));
        let mut c = [[f64::NAN; N]; M];
        matmul(&mut c, &a, &b);
        assert_eq!(c, expected);
        matmul_nt(&mut c, &a, &transpose(&b));
        assert_eq!(c, expected);
        matmul_tn::<f64, M, N>(&mut c, &transpose(&a), &b);
        assert_eq!(c, expected);
        matmul_tt::<f64, M, K, N>(&mut c, &transpose(&a), &transpose(&b));
        assert_eq!(c, expected);
    }

    #[test]
    fn a_row_has_the_same_bits_alone_and_among_others() {
        let a: [[f32; K]; M] = core::array::from_fn(|i| core::array::from_fn(|j| (value(i, j) / 7.0) as f32));
        let b: [[f32; N]; K] = core::array::from_fn(|i| core::array::from_fn(|j| (value(i, j) / 3.0) as f32));
        let mut together = [[0.0; N]; M];
        matmul(&mut together, &a, &b);
        for i in 0..M {
            let mut alone = [[0.0; N]; 1];
            matmul(&mut alone, &[a[i]], &b);
            assert_eq!(alone[0], together[i]);
        }
    }
}
