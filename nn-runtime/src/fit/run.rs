//! What a training remembers between its calls: the optimizer's memory, the counters, and buffers to use again.

#[cfg(feature = "train")]
use alloc::string::String;
use alloc::vec::Vec;

use super::worker::Worker;
use crate::optim::Optimizer;
use crate::program::Program;
use crate::real::Real;
use crate::step;
use crate::team::Team;

/// A training under way. Begin with `Run::default()`; use it for one network only.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::{Run, Settings, fit};
/// use nn_runtime::{Network, Rows, Targets};
/// let (mut net, mut run) = (Net::new(1), Run::default());
/// let settings = Settings::of(Net::PROGRAM);
/// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
/// for _ in 0..3 {
///     fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, 1, &mut ())?;
/// }
/// assert_eq!((run.steps, run.whole_epochs()), (3, 3));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Run<T> {
    /// Steps done.
    pub steps: u64,
    /// Epochs begun.
    pub epochs: usize,
    /// What learning rates are multiplied with, beside the schedule.
    pub rate_factor: f64,
    /// The epoch that was left before its end, if one was: the next call goes on with it, if it has as many rows and batches as large.
    pub under_way: Option<UnderWay>,
    pub(super) optimizer: Vec<T>,
    pub(super) gradients: Vec<T>,
    /// What the steps of a training of several networks remember, each for itself.
    pub(super) steps_in_turn: Vec<Run<T>>,
    /// Of such a step: the sum of its losses in this epoch, and how many they are.
    pub(super) epoch_loss: (f64, u64),
    /// The moving average; empty if there is none.
    pub(super) ema: Vec<T>,
    /// The mean of the weights of some epochs, and of how many; empty if there is none.
    pub(super) swa: Vec<T>,
    pub(super) swa_epochs: usize,
    /// The weights at the beginning of the epoch.
    pub(super) good: Vec<T>,
    pub(super) order: Vec<usize>,
    pub(super) workers: Vec<Worker<T>>,
    pub(super) team: Team,
}

/// How far an epoch has come.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::{Observer, Run, Settings, State, StepStats, fit};
/// use nn_runtime::{Network, Rows, Targets};
/// use std::ops::ControlFlow;
///
/// /// Ends a training after its first step.
/// struct First;
///
/// impl Observer<f32> for First {
///     fn on_step(&mut self, _: &StepStats, _: &mut State<'_, f32>) -> ControlFlow<()> {
///         ControlFlow::Break(())
///     }
/// }
///
/// let (mut net, mut run) = (Net::new(1), Run::default());
/// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
/// let settings = Settings { batch: 1, ..Settings::of(Net::PROGRAM) };
/// fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, 1, &mut First)?;
/// assert_eq!(run.under_way.map(|at| (at.rows, at.batch, at.steps)), Some((2, 1, 1)));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize, serde::Deserialize))]
pub struct UnderWay {
    /// Rows of the data.
    pub rows: usize,
    /// Rows in a step.
    pub batch: usize,
    /// Steps done.
    pub steps: usize,
    /// The sum over the rows of the losses of these steps.
    pub loss: f64,
}

/// The numbers of a [`Run`].
#[cfg(feature = "train")]
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Counters {
    pub(crate) steps: u64,
    pub(crate) epochs: usize,
    pub(crate) rate_factor: f64,
    pub(crate) swa_epochs: usize,
    pub(crate) under_way: Option<UnderWay>,
    /// Of each step of a training of several networks: steps done, and its losses in this epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) in_turn: Vec<(u64, (f64, u64))>,
}

impl<T> Default for Run<T> {
    fn default() -> Self {
        Self {
            steps: 0,
            epochs: 0,
            rate_factor: 1.0,
            under_way: None,
            optimizer: Vec::new(),
            gradients: Vec::new(),
            steps_in_turn: Vec::new(),
            epoch_loss: (0.0, 0),
            ema: Vec::new(),
            swa: Vec::new(),
            swa_epochs: 0,
            good: Vec::new(),
            order: Vec::new(),
            workers: Vec::new(),
            team: Team::default(),
        }
    }
}

