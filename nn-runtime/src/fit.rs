//! Epochs over rows in memory, on any number of threads; calls an observer after each step and epoch. Knows no files and no columns.
//!
//! [`Trainer::fit`](crate::trainer::Trainer::fit) is this with a history. Who wants more between two epochs (validation, early stopping,
//! the best weights, a progress bar) writes an [`Observer`] and calls [`fit`]: it sees the weights after each epoch and may stop.
//!
//! The results have the same bits for any number of threads: each worker takes whole shards, and their gradients are added in the order
//! of the shards.

mod run;
mod settings;
mod worker;

use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::profile::{self, Section};
use crate::program::Program;
use crate::real::Real;
use crate::rng::{SHUFFLE, Stream};
use crate::step::{self, Buffers, Moment, Setup};
use crate::team::Team;

pub use run::Run;
pub use settings::Settings;
#[cfg(feature = "train")]
pub(crate) use settings::all_threads;
#[cfg(feature = "cli")]
pub(crate) use settings::threads;
use worker::{Chosen, Source, Task, Worker};

/// What a step came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepStats {
    /// The epoch, from 1.
    pub epoch: usize,
    /// The step since the beginning of the training, from 1.
    pub step: u64,
    /// Rows in its batch.
    pub rows: usize,
    /// The loss before the weights changed, penalties included.
    pub loss: f64,
    /// Its learning rate.
    pub learning_rate: f64,
}

/// What an epoch came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochStats {
    /// The epoch since the beginning of the training, from 1.
    pub epoch: usize,
    /// Steps since the beginning of the training.
    pub steps: u64,
    /// The mean over the rows of the losses of its steps, penalties included, each measured before its step.
    pub loss: f64,
    /// The learning rate of its last step.
    pub learning_rate: f64,
}

/// What watches a training, and can end it with [`ControlFlow::Break`].
pub trait Observer<T> {
    /// After each step.
    fn on_step(&mut self, _stats: &StepStats) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// After each whole epoch, with the weights (physical order) as they are then.
    fn on_epoch(&mut self, _stats: &EpochStats, _weights: &[T]) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Watches nothing.
impl<T> Observer<T> for () {}

/// Trains `weights` for `epochs` more epochs, each over all rows in an order that the seed and the number of the epoch decide.
/// `run` remembers what the next call needs to go on. Allocates nothing in a step after the first.
///
/// # Errors
/// What [`step::check`] complains about, [`Error::Setting`], and [`Error::NotFinite`]; then `weights` are those at the end of the last
/// epoch without such a loss.
pub fn fit<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    run: &mut Run<T>,
    weights: &mut [T],
    (inputs, targets): (Rows<'_, T>, Targets<'_, T>),
    epochs: usize,
    observer: &mut dyn Observer<T>,
) -> Result<(), Error> {
    let rows = step::check(program, &settings.setup.loss, inputs, targets)?;
    settings.check()?;
    let batch = settings.batch.min(rows);
    run.reserve(program, &settings.setup.optimizer, batch, settings.threads_for(program, batch));
    let source = Source { program, loss: settings.setup.loss, inputs, targets };
    let mut order = core::mem::take(&mut run.order);
    order.resize(rows, 0);
    let planned = settings.epochs.max(run.epochs + epochs);
    let plan = Plan { settings, source: &source, batch, epochs, planned };
    let result = plan.run(run, weights, &mut order, observer);
    run.order = order;
    result
}

/// One call of [`fit`].
struct Plan<'a, T: 'static> {
    settings: &'a Settings<'a>,
    source: &'a Source<'a, T>,
    /// Rows in a step but the last of an epoch.
    batch: usize,
    /// Epochs of this call.
    epochs: usize,
    /// Epochs of the whole training, which the schedule stretches over.
    planned: usize,
}

