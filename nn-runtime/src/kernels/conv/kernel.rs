//! The adjoint of a convolution for its kernel: each tile of it is summed over all places of all rows before it is written.

use core::ops::Range;

use super::meeting::{Line, Meeting};
use super::tile::{in_columns, load, store};
use crate::kernels::view::fixed;
use crate::real::Real;

/// Channels that are summed together.
const CHANNELS: usize = 4;

/// As [`super::kernel`].
#[inline(always)]
pub(super) fn kernel<T: Real>(meeting: &Meeting, kernel: &mut [T], input: &[T], output: &[T]) {
    kernel.fill(T::ZERO);
    if output.is_empty() {
        return;
    }
    let [a0, a1, axis] = &meeting.axes;
    let (channels, filters) = meeting.group();
    let interior = axis.interior();
    // Few channels fill no tile. Where the whole window lies on the input, its taps continue the channels, in input and kernel.
    let whole = channels < CHANNELS && meeting.groups == 1 && axis.dilation == 1 && !interior.is_empty();
    for outer in (0..a0.window).flat_map(|t0| (0..a1.window).map(move |t1| (t0, t1))) {
        let line = &mut kernel[(outer.0 * a1.window + outer.1) * axis.window * channels * meeting.filters..];
        if whole {
            let window = Part { outer, tap: 0, places: interior.clone(), channels: axis.window * channels };
            in_columns!(filters, f => columns::<T>(meeting, &mut line[f..], &window, input, &output[f..]));
        }
        for tap in 0..axis.window {
            let all = axis.places(tap);
            let rest = match whole {
                true => [all.start..interior.start.min(all.end), interior.end.max(all.start)..all.end],
                false => [all, 0..0],
            };
            let target = &mut line[tap * channels * meeting.filters..];
            for (group, places) in (0..meeting.groups).flat_map(|group| rest.clone().map(|places| (group, places))) {
                let (c, f) = (group * channels, group * filters);
                let part = Part { outer, tap, places, channels };
                in_columns!(filters, at => columns::<T>(meeting, &mut target[f + at..], &part, &input[c..], &output[f + at..]));
            }
        }
    }
}

/// What is summed at once: some places of one line, and channels that follow each other from one tap on.
struct Part {
    outer: (usize, usize),
    tap: usize,
    places: Range<usize>,
    channels: usize,
}

/// All channels of a part, and `W` filters.
#[inline(always)]
fn columns<T: Real, const W: usize>(meeting: &Meeting, kernel: &mut [T], part: &Part, input: &[T], output: &[T]) {
    if part.places.is_empty() {
        return;
    }
    let mut at = 0;
    while at + CHANNELS <= part.channels {
        tile::<T, CHANNELS, W>(meeting, &mut kernel[at * meeting.filters..], part, &input[at..], output);
        at += CHANNELS;
    }
    while at < part.channels {
        tile::<T, 1, W>(meeting, &mut kernel[at * meeting.filters..], part, &input[at..], output);
        at += 1;
    }
}

/// `C` channels and `W` filters.
#[inline(always)]
fn tile<T: Real, const C: usize, const W: usize>(
    meeting: &Meeting,
    kernel: &mut [T],
    part: &Part,
    input: &[T],
    output: &[T],
) {
    let Meeting { axes: [_, _, axis], channels, filters, .. } = *meeting;
    let start = part.places.start;
    let first = axis.position(start, part.tap);
    let mut sums = load::<T, C, W>(kernel, filters);
    for (input, output) in input.chunks(meeting.input_row()).zip(output.chunks(meeting.output_row())) {
        meeting.lines_of(part.outer.0, part.outer.1, |line: Line| {
            let a = &input[(line.input * axis.input + first) * channels..];
            let b = &output[(line.output * axis.places + start) * filters..];
            sums = outer_products(sums, (a, axis.stride * channels), (b, filters), part.places.len());
        });
    }
    store(&sums, kernel, filters);
}

/// `sums[c][j] += a[p * step + c] * b[p * row + j]` for `p` below `count`, in the order of `p`.
#[inline(always)]
fn outer_products<T: Real, const C: usize, const W: usize>(
    mut sums: [[T; W]; C],
    (a, step): (&[T], usize),
    (b, row): (&[T], usize),
    count: usize,
) -> [[T; W]; C] {
    for p in 0..count {
        let (a, b): (&[T; C], &[T; W]) = (fixed(&a[p * step..]), fixed(&b[p * row..]));
        for c in 0..C {
            for j in 0..W {
                sums[c][j] += a[c] * b[j];
            }
        }
    }
    sums
}
