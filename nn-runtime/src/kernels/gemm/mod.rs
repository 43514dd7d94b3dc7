//! Matrix products of any extents: tiles of registers over panels of columns.

#![expect(
    unsafe_code,
    reason = "tiles read and write through pointers; the safe functions here check all lengths first"
)]

mod pack;
mod row;
mod strip;
mod tile;

pub(super) use pack::{Copied, copy};
pub(super) use strip::Strip;
pub(crate) use strip::strip;
pub(super) use tile::{Run, Tile};

use super::Compiled;
use super::room::Room;
use crate::isa::{Isa, Lanes};
use crate::real::Real;
use crate::team::Team;

/// Columns of a panel: a matrix that lies in panels has its first so many columns first, row by row, then the next.
pub const PANEL: usize = 32;

/// How the columns of a matrix lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// Rows one behind the other, so many values from one to the next.
    Rows(usize),
    /// One behind the other, so many values from one to the next: the matrix is the transpose of what lies there in rows.
    Across(usize),
    /// In panels of [`PANEL`] columns, row by row; what the last has more than the matrix is not read.
    Panels,
    /// The matrix, of so many columns, is the transpose of what lies there in panels.
    AcrossPanels(usize),
}

impl Columns {
    /// Where panel `panel` of a matrix of `rows` rows begins at row `row`, and how far it is from one of its rows to the next, or from
    /// one of its columns to the next where they lie across: of a matrix in panels that lies across, as far as the next multiple of
    /// [`PANEL`] rows.
    #[inline(always)]
    fn panel(self, panel: usize, rows: usize, row: usize) -> (usize, usize) {
        match self {
            Self::Rows(step) => (panel * PANEL + row * step, step),
            Self::Across(step) => (panel * PANEL * step + row, step),
            Self::Panels => ((panel * rows + row) * PANEL, PANEL),
            Self::AcrossPanels(columns) => ((row / PANEL * columns + panel * PANEL) * PANEL + row % PANEL, PANEL),
        }
    }

    /// Values that a matrix of these extents spans.
    const fn span(self, rows: usize, columns: usize) -> usize {
        match self {
            _ if rows == 0 || columns == 0 => 0,
            Self::Rows(step) => (rows - 1) * step + columns,
            Self::Across(step) => (columns - 1) * step + rows,
            Self::Panels => rows * columns.next_multiple_of(PANEL),
            Self::AcrossPanels(columns) => columns * rows.next_multiple_of(PANEL),
        }
    }

    /// Whether columns lie one behind the other.
    const fn lies_across(self) -> bool {
        matches!(self, Self::Across(_) | Self::AcrossPanels(_))
    }
}

/// `c = a b` or `c += a b`: `a` is `[m, k]`, `b` is `[k, n]`.
#[derive(Debug)]
pub struct Product<'a, T> {
    /// Rows of the result.
    pub m: usize,
    /// Columns of the result.
    pub n: usize,
    /// Terms of each sum.
    pub k: usize,
    /// The left operand.
    pub a: &'a [T],
    /// From one of its rows to the next.
    pub a_row: usize,
    /// From one of its terms to the next.
    pub a_step: usize,
    /// The right operand.
    pub b: &'a [T],
    /// How it lies.
    pub b_columns: Columns,
    /// The result.
    pub c: &'a mut [T],
    /// How it lies.
    pub c_columns: Columns,
    /// Whether the product is added to what is there.
    pub adds: bool,
}

impl<T> Product<'_, T> {
    /// The same through pointers, for several threads.
    fn unbounded(self) -> Unbounded<T> {
        let Self { m, n, k, a_row, a_step, b_columns, c_columns, adds, .. } = self;
        let (a, b, c) = (self.a.as_ptr(), self.b.as_ptr(), self.c.as_mut_ptr());
        Unbounded { m, n, k, a, a_row, a_step, b, b_columns, c, c_columns, adds }
    }

    fn check(&self) {
        let Self { m, n, k, .. } = *self;
        assert!(!self.c_columns.lies_across(), "a result is written row by row");
        let a = if m > 0 && k > 0 { (m - 1) * self.a_row + (k - 1) * self.a_step + 1 } else { 0 };
        assert!(self.a.len() >= a, "the left operand is as long as its extents say");
        assert!(self.b.len() >= self.b_columns.span(k, n), "the right operand is as long as its extents say");
        assert!(self.c.len() >= self.c_columns.span(m, n), "the result is as long as its extents say");
    }
}

