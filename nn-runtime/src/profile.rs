//! Where the time of a training goes: clocks around the kernels of generated code and around what the runtime does beside them.
//!
//! With the feature `profile`, code that was generated for it (`nnc train --profile`) reads a clock behind each kernel. Without the
//! feature there is no clock, and what the runtime calls here does nothing. A process profiles one training: the times of two at once
//! would be added up.

#[cfg(feature = "profile")]
mod clock;
#[cfg(not(feature = "profile"))]
mod off;
#[cfg(feature = "profile")]
mod taken;

#[cfg(feature = "profile")]
pub use self::{
    clock::{Clock, Slot},
    taken::{Figure, Function, Line, Profile, begin},
};
#[cfg(feature = "profile")]
pub(crate) use self::{
    clock::{beside, timed},
    taken::taken,
};
#[cfg(all(feature = "alloc", not(feature = "profile")))]
pub(crate) use off::beside;
#[cfg(all(feature = "cli", not(feature = "profile")))]
pub(crate) use off::taken;
#[cfg(not(feature = "profile"))]
pub(crate) use off::timed;

/// What the runtime does beside the kernels of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Section {
    /// Data are read and encoded.
    #[cfg(feature = "train")]
    Data,
    /// The rows of a batch are copied side by side.
    #[cfg(feature = "alloc")]
    Rows,
    /// Losses and their gradients.
    Loss,
    /// The gradients of shards are added up.
    #[cfg(feature = "alloc")]
    Add,
    /// Penalties, the search for numbers that are not finite, clips.
    Check,
    /// The optimizer changes the parameters.
    Update,
    /// Losses and metrics of whole splits.
    #[cfg(feature = "train")]
    Metrics,
}
