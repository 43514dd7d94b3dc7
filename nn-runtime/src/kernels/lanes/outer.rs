//! Sums over all rows of products of two values: gradients of kernels and of matrices.

#![expect(unsafe_code, reason = "tiles read and write through pointers; all lengths are checked first")]

use core::mem::MaybeUninit;
use core::ops::Range;

use super::LANES;
use crate::isa::{Isa, Lanes, Vector};
use crate::kernels::Compiled;
use crate::kernels::conv::{Meeting, Sliding};
use crate::kernels::gemm::{Copied, PANEL, Run, Strip, Tile};
use crate::kernels::sum;
use crate::real::Real;

/// `c[i, j] = sum over blocks and lanes of a[i] * b[j]`
#[derive(Debug)]
pub struct Outer<'a, T> {
    /// `[m, n]`
    pub(super) c: &'a mut [T],
    /// `[blocks, m, LANES]`
    pub(super) a: &'a [T],
    /// `[blocks, n, LANES]`
    pub(super) b: &'a [T],
    pub(super) m: usize,
    pub(super) n: usize,
}

/// Blocks that are added up at once.
const BLOCKS: usize = 8;

/// The body of a sum of outer products, for any instruction set: the lanes of a block are the terms of a matrix product.
#[inline(always)]
pub(in crate::kernels) fn outer<I: Isa + Compiled<T>, T: Real>(isa: I, outer: Outer<'_, T>) {
    let Outer { c, a, b, m, n } = outer;
    let blocks = a.len() / (m * LANES);
    assert!(c.len() >= m * n && b.len() >= blocks * n * LANES, "all parts are as long as their shapes say");
    if blocks == 0 {
        return c.fill(T::ZERO);
    }
    let mut room: [MaybeUninit<T>; BLOCKS * LANES * PANEL] = [const { MaybeUninit::uninit() }; _];
    let room = room.as_mut_ptr().cast::<T>();
    for column in (0..n).step_by(PANEL) {
        let width = PANEL.min(n - column);
        for first in (0..blocks).step_by(BLOCKS) {
            let count = BLOCKS.min(blocks - first);
            let mut runs = [Run { a: 0, b: 0, k: LANES }; BLOCKS];
            for (at, run) in runs[..count].iter_mut().enumerate() {
                let block = first + at;
                (run.a, run.b) = (block * m * LANES, at * LANES * PANEL);
                // SAFETY: the lengths have been compared with the extents; there is room for `BLOCKS` blocks.
                unsafe {
                    let from = b.as_ptr().add((block * n + column) * LANES);
                    isa.copy(Copied::new(from, LANES, true, (LANES, width), room.add(run.b)));
                }
            }
            // SAFETY: the same.
            unsafe {
                let tile = Tile {
                    runs: &runs[..count],
                    a: a.as_ptr(),
                    a_row: LANES,
                    a_step: 1,
                    b: room.cast_const(),
                    b_step: PANEL,
                    c: c.as_mut_ptr().add(column),
                    c_row: n,
                    adds: first > 0,
                    along: false,
                };
                isa.strip(Strip::new(tile, m, width));
            }
        }
    }
}

/// The body of the adjoint of a convolution for its kernel, for any instruction set: each lane adds up its own products over all
/// places and blocks, and the lanes are added at the end.
#[inline(always)]
pub(in crate::kernels) fn of_windows<I: Isa + Lanes<T>, T: Real>(
    _: I,
    meeting: &Meeting,
    kernel: &mut [T],
    input: &[T],
    output: &[T],
) {
    let [a0, a1, axis] = &meeting.axes;
    let blocks = output.len() / (meeting.output_row() * LANES);
    assert!(input.len() >= blocks * meeting.input_row() * LANES, "the input is as long as its shape says");
    let taps: usize = meeting.axes.iter().map(|axis| axis.window).product();
    assert!(kernel.len() >= taps * meeting.tap(), "the kernel is as long as its shape says");
    let (channels, filters) = meeting.group();
    // Taps of a line continue the channels, if all of them lie on the input at all places.
    let continues = axis.interior() == (0..axis.places) && axis.dilation == 1 && meeting.groups == 1;
    let (steps, rows) = if continues { (1, axis.window * channels) } else { (axis.window, channels) };
    for group in 0..meeting.groups {
        for t0 in 0..a0.window {
            for t1 in 0..a1.window {
                for tap in 0..steps {
                    let taps = Taps {
                        blocks,
                        outer: [(a0, t0), (a1, t1)],
                        tap,
                        places: if continues { 0..axis.places } else { axis.places(tap) },
                        channel: group * channels,
                        filter: group * filters,
                    };
                    let at = ((t0 * a1.window + t1) * axis.window + tap) * channels;
                    // SAFETY: the lengths have been compared with the shapes.
                    unsafe {
                        taps.sum::<I, T>(meeting, &mut kernel[at * meeting.filters..], input, output, rows, filters)
                    };
                }
            }
        }
    }
}

