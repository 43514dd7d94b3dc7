//! What a network costs: floating-point operations and bytes; knows graphs and plans, no words.
//!
//! An operation on one element counts 1, whatever it is; a product of matrices `[m, k] x [k, n]` counts `2 m k n`.
//! Moving values and drawing random ones counts nothing, nor do loss and optimizer.

use nn_compiler::Compiled;
use nn_compiler::ir::{ConvPart, Graph, Op, Value};
use nn_compiler::limits::{self, Held};
use nn_compiler::model::Network;
use nn_compiler::shape::Shape;
use serde::Serialize;

/// What a prediction of one row costs.
#[derive(Debug, Serialize)]
pub(crate) struct Prediction {
    /// Floating-point operations.
    pub(crate) flops: u64,
    /// Bytes in all.
    pub(crate) bytes: u64,
    /// Bytes of parameters and state.
    pub(crate) weights: u64,
    /// Bytes of scratch memory.
    pub(crate) scratch: u64,
}

/// What a training step costs.
#[derive(Debug, Serialize)]
pub(crate) struct Training {
    /// Rows in it.
    pub(crate) batch: usize,
    /// Floating-point operations.
    pub(crate) flops: u64,
    /// Bytes in all, for one thread.
    pub(crate) bytes: u64,
    /// Bytes of parameters and state.
    pub(crate) weights: u64,
    /// Bytes of the gradients: of the batch, and of the part of it that is being computed.
    pub(crate) gradients: u64,
    /// Bytes of new state before it is taken over.
    pub(crate) new_state: u64,
    /// Bytes that the optimizer remembers.
    pub(crate) optimizer: u64,
    /// Bytes of scratch memory.
    pub(crate) scratch: u64,
}

/// The cost of a prediction.
pub(crate) fn prediction(compiled: &Compiled) -> Prediction {
    let Compiled { network, plan, graphs, .. } = compiled;
    let bytes = |values: usize| values as u64 * network.precision.bytes();
    let values = limits::prediction_values(plan);
    let weights = plan.weights();
    Prediction {
        flops: flops(&graphs.predict).on(1),
        bytes: bytes(values),
        weights: bytes(weights),
        scratch: bytes(values - weights),
    }
}

/// The cost of a step of the train section, if there is one; of a training in steps, that of each once, with all that they hold together.
pub(crate) fn training(compiled: &Compiled) -> Option<Training> {
    let Compiled { network, plan, steps, .. } = compiled;
    let held = limits::held_in_all(network, plan, steps)?;
    let flops = if steps.is_empty() { step_flops(compiled) } else { steps.iter().map(step_flops).sum() };
    Some(cost(network, held, flops))
}

/// The cost of one step of a training, with all weights.
pub(crate) fn step(compiled: &Compiled) -> Option<Training> {
    let held = limits::held(&compiled.network, &compiled.plan)?;
    Some(cost(&compiled.network, held, step_flops(compiled)))
}

fn cost(network: &Network, held: Held, flops: u64) -> Training {
    let bytes = |values: usize| values as u64 * network.precision.bytes();
    Training {
        batch: network.recipe.as_ref().map_or(0, |recipe| recipe.batch),
        flops,
        bytes: bytes(held.total()),
        weights: bytes(held.weights),
        gradients: bytes(held.gradients),
        new_state: bytes(held.new_state),
        optimizer: bytes(held.optimizer),
        scratch: bytes(held.scratch),
    }
}

fn step_flops(compiled: &Compiled) -> u64 {
    let Compiled { network, graphs, .. } = compiled;
    let rows = network.recipe.as_ref().map_or(0, |recipe| recipe.batch) as u64;
    [&graphs.train, &graphs.head, &graphs.head_gradient].iter().map(|graph| flops(graph).on(rows)).sum()
}

/// Floating-point operations of the part of a prediction of one row that comes from the layer at `path`.
pub(crate) fn layer_flops(graph: &Graph, path: &str) -> u64 {
    let is_its = |value: &Value| {
        let origin = graph.origins.get(graph.node(*value).origin as usize);
        origin.is_some_and(|origin| origin.split(": ").next() == Some(path))
    };
    let inside = |value: Value| match graph.op(value) {
        Op::Scan(scan) => scan.steps as u64 * layer_flops(&scan.body, path),
        _ => 0,
    };
    let own = graph.values().filter(is_its).filter(|value| !matches!(graph.op(*value), Op::Scan(_)));
    own.map(|value| operations(graph, value)).sum::<Flops>().on(1) + graph.values().map(inside).sum::<u64>()
}

/// A count that grows with the rows of a batch.
#[derive(Clone, Copy, Default)]
struct Flops {
    per_row: u64,
    fixed: u64,
}

impl Flops {
    fn on(self, rows: u64) -> u64 {
        self.per_row * rows + self.fixed
    }

    /// One for each value of a shape.
    fn each(shape: &Shape) -> Self {
        let count = shape.len() as u64;
        if shape.is_batched() { Self { per_row: count, fixed: 0 } } else { Self { per_row: 0, fixed: count } }
    }
}

impl std::iter::Sum for Flops {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |a, b| Self { per_row: a.per_row + b.per_row, fixed: a.fixed + b.fixed })
    }
}

fn flops(graph: &Graph) -> Flops {
    graph.values().map(|value| operations(graph, value)).sum()
}

fn operations(graph: &Graph, value: Value) -> Flops {
    match graph.op(value) {
        Op::Source(_)
        | Op::Tensor(_)
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Iota(_)
        | Op::Index(..)
        | Op::Concat(..)
        | Op::Yield(..)
        | Op::BatchSize
        | Op::Random(..)
        | Op::Broadcast(..)
        | Op::Reshape(_)
        | Op::Gather { .. }
        | Op::Stop(_) => Flops::default(),
        Op::Unary(..) | Op::Binary(..) | Op::Select(..) => Flops::each(graph.shape(value)),
        Op::Reduce(_, x, _) | Op::Deposit(x, _) | Op::ScatterAdd { rows: x, .. } => Flops::each(graph.shape(*x)),
        Op::Conv(conv) => {
            // Each value of the output meets each tap and channel of its group.
            let rows = graph.shape(conv.a).rows.max(graph.shape(conv.b).rows);
            let outputs = conv.meeting.shape(ConvPart::Output, rows).len() as u64;
            let taps = conv.meeting.shape(ConvPart::Kernel, rows).len() as u64 / conv.meeting.filters as u64;
            Flops { per_row: 2 * outputs * taps, fixed: 0 }
        }
        Op::Scan(scan) => {
            let once = flops(&scan.body);
            Flops { per_row: once.per_row * scan.steps as u64, fixed: once.fixed * scan.steps as u64 }
        }
        Op::Dot { a, transpose_b, b, .. } => {
            // Each value of `a` meets each column of the result.
            let columns = graph.shape(*b).axis(graph.shape(*b).rank() - 1 - usize::from(*transpose_b));
            let columns = match columns {
                nn_compiler::shape::Extent::Fixed(n) | nn_compiler::shape::Extent::Rows(n) => n as u64,
            };
            let each = Flops::each(graph.shape(*a));
            Flops { per_row: 2 * each.per_row * columns, fixed: 2 * each.fixed * columns }
        }
    }
}
