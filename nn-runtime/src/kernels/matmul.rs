//! Matrix products of views whose inner shapes are known to the compiler. Each element is the sum of its terms in one fixed
//! order, whatever the number of rows.

use super::gemm::{Columns, NARROW, Product, product};
use super::{Compiled, small, view};
use crate::isa::{Isa, Lanes};
use crate::real::Real;
use crate::team::Team;

/// `c = a b`: `c: [m, N]`, `a: [m, K]`, `b: [K, N]`.
#[inline(always)]
pub fn matmul<I: Isa + Lanes<T> + Compiled<T>, T: Real, const K: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; K]],
    b: &[[T; N]],
) {
    if I::COMPILED && (small::is_small(K, N) || c.len() == 1 && small::is_small_for_one(K, N)) {
        return small::matmul(isa, c, a, view::fixed(b));
    }
    product(isa, team, by_rows(c, a, b.as_flattened(), Columns::Rows(N)));
}

/// `c = a b`, as [`matmul`], for `b` in panels.
#[inline(always)]
pub fn matmul_panels<I: Compiled<T>, T: Real, const K: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; K]],
    b: &[T],
) {
    product(isa, team, by_rows(c, a, b, Columns::Panels));
}

/// `c = a b^T`, as [`matmul_nt`], for `b` in panels.
#[inline(always)]
pub fn matmul_nt_panels<I: Compiled<T>, T: Real, const K: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; K]],
    b: &[T],
) {
    product(isa, team, by_rows(c, a, b, Columns::AcrossPanels(N)));
}

/// `c = a^T b`, as [`matmul_tn`], for `c` in panels.
#[inline(always)]
pub fn matmul_tn_panels<I: Compiled<T>, T: Real, const M: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [T],
    a: &[[T; M]],
    b: &[[T; N]],
) {
    let (k, a, b) = (a.len(), a.as_flattened(), b.as_flattened());
    let (b_columns, c_columns) = (Columns::Rows(N), Columns::Panels);
    product(isa, team, Product { m: M, n: N, k, a, a_row: 1, a_step: M, b, b_columns, c, c_columns, adds: false });
}

/// `c = a b^T`: `c: [m, N]`, `a: [m, K]`, `b: [N, K]`.
#[inline(always)]
pub fn matmul_nt<I: Compiled<T>, T: Real, const K: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; K]],
    b: &[[T; K]],
) {
    // More columns are multiplied in tiles.
    if N < NARROW && small::is_small(K, N) {
        return small::matmul_nt(c, a, view::fixed(b));
    }
    product(isa, team, by_rows(c, a, b.as_flattened(), Columns::Across(K)));
}

/// `c = a^T b`: `c: [M, N]`, `a: [k, M]`, `b: [k, N]`.
#[inline(always)]
pub fn matmul_tn<I: Isa + Lanes<T> + Compiled<T>, T: Real, const M: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; M]],
    b: &[[T; N]],
) {
    if I::COMPILED && small::is_small(M, N) {
        return small::matmul_tn(isa, view::fixed_mut(c), a, b);
    }
    product(isa, team, by_columns(c, a, b.as_flattened(), Columns::Rows(N)));
}

/// `c = a^T b^T`: `c: [M, N]`, `a: [k, M]`, `b: [N, k]` for `k = K`.
#[inline(always)]
pub fn matmul_tt<I: Compiled<T>, T: Real, const M: usize, const K: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; M]],
    b: &[[T; K]],
) {
    product(isa, team, by_columns(c, a, b.as_flattened(), Columns::Across(K)));
}

/// The product of `a: [m, K]` with `[K, N]`, which lies as told.
#[inline(always)]
fn by_rows<'a, T, const K: usize, const N: usize>(
    c: &'a mut [[T; N]],
    a: &'a [[T; K]],
    b: &'a [T],
    b_columns: Columns,
) -> Product<'a, T> {
    let (m, a_row, a_step) = (c.len(), K, 1);
    let (a, c, c_columns) = (a.as_flattened(), c.as_flattened_mut(), Columns::Rows(N));
    Product { m, n: N, k: K, a, a_row, a_step, b, b_columns, c, c_columns, adds: false }
}

/// The product of the transpose of `a: [k, M]` with `[k, N]`, which lies as told.
#[inline(always)]
fn by_columns<'a, T, const M: usize, const N: usize>(
    c: &'a mut [[T; N]],
    a: &'a [[T; M]],
    b: &'a [T],
    b_columns: Columns,
) -> Product<'a, T> {
    let (k, a_row, a_step) = (a.len(), 1, M);
    let (a, c, c_columns) = (a.as_flattened(), c.as_flattened_mut(), Columns::Rows(N));
    Product { m: M, n: N, k, a, a_row, a_step, b, b_columns, c, c_columns, adds: false }
}