/// A matrix with fewer columns than this does not fill the lanes of a tile: if it lies across, its columns are multiplied as they lie.
pub(super) const NARROW: usize = 8;

/// Partial sums of an inner product.
const SUMS: usize = 16;

/// From how many rows on it pays to copy the columns of the right operand side by side.
const MANY_ROWS: usize = 12;

/// A product whose lengths have been checked.
#[derive(Clone, Copy, Debug)]
pub struct Unbounded<T> {
    m: usize,
    n: usize,
    k: usize,
    a: *const T,
    a_row: usize,
    a_step: usize,
    b: *const T,
    b_columns: Columns,
    c: *mut T,
    c_columns: Columns,
    adds: bool,
}

impl<T: Real> Unbounded<T> {
    /// Copies some terms of a panel of the right operand, from the first of them on, side by side to `room`.
    ///
    /// # Safety
    /// The lengths have been compared with the extents, and `room` has room for so many rows of a panel. Of a matrix that lies across in
    /// panels the first term is a multiple of [`PANEL`].
    #[inline(always)]
    unsafe fn copy_terms<I: Compiled<T>>(&self, isa: I, panel: usize, (first, terms): (usize, usize), room: *mut T) {
        let width = PANEL.min(self.n - panel * PANEL);
        // What lies in panels is in one piece no further than the next of them.
        let at_once = if matches!(self.b_columns, Columns::AcrossPanels(_)) { PANEL } else { terms.max(1) };
        for term in (0..terms).step_by(at_once) {
            let (start, step) = self.b_columns.panel(panel, self.k, first + term);
            let rows = at_once.min(terms - term);
            // SAFETY: as the caller says.
            unsafe {
                let (from, to) = (self.b.add(start), room.add(term * PANEL));
                isa.copy(Copied::new(from, step, self.b_columns.lies_across(), (rows, width), to));
            }
        }
    }
}

// SAFETY: the operands are borrowed while the product exists, and each thread writes other panels of the result.
unsafe impl<T: Sync> Sync for Unbounded<T> {}

/// Fewer multiplications than this are not worth a second thread: some microseconds.
pub(super) const FEWEST: usize = 1 << 18;

/// A product by all threads of a team: each computes some panels of columns, so that each element is computed as by one alone.
#[inline]
pub fn product<I: Compiled<T>, T: Real>(isa: I, team: &Team, product: Product<'_, T>) {
    product.check();
    let product = product.unbounded();
    let panels = product.n.div_ceil(PANEL);
    let worth = product.m.saturating_mul(product.n).saturating_mul(product.k) / FEWEST;
    let pieces = team.threads().min(panels).min(worth).max(1);
    if pieces == 1 {
        return isa.panels(&product, 0, panels);
    }
    team.run(pieces, &|piece| isa.panels(&product, panels * piece / pieces, panels * (piece + 1) / pieces));
}

/// Lays a matrix of these extents, or the transpose of one, in panels.
///
/// # Panics
/// If a slice is too short.
#[inline]
pub fn to_panels<I: Compiled<T>, T: Real>(isa: I, to: &mut [T], from: &[T], extents: [usize; 2], transposed: bool) {
    let [rows, columns] = extents;
    let step = if transposed { rows } else { columns };
    let lies = if transposed { Columns::Across(step) } else { Columns::Rows(step) };
    assert!(from.len() >= lies.span(rows, columns), "the matrix is as long as its extents say");
    assert!(to.len() >= Columns::Panels.span(rows, columns), "the panels are as long as their extents say");
    for panel in 0..columns.div_ceil(PANEL) {
        let width = PANEL.min(columns - panel * PANEL);
        // SAFETY: the lengths have been compared with the extents.
        unsafe {
            let from = from.as_ptr().add(lies.panel(panel, rows, 0).0);
            let to = to.as_mut_ptr().add(panel * PANEL * rows);
            isa.copy(Copied::new(from, step, transposed, (rows, width), to));
        }
    }
}

