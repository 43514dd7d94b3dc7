//! What a kernel does to numbers and to memory, and the least time that takes: a roofline. Pure numbers of the plan.
//!
//! A kernel takes at least as long as its operations at the speed of its kind, and at least as long as its bytes from and to the
//! memory that holds them all (Williams, Waterman, Patterson: Roofline, Communications of the ACM 52(4), 2009). What it does not
//! know: what a kernel costs to call, lanes of registers that stay empty, and what an earlier kernel has left in which cache.

use super::{Access, Instruction, Kernel, Loop, Part, Position, Work};
use super::{cost, lanes};
use crate::model::Precision;
use crate::shape::{Extent, Shape};

/// The machine of the estimates, in a few words.
pub const MACHINE: &str = "one core of a Cascade Lake Xeon with AVX-512";

// Measured in November 2026 on a virtual machine with two cores of a Xeon (family 6, model 85, stepping 7) at 2.5 GHz, L1 32 KiB and
// L2 1 MiB of each core, L3 35.8 MiB shared with others: one thread, medians of a quiet machine. Operations are of `f32`; of `f64` half
// as many are done in the time.

/// Operations of a product in a nanosecond: a tile of 12 rows and 32 columns whose operands lie in L1.
const PRODUCT: f64 = 148.0;
/// Operations of a convolution in a nanosecond: the best that was measured of a direct one with few channels.
const CONVOLUTION: f64 = 141.0;
/// Operations of a loop of elements in a nanosecond, as [`cost`] weighs them: `exp` counts sixteen and takes 0.32 ns.
const LOOP: f64 = 50.0;
/// Bytes in a nanosecond of `a = b + s * c` from each memory, by the bytes that it holds, the nearest first.
const MEMORIES: [(u64, f64); 4] = [(32 << 10, 230.0), (1 << 20, 76.0), (35 << 20, 23.5), (u64::MAX, 10.8)];

/// What a kernel does, or several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Figures {
    /// Floating-point operations: each on one element counts 1, whatever it is; a product counts `2 m k n`.
    pub flops: u64,
    /// Bytes that are read, each once.
    pub read: u64,
    /// Bytes that are written, each once.
    pub written: u64,
    /// The least time in nanoseconds, on one thread of the [`MACHINE`].
    pub nanoseconds: f64,
}

impl Figures {
    /// Both one after the other.
    #[must_use]
    pub fn plus(self, other: Self) -> Self {
        Self {
            flops: self.flops.saturating_add(other.flops),
            read: self.read.saturating_add(other.read),
            written: self.written.saturating_add(other.written),
            nanoseconds: self.nanoseconds + other.nanoseconds,
        }
    }

    /// The same so many times.
    #[must_use]
    pub fn times(self, times: usize) -> Self {
        let many = |x: u64| x.saturating_mul(times as u64);
        Self {
            flops: many(self.flops),
            read: many(self.read),
            written: many(self.written),
            nanoseconds: self.nanoseconds * times as f64,
        }
    }
}

