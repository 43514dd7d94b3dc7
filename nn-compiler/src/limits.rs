//! The memory that a planned network takes, and whether it keeps to the limits of its text.

use nn_grammar::diagnostic::{Code, Diagnostic};

use crate::Compiled;
use crate::model::Network;
use crate::plan::Plan;
use crate::words;

/// The most values that a training step may work on: 2^36, or 256 GiB of `f32`.
const MOST_VALUES: usize = 1 << 36;

/// What a training holds at once, as one thread takes it, in values. The runtime allocates exactly these; generated code asserts that both agree.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Held {
    /// Parameters and state.
    pub weights: usize,
    /// The gradients: of the batch, and of the part of it that is being computed.
    pub gradients: usize,
    /// New state before it is taken over.
    pub new_state: usize,
    /// What the optimizers remember.
    pub optimizer: usize,
    /// Scratch memory.
    pub scratch: usize,
}

impl Held {
    /// All of it. A batch can be any number: too large a sum saturates, and is refused.
    pub fn total(&self) -> usize {
        let Self { weights, gradients, new_state, optimizer, scratch } = *self;
        [gradients, new_state, optimizer, scratch].into_iter().fold(weights, usize::saturating_add)
    }

    /// With what another step has for itself, on the same weights.
    fn and(self, step: Self) -> Self {
        Self {
            weights: self.weights,
            gradients: self.gradients.saturating_add(step.gradients),
            new_state: self.new_state.saturating_add(step.new_state),
            optimizer: self.optimizer.saturating_add(step.optimizer),
            scratch: self.scratch.saturating_add(step.scratch),
        }
    }
}

/// What a step of the train section of a network holds, if there is one.
pub fn held(network: &Network, plan: &Plan) -> Option<Held> {
    let recipe = network.recipe.as_ref()?;
    let rows = recipe.batch;
    let shard = plan.shard.map_or(rows, |shard| rows.min(shard));
    let part = if shard < rows { plan.parameters } else { 0 };
    let outputs: usize = network.output.iter().product();
    let (stated, stated_fixed) = network.objective.as_ref().map_or((0, 0), |objective| {
        (1 + objective.metrics.len() + objective.targets() + plan.figures_arena.per_row, plan.figures_arena.fixed)
    });
    let per_row = (4 * outputs + stated).saturating_mul(shard);
    Some(Held {
        weights: plan.weights(),
        gradients: plan.parameters + part,
        new_state: plan.state,
        optimizer: recipe.optimizer.0.state_values(plan.parameters),
        scratch: per_row.saturating_add(stated_fixed).saturating_add(plan.train_arena.values(shard)),
    })
}

/// What a whole training holds: of a network by itself that of its step, of one in steps the weights once, and what each step has for itself.
pub fn held_in_all(network: &Network, plan: &Plan, steps: &[Compiled]) -> Option<Held> {
    let alone = held(network, plan)?;
    if steps.is_empty() {
        return Some(alone);
    }
    let each = steps.iter().filter_map(|step| held(&step.network, &step.plan));
    Some(each.fold(Held { weights: plan.weights(), ..Held::default() }, Held::and))
}

/// Values of a prediction of one row: weights and scratch memory.
pub fn prediction_values(plan: &Plan) -> usize {
    plan.weights() + plan.predict_arena.per_row + plan.predict_arena.fixed
}

/// Whether a network, or a training in these steps, keeps to the limits that its text states.
///
/// # Errors
/// For each limit that does not hold: what is needed, and of what it consists.
pub fn check(network: &Network, plan: &Plan, steps: &[Compiled]) -> Result<(), Vec<Diagnostic>> {
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
    if let Some((recipe, held)) = network.recipe.as_ref().zip(held_in_all(network, plan, steps)) {
        let needed = held.total();
        let what = if steps.is_empty() { "a training step" } else { "the training" };
        let asked = format!("{what} of `{}` on {} rows takes {}", network.name, recipe.batch, size(needed));
        if needed > MOST_VALUES {
            let span = recipe.batch_span.unwrap_or(network.span);
            let note = format!("the limit is {MOST_VALUES} values, {}", size(MOST_VALUES));
            return Err(vec![Diagnostic::new(Code::TooLarge, span, asked).label("too many rows").note(note)]);
        }
        if let Some((limit, span)) = recipe.memory.filter(|(limit, _)| bytes(needed) > *limit) {
            let message = format!("{asked}, more than {}", words::bytes(limit.into()));
            let optimizer = match steps {
                [] => format!("`{}`", recipe.optimizer.1.signature.name),
                _ => "the optimizers".to_owned(),
            };
            let note = format!(
                "weights {}, gradients {}, state of {optimizer} {}, scratch memory {}",
                size(held.weights),
                size(held.gradients),
                size(held.optimizer),
                size(held.new_state + held.scratch)
            );
            diagnostics.push(Diagnostic::new(Code::MemoryExceeded, span, message).label("the limit").note(note));
        }
    }
    if diagnostics.is_empty() { Ok(()) } else { Err(diagnostics) }
}
