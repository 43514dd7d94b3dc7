//! The convolution itself: a sum over windows that slide over the input.

use super::axis::Axis;
use super::meeting::Meeting;
use super::slide::{Slide, slide};
use crate::kernels::Compiled;
use crate::real::Real;

/// As [`super::output`].
pub(super) fn output<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, output: &mut [T], input: &[T], kernel: &[T]) {
    if output.is_empty() {
        return;
    }
    let (groups, channels, filters) = meeting.passes();
    for group in 0..groups {
        slide(
            isa,
            &mut Slide {
                axes: meeting.axes.each_ref().map(Axis::of_output),
                rows: output.len() / meeting.output_row(),
                operand: &input[group * channels..],
                terms: channels,
                position: meeting.channels,
                kernel: &kernel[group * filters..],
                tap: meeting.tap(),
                kernel_row: meeting.filters,
                across: false,
                result: &mut output[group * filters..],
                columns: filters,
                place: meeting.filters,
                along: meeting.is_depthwise(),
                adds: false,
            },
        );
    }
}
