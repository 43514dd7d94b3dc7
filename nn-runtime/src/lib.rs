//! What generated networks run on: kernels, random numbers, losses, optimizers, training and data.
//!
//! The core is `no_std` and allocates nothing, neither for a prediction nor for a training step; the features add the rest.

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
pub mod isa;
pub mod kernels;
pub mod loss;
pub mod math;
pub mod metric;
pub mod name;
pub mod network;
pub mod optim;
pub mod params;
#[cfg(feature = "images")]
mod picture;
#[cfg(feature = "train")]
pub mod plot;
pub mod profile;
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
pub mod step;
pub mod storage;
pub mod team;
#[cfg(feature = "train")]
pub mod tensorboard;
#[cfg(feature = "alloc")]
pub mod trainer;
#[cfg(feature = "std")]
pub mod weights;

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
