//! Convolutions of channels-last arrays and their two adjoints: three contractions of one trilinear form,
//! `sum(output * input * kernel)` over all places where the three meet.
//!
//! With strides, dilations and what lies before the input, a place of the window and a tap of it meet the input at
//! `place * stride + tap * dilation - before` on each axis; positions outside of the input contribute nothing.
//! The shapes are arguments, not types: one copy of the code serves all convolutions of an element type.

mod depthwise;
mod input;
mod kernel;
mod meeting;
mod output;
mod tile;

pub use meeting::{Meeting, Sliding};

use crate::real::Real;

/// `output = input * kernel`, the convolution: `output` is `[rows, p0, p1, p2, filters]`, `input` is
/// `[rows, i0, i1, i2, channels]`, `kernel` is `[w0, w1, w2, channels / groups, filters]`. The rows follow from the lengths.
#[inline]
pub fn output<T: Real>(meeting: &Meeting, output: &mut [T], input: &[T], kernel: &[T]) {
    if meeting.is_depthwise() {
        depthwise::output(meeting, output, input, kernel);
    } else {
        output::output(meeting, output, input, kernel);
    }
}

/// The adjoint of [`output`] for the input: `input` gets the gradient, `output` holds that of the output. Also the
/// transposed convolution. Shapes as for [`output`].
#[inline]
pub fn input<T: Real>(meeting: &Meeting, input: &mut [T], kernel: &[T], output: &[T]) {
    if meeting.is_depthwise() {
        depthwise::input(meeting, input, kernel, output);
    } else {
        input::input(meeting, input, kernel, output);
    }
}

/// The adjoint of [`output`] for the kernel: `kernel` gets the gradient, summed over all rows; `output` holds that of the
/// output. Shapes as for [`output`].
#[inline]
pub fn kernel<T: Real>(meeting: &Meeting, kernel: &mut [T], input: &[T], output: &[T]) {
    if meeting.is_depthwise() {
        depthwise::kernel(meeting, kernel, input, output);
    } else {
        kernel::kernel(meeting, kernel, input, output);
    }
}
