//! What a function costs: floating-point operations by kernel, and how large the shards of a batch are for it.

use super::{Dot, Function, FunctionKind, Instruction, Kernel, Loop, Work};
use crate::ir::{ConvPart, Unary};
use crate::shape::Extent;

/// Floating-point operations of a function or a kernel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cost {
    /// For each row.
    pub per_row: u64,
    /// Whatever the rows.
    pub fixed: u64,
}

impl Cost {
    fn times(self, times: u64) -> Self {
        Self { per_row: self.per_row.saturating_mul(times), fixed: self.fixed.saturating_mul(times) }
    }

    fn plus(self, other: Self) -> Self {
        Self { per_row: self.per_row.saturating_add(other.per_row), fixed: self.fixed.saturating_add(other.fixed) }
    }
}

/// What a function costs.
pub fn of_function(function: &Function) -> Cost {
    function.kernels.iter().map(of_kernel).fold(Cost::default(), Cost::plus)
}

/// What a kernel costs; a loop of kernels, all its steps.
pub fn of_kernel(kernel: &Kernel) -> Cost {
    match &kernel.work {
        Work::Loop(nest) => of_loop(nest),
        Work::Dot(dot) => of_dot(dot),
        Work::Conv { yields, target, meeting, .. } => {
            // Each place of each filter is a sum over a window of the channels of its group; the adjoints have the same terms.
            let windows: usize = meeting.axes.iter().map(|axis| axis.window * axis.places).product();
            let terms = windows.saturating_mul(meeting.channels / meeting.groups).saturating_mul(meeting.filters);
            let batched = *yields == ConvPart::Kernel || target.shape.is_batched();
            let terms = 2 * terms as u64;
            if batched { Cost { per_row: terms, fixed: 0 } } else { Cost { per_row: 0, fixed: terms } }
        }
        Work::Gather { target, .. } => of_extents(&target.shape.axes(), 1),
        Work::ScatterAdd { rows, .. } => of_extents(&rows.shape.axes(), 1),
        Work::Panels { rows, columns, .. } => Cost { per_row: 0, fixed: rows.saturating_mul(*columns) as u64 },
        Work::Turn { target, .. } => of_extents(&target.shape.axes(), 1),
        Work::Rows(kernels) => kernels.iter().map(of_kernel).fold(Cost::default(), Cost::plus),
        Work::Scan { steps, kernels, .. } => {
            kernels.iter().map(of_kernel).fold(Cost::default(), Cost::plus).times(*steps as u64)
        }
    }
}

fn of_dot(dot: &Dot) -> Cost {
    let extents: Vec<Extent> = dot.count.into_iter().chain([dot.m, dot.k, dot.n]).collect();
    of_extents(&extents, 2)
}

fn of_loop(nest: &Loop) -> Cost {
    let each: u64 = nest.body.iter().map(of_instruction).sum::<u64>() + u64::from(nest.reduction.is_some());
    let axes = if nest.beside { &nest.axes[..nest.axes.len() - 1] } else { &nest.axes[..] };
    of_extents(axes, each.max(1))
}

/// An estimate: a division counts as four operations, `exp` and its kin as sixteen, a random number as thirty.
fn of_instruction(instruction: &Instruction) -> u64 {
    match instruction {
        Instruction::Load(_) | Instruction::Constant(_) | Instruction::BatchSize | Instruction::Iota(_) => 0,
        Instruction::Random(_) => 30,
        Instruction::Unary(op, _) => match op {
            Unary::Neg | Unary::Abs | Unary::Sign | Unary::Heaviside | Unary::Relu | Unary::Round => 1,
            Unary::Sqrt | Unary::Recip => 4,
            Unary::Exp | Unary::ExpM1 | Unary::Ln | Unary::Softplus | Unary::Tanh | Unary::Sigmoid | Unary::Erf => 16,
            Unary::Sin | Unary::Cos => 16,
        },
        Instruction::Binary(crate::ir::Binary::Div, ..) => 4,
        Instruction::Binary(..) | Instruction::Select(..) => 1,
    }
}

