//! Epochs over batches that come one after the other, from wherever; knows not how many there are.

use core::ops::ControlFlow;

use super::fresh;
use super::observer::{EpochStats, Observer, State, StepStats};
use super::turns::{Batch, batch};
use super::worker::{Chosen, Source};
use super::{Run, Settings};
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::program::Program;
use crate::real::Real;
use crate::step::{self, Moment};

/// Some rows and their targets.
pub type Examples<'a, T> = (Rows<'a, T>, Targets<'a, T>);

/// Where batches come from, so that the data need not be in memory.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::{Batches, Examples, Run, Settings, fit_batches};
/// use nn_runtime::{Error, Network, Rows, Targets};
///
/// /// Three batches of one row, made as they are asked for.
/// struct Made {
///     left: usize,
///     row: [f32; 2],
/// }
///
/// impl Batches<f32> for Made {
///     fn begin(&mut self, _epoch: usize) -> Result<(), Error> {
///         self.left = 3;
///         Ok(())
///     }
///
///     fn next(&mut self) -> Result<Option<Examples<'_, f32>>, Error> {
///         if self.left == 0 {
///             return Ok(None);
///         }
///         self.left -= 1;
///         self.row = [self.left as f32, 1.0];
///         Ok(Some((Rows::new(&self.row, 2), Targets::Values(&[0.5]))))
///     }
/// }
///
/// let (mut net, mut run) = (Net::new(1), Run::default());
/// let (settings, mut made) = (Settings::of(Net::PROGRAM), Made { left: 0, row: [0.0; 2] });
/// fit_batches(Net::PROGRAM, &settings, &mut run, net.weights_mut(), (&mut made, 3), 4, &mut ())?;
/// assert_eq!((run.epochs, run.steps), (4, 12));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
pub trait Batches<T> {
    /// Before the first batch of an epoch, from 1: a file is opened again, an order is chosen.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::{Error, Trainer, trainer::{Batches, Examples}};
    ///
    /// /// Data that cannot be opened.
    /// struct Closed;
    ///
    /// impl Batches<f32> for Closed {
    ///     fn begin(&mut self, epoch: usize) -> Result<(), Error> {
    ///         Err(Error::Source { why: format!("epoch {epoch} has no file") })
    ///     }
    ///
    ///     fn next(&mut self) -> Result<Option<Examples<'_, f32>>, Error> {
    ///         Ok(None)
    ///     }
    /// }
    ///
    /// let error = Trainer::new(&mut Net::new(1)).fit_batches(&mut Closed, 1).unwrap_err();
    /// assert!(error.to_string().contains("epoch 1 has no file"));
    /// ```
    ///
    /// # Errors
    /// What goes wrong there: [`Error::Source`] has room for any words.
    fn begin(&mut self, _epoch: usize) -> Result<(), Error> {
        Ok(())
    }

    /// The next batch, of any number of rows; none at the end of the epoch, which may have another length each time.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::{Error, Rows, Targets, Trainer, trainer::{Batches, Examples}};
    ///
    /// /// One batch, again and again.
    /// struct Same(bool);
    ///
    /// impl Batches<f32> for Same {
    ///     fn next(&mut self) -> Result<Option<Examples<'_, f32>>, Error> {
    ///         self.0 = !self.0;
    ///         Ok(self.0.then_some((Rows::new(&[0.0, 1.0], 2), Targets::Values(&[1.0]))))
    ///     }
    /// }
    ///
    /// let history = Trainer::new(&mut Net::new(1)).fit_batches(&mut Same(false), 3)?;
    /// assert_eq!(history.epochs[2].steps, 3);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As for [`Batches::begin`].
    fn next(&mut self) -> Result<Option<Examples<'_, T>>, Error>;
}

