//! Where the arrays of a convolution meet; knows extents, not values.

use core::ops::Range;

/// How the arrays of a convolution meet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// The spatial axes, the outermost first. Axes that a convolution lacks have extents of 1.
    pub axes: [Sliding; 3],
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Channels of the input, all groups together.
    pub channels: usize,
    /// Channels of the output, all groups together.
    pub filters: usize,
}

/// How a window slides along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sliding {
    /// Extent of the input.
    pub input: usize,
    /// Extent of the window: its taps.
    pub window: usize,
    /// Places of the window: the extent of the output.
    pub places: usize,
    /// From one place to the next, at least 1.
    pub stride: usize,
    /// From one tap of the window to the next, at least 1.
    pub dilation: usize,
    /// How far the first window begins before the input.
    pub before: usize,
}

impl Sliding {
    /// The taps that lie on the input at a place.
    pub(in crate::kernels) fn taps(&self, place: usize) -> Range<usize> {
        let start = place * self.stride;
        let from = self.before.saturating_sub(start).div_ceil(self.dilation);
        let to = (self.input + self.before).saturating_sub(start).div_ceil(self.dilation).min(self.window);
        from.min(to)..to
    }

    /// The places at which a tap lies on the input.
    pub(in crate::kernels) fn places(&self, tap: usize) -> Range<usize> {
        let ahead = tap * self.dilation;
        let from = self.before.saturating_sub(ahead).div_ceil(self.stride);
        let to = (self.input + self.before).saturating_sub(ahead).div_ceil(self.stride).min(self.places);
        from.min(to)..to
    }

    /// The places at which the whole window lies on the input.
    pub(in crate::kernels) fn interior(&self) -> Range<usize> {
        let from = self.places(0).start;
        let to = self.places(self.window - 1).end;
        from.min(to)..to
    }

    /// Where a tap meets the input; it must be one of [`Sliding::taps`].
    pub(in crate::kernels) fn position(&self, place: usize, tap: usize) -> usize {
        place * self.stride + tap * self.dilation - self.before
    }
}

impl Meeting {
    /// Values in one row of the input.
    pub(in crate::kernels) fn input_row(&self) -> usize {
        self.axes.iter().map(|axis| axis.input).product::<usize>() * self.channels
    }

    /// Values in one row of the output.
    pub(in crate::kernels) fn output_row(&self) -> usize {
        self.axes.iter().map(|axis| axis.places).product::<usize>() * self.filters
    }

    /// Multiplications for one row.
    pub(super) fn terms(&self) -> usize {
        let windows = self.axes.iter().fold(1_usize, |all, axis| all.saturating_mul(axis.window * axis.places));
        windows.saturating_mul(self.channels / self.groups).saturating_mul(self.filters)
    }

    /// The same for an output of so many values. Windows of one tap that meet the input place by place have all places of all rows
    /// on one line.
    pub(in crate::kernels) fn flat(&self, output: usize) -> Self {
        let one = Sliding { input: 1, window: 1, places: 1, stride: 1, dilation: 1, before: 0 };
        let is_pointwise = |axis: &Sliding| Sliding { input: axis.input, places: axis.input, ..one } == *axis;
        if !self.axes.iter().all(is_pointwise) {
            return *self;
        }
        let places = output / self.filters;
        Self { axes: [one, one, Sliding { input: places, places, ..one }], ..*self }
    }

    /// Channels and filters of one group.
    pub(in crate::kernels) fn group(&self) -> (usize, usize) {
        (self.channels / self.groups, self.filters / self.groups)
    }

    /// Groups that are computed one after the other, and their channels and filters; one if each channel has one filter of its own.
    pub(in crate::kernels) fn passes(&self) -> (usize, usize, usize) {
        let (channels, filters) = self.group();
        if self.is_depthwise() { (1, self.channels, self.filters) } else { (self.groups, channels, filters) }
    }

    /// From one tap of the kernel to the next.
    pub(in crate::kernels) fn tap(&self) -> usize {
        self.channels / self.groups * self.filters
    }

    /// Whether each channel has one filter of its own.
    pub(in crate::kernels) fn is_depthwise(&self) -> bool {
        self.groups == self.channels && self.groups == self.filters && self.groups > 1
    }
}
