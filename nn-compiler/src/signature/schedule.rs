//! A number over time as an argument; the formulas are in the runtime's `optim`.

/// A learning rate, or another hyper-parameter, over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Schedule {
    /// The value from which all others are derived.
    pub lr: f64,
    /// Epochs in which it rises linearly from 0.
    pub warmup: f64,
    /// How it falls.
    pub decay: Decay,
}

/// How a learning rate falls; the formulas are in the runtime's `optim::Decay`.
#[derive(Clone, Debug, PartialEq)]
pub enum Decay {
    /// It does not.
    Constant,
    /// By a factor every so many epochs.
    Step {
        /// Epochs between two falls.
        every: f64,
        /// What it is multiplied with.
        factor: f64,
    },
    /// By a factor each epoch.
    Exponential {
        /// What it is multiplied with.
        factor: f64,
    },
    /// Along half a cosine to the last step.
    Cosine {
        /// Where it ends.
        min: f64,
        /// The part of the run before it falls.
        flat: f64,
    },
    /// Divided by a power of the time.
    InverseTime {
        /// What an epoch adds to the divisor.
        rate: f64,
        /// The power.
        power: f64,
    },
    /// Along half a cosine, again and again.
    CosineRestarts {
        /// Epochs of the first time.
        epochs: f64,
        /// How much longer each time takes than the one before.
        factor: f64,
        /// Where each ends.
        min: f64,
    },
    /// Along a power of the part of the way that is left.
    Polynomial {
        /// Where it ends.
        to: f64,
        /// 1 for a line.
        power: f64,
        /// Epochs of the way; 0: to the last step.
        epochs: f64,
    },
    /// Up along half a cosine, then down along another.
    OneCycle {
        /// The peak divided by the first rate.
        start: f64,
        /// The peak divided by the last rate.
        end: f64,
        /// The part of the run that rises.
        peak: f64,
    },
}

impl Schedule {
    /// Always the same.
    pub const fn constant(lr: f64) -> Self {
        Self { lr, warmup: 0.0, decay: Decay::Constant }
    }

    /// Whether it is always the same.
    pub fn is_constant(&self) -> bool {
        self.warmup == 0.0 && self.decay == Decay::Constant
    }

    /// The smallest and the largest value that it can take, however long it lasts.
    pub fn bounds(&self) -> (f64, f64) {
        let lr = self.lr;
        let (low, high) = match self.decay {
            Decay::Constant => (lr, lr),
            Decay::Step { factor, .. } | Decay::Exponential { factor } if lr == 0.0 || factor == 1.0 => (lr, lr),
            // It never is 0.
            Decay::Step { factor, .. } | Decay::Exponential { factor } if factor < 1.0 => (f64::MIN_POSITIVE, lr),
            Decay::Step { .. } | Decay::Exponential { .. } => (lr, f64::INFINITY),
            Decay::Cosine { min, .. } | Decay::CosineRestarts { min, .. } => (lr.min(min), lr.max(min)),
            Decay::InverseTime { .. } => (lr.min(f64::MIN_POSITIVE), lr),
            Decay::Polynomial { to, .. } => (lr.min(to), lr.max(to)),
            Decay::OneCycle { start, end, .. } => (lr.min(lr / start).min(lr / end), lr.max(lr / start).max(lr / end)),
        };
        // A warm-up begins above 0.
        if self.warmup > 0.0 { (low.min(f64::MIN_POSITIVE), high) } else { (low, high) }
    }
}
