//! Convolutions in which each channel has one filter of its own: the innermost loop runs along the channels of all three arrays.

use super::meeting::Meeting;
use crate::real::Real;

/// As [`super::output`].
#[inline(always)]
pub(super) fn output<T: Real>(meeting: &Meeting, output: &mut [T], input: &[T], kernel: &[T]) {
    output.fill(T::ZERO);
    each(meeting, input.len() / meeting.input_row(), |x, k, y| {
        let n = meeting.channels;
        multiply_add(&mut output[y..][..n], &input[x..][..n], &kernel[k..][..n]);
    });
}

/// As [`super::input`].
#[inline(always)]
pub(super) fn input<T: Real>(meeting: &Meeting, input: &mut [T], kernel: &[T], output: &[T]) {
    input.fill(T::ZERO);
    each(meeting, input.len() / meeting.input_row(), |x, k, y| {
        let n = meeting.channels;
        multiply_add(&mut input[x..][..n], &kernel[k..][..n], &output[y..][..n]);
    });
}

/// As [`super::kernel`].
#[inline(always)]
pub(super) fn kernel<T: Real>(meeting: &Meeting, kernel: &mut [T], input: &[T], output: &[T]) {
    kernel.fill(T::ZERO);
    each(meeting, input.len() / meeting.input_row(), |x, k, y| {
        let n = meeting.channels;
        multiply_add(&mut kernel[k..][..n], &input[x..][..n], &output[y..][..n]);
    });
}

/// `sums += a * b`
#[inline(always)]
fn multiply_add<T: Real>(sums: &mut [T], a: &[T], b: &[T]) {
    for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
        *sum += *a * *b;
    }
}

/// Calls `meet` with the offsets of input, kernel and output wherever they meet: row by row, tap by tap.
#[inline(always)]
fn each(meeting: &Meeting, rows: usize, mut meet: impl FnMut(usize, usize, usize)) {
    let Meeting { axes: [a0, a1, axis], channels, .. } = *meeting;
    let (input_row, output_row) = (meeting.input_row(), meeting.output_row());
    for row in 0..rows {
        for (p0, p1) in (0..a0.places).flat_map(|p0| (0..a1.places).map(move |p1| (p0, p1))) {
            meeting.lines_at(p0, p1, |line| {
                for tap in 0..axis.window {
                    for place in axis.places(tap) {
                        let x = (line.input * axis.input + axis.position(place, tap)) * channels;
                        let y = (line.output * axis.places + place) * channels;
                        meet(row * input_row + x, (line.window * axis.window + tap) * channels, row * output_row + y);
                    }
                }
            });
        }
    }
}
