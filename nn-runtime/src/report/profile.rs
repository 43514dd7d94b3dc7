//! Where the time of a training went, as part of its report. Times are seconds.

use std::vec::Vec;

use serde::Serialize;

/// Where the time of a training went. The shares of kernels and sections add up to 1.
///
/// ```
/// use nn_runtime::report::{ClockReport, ProfileReport, SectionReport};
/// let optimizer = SectionReport { name: "the optimizer", seconds: 0.5, share: 0.25 };
/// let clock = ClockReport { reads: 1000, nanoseconds: 40.0 };
/// let profile = ProfileReport { wall: 2.0, machine: "x86-64", functions: Vec::new(), sections: vec![optimizer], clock };
/// assert_eq!(profile.sections[0].share, profile.sections[0].seconds / profile.wall);
/// ```
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
///
/// ```
/// use nn_runtime::report::FunctionReport;
/// let forward = FunctionReport { name: "forward", calls: 10, rows: 320, kernels: Vec::new() };
/// assert_eq!(forward.rows / forward.calls, 32);
/// ```
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
///
/// ```
/// use nn_runtime::report::KernelReport;
/// let kernel = KernelReport {
///     depth: 0,
///     origin: "dense_1",
///     kernel: "matmul",
///     layout: "row-major",
///     runs: 10,
///     flops: 2e9,
///     bytes: 1e6,
///     estimated: 0.02,
///     measured: 0.04,
///     share: 0.5,
/// };
/// // Half as fast as it could be, at 50 GFLOP/s.
/// assert_eq!((kernel.estimated / kernel.measured, kernel.flops / kernel.measured), (0.5, 5e10));
/// ```
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
///
/// ```
/// use nn_runtime::report::{SectionReport, to_json};
/// let section = SectionReport { name: "the optimizer", seconds: 0.5, share: 0.25 };
/// assert!(to_json(&section)?.contains("\"share\": 0.25"));
/// # Ok::<(), String>(())
/// ```
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
///
/// ```
/// use nn_runtime::report::ClockReport;
/// let clock = ClockReport { reads: 1_000_000, nanoseconds: 40.0 };
/// // Seconds of all readings together.
/// assert_eq!(clock.reads as f64 * clock.nanoseconds * 1e-9, 0.04);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClockReport {
    /// How often it was read.
    pub reads: u64,
    /// Nanoseconds of a reading.
    pub nanoseconds: f64,
}
