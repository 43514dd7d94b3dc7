//! Sums over a window that slides over rows side by side, by tiles of columns and places: convolutions, their adjoints for the
//! input, and products with a matrix, whose window is one place wide.

#![expect(unsafe_code, reason = "tiles read and write through pointers; all lengths are checked first")]

use super::LANES;
use crate::isa::{Isa, Lanes, Vector};
use crate::kernels::conv::Axis;
use crate::real::Real;

/// `result[p, j] = sum over taps t and terms k of operand[p meets t, k] * kernel[t, k, j]`, for each lane of all blocks.
#[derive(Debug)]
pub struct Slide<'a, T> {
    /// The spatial axes, the outermost first.
    pub(super) axes: [Axis; 3],
    /// `[blocks, extents, .., LANES]`
    pub(super) operand: &'a [T],
    /// Terms at a position of the operand.
    pub(super) terms: usize,
    /// From one position of the operand to the next, in lines of lanes.
    pub(super) position: usize,
    pub(super) kernel: &'a [T],
    /// From one tap of the kernel to the next.
    pub(super) tap: usize,
    /// From one term of a tap to the next.
    pub(super) term: usize,
    /// From one column of a tap to the next.
    pub(super) column: usize,
    /// `[blocks, totals, .., LANES]`
    pub(super) result: &'a mut [T],
    pub(super) columns: usize,
    /// From one place of the result to the next, in lines of lanes.
    pub(super) place: usize,
}

/// Sums of a tile, for machines of many registers and of few.
const SUMS: (usize, usize) = (24, 12);

/// The taps that a window meets at some place: so many on each axis, and how far they are from each other.
#[derive(Clone, Copy, Debug)]
struct Window {
    taps: [usize; 3],
    /// Where the first is in the operand, behind the first position of the block.
    x: usize,
    x_steps: [usize; 3],
    /// Where the first is in the kernel.
    w: usize,
    w_steps: [isize; 3],
    /// Terms of each.
    terms: usize,
}

impl<T: Real> Slide<'_, T> {
    fn extents(&self) -> usize {
        self.axes.iter().map(|axis| axis.extent).product()
    }

    fn totals(&self) -> usize {
        self.axes.iter().map(|axis| axis.total).product()
    }

    /// How many blocks there are.
    fn check(&self) -> usize {
        let span = |count: usize, step: usize, last: usize| if count == 0 { 0 } else { (count - 1) * step + last };
        let blocks = self.result.len().div_ceil(self.totals().max(1) * self.place * LANES);
        assert!(
            self.operand.len() >= span(blocks * self.extents(), self.position, self.terms) * LANES,
            "the operand is as long as its shape says"
        );
        assert!(
            self.result.len() >= span(blocks * self.totals(), self.place, self.columns) * LANES,
            "the result is as long as its shape says"
        );
        let tap = span(self.terms, self.term, 1) + span(self.columns, self.column, 0);
        let taps = self.axes.iter().map(|axis| axis.taps).product::<usize>();
        assert!(self.kernel.len() >= span(taps, self.tap, tap), "the kernel is as long as its shape says");
        blocks
    }

    /// What the window meets at some places, if it meets anything.
    fn window(&self, places: [usize; 3]) -> Option<Window> {
        let mut window = Window { taps: [0; 3], x: 0, x_steps: [0; 3], w: 0, w_steps: [0; 3], terms: self.terms };
        let (mut line, mut tap) = (self.position * LANES, self.tap);
        for i in (0..3).rev() {
            let (axis, met) = (&self.axes[i], self.axes[i].taps_at(places[i]));
            if met.is_empty() {
                return None;
            }
            window.taps[i] = met.len();
            // The taps that are met lie on the operand.
            window.x += axis.position(places[i], met.start) as usize * line;
            window.x_steps[i] = axis.dilation * line;
            window.w += axis.tap_of_kernel(met.start) * tap;
            window.w_steps[i] = axis.tap_step * tap as isize;
            (line, tap) = (line * axis.extent, tap * axis.taps);
        }
        // The taps of a line may continue the terms, in the operand and in the kernel.
        let (x_term, w_term) = (LANES * self.terms, (self.term * self.terms) as isize);
        if window.x_steps[2] == x_term && window.w_steps[2] == w_term {
            window.terms *= window.taps[2];
            window.taps[2] = 1;
        }
        Some(window)
    }
}

/// The body of the sums, for any instruction set.
#[inline(always)]
pub(in crate::kernels) fn slide<I: Isa + Lanes<T>, T: Real>(_: I, slide: &mut Slide<'_, T>) {
    let blocks = slide.check();
    let (in_block, out_block) = (slide.extents() * slide.position * LANES, slide.totals() * slide.place * LANES);
    let ([a0, a1, axis], place) = (slide.axes, slide.place * LANES);
    let interior = axis.interior();
    for p0 in 0..a0.places {
        for p1 in 0..a1.places {
            let line = (a0.first + p0 * a0.step) * a1.total + a1.first + p1 * a1.step;
            let result = |at: usize| (line * axis.total + axis.first + at * axis.step) * place;
            let edges = interior.len()..axis.places;
            // Where the whole window lies on the operand, neighbouring places of a block are summed together; at the edges, the same
            // place of all blocks.
            for job in 0..blocks + edges.len() {
                let (window, places) = if job < blocks {
                    let (x, c) = (job * in_block, job * out_block + result(interior.start));
                    let (x_step, c_step) = (axis.stride * slide.position * LANES, axis.step * place);
                    let places = Places { x, x_step, c, c_step, count: interior.len() };
                    (slide.window([p0, p1, interior.start]), places)
                } else {
                    let edge = job - blocks;
                    let at = if edge < interior.start { edge } else { edge + interior.len() };
                    let places = Places { x: 0, x_step: in_block, c: result(at), c_step: out_block, count: blocks };
                    (slide.window([p0, p1, at]), places)
                };
                places.sum::<I, T>(slide, window);
            }
        }
    }
}

