//! A search for good settings of a training: what is varied, over which values, and how trials are chosen; runs none.

/// A search section with all names resolved and all defaults filled in.
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The name of the Rust type that is trained: that of the network, or of a train section with a name of its own.
    pub network: String,
    /// What is varied; at least one thing.
    pub varied: Vec<Varied>,
    /// How trials are chosen.
    pub strategy: Strategy,
    /// How many there are; none: as many as the strategy has by itself.
    pub trials: Option<usize>,
    /// The seed of what is chosen at random.
    pub seed: u64,
    /// What decides which trial is better.
    pub monitor: super::Monitor,
    /// Passes over the training rows, in place of what the train section says.
    pub epochs: Option<usize>,
    /// Trials at a time; none: one on each core.
    pub parallel: Option<usize>,
}

/// Something that is varied.
#[derive(Clone, Debug, PartialEq)]
pub struct Varied {
    /// Its name.
    pub name: String,
    /// What it is.
    pub what: What,
    /// What it can be.
    pub values: Values,
    /// As the text says it: `log(1e-4, 0.1)`.
    pub text: String,
}

/// What can be varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A constant of the text: each value is another program.
    Constant,
    /// A setting that a program can be given: all values have the same program.
    Setting,
}

/// What something can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Values {
    /// One of these; at least one.
    Listed(Vec<f64>),
    /// A number from `low` to `high`, each as likely as any other.
    Uniform {
        /// The smallest.
        low: f64,
        /// The largest.
        high: f64,
        /// Whether it is a whole number.
        whole: bool,
    },
    /// A number from `low` to `high`, above 0, whose logarithm is as likely as any other.
    Log {
        /// The smallest.
        low: f64,
        /// The largest.
        high: f64,
        /// Whether it is a whole number.
        whole: bool,
    },
}

/// How trials are chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// Every combination of listed values.
    Grid,
    /// At random.
    Random,
    /// At random, with few epochs at first; the best of them go on. Successive halving (Jamieson and Talwalkar 2016, Algorithm 1).
    Halving {
        /// One of so many goes on, with so many times as many epochs.
        eta: usize,
        /// The epochs of the first round are not fewer.
        min_epochs: usize,
    },
}

impl Strategy {
    /// As a text calls it.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Random => "random",
            Self::Halving { .. } => "halving",
        }
    }
}

impl Values {
    /// How many there are, if they are listed.
    pub fn count(&self) -> Option<usize> {
        match self {
            Self::Listed(values) => Some(values.len()),
            Self::Uniform { .. } | Self::Log { .. } => None,
        }
    }
}
