//! One training step without allocation: shards, their sum, penalties, clip, update. Knows tables and slices, no threads and no files.
//!
//! A batch is cut into shards of [`Program::shard`] rows. Each shard gives a gradient of its own; they are added in the order of the
//! shards. So the result does not depend on who computes which shard.

use core::ops::Range;

use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::loss::stated::Stated;
use crate::loss::{Case, Loss};
use crate::name::Name;
use crate::optim::{Clip, Optimizer, Penalty};
use crate::profile::{self, Section};
use crate::program::{Ids, Program, Segment};
use crate::real::Real;
use crate::rng::Draws;
use crate::team::Team;

/// What a step does with a batch, whatever the batch.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Optimizer, fit::{Settings, Setup}};
/// let settings = Settings::of(Net::PROGRAM);
/// let setup = Setup { optimizer: Optimizer::lion(), ..settings.setup };
/// assert_eq!((setup.loss.name(), setup.optimizer.name()), ("mse", "lion"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Setup<'w> {
    /// What is minimized.
    pub loss: Loss<'w>,
    /// What changes the parameters.
    pub optimizer: Optimizer,
    /// Penalties on all parameters, beside those of the tensors.
    pub penalty: Penalty,
    /// Limits on the gradients, penalties included.
    pub clip: Clip,
    /// Weights that stay as they are, though they have gradients; in the order of their places.
    pub held: &'w [Segment],
}

/// Which step it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// The seed of all random numbers of the run.
    pub seed: u64,
    /// The epoch, from 1; 0 outside of epochs. For messages only.
    pub epoch: usize,
    /// The step, from 1.
    pub step: u64,
    /// The learning rate.
    pub learning_rate: f64,
}

/// The memory of [`step`]. Everything but `optimizer` may hold anything when a step begins.
#[derive(Debug)]
pub struct Buffers<'a, T> {
    /// The gradients of the batch: [`Program::parameters`] values.
    pub gradients: &'a mut [T],
    /// The gradients of one shard: [`part_values`].
    pub part: &'a mut [T],
    /// The new state tensors: [`state_values`].
    pub state: &'a mut [T],
    /// What one shard computes with: at least [`scratch_values`].
    pub scratch: &'a mut [T],
    /// What the optimizer remembers: [`Optimizer::state_values`]; all 0 before the first step.
    pub optimizer: &'a mut [T],
}

/// Rows of the largest shard of a batch of `rows`.
pub const fn shard_rows<T>(program: &Program<T>, rows: usize) -> usize {
    match program.shard {
        Some(shard) if shard < rows => shard,
        _ => rows,
    }
}

/// Values that one shard of a batch of `rows` computes with: logits, outputs, their gradients, and the arena.
pub const fn scratch_values<T>(program: &Program<T>, rows: usize) -> usize {
    let rows = shard_rows(program, rows);
    let objective = match program.objective {
        Some(objective) => objective.scratch_values(rows),
        None => 0,
    };
    4 * rows * program.outputs + program.train_arena.values(rows) + objective
}

/// Values of [`Buffers::part`] for a batch of `rows`: none if it is one shard.
pub const fn part_values<T>(program: &Program<T>, rows: usize) -> usize {
    if shard_rows(program, rows) < rows { program.parameters } else { 0 }
}

/// Values to which a step gives new ones without a gradient: the state.
pub const fn state_values<T>(program: &Program<T>) -> usize {
    Segment::values(program.written)
}

/// Values of a whole training step on a batch of `rows`: weights and all of [`Buffers`], of which the optimizer's are given.
pub const fn training_values<T>(program: &Program<T>, rows: usize, optimizer: usize) -> usize {
    let gradients = program.parameters + part_values(program, rows);
    program.weights + gradients + state_values(program) + scratch_values(program, rows) + optimizer
}

/// Values on the last axis of an output: the classes.
pub const fn width<T>(program: &Program<T>) -> usize {
    match program.output {
        [.., last] => *last,
        [] => 1,
    }
}

/// Whether these inputs and targets fit the network and the loss; the number of rows.
///
/// # Errors
/// What [`Rows::check`], [`check_ids`] and [`Loss::check`] complain about.
pub fn check<T: Real>(
    program: &Program<T>,
    loss: &Loss<'_>,
    inputs: Rows<'_, T>,
    targets: Targets<'_, T>,
) -> Result<usize, Error> {
    let rows = inputs.check(program.inputs)?;
    check_ids(program, inputs.values)?;
    if *loss == Loss::Objective {
        Loss::check_stated(program.objective, rows, targets)?;
    } else {
        loss.check(program.head, rows, program.outputs, width(program), targets)?;
    }
    Ok(rows)
}

