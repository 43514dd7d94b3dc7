//! Training in memory, as a user calls it: settings by name, one step or many epochs. Knows no files and no columns.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::Trainer;
//! let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
//! let mut net = Net::new(1);
//! let history = Trainer::new(&mut net).learning_rate(0.1).fit(&inputs, &targets, 100)?;
//! assert!(history.epochs[99].loss < 0.01);
//! assert!(net.predict(&[0.0, 1.0])[0] > 0.8);
//! # Ok::<(), nn_runtime::Error>(())
//! ```

mod average;
mod between;
mod course;
mod history;
mod rows;
mod rule;
#[cfg(feature = "train")]
mod saving;
mod watching;

use core::fmt;

use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::fit::{self, Run, Settings};
pub use crate::fit::{Batches, EpochStats, Examples, RangePoint, RangeReport, RangeTest, State, StepStats};
use crate::program::Network;
use crate::real::Real;
pub use crate::recipe::{EarlyStop, Ema, Monitor, Swa};
pub use history::{History, Judged};
pub use watching::{OnEpoch, OnStep, UserMetric};
use watching::{Watched, Watching};

/// Trains one network. The settings begin as the train section of its text says; without one: the loss that fits what the network ends
/// in, Adam, batches of 32, seed 0, one thread.
///
/// ```
/// nn_runtime::network! { network Xor < dense(2->8, tanh), dense(1, sigmoid) > }
/// use nn_runtime::{Metric, Optimizer, Schedule, Trainer};
///
/// # fn main() -> Result<(), nn_runtime::Error> {
/// let (inputs, targets) = ([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]);
/// let mut net = Xor::new(1);
/// let mut trainer = Trainer::new(&mut net)
///     .optimizer(Optimizer::adam())
///     .schedule(Schedule::constant(0.1))
///     .batch(4)
///     .validation(&inputs, &targets)?
///     .metrics(&[Metric::Accuracy]);
/// let history = trainer.fit(&inputs, &targets, 100)?;
/// assert_eq!(history.validation[99].metrics[0].1, 1.0);
/// assert!(net.predict(&[0.0, 1.0])[0] > 0.9);
/// # Ok(())
/// # }
/// ```
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
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3, softmax) > }
    /// # use nn_runtime::Trainer;
    /// let mut net = Net::new(1);
    /// let trainer = Trainer::new(&mut net);
    /// assert_eq!(trainer.settings().batch, 32);
    /// assert_eq!(trainer.settings().setup.loss.name(), "cross_entropy");
    /// ```
    pub fn new(net: &'n mut N) -> Self {
        let (settings, run) = (Settings::of(N::PROGRAM), Run::default());
        Trainer { net, settings, run, steps_per_epoch: 1, lr_given: false, watching: Watching::default() }
    }

    /// The network as it is now.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net);
    /// trainer.fit(&inputs, &targets, 5)?;
    /// let so_far = trainer.network().predict(&[0.0, 1.0]);
    /// trainer.fit(&inputs, &targets, 5)?;
    /// assert_ne!(trainer.network().predict(&[0.0, 1.0]), so_far);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn network(&self) -> &N {
        self.net
    }

    /// The settings as they are now.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Optimizer, Trainer};
    /// # let mut net = Net::new(1);
    /// let trainer = Trainer::new(&mut net).optimizer(Optimizer::rmsprop()).seed(7);
    /// assert_eq!(trainer.settings().schedule.lr, 0.01);
    /// assert_eq!(trainer.settings().seed, 7);
    /// ```
    pub fn settings(&self) -> &Settings<'n> {
        &self.settings
    }

    /// One step on one batch; the loss before the step, penalties included. Allocates nothing after the first call with
    /// as many rows.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).learning_rate(0.1);
    /// let first = trainer.step(&inputs, &targets)?;
    /// for _ in 0..20 {
    ///     trainer.step(&inputs, &targets)?;
    /// }
    /// assert!(trainer.step(&inputs, &targets)? < first);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`Rows::check`], [`Loss::check`](crate::Loss::check) and [`Settings::check`] complain about, [`Error::IdOutOfVocabulary`], and
    /// [`Error::NotFinite`]; then the weights are as before.
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
    /// ```
    /// nn_runtime::network! {
    ///     network E(x: [3]) < dense(2) >
    ///     network D(z: [2]) < dense(3) >
    ///     train both for E = E, D = D {
    ///         step all {
    ///             let y = D(E(x));
    ///             minimize mean((y - x) * (y - x)) with sgd(lr = 0.1);
    ///         }
    ///         step last { minimize mean(abs(D(E(x)) - x)) over D with sgd(lr = 0.05); }
    ///     }
    /// }
    /// use nn_runtime::Trainer;
    ///
    /// # fn main() -> Result<(), nn_runtime::Error> {
    /// # let rows = [[0.1, -0.4, 0.9], [0.7, 0.2, -0.3]];
    /// let mut net = Both::new(1);
    /// let encoder = net.e().params().next().map(|weight| weight.to_vec());
    /// let mut trainer = Trainer::new(&mut net);
    /// let loss = trainer.turn("last", &rows)?;
    /// assert!(loss > 0.0);
    /// // That step is over `D` alone.
    /// assert_eq!(net.e().params().next().map(|weight| weight.to_vec()), encoder);
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// nn_runtime::network! {
    ///     network Q(x: [2]) < dense(1) >
    ///     train learner for Q = Q {
    ///         target T = copy(Q, every = 2);
    ///         step all { minimize mean((Q(x) - T(x) - 1.0) * (Q(x) - T(x) - 1.0)) with sgd(lr = 0.1); }
    ///     }
    /// }
    /// use nn_runtime::Trainer;
    ///
    /// # fn main() -> Result<(), nn_runtime::Error> {
    /// # let rows = [[0.0, 1.0], [1.0, 0.0]];
    /// let mut net = Learner::new(1);
    /// let mut trainer = Trainer::new(&mut net);
    /// for _ in 0..2 {
    ///     trainer.turn("all", &rows)?;
    ///     trainer.follow();
    /// }
    /// assert_eq!(net.q().predict(&rows[0]), net.t().predict(&rows[0]));
    /// # Ok(())
    /// # }
    /// ```
    pub fn follow(&mut self) {
        self.run.steps += 1;
        fit::follow_all(N::PROGRAM, self.run.steps, self.net.weights_mut());
    }

    /// Trains for `epochs` epochs over these rows, in an order that the seed decides; the last batch of an epoch may be short.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::Trainer;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).learning_rate(0.05);
    /// let history = trainer.fit(&inputs, &targets, 50)?;
    /// assert_eq!(history.epochs.len(), 50);
    /// assert!(history.epochs[49].loss < history.epochs[0].loss);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What [`Rows::check`], [`Loss::check`](crate::Loss::check) and [`Settings::check`] complain about, [`Error::IdOutOfVocabulary`], and
    /// [`Error::NotFinite`]; then the weights are those at the end of the last epoch without such a loss.
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
    /// What [`Rows::check`], [`Loss::check`](crate::Loss::check) and [`Settings::check`] complain about, [`Error::IdOutOfVocabulary`], and
    /// [`Error::Setting`] for a test that makes no sense.
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
