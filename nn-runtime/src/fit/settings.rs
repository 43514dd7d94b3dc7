//! The settings of a training in memory, and where their defaults come from.

use crate::error::Error;
use crate::loss::Loss;
use crate::optim::{Optimizer, Schedule};
use crate::program::{Head, Program};
use crate::recipe::Recipe;
use crate::step::Setup;

/// How to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings<'w> {
    /// What each step does: loss, optimizer, penalty, clip.
    pub setup: Setup<'w>,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// Rows in a step.
    pub batch: usize,
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
            setup: Setup { loss, optimizer, penalty: Default::default(), clip: Default::default() },
            schedule: Schedule::constant(optimizer.default_lr()),
            batch: 32,
            epochs: 1,
            seed: 0,
            threads: 1,
        }
    }
}

impl From<&'static Recipe> for Settings<'static> {
    fn from(recipe: &'static Recipe) -> Self {
        let Recipe { loss, optimizer, schedule, penalty, clip, batch, epochs, seed, .. } = *recipe;
        Settings { setup: Setup { loss, optimizer, penalty, clip }, schedule, batch, epochs, seed, threads: 1 }
    }
}

impl Settings<'_> {
    /// Whether the numbers make sense.
    ///
    /// # Errors
    /// [`Error::Setting`] for the first that does not.
    pub fn check(&self) -> Result<(), Error> {
        let wrong = |name, value, expected| Err(Error::Setting { name, value, expected });
        let Setup { optimizer, penalty, clip, .. } = self.setup;
        if self.batch == 0 {
            return wrong("batch", 0.0, "at least 1");
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
