//! What a tensor is for, as far as other programs have a name of their own for it, or another order of its axes; knows neither
//! these names nor these orders.

/// What a tensor is for in its layer.
///
/// ```
/// # nn_runtime::network! { network Net < input(4, 4, 1), conv(2, 3), batch_norm, relu, flatten, dense(2) > }
/// use nn_runtime::program::Purpose;
/// let of = |name: &str| Net::PROGRAM.tensors.iter().find(|tensor| tensor.name == name).map(|tensor| tensor.purpose);
/// assert_eq!(of("batch_norm_1.mean"), Some(Purpose::Mean));
/// // Its inputs are a grid of two channels, flattened.
/// assert!(matches!(of("dense_1.weight"), Some(Purpose::Kernel { from: 2, into: 1 })));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// Something that only this language knows.
    #[default]
    Own,
    /// A matrix or a kernel, `[window.., in, out]`.
    Kernel {
        /// The channels of the grid that was flattened into its inputs; 1 if none was.
        from: usize,
        /// The channels of the grid that its outputs become; 1 if they become none.
        into: usize,
    },
    /// A kernel for each channel by itself, `[window.., 1, channels * multiplier]`.
    Depthwise {
        /// Filters for each channel.
        multiplier: usize,
    },
    /// A kernel that mixes channels at each place, `[in, out]`.
    Pointwise {
        /// The spatial axes, on each of which its window has one entry.
        axes: usize,
    },
    /// What is added to each output.
    Bias {
        /// As for the kernel.
        into: usize,
    },
    /// A vector for each id or place.
    Table,
    /// What normalised values are multiplied with.
    Scale,
    /// What is added to them.
    Shift,
    /// A running mean.
    Mean,
    /// A running variance.
    Variance,
    /// A slope below zero.
    Slope,
    /// A part of a recurrent cell.
    Recurrent {
        /// Which part.
        part: CellPart,
        /// How many gates lie side by side: 1, or 3 in the order r, z, n, or 4 in the order i, f, g, o.
        gates: usize,
        /// Which of several stacked ones, from 0.
        layer: usize,
        /// In which direction it runs.
        direction: Direction,
    },
    /// A projection of attention: the weight `[in, out]`, or what is added.
    Projection {
        /// What is projected.
        of: Projected,
        /// How many heads share it.
        heads: usize,
        /// Whether queries, keys and values are of one width.
        packed: bool,
    },
}

/// A part of a recurrent cell.
///
/// ```
/// # nn_runtime::network! { network Net < input(5, 2), gru(4), dense(1) > }
/// use nn_runtime::program::{CellPart, Purpose};
/// let has = |wanted: CellPart| Net::PROGRAM.tensors.iter().any(|tensor| match tensor.purpose {
///     Purpose::Recurrent { part, .. } => part == wanted,
///     _ => false,
/// });
/// assert!([CellPart::Input, CellPart::State, CellPart::Bias, CellPart::StateBias].into_iter().all(has));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellPart {
    /// The weight of the input, `[in, gates * units]`.
    Input,
    /// The weight of the state, `[units, gates * units]`.
    State,
    /// What is added to each gate.
    Bias,
    /// What is added to the product of the last gate with the state.
    StateBias,
}

/// In which direction a recurrent cell runs.
///
/// ```
/// # nn_runtime::network! { network Net < input(5, 2), lstm(3, bidirectional = true), dense(1) > }
/// use nn_runtime::program::{Direction, Purpose};
/// let runs = |to: Direction| Net::PROGRAM.tensors.iter().any(|tensor| match tensor.purpose {
///     Purpose::Recurrent { direction, .. } => direction == to,
///     _ => false,
/// });
/// assert!(runs(Direction::Forward) && runs(Direction::Backward) && !runs(Direction::Only));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// In one, whichever it is.
    Only,
    /// Forward, and another one backward.
    Forward,
    /// Backward, and another one forward.
    Backward,
}

/// What a projection of attention is of.
///
/// ```
/// # nn_runtime::network! { network Net < input(5, 8), multi_head_attention(2), flatten, dense(1) > }
/// use nn_runtime::program::{Projected, Purpose};
/// let projects = |wanted: Projected| Net::PROGRAM.tensors.iter().any(|tensor| match tensor.purpose {
///     Purpose::Projection { of, heads: 2, .. } => of == wanted,
///     _ => false,
/// });
/// assert!([Projected::Query, Projected::Key, Projected::Value, Projected::Output].into_iter().all(projects));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Projected {
    /// The queries.
    Query,
    /// The keys.
    Key,
    /// The values.
    Value,
    /// What the heads yield.
    Output,
}

impl Purpose {
    /// A kernel of which nothing stands for a grid.
    pub const KERNEL: Self = Self::Kernel { from: 1, into: 1 };
    /// What is added to outputs that stand for no grid.
    pub const BIAS: Self = Self::Bias { into: 1 };
}
