//! One pass of a sum over windows: some terms of all taps, some columns, all places.

#![expect(unsafe_code, reason = "tiles read and write through pointers; all lengths are checked first")]

use core::ops::Range;

use super::{Plan, Slide, TAPS};
use crate::kernels::Compiled;
use crate::kernels::gemm::{Copied, PANEL, Run, Strip, Tile};
use crate::real::Real;

/// The terms and columns of one pass over all places.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) first_column: usize,
    pub(super) width: usize,
    pub(super) first: usize,
    pub(super) depth: usize,
    pub(super) plan: Plan,
    pub(super) packs: bool,
}

/// Lines of the operand that lie in the room, by number.
struct Lines {
    tags: [usize; TAPS],
    /// Values of one.
    size: usize,
}

impl Part {
    /// Calls `each` with the number of each tap in the window, and with its place in the kernel.
    fn taps<T>(slide: &Slide<'_, T>, mut each: impl FnMut(usize, usize)) {
        let [a0, a1, a2] = &slide.axes;
        let mut number = 0;
        for t0 in 0..a0.window {
            for t1 in 0..a1.window {
                for t2 in 0..a2.window {
                    each(number, kernel_tap(slide, [t0, t1, t2]));
                    number += 1;
                }
            }
        }
    }

    /// Copies the part of the kernel side by side: `[taps, depth, PANEL]`.
    pub(super) fn pack<I: Compiled<T>, T: Real>(&self, isa: I, slide: &Slide<'_, T>, room: *mut T) {
        let (row, column) = if slide.across { (1, slide.kernel_row) } else { (slide.kernel_row, 1) };
        Self::taps(slide, |number, at| {
            // SAFETY: `check` has compared the kernel with its shape; the plan leaves room for all taps.
            unsafe {
                isa.copy(Copied::new(
                    slide.kernel.as_ptr().add(at + self.first * row + self.first_column * column),
                    slide.kernel_row,
                    slide.across,
                    (self.depth, self.width),
                    room.add(number * self.depth * PANEL),
                ));
            }
        });
    }

    /// Adds up all places.
    pub(super) fn sum<I: Compiled<T>, T: Real>(
        &self,
        isa: I,
        slide: &mut Slide<'_, T>,
        kernel: *const T,
        lines: *mut T,
    ) {
        let [a0, a1, axis] = slide.axes;
        let mut held = Lines { tags: [usize::MAX; TAPS], size: axis.span(self.plan.places) * self.depth };
        for row in 0..slide.rows {
            for first in (0..axis.places).step_by(self.plan.places) {
                let places = first..axis.places.min(first + self.plan.places);
                held.tags = [usize::MAX; TAPS];
                for (p0, p1) in (0..a0.places).flat_map(|p0| (0..a1.places).map(move |p1| (p0, p1))) {
                    self.line(isa, slide, (row, p0, p1), places.clone(), kernel, (lines, &mut held));
                }
            }
        }
    }

