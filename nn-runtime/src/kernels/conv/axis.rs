//! How far a window slides along an axis, for the convolution and for its adjoint: the adjoint for the input is a sum over
//! windows as well, for each class of positions that meet the same taps.

use core::ops::Range;

use super::meeting::Sliding;

/// One axis along which a window slides over an operand: place `p` and tap `t` meet it at `p * stride + t * dilation - before`.
#[derive(Clone, Copy, Debug)]
pub(in crate::kernels) struct Axis {
    /// Extent of the operand.
    pub(in crate::kernels) extent: usize,
    /// Taps of the window.
    pub(in crate::kernels) window: usize,
    /// Places of the window.
    pub(in crate::kernels) places: usize,
    /// From one place to the next.
    pub(in crate::kernels) stride: usize,
    /// From one tap to the next.
    pub(in crate::kernels) dilation: usize,
    /// How far the first window begins before the operand; behind its beginning where negative.
    pub(in crate::kernels) before: isize,
    /// Extent of the result.
    pub(in crate::kernels) total: usize,
    /// Where the first place lies in the result.
    pub(in crate::kernels) first: usize,
    /// From one place to the next in the result.
    pub(in crate::kernels) step: usize,
    /// Taps of the whole kernel.
    pub(in crate::kernels) taps: usize,
    /// The first tap in the kernel.
    pub(in crate::kernels) tap: usize,
    /// From one tap to the next in the kernel.
    pub(in crate::kernels) tap_step: isize,
}

impl Axis {
    /// The axis of a convolution.
    pub(in crate::kernels) const fn of_output(axis: &Sliding) -> Self {
        Self {
            extent: axis.input,
            window: axis.window,
            places: axis.places,
            stride: axis.stride,
            dilation: axis.dilation,
            before: axis.before as isize,
            total: axis.places,
            first: 0,
            step: 1,
            taps: axis.window,
            tap: 0,
            tap_step: 1,
        }
    }

    /// The axis of the adjoint for the input, for the positions `i` with `(i + before) % stride == class`: neighbours among them
    /// meet the same taps at neighbouring places. Places and positions change their roles, and the window is flipped.
    pub(in crate::kernels) fn of_input(axis: &Sliding, class: usize) -> Self {
        let Sliding { input, window, places, stride, dilation, before } = *axis;
        let first = (class + stride - before % stride) % stride;
        // Taps that meet these positions are as far apart as the first two multiples of the dilation that differ by strides.
        let apart = (1..stride).find(|apart| apart * dilation % stride == 0).unwrap_or(stride);
        let tap = (0..apart.min(window)).find(|tap| tap * dilation % stride == class);
        let meets = tap.map_or(0, |tap| (window - tap).div_ceil(apart));
        let last = tap.unwrap_or(0) + meets.saturating_sub(1) * apart;
        Self {
            extent: places,
            window: meets,
            places: input.saturating_sub(first).div_ceil(stride),
            stride: 1,
            dilation: apart * dilation / stride,
            before: ((last * dilation) as isize - (first + before) as isize).div_euclid(stride as isize),
            total: input,
            first,
            step: stride,
            taps: window,
            tap: last,
            tap_step: -(apart as isize),
        }
    }

    /// The same places, with some of the taps.
    pub(in crate::kernels) const fn part(&self, taps: &Range<usize>) -> Self {
        Self {
            window: taps.end - taps.start,
            before: self.before - (taps.start * self.dilation) as isize,
            tap: self.tap_of_kernel(taps.start),
            ..*self
        }
    }

    /// The taps that lie on the operand at a place.
    pub(in crate::kernels) fn taps_at(&self, place: usize) -> Range<usize> {
        let start = self.position(place, 0);
        let from = usize::try_from(-start).unwrap_or(0).div_ceil(self.dilation);
        let to = usize::try_from(self.extent as isize - start).unwrap_or(0).div_ceil(self.dilation).min(self.window);
        from.min(to)..to
    }

    /// Where a tap meets the operand, or what lies around it.
    pub(in crate::kernels) const fn position(&self, place: usize, tap: usize) -> isize {
        (place * self.stride + tap * self.dilation) as isize - self.before
    }

    /// The tap of the kernel that a tap of the window is.
    pub(in crate::kernels) const fn tap_of_kernel(&self, tap: usize) -> usize {
        self.tap.wrapping_add_signed(tap as isize * self.tap_step)
    }

    /// Positions from the first to the last that `places` neighbouring places meet.
    pub(in crate::kernels) const fn span(&self, places: usize) -> usize {
        (places - 1) * self.stride + self.window.saturating_sub(1) * self.dilation + 1
    }

    /// The places at which the whole window lies on the operand.
    pub(in crate::kernels) fn interior(&self) -> Range<usize> {
        let last = self.position(0, self.window.saturating_sub(1));
        let from = usize::try_from(self.before).unwrap_or(0).div_ceil(self.stride);
        let to = usize::try_from(self.extent as isize - last).unwrap_or(0).div_ceil(self.stride).min(self.places);
        from.min(to)..to
    }

    /// Whether the window lies on the operand at all places.
    pub(in crate::kernels) const fn is_interior(&self) -> bool {
        self.before <= 0 && (self.window == 0 || self.position(self.places - 1, self.window - 1) < self.extent as isize)
    }
}