/// Whether the values that a network takes as ids are ids.
///
/// # Errors
/// [`Error::IdOutOfVocabulary`] for the first that is not.
pub fn check_ids<T: Real>(program: &Program<T>, inputs: &[T]) -> Result<(), Error> {
    if program.ids.is_empty() {
        return Ok(());
    }
    inputs
        .chunks_exact(program.inputs.max(1))
        .enumerate()
        .try_for_each(|(row, input)| program.ids.iter().try_for_each(|ids| check_row(ids, row, input)))
}

fn check_row<T: Real>(ids: &Ids, row: usize, input: &[T]) -> Result<(), Error> {
    let Ids { first, vocabulary, padded, .. } = *ids;
    let least = if padded { -1.0 } else { 0.0 };
    let is_id = |id: f64| id >= least && id < vocabulary as f64 && libm::floor(id) == id;
    match input[ids.places()].iter().map(|value| value.to_f64()).enumerate().find(|&(_, id)| !is_id(id)) {
        Some((at, id)) => Err(Error::IdOutOfVocabulary { row, column: first + at, id, vocabulary }),
        None => Ok(()),
    }
}

/// The divisor of the loss over so many rows: [`Loss::divisor`].
pub fn divisor<T: Real>(
    program: &Program<T>,
    loss: &Loss<'_>,
    rows: usize,
    targets: Targets<'_, T>,
    sample_weights: &[f64],
) -> f64 {
    loss.divisor(rows, (program.outputs, width(program)), targets, sample_weights)
}

/// The sample weights of `count` rows from `first` on, if there are any.
pub(crate) fn part_of(sample_weights: &[f64], first: usize, count: usize) -> &[f64] {
    if sample_weights.is_empty() { sample_weights } else { &sample_weights[first..first + count] }
}

/// Some rows of a batch, small enough to be computed at once.
#[derive(Clone, Copy, Debug)]
pub struct Shard<'a, T> {
    /// The weights before the step.
    pub weights: &'a [T],
    /// The inputs of these rows.
    pub inputs: &'a [T],
    /// Their targets.
    pub targets: Targets<'a, T>,
    /// How much each of these rows counts in the loss; empty: all the same.
    pub sample_weights: &'a [f64],
    /// The divisor of the loss: [`divisor`] of the whole batch.
    pub divisor: f64,
    /// The random numbers of these rows.
    pub draws: Draws,
}

impl<T: Real> Shard<'_, T> {
    /// Forward, loss, backward: overwrites `gradients` (of the parameters) and `state` (the new state tensors); the loss of these rows,
    /// as their part of the batch. `scratch` has at least [`scratch_values`] values. The threads of `team` share what is worth it.
    pub fn run(
        &self,
        program: &Program<T>,
        loss: &Loss<'_>,
        gradients: &mut [T],
        state: &mut [T],
        scratch: &mut [T],
        team: &Team,
    ) -> f64 {
        let Shard { weights, inputs, targets, sample_weights, divisor, draws } = *self;
        let rows = inputs.len() / program.inputs;
        let (arena, scratch) = scratch.split_at_mut(program.train_arena.values(rows));
        let (logits, scratch) = scratch.split_at_mut(rows * program.outputs);
        let (output, scratch) = scratch.split_at_mut(rows * program.outputs);
        let (d_output, scratch) = scratch.split_at_mut(rows * program.outputs);
        let (d_logits, scratch) = scratch.split_at_mut(rows * program.outputs);

        (program.forward)(weights, inputs, logits, state, arena, draws, team);
        let value = profile::timed(Section::Loss, || {
            let fused = loss.fuses_with(program.head);
            if !fused {
                (program.head_forward)(logits, output, arena);
            }
            let (head, width) = (program.head, width(program));
            let case = Case { head, width, logits, output, targets, sample_weights, divisor };
            if fused {
                return loss.evaluate(&case, d_logits);
            }
            let value = match program.objective {
                Some(objective) if *loss == Loss::Objective => {
                    let outputs = program.outputs;
                    let stated = Stated { objective, inputs, output, outputs, targets, sample_weights };
                    stated.evaluate(divisor, d_output, scratch)
                }
                _ => loss.evaluate(&case, d_output),
            };
            (program.head_backward)(logits, d_output, d_logits, arena);
            value
        });
        (program.backward)(weights, inputs, d_logits, gradients, arena, draws, team);
        value
    }
}

