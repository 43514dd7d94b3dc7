//! What generated networks run on: kernels, random numbers, losses, optimizers, training and data.
//!
//! The core is `no_std` and allocates nothing, neither for a prediction nor for a training step; the features add the rest.
//!
//! # Where is what
//!
//! | what you do | where |
//! |---|---|
//! | describe a network, and train, predict, save and load it | [`network!`], [`api`] |
//! | train in memory, with settings by name | [`Trainer`], [`trainer`], [`optim`], [`loss`], [`metric`], [`augment`] |
//! | train from the files that a text names, evaluate and predict in the words of the data | [`session`], [`data`] |
//! | weights in files, also those of PyTorch and Keras | [`weights`] |
//! | reports, curves, event files for TensorBoard | [`report`], [`plot`], [`tensorboard`] |
//! | answer over HTTP, be a command line | `serve`, `cli`, with the features of these names |
//! | write code for networks of any kind | [`Network`], [`network`](mod@network), [`program`], [`recipe`], [`params`] |
//!
//! From a description to an answer:
//!
//! ```
//! nn_runtime::network! { network Xor < dense(2->8, tanh), dense(1, sigmoid) > }
//! use nn_runtime::Trainer;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let path = std::env::temp_dir().join(format!("nn-runtime-doc-lib-{}.safetensors", std::process::id()));
//! let (inputs, targets) = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]);
//! let mut net = Xor::new(1);
//! Trainer::new(&mut net).learning_rate(0.1).batch(4).fit(&inputs, &targets, 100)?;
//! net.save(&path)?;
//!
//! let again = Xor::load(&path)?;
//! assert!(again.predict(&[0.0, 1.0])[0] > 0.9);
//! assert!(again.predict(&[1.0, 1.0])[0] < 0.1);
//! # std::fs::remove_file(&path)?;
//! # Ok(())
//! # }
//! ```

#![no_std]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(feature = "std")]
extern crate std;

pub mod api;
#[cfg(feature = "std")]
mod atomic;
pub mod augment;
pub mod batch;
#[cfg(feature = "train")]
pub mod checkpoint;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "train")]
pub mod data;
pub mod error;
#[cfg(feature = "alloc")]
pub mod fit;
pub mod init;
pub mod loss;
pub mod metric;
pub mod name;
pub mod network;
pub mod optim;
pub mod params;
#[cfg(feature = "images")]
mod picture;
#[cfg(feature = "train")]
pub mod plot;
pub mod program;
pub mod real;
pub mod recipe;
#[cfg(feature = "train")]
pub mod report;
pub mod rng;
#[cfg(feature = "serve")]
pub mod serve;
#[cfg(feature = "train")]
pub mod session;
pub mod storage;
pub mod team;
#[cfg(feature = "train")]
pub mod tensorboard;
#[cfg(feature = "alloc")]
pub mod trainer;
#[cfg(feature = "std")]
pub mod weights;

// What only generated code calls. It has to be public, since a text is compiled into the crate of its user, but it is no interface: its
// form changes with the compiler.
#[doc(hidden)]
pub mod isa;
#[doc(hidden)]
pub mod kernels;
#[doc(hidden)]
pub mod math;
#[doc(hidden)]
pub mod profile;
#[doc(hidden)]
pub mod step;

#[cfg(feature = "alloc")]
pub use alloc::vec::Vec;
pub use api::Owned;
#[cfg(feature = "ndarray")]
pub use ndarray;
#[cfg(feature = "alloc")]
pub use network::Gradients;
#[cfg(feature = "macros")]
pub use nn_macros::network;
#[cfg(feature = "rand")]
pub use rand;
#[cfg(feature = "std")]
pub use std::path::Path;

pub use augment::Augment;
pub use batch::{Rows, Targets};
pub use error::Error;
pub use init::Init;
pub use loss::Loss;
pub use metric::Metric;
pub use name::Name;
pub use optim::{Clip, Decay, Hyper, Optimizer, Penalty, Rule, Schedule};
pub use program::{Network, Program};
pub use real::Real;
pub use rng::Draws;
#[cfg(feature = "alloc")]
pub use storage::Heap;
pub use storage::Storage;
pub use team::Team;
#[cfg(feature = "alloc")]
pub use trainer::{History, Trainer};
