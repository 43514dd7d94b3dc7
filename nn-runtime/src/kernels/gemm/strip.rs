//! Tiles below each other: all rows of a panel.

#![expect(unsafe_code, reason = "tiles read and write through pointers; whoever makes a strip vouches for them")]

use super::tile::{self, COLUMNS, Tile, tile};
use crate::isa::{Isa, Lanes, Vector};
use crate::real::Real;

/// Some rows of a product, by at most [`PANEL`](super::PANEL) of its columns.
#[derive(Debug)]
pub struct Strip<'a, T> {
    /// What the first tile begins with.
    first: Tile<'a, T>,
    m: usize,
    width: usize,
}

impl<'a, T> Strip<'a, T> {
    /// `m` rows and `width` columns from where `first` begins.
    ///
    /// # Safety
    /// All that the runs of `first` span in so many rows and columns can be read or written until the strip is computed; the
    /// result overlaps neither operand.
    #[inline(always)]
    pub(in crate::kernels) const unsafe fn new(first: Tile<'a, T>, m: usize, width: usize) -> Self {
        Self { first, m, width }
    }
}

/// The body of a strip, for any instruction set.
#[inline(always)]
pub(crate) fn strip<I: Isa + Lanes<T>, T: Real>(_: I, strip: Strip<'_, T>) {
    let Strip { first: place, m, width } = strip;
    let lanes = <I as Lanes<T>>::Vector::LANES;
    let mut column = 0;
    while column < width {
        let columns = (width - column).min(COLUMNS * lanes);
        // One and a half registers are two tiles.
        let columns = if columns > lanes { columns - columns % lanes } else { columns };
        let mut row = 0;
        while row < m {
            let rows = match place.along {
                true => tile::rows_along(m - row),
                false => tile::rows::<T, <I as Lanes<T>>::Vector>(m - row),
            };
            // SAFETY: there is an instruction set; whoever made the strip has vouched for its memory.
            unsafe {
                let a = place.a.add(row * place.a_row + if place.along { column } else { 0 });
                let c = place.c.add(row * place.c_row + column);
                let tile = Tile { a, b: place.b.add(column), c, ..place };
                match (columns / lanes, columns % lanes) {
                    (2, _) => by_rows::<I, T, 2, false>(&tile, rows, 0),
                    (1, _) => by_rows::<I, T, 1, false>(&tile, rows, 0),
                    (_, tail) => by_rows::<I, T, 1, true>(&tile, rows, tail),
                }
            }
            row += rows;
        }
        column += columns;
    }
}

/// Calls [`tile`] with the number of rows as a constant.
///
/// # Safety
/// As for [`tile`].
#[inline(always)]
unsafe fn by_rows<I: Isa + Lanes<T>, T: Real, const C: usize, const TAIL: bool>(
    place: &Tile<'_, T>,
    rows: usize,
    tail: usize,
) {
    macro_rules! match_rows {
        ($along:literal: $($rows:literal)*) => {
            match rows {
                $($rows if $rows <= tile::most_rows::<T, <I as Lanes<T>>::Vector>() => {
                    tile::<T, <I as Lanes<T>>::Vector, $rows, C, TAIL, $along>(place, tail);
                })*
                _ => {}
            }
        };
    }
    // SAFETY: as the caller says.
    unsafe {
        match place.along {
            true => match_rows!(true: 1 2 3 4 6),
            false => match_rows!(false: 1 2 4 6 7 8 12),
        }
    }
}