/// Gradients that one thread goes through at a time: pieces so large that handing them out costs little beside.
#[cfg(feature = "alloc")]
pub(crate) const SLICE: usize = 8 * 1024;

/// Adds the gradients of the next shard.
pub fn add<T: Real>(total: &mut [T], part: &[T]) {
    T::accumulate(total, part);
}

/// The loss of a whole batch, without penalties; overwrites `gradients`, `part`, `state` and `scratch` of `buffers`.
///
/// # Errors
/// What [`check`] complains about, and [`Error::BufferLength`].
pub fn batch_gradients<T: Real>(
    program: &Program<T>,
    loss: &Loss<'_>,
    (seed, step): (u64, u64),
    weights: &[T],
    (inputs, targets): (Rows<'_, T>, Targets<'_, T>),
    buffers: &mut Buffers<'_, T>,
    team: &Team,
) -> Result<f64, Error> {
    let rows = check(program, loss, inputs, targets)?;
    check_buffers(program, rows, weights, buffers)?;
    let each = shard_rows(program, rows);
    let divisor = divisor(program, loss, rows, targets, inputs.sample_weights);
    let mut total = 0.0;
    for start in (0..rows).step_by(each) {
        let count = each.min(rows - start);
        let shard = Shard {
            weights,
            inputs: &inputs.values[start * program.inputs..(start + count) * program.inputs],
            targets: targets.slice(start, count, targets.len() / rows),
            sample_weights: part_of(inputs.sample_weights, start, count),
            divisor,
            draws: draws(seed, step, start),
        };
        if start == 0 {
            total = shard.run(program, loss, buffers.gradients, buffers.state, buffers.scratch, team);
        } else {
            total += shard.run(program, loss, buffers.part, buffers.state, buffers.scratch, team);
            add(buffers.gradients, buffers.part);
        }
    }
    Ok(total)
}

/// The random numbers of a shard that begins at `row` of its batch. Steps beyond 2^32 begin again.
pub const fn draws(seed: u64, step: u64, row: usize) -> Draws {
    Draws { seed, step: step as u32, row: row as u64 }
}

fn check_buffers<T>(program: &Program<T>, rows: usize, weights: &[T], buffers: &Buffers<'_, T>) -> Result<(), Error> {
    let exact = [
        ("weights", weights.len(), program.weights),
        ("gradients", buffers.gradients.len(), program.parameters),
        ("state", buffers.state.len(), state_values(program)),
    ];
    let least = [
        ("part", buffers.part.len(), part_values(program, rows)),
        ("scratch", buffers.scratch.len(), scratch_values(program, rows)),
    ];
    let wrong = exact.iter().find(|(_, found, expected)| found != expected);
    match wrong.or_else(|| least.iter().find(|(_, found, expected)| found < expected)) {
        Some(&(buffer, found, expected)) => Err(Error::BufferLength { buffer, expected, found }),
        None => Ok(()),
    }
}

/// Adds the penalties of the tensors and of `penalty` to `gradients`; their value, part of the loss.
pub fn penalise<T: Real>(program: &Program<T>, penalty: Penalty, weights: &[T], gradients: &mut [T]) -> f64 {
    let mut total = 0.0;
    for single in program.singles() {
        let both = penalty.plus(single.tensor().l1, single.tensor().l2);
        if !both.is_zero()
            && let Some(place) = program.gradients_of(&single)
        {
            total += both.apply(&weights[single.place()], &mut gradients[place]);
        }
    }
    total
}

