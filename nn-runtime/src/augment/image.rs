//! Images in place: mirrored, moved, turned, cropped. Knows what is to be done exactly, and draws nothing.

#[cfg(feature = "alloc")]
use super::{Direction, Fill};
#[cfg(feature = "alloc")]
use crate::real::Real;

/// How an image lies in a row: pixels line by line, the channels of each side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Image {
    pub(super) height: usize,
    pub(super) width: usize,
    pub(super) channels: usize,
}

impl Image {
    /// The image of this shape, if it is one.
    pub(super) fn of(shape: &[usize]) -> Option<Self> {
        match *shape {
            [height, width, channels] => Some(Self { height, width, channels }),
            _ => None,
        }
    }
}

#[cfg(feature = "alloc")]
impl Image {
    /// Values of a line.
    const fn line(self) -> usize {
        self.width * self.channels
    }

    pub(super) fn flip<T: Real>(self, pixels: &mut [T], direction: Direction) {
        let Self { height, width, channels } = self;
        match direction {
            Direction::Horizontal => {
                for line in pixels.chunks_exact_mut(self.line()) {
                    for left in 0..width / 2 {
                        let right = width - 1 - left;
                        for channel in 0..channels {
                            line.swap(left * channels + channel, right * channels + channel);
                        }
                    }
                }
            }
            Direction::Vertical => {
                let line = self.line();
                for above in 0..height / 2 {
                    let (upper, lower) = pixels.split_at_mut((height - 1 - above) * line);
                    upper[above * line..][..line].swap_with_slice(&mut lower[..line]);
                }
            }
        }
    }

    /// Moves the image down and to the right by so many pixels.
    pub(super) fn shift<T: Real>(self, pixels: &mut [T], spare: &mut [T], [down, right]: [isize; 2], fill: Fill) {
        if (down, right) != (0, 0) {
            spare.copy_from_slice(pixels);
            self.window(spare, pixels, [-down, -right], fill);
        }
    }

    /// A window of the size of the image, whose upper left corner lies there.
    fn window<T: Real>(self, from: &[T], to: &mut [T], [top, left]: [isize; 2], fill: Fill) {
        let Self { height, width, channels } = self;
        // The columns of the window that lie in the image.
        let (begin, end) = ((-left).clamp(0, width as isize), (width as isize - left).clamp(0, width as isize));
        let inside = begin as usize..end.max(begin) as usize;
        for (y, line) in to.chunks_exact_mut(self.line()).enumerate() {
            let Some(source) = fill.place(y as isize + top, height) else {
                line.fill(T::ZERO);
                continue;
            };
            let source = &from[source * self.line()..][..self.line()];
            if !inside.is_empty() {
                let first = (inside.start as isize + left) as usize * channels;
                let count = inside.len() * channels;
                line[inside.start * channels..][..count].copy_from_slice(&source[first..first + count]);
            }
            for x in (0..inside.start).chain(inside.end..width) {
                let pixel = &mut line[x * channels..][..channels];
                match fill.place(x as isize + left, width) {
                    Some(x) => pixel.copy_from_slice(&source[x * channels..][..channels]),
                    None => pixel.fill(T::ZERO),
                }
            }
        }
    }

    /// Turns the image about its middle, to the left by so many degrees.
    pub(super) fn rotate<T: Real>(self, pixels: &mut [T], spare: &mut [T], degrees: f64, fill: Fill) {
        spare.copy_from_slice(pixels);
        let (sin, cos) = libm::sincos(degrees.to_radians());
        let (middle, centre) = ((self.height as f64 - 1.0) / 2.0, (self.width as f64 - 1.0) / 2.0);
        for (y, line) in pixels.chunks_exact_mut(self.line()).enumerate() {
            let below = y as f64 - middle;
            for (x, pixel) in line.chunks_exact_mut(self.channels).enumerate() {
                let beside = x as f64 - centre;
                // Where this pixel was: turned to the right.
                let at = [middle + below * cos + beside * sin, centre + beside * cos - below * sin];
                self.between(spare, at, fill, pixel);
            }
        }
    }

