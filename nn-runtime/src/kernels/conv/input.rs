//! The adjoint of a convolution for its input: the kernel is transposed piece by piece, so that the innermost loop runs along channels.

use super::axis::Axis;
use super::meeting::Meeting;
use super::output::WIDE;
use super::slide::{Slide, slide};
use super::tile::{accumulate, in_columns, load, store};
use crate::kernels::Compiled;
use crate::real::Real;

/// Positions that are summed together.
const PLACES: usize = 4;
/// Filters whose part of the kernel is transposed at once.
const FILTERS: usize = 16;
/// Values of the input that are gone through for each piece of the kernel: as much as a fast cache holds.
const BLOCK: usize = 1 << 14;

/// As [`super::input`], for as many channels as fill registers; `false` if the shapes do not suit, and the input is still to be written.
pub(super) fn wide<I: Compiled<T>, T: Real>(
    isa: I,
    meeting: &Meeting,
    input: &mut [T],
    kernel: &[T],
    output: &[T],
) -> bool {
    let (channels, filters) = meeting.group();
    let rows = input.len() / meeting.input_row();
    channels >= WIDE
        && (0..meeting.groups).all(|group| {
            each_class(meeting, |axes| {
                slide(
                    isa,
                    &mut Slide {
                        axes,
                        rows,
                        operand: &output[(group * filters).min(output.len())..],
                        terms: filters,
                        position: meeting.filters,
                        kernel: &kernel[group * filters..],
                        tap: channels * meeting.filters,
                        kernel_row: meeting.filters,
                        across: true,
                        result: &mut input[(group * channels).min(rows * meeting.input_row())..],
                        columns: channels,
                        place: meeting.channels,
                    },
                )
            })
        })
}

/// Whether `each` holds for all classes of positions that meet the same taps; the first that has the most taps.
fn each_class(meeting: &Meeting, mut each: impl FnMut([Axis; 3]) -> bool) -> bool {
    let [a0, a1, a2] = &meeting.axes;
    (0..a0.stride).all(|c0| {
        (0..a1.stride).all(|c1| {
            (0..a2.stride).all(|c2| each([Axis::of_input(a0, c0), Axis::of_input(a1, c1), Axis::of_input(a2, c2)]))
        })
    })
}

/// As [`super::input`].
#[inline(always)]
pub(super) fn input<T: Real>(meeting: &Meeting, input: &mut [T], kernel: &[T], output: &[T]) {
    input.fill(T::ZERO);
    let (channels, filters) = meeting.group();
    let rows = (BLOCK / meeting.input_row()).max(1);
    let blocks = input.chunks_mut(rows * meeting.input_row()).zip(output.chunks(rows * meeting.output_row()));
    for (input, output) in blocks {
        for (group, first) in (0..meeting.groups).flat_map(|g| (0..filters).step_by(FILTERS).map(move |f| (g, f))) {
            let count = FILTERS.min(filters - first);
            let (c, f) = (group * channels, group * filters + first);
            in_columns!(channels, at => columns::<T>(meeting, &mut input[c + at..], &kernel[at * meeting.filters + f..], (&output[f..], count)));
        }
    }
}

/// `W` channels, as far as `count` filters reach them.
#[inline(always)]
fn columns<T: Real, const W: usize>(meeting: &Meeting, input: &mut [T], kernel: &[T], (output, count): (&[T], usize)) {
    let [a0, a1, a2] = &meeting.axes;
    let (channels, _) = meeting.group();
    for t0 in 0..a0.window {
        for t1 in 0..a1.window {
            for t2 in 0..a2.window {
                let tap = (t0 * a1.window + t1) * a2.window + t2;
                let kernel = &kernel[tap * channels * meeting.filters..];
                let mut transposed = [[T::ZERO; W]; FILTERS];
                for (f, row) in transposed[..count].iter_mut().enumerate() {
                    *row = core::array::from_fn(|c| kernel[c * meeting.filters + f]);
                }
                let rows = input.chunks_mut(meeting.input_row()).zip(output.chunks(meeting.output_row()));
                for (input, output) in rows {
                    scatter::<T, W>(meeting, (t0, t1, t2), input, transposed[..count].as_flattened(), output);
                }
            }
        }
    }
}

/// What one tap adds to one row.
#[inline(always)]
fn scatter<T: Real, const W: usize>(
    meeting: &Meeting,
    (t0, t1, tap): (usize, usize, usize),
    input: &mut [T],
    transposed: &[T],
    output: &[T],
) {
    let Meeting { axes: [_, _, axis], channels, filters, .. } = *meeting;
    let places = axis.places(tap);
    if places.is_empty() {
        return;
    }
    let first = axis.position(places.start, tap);
    let step = axis.stride * channels;
    meeting.lines_of(t0, t1, |line| {
        let input = &mut input[(line.input * axis.input + first) * channels..];
        let output = &output[(line.output * axis.places + places.start) * filters..];
        let mut at = 0;
        while at + PLACES <= places.len() {
            tile::<T, PLACES, W>((&mut input[at * step..], step), transposed, (&output[at * filters..], filters));
            at += PLACES;
        }
        while at < places.len() {
            tile::<T, 1, W>((&mut input[at * step..], step), transposed, (&output[at * filters..], filters));
            at += 1;
        }
    });
}

/// `P` positions.
#[inline(always)]
fn tile<T: Real, const P: usize, const W: usize>(
    (input, step): (&mut [T], usize),
    transposed: &[T],
    output: (&[T], usize),
) {
    let sums = accumulate(load::<T, P, W>(input, step), output, (transposed, W), transposed.len() / W);
    store(&sums, input, step);
}
