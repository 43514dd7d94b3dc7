//! The settings of a training in memory, and where their defaults come from.

use super::Run;
use crate::augment::Augment;
use crate::error::Error;
use crate::loss::Loss;
use crate::optim::{Hyper, Optimizer, Schedule};
use crate::program::{Head, Program};
use crate::recipe::{Control, Ema, Phase, Recipe, Swa};
use crate::step::Setup;

/// How to train.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::Settings;
/// let settings = Settings { batch: 64, seed: 7, ..Settings::of(Net::PROGRAM) };
/// assert_eq!((settings.setup.loss.name(), settings.setup.optimizer.name()), ("mse", "adam"));
/// settings.check()?;
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings<'w> {
    /// What each step does: loss, optimizer, penalty, clip.
    pub setup: Setup<'w>,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// Other hyper-parameters over time, in place of those of `setup`.
    pub schedules: &'w [(Hyper, Schedule)],
    /// Rows of a batch.
    pub batch: usize,
    /// Batches whose gradients are added for each step. A step is then as one on a batch as many times as large, in the memory of a
    /// small one; layers that look at a whole batch look at each by itself.
    pub accumulate: usize,
    /// What is made of the inputs of the rows of a batch, in this order.
    pub augment: &'w [Augment],
    /// Rows and their targets are mixed with others of their batch: shares come from the Beta distribution with both parameters this.
    pub mixup: Option<f64>,
    /// A moving average of the weights to compute beside: [`Run::averaged`](super::Run::averaged).
    pub ema: Option<Ema>,
    /// A mean of the weights of some epochs to compute beside: [`Run::mean`](super::Run::mean).
    pub swa: Option<Swa>,
    /// What is held, and what rates are multiplied with, from which epoch on; in the order of the epochs.
    pub phases: &'w [Phase],
    /// Epochs of the whole training, which the schedule stretches over; training may stop before or, at the last rate, go on.
    pub epochs: usize,
    /// The seed of shuffles and noise.
    pub seed: u64,
    /// Threads that compute; 0: as many as the environment variable `NN_THREADS` says, or else as the machine runs at once. The
    /// results do not depend on it. If `NN_THREADS` is no whole number from 1 on, it is passed over; the command line complains.
    pub threads: usize,
}

impl Settings<'static> {
    /// What the train section of the text says; without one: the loss that fits what the network ends in, Adam, 32 rows, 1 epoch, seed 0.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1, sigmoid) > }
    /// # use nn_runtime::fit::Settings;
    /// assert_eq!(Settings::of(Net::PROGRAM).setup.loss.name(), "binary_cross_entropy");
    /// ```
    pub fn of<T>(program: &Program<T>) -> Self {
        match program.recipe {
            Some(recipe) => Self::from(recipe),
            None => Self::plain(program.head),
        }
    }

    fn plain(head: Head) -> Self {
        let loss = match head {
            Head::Linear => Loss::Mse,
            Head::Sigmoid => Loss::BinaryCrossEntropy,
            Head::Softmax | Head::LogSoftmax => Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] },
        };
        let optimizer = Optimizer::adam();
        Settings {
            setup: Setup { loss, optimizer, penalty: Default::default(), clip: Default::default(), held: &[] },
            schedule: Schedule::constant(optimizer.default_lr()),
            schedules: &[],
            batch: 32,
            accumulate: 1,
            augment: &[],
            mixup: None,
            ema: None,
            swa: None,
            phases: &[],
            epochs: 1,
            seed: 0,
            threads: 1,
        }
    }
}

impl From<&'static Recipe> for Settings<'static> {
    fn from(recipe: &'static Recipe) -> Self {
        let Recipe { loss, optimizer, schedule, penalty, clip, batch, epochs, seed, control, .. } = *recipe;
        let Control { schedules, augment, mixup, accumulate, ema, swa, phases, .. } = control;
        Settings {
            setup: Setup { loss, optimizer, penalty, clip, held: &[] },
            schedule,
            schedules,
            batch,
            accumulate,
            augment,
            mixup,
            ema,
            swa,
            phases,
            epochs,
            seed,
            threads: 1,
        }
    }
}

