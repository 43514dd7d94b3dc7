//! Epochs over rows in memory, on any number of threads; calls an observer after each step and epoch. Knows no files and no columns.
//!
//! [`Trainer::fit`](crate::trainer::Trainer::fit) is this with a history. Who wants more between two epochs (validation, early stopping,
//! the best weights, a progress bar) writes an [`Observer`] and calls [`fit`]: it sees the weights after each epoch and may stop.
//!
//! The results have the same bits for any number of threads: each worker takes whole shards, and their gradients are added in the order
//! of the shards. What is made of rows when a batch is put together ([`Settings::augment`], [`Settings::mixup`]) depends on the step and on
//! their places in the batch.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::fit::{Run, Settings, fit};
//! use nn_runtime::{Network, Rows, Targets};
//! let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
//! let train = |threads| {
//!     let mut net = Net::new(1);
//!     let settings = Settings { threads, ..Settings::of(Net::PROGRAM) };
//!     fit(Net::PROGRAM, &settings, &mut Run::default(), net.weights_mut(), rows, 5, &mut ()).map(|()| net.weights().to_vec())
//! };
//! // The same bits on one thread and on three.
//! assert_eq!(train(1)?, train(3)?);
//! # Ok::<(), nn_runtime::Error>(())
//! ```

mod average;
mod fresh;
mod observer;
mod range;
mod run;
mod settings;
mod stream;
mod turns;
mod update;
mod worker;

use core::ops::ControlFlow;

use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::program::Program;
use crate::real::Real;
use crate::rng::{SHUFFLE, Stream};
pub use crate::step::Setup;
use crate::step::{self, Moment};

pub use average::recompute_state;
pub use observer::{EpochStats, Observer, State, StepStats};
pub use range::{RangePoint, RangeReport, RangeTest, range_test};
#[cfg(feature = "train")]
pub(crate) use run::Counters;
pub use run::{Run, UnderWay};
pub use settings::Settings;
#[cfg(feature = "train")]
pub(crate) use settings::all_threads;
#[cfg(feature = "cli")]
pub(crate) use settings::threads;
pub use stream::{Batches, Examples, fit_batches};
use turns::{Batch, batch};
pub(crate) use turns::{follow_all, named_step, step};
use worker::{Chosen, Source};

/// Trains `weights` for `epochs` more epochs, each over all rows in an order that the seed and the number of the epoch decide.
/// `run` remembers what the next call needs to go on; an epoch that was left before its end is the first. Allocates nothing in a step
/// after the first.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::{Run, Settings, fit};
/// use nn_runtime::{Network, Rows, Targets};
/// let (mut net, mut run) = (Net::new(1), Run::default());
/// let settings = Settings { epochs: 20, ..Settings::of(Net::PROGRAM) };
/// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
/// fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, 20, &mut ())?;
/// assert_eq!((run.epochs, run.steps), (20, 20));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
///
/// # Errors
/// What [`Rows::check`](crate::Rows::check) and [`Loss::check`](crate::Loss::check) complain about, [`Error::IdOutOfVocabulary`],
/// [`Error::Setting`], [`Error::Augment`], [`Error::Mixup`], and [`Error::NotFinite`]; then `weights` are those at the end of the last epoch without such a loss.
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
    fresh::check(program, settings, targets)?;
    let batch = settings.batch.min(rows);
    run.reserve(program, &settings.setup.optimizer, batch, settings.threads_for(program, batch));
    run.begin_averages(settings, weights);
    let source = Source { program, loss: settings.setup.loss, inputs, targets };
    let mut order = core::mem::take(&mut run.order);
    order.resize(rows, 0);
    let planned = settings.epochs.max(run.whole_epochs() + epochs);
    let plan = Plan { settings, source: &source, batch, epochs, planned };
    let result = plan.run(run, weights, &mut order, observer);
    run.order = order;
    result
}

/// One call of [`fit`].
struct Plan<'a, T: 'static> {
    settings: &'a Settings<'a>,
    source: &'a Source<'a, T>,
    /// Rows of a batch but the last of an epoch.
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
            let flow = self.epoch(run, weights, order, observer);
            if matches!(flow, Err(Error::NotFinite { .. })) {
                weights.copy_from_slice(&run.good);
                run.under_way = None;
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
        order: &mut [usize],
        observer: &mut dyn Observer<T>,
    ) -> Result<ControlFlow<()>, Error> {
        let each = self.batch * self.settings.accumulate;
        let mut at = run.begin_epoch(order.len(), each, weights);
        // From the beginning, so that an epoch depends on its number and not on what came before.
        order.iter_mut().enumerate().for_each(|(place, row)| *row = place);
        Stream { seed: self.settings.seed, stream: SHUFFLE, step: run.epochs as u32 }.shuffle(order);
        for rows in order.chunks(each).skip(at.steps) {
            let stats = self.step(run, weights, rows)?;
            at.steps += 1;
            at.loss += stats.loss * self.source.counted(rows);
            run.under_way = Some(at);
            if observer.on_step(&stats, &mut State { weights, run }).is_break() {
                return Ok(ControlFlow::Break(()));
            }
        }
        run.under_way = None;
        if let Some(swa) = self.settings.swa {
            run.average_epoch(swa, weights);
        }
        let (epoch, steps) = (run.epochs, run.steps);
        let learning_rate = self.learning_rate(steps, run);
        let counted = self.source.inputs.counted();
        let loss = if counted == 0.0 { 0.0 } else { at.loss / counted };
        let stats = EpochStats { epoch, steps, loss, learning_rate };
        Ok(observer.on_epoch(&stats, &mut State { weights, run }))
    }

    /// Steps of an epoch, and of the whole training.
    fn steps(&self) -> (u64, u64) {
        let per_epoch = self.source.rows().div_ceil(self.batch * self.settings.accumulate) as u64;
        (per_epoch, per_epoch * self.planned as u64)
    }

    fn learning_rate(&self, step: u64, run: &Run<T>) -> f64 {
        let (per_epoch, total) = self.steps();
        self.settings.rate_at(step, run, per_epoch, total)
    }

    /// One step on these rows.
    fn step(&self, run: &mut Run<T>, weights: &mut [T], rows: &[usize]) -> Result<StepStats, Error> {
        let step = run.steps + 1;
        let learning_rate = self.learning_rate(step, run);
        let moment = Moment { seed: self.settings.seed, epoch: run.epochs, step, learning_rate };
        let (per_epoch, total) = self.steps();
        let setup = self.settings.setup_at(run.epochs, step, per_epoch, total);
        let chosen = Chosen::Listed(rows);
        let all = Batch { settings: self.settings, number: step, per_epoch, total, micro: self.batch };
        let loss = batch(self.source, (&setup, moment), &all, run, weights, chosen)?;
        if let Some(ema) = self.settings.ema {
            run.average_step(ema, weights);
        }
        Ok(StepStats { epoch: run.epochs, step, rows: rows.len(), loss, learning_rate })
    }
}
