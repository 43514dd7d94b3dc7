//! Who looks on while a network is trained; knows no terminal.

use std::ops::ControlFlow;

use crate::fit::StepStats;
use crate::report::{DataReport, EpochReport};

/// What is known when the first epoch begins.
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The network.
    pub network: &'a str,
    /// Values that are trained.
    pub parameters: usize,
    /// The data.
    pub data: &'a DataReport,
    /// Epochs at most.
    pub epochs: usize,
    /// Steps of each.
    pub steps: usize,
}

/// Looks on while a network is trained, and can end it with [`ControlFlow::Break`]: then the best weights so far are kept.
pub trait Watch {
    /// Before the first epoch.
    fn on_start(&mut self, _start: &Start<'_>) {}

    /// Something that whoever looks on should know, in a sentence: from where the training goes on, or that a checkpoint could not be
    /// written.
    fn on_note(&mut self, _note: &str) {}

    /// After each step.
    fn on_step(&mut self, _step: &StepStats) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// After each epoch; `best` tells whether its weights are the best so far.
    fn on_epoch(&mut self, _epoch: &EpochReport, _best: bool) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Looks away.
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Watch for Quiet {}