    /// Makes the image of a window whose upper left corner lies there.
    pub(super) fn crop<T: Real>(
        self,
        pixels: &mut [T],
        spare: &mut [T],
        (corner, size): ([isize; 2], [usize; 2]),
        fill: Fill,
    ) {
        if size == [self.height, self.width] {
            return self.shift(pixels, spare, [-corner[0], -corner[1]], fill);
        }
        spare.copy_from_slice(pixels);
        let scale = [size[0] as f64 / self.height as f64, size[1] as f64 / self.width as f64];
        // Middles of pixels on middles of pixels; what is outside of the window has no part in it.
        let along = |axis: usize, at: usize| {
            let inside = ((at as f64 + 0.5) * scale[axis] - 0.5).clamp(0.0, size[axis] as f64 - 1.0);
            corner[axis] as f64 + inside
        };
        for (y, line) in pixels.chunks_exact_mut(self.line()).enumerate() {
            let at_y = along(0, y);
            for (x, pixel) in line.chunks_exact_mut(self.channels).enumerate() {
                self.between(spare, [at_y, along(1, x)], fill, pixel);
            }
        }
    }

    /// The pixel at a place between four: their mean, of which nearer ones count more.
    fn between<T: Real>(self, from: &[T], [y, x]: [f64; 2], fill: Fill, pixel: &mut [T]) {
        let (top, left) = (libm::floor(y), libm::floor(x));
        let (low, right) = (y - top, x - left);
        let (top, left) = (top as isize, left as isize);
        pixel.fill(T::ZERO);
        for (row, by_row) in [(top, 1.0 - low), (top + 1, low)] {
            let Some(row) = fill.place(row, self.height).filter(|_| by_row > 0.0) else { continue };
            for (column, by_column) in [(left, 1.0 - right), (left + 1, right)] {
                let Some(column) = fill.place(column, self.width).filter(|_| by_column > 0.0) else { continue };
                let part = T::from_f64(by_row * by_column);
                let source = &from[(row * self.width + column) * self.channels..][..self.channels];
                pixel.iter_mut().zip(source).for_each(|(value, source)| *value += part * *source);
            }
        }
    }
}

