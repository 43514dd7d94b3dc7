//! Matrix products of views whose inner shapes are known to the compiler. Each element is the sum of its terms in one fixed
//! order, whatever the number of rows.

use super::gemm::{Columns, Product, product};
use super::{Compiled, small, view};
use crate::real::Real;
use crate::team::Team;

/// `c = a b`: `c: [m, N]`, `a: [m, K]`, `b: [K, N]`.
#[inline(always)]
pub fn matmul<I: Compiled<T>, T: Real, const K: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; K]],
    b: &[[T; N]],
) {
    if small::is_small(K, N) {
        return small::matmul(c, a, view::fixed(b));
    }
    product(
        isa,
        team,
        Product {
            m: c.len(),
            n: N,
            k: K,
            a: a.as_flattened(),
            a_row: K,
            a_step: 1,
            b: b.as_flattened(),
            b_columns: Columns::Rows(N),
            c: c.as_flattened_mut(),
            c_columns: Columns::Rows(N),
            adds: false,
        },
    );
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
    product(
        isa,
        team,
        Product {
            m: c.len(),
            n: N,
            k: K,
            a: a.as_flattened(),
            a_row: K,
            a_step: 1,
            b,
            b_columns: Columns::Panels,
            c: c.as_flattened_mut(),
            c_columns: Columns::Rows(N),
            adds: false,
        },
    );
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
    product(
        isa,
        team,
        Product {
            m: c.len(),
            n: N,
            k: K,
            a: a.as_flattened(),
            a_row: K,
            a_step: 1,
            b: b.as_flattened(),
            b_columns: Columns::Across(K),
            c: c.as_flattened_mut(),
            c_columns: Columns::Rows(N),
            adds: false,
        },
    );
}

/// `c = a^T b`: `c: [M, N]`, `a: [k, M]`, `b: [k, N]`.
#[inline(always)]
pub fn matmul_tn<I: Compiled<T>, T: Real, const M: usize, const N: usize>(
    isa: I,
    team: &Team,
    c: &mut [[T; N]],
    a: &[[T; M]],
    b: &[[T; N]],
) {
    if small::is_small(M, N) {
        return small::matmul_tn(view::fixed_mut(c), a, b);
    }
    product(
        isa,
        team,
        Product {
            m: M,
            n: N,
            k: a.len(),
            a: a.as_flattened(),
            a_row: 1,
            a_step: M,
            b: b.as_flattened(),
            b_columns: Columns::Rows(N),
            c: c.as_flattened_mut(),
            c_columns: Columns::Rows(N),
            adds: false,
        },
    );
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
    product(
        isa,
        team,
        Product {
            m: M,
            n: N,
            k: K,
            a: a.as_flattened(),
            a_row: 1,
            a_step: M,
            b: b.as_flattened(),
            b_columns: Columns::Across(K),
            c: c.as_flattened_mut(),
            c_columns: Columns::Rows(N),
            adds: false,
        },
    );
}
