//! What time a computation has taken, and on which processors it may run. Elsewhere than on Linux: wall time, and any processor.

use std::time::{Duration, Instant};

/// What a span of work has cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// The processor time of all threads of the process.
    pub processor: Duration,
    /// The time on the wall.
    pub wall: Duration,
}

/// A moment from which cost is counted.
#[derive(Clone, Copy, Debug)]
pub struct Start {
    processor: Option<Duration>,
    wall: Instant,
}

impl Start {
    /// Now.
    pub fn now() -> Self {
        Start { processor: processor_time(), wall: Instant::now() }
    }

    /// The time on the wall since then.
    pub fn wall(&self) -> Duration {
        self.wall.elapsed()
    }

    /// What has been spent since then.
    pub fn cost(&self) -> Cost {
        let wall = self.wall.elapsed();
        let spent = processor_time().zip(self.processor).map(|(now, then)| now.saturating_sub(then));
        Cost { processor: spent.unwrap_or(wall), wall }
    }
}

/// The processor time that this process has had.
#[cfg(target_os = "linux")]
fn processor_time() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
}

#[cfg(not(target_os = "linux"))]
fn processor_time() -> Option<Duration> {
    None
}

/// The processors that this thread may run on, in ascending order; empty where that cannot be known.
#[cfg(target_os = "linux")]
pub fn processors() -> Vec<usize> {
    use rustix::thread::{CpuSet, sched_getaffinity};
    sched_getaffinity(None)
        .map_or_else(|_| Vec::new(), |set| (0..CpuSet::MAX_CPU).filter(|&processor| set.is_set(processor)).collect())
}

#[cfg(not(target_os = "linux"))]
pub fn processors() -> Vec<usize> {
    Vec::new()
}

/// Keeps this process to as many of these processors as there are threads, the last ones: the first serve the machine's own interrupts.
/// Without any there is nothing to choose from.
///
/// # Errors
/// If there are fewer processors than threads.
pub fn keep_to_last(processors: &[usize], threads: usize) -> Result<(), String> {
    if processors.is_empty() {
        return Ok(());
    }
    let Some(first) = processors.len().checked_sub(threads) else {
        return Err(format!("there are {} processors for {threads} threads", processors.len()));
    };
    keep_to(&processors[first..]);
    Ok(())
}

/// Keeps this thread, and all threads and processes that it starts from now on, on these processors. Whether that was possible.
#[cfg(target_os = "linux")]
fn keep_to(processors: &[usize]) -> bool {
    use rustix::thread::{CpuSet, sched_setaffinity};
    let mut set = CpuSet::new();
    processors.iter().for_each(|&processor| set.set(processor));
    sched_setaffinity(None, &set).is_ok()
}

#[cfg(not(target_os = "linux"))]
fn keep_to(_processors: &[usize]) -> bool {
    false
}
