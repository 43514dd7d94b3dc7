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
    let (whole_columns, lanes) = (whole::<I, T>(width), <I as Lanes<T>>::Vector::LANES);
    let blocks = to.chunks_exact_mut(LANES * width).zip(from.chunks(LANES * width));
    for (to, from) in blocks {
        let rows = from.len() / width;
        // Squares of whole registers first.
        let whole_rows = whole::<I, T>(rows);
        for row in (0..whole_rows).step_by(lanes) {
            for column in (0..whole_columns).step_by(lanes) {
                // SAFETY: the square lies in `whole_rows` rows and `whole_columns` columns.
                unsafe {
                    let from = from.as_ptr().add(row * width + column);
                    let to = to.as_mut_ptr().add(column * LANES + row);
                    <I as Lanes<T>>::Vector::transpose(from, width, to, LANES);
                }
            }
        }
        // Then what is left of each row, and of the rows behind the last.
        let columns = to.as_chunks_mut::<LANES>().0;
        for (row, from) in from.chunks_exact(width).enumerate() {
            let first = if row < whole_rows { whole_columns } else { 0 };
            for (to, x) in columns.iter_mut().zip(from).skip(first) {
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
    let (whole_columns, lanes) = (whole::<I, T>(width), <I as Lanes<T>>::Vector::LANES);
    let blocks = to.chunks_mut(LANES * width).zip(from.chunks_exact(LANES * width));
    for (to, from) in blocks {
        let whole_rows = whole::<I, T>(to.len() / width);
        for row in (0..whole_rows).step_by(lanes) {
            for column in (0..whole_columns).step_by(lanes) {
                // SAFETY: the square lies in `whole_rows` rows and `whole_columns` columns.
                unsafe {
                    let from = from.as_ptr().add(column * LANES + row);
                    let to = to.as_mut_ptr().add(row * width + column);
                    <I as Lanes<T>>::Vector::transpose(from, LANES, to, width);
                }
            }
        }
        let columns = from.as_chunks::<LANES>().0;
        for (row, to) in to.chunks_exact_mut(width).enumerate() {
            let first = if row < whole_rows { whole_columns } else { 0 };
            for (to, from) in to.iter_mut().zip(columns).skip(first) {
                *to = from[row];
            }
        }
    }
}

/// How many of `count` fill registers.
#[inline(always)]
fn whole<I: Isa + Lanes<T>, T>(count: usize) -> usize {
    count - count % <I as Lanes<T>>::Vector::LANES
}
