//! What changes the parameters: optimizers, learning rates over time, clips and penalties; knows flat slices, no network.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::{Clip, Optimizer, Penalty, Schedule, Trainer};
//! # let mut net = Net::new(1);
//! let trainer = Trainer::new(&mut net)
//!     .optimizer(Optimizer::adamw())
//!     .schedule(Schedule::cosine(0.01, 0.0).warmup(2.0))
//!     .penalty(Penalty { l1: 0.0, l2: 1e-4 })
//!     .clip(Clip { norm: Some(1.0), ..Clip::default() });
//! assert_eq!(trainer.settings().setup.optimizer.name(), "adamw");
//! ```

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
