//! Kernels for rows that lie side by side: `[blocks, values, LANES]`, each value of [`LANES`] rows in neighbouring places.
//!
//! Each lane computes one row, so that registers are full however few channels or units a layer has. The last block of a batch
//! may have lanes that are no row: they hold numbers as any row has, and the kernels compute with them.

pub mod conv;
mod outer;
mod slide;
mod turn;
mod windows;

pub(super) use outer::{Outer, outer};
pub(super) use slide::{Slide, slide};
pub use turn::Filling;
pub(super) use turn::{Turn, apart, beside};
pub(super) use windows::of_windows;

use super::Compiled;
use super::conv::{Axis, Sliding};
use crate::real::Real;

/// Rows of a block.
pub const LANES: usize = 16;

/// An axis of one place.
const POINT: Sliding = Sliding { input: 1, window: 1, places: 1, stride: 1, dilation: 1, before: 0 };

/// Lays rows side by side: `to` is `[blocks, width, LANES]`, `from` is `[rows, width]`. Lanes that are no row are filled.
///
/// # Panics
/// If a slice is too short.
#[inline(always)]
pub fn lay_beside<I: Compiled<T>, T: Real>(isa: I, to: &mut [T], from: &[T], width: usize, filling: Filling) {
    isa.beside(Turn { to, from, width }, filling);
}

/// Lays rows one behind the other: `to` is `[rows, width]`, `from` is `[blocks, width, LANES]`.
///
/// # Panics
/// If `from` is too short.
#[inline(always)]
pub fn lay_apart<I: Compiled<T>, T: Real>(isa: I, to: &mut [T], from: &[T], width: usize) {
    isa.apart(Turn { to, from, width });
}

/// The product of each row with a matrix: `c` is `[blocks, N, LANES]`, `a` is `[blocks, K, LANES]`, `b` is `[K, N]`, or `[N, K]` if
/// it is `transposed`.
///
/// # Panics
/// If a slice is too short.
#[inline(always)]
pub fn matmul<I: Compiled<T>, T: Real>(isa: I, c: &mut [T], a: &[T], b: &[T], [k, n]: [usize; 2], transposed: bool) {
    // All blocks are places of one line.
    let blocks = c.len() / (n * LANES);
    let line = Axis::of_output(&Sliding { input: blocks, places: blocks, ..POINT });
    let point = Axis::of_output(&POINT);
    let (term, column) = if transposed { (1, k) } else { (n, 1) };
    isa.lanes_slide(&mut Slide {
        axes: [point, point, line],
        operand: a,
        terms: k,
        position: k,
        kernel: b,
        tap: k * n,
        term,
        column,
        result: c,
        columns: n,
        place: n,
    });
}

/// The sum over all rows of the products of two values of a row: `c` is `[M, N]`, `a` is `[blocks, M, LANES]`, `b` is
/// `[blocks, N, LANES]`.
///
/// # Panics
/// If a slice is too short.
#[inline(always)]
pub fn matmul_tn<I: Compiled<T>, T: Real>(isa: I, c: &mut [T], a: &[T], b: &[T], [m, n]: [usize; 2]) {
    isa.lanes_outer(Outer { c, a, b, m, n });
}