/// The body of some panels of a product, for any instruction set.
#[inline(always)]
pub(crate) fn panels<I: Isa + Lanes<T> + Compiled<T>, T: Real>(isa: I, product: &Unbounded<T>, from: usize, to: usize) {
    if let Columns::Across(step) = product.b_columns
        && product.n < NARROW
        && product.a_step == 1
    {
        return dots(product, step);
    }
    let Unbounded { m, n, k, a_row, a_step, .. } = *product;
    let mut from = from;
    if m == 1 && !product.b_columns.lies_across() {
        let whole = to.min(n / PANEL).max(from);
        // SAFETY: `product` has compared the lengths with the extents; each thread has panels of its own.
        unsafe { row::row::<T, <I as Lanes<T>>::Vector>(product, from, whole) };
        from = whole;
    }
    let packs = match product.b_columns {
        Columns::Rows(step) => m >= MANY_ROWS && step > PANEL,
        Columns::Across(_) | Columns::AcrossPanels(_) => true,
        Columns::Panels => false,
    };
    let depth = if packs || m >= MANY_ROWS { pack::DEPTH } else { k.max(1) };
    let mut room = Room::<T, { pack::DEPTH * PANEL }>::new();
    let room = room.start::<T>();
    for panel in from..to {
        let width = PANEL.min(n - panel * PANEL);
        let (c_start, c_row) = product.c_columns.panel(panel, m, 0);
        let mut first = 0;
        loop {
            let terms = depth.min(k - first);
            // SAFETY: `product` has compared the lengths with what the loops go through; `room` has `DEPTH` rows.
            unsafe {
                let (b, b_step) = if packs {
                    product.copy_terms(isa, panel, (first, terms), room);
                    (room.cast_const(), PANEL)
                } else {
                    let (start, step) = product.b_columns.panel(panel, k, first);
                    (product.b.add(start), step)
                };
                let place = Tile {
                    runs: &[Run { a: 0, b: 0, k: terms }],
                    a: product.a.add(first * a_step),
                    a_row,
                    a_step,
                    b,
                    b_step,
                    c: product.c.add(c_start),
                    c_row,
                    adds: product.adds || first > 0,
                    along: false,
                };
                isa.strip(Strip::new(place, m, width));
            }
            first += terms;
            if first == k {
                break;
            }
        }
    }
}

/// A product of few columns that lie across, by one inner product for each element.
#[inline(always)]
fn dots<T: Real>(product: &Unbounded<T>, b_step: usize) {
    let Unbounded { m, n, k, a_row, adds, .. } = *product;
    for row in 0..m {
        for column in 0..n {
            let (start, _) = product.c_columns.panel(0, m, row);
            // SAFETY: `product` has compared the lengths with these extents; terms of a row lie one behind the other. There is one
            // panel, so one thread.
            unsafe {
                let a = core::slice::from_raw_parts(product.a.add(row * a_row), k);
                let b = core::slice::from_raw_parts(product.b.add(column * b_step), k);
                let c = &mut *product.c.add(start + column);
                let sum = dot(a, b);
                *c = if adds { *c + sum } else { sum };
            }
        }
    }
}

/// The inner product of two rows: [`SUMS`] interleaved sums, added in pairs.
#[inline(always)]
pub(super) fn dot<T: Real>(a: &[T], b: &[T]) -> T {
    let (a_whole, a_rest) = a.as_chunks::<SUMS>();
    let (b_whole, b_rest) = b.as_chunks::<SUMS>();
    let mut sums = [T::ZERO; SUMS];
    for (a, b) in a_whole.iter().zip(b_whole) {
        for j in 0..SUMS {
            sums[j] += a[j] * b[j];
        }
    }
    for (j, (a, b)) in a_rest.iter().zip(b_rest).enumerate() {
        sums[j] += *a * *b;
    }
    let mut width = SUMS / 2;
    while width > 0 {
        for j in 0..width {
            let other = sums[j + width];
            sums[j] += other;
        }
        width /= 2;
    }
    sums[0]
}
