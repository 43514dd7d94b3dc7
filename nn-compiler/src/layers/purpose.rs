//! What a tensor is for, as far as other programs have a name of their own for it, or another order of its axes; knows neither
//! these names nor these orders.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// What a tensor is for in its layer.
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

    /// As the runtime has it.
    pub(crate) fn tokens(self) -> TokenStream {
        let number = Literal::usize_unsuffixed;
        let name = |debug: String| quote::format_ident!("{debug}");
        let variant = match self {
            Self::Own | Self::Table | Self::Scale | Self::Shift | Self::Mean | Self::Variance | Self::Slope => {
                let name = name(format!("{self:?}"));
                quote!(#name)
            }
            Self::Kernel { from, into } => {
                let (from, into) = (number(from), number(into));
                quote!(Kernel { from: #from, into: #into })
            }
            Self::Bias { into } => {
                let into = number(into);
                quote!(Bias { into: #into })
            }
            Self::Depthwise { multiplier } => {
                let multiplier = number(multiplier);
                quote!(Depthwise { multiplier: #multiplier })
            }
            Self::Pointwise { axes } => {
                let axes = number(axes);
                quote!(Pointwise { axes: #axes })
            }
            Self::Recurrent { part, gates, layer, direction } => {
                let (part, direction) = (name(format!("{part:?}")), name(format!("{direction:?}")));
                let (gates, layer) = (number(gates), number(layer));
                quote!(Recurrent {
                    part: ::nn_runtime::program::CellPart::#part,
                    gates: #gates,
                    layer: #layer,
                    direction: ::nn_runtime::program::Direction::#direction,
                })
            }
            Self::Projection { of, heads, packed } => {
                let (of, heads) = (name(format!("{of:?}")), number(heads));
                quote!(Projection { of: ::nn_runtime::program::Projected::#of, heads: #heads, packed: #packed })
            }
        };
        quote!(::nn_runtime::program::Purpose::#variant)
    }
}