/// Taps of the kernel that follow each other, and where they meet the output.
struct Taps<'a> {
    blocks: usize,
    /// The outer axes, and the tap on each.
    outer: [(&'a Sliding, usize); 2],
    /// The first tap on the innermost axis.
    tap: usize,
    /// The places on it.
    places: Range<usize>,
    /// The first channel.
    channel: usize,
    /// The first filter.
    filter: usize,
}

impl Taps<'_> {
    /// The sums for so many rows of the kernel and so many filters.
    ///
    /// # Safety
    /// The machine has the instruction set; the arrays are as long as the meeting says.
    #[inline(always)]
    unsafe fn sum<I: Isa + Lanes<T>, T: Real>(
        &self,
        meeting: &Meeting,
        kernel: &mut [T],
        input: &[T],
        output: &[T],
        rows: usize,
        filters: usize,
    ) {
        let many = <I as Lanes<T>>::Vector::REGISTERS >= 32;
        let mut row = 0;
        while row < rows {
            let mut filter = 0;
            let height = match rows - row {
                4.. if many => 4,
                2.. => 2,
                _ => 1,
            };
            while filter < filters {
                macro_rules! tile {
                    ($rows:literal, $filters:literal) => {{
                        let mut sums = [[[T::ZERO; LANES]; $filters]; $rows];
                        // SAFETY: as the caller says.
                        unsafe { self.tile::<I, T, $rows, $filters>(meeting, &mut sums, input, output, row, filter) };
                        for (r, sums) in sums.iter().enumerate() {
                            let to = (row + r) * meeting.filters + self.filter + filter;
                            for (to, sums) in kernel[to..].iter_mut().zip(sums) {
                                *to = sum(*sums);
                            }
                        }
                        filter += $filters;
                    }};
                }
                match (height, filters - filter) {
                    (4, 6..) => tile!(4, 6),
                    (4, 2..) => tile!(4, 2),
                    (4, _) => tile!(4, 1),
                    (2, 6..) => tile!(2, 6),
                    (2, 2..) => tile!(2, 2),
                    (2, _) => tile!(2, 1),
                    (_, 6..) => tile!(1, 6),
                    (_, 2..) => tile!(1, 2),
                    _ => tile!(1, 1),
                }
            }
            row += height;
        }
    }

    /// The sums of each lane for `R` rows of the kernel from `row` on and `F` filters from `filter` on.
    ///
    /// # Safety
    /// As for [`Taps::sum`].
    #[inline(always)]
    unsafe fn tile<I: Isa + Lanes<T>, T: Real, const R: usize, const F: usize>(
        &self,
        meeting: &Meeting,
        total: &mut [[[T; LANES]; F]; R],
        input: &[T],
        output: &[T],
        row: usize,
        filter: usize,
    ) {
        type Register<I, T> = <I as Lanes<T>>::Vector;
        let [(a0, t0), (a1, t1)] = self.outer;
        let axis = &meeting.axes[2];
        let (x_step, y_step) = (axis.stride * meeting.channels * LANES, meeting.filters * LANES);
        for lane in (0..LANES).step_by(Register::<I, T>::LANES) {
            // SAFETY: as the caller says; places and positions lie within their axes, registers within their lanes.
            unsafe {
                let mut sums = [[Register::<I, T>::splat(T::ZERO); F]; R];
                for block in 0..self.blocks {
                    for p0 in a0.places(t0) {
                        for p1 in a1.places(t1) {
                            if self.places.is_empty() {
                                continue;
                            }
                            let line = (block * a0.input + a0.position(p0, t0)) * a1.input + a1.position(p1, t1);
                            let at = line * axis.input + axis.position(self.places.start, self.tap);
                            let x = (at * meeting.channels + self.channel + row) * LANES + lane;
                            let line = (block * a0.places + p0) * a1.places + p1;
                            let at = line * axis.places + self.places.start;
                            let y = (at * meeting.filters + self.filter + filter) * LANES + lane;
                            let (mut x, mut y) = (input.as_ptr().add(x), output.as_ptr().add(y));
                            for _ in self.places.clone() {
                                let mut ys = [Register::<I, T>::splat(T::ZERO); F];
                                for (f, value) in ys.iter_mut().enumerate() {
                                    *value = Register::<I, T>::load(y.add(f * LANES));
                                }
                                for (r, sums) in sums.iter_mut().enumerate() {
                                    let value = Register::<I, T>::load(x.add(r * LANES));
                                    for (sum, y) in sums.iter_mut().zip(ys) {
                                        *sum = value.mul_add(y, *sum);
                                    }
                                }
                                (x, y) = (x.wrapping_add(x_step), y.wrapping_add(y_step));
                            }
                        }
                    }
                }
                for (sums, total) in sums.iter().flatten().zip(total.iter_mut().flatten()) {
                    sums.store(total.as_mut_ptr().add(lane));
                }
            }
        }
    }
}
