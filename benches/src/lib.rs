//! The harness of the measurements: networks to time the compiler with, and contestants that are timed beside each other.

pub mod agreement;
pub mod calibrator;
pub mod clock;
pub mod contestant;
mod deep;
pub mod machine;
pub mod material;
pub mod options;
pub mod protocol;
pub mod published;
pub mod report;
pub mod rounds;
pub mod serve;
pub mod statistics;
pub mod table;
pub mod task;

pub use deep::{repeated, written};
