//! The adjoint of a convolution for its input: for each class of positions that meet the same taps a sum over windows that slide
//! over the output.

use super::axis::Axis;
use super::meeting::{Meeting, Sliding};
use super::slide::{Slide, slide};
use crate::kernels::Compiled;
use crate::real::Real;

/// As [`super::input`].
pub(super) fn input<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, input: &mut [T], kernel: &[T], output: &[T]) {
    if input.is_empty() {
        return;
    }
    let (groups, channels, filters) = meeting.passes();
    each_class(&meeting.axes, |axes| {
        for group in 0..groups {
            slide(
                isa,
                &mut Slide {
                    axes,
                    rows: input.len() / meeting.input_row(),
                    operand: &output[group * filters..],
                    terms: filters,
                    position: meeting.filters,
                    kernel: &kernel[group * filters..],
                    tap: meeting.tap(),
                    kernel_row: meeting.filters,
                    across: !meeting.is_depthwise(),
                    result: &mut input[group * channels..],
                    columns: channels,
                    place: meeting.channels,
                    along: meeting.is_depthwise(),
                    adds: false,
                },
            );
        }
    });
}

/// Calls `each` with the axes of each class of positions that meet the same taps.
#[inline(always)]
pub(in crate::kernels) fn each_class([a0, a1, a2]: &[Sliding; 3], mut each: impl FnMut([Axis; 3])) {
    let classes = (0..a0.stride).flat_map(|c0| (0..a1.stride).map(move |c1| (c0, c1)));
    for (c0, c1) in classes {
        for c2 in 0..a2.stride {
            each([Axis::of_input(a0, c0), Axis::of_input(a1, c1), Axis::of_input(a2, c2)]);
        }
    }
}
