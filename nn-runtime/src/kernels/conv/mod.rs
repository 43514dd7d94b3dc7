//! Convolutions of channels-last arrays and their two adjoints: three contractions of one trilinear form,
//! `sum(output * input * kernel)` over all places where the three meet.
//!
//! With strides, dilations and what lies before the input, a place of the window and a tap of it meet the input at
//! `place * stride + tap * dilation - before` on each axis; positions outside of the input contribute nothing.
//! The shapes are arguments, not types: one copy of the code serves all convolutions of an element type.

mod axis;
mod input;
mod kernel;
mod meeting;
mod output;
mod slide;

use core::ops::Range;

pub(in crate::kernels) use axis::Axis;
pub(in crate::kernels) use input::each_class;
pub use meeting::{Meeting, Sliding};

use super::Compiled;
use super::gemm::FEWEST;
use crate::real::Real;
use crate::team::Team;

pub(crate) use kernel::{Sum, kernel_body};

/// `output = input * kernel`, the convolution: `output` is `[rows, p0, p1, p2, filters]`, `input` is
/// `[rows, i0, i1, i2, channels]`, `kernel` is `[w0, w1, w2, channels / groups, filters]`. The rows follow from the lengths; the
/// threads of `team` share them.
#[inline(always)]
pub fn output<I: Compiled<T>, T: Real>(
    isa: I,
    team: &Team,
    meeting: &Meeting,
    output: &mut [T],
    input: &[T],
    kernel: &[T],
) {
    let (to, from) = (meeting.output_row(), meeting.input_row());
    each_row(team, meeting, output, to, |output, rows| {
        isa.conv_output(meeting, output, &input[rows.start * from..rows.end * from], kernel);
    });
}

/// The adjoint of [`output()`] for the input: `input` gets the gradient, `output` holds that of the output. Also the
/// transposed convolution. Shapes as for [`output()`].
#[inline(always)]
pub fn input<I: Compiled<T>, T: Real>(
    isa: I,
    team: &Team,
    meeting: &Meeting,
    input: &mut [T],
    kernel: &[T],
    output: &[T],
) {
    let (to, from) = (meeting.input_row(), meeting.output_row());
    each_row(team, meeting, input, to, |input, rows| {
        isa.conv_input(meeting, input, kernel, &output[rows.start * from..rows.end * from]);
    });
}

/// The adjoint of [`output()`] for the kernel: `kernel` gets the gradient, summed over all rows; `output` holds that of the
/// output. Shapes as for [`output()`]; the threads of `team` share its rows.
#[inline(always)]
pub fn kernel<I: Compiled<T>, T: Real>(
    isa: I,
    team: &Team,
    meeting: &Meeting,
    kernel: &mut [T],
    input: &[T],
    output: &[T],
) {
    let rows = output.len() / meeting.output_row();
    let sum = Sum::new(meeting, kernel, input, output);
    let pieces = pieces(team, meeting, rows);
    team.run(pieces, &|piece| isa.conv_kernel(&sum, piece, pieces));
}

/// How many threads are worth it for so many rows.
fn pieces(team: &Team, meeting: &Meeting, rows: usize) -> usize {
    let worth = rows.saturating_mul(meeting.terms()) / FEWEST;
    team.threads().min(worth).max(1)
}

/// Calls `body` with some rows of the result and with their numbers, until all are done. A row of the result has `to` values.
fn each_row<T: Real>(
    team: &Team,
    meeting: &Meeting,
    result: &mut [T],
    to: usize,
    body: impl Fn(&mut [T], Range<usize>) + Sync,
) {
    let rows = result.len() / to;
    let each = rows.div_ceil(pieces(team, meeting, rows)).max(1);
    team.slices(result, each * to, |start, result| {
        let first = start / to;
        body(result, first..first + result.len() / to);
    });
}

/// The body of [`output()`].
#[inline(always)]
pub(super) fn output_body<I: Compiled<T>, T: Real>(
    isa: I,
    meeting: &Meeting,
    output: &mut [T],
    input: &[T],
    kernel: &[T],
) {
    output::output(isa, &meeting.flat(output.len()), output, input, kernel);
}

/// The body of [`input`].
#[inline(always)]
pub(super) fn input_body<I: Compiled<T>, T: Real>(
    isa: I,
    meeting: &Meeting,
    input: &mut [T],
    kernel: &[T],
    output: &[T],
) {
    input::input(isa, &meeting.flat(output.len()), input, kernel, output);
}
