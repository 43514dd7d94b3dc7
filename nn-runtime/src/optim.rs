//! What changes the parameters: optimizers, learning rates over time, clips and penalties; knows flat slices only.

use crate::real::Real;

/// A rule that changes parameters, and how much it pulls them to 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Optimizer {
    /// The rule.
    pub rule: Rule,
    /// Weight decay: decoupled for AdamW and Lion, else added to the gradient, as PyTorch does.
    pub weight_decay: f64,
}

/// A rule that changes parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// Stochastic gradient descent (Robbins and Monro 1951).
    Sgd,
    /// Momentum (Polyak 1964).
    Momentum {
        /// How much of the last step remains.
        momentum: f64,
    },
    /// Nesterov's momentum (Sutskever, Martens, Dahl and Hinton 2013).
    Nesterov {
        /// How much of the last step remains.
        momentum: f64,
    },
    /// Adagrad (Duchi, Hazan and Singer 2011).
    Adagrad {
        /// Added to the divisor.
        eps: f64,
    },
    /// RMSProp (Tieleman and Hinton 2012).
    RmsProp {
        /// How much of the mean square remains.
        alpha: f64,
        /// Added to the divisor.
        eps: f64,
    },
    /// Adam (Kingma and Ba 2015, algorithm 1).
    Adam {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the second moment remains.
        beta2: f64,
        /// Added to the divisor.
        eps: f64,
    },
    /// AdamW (Loshchilov and Hutter 2019, algorithm 2).
    AdamW {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the second moment remains.
        beta2: f64,
        /// Added to the divisor.
        eps: f64,
    },
    /// AdaMax (Kingma and Ba 2015, algorithm 2).
    Adamax {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the infinity norm remains.
        beta2: f64,
        /// Added to the gradient's magnitude.
        eps: f64,
    },
    /// NAdam (Dozat 2016).
    Nadam {
        /// How much of the first moment remains.
        beta1: f64,
        /// How much of the second moment remains.
        beta2: f64,
        /// Added to the divisor.
        eps: f64,
        /// How fast the momentum grows to `beta1`.
        momentum_decay: f64,
    },
    /// Adadelta (Zeiler 2012, algorithm 1).
    Adadelta {
        /// How much of the means of squares remains.
        rho: f64,
        /// Added under the roots.
        eps: f64,
    },
    /// Lion (Chen et al. 2023, algorithm 2).
    Lion {
        /// How much of the momentum goes into the step.
        beta1: f64,
        /// How much of the momentum remains.
        beta2: f64,
    },
}

/// The learning rate over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The learning rate that the decay starts from (one_cycle: its peak).
    pub lr: f64,
    /// Epochs of linear warm-up before the decay begins.
    pub warmup: f64,
    /// What follows.
    pub decay: Decay,
}

/// How the learning rate falls.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Decay {
    /// Not at all.
    Constant,
    /// Times `factor` after every `every` epochs.
    Step {
        /// Epochs between two falls.
        every: f64,
        /// The factor of a fall.
        factor: f64,
    },
    /// Times `factor` after every epoch.
    Exponential {
        /// The factor of an epoch.
        factor: f64,
    },
    /// Along half a cosine to `min` at the end of the run.
    Cosine {
        /// The learning rate at the end.
        min: f64,
    },
    /// Up from `lr / start` to `lr` and down to `lr / end`, both along half cosines.
    OneCycle {
        /// The divisor of the first learning rate.
        start: f64,
        /// The divisor of the last learning rate.
        end: f64,
        /// The part of the run until the peak.
        peak: f64,
    },
}

/// Limits on the gradients.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clip {
    /// The largest magnitude of one gradient.
    pub value: Option<f64>,
    /// The largest Euclidean norm of all gradients together.
    pub norm: Option<f64>,
}

/// Penalties on all parameters: `l1 * sum |w| + l2 * sum w^2`, part of the reported loss.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// The factor of the magnitudes.
    pub l1: f64,
    /// The factor of the squares.
    pub l2: f64,
}

impl Optimizer {
    /// Adam with `beta1` 0.9, `beta2` 0.999, `eps` 1e-8.
    pub const fn adam() -> Self {
        Optimizer { rule: Rule::Adam { beta1: 0.9, beta2: 0.999, eps: 1e-8 }, weight_decay: 0.0 }
    }

    /// State values for each parameter.
    pub const fn slots(&self) -> usize {
        2
    }

    /// State values for `parameters` parameters.
    pub const fn state_values(&self, parameters: usize) -> usize {
        self.slots() * parameters
    }

    /// Changes `params` by one step.
    pub fn update<T: Real>(&self, params: &mut [T], gradients: &[T], state: &mut [T], step: u64, lr: f64) {
        let _ = (params, gradients, state, step, lr);
    }
}

impl Schedule {
    /// The same learning rate all the time.
    pub const fn constant(lr: f64) -> Self {
        Schedule { lr, warmup: 0.0, decay: Decay::Constant }
    }

    /// The learning rate of `step` (from 1).
    pub fn at(&self, step: u64, steps_per_epoch: u64, total_steps: u64) -> f64 {
        let _ = (step, steps_per_epoch, total_steps);
        self.lr
    }
}