impl<T: Real> Run<T> {
    /// Forgets what the optimizer remembers; the counters stay.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::fit::{Run, Settings, fit};
    /// # use nn_runtime::{Network, Rows, Targets};
    /// # let (mut net, mut run) = (Net::new(1), Run::default());
    /// # let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
    /// let settings = Settings::of(Net::PROGRAM);
    /// fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, 2, &mut ())?;
    /// run.reset_optimizer();
    /// // It goes on, with moments that begin at 0.
    /// fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, 1, &mut ())?;
    /// assert_eq!(run.steps, 3);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn reset_optimizer(&mut self) {
        self.optimizer.clear();
    }

    /// Epochs that are done.
    ///
    /// ```
    /// use nn_runtime::fit::{Run, UnderWay};
    /// let at = UnderWay { rows: 100, batch: 10, steps: 3, loss: 0.0 };
    /// let mut run = Run::<f32>::default();
    /// (run.epochs, run.under_way) = (5, Some(at));
    /// assert_eq!(run.whole_epochs(), 4);
    /// ```
    pub fn whole_epochs(&self) -> usize {
        self.epochs - usize::from(self.under_way.is_some())
    }

    /// Goes on with the epoch that was left, or begins the next. Where it stands.
    pub(super) fn begin_epoch(&mut self, rows: usize, batch: usize, weights: &[T]) -> UnderWay {
        if let Some(at) = self.under_way.filter(|at| (at.rows, at.batch) == (rows, batch)) {
            return at;
        }
        self.epochs += 1;
        self.good.copy_from_slice(weights);
        self.steps_in_turn.iter_mut().for_each(|step| step.epoch_loss = (0.0, 0));
        let at = UnderWay { rows, batch, steps: 0, loss: 0.0 };
        self.under_way = Some(at);
        at
    }

    /// Remembers the weights at the beginning of an epoch.
    pub(super) fn keep_good(&mut self, weights: &[T]) {
        self.good.clear();
        self.good.extend_from_slice(weights);
    }

    /// The weights as they were at the beginning of the epoch.
    pub(super) fn restore_good(&self, weights: &mut [T]) {
        weights.copy_from_slice(&self.good);
    }

    /// Makes room for batches of `rows` on so many threads. Buffers only grow, so a second call allocates nothing.
    pub(super) fn reserve(&mut self, program: &Program<T>, optimizer: &Optimizer, rows: usize, threads: usize) {
        let values = optimizer.state_values(program.parameters);
        if self.optimizer.len() != values {
            self.optimizer.clear();
            self.optimizer.resize(values, T::ZERO);
        }
        self.gradients.resize(program.parameters, T::ZERO);
        self.good.resize(program.weights, T::ZERO);
        if self.team.threads() != threads {
            self.team = Team::of(threads);
        }
        let shards = rows.div_ceil(step::shard_rows(program, rows));
        let workers = threads.min(shards);
        if self.workers.len() < workers {
            self.workers.resize(workers, Worker::default());
        }
        self.workers[..workers].iter_mut().for_each(|worker| worker.reserve(program, rows));
    }
}

#[cfg(feature = "train")]
impl<T> Run<T> {
    /// The numbers that go into a checkpoint.
    pub(crate) fn counters(&self) -> Counters {
        let Run { steps, epochs, rate_factor, swa_epochs, under_way, .. } = *self;
        let in_turn = self.steps_in_turn.iter().map(|step| (step.steps, step.epoch_loss)).collect();
        Counters { steps, epochs, rate_factor, swa_epochs, under_way, in_turn }
    }

    /// The arrays that go into a checkpoint.
    pub(crate) fn arrays(&self) -> impl Iterator<Item = (String, &[T])> {
        // Between two epochs nobody asks for the weights at the beginning of one.
        let good = if self.under_way.is_some() { &self.good[..] } else { &[] };
        let own = [("optimizer", &self.optimizer[..]), ("epoch", good), ("ema", &self.ema), ("swa", &self.swa)];
        let of_steps = self.steps_in_turn.iter().enumerate();
        let of_steps = of_steps.map(|(number, step)| (std::format!("optimizer {number}"), &step.optimizer[..]));
        own.into_iter().map(|(name, values)| (name.into(), values)).chain(of_steps)
    }

    /// Puts back what [`Run::counters`] and [`Run::arrays`] gave.
    pub(crate) fn restore(&mut self, counters: &Counters, mut array: impl FnMut(&str) -> Vec<T>) {
        let Counters { steps, epochs, rate_factor, swa_epochs, under_way, .. } = *counters;
        (self.steps, self.epochs, self.rate_factor, self.under_way) = (steps, epochs, rate_factor, under_way);
        self.swa_epochs = swa_epochs;
        self.optimizer = array("optimizer");
        self.ema = array("ema");
        self.swa = array("swa");
        self.good = array("epoch");
        self.steps_in_turn = counters
            .in_turn
            .iter()
            .enumerate()
            .map(|(number, &(steps, epoch_loss))| {
                let optimizer = array(&std::format!("optimizer {number}"));
                Run { steps, epoch_loss, optimizer, ..Run::default() }
            })
            .collect();
    }
}