impl Settings<'_> {
    /// Whether the numbers make sense.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::fit::Settings;
    /// let refused = Settings { batch: 0, ..Settings::of(Net::PROGRAM) }.check().unwrap_err();
    /// assert_eq!(refused.to_string(), "batch is 0, but it must be at least 1");
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for the first that does not.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |name, value, expected| Err(Error::Setting { name, value, expected });
        let Setup { optimizer, penalty, clip, .. } = self.setup;
        if self.batch == 0 {
            return wrong("batch", 0.0, "at least 1");
        }
        if self.accumulate == 0 {
            return wrong("accumulate", 0.0, "at least 1");
        }
        if let Some(alpha) = self.mixup.filter(|alpha| !(*alpha > 0.0 && alpha.is_finite())) {
            return wrong("`mixup`", alpha, "above 0");
        }
        if let Some(Ema { decay, .. }) = self.ema.filter(|ema| !(0.0..1.0).contains(&ema.decay)) {
            return wrong("the decay of the average", decay, "at least 0 and below 1");
        }
        if !self.schedule.lr.is_finite() || self.schedule.lr < 0.0 {
            return wrong("the learning rate", self.schedule.lr, "finite and not negative");
        }
        for (name, value) in [("weight_decay", optimizer.weight_decay), ("l1", penalty.l1), ("l2", penalty.l2)] {
            if !value.is_finite() {
                return wrong(name, value, "finite");
            }
        }
        clip.check()
    }

    /// The learning rate of `step`.
    pub(super) fn rate_at<T>(&self, step: u64, run: &Run<T>, steps_per_epoch: u64, total_steps: u64) -> f64 {
        match self.swa {
            Some(Swa { from, lr: Some(lr), .. }) if run.epochs >= from => lr,
            _ => {
                let factor = self.phase(run.epochs).map_or(1.0, |phase| phase.factor);
                self.schedule.at(step, steps_per_epoch, total_steps) * run.rate_factor * factor
            }
        }
    }

    /// What holds in an epoch.
    fn phase(&self, epoch: usize) -> Option<&Phase> {
        self.phases.iter().rev().find(|phase| phase.epoch <= epoch.max(1))
    }

    /// What a step does, with the hyper-parameters that change over time as they are at `step`.
    pub(super) fn setup_at(&self, epoch: usize, step: u64, steps_per_epoch: u64, total_steps: u64) -> Setup<'_> {
        let mut setup = self.setup;
        setup.held = self.phase(epoch).map_or(setup.held, |phase| phase.held);
        for (hyper, schedule) in self.schedules {
            let value = schedule.at(step, steps_per_epoch, total_steps);
            hyper.set(&mut setup.optimizer, &mut setup.penalty, &mut setup.clip, value);
        }
        setup
    }

    /// Threads that compute a step on so many rows: one if there is little to compute.
    pub(super) fn threads_for<T>(&self, program: &Program<T>, rows: usize) -> usize {
        let worth = program.work.saturating_mul(rows as u64) / LEAST_WORK;
        let threads = match self.threads {
            #[cfg(feature = "std")]
            0 => all_threads(),
            threads => threads.max(1),
        };
        threads.min(usize::try_from(worth).unwrap_or(usize::MAX)).max(1)
    }
}

/// What the environment variable `NN_THREADS` says when it is first asked, or else as many as the machine runs at once.
#[cfg(feature = "std")]
pub(crate) fn all_threads() -> usize {
    static ALL: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    *ALL.get_or_init(|| {
        let asked = std::env::var("NN_THREADS").ok().and_then(|count| threads(&count));
        asked.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, core::num::NonZero::get))
    })
}

/// A number of threads, as `NN_THREADS` says it.
#[cfg(feature = "std")]
pub(crate) fn threads(text: &str) -> Option<usize> {
    text.parse().ok().filter(|count| *count > 0)
}

/// Operations of a step that are worth a thread: some microseconds.
const LEAST_WORK: u64 = 200_000;
