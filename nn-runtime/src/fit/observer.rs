//! Who watches a training, what it is told, and what it may look at and change between two steps; knows no data.

use core::ops::ControlFlow;

use super::run::Run;

/// What a step came to.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::trainer::{State, StepStats, Trainer};
/// use std::ops::ControlFlow;
/// # let mut net = Net::new(1);
/// let mut losses = Vec::new();
/// let mut call = |stats: &StepStats, _: &mut State<'_, f32>| {
///     losses.push((stats.epoch, stats.step, stats.rows));
///     ControlFlow::Continue(())
/// };
/// Trainer::new(&mut net).batch(1).on_step(&mut call).fit(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]], 2)?;
/// assert_eq!(losses, [(1, 1, 1), (1, 2, 1), (2, 3, 1), (2, 4, 1)]);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize))]
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
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::Trainer;
/// # let mut net = Net::new(1);
/// let history = Trainer::new(&mut net).learning_rate(0.1).fit(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]], 3)?;
/// let last = history.epochs[2];
/// assert_eq!((last.epoch, last.steps, last.learning_rate), (3, 3, 0.1));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize, serde::Deserialize))]
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

/// A training between two steps.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::trainer::{EpochStats, Judged, State, Trainer};
/// use std::ops::ControlFlow;
/// # let mut net = Net::new(1);
/// // Weights never grow beyond 1.
/// let mut call = |_: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f32>| {
///     state.weights_mut().iter_mut().for_each(|weight| *weight = weight.clamp(-1.0, 1.0));
///     ControlFlow::Continue(())
/// };
/// Trainer::new(&mut net).on_epoch(&mut call).fit(&[[0.0, 1.0], [1.0, 0.0]], &[[9.0], [9.0]], 3)?;
/// assert!(nn_runtime::Network::weights(&net).iter().all(|weight| weight.abs() <= 1.0));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Debug)]
pub struct State<'a, T> {
    pub(super) weights: &'a mut [T],
    pub(super) run: &'a mut Run<T>,
}

impl<T> State<'_, T> {
    /// The weights that are trained, in physical order.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::trainer::{EpochStats, Judged, State, Trainer};
    /// # use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// let mut call = |_: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f32>| {
    ///     assert_eq!(state.weights().len(), Net::WEIGHTS);
    ///     ControlFlow::Continue(())
    /// };
    /// Trainer::new(&mut net).on_epoch(&mut call).fit(&[[0.0, 1.0]], &[[9.0]], 1)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn weights(&self) -> &[T] {
        self.weights
    }

    /// The weights that are trained, to be changed. An average of them stays as it is.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::trainer::{EpochStats, Judged, State, Trainer};
    /// # use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// let mut call = |_: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f32>| {
    ///     state.weights_mut().fill(0.0);
    ///     ControlFlow::Continue(())
    /// };
    /// Trainer::new(&mut net).on_epoch(&mut call).fit(&[[0.0, 1.0]], &[[9.0]], 1)?;
    /// assert_eq!(net.predict(&[0.0, 1.0]), [0.0]);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn weights_mut(&mut self) -> &mut [T] {
        self.weights
    }

    /// The weights to be judged: their moving average if there is one, else those that are trained.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::trainer::{Ema, EpochStats, Judged, State, Trainer};
    /// # use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// let mut call = |_: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f32>| {
    ///     // The average is behind the weights.
    ///     assert_ne!(state.judged(), state.weights());
    ///     ControlFlow::Continue(())
    /// };
    /// let average = Ema { decay: 0.9, warmup: false };
    /// Trainer::new(&mut net).ema(average).on_epoch(&mut call).fit(&[[0.0, 1.0]], &[[9.0]], 1)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn judged(&self) -> &[T] {
        self.run.averaged().unwrap_or(self.weights)
    }

    /// What the training remembers beside them.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::trainer::{EpochStats, Judged, State, Trainer};
    /// # use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// let mut call = |stats: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f32>| {
    ///     assert_eq!((state.run().epochs, state.run().steps), (stats.epoch, stats.steps));
    ///     ControlFlow::Continue(())
    /// };
    /// Trainer::new(&mut net).on_epoch(&mut call).fit(&[[0.0, 1.0]], &[[9.0]], 3)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn run(&self) -> &Run<T> {
        self.run
    }

    /// From the next step on, learning rates are what the schedule says times `factor`, instead of what they were multiplied with
    /// before.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::trainer::{EpochStats, Judged, State, Trainer};
    /// # use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// let mut call = |stats: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f32>| {
    ///     state.set_rate_factor(0.5_f64.powi(stats.epoch as i32));
    ///     ControlFlow::Continue(())
    /// };
    /// let history = Trainer::new(&mut net).learning_rate(0.1).on_epoch(&mut call).fit(&[[0.0, 1.0]], &[[9.0]], 3)?;
    /// let rates: Vec<f64> = history.epochs.iter().map(|epoch| epoch.learning_rate).collect();
    /// assert_eq!(rates, [0.1, 0.05, 0.025]);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn set_rate_factor(&mut self, factor: f64) {
        self.run.rate_factor = factor;
    }
}

