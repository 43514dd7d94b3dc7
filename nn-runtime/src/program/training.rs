//! What a training of several networks is to the runtime: steps that are programs themselves, and whose turn it is.

use super::Program;

/// A training of several networks in steps that take turns.
#[derive(Debug)]
pub struct Training<T: 'static> {
    /// The networks. The names of their tensors begin with theirs.
    pub roles: &'static [Role<T>],
    /// The steps, in the order of the text.
    pub steps: &'static [TrainingStep<T>],
    /// After so many batches each: these steps, by number.
    pub every: &'static [(usize, &'static [usize])],
    /// Weights that follow others, after each batch.
    pub follows: &'static [Follows],
    /// How many values of an example are its target: the last ones.
    pub targets: usize,
}

/// A network in a training.
#[derive(Debug)]
pub struct Role<T: 'static> {
    /// What the training calls it.
    pub name: &'static str,
    /// The network by itself.
    pub program: &'static Program<T>,
}

/// One step of a training.
#[derive(Debug)]
pub struct TrainingStep<T: 'static> {
    /// Its name.
    pub name: &'static str,
    /// A network from examples to its loss and its metrics, with the weights of the whole training.
    pub program: &'static Program<T>,
}

/// Weights that follow others: `w = decay * w + (1 - decay) * leader`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Follows {
    /// Where they begin.
    pub start: usize,
    /// Where those begin that they follow.
    pub leader: usize,
    /// How many there are.
    pub len: usize,
    /// Batches from one time to the next.
    pub every: usize,
    /// The part that is kept; 0 for a copy.
    pub decay: f64,
}
