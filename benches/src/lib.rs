//! The harness of the measurements: networks to time the compiler with, and contestants that are timed beside each other.

pub mod agreement;
pub mod calibrator;
pub mod clock;
mod deep;
pub mod material;
pub mod protocol;
pub mod serve;
pub mod statistics;
pub mod task;

pub use deep::{repeated, written};
