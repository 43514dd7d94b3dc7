//! Training in memory, as a user calls it: settings by name, one step or many epochs. Knows no files and no columns.

mod history;
mod rows;
#[cfg(feature = "train")]
mod saving;
mod watching;

use core::fmt;

use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::fit::{self, Run, Settings};
pub use crate::fit::{Batches, EpochStats, Examples, RangePoint, RangeReport, RangeTest, State, StepStats};
use crate::loss::Loss;
use crate::metric::Metric;
use crate::optim::{Clip, Hyper, Optimizer, Penalty, Schedule};
use crate::program::Network;
use crate::real::Real;
pub use crate::recipe::{EarlyStop, Ema, Monitor, Swa};
pub use history::{History, Judged};
pub use watching::{OnEpoch, OnStep, UserMetric};
use watching::{Watched, Watching};

/// Trains one network. The settings begin as the train section of its text says; without one: the loss that fits what the network ends
/// in, Adam, batches of 32, seed 0, one thread.
pub struct Trainer<'n, N: Network> {
    net: &'n mut N,
    settings: Settings<'n>,
    run: Run<N::Real>,
    steps_per_epoch: u64,
    lr_given: bool,
    watching: Watching<'n, N::Real>,
}

impl<N: Network> fmt::Debug for Trainer<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("network", &N::PROGRAM.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

impl<'n, N: Network> Trainer<'n, N> {
    /// Begins a training of `net` from the weights it has.
    pub fn new(net: &'n mut N) -> Self {
        let (settings, run) = (Settings::of(N::PROGRAM), Run::default());
        Trainer { net, settings, run, steps_per_epoch: 1, lr_given: false, watching: Watching::default() }
    }

    /// What is minimized.
    pub fn loss(mut self, loss: Loss<'n>) -> Self {
        self.settings.setup.loss = loss;
        self
    }

    /// What changes the parameters. It forgets what another one remembered, and brings its own default learning rate unless one was
    /// given to this trainer.
    pub fn optimizer(mut self, optimizer: Optimizer) -> Self {
        self.settings.setup.optimizer = optimizer;
        self.run.reset_optimizer();
        if !self.lr_given {
            self.settings.schedule.lr = optimizer.default_lr();
        }
        self
    }

    /// The learning rate that the schedule starts from. Steps refuse one that is negative, infinite or NaN.
    pub fn learning_rate(mut self, lr: f64) -> Self {
        self.settings.schedule.lr = lr;
        self.lr_given = true;
        self
    }

    /// The learning rate over time.
    pub fn schedule(mut self, schedule: Schedule) -> Self {
        self.settings.schedule = schedule;
        self.lr_given = true;
        self
    }

    /// Limits on the gradients.
    pub fn clip(mut self, clip: Clip) -> Self {
        self.settings.setup.clip = clip;
        self
    }

    /// Penalties on all parameters, beside those of the layers.
    pub fn penalty(mut self, penalty: Penalty) -> Self {
        self.settings.setup.penalty = penalty;
        self
    }

    /// Other hyper-parameters over time.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Hyper, Optimizer, Schedule, Trainer};
    /// # let mut net = Net::new(1);
    /// let schedules = [(Hyper::Momentum, Schedule::linear(0.5, 0.95))];
    /// let mut trainer = Trainer::new(&mut net).optimizer(Optimizer::momentum()).schedules(&schedules);
    /// trainer.fit(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]], 5)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn schedules(mut self, schedules: &'n [(Hyper, Schedule)]) -> Self {
        self.settings.schedules = schedules;
        self
    }

    /// Batches whose gradients are added for each step of [`Trainer::fit`]: [`Settings::accumulate`].
    pub fn accumulate(mut self, batches: usize) -> Self {
        self.settings.accumulate = batches;
        self
    }

    /// A moving average of the weights, which is judged in their place: [`Trainer::use_average`].
    pub fn ema(mut self, ema: Ema) -> Self {
        self.settings.ema = Some(ema);
        self
    }

    /// The mean of the weights of some epochs: [`Trainer::use_average`].
    pub fn swa(mut self, swa: Swa) -> Self {
        self.settings.swa = Some(swa);
        self
    }

    /// Rows that are judged after each epoch; they decide on early stopping.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Metric, Trainer, trainer::EarlyStop};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let worst = |y: &[f32], t: nn_runtime::Targets<'_, f32>| match t {
    ///     nn_runtime::Targets::Values(t) => y.iter().zip(t).map(|(y, t)| f64::from((y - t).abs())).fold(0.0, f64::max),
    ///     nn_runtime::Targets::Classes(_) => f64::NAN,
    /// };
    /// let history = Trainer::new(&mut net)
    ///     .validation(&inputs, &targets)?
    ///     .metrics(&[Metric::Mae])
    ///     .metric("worst", &worst)
    ///     .early_stop(EarlyStop::after(3))
    ///     .fit(&inputs, &targets, 10)?;
    /// assert_eq!(history.validation[0].metrics[1].0, "worst");
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What cannot be rows or targets.
    pub fn validation<I, O>(mut self, inputs: I, targets: O) -> Result<Self, Error>
    where
        I: TryInto<Rows<'n, N::Real>>,
        O: TryInto<Targets<'n, N::Real>>,
        Error: From<I::Error> + From<O::Error>,
    {
        self.watching.validation = Some((inputs.try_into()?, targets.try_into()?));
        Ok(self)
    }

    /// Metrics of the validation rows.
    pub fn metrics(mut self, metrics: &[Metric]) -> Self {
        self.watching.metrics = metrics.into();
        self
    }

    /// A metric in Rust, of all validation outputs and their targets.
    pub fn metric(mut self, name: &'n str, metric: UserMetric<'n, N::Real>) -> Self {
        self.watching.user_metrics.push((name, metric));
        self
    }

    /// When to stop before the last epoch; what the text says of it counts for its own data only. The figures are those of the validation rows; without any, the loss of the steps. Where the
    /// best weights are to be restored, the network has them when [`Trainer::fit`] returns.
    pub fn early_stop(mut self, early_stop: EarlyStop) -> Self {
        self.watching.early_stop = Some(early_stop);
        self
    }

    /// Called after each step, with what it came to and the training as it is. It may look at the weights, change them, change the
    /// learning rate, and end the training.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::trainer::{State, StepStats, Trainer};
    /// use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// let mut losses = Vec::new();
    /// let mut call = |stats: &StepStats, state: &mut State<'_, f32>| {
    ///     losses.push(stats.loss);
    ///     state.set_rate_factor(0.5);
    ///     if stats.step == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// };
    /// Trainer::new(&mut net).on_step(&mut call).fit(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]], 10)?;
    /// assert_eq!(losses.len(), 3);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn on_step(mut self, call: OnStep<'n, N::Real>) -> Self {
        self.watching.on_step = Some(call);
        self
    }

    /// Called after each epoch, as [`Trainer::on_step`], with the figures of the validation rows, if there are any.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::trainer::{EpochStats, Judged, State, Trainer};
    /// use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut call = |stats: &EpochStats, judged: Option<&Judged>, _: &mut State<'_, f32>| {
    ///     let loss = judged.map_or(stats.loss, |judged| judged.loss);
    ///     if loss < 0.01 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// };
    /// Trainer::new(&mut net).validation(&inputs, &targets)?.on_epoch(&mut call).fit(&inputs, &targets, 10)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn on_epoch(mut self, call: OnEpoch<'n, N::Real>) -> Self {
        self.watching.on_epoch = Some(call);
        self
    }

    /// Writes a checkpoint into a folder every so many steps (0: after each epoch), and keeps the newest `keep` of them. With `resume`,
    /// the next [`Trainer::fit`] goes on from the newest good one there, if there is any: then its `epochs` count those before the
    /// checkpoint too, so that the same call ends in the same weights as one that was never stopped.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Network, Trainer};
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-{}", std::process::id()));
    /// let mut net = Net::new(1);
    /// Trainer::new(&mut net).checkpoints(&folder, 0, 1, false).fit(&inputs, &targets, 3)?;
    /// // Another process:
    /// let mut again = Net::new(1);
    /// let history = Trainer::new(&mut again).checkpoints(&folder, 0, 1, true).fit(&inputs, &targets, 5)?;
    /// assert_eq!(history.epochs.len(), 5);
    /// # std::fs::remove_dir_all(folder).ok();
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    #[cfg(feature = "train")]
    pub fn checkpoints(mut self, folder: impl Into<std::path::PathBuf>, every: u64, keep: usize, resume: bool) -> Self {
        self.watching.saving = Some(saving::Saving::new(folder.into(), every, keep, resume));
        self
    }

    /// Rows in a step of [`Trainer::fit`].
    pub fn batch(mut self, rows: usize) -> Self {
        self.settings.batch = rows;
        self
    }

    /// The seed of shuffles, dropout and noise.
    pub fn seed(mut self, seed: u64) -> Self {
        self.settings.seed = seed;
        self
    }

    /// Threads of [`Trainer::fit`]; 0: as many as the machine runs at once. The results do not depend on it.
    pub fn threads(mut self, threads: usize) -> Self {
        self.settings.threads = threads;
        self
    }

    /// Epochs that the schedule stretches over, if [`Trainer::fit`] or [`Trainer::step`] is called for them piece by piece.
    pub fn epochs(mut self, epochs: usize) -> Self {
        self.settings.epochs = epochs;
        self
    }

    /// For schedules with [`Trainer::step`]: how many steps make an epoch; 1 at first.
    pub fn steps_per_epoch(mut self, steps: u64) -> Self {
        self.steps_per_epoch = steps;
        self
    }

    /// The network as it is now.
    pub fn network(&self) -> &N {
        self.net
    }

    /// The settings as they are now.
    pub fn settings(&self) -> &Settings<'n> {
        &self.settings
    }

    /// One step on one batch; the loss before the step, penalties included. Allocates nothing after the first call with
    /// as many rows.
    ///
    /// # Errors
    /// What [`check`](crate::step::check) and [`Settings::check`] complain about, and [`Error::NotFinite`]; then the weights are as
    /// before.
    pub fn step<'a, I, O>(&mut self, inputs: I, targets: O) -> Result<N::Real, Error>
    where
        I: TryInto<Rows<'a, N::Real>>,
        O: TryInto<Targets<'a, N::Real>>,
        Error: From<I::Error> + From<O::Error>,
    {
        let (inputs, targets) = (inputs.try_into()?, targets.try_into()?);
        let steps = self.planned_steps();
        let weights = self.net.weights_mut();
        let loss = fit::step(N::PROGRAM, &self.settings, steps, &mut self.run, weights, (inputs, targets))?;
        Ok(N::Real::from_f64(loss))
    }

    /// Steps of an epoch, and of the whole training.
    fn planned_steps(&self) -> (u64, u64) {
        (self.steps_per_epoch, self.steps_per_epoch * self.settings.epochs as u64)
    }

    /// The step `name` of a training of several networks on one batch, whether it is its turn or not; its loss before it. What an example
    /// consists of lies in its inputs: there are no targets beside them.
    ///
    /// # Errors
    /// As [`Trainer::step`], and [`Error::UnknownStep`].
    pub fn turn<'a, I>(&mut self, name: &str, inputs: I) -> Result<N::Real, Error>
    where
        I: TryInto<Rows<'a, N::Real>>,
        Error: From<I::Error>,
    {
        let inputs = inputs.try_into()?;
        let steps = self.planned_steps();
        let weights = self.net.weights_mut();
        let loss = fit::named_step(N::PROGRAM, &self.settings, steps, &mut self.run, weights, (name, inputs))?;
        Ok(N::Real::from_f64(loss))
    }

    /// Moves the networks that follow others (`target T = copy(Q, …)`, `ema(Q, …)`), as after a batch: for who takes steps by name.
    pub fn follow(&mut self) {
        self.run.steps += 1;
        fit::follow_all(N::PROGRAM, self.run.steps, self.net.weights_mut());
    }

    /// Trains for `epochs` epochs over these rows, in an order that the seed decides; the last batch of an epoch may be short.
    ///
    /// # Errors
    /// What [`check`](crate::step::check) and [`Settings::check`] complain about, and [`Error::NotFinite`]; then the weights are those at the end of
    /// the last epoch without such a loss.
    pub fn fit<'a, I, O>(&mut self, inputs: I, targets: O, epochs: usize) -> Result<History, Error>
    where
        I: TryInto<Rows<'a, N::Real>>,
        O: TryInto<Targets<'a, N::Real>>,
        Error: From<I::Error> + From<O::Error>,
    {
        let rows = (inputs.try_into()?, targets.try_into()?);
        let Trainer { net, settings, run, watching, .. } = self;
        let weights = net.weights_mut();
        #[cfg(feature = "train")]
        if let Some(saving) = &mut watching.saving {
            saving.describe(N::PROGRAM, settings, rows);
        }
        let mut watched = Watched::new(N::PROGRAM, settings.setup.loss, watching);
        #[cfg(feature = "train")]
        let epochs = {
            let before = run.steps;
            saving::resume(&mut watched, run, weights)?;
            match run.steps > before {
                true if watched.history.stopped_early => 0,
                true => epochs.saturating_sub(run.whole_epochs()),
                false => epochs,
            }
        };
        let result = fit::fit(N::PROGRAM, settings, run, weights, rows, epochs, &mut watched);
        Self::ended(result, watched, weights)
    }

    /// The history, once the weights are the best, if they are to be.
    fn ended(
        result: Result<(), Error>,
        watched: Watched<'_, '_, N::Real>,
        weights: &mut [N::Real],
    ) -> Result<History, Error> {
        let Watched { history, best: (_, best), failed, .. } = watched;
        result?;
        if let Some(error) = failed {
            return Err(error);
        }
        if best.len() == weights.len() {
            weights.copy_from_slice(&best);
        }
        Ok(history)
    }

    /// Trains for `epochs` epochs on batches that come one after the other, so that the data need not be in memory. An epoch ends when
    /// the source has no more. For schedules, [`Trainer::steps_per_epoch`] says how long the first is to be taken for.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::{Error, Rows, Targets, Trainer, trainer::{Batches, Examples}};
    ///
    /// /// Three batches an epoch, made when they are asked for.
    /// struct Made { left: usize, x: [[f32; 2]; 4], y: [[f32; 1]; 4] }
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
    ///         Ok(Some((Rows::from(&self.x), Targets::from(&self.y))))
    ///     }
    /// }
    ///
    /// let mut net = Net::new(1);
    /// let mut made = Made { left: 0, x: [[0.5; 2]; 4], y: [[1.0]; 4] };
    /// let history = Trainer::new(&mut net).fit_batches(&mut made, 2)?;
    /// assert_eq!(history.epochs[1].steps, 6);
    /// # Ok::<(), Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`Trainer::fit`], and what the source complains about.
    pub fn fit_batches(&mut self, batches: &mut dyn Batches<N::Real>, epochs: usize) -> Result<History, Error> {
        let Trainer { net, settings, run, watching, steps_per_epoch, .. } = self;
        let weights = net.weights_mut();
        let mut watched = Watched::new(N::PROGRAM, settings.setup.loss, watching);
        let source = (batches, *steps_per_epoch);
        let result = fit::fit_batches(N::PROGRAM, settings, run, weights, source, epochs, &mut watched);
        Self::ended(result, watched, weights)
    }

    /// Puts the average of the weights in their place: the moving one of [`Trainer::ema`], or the mean of [`Trainer::swa`], whose running
    /// statistics are computed anew from these rows. Without an average nothing happens.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3), batch_norm, dense(1) > }
    /// # use nn_runtime::{Trainer, trainer::Swa};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).swa(Swa { from: 5, every: 1, lr: Some(0.01) });
    /// trainer.fit(&inputs, &targets, 10)?;
    /// trainer.use_average(&inputs, &targets)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`check`](crate::step::check) complains about.
    pub fn use_average<'a, I, O>(&mut self, inputs: I, targets: O) -> Result<(), Error>
    where
        I: TryInto<Rows<'a, N::Real>>,
        O: TryInto<Targets<'a, N::Real>>,
        Error: From<I::Error> + From<O::Error>,
    {
        let rows = (inputs.try_into()?, targets.try_into()?);
        let weights = self.net.weights_mut();
        if let Some(average) = self.run.averaged() {
            weights.copy_from_slice(average);
        } else if let Some((mean, _)) = self.run.mean() {
            let mut mean = mean.to_vec();
            fit::recompute_state(N::PROGRAM, &self.settings, &mut mean, rows)?;
            weights.copy_from_slice(&mean);
        }
        Ok(())
    }

    /// Tries learning rates from 1e-7 to 10 (or as `test` says) on these rows, and says where the loss falls. Neither the weights nor the
    /// training change.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Trainer, trainer::RangeTest};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net);
    /// let found = trainer.find_learning_rate(&inputs, &targets, &RangeTest::default())?;
    /// if let Some(rate) = found.valley {
    ///     trainer = trainer.learning_rate(rate);
    /// }
    /// # trainer.fit(&inputs, &targets, 1)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`check`](crate::step::check) and [`Settings::check`] complain about, and [`Error::Setting`] for a test that makes no sense.
    pub fn find_learning_rate<'a, I, O>(&self, inputs: I, targets: O, test: &RangeTest) -> Result<RangeReport, Error>
    where
        I: TryInto<Rows<'a, N::Real>>,
        O: TryInto<Targets<'a, N::Real>>,
        Error: From<I::Error> + From<O::Error>,
    {
        let rows = (inputs.try_into()?, targets.try_into()?);
        fit::range_test(N::PROGRAM, &self.settings, test, self.net.weights(), rows)
    }
}
