//! A change done to a row, with what is drawn for it; knows no batch.

use super::image::Image;
use super::{Augment, Change, noise};
use crate::program::Program;
use crate::real::Real;
use crate::rng::{AUGMENT, Stream};

impl Augment {
    /// Does it to a row, as number `index` of a list. `stream` says the seed and the step, `place` is that of the row in its batch;
    /// `spare` has as many values as the row.
    pub(crate) fn apply<T: Real>(
        &self,
        program: &Program<T>,
        row: &mut [T],
        spare: &mut [T],
        (index, step): (usize, Stream),
        place: u64,
    ) {
        let (first, values, shape) = self.part(program);
        let (row, spare) = (&mut row[first..first + values], &mut spare[..values]);
        let stream = Stream { stream: AUGMENT + index as u32, ..step };
        if let Change::Noise { deviation } = self.change {
            return noise::add(row, shape, deviation, stream, place);
        }
        let Some(image) = Image::of(shape) else { return };
        let [first, second, ..] = stream.block(place);
        match self.change {
            Change::Flip { direction, probability } => {
                if f64::from(first) < probability * 4_294_967_296.0 {
                    image.flip(row, direction);
                }
            }
            Change::Shift { pixels: [rows, columns], fill } => {
                let (down, right) = (either_way(first, rows), either_way(second, columns));
                image.shift(row, spare, [down, right], fill);
            }
            Change::Rotate { degrees, fill } => {
                let part = f64::from(first) / f64::from(u32::MAX);
                image.rotate(row, spare, degrees * (2.0 * part - 1.0), fill);
            }
            Change::Crop { size, pad, fill } => {
                let room = |extent, size, pad| extent + 2 * pad - size;
                let corner = [
                    one_of(first, room(image.height, size[0], pad[0]) + 1) as isize - pad[0] as isize,
                    one_of(second, room(image.width, size[1], pad[1]) + 1) as isize - pad[1] as isize,
                ];
                image.crop(row, spare, (corner, size), fill);
            }
            Change::Noise { .. } => {}
        }
    }
}

/// One of the whole numbers from 0 to before `count`.
fn one_of(word: u32, count: usize) -> usize {
    ((u64::from(word) * count as u64) >> 32) as usize
}

/// One of the whole numbers from `-most` to `most`.
fn either_way(word: u32, most: usize) -> isize {
    one_of(word, 2 * most + 1) as isize - most as isize
}
