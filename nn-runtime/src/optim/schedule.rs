//! The learning rate, or another hyper-parameter, over time: a function of the step, without state.

use core::f64::consts::PI;

/// The learning rate, or another hyper-parameter, over time.
///
/// ```
/// use nn_runtime::Schedule;
/// // 10 epochs of 100 steps: warm for one, then down to 0.
/// let schedule = Schedule::cosine(0.1, 0.0).warmup(1.0);
/// assert_eq!(schedule.at(50, 100, 1000), 0.05);
/// assert_eq!(schedule.at(101, 100, 1000), 0.1);
/// assert!(schedule.at(1000, 100, 1000) < 1e-6);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The value that the decay starts from (one_cycle: its peak).
    pub lr: f64,
    /// Epochs of linear warm-up before the decay begins (Goyal et al. 2017, section 2.2).
    pub warmup: f64,
    /// What follows.
    pub decay: Decay,
}

/// How a value changes. Epochs are counted from the end of the warm-up.
///
/// ```
/// use nn_runtime::{Decay, Schedule};
/// // As `Schedule::polynomial`, but at its end after 5 epochs.
/// let decay = Decay::Polynomial { to: 0.01, power: 1.0, epochs: 5.0 };
/// let schedule = Schedule { lr: 0.1, warmup: 0.0, decay };
/// assert_eq!(schedule.at(60, 10, 100), 0.01);
/// ```
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
    /// Along half a cosine, step by step, to `min` at the end of the run (Loshchilov and Hutter 2017, equation 5, one cycle).
    Cosine {
        /// The value at the end.
        min: f64,
        /// The part of the run in which it does not change.
        flat: f64,
    },
    /// `lr / (1 + rate t)^power`, where `t` is the time in epochs, step by step.
    InverseTime {
        /// How fast it falls.
        rate: f64,
        /// 0.5 for the inverse of a square root.
        power: f64,
    },
    /// Along half a cosine to `min` again and again; each time begins at what the schedule starts from and takes `factor` times as
    /// long as the one before (Loshchilov and Hutter 2017, equation 5).
    CosineRestarts {
        /// Epochs of the first time.
        epochs: f64,
        /// How much longer each time takes.
        factor: f64,
        /// The value at the end of each time.
        min: f64,
    },
    /// `to + (lr - to) (1 - part)^power`, where `part` of the way is gone; then `to`.
    Polynomial {
        /// The value at the end.
        to: f64,
        /// 1 for a line.
        power: f64,
        /// Epochs of the way; 0: up to the end of the run.
        epochs: f64,
    },
    /// Up from `lr / start` to `lr` and down to `lr / end`, both along half cosines (Smith and Topin 2018, as PyTorch's `OneCycleLR`).
    OneCycle {
        /// The divisor of the first learning rate.
        start: f64,
        /// The divisor of the last learning rate.
        end: f64,
        /// The part of the run until the peak.
        peak: f64,
    },
}

impl Schedule {
    const fn of(lr: f64, decay: Decay) -> Self {
        Schedule { lr, warmup: 0.0, decay }
    }

    /// The same value all the time.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// assert_eq!(Schedule::constant(0.1).at(70, 10, 100), 0.1);
    /// ```
    pub const fn constant(lr: f64) -> Self {
        Self::of(lr, Decay::Constant)
    }

    /// Times `factor` after every `every` epochs.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::step(0.1, 2.0, 0.5);
    /// // The third epoch of 10 steps begins.
    /// assert_eq!((schedule.at(20, 10, 100), schedule.at(21, 10, 100)), (0.1, 0.05));
    /// ```
    pub const fn step(lr: f64, every: f64, factor: f64) -> Self {
        Self::of(lr, Decay::Step { every, factor })
    }

    /// Times `factor` after every epoch.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::exponential(0.1, 0.5);
    /// assert_eq!((schedule.at(10, 10, 100), schedule.at(11, 10, 100)), (0.1, 0.05));
    /// ```
    pub const fn exponential(lr: f64, factor: f64) -> Self {
        Self::of(lr, Decay::Exponential { factor })
    }

    /// Along half a cosine to `min`.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::cosine(0.1, 0.0);
    /// assert!((schedule.at(51, 10, 100) - 0.05).abs() < 1e-12);
    /// ```
    pub const fn cosine(lr: f64, min: f64) -> Self {
        Self::of(lr, Decay::Cosine { min, flat: 0.0 })
    }

    /// The same value for a part of the run, then along half a cosine to 0.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::flat_cosine(0.1, 0.5);
    /// assert_eq!(schedule.at(50, 10, 100), 0.1);
    /// assert!((schedule.at(76, 10, 100) - 0.05).abs() < 1e-12);
    /// ```
    pub const fn flat_cosine(lr: f64, flat: f64) -> Self {
        Self::of(lr, Decay::Cosine { min: 0.0, flat })
    }

    /// Divided by 1 and `rate` for each epoch.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::inverse_time(0.1, 1.0);
    /// // After one epoch of 10 steps.
    /// assert_eq!(schedule.at(11, 10, 100), 0.1 / 2.0);
    /// ```
    pub const fn inverse_time(lr: f64, rate: f64) -> Self {
        Self::of(lr, Decay::InverseTime { rate, power: 1.0 })
    }