/// Places that meet the same taps, at equal distances.
struct Places {
    /// Where their first block begins in the operand.
    x: usize,
    /// From what one place meets to what the next meets.
    x_step: usize,
    /// The first place in the result.
    c: usize,
    /// From one to the next.
    c_step: usize,
    count: usize,
}

impl Places {
    #[inline(always)]
    fn sum<I: Isa + Lanes<T>, T: Real>(&self, slide: &mut Slide<'_, T>, window: Option<Window>) {
        let sums = if <I as Lanes<T>>::Vector::REGISTERS >= 32 { SUMS.0 } else { SUMS.1 };
        let none = Window { taps: [0; 3], x: 0, x_steps: [0; 3], w: 0, w_steps: [0; 3], terms: 0 };
        let window = window.unwrap_or(none);
        let mut first = 0;
        while first < self.count {
            let left = self.count - first;
            let tile = Tile {
                window,
                x: slide.operand.as_ptr().wrapping_add(self.x + first * self.x_step + window.x),
                x_step: self.x_step,
                w: slide.kernel.as_ptr().wrapping_add(window.w),
                term: slide.term,
                column: slide.column,
                c: slide.result.as_mut_ptr().wrapping_add(self.c + first * self.c_step),
                c_step: self.c_step,
            };
            // SAFETY: `check` has compared all lengths with the extents, in which places, positions, taps and columns lie.
            let places = unsafe {
                match left {
                    4.. if sums >= 24 => tile.columns::<I, 4>(slide.columns, sums / 4),
                    2.. => tile.columns::<I, 2>(slide.columns, sums / 2),
                    _ => tile.columns::<I, 1>(slide.columns, sums),
                }
            };
            first += places;
        }
    }
}

/// Some places of all columns.
struct Tile<T> {
    window: Window,
    /// What the first tap meets at the first place.
    x: *const T,
    /// From one place to the next.
    x_step: usize,
    /// The first tap.
    w: *const T,
    /// From one term of it to the next.
    term: usize,
    /// From one column to the next.
    column: usize,
    c: *mut T,
    c_step: usize,
}

impl<T: Real> Tile<T> {
    /// Sums `W` places, at most `most` columns at a time; `W`.
    ///
    /// # Safety
    /// The machine has the instruction set, and all that the window meets can be read or written.
    #[inline(always)]
    unsafe fn columns<I: Isa + Lanes<T>, const W: usize>(&self, columns: usize, most: usize) -> usize {
        let mut first = 0;
        while first < columns {
            let left = (columns - first).min(most);
            // SAFETY: as the caller says.
            unsafe {
                first += match left {
                    12.. => self.part::<I, 12, W>(first),
                    6.. => self.part::<I, 6, W>(first),
                    4.. => self.part::<I, 4, W>(first),
                    2.. => self.part::<I, 2, W>(first),
                    _ => self.part::<I, 1, W>(first),
                };
            }
        }
        W
    }

    /// Sums `F` columns from `first` on; `F`.
    ///
    /// # Safety
    /// As for [`Tile::columns`].
    #[inline(always)]
    unsafe fn part<I: Isa + Lanes<T>, const F: usize, const W: usize>(&self, first: usize) -> usize {
        // SAFETY: as the caller says; a register holds some of the lanes.
        unsafe {
            for lane in (0..LANES).step_by(<I as Lanes<T>>::Vector::LANES) {
                let (w, c) = (self.w.add(first * self.column), self.c.add(first * LANES + lane));
                tile::<<I as Lanes<T>>::Vector, T, F, W>(&Tile { x: self.x.wrapping_add(lane), w, c, ..*self });
            }
        }
        F
    }
}

/// One register of lanes of `F` columns and `W` places. Terms are added in their order.
///
/// # Safety
/// As for [`Tile::columns`].
#[expect(clippy::needless_range_loop, reason = "iterators over arrays are compiled for longer")]
#[inline(always)]
unsafe fn tile<V: Vector<T>, T: Real, const F: usize, const W: usize>(tile: &Tile<T>) {
    let Tile { window, x_step, term, column, .. } = *tile;
    // SAFETY: as the caller says.
    unsafe {
        let mut sums = [[V::splat(T::ZERO); W]; F];
        for t0 in 0..window.taps[0] {
            for t1 in 0..window.taps[1] {
                for t2 in 0..window.taps[2] {
                    let along = |steps: [usize; 3]| t0 * steps[0] + t1 * steps[1] + t2 * steps[2];
                    let [w0, w1, w2] = window.w_steps;
                    let mut x = tile.x.add(along(window.x_steps));
                    let mut w = tile.w.offset(t0 as isize * w0 + t1 as isize * w1 + t2 as isize * w2);
                    for _ in 0..window.terms {
                        let mut values = [V::splat(T::ZERO); W];
                        for place in 0..W {
                            values[place] = V::load(x.add(place * x_step));
                        }
                        for f in 0..F {
                            let weight = V::splat(*w.add(f * column));
                            for place in 0..W {
                                sums[f][place] = values[place].mul_add(weight, sums[f][place]);
                            }
                        }
                        (x, w) = (x.wrapping_add(LANES), w.wrapping_add(term));
                    }
                }
            }
        }
        for f in 0..F {
            for place in 0..W {
                sums[f][place].store(tile.c.add(f * LANES + place * tile.c_step));
            }
        }
    }
}
