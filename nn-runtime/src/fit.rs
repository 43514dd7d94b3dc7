//! Epochs over rows in memory, on any number of threads; calls an observer after each step and epoch. Knows no files and no columns.
//!
//! [`Trainer::fit`](crate::trainer::Trainer::fit) is this with a history. Who wants more between two epochs (validation, early stopping,
//! the best weights, a progress bar) writes an [`Observer`] and calls [`fit`]: it sees the weights after each epoch and may stop.
//!
//! The results have the same bits for any number of threads: each worker takes whole shards, and their gradients are added in the order
//! of the shards.

#[cfg(feature = "std")]
mod pool;
mod run;
mod settings;
mod worker;

use core::ops::ControlFlow;

use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::program::Program;
use crate::real::Real;
use crate::rng::{SHUFFLE, Stream};
use crate::step::{self, Buffers, Moment};

pub use run::Run;
pub use settings::Settings;
use worker::{Model, Source, Task, Worker};

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
    let shards = batch.div_ceil(step::shard_rows(program, batch));
    let crew = settings.workers().min(shards);
    run.reserve(program, &settings.setup.optimizer, batch, crew);
    let source = Source { program, loss: settings.setup.loss, inputs, targets };
    let mut order = core::mem::take(&mut run.order);
    order.resize(rows, 0);
    let planned = settings.epochs.max(run.epochs + epochs);
    let plan = Plan { settings, source: &source, batch, epochs, planned };
    let mut model = Model { weights, order: &mut order };
    #[cfg(feature = "std")]
    let result = if crew > 1 {
        pool::with_helpers(&source, model, crew - 1, |crew| plan.run(crew, run, observer))
    } else {
        plan.run(&mut Alone { source: &source, model: &mut model }, run, observer)
    };
    #[cfg(not(feature = "std"))]
    let result = plan.run(&mut Alone { source: &source, model: &mut model }, run, observer);
    run.order = order;
    result
}

/// Those who compute shards: this thread, and perhaps helpers.
trait Crew<T> {
    /// Looks at the weights and the order, or changes them, while nobody computes.
    fn with_model<R>(&mut self, body: impl FnOnce(&mut Model<'_, T>) -> R) -> R;

    /// Computes the next shards, each with the worker at the same place; at most as many as there are workers.
    fn wave(&mut self, tasks: &mut dyn Iterator<Item = Task>, workers: &mut [Worker<T>]) -> usize;
}

/// This thread alone.
struct Alone<'a, 'm, T: 'static> {
    source: &'a Source<'a, T>,
    model: &'a mut Model<'m, T>,
}

impl<T: Real> Crew<T> for Alone<'_, '_, T> {
    fn with_model<R>(&mut self, body: impl FnOnce(&mut Model<'_, T>) -> R) -> R {
        body(self.model)
    }

    fn wave(&mut self, tasks: &mut dyn Iterator<Item = Task>, workers: &mut [Worker<T>]) -> usize {
        let Some(task) = tasks.next() else { return 0 };
        workers[0].run(self.source, self.model, task);
        1
    }
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
    fn run<C: Crew<T>>(&self, crew: &mut C, run: &mut Run<T>, observer: &mut dyn Observer<T>) -> Result<(), Error> {
        for _ in 0..self.epochs {
            run.epochs += 1;
            let seed = Stream { seed: self.settings.seed, stream: SHUFFLE, step: run.epochs as u32 };
            crew.with_model(|model| {
                run.good.copy_from_slice(model.weights);
                // From the beginning, so that an epoch depends on its number and not on what came before.
                model.order.iter_mut().enumerate().for_each(|(place, row)| *row = place);
                seed.shuffle(model.order);
            });
            let flow = self.epoch(crew, run, observer);
            if matches!(flow, Err(Error::NotFinite { .. })) {
                crew.with_model(|model| model.weights.copy_from_slice(&run.good));
            }
            if flow?.is_break() {
                break;
            }
        }
        Ok(())
    }

    fn epoch<C: Crew<T>>(
        &self,
        crew: &mut C,
        run: &mut Run<T>,
        observer: &mut dyn Observer<T>,
    ) -> Result<ControlFlow<()>, Error> {
        let rows = self.source.rows();
        let mut sum = 0.0;
        for start in (0..rows).step_by(self.batch) {
            let count = self.batch.min(rows - start);
            let stats = self.step(crew, run, start, count)?;
            sum += stats.loss * count as f64;
            if observer.on_step(&stats).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        let (epoch, steps) = (run.epochs, run.steps);
        let stats = EpochStats { epoch, steps, loss: sum / rows as f64, learning_rate: self.learning_rate(steps) };
        Ok(crew.with_model(|model| observer.on_epoch(&stats, model.weights)))
    }

    fn learning_rate(&self, step: u64) -> f64 {
        let per_epoch = self.source.rows().div_ceil(self.batch) as u64;
        self.settings.schedule.at(step, per_epoch, per_epoch * self.planned as u64)
    }

    /// One step on the `rows` from place `start` of the order on.
    fn step<C: Crew<T>>(&self, crew: &mut C, run: &mut Run<T>, start: usize, rows: usize) -> Result<StepStats, Error> {
        let (source, setup) = (self.source, &self.settings.setup);
        let step = run.steps + 1;
        let moment =
            Moment { seed: self.settings.seed, epoch: run.epochs, step, learning_rate: self.learning_rate(step) };
        let weight = crew.with_model(|model| source.weight(&model.order[start..start + rows]));
        let each = step::shard_rows(source.program, self.batch);
        let mut tasks = (0..rows).step_by(each).map(|row| Task {
            place: start + row,
            rows: each.min(rows - row),
            weight,
            draws: step::draws(moment.seed, step, row),
        });
        let mut loss = 0.0;
        let mut first = true;
        loop {
            let done = crew.wave(&mut tasks, &mut run.workers);
            if done == 0 {
                break;
            }
            for worker in &mut run.workers[..done] {
                loss += worker.loss;
                if core::mem::take(&mut first) {
                    core::mem::swap(&mut run.gradients, &mut worker.gradients);
                } else {
                    step::add(&mut run.gradients, &worker.gradients);
                }
            }
        }
        let mut buffers = Buffers {
            gradients: &mut run.gradients,
            part: &mut [],
            // A network with state is never cut into shards, so the first worker has all of it.
            state: &mut run.workers[0].state,
            scratch: &mut [],
            optimizer: &mut run.optimizer,
        };
        let loss =
            crew.with_model(|model| step::finish(source.program, setup, moment, model.weights, loss, &mut buffers))?;
        run.steps = step;
        Ok(StepStats { epoch: run.epochs, step, rows, loss, learning_rate: moment.learning_rate })
    }
}