/// Trains on the batches of a source as [`fit`](super::fit) does on rows; each batch is a step. A schedule that stretches over the run
/// takes the steps of the epoch before for those of an epoch; for the first, `steps_per_epoch`. Stepping out of an epoch and going on is not
/// remembered in `run`: the next call begins the next epoch.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::{Batches, Examples, Run, Settings, fit_batches};
/// use nn_runtime::{Error, Network, Rows, Targets};
///
/// struct Same(bool);
///
/// impl Batches<f32> for Same {
///     fn next(&mut self) -> Result<Option<Examples<'_, f32>>, Error> {
///         self.0 = !self.0;
///         Ok(self.0.then_some((Rows::new(&[0.0, 1.0], 2), Targets::Values(&[1.0]))))
///     }
/// }
///
/// let (mut net, mut run) = (Net::new(1), Run::default());
/// fit_batches(Net::PROGRAM, &Settings::of(Net::PROGRAM), &mut run, net.weights_mut(), (&mut Same(false), 1), 3, &mut ())?;
/// assert_eq!((run.epochs, run.steps), (3, 3));
/// # Ok::<(), Error>(())
/// ```
///
/// # Errors
/// As [`fit`](super::fit), and what the source complains about.
pub fn fit_batches<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    run: &mut Run<T>,
    weights: &mut [T],
    (batches, mut steps_per_epoch): (&mut dyn Batches<T>, u64),
    epochs: usize,
    observer: &mut dyn Observer<T>,
) -> Result<(), Error> {
    settings.check()?;
    run.under_way = None;
    let planned = settings.epochs.max(run.epochs + epochs) as u64;
    for _ in 0..epochs {
        run.epochs += 1;
        run.keep_good(weights);
        batches.begin(run.epochs)?;
        let (mut steps, mut counted, mut sum, mut rate) = (0, 0.0, 0.0, 0.0);
        while let Some(batch) = batches.next()? {
            let per_epoch = steps_per_epoch.max(1);
            let count = batch.0.counted();
            let stats = one(program, settings, run, weights, batch, (per_epoch, per_epoch * planned));
            if matches!(stats, Err(Error::NotFinite { .. })) {
                run.restore_good(weights);
            }
            let stats = stats?;
            steps += 1;
            counted += count;
            sum += stats.loss * count;
            rate = stats.learning_rate;
            if observer.on_step(&stats, &mut State { weights, run }).is_break() {
                return Ok(());
            }
        }
        if steps == 0 {
            return Err(Error::NoRows);
        }
        steps_per_epoch = steps;
        if let Some(swa) = settings.swa {
            run.average_epoch(swa, weights);
        }
        let (epoch, steps) = (run.epochs, run.steps);
        let loss = if counted == 0.0 { 0.0 } else { sum / counted };
        let stats = EpochStats { epoch, steps, loss, learning_rate: rate };
        if observer.on_epoch(&stats, &mut State { weights, run }) == ControlFlow::Break(()) {
            break;
        }
    }
    Ok(())
}

/// One step on a batch.
fn one<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    run: &mut Run<T>,
    weights: &mut [T],
    (inputs, targets): Examples<'_, T>,
    (per_epoch, total): (u64, u64),
) -> Result<StepStats, Error> {
    let rows = step::check(program, &settings.setup.loss, inputs, targets)?;
    fresh::check(program, settings, targets)?;
    run.reserve(program, &settings.setup.optimizer, rows, settings.threads_for(program, rows));
    run.begin_averages(settings, weights);
    let step = run.steps + 1;
    let learning_rate = settings.rate_at(step, run, per_epoch, total);
    let moment = Moment { seed: settings.seed, epoch: run.epochs, step, learning_rate };
    let setup = settings.setup_at(run.epochs, step, per_epoch, total);
    let source = Source { program, loss: settings.setup.loss, inputs, targets };
    let all = Batch { settings, number: step, per_epoch, total, micro: rows };
    let loss = batch(&source, (&setup, moment), &all, run, weights, Chosen::Neighbours(0, rows))?;
    if let Some(ema) = settings.ema {
        run.average_step(ema, weights);
    }
    Ok(StepStats { epoch: run.epochs, step, rows, loss, learning_rate })
}
