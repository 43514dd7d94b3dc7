//! Matrix products with inner shapes known to the compiler. Each element is the sum of its terms in one fixed order,
//! whatever the number of rows.

use core::ops::Range;

use crate::real::Real;

/// Columns that are accumulated together: two registers of AVX, four of SSE.
const COLUMNS: usize = 16;
/// Rows that are accumulated together, so that each row of `b` is loaded once for all of them. The sums of a block fill half of
/// the registers.
const ROWS: usize = if cfg!(all(target_arch = "x86_64", not(target_feature = "avx"))) { 2 } else { 4 };
/// Terms that are added before a block of sums is stored again, where operands are read in tiles.
const DEPTH: usize = 64;
/// Partial sums of a dot product along memory.
const LANES: usize = 16;

/// `c = a b`: `c: [m, N]`, `a: [m, K]`, `b: [K, N]`. Terms are added in the order of `K`.
pub fn matmul<T: Real, const K: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; K]], b: &[[T; N]]) {
    let b: &[[T; N]; K] = super::view::fixed(b);
    let (blocks, c1) = c.as_chunks_mut::<ROWS>();
    let (a_blocks, a1) = a.as_chunks::<ROWS>();
    for (c, a) in blocks.iter_mut().zip(a_blocks) {
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

/// `c = a b^T`: `c: [m, N]`, `a: [m, K]`, `b: [N, K]`. Terms are added in the order of `K`; for few columns, in `LANES` interleaved
/// sums, which are then added in pairs.
pub fn matmul_nt<T: Real, const K: usize, const N: usize>(c: &mut [[T; N]], a: &[[T; K]], b: &[[T; K]]) {
    let b: &[[T; K]; N] = super::view::fixed(b);
    if N < COLUMNS / 2 {
        for (c, a) in c.iter_mut().zip(a) {
            for (c, b) in c.iter_mut().zip(b) {
                *c = dot(a, b);
            }
        }
        return;
    }
    if K == 0 {
        c.as_flattened_mut().fill(T::ZERO);
    }
    for (tile, b) in b.chunks(COLUMNS).enumerate() {
        for depth in (0..K).step_by(DEPTH) {
            let transposed = transposed(b, depth);
            let (blocks, c1) = c.as_chunks_mut::<ROWS>();
            let (a_blocks, a1) = a.as_chunks::<ROWS>();
            let (columns, terms) = (tile * COLUMNS..tile * COLUMNS + b.len(), depth..K.min(depth + DEPTH));
            for (c, a) in blocks.iter_mut().zip(a_blocks) {
                strip(c, a, &transposed, columns.clone(), terms.clone());
            }
            for (c, a) in c1.iter_mut().zip(a1) {
                let (c, a) = (core::array::from_mut(c), core::array::from_ref(a));
                strip(c, a, &transposed, columns.clone(), terms.clone());
            }
        }
    }
}

/// Columns from `depth` on of up to `COLUMNS` rows, as rows; the rest is 0.
#[inline(always)]
fn transposed<T: Real, const K: usize>(rows: &[[T; K]], depth: usize) -> [[T; COLUMNS]; DEPTH] {
    let mut tile = [[T::ZERO; COLUMNS]; DEPTH];
    for (j, row) in rows.iter().enumerate() {
        for (entry, x) in tile.iter_mut().zip(&row[depth..]) {
            entry[j] = *x;
        }
    }
    tile
}

/// `R` rows of some columns of `c`, to which some terms of `a b` are added; the first terms replace what was there.
#[inline(always)]
fn strip<T: Real, const R: usize, const K: usize, const N: usize>(
    c: &mut [[T; N]; R],
    a: &[[T; K]; R],
    b: &[[T; COLUMNS]; DEPTH],
    columns: Range<usize>,
    terms: Range<usize>,
) {
    let width = columns.len();
    let mut sums = [[T::ZERO; COLUMNS]; R];
    if terms.start > 0 {
        for r in 0..R {
            sums[r][..width].copy_from_slice(&c[r][columns.clone()]);
        }
    }
    let a: [&[T]; R] = core::array::from_fn(|r| &a[r][terms.clone()]);
    for (k, b) in b[..terms.len()].iter().enumerate() {
        for r in 0..R {
            let x = a[r][k];
            for j in 0..COLUMNS {
                sums[r][j] += x * b[j];
            }
        }
    }
    for r in 0..R {
        c[r][columns.clone()].copy_from_slice(&sums[r][..width]);
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
    for (a, b) in a.chunks(DEPTH).zip(b.chunks(DEPTH)) {
        let mut column = 0;
        while column + COLUMNS <= N {
            let (blocks, c1) = c.as_chunks_mut::<ROWS>();
            for (at, c) in blocks.iter_mut().enumerate() {
                outer(c, a, at * ROWS, b, column);
            }
            let first = M - c1.len();
            for (at, c) in c1.iter_mut().enumerate() {
                outer(core::array::from_mut(c), a, first + at, b, column);
            }
            column += COLUMNS;
        }
        if column < N {
            outer_rest(c, a, b, column);
        }
    }
}

/// Adds products to `R` rows of `c`, which belong to the columns of `a` from `row` on, in a block of columns.
#[inline(always)]
fn outer<T: Real, const R: usize, const M: usize, const N: usize>(
    c: &mut [[T; N]; R],
    a: &[[T; M]],
    row: usize,
    b: &[[T; N]],
    column: usize,
) {
    let mut sums: [[T; COLUMNS]; R] = core::array::from_fn(|r| *super::view::fixed(&c[r][column..]));
    for (a, b) in a.iter().zip(b) {
        let (a, b): (&[T; R], &[T; COLUMNS]) = (super::view::fixed(&a[row..]), super::view::fixed(&b[column..]));
        for r in 0..R {
            for j in 0..COLUMNS {
                sums[r][j] += a[r] * b[j];
            }
        }
    }
    for r in 0..R {
        c[r][column..column + COLUMNS].copy_from_slice(&sums[r]);
    }
}

/// Adds products to the columns that do not fill a block.
#[inline(always)]
fn outer_rest<T: Real, const M: usize, const N: usize>(c: &mut [[T; N]; M], a: &[[T; M]], b: &[[T; N]], first: usize) {
    for (a, b) in a.iter().zip(b) {
        for (c, x) in c.iter_mut().zip(a) {
            for (c, b) in c[first..].iter_mut().zip(&b[first..]) {
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

    const K: usize = DEPTH + 7;
    const N: usize = 37;
    const M: usize = 7;

    fn value(i: usize, j: usize) -> f64 {
        ((i * 31 + j * 17) % 23) as f64 - 11.0
    }

    fn matrix<const R: usize, const C: usize>() -> [[f64; C]; R] {
        core::array::from_fn(|i| core::array::from_fn(|j| value(i, j)))
    }

    fn transpose<const R: usize, const C: usize>(x: &[[f64; C]; R]) -> [[f64; R]; C] {
        core::array::from_fn(|i| core::array::from_fn(|j| x[j][i]))
    }

    /// All four products of whole numbers, which are exact in any order.
    fn check<const M: usize, const K: usize, const N: usize>() {
        let (a, b) = (matrix::<M, K>(), matrix::<K, N>());
        let expected: [[f64; N]; M] =
            core::array::from_fn(|i| core::array::from_fn(|j| (0..K).map(|k| a[i][k] * b[k][j]).sum()));
        let mut c = [[f64::NAN; N]; M];
        matmul(&mut c, &a, &b);
        assert_eq!(c, expected);
        c = [[f64::NAN; N]; M];
        matmul_nt(&mut c, &a, &transpose(&b));
        assert_eq!(c, expected);
        c = [[f64::NAN; N]; M];
        matmul_tn::<f64, M, N>(&mut c, &transpose(&a), &b);
        assert_eq!(c, expected);
        c = [[f64::NAN; N]; M];
        matmul_tt::<f64, M, K, N>(&mut c, &transpose(&a), &transpose(&b));
        assert_eq!(c, expected);
    }

    #[test]
    fn all_four_products_agree_with_the_definition() {
        check::<M, K, N>();
        check::<1, 3, 5>();
        check::<5, DEPTH, COLUMNS>();
        check::<2, { 2 * DEPTH }, 9>();
        check::<9, 1, { 2 * COLUMNS }>();
    }

    #[test]
    fn a_row_has_the_same_bits_alone_and_among_others() {
        let a: [[f32; K]; M] = core::array::from_fn(|i| core::array::from_fn(|j| (value(i, j) / 7.0) as f32));
        let b: [[f32; N]; K] = core::array::from_fn(|i| core::array::from_fn(|j| (value(i, j) / 3.0) as f32));
        let across: [[f32; K]; N] = core::array::from_fn(|j| core::array::from_fn(|k| b[k][j]));
        let (mut together, mut transposed) = ([[0.0; N]; M], [[0.0; N]; M]);
        matmul(&mut together, &a, &b);
        matmul_nt(&mut transposed, &a, &across);
        for i in 0..M {
            let mut alone = [[0.0; N]; 1];
            matmul(&mut alone, &[a[i]], &b);
            assert_eq!(alone[0], together[i]);
            matmul_nt(&mut alone, &[a[i]], &across);
            assert_eq!(alone[0], transposed[i]);
        }
    }
}
