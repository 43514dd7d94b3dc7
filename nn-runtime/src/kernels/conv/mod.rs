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

pub(in crate::kernels) use axis::Axis;
pub(in crate::kernels) use input::each_class;
pub use meeting::{Meeting, Sliding};

use super::Compiled;
use crate::real::Real;

/// `output = input * kernel`, the convolution: `output` is `[rows, p0, p1, p2, filters]`, `input` is
/// `[rows, i0, i1, i2, channels]`, `kernel` is `[w0, w1, w2, channels / groups, filters]`. The rows follow from the lengths.
#[inline(always)]
pub fn output<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, output: &mut [T], input: &[T], kernel: &[T]) {
    isa.conv_output(meeting, output, input, kernel);
}

/// The adjoint of [`output`] for the input: `input` gets the gradient, `output` holds that of the output. Also the
/// transposed convolution. Shapes as for [`output`].
#[inline(always)]
pub fn input<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, input: &mut [T], kernel: &[T], output: &[T]) {
    isa.conv_input(meeting, input, kernel, output);
}

/// The adjoint of [`output`] for the kernel: `kernel` gets the gradient, summed over all rows; `output` holds that of the
/// output. Shapes as for [`output`].
#[inline(always)]
pub fn kernel<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, kernel: &mut [T], input: &[T], output: &[T]) {
    isa.conv_kernel(meeting, kernel, input, output);
}

/// The body of [`output`].
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

/// The body of [`kernel`].
#[inline(always)]
pub(super) fn kernel_body<I: Compiled<T>, T: Real>(
    isa: I,
    meeting: &Meeting,
    kernel: &mut [T],
    input: &[T],
    output: &[T],
) {
    kernel::kernel(isa, &meeting.flat(output.len()), kernel, input, output);
}