/// So many operations for each element of an array.
fn of_extents(extents: &[Extent], each: u64) -> Cost {
    let mut product = each;
    let mut batched = false;
    for extent in extents {
        let (Extent::Fixed(n) | Extent::Rows(n)) = *extent;
        batched |= matches!(extent, Extent::Rows(_));
        product = product.saturating_mul(n as u64);
    }
    if batched { Cost { per_row: product, fixed: 0 } } else { Cost { per_row: 0, fixed: product } }
}

/// The operations of a training step for each row.
pub(super) fn of_step(functions: &[Function]) -> u64 {
    use FunctionKind::{Backward, Forward, HeadBackward, HeadForward};
    let parts = functions.iter().filter(|f| matches!(f.kind, Forward | HeadForward | HeadBackward | Backward));
    parts.map(|function| of_function(function).per_row).fold(0, u64::saturating_add)
}

/// The part of a step that may go into adding up the gradients of shards, as one in so many.
const PART: u64 = 20;
/// Gradients up to so many values stay in a cache.
const CACHED: usize = 64 * 1024;
/// The most rows of a shard: with more, a batch has too few shards to share out.
const MOST: u64 = 128;
/// The operations of a shard that it takes for a call of the generated functions, and for threads that wait for each other, not to count.
const ENOUGH: u64 = 1 << 19;
/// The most rows of a shard of a network that is so small that these are few operations.
const MOST_OF_SMALL: u64 = 256;

/// Rows that a training batch is cut into, so that threads can share it and what a shard works on stays in a cache: so many that
/// its products keep the registers busy, and that adding up the gradients of the shards does not count, nor beginning one. It depends
/// on the network alone, as results depend on it.
pub(super) fn shard(functions: &[Function], parameters: usize) -> usize {
    let per_row = of_step(functions).max(1);
    // A gradient that is added costs as much as so many operations: from memory more than from a cache.
    let adding = if parameters > CACHED { 30 } else { 4 };
    let adding = (parameters as u64).saturating_mul(adding * PART).div_ceil(per_row);
    let mut products = Vec::new();
    // What predicts many rows has the products of what predicts one.
    for function in functions.iter().filter(|function| function.kind != FunctionKind::PredictMany) {
        list_products(&function.kernels, 1, &mut products);
    }
    let total: u64 = products.iter().map(|product| product.cost).sum();
    let most = products.iter().map(|product| product.cost).max().unwrap_or(0);
    // What takes less than a tenth does not decide; of many products that all take less, those that are half as large as the largest do.
    let large = products.iter().filter(|product| product.cost >= (total / 10).min(most / 2));
    let least = large.map(Product::rows_of_shard).max().unwrap_or(32);
    let enough = ENOUGH.div_ceil(per_row).min(MOST_OF_SMALL);
    adding.max(least).clamp(1, MOST).max(enough).next_power_of_two() as usize
}

/// A product of a step.
struct Product {
    /// Operations for each row, over all steps of the loops around it.
    cost: u64,
    /// How many rows it has for each row of the batch: positions in a sequence, for instance. Places of a convolution do not count.
    rows: u64,
    /// Whether it is done again and again.
    looped: bool,
}

impl Product {
    /// The rows of a shard that it takes to be fast. A recurrence has to go through its steps one by one: half as many rows let
    /// two threads share a small batch.
    fn rows_of_shard(&self) -> u64 {
        match (self.rows, self.looped) {
            (..=8, false) => 32,
            (..=8, true) => 16,
            (rows, _) => 256_u64.div_ceil(rows),
        }
    }
}

fn list_products(kernels: &[Kernel], times: u64, products: &mut Vec<Product>) {
    for kernel in kernels {
        let rows = match &kernel.work {
            Work::Scan { steps, kernels, .. } => {
                list_products(kernels, times.saturating_mul(*steps as u64), products);
                continue;
            }
            // Each entry has all rows of a product of its own.
            Work::Dot(Dot { count: Some(Extent::Rows(n)), m: Extent::Fixed(m), .. }) => {
                (*n as u64).saturating_mul(*m as u64)
            }
            Work::Dot(Dot { m: Extent::Rows(n), .. }) => *n as u64,
            Work::Dot(Dot { k: Extent::Rows(n), .. }) => *n as u64,
            Work::Conv { .. } => 1,
            _ => continue,
        };
        let cost = of_kernel(kernel).per_row.saturating_mul(times);
        products.push(Product { cost, rows: rows.max(1), looped: times > 1 });
    }
}
