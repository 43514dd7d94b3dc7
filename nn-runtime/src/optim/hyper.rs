//! The hyper-parameters of an optimizer by name, so that each can change over time; knows no network.

use super::{Clip, Optimizer, Penalty, Rule};

/// A hyper-parameter other than the learning rate.
///
/// ```
/// use nn_runtime::{Hyper, Schedule};
/// // Weight decay that grows, for `Trainer::schedules`.
/// let grows = (Hyper::WeightDecay, Schedule::linear(0.01, 0.1));
/// assert_eq!(grows.0.name(), "weight_decay");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hyper {
    /// How much of the last step remains.
    Momentum,
    /// How much of the first moment remains.
    Beta1,
    /// How much of the second moment remains.
    Beta2,
    /// How much of the mean square remains (RMSProp).
    Alpha,
    /// How much of the means of squares remains (Adadelta).
    Rho,
    /// What keeps a divisor above 0.
    Eps,
    /// How fast the momentum of NAdam grows.
    MomentumDecay,
    /// [`Optimizer::weight_decay`]
    WeightDecay,
    /// [`Penalty::l1`]
    L1,
    /// [`Penalty::l2`]
    L2,
    /// [`Clip::value`]
    ClipValue,
    /// [`Clip::norm`]
    ClipNorm,
}

impl Hyper {
    /// Its name in the language.
    ///
    /// ```
    /// # use nn_runtime::Hyper;
    /// assert_eq!(Hyper::ClipNorm.name(), "clip_norm");
    /// ```
    pub const fn name(self) -> &'static str {
        match self {
            Self::Momentum => "momentum",
            Self::Beta1 => "beta1",
            Self::Beta2 => "beta2",
            Self::Alpha => "alpha",
            Self::Rho => "rho",
            Self::Eps => "eps",
            Self::MomentumDecay => "momentum_decay",
            Self::WeightDecay => "weight_decay",
            Self::L1 => "l1",
            Self::L2 => "l2",
            Self::ClipValue => "clip_value",
            Self::ClipNorm => "clip_norm",
        }
    }

    /// Gives it a value. Nothing happens if the rule has no such hyper-parameter.
    ///
    /// ```
    /// # use nn_runtime::{Clip, Hyper, Optimizer, Penalty, Rule};
    /// let (mut optimizer, mut penalty, mut clip) = (Optimizer::momentum(), Penalty::default(), Clip::default());
    /// Hyper::Momentum.set(&mut optimizer, &mut penalty, &mut clip, 0.5);
    /// Hyper::L2.set(&mut optimizer, &mut penalty, &mut clip, 0.1);
    /// assert_eq!((optimizer.rule, penalty.l2), (Rule::Momentum { momentum: 0.5 }, 0.1));
    /// ```
    pub fn set(self, optimizer: &mut Optimizer, penalty: &mut Penalty, clip: &mut Clip, value: f64) {
        match self {
            Self::WeightDecay => optimizer.weight_decay = value,
            Self::L1 => penalty.l1 = value,
            Self::L2 => penalty.l2 = value,
            Self::ClipValue => clip.value = Some(value),
            Self::ClipNorm => clip.norm = Some(value),
            _ => {
                if let Some(place) = self.of(&mut optimizer.rule) {
                    *place = value;
                }
            }
        }
    }

    /// Where a rule has it.
    fn of(self, rule: &mut Rule) -> Option<&mut f64> {
        match (self, rule) {
            (Self::Momentum, Rule::Momentum { momentum } | Rule::Nesterov { momentum }) => Some(momentum),
            (
                Self::Beta1,
                Rule::Adam { beta1, .. }
                | Rule::AdamW { beta1, .. }
                | Rule::Adamax { beta1, .. }
                | Rule::Nadam { beta1, .. }
                | Rule::Lion { beta1, .. },
            ) => Some(beta1),
            (
                Self::Beta2,
                Rule::Adam { beta2, .. }
                | Rule::AdamW { beta2, .. }
                | Rule::Adamax { beta2, .. }
                | Rule::Nadam { beta2, .. }
                | Rule::Lion { beta2, .. },
            ) => Some(beta2),
            (Self::Alpha, Rule::RmsProp { alpha, .. }) => Some(alpha),
            (Self::Rho, Rule::Adadelta { rho, .. }) => Some(rho),
            (
                Self::Eps,
                Rule::Adagrad { eps }
                | Rule::RmsProp { eps, .. }
                | Rule::Adam { eps, .. }
                | Rule::AdamW { eps, .. }
                | Rule::Adamax { eps, .. }
                | Rule::Nadam { eps, .. }
                | Rule::Adadelta { eps, .. },
            ) => Some(eps),
            (Self::MomentumDecay, Rule::Nadam { momentum_decay, .. }) => Some(momentum_decay),
            _ => None,
        }
    }
}
