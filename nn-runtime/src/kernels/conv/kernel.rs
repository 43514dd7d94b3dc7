//! The adjoint of a convolution for its kernel: each tile of it is summed over all places of all rows before it is written.

use super::meeting::{Line, Meeting};
use super::tile::in_columns;
use crate::kernels::view::fixed;
use crate::real::Real;

/// Channels that are summed together.
const CHANNELS: usize = 4;

/// As [`super::kernel`].
pub(super) fn kernel<T: Real>(meeting: &Meeting, kernel: &mut [T], input: &[T], output: &[T]) {
    if output.is_empty() {
        kernel.fill(T::ZERO);
        return;
    }
    let [a0, a1, a2] = &meeting.axes;
    let (channels, filters) = meeting.group();
    for (t0, t1) in (0..a0.window).flat_map(|t0| (0..a1.window).map(move |t1| (t0, t1))) {
        for (tap, group) in (0..a2.window).flat_map(|tap| (0..meeting.groups).map(move |group| (tap, group))) {
            let target = &mut kernel[((t0 * a1.window + t1) * a2.window + tap) * channels * meeting.filters..];
            let (c, f) = (group * channels, group * filters);
            let at_tap = (t0, t1, tap);
            in_columns!(filters, at => columns::<T>(meeting, &mut target[f + at..], at_tap, &input[c..], &output[f + at..]));
        }
    }
}

/// All channels of a group, and `W` filters.
fn columns<T: Real, const W: usize>(
    meeting: &Meeting,
    kernel: &mut [T],
    tap: (usize, usize, usize),
    input: &[T],
    output: &[T],
) {
    let (channels, _) = meeting.group();
    let mut at = 0;
    while at + CHANNELS <= channels {
        tile::<T, CHANNELS, W>(meeting, &mut kernel[at * meeting.filters..], tap, &input[at..], output);
        at += CHANNELS;
    }
    while at < channels {
        tile::<T, 1, W>(meeting, &mut kernel[at * meeting.filters..], tap, &input[at..], output);
        at += 1;
    }
}

/// `C` channels and `W` filters of one tap.
#[inline(always)]
fn tile<T: Real, const C: usize, const W: usize>(
    meeting: &Meeting,
    kernel: &mut [T],
    (t0, t1, tap): (usize, usize, usize),
    input: &[T],
    output: &[T],
) {
    let Meeting { axes: [_, _, axis], channels, filters, .. } = *meeting;
    let places = axis.places(tap);
    let mut sums = [[T::ZERO; W]; C];
    if !places.is_empty() {
        let first = axis.position(places.start, tap);
        for (input, output) in input.chunks(meeting.input_row()).zip(output.chunks(meeting.output_row())) {
            meeting.lines_of(t0, t1, |line: Line| {
                let a = &input[(line.input * axis.input + first) * channels..];
                let b = &output[(line.output * axis.places + places.start) * filters..];
                sums = outer_products(sums, (a, axis.stride * channels), (b, filters), places.len());
            });
        }
    }
    for (c, sums) in sums.iter().enumerate() {
        kernel[c * filters..][..W].copy_from_slice(sums);
    }
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