/// What a kernel does in one run on so many rows; a loop of kernels, in all its steps.
pub fn of_kernel(kernel: &Kernel, rows: usize, precision: Precision) -> Figures {
    let part = |part: &Part| values(&part.shape, rows);
    let (flops, read, written) = match &kernel.work {
        Work::Loop(nest) if nest.beside => of_loop(nest, rows.div_ceil(lanes::LANES)),
        Work::Loop(nest) => of_loop(nest, rows),
        Work::Dot(dot) => {
            let extents = dot.count.into_iter().chain([dot.m, dot.k, dot.n]);
            (2 * elements(extents, rows), part(&dot.a) + part(&dot.b), part(&dot.target))
        }
        Work::Conv { target, a, b, meeting, .. } => {
            // Each place of each filter meets each tap of its window in the channels of its group; so do the adjoints.
            let taps: usize = meeting.axes.iter().map(|axis| axis.window * axis.places).product();
            let terms = [taps, meeting.channels / meeting.groups, meeting.filters].map(Extent::Fixed);
            let examples = [target, a, b].iter().map(|part| part.shape.rows).max().unwrap_or(0);
            let examples = if examples == 0 { Extent::Fixed(1) } else { Extent::Rows(examples) };
            (2 * elements(terms.into_iter().chain([examples]), rows), part(a) + part(b), part(target))
        }
        Work::Gather { target, ids, .. } => (0, part(ids) + part(target), part(target)),
        // The sums are read as well as written.
        Work::ScatterAdd { target, rows: added, ids, .. } => {
            (part(added), part(ids) + 2 * part(added), part(target) + part(added))
        }
        Work::Panels { target, source, .. } | Work::Turn { target, source, .. } => (0, part(source), part(target)),
        Work::Rows(kernels) => of_loops(kernels, rows),
        Work::Scan { steps, kernels, .. } => {
            let each = kernels.iter().map(|kernel| of_kernel(kernel, rows, precision));
            return each.fold(Figures::default(), Figures::plus).times(*steps);
        }
    };
    let (read, written) = (read * precision.bytes(), written * precision.bytes());
    let bytes = read + written;
    // What a loop overwrites lies there once.
    let in_place =
        matches!(&kernel.work, Work::Loop(nest) if nest.loads.iter().any(|load| load.place == nest.target.place));
    let held = if in_place { read.max(written) } else { bytes };
    let bandwidth = MEMORIES.iter().find(|(holds, _)| held <= *holds).map_or(f64::INFINITY, |(_, speed)| *speed);
    // In registers of a size there are half as many numbers of twice the size.
    let narrower = 4.0 / precision.bytes() as f64;
    let computing = match &kernel.work {
        Work::Dot(_) => flops as f64 / (PRODUCT * narrower),
        Work::Conv { .. } => flops as f64 / (CONVOLUTION * narrower),
        _ => {
            let weighed = cost::of_kernel(kernel);
            (weighed.per_row as f64 * rows as f64 + weighed.fixed as f64) / (LOOP * narrower)
        }
    };
    Figures { flops, read, written, nanoseconds: computing.max(bytes as f64 / bandwidth) }
}

/// The same of loops that go through rows together: what one has read or written lies near for the next.
fn of_loops(kernels: &[Kernel], rows: usize) -> (u64, u64, u64) {
    let mut sum = (0, 0, 0);
    let mut near = Vec::new();
    for kernel in kernels {
        let Work::Loop(nest) = &kernel.work else { continue };
        let (flops, _, written) = of_loop(nest, rows);
        let read = nest.loads.iter().filter(|load| !near.contains(&load.place));
        let read: u64 = read.map(|load| touched(load, nest, rows)).sum();
        sum = (sum.0 + flops, sum.1 + read, sum.2 + written);
        near.extend(kernel.work.places());
    }
    sum
}

/// Operations, values read, values written.
fn of_loop(nest: &Loop, rows: usize) -> (u64, u64, u64) {
    let computes = |instruction: &&Instruction| {
        matches!(instruction, Instruction::Unary(..) | Instruction::Binary(..) | Instruction::Select(..))
    };
    let each = nest.body.iter().filter(computes).count() + usize::from(nest.reduction.is_some());
    let flops = each as u64 * elements(nest.axes.iter().copied(), rows);
    let read = nest.loads.iter().map(|load| touched(load, nest, rows)).sum();
    let written = match nest.reduction {
        None => touched(&nest.target, nest, rows),
        // Places that the loop never comes to are filled.
        Some(_) => {
            let axes = nest.target.extents.iter().zip(&nest.target.at);
            elements(axes.filter(|(_, at)| !matches!(at, Position::Step(_))).map(|(extent, _)| *extent), rows)
        }
    };
    (flops, read, written)
}

/// How many elements of an array a loop comes to: on each axis at most its extent, and at most what the counters of its position count.
fn touched(access: &Access, nest: &Loop, rows: usize) -> u64 {
    let on_axis = |(extent, at): (&Extent, &Position)| match at {
        Position::Step(_) => 1,
        Position::Counters(affine) => {
            let counted = elements(affine.terms.iter().map(|(counter, _)| nest.axes[*counter]), rows);
            counted.min(elements([*extent], rows))
        }
    };
    access.extents.iter().zip(&access.at).map(on_axis).product()
}

/// The product of some extents; of extents without sense, a bound.
fn elements(extents: impl IntoIterator<Item = Extent>, rows: usize) -> u64 {
    /// With it, sums of counts and their bytes are numbers of 64 bits.
    const MOST: u64 = 1 << 48;
    let entries = |extent| match extent {
        Extent::Fixed(n) => n as u64,
        Extent::Rows(n) => (n as u64).saturating_mul(rows as u64),
    };
    extents.into_iter().map(entries).fold(1, |product: u64, n| product.saturating_mul(n).min(MOST))
}

fn values(shape: &Shape, rows: usize) -> u64 {
    elements(shape.axes(), rows)
}