impl<T: Real> Plan<'_, T> {
    fn run(
        &self,
        run: &mut Run<T>,
        weights: &mut [T],
        order: &mut [usize],
        observer: &mut dyn Observer<T>,
    ) -> Result<(), Error> {
        for _ in 0..self.epochs {
            run.epochs += 1;
            run.good.copy_from_slice(weights);
            // From the beginning, so that an epoch depends on its number and not on what came before.
            order.iter_mut().enumerate().for_each(|(place, row)| *row = place);
            Stream { seed: self.settings.seed, stream: SHUFFLE, step: run.epochs as u32 }.shuffle(order);
            let flow = self.epoch(run, weights, order, observer);
            if matches!(flow, Err(Error::NotFinite { .. })) {
                weights.copy_from_slice(&run.good);
            }
            if flow?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn epoch(
        &self,
        run: &mut Run<T>,
        weights: &mut [T],
        order: &[usize],
        observer: &mut dyn Observer<T>,
    ) -> Result<ControlFlow<()>, Error> {
        let mut sum = 0.0;
        for rows in order.chunks(self.batch) {
            let stats = self.step(run, weights, rows)?;
            sum += stats.loss * rows.len() as f64;
            if observer.on_step(&stats).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let (epoch, steps) = (run.epochs, run.steps);
        let loss = sum / order.len() as f64;
        let stats = EpochStats { epoch, steps, loss, learning_rate: self.learning_rate(steps) };
        Ok(observer.on_epoch(&stats, weights))
    }

    fn learning_rate(&self, step: u64) -> f64 {
        let per_epoch = self.source.rows().div_ceil(self.batch) as u64;
        self.settings.schedule.at(step, per_epoch, per_epoch * self.planned as u64)
    }

    /// One step on these rows.
    fn step(&self, run: &mut Run<T>, weights: &mut [T], rows: &[usize]) -> Result<StepStats, Error> {
        let step = run.steps + 1;
        let learning_rate = self.learning_rate(step);
        let moment = Moment { seed: self.settings.seed, epoch: run.epochs, step, learning_rate };
        let each = step::shard_rows(self.source.program, self.batch);
        let loss = one_step(self.source, &self.settings.setup, moment, run, weights, Chosen::Listed(rows), each)?;
        Ok(StepStats { epoch: run.epochs, step, rows: rows.len(), loss, learning_rate })
    }
}

/// One step on some rows, in shards of `each`: the loss before it.
fn one_step<T: Real>(
    source: &Source<'_, T>,
    setup: &Setup<'_>,
    moment: Moment,
    run: &mut Run<T>,
    weights: &mut [T],
    rows: Chosen<'_>,
    each: usize,
) -> Result<f64, Error> {
    let weight = source.weight(rows);
    let crew = run.team.threads();
    let mut loss = 0.0;
    // Each worker has room for one shard; so many shards are computed, then added up, then the next.
    for first in (0..rows.len()).step_by(each * crew) {
        let wave = rows.part(first, each * crew);
        let shared = &*weights;
        let task = |place: usize| {
            let draws = step::draws(moment.seed, moment.step, first + place * each);
            Task { rows: wave.part(place * each, each), weight, draws }
        };
        let workers = &mut run.workers[..wave.len().div_ceil(each)];
        match workers {
            // The only shard is shared out within.
            [worker] => worker.run(source, shared, task(0), &run.team),
            _ => profile::beside(workers.len().min(crew), || {
                run.team.each(workers, |place, worker| worker.run(source, shared, task(place), &Team::ALONE));
            }),
        }
        loss = workers.iter().fold(loss, |loss, worker| loss + worker.loss);
        profile::timed(Section::Add, || gather(&run.team, first == 0, &mut run.gradients, workers));
    }
    let mut buffers = Buffers {
        gradients: &mut run.gradients,
        part: &mut [],
        // A network with state is never cut into shards, so the first worker has all of it.
        state: &mut run.workers[0].state,
        scratch: &mut [],
        optimizer: &mut run.optimizer,
    };
    let loss = step::finish(source.program, setup, moment, weights, loss, &mut buffers, &run.team)?;
    run.steps = moment.step;
    Ok(loss)
}

/// One step on a whole batch, as it lies; the loss before it. `run` and `weights` as for [`fit`]; so are the errors.
pub(crate) fn step<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    learning_rate: f64,
    run: &mut Run<T>,
    weights: &mut [T],
    (inputs, targets): (Rows<'_, T>, Targets<'_, T>),
) -> Result<f64, Error> {
    let Settings { setup, seed, .. } = settings;
    let rows = step::check(program, &setup.loss, inputs, targets)?;
    settings.check()?;
    let moment = Moment { seed: *seed, epoch: 0, step: run.steps + 1, learning_rate };
    run.reserve(program, &setup.optimizer, rows, settings.threads_for(program, rows));
    let source = Source { program, loss: setup.loss, inputs, targets };
    let each = step::shard_rows(program, rows);
    one_step(&source, setup, moment, run, weights, Chosen::Neighbours(0, rows), each)
}

/// Adds the gradients of a wave of shards, in the order of the shards; of the first, instead of what was there.
fn gather<T: Real>(team: &Team, first: bool, total: &mut Vec<T>, workers: &mut [Worker<T>]) {
    let swaps = usize::from(first);
    if first {
        core::mem::swap(total, &mut workers[0].gradients);
    }
    let workers = &workers[swaps..];
    if !workers.is_empty() {
        team.slices(total, step::SLICE, |start, total| {
            workers.iter().for_each(|worker| step::add(total, &worker.gradients[start..start + total.len()]));
        });
    }
}