    /// Some places of one line.
    fn line<I: Compiled<T>, T: Real>(
        &self,
        isa: I,
        slide: &mut Slide<'_, T>,
        (row, p0, p1): (usize, usize, usize),
        places: Range<usize>,
        kernel: *const T,
        (lines, held): (*mut T, &mut Lines),
    ) {
        let [a0, a1, axis] = slide.axes;
        let mut runs = [Run { a: 0, b: 0, k: 0 }; TAPS];
        let mut count = 0;
        let number = |t0, t1| {
            ((row * a0.extent) as isize + a0.position(p0, t0)) as usize * a1.extent + a1.position(p1, t1) as usize
        };
        let (taps0, taps1) = (a0.taps_at(p0), a1.taps_at(p1));
        let needed = || taps0.clone().flat_map(|t0| taps1.clone().map(move |t1| (t0, t1)));
        let slots = a0.window * a1.window;
        if self.plan.pads {
            let is_needed = |tag: usize| needed().any(|(t0, t1)| number(t0, t1) == tag);
            for (t0, t1) in needed() {
                let line = number(t0, t1);
                if !held.tags[..slots].contains(&line) {
                    let slot = held.tags[..slots].iter().position(|tag| !is_needed(*tag)).unwrap_or(0);
                    held.tags[slot] = line;
                    // SAFETY: the plan leaves room for as many lines as there are in the window.
                    unsafe { self.copy_line(slide, line, &places, lines.add(slot * held.size)) };
                }
            }
        }
        let position = if self.plan.pads { self.depth } else { slide.position };
        let follow_a = axis.dilation == 1 && self.depth == position;
        let follow_b = self.packs || (axis.tap_step == 1 && slide.tap == self.depth * slide.kernel_row);
        for (t0, t1) in needed() {
            let line = number(t0, t1);
            let a = if self.plan.pads {
                held.tags[..slots].iter().position(|tag| *tag == line).unwrap_or(0) * held.size
            } else {
                (line * axis.extent).wrapping_add_signed(axis.position(places.start, 0)) * position + self.first
            };
            let b = |t2| match self.packs {
                true => ((t0 * a1.window + t1) * axis.window + t2) * self.depth * PANEL,
                false => kernel_tap(slide, [t0, t1, t2]) + self.first * slide.kernel_row + self.first_column,
            };
            if follow_a && follow_b {
                if axis.window > 0 {
                    runs[count] = Run { a, b: b(0), k: axis.window * self.depth };
                    count += 1;
                }
            } else {
                for t2 in 0..axis.window {
                    runs[count] = Run { a: a + t2 * axis.dilation * position, b: b(t2), k: self.depth };
                    count += 1;
                }
            }
        }
        let at = ((row * a0.total + a0.first + p0 * a0.step) * a1.total + a1.first + p1 * a1.step) * axis.total;
        let c = (at + axis.first + places.start * axis.step) * slide.place + self.first_column;
        // SAFETY: `check` has compared all lengths with the extents, in which places, positions and taps lie; lines that
        // were copied have as many positions as the places meet.
        unsafe {
            let first = Tile {
                runs: &runs[..count],
                a: if self.plan.pads { lines.cast_const() } else { slide.operand.as_ptr() },
                a_row: axis.stride * position,
                a_step: 1,
                b: if self.packs { kernel } else { slide.kernel.as_ptr() },
                b_step: if self.packs { PANEL } else { slide.kernel_row },
                c: slide.result.as_mut_ptr().add(c),
                c_row: axis.step * slide.place,
                adds: slide.adds || self.first > 0,
            };
            isa.strip(Strip::new(first, places.len(), self.width));
        }
    }

    /// Copies what some places meet of a line of the operand, with zeros where they meet nothing.
    ///
    /// # Safety
    /// There is such a line, and room for what the places meet.
    unsafe fn copy_line<T: Real>(&self, slide: &Slide<'_, T>, line: usize, places: &Range<usize>, to: *mut T) {
        let axis = &slide.axes[2];
        let begin = axis.position(places.start, 0);
        let span = axis.span(places.len());
        let from = usize::try_from(-begin).unwrap_or(0).min(span);
        let until = usize::try_from(axis.extent as isize - begin).unwrap_or(0).clamp(from, span);
        let depth = self.depth;
        // SAFETY: positions from `from` until `until` lie on the line.
        unsafe {
            to.write_bytes(0, from * depth);
            to.add(until * depth).write_bytes(0, (span - until) * depth);
            if from < until {
                let first =
                    (line * axis.extent).wrapping_add_signed(begin + from as isize) * slide.position + self.first;
                let source = slide.operand.as_ptr().add(first);
                if slide.position == depth {
                    source.copy_to_nonoverlapping(to.add(from * depth), (until - from) * depth);
                } else {
                    for at in 0..until - from {
                        let to = to.add((from + at) * depth);
                        source.add(at * slide.position).copy_to_nonoverlapping(to, depth);
                    }
                }
            }
        }
    }
}

/// Where a tap of the window begins in the kernel.
fn kernel_tap<T>(slide: &Slide<'_, T>, [t0, t1, t2]: [usize; 3]) -> usize {
    let [a0, a1, a2] = &slide.axes;
    ((a0.tap_of_kernel(t0) * a1.taps + a1.tap_of_kernel(t1)) * a2.taps + a2.tap_of_kernel(t2)) * slide.tap
}
