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
