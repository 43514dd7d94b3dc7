//! Who watches a training, what it is told, and what it may look at and change between two steps; knows no data.

use core::ops::ControlFlow;

use super::run::Run;

/// What a step came to.
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
    pub fn weights(&self) -> &[T] {
        self.weights
    }

    /// The weights that are trained, to be changed. An average of them stays as it is.
    pub fn weights_mut(&mut self) -> &mut [T] {
        self.weights
    }

    /// The weights to be judged: their moving average if there is one, else those that are trained.
    pub fn judged(&self) -> &[T] {
        self.run.averaged().unwrap_or(self.weights)
    }

    /// What the training remembers beside them.
    pub fn run(&self) -> &Run<T> {
        self.run
    }

    /// From the next step on, learning rates are what the schedule says times `factor`, instead of what they were multiplied with
    /// before.
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
    fn on_step(&mut self, _stats: &StepStats, _state: &mut State<'_, T>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// After each whole epoch.
    fn on_epoch(&mut self, _stats: &EpochStats, _state: &mut State<'_, T>) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Watches nothing.
impl<T> Observer<T> for () {}
