//! The learning rate over time: a function of the step, without state.

use core::f64::consts::PI;

/// The learning rate over time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// The learning rate that the decay starts from (one_cycle: its peak).
    pub lr: f64,
    /// Epochs of linear warm-up before the decay begins (Goyal et al. 2017, section 2.2).
    pub warmup: f64,
    /// What follows.
    pub decay: Decay,
}

/// How the learning rate falls. Epochs are counted from the end of the warm-up.
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
        /// The learning rate at the end.
        min: f64,
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
    /// The same learning rate all the time.
    pub const fn constant(lr: f64) -> Self {
        Schedule { lr, warmup: 0.0, decay: Decay::Constant }
    }

    /// Times `factor` after every `every` epochs.
    pub const fn step(lr: f64, every: f64, factor: f64) -> Self {
        Schedule { lr, warmup: 0.0, decay: Decay::Step { every, factor } }
    }

    /// Times `factor` after every epoch.
    pub const fn exponential(lr: f64, factor: f64) -> Self {
        Schedule { lr, warmup: 0.0, decay: Decay::Exponential { factor } }
    }

    /// Along half a cosine to `min`.
    pub const fn cosine(lr: f64, min: f64) -> Self {
        Schedule { lr, warmup: 0.0, decay: Decay::Cosine { min } }
    }

    /// Up to `lr` and down again, with PyTorch's defaults: from `lr / 25`, to `lr / 250_000`, peak after 0.3 of the run.
    pub const fn one_cycle(lr: f64) -> Self {
        Schedule { lr, warmup: 0.0, decay: Decay::OneCycle { start: 25.0, end: 25e4, peak: 0.3 } }
    }

    /// The same after a linear warm-up of `epochs`.
    pub const fn warmup(self, epochs: f64) -> Self {
        Schedule { warmup: epochs, ..self }
    }

    /// The learning rate of `step` (from 1) in a run of `total_steps` steps. Past the end of the run it stays that of the last step.
    pub fn at(&self, step: u64, steps_per_epoch: u64, total_steps: u64) -> f64 {
        let per_epoch = steps_per_epoch.max(1) as f64;
        let done = step.clamp(1, total_steps.max(1)) as f64 - 1.0;
        let warm = libm::floor(self.warmup * per_epoch);
        if done < warm {
            return self.first(total_steps as f64 - warm) * (done + 1.0) / warm;
        }
        self.decayed(done - warm, per_epoch, total_steps as f64 - warm)
    }

    /// The learning rate that the warm-up leads to.
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
            Decay::Cosine { min } => anneal(self.lr, min, done / total.max(1.0)),
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

/// From `from` to `to` along half a cosine, at `part` of the way.
fn anneal(from: f64, to: f64, part: f64) -> f64 {
    to + (from - to) * 0.5 * (1.0 + libm::cos(PI * part.clamp(0.0, 1.0)))
}
