//! What steers a training beside its steps, as a train section states it; the meaning is in the runtime's `recipe::Control`.

use std::collections::BTreeSet;

use super::changes::ChangeEntry;
use crate::signature::Args;

/// What steers a training beside its steps.
#[derive(Clone, Debug)]
pub struct Control {
    /// What is made of the inputs of training rows.
    pub augment: Vec<Augment>,
    /// The parameter of the distribution of shares, if rows are mixed.
    pub mixup: Option<f64>,
    /// When learning rates are reduced.
    pub plateau: Option<Plateau>,
    /// Batches whose gradients are added for each step.
    pub accumulate: usize,
    /// The moving average of the weights.
    pub ema: Option<Ema>,
    /// The mean of the weights of the last epochs.
    pub swa: Option<Swa>,
    /// When checkpoints are written.
    pub checkpoint: Option<Checkpointing>,
    /// What is held, and what rates are multiplied with, from which epoch on.
    pub phases: Vec<Phase>,
    /// The weights that it begins with.
    pub origin: Option<Origin>,
}

/// One change of the inputs of a row.
#[derive(Clone, Debug)]
pub struct Augment {
    /// Which.
    pub entry: &'static ChangeEntry,
    /// Its arguments.
    pub args: Args,
    /// Of several inputs, the one that it is about: where its values begin in a row, and its shape.
    pub part: Option<(usize, Vec<usize>)>,
}

/// What holds from an epoch on.
#[derive(Clone, Debug, PartialEq)]
pub struct Phase {
    /// The first epoch.
    pub epoch: usize,
    /// What rates are multiplied with.
    pub factor: f64,
    /// Parameters that stay as they are, by number.
    pub held: BTreeSet<usize>,
}

/// Weights of a file to begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file, as written in the text.
    pub path: String,
    /// Whose names and orders of axes it has: `PyTorch` or `Keras`.
    pub convention: Option<&'static str>,
    /// From names in the file to names of the network.
    pub map: Vec<(String, String)>,
    /// Tensors that begin anew.
    pub renew: Vec<String>,
}

/// A figure of each epoch that decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// `loss`, or a metric as reports call it.
    pub name: String,
    /// Whether larger is better.
    pub larger: bool,
}

/// When to stop before the last epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlyStop {
    /// Epochs to wait.
    pub patience: usize,
    /// What counts as an improvement.
    pub min_delta: f64,
    /// What has to improve.
    pub monitor: Monitor,
    /// Whether the best weights are kept, and not the last.
    pub restore_best: bool,
    /// What an improvement has to be better than from the beginning.
    pub baseline: Option<f64>,
    /// The first epoch that patience counts.
    pub from: usize,
    /// A figure that is good enough to stop at.
    pub target: Option<f64>,
}

/// When learning rates are reduced.
#[derive(Clone, Debug, PartialEq)]
pub struct Plateau {
    /// What they are multiplied with.
    pub factor: f64,
    /// Epochs to wait.
    pub patience: usize,
    /// What counts as an improvement.
    pub min_delta: f64,
    /// The smallest rate.
    pub min_lr: f64,
    /// Epochs after a reduction that do not count.
    pub cooldown: usize,
    /// What has to improve.
    pub monitor: Monitor,
}

/// A moving average of the weights.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ema {
    /// How much of it remains.
    pub decay: f64,
    /// Whether it forgets the initial weights soon.
    pub warmup: bool,
}

/// The mean of the weights after some epochs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swa {
    /// The first that counts.
    pub from: usize,
    /// Epochs from one that counts to the next.
    pub every: usize,
    /// The learning rate from then on.
    pub lr: Option<f64>,
}

/// When checkpoints are written.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpointing {
    /// Steps from one to the next.
    pub steps: Option<usize>,
    /// Minutes from one to the next.
    pub minutes: Option<f64>,
    /// How many of the newest are kept.
    pub keep: usize,
}
