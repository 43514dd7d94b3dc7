//! The steps of a training of several networks, which take turns on one buffer of weights; knows no epochs.

use alloc::vec::Vec;

use super::Settings;
use super::run::Run;
use super::update::update;
use super::worker::{Chosen, Source};
use crate::error::Error;
use crate::loss::Loss;
use crate::program::{Follows, Training, TrainingStep};
use crate::real::Real;
use crate::recipe::Recipe;
use crate::step::Moment;

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

/// One batch: each step that has its turn, then the weights that follow others. The sum of the losses of these steps, each before it.
pub(super) fn turns<T: Real>(
    training: &'static Training<T>,
    source: &Source<'_, T>,
    batch: &Batch<'_>,
    run: &mut Run<T>,
    weights: &mut [T],
    rows: Chosen<'_>,
) -> Result<f64, Error> {
    if batch.number == 1 {
        training.follows.iter().for_each(|follows| follow(Follows { decay: 0.0, ..*follows }, weights));
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
    let due = training.follows.iter().filter(|follows| batch.number.is_multiple_of(follows.every as u64));
    due.for_each(|follows| follow(*follows, weights));
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
    let setup = settings.setup_at(batch.number, batch.per_epoch, batch.total);
    let loss = update(&source, &setup, moment, part, weights, rows, batch.micro);
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
