//! Convolutions of rows side by side, and their two adjoints.

use super::{LANES, Slide};
use crate::kernels::Compiled;
use crate::kernels::conv::{Axis, Meeting, each_class};
use crate::real::Real;

/// The convolution: [`crate::kernels::conv::output`] for rows side by side.
///
/// # Panics
/// If a slice is too short.
#[inline(always)]
pub fn output<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, output: &mut [T], input: &[T], kernel: &[T]) {
    let (groups, (channels, filters)) = (meeting.groups, meeting.group());
    for group in 0..groups {
        isa.lanes_slide(&mut Slide {
            axes: meeting.axes.each_ref().map(Axis::of_output),
            operand: &input[group * channels * LANES..],
            terms: channels,
            position: meeting.channels,
            kernel: &kernel[group * filters..],
            tap: meeting.tap(),
            term: meeting.filters,
            column: 1,
            result: &mut output[group * filters * LANES..],
            columns: filters,
            place: meeting.filters,
        });
    }
}

/// The adjoint of [`output`] for the input: [`crate::kernels::conv::input`] for rows side by side.
///
/// # Panics
/// If a slice is too short.
#[inline(always)]
pub fn input<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, input: &mut [T], kernel: &[T], output: &[T]) {
    let (groups, (channels, filters)) = (meeting.groups, meeting.group());
    for group in 0..groups {
        each_class(&meeting.axes, |axes| {
            isa.lanes_slide(&mut Slide {
                axes,
                operand: &output[group * filters * LANES..],
                terms: filters,
                position: meeting.filters,
                kernel: &kernel[group * filters..],
                tap: meeting.tap(),
                term: 1,
                column: meeting.filters,
                result: &mut input[group * channels * LANES..],
                columns: channels,
                place: meeting.channels,
            });
        });
    }
}

/// The adjoint of [`output`] for the kernel: [`crate::kernels::conv::kernel`] for rows side by side, summed over all lanes.
///
/// # Panics
/// If a slice is too short.
#[inline(always)]
pub fn kernel<I: Compiled<T>, T: Real>(isa: I, meeting: &Meeting, kernel: &mut [T], input: &[T], output: &[T]) {
    isa.lanes_windows(meeting, kernel, input, output);
}
