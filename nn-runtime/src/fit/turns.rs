//! The steps of a training of several networks, which take turns on one buffer of weights; knows no epochs.

use alloc::vec::Vec;

use super::Settings;
use super::fresh;
use super::run::Run;
use super::update::update;
use super::worker::{Chosen, Source};
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::loss::Loss;
use crate::program::{Follows, Program, Training, TrainingStep};
use crate::real::Real;
use crate::recipe::Recipe;
use crate::step::{self, Moment, Setup};

/// One batch: of a network by itself one step, of a training what has its turn. The loss before it.
pub(super) fn batch<T: Real>(
    source: &Source<'_, T>,
    (setup, moment): (&Setup<'_>, Moment),
    batch: &Batch<'_>,
    run: &mut Run<T>,
    weights: &mut [T],
    rows: Chosen<'_>,
) -> Result<f64, Error> {
    match source.program.training {
        Some(training) => turns(training, source, batch, run, weights, rows),
        None => update(source, setup, moment, run, weights, rows, batch),
    }
}

/// What all steps of a batch have in common.
pub(super) struct Batch<'a> {
    pub(super) settings: &'a Settings<'a>,
    /// The number of the batch, from 1; of those of an epoch; of those of the whole training.
    pub(super) number: u64,
    pub(super) per_epoch: u64,
    pub(super) total: u64,
    /// Rows that are computed before the next, in shards.
    pub(super) micro: usize,
}

/// Each step that has its turn, then the weights that follow others. The sum of the losses of these steps, each before it.
fn turns<T: Real>(
    training: &'static Training<T>,
    source: &Source<'_, T>,
    batch: &Batch<'_>,
    run: &mut Run<T>,
    weights: &mut [T],
    rows: Chosen<'_>,
) -> Result<f64, Error> {
    if batch.number == 1 {
        begin(training, weights);
    }
    run.steps_of(training.steps.len());
    let mut loss = 0.0;
    for (every, steps) in training.every {
        if batch.number.is_multiple_of(*every as u64) {
            for &number in *steps {
                loss += turn(&training.steps[number], number, source, batch, run, weights, rows)?;
            }
        }
    }
    follow_all(source.program, batch.number, weights);
    run.steps = batch.number;
    Ok(loss)
}

