//! Training in memory, as a user calls it: settings by name, one step or many epochs. Knows no files and no columns.

use alloc::vec::Vec;
use core::fmt;
use core::ops::ControlFlow;

use crate::batch::{Rows, Targets};
use crate::error::Error;
pub use crate::fit::EpochStats;
use crate::fit::{self, Observer, Run, Settings, State};
use crate::loss::Loss;
use crate::optim::{Clip, Optimizer, Penalty, Schedule};
use crate::program::Network;
use crate::real::Real;

/// Trains one network. The settings begin as the train section of its text says; without one: the loss that fits what the network ends
/// in, Adam, batches of 32, seed 0, one thread.
pub struct Trainer<'n, N: Network> {
    net: &'n mut N,
    settings: Settings<'n>,
    run: Run<N::Real>,
    steps_per_epoch: u64,
    lr_given: bool,
}

impl<N: Network> fmt::Debug for Trainer<'_, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trainer")
            .field("network", &N::PROGRAM.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// The epochs of one call of [`Trainer::fit`].
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    /// One entry for each epoch.
    pub epochs: Vec<EpochStats>,
}

impl<T> Observer<T> for History {
    fn on_epoch(&mut self, stats: &EpochStats, _: &mut State<'_, T>) -> ControlFlow<()> {
        self.epochs.push(*stats);
        ControlFlow::Continue(())
    }
}

impl<'n, N: Network> Trainer<'n, N> {
    /// Begins a training of `net` from the weights it has.
    pub fn new(net: &'n mut N) -> Self {
        Trainer { net, settings: Settings::of(N::PROGRAM), run: Run::default(), steps_per_epoch: 1, lr_given: false }
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
        let Settings { schedule, epochs, .. } = self.settings;
        let number = self.run.steps + 1;
        let rate = schedule.at(number, self.steps_per_epoch, self.steps_per_epoch * epochs as u64);
        let weights = self.net.weights_mut();
        let loss = fit::step(N::PROGRAM, &self.settings, rate, &mut self.run, weights, (inputs, targets))?;
        Ok(N::Real::from_f64(loss))
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
        let mut history = History { epochs: Vec::with_capacity(epochs) };
        fit::fit(N::PROGRAM, &self.settings, &mut self.run, self.net.weights_mut(), rows, epochs, &mut history)?;
        Ok(history)
    }
}