/// The second half of a step, when the gradients of all shards are added: penalties, clip, update, new state. The loss with penalties.
/// The threads of `team` share the work; the results do not depend on how many there are.
///
/// # Errors
/// [`Error::NotFinite`] for a loss or gradient that is NaN or infinite, also if only `T` is too small for it, and
/// [`Error::BufferLength`]; then `weights` and the optimizer's
/// memory are as before.
pub fn finish<T: Real>(
    program: &Program<T>,
    setup: &Setup<'_>,
    moment: Moment,
    weights: &mut [T],
    loss: f64,
    buffers: &mut Buffers<'_, T>,
    team: &Team,
) -> Result<f64, Error> {
    let expected = setup.optimizer.state_values(program.parameters);
    if buffers.optimizer.len() != expected {
        return Err(Error::BufferLength { buffer: "optimizer", expected, found: buffers.optimizer.len() });
    }
    let loss = profile::timed(Section::Check, || {
        let loss = loss + penalise(program, setup.penalty, weights, buffers.gradients);
        // The sum is taken in f64; what the caller gets of it is a `T`.
        let shown = T::from_f64(loss);
        if !shown.is_finite() || !T::are_finite(buffers.gradients) {
            return Err(not_finite(program, moment, shown.to_f64(), buffers.gradients));
        }
        hold(program, setup.held, buffers.gradients);
        setup.clip.apply(buffers.gradients);
        Ok(loss)
    })?;
    let (gradients, memory) = (&*buffers.gradients, &mut *buffers.optimizer);
    profile::timed(Section::Update, || {
        let Moment { step, learning_rate, .. } = moment;
        let runs = moving(program.trained, setup.held);
        setup.optimizer.update_runs(team, (weights, runs), gradients, memory, step, learning_rate);
    });
    write_state(program, weights, buffers.state);
    Ok(loss)
}

/// Clears the gradients of what is held, so that they count in no norm.
fn hold<T: Real>(program: &Program<T>, held: &[Segment], gradients: &mut [T]) {
    for run in held {
        for (weights, packed) in Segment::packed(program.trained) {
            let (start, end) = (run.start.max(weights.start), (run.start + run.len).min(weights.end));
            if start < end {
                gradients[packed.start + start - weights.start..packed.start + end - weights.start].fill(T::ZERO);
            }
        }
    }
}

/// The trained weights that are not held, with the places of their gradients. Both lists are in the order of their places.
fn moving<'a>(trained: &'a [Segment], held: &'a [Segment]) -> impl Iterator<Item = (Range<usize>, Range<usize>)> + 'a {
    Segment::packed(trained).flat_map(move |(weights, packed)| {
        let within = weights.clone();
        let inside =
            held.iter().map(Segment::places).filter(move |held| held.start < within.end && within.start < held.end);
        // Between the end of one and the beginning of the next.
        let ends = core::iter::once(weights.start).chain(inside.clone().map(|held| held.end));
        let begins = inside.map(|held| held.start).chain(core::iter::once(weights.end));
        ends.zip(begins).filter(|(start, end)| start < end).map(move |(start, end)| {
            let gradients = packed.start + start - weights.start;
            (start..end, gradients..gradients + end - start)
        })
    })
}

/// The state, as [`Buffers::state`] holds it.
pub fn read_state<T: Real>(program: &Program<T>, weights: &[T], state: &mut [T]) {
    for (place, packed) in Segment::packed(program.written) {
        state[packed].copy_from_slice(&weights[place]);
    }
}

/// Puts the new values of state tensors into their places.
pub fn write_state<T: Real>(program: &Program<T>, weights: &mut [T], state: &[T]) {
    for (place, packed) in Segment::packed(program.written) {
        weights[place].copy_from_slice(&state[packed]);
    }
}

/// Names the largest gradient; a NaN is larger than any number.
pub(crate) fn not_finite<T: Real>(program: &Program<T>, moment: Moment, loss: f64, gradients: &[T]) -> Error {
    let (mut largest, mut at) = (0.0_f64, 0);
    for (i, g) in gradients.iter().map(|g| g.to_f64()).enumerate() {
        if (g.is_nan() && !largest.is_nan()) || g.abs() > largest.abs() {
            (largest, at) = (g, i);
        }
    }
    let tensor = program
        .singles()
        .find(|single| program.gradients_of(single).is_some_and(|place| place.contains(&at)))
        .map_or(Name::plain(""), |single| single.name());
    let Moment { epoch, step, learning_rate, .. } = moment;
    Error::NotFinite { epoch, step, learning_rate, loss, gradient: largest, tensor }
}

/// One training step on one batch: changes `weights`, gives the loss before the change, penalties included.
///
/// # Errors
/// What [`check`] complains about, [`Error::BufferLength`], and [`Error::NotFinite`]; then `weights` are as before.
pub fn step<T: Real>(
    program: &Program<T>,
    setup: &Setup<'_>,
    moment: Moment,
    weights: &mut [T],
    batch: (Rows<'_, T>, Targets<'_, T>),
    buffers: &mut Buffers<'_, T>,
    team: &Team,
) -> Result<f64, Error> {
    let loss = batch_gradients(program, &setup.loss, (moment.seed, moment.step), weights, batch, buffers, team)?;
    finish(program, setup, moment, weights, loss, buffers, team)
}