/// One step: its loss before it.
fn turn<T: Real>(
    step: &TrainingStep<T>,
    number: usize,
    source: &Source<'_, T>,
    batch: &Batch<'_>,
    run: &mut Run<T>,
    weights: &mut [T],
    rows: Chosen<'_>,
) -> Result<f64, Error> {
    let Some(recipe) = step.program.recipe else { return Ok(0.0) };
    let settings = settings(recipe, batch.settings, source.program.recipe);
    let source = Source { program: step.program, loss: Loss::Output, inputs: source.inputs, targets: source.targets };
    let (team, factor, epoch) = (core::mem::take(&mut run.team), run.rate_factor, run.epochs);
    let part = &mut run.steps_of(number + 1)[number];
    part.team = team;
    part.reserve(step.program, &settings.setup.optimizer, batch.micro, part.team.threads());
    let learning_rate = settings.schedule.at(batch.number, batch.per_epoch, batch.total) * factor;
    // Each step has random numbers of its own.
    let seed = settings.seed ^ (number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let moment = Moment { seed, epoch, step: part.steps + 1, learning_rate };
    let setup = settings.setup_at(epoch, batch.number, batch.per_epoch, batch.total);
    let loss = update(&source, &setup, moment, part, weights, rows, batch);
    let team = core::mem::take(&mut part.team);
    if let Ok(loss) = loss {
        part.epoch_loss.0 += loss;
        part.epoch_loss.1 += 1;
    }
    run.team = team;
    loss
}

/// The settings of a step: those of its own, but for what a call has changed of those of the whole training.
fn settings(step: &'static Recipe, now: &Settings<'_>, stated: Option<&'static Recipe>) -> Settings<'static> {
    let mut settings = Settings::from(step);
    settings.seed = now.seed;
    if let Some(stated) = stated {
        settings.schedule.lr *= now.schedule.lr / stated.schedule.lr;
    }
    settings
}

/// Lets those that follow others begin where these are.
fn begin<T: Real>(training: &Training<T>, weights: &mut [T]) {
    training.follows.iter().for_each(|follows| follow(Follows { decay: 0.0, ..*follows }, weights));
}

/// Moves all weights that follow others and whose turn it is, behind batch `number`.
pub(crate) fn follow_all<T: Real>(program: &Program<T>, number: u64, weights: &mut [T]) {
    let follows = program.training.iter().flat_map(|training| training.follows);
    let due = follows.filter(|follows| number.is_multiple_of(follows.every as u64));
    due.for_each(|follows| follow(*follows, weights));
}

/// Moves weights towards those that they follow.
fn follow<T: Real>(Follows { start, leader, len, decay, .. }: Follows, weights: &mut [T]) {
    if decay == 0.0 {
        return weights.copy_within(leader..leader + len, start);
    }
    let incoming = T::from_f64(1.0 - decay);
    for at in 0..len {
        let (target, value) = (weights[start + at], weights[leader + at]);
        weights[start + at] = target + incoming * (value - target);
    }
}

impl<T> Run<T> {
    /// The mean loss of each step of a training since the epoch began, in the order of the text; nothing for a training of one network.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::fit::{Run, Settings, fit};
    /// # use nn_runtime::{Network, Rows, Targets};
    /// let mut run = Run::<f32>::default();
    /// // A network by itself has no steps that take turns.
    /// assert!(run.step_losses().is_empty());
    /// ```
    pub fn step_losses(&self) -> Vec<f64> {
        self.steps_in_turn.iter().map(|step| step.epoch_loss.0 / step.epoch_loss.1 as f64).collect()
    }

    /// What each of so many steps remembers, or more.
    fn steps_of(&mut self, count: usize) -> &mut [Self] {
        if self.steps_in_turn.len() < count {
            self.steps_in_turn.resize_with(count, Self::default);
        }
        &mut self.steps_in_turn
    }
}

/// One batch as it lies; the loss before it. `run` and `weights` as for [`fit`](super::fit); so are the errors. Schedules stretch over
/// `total` batches, `per_epoch` of them in an epoch.
pub(crate) fn step<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    (per_epoch, total): (u64, u64),
    run: &mut Run<T>,
    weights: &mut [T],
    (inputs, targets): (Rows<'_, T>, Targets<'_, T>),
) -> Result<f64, Error> {
    let Settings { setup, seed, .. } = settings;
    let rows = step::check(program, &setup.loss, inputs, targets)?;
    settings.check()?;
    fresh::check(program, settings, targets)?;
    let number = run.steps + 1;
    let learning_rate = settings.schedule.at(number, per_epoch, total);
    let moment = Moment { seed: *seed, epoch: 0, step: number, learning_rate };
    run.reserve(program, &setup.optimizer, rows, settings.threads_for(program, rows));
    let source = Source { program, loss: setup.loss, inputs, targets };
    let all = Batch { settings, number, per_epoch, total, micro: rows };
    batch(&source, (setup, moment), &all, run, weights, Chosen::Neighbours(0, rows))
}

/// The step of this name of a training, whose turn it may be or not; its loss before it. As [`step`].
///
/// # Errors
/// Those of [`step`], and [`Error::UnknownStep`].
pub(crate) fn named_step<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    (per_epoch, total): (u64, u64),
    run: &mut Run<T>,
    weights: &mut [T],
    (name, inputs): (&str, Rows<'_, T>),
) -> Result<f64, Error> {
    let training = program.training;
    let known = training.and_then(|training| training.steps.iter().position(|step| step.name == name));
    let (Some(training), Some(at)) = (training, known) else {
        let steps = training.iter().flat_map(|training| training.steps).map(|step| step.name).collect();
        return Err(Error::UnknownStep { name: name.into(), known: steps });
    };
    let rows = step::check(program, &Loss::Output, inputs, Targets::Values(&[]))?;
    settings.check()?;
    fresh::check(program, settings, Targets::Values(&[]))?;
    run.reserve(program, &settings.setup.optimizer, rows, settings.threads_for(program, rows));
    let source = Source { program, loss: Loss::Output, inputs, targets: Targets::Values(&[]) };
    if run.steps == 0 && run.steps_of(training.steps.len()).iter().all(|step| step.steps == 0) {
        begin(training, weights);
    }
    let number = run.steps_of(at + 1)[at].steps + 1;
    let all = Batch { settings, number, per_epoch, total, micro: rows };
    turn(&training.steps[at], at, &source, &all, run, weights, Chosen::Neighbours(0, rows))
}