#[cfg(feature = "alloc")]
impl Fill {
    /// Which of `extent` pixels stands at a place that may be outside of them.
    fn place(self, at: isize, extent: usize) -> Option<usize> {
        let last = extent as isize - 1;
        if (0..=last).contains(&at) {
            return Some(at as usize);
        }
        match self {
            Fill::Zero => None,
            Fill::Edge => Some(at.clamp(0, last) as usize),
            Fill::Reflect if last == 0 => Some(0),
            Fill::Reflect => {
                let at = at.rem_euclid(2 * last);
                Some(if at <= last { at } else { 2 * last - at } as usize)
            }
        }
    }
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Two lines of three pixels.
    const SMALL: Image = Image { height: 2, width: 3, channels: 1 };
    const PIXELS: [f32; 6] = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];

    fn done(pixels: &[f32], change: impl Fn(&mut [f32], &mut [f32])) -> Vec<f32> {
        let (mut pixels, mut spare) = (pixels.to_vec(), pixels.to_vec());
        change(&mut pixels, &mut spare);
        pixels
    }

    #[test]
    fn an_image_is_mirrored_with_its_channels() {
        let left_right = done(&PIXELS, |pixels, _| SMALL.flip(pixels, Direction::Horizontal));
        assert_eq!(left_right, [3.0, 2.0, 1.0, 6.0, 5.0, 4.0]);
        let top_bottom = done(&PIXELS, |pixels, _| SMALL.flip(pixels, Direction::Vertical));
        assert_eq!(top_bottom, [4.0, 5.0, 6.0, 1.0, 2.0, 3.0]);
        let colours = Image { height: 1, width: 3, channels: 2 };
        assert_eq!(
            done(&PIXELS, |pixels, _| colours.flip(pixels, Direction::Horizontal)),
            [5.0, 6.0, 3.0, 4.0, 1.0, 2.0]
        );
    }

    #[test]
    fn an_image_moves_by_whole_pixels_and_what_comes_in_is_as_asked() {
        let moved = |by, fill| done(&PIXELS, |pixels, spare| SMALL.shift(pixels, spare, by, fill));
        assert_eq!(moved([0, 1], Fill::Zero), [0.0, 1.0, 2.0, 0.0, 4.0, 5.0]);
        assert_eq!(moved([0, -1], Fill::Edge), [2.0, 3.0, 3.0, 5.0, 6.0, 6.0]);
        assert_eq!(moved([1, 0], Fill::Zero), [0.0, 0.0, 0.0, 1.0, 2.0, 3.0]);
        assert_eq!(moved([-1, 2], Fill::Reflect), [6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        assert_eq!(moved([1, 1], Fill::Edge), [1.0, 1.0, 2.0, 1.0, 1.0, 2.0]);
        assert_eq!(moved([0, 0], Fill::Zero), PIXELS);
        let colours = Image { height: 1, width: 3, channels: 2 };
        let moved = done(&PIXELS, |pixels, spare| colours.shift(pixels, spare, [0, 1], Fill::Zero));
        assert_eq!(moved, [0.0, 0.0, 1.0, 2.0, 3.0, 4.0]);
    }

    fn near(found: &[f32], expected: &[f32]) {
        assert_eq!(found.len(), expected.len());
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-5), "{found:?} for {expected:?}");
    }

    #[test]
    fn a_quarter_turn_is_a_transposition_and_a_flip() {
        let square = Image { height: 3, width: 3, channels: 1 };
        let pixels = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0];
        let turned = |degrees| done(&pixels, |pixels, spare| square.rotate(pixels, spare, degrees, Fill::Zero));
        near(&turned(90.0), &[3.0, 6.0, 9.0, 2.0, 5.0, 8.0, 1.0, 4.0, 7.0]);
        near(&turned(-90.0), &[7.0, 4.0, 1.0, 8.0, 5.0, 2.0, 9.0, 6.0, 3.0]);
        near(&turned(180.0), &[9.0, 8.0, 7.0, 6.0, 5.0, 4.0, 3.0, 2.0, 1.0]);
        near(&turned(0.0), &pixels);
    }

    #[test]
    fn a_turn_between_pixels_is_bilinear() {
        // Turned by 45 degrees to the left, the pixel right of the middle was at (1, 1) + (sin, cos) / 1: between four.
        let square = Image { height: 3, width: 3, channels: 1 };
        let pixels = [0.0, 0.0, 0.0, 0.0, 1.0, 2.0, 0.0, 4.0, 8.0];
        let turned = done(&pixels, |pixels, spare| square.rotate(pixels, spare, 45.0, Fill::Zero));
        let part = core::f32::consts::FRAC_1_SQRT_2;
        let rest = 1.0 - part;
        let expected = rest * rest * 1.0 + rest * part * 2.0 + part * rest * 4.0 + part * part * 8.0;
        assert!((turned[5] - expected).abs() < 1e-5, "{turned:?}");
        assert_eq!(turned[4], 1.0);
    }

    #[test]
    fn a_window_becomes_the_image() {
        let square = Image { height: 4, width: 4, channels: 1 };
        let pixels: Vec<f32> = (0..16).map(|value| value as f32).collect();
        let cropped =
            |corner, size, fill| done(&pixels, |pixels, spare| square.crop(pixels, spare, (corner, size), fill));
        // Of the size of the image it is a shift.
        let (window, shifted) = (cropped([1, -1], [4, 4], Fill::Zero), [0.0, 4.0, 5.0, 6.0, 0.0, 8.0, 9.0, 10.0]);
        assert_eq!(window[..8], shifted);
        assert_eq!(window[12..], [0.0; 4]);
        // Half as large: bilinear, and the pixels of its edge reach to the edge.
        let window = cropped([1, 1], [2, 2], Fill::Zero);
        near(&window[..4], &[5.0, 5.25, 5.75, 6.0]);
        near(&window[4..8], &[6.0, 6.25, 6.75, 7.0]);
        near(&window[12..], &[9.0, 9.25, 9.75, 10.0]);
    }

    #[test]
    fn outside_of_an_image_stands_what_is_asked_for() {
        let places = |fill: Fill| (-3..6).map(|at| fill.place(at, 3)).collect::<Vec<_>>();
        let some = |places: [usize; 9]| places.map(Some);
        assert_eq!(places(Fill::Edge), some([0, 0, 0, 0, 1, 2, 2, 2, 2]));
        assert_eq!(places(Fill::Reflect), some([1, 2, 1, 0, 1, 2, 1, 0, 1]));
        assert_eq!(places(Fill::Zero)[2..7], [None, Some(0), Some(1), Some(2), None]);
        assert_eq!(Fill::Reflect.place(7, 1), Some(0));
    }
}
