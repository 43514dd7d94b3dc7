//! The convolution as a trilinear form: `sum(output * input * kernel)` over all places where the three meet. Each of the three
//! operations below contracts it with two of the arrays and yields the third, so that they are each other's adjoints.

use std::fmt;

use super::Value;
use crate::shape::Shape;

/// A convolution of channels-last arrays: input `[B, spatial.., c]`, kernel `[window.., c / groups, f]`, output `[B, places.., f]`.
#[derive(Clone, Debug, PartialEq)]
pub struct Conv {
    /// What it yields.
    pub yields: ConvPart,
    /// The first of the other two, in the order input, kernel, output.
    pub a: Value,
    /// The second of the other two.
    pub b: Value,
    /// How the arrays meet.
    pub meeting: Meeting,
}

/// One of the three arrays of a convolution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConvPart {
    /// From kernel and output: the gradient of the input, or a transposed convolution.
    Input,
    /// From input and output: the gradient of the kernel.
    Kernel,
    /// From input and kernel: the convolution itself.
    Output,
}

/// How the arrays of a convolution meet: `input[place * stride + tap * dilation - before]` on each spatial axis.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Meeting {
    /// The spatial axes, the outermost first.
    pub axes: Vec<Sliding>,
    /// Groups of channels that do not see each other.
    pub groups: usize,
    /// Channels of the input.
    pub channels: usize,
    /// Channels of the output.
    pub filters: usize,
}

/// How a window slides along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Sliding {
    /// Extent of the input.
    pub input: usize,
    /// Extent of the window.
    pub window: usize,
    /// Places of the window: the extent of the output.
    pub places: usize,
    /// From one place to the next.
    pub stride: usize,
    /// From one tap of the window to the next.
    pub dilation: usize,
    /// How far the first window begins before the input.
    pub before: usize,
}

impl Meeting {
    /// The shape of a part, for a leading axis of so many rows for each example.
    pub fn shape(&self, part: ConvPart, rows: usize) -> Shape {
        let along = |extent: fn(&Sliding) -> usize| self.axes.iter().map(extent).collect::<Vec<usize>>();
        match part {
            ConvPart::Input => Shape::batched(rows, [along(|axis| axis.input), vec![self.channels]].concat()),
            ConvPart::Kernel => {
                Shape::fixed([along(|axis| axis.window), vec![self.channels / self.groups, self.filters]].concat())
            }
            ConvPart::Output => Shape::batched(rows, [along(|axis| axis.places), vec![self.filters]].concat()),
        }
    }
}

impl fmt::Display for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for axis in &self.axes {
            let Sliding { input, window, places, stride, dilation, before } = axis;
            write!(f, "{input}-{before}:{window}/{stride}*{dilation}->{places} ")?;
        }
        write!(f, "channels {}->{} in {}", self.channels, self.filters, self.groups)
    }
}