/// What watches a training, and can end it with [`ControlFlow::Break`].
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::{EpochStats, Observer, Run, Settings, State, fit};
/// use nn_runtime::{Network, Rows, Targets};
/// use std::ops::ControlFlow;
///
/// /// Keeps the weights of the epoch with the lowest loss.
/// struct Best(f64, Vec<f32>);
///
/// impl Observer<f32> for Best {
///     fn on_epoch(&mut self, stats: &EpochStats, state: &mut State<'_, f32>) -> ControlFlow<()> {
///         if stats.loss < self.0 {
///             *self = Best(stats.loss, state.weights().to_vec());
///         }
///         ControlFlow::Continue(())
///     }
/// }
///
/// let (mut net, mut best) = (Net::new(1), Best(f64::INFINITY, Vec::new()));
/// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
/// fit(Net::PROGRAM, &Settings::of(Net::PROGRAM), &mut Run::default(), net.weights_mut(), rows, 5, &mut best)?;
/// assert_eq!(best.1.len(), net.weights().len());
/// # Ok::<(), nn_runtime::Error>(())
/// ```
pub trait Observer<T> {
    /// After each step.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::fit::{Observer, Run, Settings, State, StepStats, fit};
    /// # use nn_runtime::{Network, Rows, Targets};
    /// # use std::ops::ControlFlow;
    /// struct Losses(Vec<f64>);
    ///
    /// impl Observer<f32> for Losses {
    ///     fn on_step(&mut self, stats: &StepStats, _: &mut State<'_, f32>) -> ControlFlow<()> {
    ///         self.0.push(stats.loss);
    ///         ControlFlow::Continue(())
    ///     }
    /// }
    ///
    /// let (mut net, mut losses) = (Net::new(1), Losses(Vec::new()));
    /// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
    /// fit(Net::PROGRAM, &Settings::of(Net::PROGRAM), &mut Run::default(), net.weights_mut(), rows, 5, &mut losses)?;
    /// assert_eq!(losses.0.len(), 5);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    fn on_step(&mut self, _stats: &StepStats, _state: &mut State<'_, T>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// After each whole epoch.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::fit::{EpochStats, Observer, Run, Settings, State, fit};
    /// # use nn_runtime::{Network, Rows, Targets};
    /// # use std::ops::ControlFlow;
    /// struct Twice;
    ///
    /// impl Observer<f32> for Twice {
    ///     fn on_epoch(&mut self, stats: &EpochStats, _: &mut State<'_, f32>) -> ControlFlow<()> {
    ///         if stats.epoch == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    ///     }
    /// }
    ///
    /// let (mut net, mut run) = (Net::new(1), Run::default());
    /// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
    /// fit(Net::PROGRAM, &Settings::of(Net::PROGRAM), &mut run, net.weights_mut(), rows, 5, &mut Twice)?;
    /// assert_eq!(run.epochs, 2);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    fn on_epoch(&mut self, _stats: &EpochStats, _state: &mut State<'_, T>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Watches nothing.
impl<T> Observer<T> for () {}
