//! The convolution itself: each tile of the output is summed over all taps and channels before it is written.

use core::ops::Range;

use super::axis::Axis;
use super::meeting::Meeting;
use super::slide::{Slide, slide};
use super::tile::{accumulate, accumulate_across, in_columns, store};
use crate::kernels::Compiled;
use crate::real::Real;

/// Filters from which on tiles of places and filters are summed in registers.
pub(super) const WIDE: usize = 16;
/// Places that are summed together.
const PLACES: usize = 4;
/// Places that are summed together along the input, for a few filters.
const ACROSS: usize = 8;

/// As [`super::output`], for as many filters as fill registers; `false` if the shapes do not suit, and the output is still to be written.
pub(super) fn wide<I: Compiled<T>, T: Real>(
    isa: I,
    meeting: &Meeting,
    output: &mut [T],
    input: &[T],
    kernel: &[T],
) -> bool {
    let (channels, filters) = meeting.group();
    let rows = output.len() / meeting.output_row();
    filters >= WIDE
        && (0..meeting.groups).all(|group| {
            slide(
                isa,
                &mut Slide {
                    axes: meeting.axes.each_ref().map(Axis::of_output),
                    rows,
                    operand: &input[(group * channels).min(input.len())..],
                    terms: channels,
                    position: meeting.channels,
                    kernel: &kernel[group * filters..],
                    tap: channels * meeting.filters,
                    kernel_row: meeting.filters,
                    across: false,
                    result: &mut output[(group * filters).min(rows * meeting.output_row())..],
                    columns: filters,
                    place: meeting.filters,
                },
            )
        })
}

/// As [`super::output`].
#[inline(always)]
pub(super) fn output<T: Real>(meeting: &Meeting, output: &mut [T], input: &[T], kernel: &[T]) {
    let (channels, filters) = meeting.group();
    let [a0, a1, a2] = &meeting.axes;
    let rows = output.chunks_exact_mut(meeting.output_row()).zip(input.chunks_exact(meeting.input_row()));
    for (output, input) in rows {
        for (p0, p1) in (0..a0.places).flat_map(|p0| (0..a1.places).map(move |p1| (p0, p1))) {
            let line = &mut output[(p0 * a1.places + p1) * a2.places * meeting.filters..];
            for group in 0..meeting.groups {
                let (c, f) = (group * channels, group * filters);
                let place = (p0, p1);
                in_columns!(filters, at => along::<T>(meeting, line, (&input[c..], kernel), place, f + at));
            }
        }
    }
}

/// `W` filters along one line of places: by [`PLACES`] where the whole window lies on the input, else one by one.
#[inline(always)]
fn along<T: Real, const W: usize>(
    meeting: &Meeting,
    line: &mut [T],
    (input, kernel): (&[T], &[T]),
    outer: (usize, usize),
    filter: usize,
) {
    let axis = &meeting.axes[2];
    let interior = axis.interior();
    // So few filters leave lanes idle; neighbouring places read neighbouring values here.
    let across = W < 8 && axis.stride * meeting.channels == 1;
    let mut place = 0;
    while place < axis.places {
        let output = &mut line[place * meeting.filters + filter..];
        if across && interior.contains(&place) && place + ACROSS <= interior.end {
            tile_across::<T, W>(meeting, output, (input, &kernel[filter..]), (outer, place));
            place += ACROSS;
        } else if interior.contains(&place) && place + PLACES <= interior.end {
            tile::<T, PLACES, W>(meeting, output, (input, &kernel[filter..]), (outer, place), 0..axis.window);
            place += PLACES;
        } else {
            tile::<T, 1, W>(meeting, output, (input, &kernel[filter..]), (outer, place), axis.taps(place));
            place += 1;
        }
    }
}

/// `P` places that see the same taps.
#[inline(always)]
fn tile<T: Real, const P: usize, const W: usize>(
    meeting: &Meeting,
    output: &mut [T],
    (input, kernel): (&[T], &[T]),
    ((p0, p1), place): ((usize, usize), usize),
    taps: Range<usize>,
) {
    let mut sums = [[T::ZERO; W]; P];
    let step = meeting.axes[2].stride * meeting.channels;
    runs(meeting, (input, kernel), ((p0, p1), place), taps, |a, b, count| {
        sums = accumulate(sums, (a, step), (b, meeting.filters), count);
    });
    store(&sums, output, meeting.filters);
}

/// `ACROSS` neighbouring places that see the whole window, for inputs of one channel and a stride of 1.
#[inline(always)]
fn tile_across<T: Real, const W: usize>(
    meeting: &Meeting,
    output: &mut [T],
    arrays: (&[T], &[T]),
    place: ((usize, usize), usize),
) {
    let mut sums = [[T::ZERO; ACROSS]; W];
    runs(meeting, arrays, place, 0..meeting.axes[2].window, |a, b, count| {
        sums = accumulate_across(sums, a, (b, meeting.filters), count);
    });
    for p in 0..ACROSS {
        output[p * meeting.filters..][..W].copy_from_slice(&core::array::from_fn::<T, W, _>(|f| sums[f][p]));
    }
}

/// Calls `each` with what meets at a place: input, kernel, and how many values follow each other in both.
#[inline(always)]
fn runs<T: Real>(
    meeting: &Meeting,
    (input, kernel): (&[T], &[T]),
    ((p0, p1), place): ((usize, usize), usize),
    taps: Range<usize>,
    mut each: impl FnMut(&[T], &[T], usize),
) {
    let Meeting { axes: [_, _, axis], channels, filters, .. } = *meeting;
    let (depth, _) = meeting.group();
    meeting.lines_at(p0, p1, |line| {
        let mut run = |tap: usize, count: usize| {
            let a = &input[(line.input * axis.input + axis.position(place, tap)) * channels..];
            let b = &kernel[(line.window * axis.window + tap) * depth * filters..];
            each(a, b, count);
        };
        if meeting.groups == 1 && axis.dilation == 1 {
            // Taps and channels lie one behind the other, in the input as in the kernel.
            if !taps.is_empty() {
                run(taps.start, taps.len() * channels);
            }
        } else {
            taps.clone().for_each(|tap| run(tap, depth));
        }
    });
}
