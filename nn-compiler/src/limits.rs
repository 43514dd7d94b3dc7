//! The memory that a planned network takes, and whether it keeps to the limits of its text.

use nn_grammar::diagnostic::{Code, Diagnostic};

use crate::model::Network;
use crate::plan::Plan;
use crate::words;

/// The most values that a training step may work on: 2^36, or 256 GiB of `f32`.
const MOST_VALUES: usize = 1 << 36;

/// Values of a training step on a batch of `rows`: weights, gradients, new state, the values that the optimizer
/// remembers, and scratch memory. The runtime allocates exactly these; generated code asserts that both agree.
pub fn training_values(network: &Network, plan: &Plan, rows: usize, optimizer: usize) -> usize {
    let shard = plan.shard.map_or(rows, |shard| rows.min(shard));
    let part = if shard < rows { plan.parameters } else { 0 };
    let outputs: usize = network.output.iter().product();
    // A batch can be any number: too large a sum saturates, and is refused.
    let (stated, stated_fixed) = network.objective.as_ref().map_or((0, 0), |objective| {
        (1 + objective.metrics.len() + objective.targets() + plan.figures_arena.per_row, plan.figures_arena.fixed)
    });
    let per_row = (4 * outputs + stated).saturating_mul(shard);
    let fixed = plan.weights() + plan.parameters + plan.state + part + optimizer + stated_fixed;
    per_row.saturating_add(fixed).saturating_add(plan.train_arena.values(shard))
}

/// Values of a prediction of one row: weights and scratch memory.
pub fn prediction_values(plan: &Plan) -> usize {
    plan.weights() + plan.predict_arena.per_row + plan.predict_arena.fixed
}

/// Whether a network keeps to the limits that its text states.
///
/// # Errors
/// For each limit that does not hold: what is needed, and of what it consists.
pub fn check(network: &Network, plan: &Plan) -> Result<(), Vec<Diagnostic>> {
    let each = network.precision.bytes();
    let bytes = |values: usize| values as u64 * each;
    let size = |values: usize| words::bytes(u128::from(bytes(values)));
    let mut diagnostics = Vec::new();
    if let Some((limit, span)) = network.memory {
        let needed = prediction_values(plan);
        if bytes(needed) > limit {
            let message = format!(
                "a prediction of `{}` takes {}, more than {}",
                network.name,
                size(needed),
                words::bytes(limit.into())
            );
            let weights = size(plan.weights());
            let arena = size(plan.predict_arena.per_row + plan.predict_arena.fixed);
            diagnostics.push(
                Diagnostic::new(Code::MemoryExceeded, span, message)
                    .label("the limit")
                    .note(format!("weights {weights}, scratch memory {arena}"))
                    .also(network.span, "the network"),
            );
        }
    }
    if let Some(recipe) = &network.recipe {
        let needed = training_values(network, plan, recipe.batch, recipe.optimizer.0.state_values(plan.parameters));
        if needed > MOST_VALUES {
            let span = recipe.batch_span.unwrap_or(network.span);
            let (name, rows) = (&network.name, recipe.batch);
            let bytes = words::bytes(needed as u128 * u128::from(each));
            let message = format!("a training step of `{name}` on {rows} rows takes {bytes}");
            let note = format!("the limit is {MOST_VALUES} values, {}", size(MOST_VALUES));
            return Err(vec![Diagnostic::new(Code::TooLarge, span, message).label("too many rows").note(note)]);
        }
    }
    if let Some(recipe) = &network.recipe
        && let Some((limit, span)) = recipe.memory
    {
        let (optimizer, args) = &recipe.optimizer;
        let needed = training_values(network, plan, recipe.batch, optimizer.state_values(plan.parameters));
        if bytes(needed) > limit {
            let (needed_size, limit) = (size(needed), words::bytes(limit.into()));
            let message = format!(
                "a training step of `{}` on {} rows takes {needed_size}, more than {limit}",
                network.name, recipe.batch
            );
            let state = optimizer.state_values(plan.parameters);
            let weights = plan.weights();
            let rest = needed - weights - plan.parameters - state;
            let note = format!(
                "weights {}, gradients {}, state of `{}` {}, scratch memory {}",
                size(weights),
                size(plan.parameters),
                args.signature.name,
                size(state),
                size(rest)
            );
            diagnostics.push(Diagnostic::new(Code::MemoryExceeded, span, message).label("the limit").note(note));
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}
