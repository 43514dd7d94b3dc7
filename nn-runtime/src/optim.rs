//! What changes the parameters: optimizers, learning rates over time, clips and penalties; knows flat slices, no network.

mod clip;
mod hyper;
mod rule;
mod schedule;
#[cfg(test)]
mod tests;
mod update;

pub use clip::{Clip, Penalty};
pub use hyper::Hyper;
pub use rule::{Optimizer, Rule};
pub use schedule::{Decay, Schedule};
pub(crate) use update::{Change, Part, apply};
