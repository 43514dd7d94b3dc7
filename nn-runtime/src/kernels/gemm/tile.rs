//! The innermost matrix product: a few rows by a few registers of columns, whose sums stay in registers over all terms.

use crate::isa::Vector;
use crate::real::Real;

/// The most registers of columns that are summed together.
pub(super) const COLUMNS: usize = 2;

/// The most rows that are summed together: their sums, the columns and one element of the left operand fill the registers.
pub(super) const fn most_rows<T, V: Vector<T>>() -> usize {
    match V::REGISTERS {
        32.. => 12,
        _ => 6,
    }
}

/// How many rows the next tile has, if so many are left: few sizes, so that there is little code.
#[inline(always)]
pub(super) fn rows<T, V: Vector<T>>(left: usize) -> usize {
    let most = most_rows::<T, V>();
    match left {
        // Two tiles of middling height are faster than a tall and a low one.
        14..=16 if most > 8 => 8,
        13 if most > 8 => 7,
        10 => 6,
        12.. if most >= 12 => 12,
        8.. if most >= 8 => 8,
        7 if most >= 7 => 7,
        6.. => 6,
        4.. => 4,
        2.. => 2,
        _ => left,
    }
}

/// As [`rows`], for tiles with a left operand for each column, which needs registers of its own.
#[inline(always)]
pub(super) fn rows_along(left: usize) -> usize {
    match left {
        6.. => 6,
        5 => 3,
        _ => left,
    }
}

/// Terms that follow each other at equal distances in both operands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Run {
    /// How far behind the beginning of the left operand they begin.
    pub(crate) a: usize,
    /// How far behind the beginning of the right operand they begin.
    pub(crate) b: usize,
    /// How many they are.
    pub(crate) k: usize,
}

/// Some rows and columns of a product.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tile<'a, T> {
    /// The terms.
    pub(crate) runs: &'a [Run],
    /// The beginning of the left operand.
    pub(crate) a: *const T,
    /// From one of its rows to the next.
    pub(crate) a_row: usize,
    /// From one of its terms to the next.
    pub(crate) a_step: usize,
    /// The beginning of the right operand.
    pub(crate) b: *const T,
    /// From one of its terms to the next.
    pub(crate) b_step: usize,
    /// The beginning of the result.
    pub(crate) c: *mut T,
    /// From one of its rows to the next.
    pub(crate) c_row: usize,
    /// Whether terms are added to what is there.
    pub(crate) adds: bool,
    /// Whether each column has a left operand of its own: then those of a row lie side by side.
    pub(crate) along: bool,
}

/// `c = a b`, or `c += a b`, for `R` rows and `C` registers of columns; of the last, `tail` columns if `TAIL`.
/// Terms are added in their order. `ALONG` is what [`Tile::along`] says.
///
/// # Safety
/// The machine has the registers, and all that [`Tile`] spans can be read or written.
#[expect(clippy::needless_range_loop, reason = "iterators over arrays are compiled for longer")]
#[inline(always)]
pub(super) unsafe fn tile<
    T: Real,
    V: Vector<T>,
    const R: usize,
    const C: usize,
    const TAIL: bool,
    const ALONG: bool,
>(
    tile: &Tile<'_, T>,
    tail: usize,
) {
    let Tile { a_row, a_step, b_step, c_row, .. } = *tile;
    // SAFETY: by the contract of this function; `tail` lanes are all that is touched of a last register.
    unsafe {
        let mut sums = [[V::splat(T::ZERO); C]; R];
        if tile.adds {
            for r in 0..R {
                for c in 0..C {
                    let from = tile.c.add(r * c_row + c * V::LANES);
                    sums[r][c] = if TAIL && c == C - 1 { V::load_first(from, tail) } else { V::load(from) };
                }
            }
        }
        for run in tile.runs {
            let (mut a, mut b) = (tile.a.add(run.a), tile.b.add(run.b));
            for _ in 0..run.k {
                let mut columns = [V::splat(T::ZERO); C];
                for c in 0..C {
                    let from = b.add(c * V::LANES);
                    columns[c] = if TAIL && c == C - 1 { V::load_first(from, tail) } else { V::load(from) };
                }
                for r in 0..R {
                    let from = a.add(r * a_row);
                    let mut x = V::splat(if ALONG { T::ZERO } else { *from });
                    for c in 0..C {
                        if ALONG {
                            let from = from.add(c * V::LANES);
                            x = if TAIL && c == C - 1 { V::load_first(from, tail) } else { V::load(from) };
                        }
                        sums[r][c] = x.mul_add(columns[c], sums[r][c]);
                    }
                }
                (a, b) = (a.wrapping_add(a_step), b.wrapping_add(b_step));
            }
        }
        for r in 0..R {
            for c in 0..C {
                let to = tile.c.add(r * c_row + c * V::LANES);
                if TAIL && c == C - 1 {
                    sums[r][c].store_first(to, tail);
                } else {
                    sums[r][c].store(to);
                }
            }
        }
    }
}