    /// Along half a cosine to 0, first in so many epochs, then again and again, each time `factor` times as long.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::cosine_restarts(0.1, 1.0, 2.0);
    /// assert!(schedule.at(10, 10, 100) < 0.01);
    /// assert_eq!(schedule.at(11, 10, 100), 0.1);
    /// ```
    pub const fn cosine_restarts(lr: f64, epochs: f64, factor: f64) -> Self {
        Self::of(lr, Decay::CosineRestarts { epochs, factor, min: 0.0 })
    }

    /// Along a line to `to` at the end of the run.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// assert_eq!(Schedule::linear(0.1, 0.0).at(51, 10, 100), 0.05);
    /// ```
    pub const fn linear(lr: f64, to: f64) -> Self {
        Self::polynomial(lr, to, 1.0)
    }

    /// Along a power of the part that is left, to `to` at the end of the run.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// assert_eq!(Schedule::polynomial(0.1, 0.0, 2.0).at(51, 10, 100), 0.025);
    /// ```
    pub const fn polynomial(lr: f64, to: f64, power: f64) -> Self {
        Self::of(lr, Decay::Polynomial { to, power, epochs: 0.0 })
    }

    /// Up to `lr` and down again, with PyTorch's defaults: from `lr / 25`, to `lr / 250_000`, peak after 0.3 of the run.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::one_cycle(0.1);
    /// let near = |step, rate: f64| (schedule.at(step, 10, 100) - rate).abs() < 1e-12;
    /// assert!(near(1, 0.1 / 25.0) && near(30, 0.1));
    /// ```
    pub const fn one_cycle(lr: f64) -> Self {
        Self::of(lr, Decay::OneCycle { start: 25.0, end: 25e4, peak: 0.3 })
    }

    /// The same after a linear warm-up of `epochs`.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::constant(0.1).warmup(1.0);
    /// assert_eq!((schedule.at(5, 10, 100), schedule.at(11, 10, 100)), (0.05, 0.1));
    /// ```
    pub const fn warmup(self, epochs: f64) -> Self {
        Schedule { warmup: epochs, ..self }
    }

    /// The value at `step` (from 1) in a run of `total_steps` steps. Past the end of the run it stays that of the last step.
    ///
    /// ```
    /// # use nn_runtime::Schedule;
    /// let schedule = Schedule::linear(0.1, 0.0);
    /// let rates: Vec<f64> = (1..=4).map(|step| schedule.at(step, 1, 4)).collect();
    /// assert!(rates.windows(2).all(|pair| pair[1] < pair[0]));
    /// assert_eq!(schedule.at(9, 1, 4), rates[3]);
    /// ```
    pub fn at(&self, step: u64, steps_per_epoch: u64, total_steps: u64) -> f64 {
        let per_epoch = steps_per_epoch.max(1) as f64;
        let done = step.clamp(1, total_steps.max(1)) as f64 - 1.0;
        let warm = libm::floor(self.warmup * per_epoch);
        if done < warm {
            return self.first(total_steps as f64 - warm) * (done + 1.0) / warm;
        }
        self.decayed(done - warm, per_epoch, total_steps as f64 - warm)
    }

    /// The value that the warm-up leads to.
    fn first(&self, total: f64) -> f64 {
        self.decayed(0.0, 1.0, total)
    }

    /// After `done` of `total` steps.
    fn decayed(&self, done: f64, per_epoch: f64, total: f64) -> f64 {
        let epoch = libm::floor(done / per_epoch);
        match self.decay {
            Decay::Constant => self.lr,
            Decay::Step { every, factor } => self.lr * libm::pow(factor, libm::floor(epoch / every)),
            Decay::Exponential { factor } => self.lr * libm::pow(factor, epoch),
            Decay::Cosine { min, flat } => {
                anneal(self.lr, min, (done - flat * total) / ((1.0 - flat) * total).max(1.0))
            }
            Decay::InverseTime { rate, power } => self.lr / libm::pow(1.0 + rate * done / per_epoch, power),
            Decay::CosineRestarts { epochs, factor, min } => {
                anneal(self.lr, min, part_of_restart(done / per_epoch, epochs, factor))
            }
            Decay::Polynomial { to, power, epochs } => {
                let way = if epochs > 0.0 { epochs * per_epoch } else { total };
                to + (self.lr - to) * libm::pow(1.0 - (done / way.max(1.0)).min(1.0), power)
            }
            Decay::OneCycle { start, end, peak } => {
                let (top, last) = (peak * total - 1.0, total - 1.0);
                if done <= top {
                    anneal(self.lr / start, self.lr, done / top.max(1.0))
                } else {
                    anneal(self.lr, self.lr / end, (done - top) / (last - top).max(1.0))
                }
            }
        }
    }
}

/// The part that is gone of the time that began last, after so many epochs. The first time takes `length` epochs, each other `factor`
/// times as long as the one before.
fn part_of_restart(epochs: f64, length: f64, factor: f64) -> f64 {
    if factor <= 1.0 {
        return epochs / length - libm::floor(epochs / length);
    }
    // `n` times take `length (factor^n - 1) / (factor - 1)` epochs.
    let n = libm::floor(libm::log(epochs / length * (factor - 1.0) + 1.0) / libm::log(factor) + 1e-9);
    let begin = length * (libm::pow(factor, n) - 1.0) / (factor - 1.0);
    (epochs - begin) / (length * libm::pow(factor, n))
}

/// From `from` to `to` along half a cosine, at `part` of the way.
fn anneal(from: f64, to: f64, part: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + libm::cos(PI * part.clamp(0.0, 1.0)))
}
