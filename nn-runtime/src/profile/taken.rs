//! What a profile knows of the functions of a network, and what it comes to.

use core::sync::atomic::{AtomicU64, Ordering};
use std::sync::OnceLock;
use std::time::Instant;
use std::vec::Vec;

use super::Section;
use super::clock::{Clock, Slot, of_section};
use crate::report::{ClockReport, FunctionReport, KernelReport, ProfileReport, SectionReport};

/// The generated functions of a network, each with what the compiler knows of its kernels.
#[derive(Debug)]
pub struct Profile {
    /// The name of the network.
    pub network: &'static str,
    /// The machine of the estimated times.
    pub machine: &'static str,
    /// The functions, in the order in which they are called.
    pub functions: &'static [&'static Function],
}

/// A generated function, and what its calls have come to.
#[derive(Debug)]
pub struct Function {
    name: &'static str,
    lines: &'static [Line],
    slots: &'static [Slot],
    calls: AtomicU64,
    rows: AtomicU64,
    /// Nanoseconds of the profile itself, at the end of calls.
    own: Slot,
}

/// A kernel, or a loop of kernels with its body behind it.
#[derive(Debug)]
pub struct Line {
    /// How many loops of kernels stand around it.
    pub depth: usize,
    /// How often it runs in a call; 0 for a loop of kernels, which is no kernel.
    pub times: u64,
    /// The part of the text that it comes from.
    pub origin: &'static str,
    /// What it is.
    pub kernel: &'static str,
    /// How its result and operands lie.
    pub layout: &'static str,
    /// Floating-point operations.
    pub flops: Figure,
    /// Bytes that are read and written.
    pub bytes: Figure,
    /// The least time in nanoseconds.
    pub nanoseconds: Figure,
}

/// A figure of a call.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// For each row.
    pub per_row: f64,
    /// Whatever the rows.
    pub fixed: f64,
}

impl Figure {
    fn of(self, rows: u64, calls: u64) -> f64 {
        self.per_row * rows as f64 + self.fixed * calls as f64
    }
}

impl Function {
    /// A function with its kernels, and a slot for each of them.
    pub const fn new(name: &'static str, lines: &'static [Line], slots: &'static [Slot]) -> Self {
        Self { name, lines, slots, calls: AtomicU64::new(0), rows: AtomicU64::new(0), own: Slot::new() }
    }

    pub(super) fn called(&self, rows: usize) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.rows.fetch_add(rows as u64, Ordering::Relaxed);
    }

    pub(super) fn put_down(&self, nanoseconds: u64) {
        self.own.add(nanoseconds);
    }

    /// What its calls have come to; `None` without any.
    fn report(&self, wall: f64) -> Option<FunctionReport> {
        let (calls, rows) = (self.calls.load(Ordering::Relaxed), self.rows.load(Ordering::Relaxed));
        let kernel = |(line, slot): (&Line, &Slot)| KernelReport {
            depth: line.depth,
            origin: line.origin,
            kernel: line.kernel,
            layout: line.layout,
            runs: line.times * calls,
            flops: line.flops.of(rows, calls),
            bytes: line.bytes.of(rows, calls),
            estimated: line.nanoseconds.of(rows, calls) * 1e-9,
            measured: slot.seconds(),
            share: slot.wall_seconds() / wall,
        };
        let kernels: Vec<KernelReport> = self.lines.iter().zip(self.slots).map(kernel).collect();
        (calls > 0).then_some(FunctionReport { name: self.name, calls, rows, kernels })
    }
}

#[cfg(test)]
impl Function {
    /// Calls, and rows in all of them.
    pub(super) fn counts(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.rows.load(Ordering::Relaxed))
    }
}

static PROFILES: OnceLock<&'static [&'static Profile]> = OnceLock::new();

/// Lets the command line print these profiles behind a training.
pub fn begin(profiles: &'static [&'static Profile]) {
    // The first one stays: there is one training.
    let _ = PROFILES.set(profiles);
}

/// What the profile of a network has come to in so many seconds; `None` if none was begun.
pub(crate) fn taken(network: &str, wall: f64) -> Option<ProfileReport> {
    let profile = PROFILES.get()?.iter().find(|profile| profile.network == network)?;
    let functions: Vec<FunctionReport> =
        profile.functions.iter().filter_map(|function| function.report(wall)).collect();
    let own: f64 = profile.functions.iter().map(|function| function.own.wall_seconds()).sum();
    let sections = [
        (Section::Data, "reading and encoding the data"),
        (Section::Rows, "copying the rows of a batch"),
        (Section::Loss, "losses and their gradients"),
        (Section::Add, "adding up the gradients of shards"),
        (Section::Check, "penalties, infinities, clips"),
        (Section::Update, "the optimizer"),
        (Section::Metrics, "losses and metrics of splits"),
    ];
    let sections = sections.map(|(section, name)| (name, of_section(section).wall_seconds()));
    let mut sections: Vec<(&str, f64)> = sections.into_iter().chain([("putting down the times", own)]).collect();
    let kernels: f64 = functions.iter().flat_map(|function| &function.kernels).map(|kernel| kernel.share * wall).sum();
    let known = kernels + sections.iter().map(|(_, seconds)| seconds).sum::<f64>();
    sections.push(("everything else, and waiting for other threads", wall - known));
    let share = |(name, seconds)| SectionReport { name, seconds, share: seconds / wall };
    let laps = functions.iter().flat_map(|function| &function.kernels).map(|kernel| kernel.runs);
    Some(ProfileReport {
        wall,
        machine: profile.machine,
        clock: ClockReport { reads: laps.sum(), nanoseconds: cost_of_a_lap() },
        functions,
        sections: sections.into_iter().map(share).collect(),
    })
}

/// What it takes to read the clock behind a kernel, in nanoseconds.
fn cost_of_a_lap() -> f64 {
    static SLOTS: [Slot; 1] = [Slot::new()];
    static NOTHING: Function = Function::new("nothing", &[], &SLOTS);
    const LAPS: u32 = 10_000;
    let mut clock = Clock::start(&NOTHING, &SLOTS, 0);
    let began = Instant::now();
    for _ in 0..LAPS {
        clock.lap(0);
    }
    began.elapsed().as_secs_f64() * 1e9 / f64::from(LAPS)
}
