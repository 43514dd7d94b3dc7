//! Many small pictures in one, in rows; knows pixels only.

use std::vec::Vec;

use crate::report::Image;

/// Pixels between two pictures, and around all.
const GAP: usize = 2;
/// What lies between them.
const BETWEEN: u8 = 160;
/// Smaller pictures are enlarged, each pixel so many times, until their sides have at least so many pixels.
const SIDE: usize = 32;

/// All pictures, `columns` in a row, each pixel as a square. They must have one size; those of one channel become grey.
pub(crate) fn grid(tiles: &[Image], columns: usize) -> Image {
    let columns = columns.clamp(1, tiles.len().max(1));
    let (wide, high) = tiles.first().map_or((1, 1), |tile| (tile.width, tile.height));
    let times = SIDE.div_ceil(wide.min(high).max(1)).max(1);
    let (step_x, step_y) = (wide * times + GAP, high * times + GAP);
    let rows = tiles.len().div_ceil(columns);
    let (width, height) = (columns * step_x + GAP, rows * step_y + GAP);
    let channels = if tiles.iter().all(|tile| tile.channels == 1) { 1 } else { 3 };
    let mut bytes = std::vec![BETWEEN; width * height * channels];
    for (number, tile) in tiles.iter().enumerate() {
        let (left, top) = (number % columns * step_x + GAP, number / columns * step_y + GAP);
        for y in 0..high * times {
            for x in 0..wide * times {
                let pixel = (y / times * tile.width + x / times) * tile.channels;
                let place = ((top + y) * width + left + x) * channels;
                for channel in 0..channels {
                    bytes[place + channel] = tile.bytes[pixel + channel.min(tile.channels - 1)];
                }
            }
        }
    }
    Image { width, height, channels, bytes }
}

/// Numbers as bytes, from black for `low` to white for `high`; what lies beyond is black or white, what is no number black.
pub(crate) fn bytes(values: &[f64], (low, high): (f64, f64)) -> Vec<u8> {
    // A cast ends at the bounds of the type, and makes 0 of NaN.
    values.iter().map(|value| ((value - low) / (high - low) * 255.0).round() as u8).collect()
}

/// From which number to which pixels go: from 0 to 1, from -1 to 1 or from 0 to 255 if all lie there, else from the least to the greatest.
pub(crate) fn range(values: &[f64]) -> (f64, f64) {
    let finite = values.iter().filter(|value| value.is_finite());
    let (low, high) = finite.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), x| (low.min(*x), high.max(*x)));
    // What is decoded from rounded numbers may be a little beyond.
    let lie = |from: f64, to: f64, slack: f64| low >= from - slack && high <= to + slack;
    if lie(0.0, 1.0, 0.01) {
        (0.0, 1.0)
    } else if lie(-1.0, 1.0, 0.01) {
        (-1.0, 1.0)
    } else if lie(0.0, 255.0, 0.6) && high > 2.0 {
        (0.0, 255.0)
    } else if low < high {
        (low, high)
    } else {
        (low.min(0.0), low.max(0.0) + 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, grid, range};
    use crate::report::Image;
    use std::vec;

    #[test]
    fn tiles_stand_in_rows_with_gaps() {
        let tile = |grey: u8| Image { width: 32, height: 32, channels: 1, bytes: vec![grey; 32 * 32] };
        let all = grid(&[tile(0), tile(50), tile(255)], 2);
        assert_eq!((all.width, all.height, all.channels), (2 + 34 * 2, 2 + 34 * 2, 1));
        let at = |x: usize, y: usize| all.bytes[y * all.width + x];
        assert_eq!([at(0, 0), at(2, 2), at(36, 2), at(34, 5), at(2, 36), at(36, 36)], [160, 0, 50, 160, 255, 160]);
        let small = Image { width: 2, height: 1, channels: 3, bytes: vec![1, 2, 3, 4, 5, 6] };
        let large = grid(&[small], 9);
        assert_eq!((large.width, large.height, large.channels), (64 + 4, 32 + 4, 3));
        assert_eq!(large.bytes[(2 * 68 + 2 + 32) * 3..][..3], [4, 5, 6]);
    }

    #[test]
    fn pixels_keep_their_scale() {
        assert_eq!(range(&[0.0, 0.5]), (0.0, 1.0));
        assert_eq!(range(&[-0.5, 1.0]), (-1.0, 1.0));
        assert_eq!(range(&[0.0, 254.0]), (0.0, 255.0));
        assert_eq!(range(&[-2.0, 6.0, f64::NAN]), (-2.0, 6.0));
        assert_eq!(range(&[-0.3, 1.2]), (-0.3, 1.2), "a little beyond 0 and 1 is not from 0 to 255");
        assert_eq!(range(&[0.0, 0.0]), (0.0, 1.0));
        assert_eq!(range(&[300.0; 2]), (0.0, 301.0));
        assert_eq!(bytes(&[-9.0, 0.0, 0.5, 1.0, 9.0, f64::NAN], (0.0, 1.0)), [0, 0, 128, 255, 255, 0]);
    }
}
