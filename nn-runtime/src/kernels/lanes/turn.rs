//! Copies between rows side by side and rows one behind the other.

#![expect(unsafe_code, reason = "squares are mirrored through pointers; all lengths are checked first")]

use super::LANES;
use crate::isa::{Isa, Lanes, Vector};
use crate::real::Real;

/// Rows that are to lie in another way.
#[derive(Debug)]
pub struct Turn<'a, T> {
    pub(super) to: &'a mut [T],
    pub(super) from: &'a [T],
    /// Values of a row.
    pub(super) width: usize,
}

/// What stands in the lanes of the last block that are no row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filling {
    /// The last row again: whatever is computed from it is what a row gives.
    LastRow,
    /// Zeros, which add nothing to a gradient.
    Zeros,
}

/// The body of [`super::lay_beside`], for any instruction set.
#[inline(always)]
pub(in crate::kernels) fn beside<I: Isa + Lanes<T>, T: Real>(
    _: I,
    Turn { to, from, width }: Turn<'_, T>,
    filling: Filling,
) {
    let rows = from.len() / width;
    assert!(to.len() >= rows.next_multiple_of(LANES) * width, "there is room for all lanes");
    let blocks = to.chunks_exact_mut(LANES * width).zip(from.chunks(LANES * width));
    for (to, from) in blocks {
        if from.len() == LANES * width {
            let corner = |row, column| (row * width + column, column * LANES + row);
            // SAFETY: both have `LANES` times `width` values, and there is the instruction set.
            unsafe { mirror::<I, T>(to.as_mut_ptr(), LANES, from.as_ptr(), width, width, corner) }
            continue;
        }
        let rows = from.len() / width;
        let columns = to.as_chunks_mut::<LANES>().0;
        for (row, from) in from.chunks_exact(width).enumerate() {
            for (to, x) in columns.iter_mut().zip(from) {
                to[row] = *x;
            }
        }
        let last = &from[from.len() - width..];
        for (to, x) in columns.iter_mut().zip(last) {
            to[rows..].fill(if filling == Filling::LastRow { *x } else { T::ZERO });
        }
    }
}

/// The body of [`super::lay_apart`], for any instruction set.
#[inline(always)]
pub(in crate::kernels) fn apart<I: Isa + Lanes<T>, T: Real>(_: I, Turn { to, from, width }: Turn<'_, T>) {
    let rows = to.len() / width;
    assert!(from.len() >= rows.next_multiple_of(LANES) * width, "there are lanes for all rows");
    let blocks = to.chunks_mut(LANES * width).zip(from.chunks_exact(LANES * width));
    for (to, from) in blocks {
        if to.len() == LANES * width {
            let corner = |row, column| (column * LANES + row, row * width + column);
            // SAFETY: both have `LANES` times `width` values, and there is the instruction set.
            unsafe { mirror::<I, T>(to.as_mut_ptr(), width, from.as_ptr(), LANES, width, corner) }
            continue;
        }
        let columns = from.as_chunks::<LANES>().0;
        for (row, to) in to.chunks_exact_mut(width).enumerate() {
            for (to, from) in to.iter_mut().zip(columns) {
                *to = from[row];
            }
        }
    }
}

/// A block of `LANES` rows and `width` columns in the other order: squares of whole registers, then the columns that are left. `corner`
/// tells where a row and a column meet, in `from` and in `to`; `from_row` and `to_row` are the distances for squares.
///
/// # Safety
/// `from` and `to` are valid for reads and writes of such blocks, which do not overlap, and the machine has the instruction set.
#[inline(always)]
unsafe fn mirror<I: Isa + Lanes<T>, T: Real>(
    to: *mut T,
    to_row: usize,
    from: *const T,
    from_row: usize,
    width: usize,
    corner: impl Fn(usize, usize) -> (usize, usize),
) {
    let lanes = <I as Lanes<T>>::Vector::LANES;
    let whole_columns = width - width % lanes;
    for row in (0..LANES).step_by(lanes) {
        for column in (0..whole_columns).step_by(lanes) {
            let (at, place) = corner(row, column);
            // SAFETY: the square lies in the block.
            unsafe { <I as Lanes<T>>::Vector::transpose(from.add(at), from_row, to.add(place), to_row) }
        }
    }
    for column in whole_columns..width {
        for row in 0..LANES {
            let (at, place) = corner(row, column);
            // SAFETY: row and column lie in the block.
            unsafe { *to.add(place) = *from.add(at) }
        }
    }
}
