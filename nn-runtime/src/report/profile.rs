//! Where the time of a training went, as part of its report. Times are seconds.

use std::vec::Vec;

use serde::Serialize;

/// Where the time of a training went. The shares of kernels and sections add up to 1.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProfileReport {
    /// The wall-clock time of the whole training, data and evaluation included.
    pub wall: f64,
    /// The machine of the estimated times.
    pub machine: &'static str,
    /// The generated functions that were called.
    pub functions: Vec<FunctionReport>,
    /// What was done beside them.
    pub sections: Vec<SectionReport>,
    /// What the profile itself took.
    pub clock: ClockReport,
}

/// A generated function.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FunctionReport {
    /// Its name.
    pub name: &'static str,
    /// How often it was called.
    pub calls: u64,
    /// On how many rows in all.
    pub rows: u64,
    /// Its kernels in order.
    pub kernels: Vec<KernelReport>,
}

/// A kernel in all calls; or a loop of kernels, whose body stands behind it: then it has no figures of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KernelReport {
    /// How many loops of kernels stand around it.
    pub depth: usize,
    /// The part of the text that it comes from.
    pub origin: &'static str,
    /// What it is.
    pub kernel: &'static str,
    /// How its result and operands lie.
    pub layout: &'static str,
    /// How often it ran; 0 for a loop of kernels.
    pub runs: u64,
    /// Floating-point operations.
    pub flops: f64,
    /// Bytes that were read and written.
    pub bytes: f64,
    /// The least time on one thread of the machine of the estimates.
    pub estimated: f64,
    /// The time of all threads.
    pub measured: f64,
    /// The part of the wall-clock time; what threads do side by side counts divided by their number.
    pub share: f64,
}

/// Something beside the kernels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SectionReport {
    /// What it is.
    pub name: &'static str,
    /// Wall-clock time.
    pub seconds: f64,
    /// The part of the wall-clock time.
    pub share: f64,
}

/// What the clock itself took, which lies in the times of the kernels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockReport {
    /// How often it was read.
    pub reads: u64,
    /// Nanoseconds of a reading.
    pub nanoseconds: f64,
}
