//! What is computed for each row by itself, shared out among threads. No row needs another, so results do not depend on who has which.

use core::mem;

use crate::isa::{Body, Isa};
use crate::real::Real;
use crate::team::Team;

/// What is computed for each row by itself, into `W` arrays.
pub trait EachRow<T, const W: usize>: Sync {
    /// Computes one row: of each array the part that belongs to it.
    fn row<I: Isa>(&self, isa: I, row: usize, written: [&mut [T]; W]);
}

/// The most parts into which rows are cut.
const PARTS: usize = 32;

/// Computes all of `rows` rows, of which each array has equally many values; on several threads if each then has `least` rows or more.
///
/// # Panics
/// If the arrays have not so many rows.
#[inline(always)]
pub fn each_row<I: Isa, T: Real, B: EachRow<T, W>, const W: usize>(
    isa: I,
    team: &Team,
    rows: usize,
    least: usize,
    mut written: [&mut [T]; W],
    body: &B,
) {
    let widths: [usize; W] = core::array::from_fn(|array| written[array].len() / rows.max(1));
    // Two parts for each thread: one that is held up does less.
    let threads = team.threads();
    let wanted = if threads == 1 { 1 } else { (rows / least).clamp(1, PARTS.min(2 * threads)) };
    let len = rows.div_ceil(wanted);
    let mut parts = [const { None }; PARTS];
    let mut first = 0;
    for part in &mut parts {
        let rows = len.min(rows - first);
        let cut = |array: usize| {
            let (these, others) = mem::take(&mut written[array]).split_at_mut(rows * widths[array]);
            written[array] = others;
            these
        };
        *part = (rows > 0).then(|| Part { body, first, rows, widths, written: core::array::from_fn(cut) });
        first += rows;
    }
    team.each(&mut parts[..wanted], |_, part| {
        if let Some(part) = part.take() {
            isa.call(part);
        }
    });
}

/// Some rows.
struct Part<'a, T, B, const W: usize> {
    body: &'a B,
    first: usize,
    rows: usize,
    widths: [usize; W],
    /// What the arrays have for them.
    written: [&'a mut [T]; W],
}

impl<T: Real, B: EachRow<T, W>, const W: usize> Body for Part<'_, T, B, W> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(mut self, isa: I) {
        for row in 0..self.rows {
            let written = self.written.each_mut();
            let mut array = 0;
            let of_row = written.map(|values| {
                let (width, start) = (self.widths[array], row * self.widths[array]);
                array += 1;
                &mut values[start..start + width]
            });
            self.body.row(isa, self.first + row, of_row);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Numbers<'a>(&'a [f64]);

    impl EachRow<f64, 2> for Numbers<'_> {
        fn row<I: Isa>(&self, _: I, row: usize, [ones, pairs]: [&mut [f64]; 2]) {
            ones[0] = self.0[row];
            pairs.copy_from_slice(&[row as f64, -self.0[row]]);
        }
    }

    #[test]
    fn each_row_is_computed_once_by_any_number_of_threads() {
        struct Whole(usize, usize);
        impl Body for Whole {
            type Output = ();
            fn run<I: Isa>(self, isa: I) {
                let Self(threads, rows) = self;
                let given: [f64; 100] = core::array::from_fn(|i| i as f64 + 0.5);
                let (mut ones, mut pairs) = ([0.0; 100], [0.0; 200]);
                let written = [&mut ones[..rows], &mut pairs[..2 * rows]];
                each_row(isa, &Team::of(threads), rows, 3, written, &Numbers(&given));
                for row in 0..100 {
                    let expected = if row < rows { (given[row], row as f64, -given[row]) } else { (0.0, 0.0, 0.0) };
                    assert_eq!((ones[row], pairs[2 * row], pairs[2 * row + 1]), expected, "{threads} {rows} {row}");
                }
            }
        }
        for threads in [1, 2, 3, 20] {
            for rows in [0, 1, 2, 5, 7, 31, 32, 33, 99, 100] {
                crate::isa::run(Whole(threads, rows));
            }
        }
    }
}
