//! Copies of a few columns of a matrix, side by side, as tiles read them best: one line of memory after the other.

use super::PANEL;
use crate::isa::{Isa, Lanes, Vector};
use crate::real::Real;

/// Terms that are copied at once: so many rows of a panel stay in the first cache beside the left operand.
pub(super) const DEPTH: usize = 256;

/// A part of a matrix that is to be copied side by side.
#[derive(Debug)]
pub struct Copied<T> {
    from: *const T,
    step: usize,
    across: bool,
    rows: usize,
    width: usize,
    to: *mut T,
    to_step: usize,
}

impl<T> Copied<T> {
    /// `rows` rows of `width` columns, at most [`PANEL`]; its rows lie so many values from each other, or its columns if `across`.
    ///
    /// # Safety
    /// What is read can be read, and `to` has room for `rows` times [`PANEL`] values, until it is copied.
    #[inline(always)]
    pub(in crate::kernels) const unsafe fn new(
        from: *const T,
        step: usize,
        across: bool,
        (rows, width): (usize, usize),
        to: *mut T,
    ) -> Self {
        Self { from, step, across, rows, width, to, to_step: PANEL }
    }

    /// The same, without gaps: rows of `width` values, however many, one behind the other, and room for as many.
    ///
    /// # Panics
    /// If the columns lie across.
    #[inline(always)]
    pub(in crate::kernels) const fn dense(self) -> Self {
        assert!(!self.across, "columns that lie across are copied in panels");
        Self { to_step: self.width, ..self }
    }
}

/// The body of a copy, for any instruction set.
#[inline(always)]
pub(crate) fn copy<I: Isa + Lanes<T>, T: Real>(_: I, copied: Copied<T>) {
    let Copied { from, step, across, rows: count, width, to, to_step } = copied;
    // SAFETY: there is an instruction set; whoever made `copied` has vouched for its memory.
    unsafe {
        match across {
            true => columns::<T, <I as Lanes<T>>::Vector>(from, step, count, width, to),
            false => rows::<T, <I as Lanes<T>>::Vector>(from, step, count, width, to, to_step),
        }
    }
}

/// `to[i * to_step + j] = from[i * step + j]` for `rows` rows of `width` columns.
///
/// # Safety
/// The machine has the registers; what is read can be read, and `to` has room for so many rows.
#[inline(always)]
unsafe fn rows<T: Real, V: Vector<T>>(
    from: *const T,
    step: usize,
    rows: usize,
    width: usize,
    to: *mut T,
    to_step: usize,
) {
    // SAFETY: registers cover whole lanes below `width`, and the last of them as many as are left.
    unsafe {
        for row in 0..rows {
            let (from, to) = (from.add(row * step), to.add(row * to_step));
            let mut column = 0;
            while column + V::LANES <= width {
                V::load(from.add(column)).store(to.add(column));
                column += V::LANES;
            }
            if column < width {
                V::load_first(from.add(column), width - column).store_first(to.add(column), width - column);
            }
        }
    }
}

/// `to[i * PANEL + j] = from[j * step + i]`: `width` rows become columns.
///
/// # Safety
/// As for [`rows`], with rows of [`PANEL`] values.
#[inline(always)]
unsafe fn columns<T: Real, V: Vector<T>>(from: *const T, step: usize, rows: usize, width: usize, to: *mut T) {
    // SAFETY: squares of registers lie below `rows` and `width`; what is left is copied one by one.
    unsafe {
        let (whole_rows, whole_columns) = (rows - rows % V::LANES, width - width % V::LANES);
        for column in (0..whole_columns).step_by(V::LANES) {
            for row in (0..whole_rows).step_by(V::LANES) {
                V::transpose(from.add(column * step + row), step, to.add(row * PANEL + column), PANEL);
            }
        }
        for row in 0..rows {
            let begin = if row < whole_rows { whole_columns } else { 0 };
            for column in begin..width {
                *to.add(row * PANEL + column) = *from.add(column * step + row);
            }
        }
    }
}
