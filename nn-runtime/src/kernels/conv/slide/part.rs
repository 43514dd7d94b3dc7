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
    /// The first column, and how many.
    pub(super) columns: (usize, usize),
    /// The first value of a position of the operand that is used, and how many.
    pub(super) values: (usize, usize),
    /// The first row of a tap of the kernel that is used, and how many.
    pub(super) rows: (usize, usize),
    pub(super) plan: Plan,
    pub(super) packs: bool,
}

/// What is at hand for the line that is computed.
struct Desk<T> {
    /// Room for copies of lines of the operand, in slots.
    lines: *mut T,
    /// Slots.
    slots: usize,
    /// Values of one.
    size: usize,
    /// The number of the line in each slot.
    held: [usize; TAPS],
    /// What the window meets: some of the first entries.
    meets: [Met; TAPS],
    runs: [Run; TAPS],
}

/// A line of the operand that the window meets.
#[derive(Clone, Copy, Default)]
struct Met {
    /// The taps of the outer axes.
    taps: (usize, usize),
    /// Number of the line.
    number: usize,
    /// Where there is a copy of it.
    slot: usize,
}

/// Neighbouring places of a line of the result.
struct Line {
    row: usize,
    outer: (usize, usize),
    places: Range<usize>,
}

impl Line {
    /// Writes down the lines of the operand that meet this one, in the order of the taps; how many they are.
    fn meets<T>(&self, slide: &Slide<'_, T>, meets: &mut [Met; TAPS]) -> usize {
        let [a0, a1, _] = &slide.axes;
        let taps1 = a1.taps_at(self.outer.1);
        let mut count = 0;
        let taps = a0.taps_at(self.outer.0).flat_map(|t0| taps1.clone().map(move |t1| (t0, t1)));
        // A plan has no more taps than there is room for.
        for (met, (t0, t1)) in meets.iter_mut().zip(taps) {
            // These positions lie on the operand.
            let first = (self.row * a0.extent + a0.position(self.outer.0, t0) as usize) * a1.extent;
            let number = first + a1.position(self.outer.1, t1) as usize;
            *met = Met { taps: (t0, t1), number, slot: 0 };
            count += 1;
        }
        count
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

    /// Copies the part of the kernel side by side: `[taps, rows, PANEL]`.
    pub(super) fn pack<I: Compiled<T>, T: Real>(&self, isa: I, slide: &Slide<'_, T>, room: *mut T) {
        let (row, column) = if slide.across { (1, slide.kernel_row) } else { (slide.kernel_row, 1) };
        Self::taps(slide, |number, at| {
            // SAFETY: `check` has compared the kernel with its shape; the plan leaves room for all taps.
            unsafe {
                isa.copy(Copied::new(
                    slide.kernel.as_ptr().add(at + self.rows.0 * row + self.columns.0 * column),
                    slide.kernel_row,
                    slide.across,
                    (self.rows.1, self.columns.1),
                    room.add(number * self.rows.1 * PANEL),
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
        if a0.places == 0 || a1.places == 0 {
            return;
        }
        let mut desk = Desk {
            lines,
            slots: a0.window * a1.window,
            size: axis.span(self.plan.places) * self.values.1,
            held: [usize::MAX; TAPS],
            meets: [Met::default(); TAPS],
            runs: [Run { a: 0, b: 0, k: 0 }; TAPS],
        };
        for row in 0..slide.rows {
            for first in (0..axis.places).step_by(self.plan.places) {
                let places = first..axis.places.min(first + self.plan.places);
                desk.held[..desk.slots].fill(usize::MAX);
                for p0 in 0..a0.places {
                    for p1 in 0..a1.places {
                        let line = Line { row, outer: (p0, p1), places: places.clone() };
                        self.line(isa, slide, &line, kernel, &mut desk);
                    }
                }
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
        desk: &mut Desk<T>,
    ) {
        let [a0, a1, axis] = &slide.axes;
        let pads = self.plan.pads;
        let position = if pads { self.values.1 } else { slide.position };
        let count = line.meets(slide, &mut desk.meets);
        if pads {
            self.hold(isa, slide, line, count, desk);
        }
        let count = self.runs(slide, line, count, desk);
        let (l0, l1) = (a0.first + line.outer.0 * a0.step, a1.first + line.outer.1 * a1.step);
        let at = ((line.row * a0.total + l0) * a1.total + l1) * axis.total;
        let c = (at + axis.first + line.places.start * axis.step) * slide.place + self.columns.0;
        // SAFETY: `check` has compared all lengths with the extents, in which places, positions and taps lie; lines that
        // were copied have as many positions as the places meet.
        unsafe {
            let first = Tile {
                runs: &desk.runs[..count],
                a: if pads { desk.lines.cast_const() } else { slide.operand.as_ptr() },
                a_row: axis.stride * position,
                a_step: if slide.along { axis.dilation * position } else { 1 },
                b: if self.packs { kernel } else { slide.kernel.as_ptr() },
                b_step: if self.packs { PANEL } else { slide.kernel_row },
                c: slide.result.as_mut_ptr().add(c),
                c_row: axis.step * slide.place,
                adds: slide.adds || self.rows.0 > 0,
                along: slide.along,
            };
            isa.strip(Strip::new(first, line.places.len(), self.columns.1));
        }
    }

    /// Copies those of the first `count` lines that the window meets that no slot holds.
    fn hold<I: Compiled<T>, T: Real>(
        &self,
        isa: I,
        slide: &Slide<'_, T>,
        line: &Line,
        count: usize,
        desk: &mut Desk<T>,
    ) {
        let Desk { held, meets, .. } = desk;
        let (held, meets) = (&mut held[..desk.slots], &mut meets[..count]);
        for at in 0..count {
            let number = meets[at].number;
            meets[at].slot = held.iter().position(|held| *held == number).unwrap_or_else(|| {
                // There are as many slots as lines that the window can meet.
                let is_met = |line: usize| meets.iter().any(|met| met.number == line);
                let free = held.iter().position(|held| !is_met(*held)).unwrap_or(0);
                held[free] = number;
                // SAFETY: the plan leaves room for as many lines as there are slots.
                unsafe { self.copy_line(isa, slide, number, &line.places, desk.lines.add(free * desk.size)) };
                free
            });
        }
    }

    /// Writes down where the terms lie that the window meets on `count` lines; how many runs they are.
    fn runs<T: Real>(&self, slide: &Slide<'_, T>, line: &Line, count: usize, desk: &mut Desk<T>) -> usize {
        let [_, a1, axis] = &slide.axes;
        let position = if self.plan.pads { self.values.1 } else { slide.position };
        // Whether the taps of a line continue the terms, in the operand and in the kernel.
        let continues = slide.along
            || (axis.dilation == 1
                && self.values.1 == position
                && (self.packs || (axis.tap_step == 1 && slide.tap == self.rows.1 * slide.kernel_row)));
        let each = if continues { axis.window.max(1) } else { 1 };
        let k = each * self.rows.1;
        let size = desk.size;
        let taps = desk.meets[..count].iter().flat_map(|met| (0..axis.window).step_by(each).map(move |tap| (met, tap)));
        let mut runs = 0;
        // A plan has no more taps than there is room for.
        for (run, (met, tap)) in desk.runs.iter_mut().zip(taps) {
            let a = if self.plan.pads {
                met.slot * size
            } else {
                let first = axis.position(line.places.start, 0);
                (met.number * axis.extent).wrapping_add_signed(first) * position + self.values.0
            };
            let b = match self.packs {
                true => ((met.taps.0 * a1.window + met.taps.1) * axis.window + tap) * self.rows.1 * PANEL,
                false => {
                    let at = kernel_tap(slide, [met.taps.0, met.taps.1, tap]);
                    at + self.rows.0 * slide.kernel_row + self.columns.0
                }
            };
            *run = Run { a: a + tap * axis.dilation * position, b, k };
            runs += 1;
        }
        runs
    }

    /// Copies what some places meet of a line of the operand, with zeros where they meet nothing.
    ///
    /// # Safety
    /// There is such a line, and room for what the places meet.
    unsafe fn copy_line<I: Compiled<T>, T: Real>(
        &self,
        isa: I,
        slide: &Slide<'_, T>,
        line: usize,
        places: &Range<usize>,
        to: *mut T,
    ) {
        let axis = &slide.axes[2];
        let begin = axis.position(places.start, 0);
        let span = axis.span(places.len());
        let from = usize::try_from(-begin).unwrap_or(0).min(span);
        let until = usize::try_from(axis.extent as isize - begin).unwrap_or(0).clamp(from, span);
        let (first, depth) = self.values;
        // SAFETY: positions from `from` until `until` lie on the line.
        unsafe {
            to.write_bytes(0, from * depth);
            to.add(until * depth).write_bytes(0, (span - until) * depth);
            if from < until {
                let begin = (line * axis.extent).wrapping_add_signed(begin + from as isize);
                let source = slide.operand.as_ptr().add(begin * slide.position + first);
                let to = to.add(from * depth);
                if slide.position == depth {
                    source.copy_to_nonoverlapping(to, (until - from) * depth);
                } else {
                    isa.copy(Copied::new(source, slide.position, false, (until - from, depth), to).dense());
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
