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

/// Copies of lines of the operand, in slots of the room.
struct Lines<T> {
    values: *mut T,
    /// Slots.
    count: usize,
    /// Values of one.
    size: usize,
    /// The number of the line in each slot.
    tags: [usize; TAPS],
}

impl<T> Lines<T> {
    /// The slot of a line.
    fn slot(&self, number: usize) -> Option<usize> {
        self.tags[..self.count].iter().position(|tag| *tag == number)
    }
}

/// Neighbouring places of a line of the result.
struct Line {
    row: usize,
    outer: (usize, usize),
    places: Range<usize>,
}

impl Line {
    /// The taps of the outer axes that lie on the operand, each with the number of the line of the operand that it meets.
    fn meets<T>(&self, slide: &Slide<'_, T>) -> impl Iterator<Item = ((usize, usize), usize)> {
        let [a0, a1, _] = slide.axes;
        let Self { row, outer: (p0, p1), .. } = *self;
        let taps1 = a1.taps_at(p1);
        a0.taps_at(p0).flat_map(move |t0| {
            taps1.clone().map(move |t1| {
                // These positions lie on the operand.
                let (at0, at1) = (a0.position(p0, t0) as usize, a1.position(p1, t1) as usize);
                ((t0, t1), (row * a0.extent + at0) * a1.extent + at1)
            })
        })
    }
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
        let mut lines = Lines {
            values: lines,
            count: a0.window * a1.window,
            size: axis.span(self.plan.places) * self.depth,
            tags: [usize::MAX; TAPS],
        };
        for row in 0..slide.rows {
            for first in (0..axis.places).step_by(self.plan.places) {
                let places = first..axis.places.min(first + self.plan.places);
                lines.tags.fill(usize::MAX);
                for (p0, p1) in (0..a0.places).flat_map(|p0| (0..a1.places).map(move |p1| (p0, p1))) {
                    let line = Line { row, outer: (p0, p1), places: places.clone() };
                    if self.plan.pads {
                        self.hold(slide, &line, &mut lines);
                    }
                    self.line(isa, slide, &line, kernel, &lines);
                }
            }
        }
    }

    /// Copies those lines of the operand that are needed and not held yet.
    fn hold<T: Real>(&self, slide: &Slide<'_, T>, line: &Line, lines: &mut Lines<T>) {
        for (_, number) in line.meets(slide) {
            if lines.slot(number).is_none() {
                let is_needed = |tag: usize| line.meets(slide).any(|(_, number)| number == tag);
                // There are as many slots as lines that can be needed.
                let slot = lines.tags[..lines.count].iter().position(|tag| !is_needed(*tag)).unwrap_or(0);
                lines.tags[slot] = number;
                // SAFETY: the plan leaves room for as many lines as there are in the window.
                unsafe { self.copy_line(slide, number, &line.places, lines.values.add(slot * lines.size)) };
            }
        }
    }

    /// Adds up the places of a line.
    fn line<I: Compiled<T>, T: Real>(
        &self,
        isa: I,
        slide: &mut Slide<'_, T>,
        line: &Line,
        kernel: *const T,
        lines: &Lines<T>,
    ) {
        let [a0, a1, axis] = slide.axes;
        let pads = self.plan.pads;
        let mut runs = [Run { a: 0, b: 0, k: 0 }; TAPS];
        let count = self.runs(slide, line, lines, &mut runs);
        let (l0, l1) = (a0.first + line.outer.0 * a0.step, a1.first + line.outer.1 * a1.step);
        let at = ((line.row * a0.total + l0) * a1.total + l1) * axis.total;
        let c = (at + axis.first + line.places.start * axis.step) * slide.place + self.first_column;
        // SAFETY: `check` has compared all lengths with the extents, in which places, positions and taps lie; lines that
        // were copied have as many positions as the places meet.
        unsafe {
            let first = Tile {
                runs: &runs[..count],
                a: if pads { lines.values.cast_const() } else { slide.operand.as_ptr() },
                a_row: axis.stride * if pads { self.depth } else { slide.position },
                a_step: 1,
                b: if self.packs { kernel } else { slide.kernel.as_ptr() },
                b_step: if self.packs { PANEL } else { slide.kernel_row },
                c: slide.result.as_mut_ptr().add(c),
                c_row: axis.step * slide.place,
                adds: slide.adds || self.first > 0,
            };
            isa.strip(Strip::new(first, line.places.len(), self.width));
        }
    }

    /// Writes down where the terms of a line lie; how many runs they are.
    fn runs<T: Real>(&self, slide: &Slide<'_, T>, line: &Line, lines: &Lines<T>, runs: &mut [Run; TAPS]) -> usize {
        let [_, a1, axis] = &slide.axes;
        let position = if self.plan.pads { self.depth } else { slide.position };
        // Whether the taps of a line continue the terms, in the operand and in the kernel.
        let continues = axis.dilation == 1
            && self.depth == position
            && (self.packs || (axis.tap_step == 1 && slide.tap == self.depth * slide.kernel_row));
        let (each, k) = if continues { (axis.window, axis.window * self.depth) } else { (1, self.depth) };
        let mut count = 0;
        for ((t0, t1), number) in line.meets(slide) {
            let a = match lines.slot(number) {
                Some(slot) if self.plan.pads => slot * lines.size,
                _ => {
                    let first = axis.position(line.places.start, 0);
                    (number * axis.extent).wrapping_add_signed(first) * position + self.first
                }
            };
            for t2 in (0..axis.window).step_by(each.max(1)) {
                let b = match self.packs {
                    true => ((t0 * a1.window + t1) * axis.window + t2) * self.depth * PANEL,
                    false => kernel_tap(slide, [t0, t1, t2]) + self.first * slide.kernel_row + self.first_column,
                };
                runs[count] = Run { a: a + t2 * axis.dilation * position, b, k };
                count += 1;
            }
        }
        count
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
