//! Training in memory.
/// The epochs of a run.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// One entry for each epoch.
    pub epochs: alloc::vec::Vec<EpochStats>,
}
/// What an epoch came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EpochStats {
    /// From 1.
    pub epoch: usize,
    /// The mean loss over rows, with penalties, in training.
    pub loss: f64,
    /// The learning rate of the last step.
    pub learning_rate: f64,
    /// Steps since the beginning of the training.
    pub steps: u64,
}
/// Trains a network.
#[derive(Debug)]
pub struct Trainer<'n, N: crate::program::Network> {
    net: &'n mut N,
}
