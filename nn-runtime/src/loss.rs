//! What is minimized: the losses and which of them are computed from logits; knows outputs and targets, no network.
//!
//! All sums are taken in f64, for both element types, in an order that depends on nothing but how many outputs there are.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::{Loss, Network, Rows, Targets, network::evaluate};
//! let (net, inputs, targets) = (Net::new(1), [[0.0, 0.0]], [[2.0]]);
//! let of = |loss| evaluate(Net::PROGRAM, net.weights(), Rows::from(&inputs), Targets::from(&targets), loss);
//! // The output is 0.
//! assert_eq!((of(Loss::Mse)?, of(Loss::Mae)?), (4.0, 2.0));
//! # Ok::<(), nn_runtime::Error>(())
//! ```

mod check;
mod cosine;
mod custom;
pub(crate) mod elements;
pub(crate) mod entropy;
mod hinge;
#[doc(hidden)]
pub mod stated;
#[cfg(all(test, feature = "alloc"))]
mod tests;

use crate::batch::Targets;
use crate::program::Head;
use crate::real::Real;
pub use custom::{Custom, RowLoss};
use elements::Element;

/// A loss. Its value is the mean that each variant states; `y` is the output, `t` the target.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->3, softmax) > }
/// use nn_runtime::{Loss, Trainer};
/// # let mut net = Net::new(1);
/// // A class that is seldom counts ten times, and no target is quite sure.
/// let loss = Loss::CrossEntropy { label_smoothing: 0.1, class_weights: &[1.0, 1.0, 10.0] };
/// Trainer::new(&mut net).loss(loss).fit(&[[0.0, 1.0], [1.0, 0.0]], &[0, 2], 5)?;
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss<'w> {
    /// Mean squared error: the mean over all outputs of `(y - t)^2`.
    Mse,
    /// Mean absolute error: the mean over all outputs of `|y - t|`.
    Mae,
    /// The mean over all outputs of `(y - t)^2 / 2` where `|y - t| <= delta`, else `delta (|y - t| - delta / 2)` (Huber 1964).
    Huber {
        /// Where the parabola becomes a line.
        delta: f64,
    },
    /// The mean over all outputs of `ln cosh (y - t)`.
    LogCosh,
    /// The mean over all outputs of `-t ln y - (1 - t) ln (1 - y)`, from logits if the network ends in sigmoid; otherwise `y` is
    /// clipped to `1e-7..=1 - 1e-7`. Targets lie in `0..=1`; with one output they may be class ids 0 and 1.
    BinaryCrossEntropy,
    /// The weighted mean over rows of `-ln y[t]`, from logits; the network ends in softmax or log_softmax. Targets are class ids or a
    /// distribution for each row; label smoothing (Szegedy et al. 2016, section 7), class weights and divisors as PyTorch defines them:
    /// ids divide by the sum of the weights of the targets, distributions by the number of rows.
    CrossEntropy {
        /// The part of each target that is spread over all classes, in `0..=1`.
        label_smoothing: f64,
        /// A weight for each class; empty: all 1.
        class_weights: &'w [f64],
    },
    /// The mean over rows of `sum t (ln t - ln y)` (Kullback and Leibler 1951), from logits; the network ends in softmax or
    /// log_softmax, targets are distributions.
    KlDivergence,
    /// The mean over all outputs of `max(0, 1 - t y)` (Cortes and Vapnik 1995), targets -1 and 1. Class ids stand for 1 at the class and
    /// -1 elsewhere; with one output, 0 stands for -1.
    Hinge,
    /// The mean over all outputs of `y - t ln (y + 1e-8)`; `y` is a rate, `t` a count.
    Poisson,
    /// The mean over rows of `1 - cos(y, t)`.
    Cosine,
    /// The mean over rows of the expression that the text of the network states: [`Program::objective`](crate::Program::objective).
    Objective,
    /// The mean over rows of the first output, which nothing is compared with: the network is a [step](crate::program::TrainingStep) of a
    /// training, and yields its loss.
    Output,
    /// The mean over rows (of outputs with several axes: over all positions before the last axis) of a function in Rust:
    /// [`Loss::custom`].
    Custom(Custom<'w>),
}

/// What a network answered to some rows, and what it should have answered.
///
/// ```
/// use nn_runtime::{Loss, Targets, loss::Case, program::Head};
/// let case = Case {
///     head: Head::Linear,
///     width: 1,
///     logits: &[],
///     output: &[1.0, 3.0],
///     targets: Targets::Values(&[0.0, 1.0]),
///     sample_weights: &[],
///     divisor: 2.0,
/// };
/// let loss = Loss::Mae.evaluate(&case, &mut [0.0; 2]);
/// assert_eq!(loss, (1.0 + 2.0) / 2.0);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Case<'a, T> {
    /// What the network ends in.
    pub head: Head,
    /// Values on the last axis of an output: the classes.
    pub width: usize,
    /// The logits of all rows.
    pub logits: &'a [T],
    /// The outputs of all rows: as many values.
    pub output: &'a [T],
    /// The targets of these rows.
    pub targets: Targets<'a, T>,
    /// How much each row counts, as [`Rows::weighted`](crate::Rows::weighted) says; empty: all the same.
    pub sample_weights: &'a [f64],
    /// The divisor: [`Loss::divisor`] of the whole batch, of which these rows may be a part.
    pub divisor: f64,
}

impl Loss<'_> {
    /// Its name in the language.
    ///
    /// ```
    /// # use nn_runtime::Loss;
    /// assert_eq!(Loss::Huber { delta: 1.0 }.name(), "huber");
    /// ```
    pub const fn name(&self) -> &'static str {
        match self {
            Loss::Mse => "mse",
            Loss::Mae => "mae",
            Loss::Huber { .. } => "huber",
            Loss::LogCosh => "log_cosh",
            Loss::BinaryCrossEntropy => "binary_cross_entropy",
            Loss::CrossEntropy { .. } => "cross_entropy",
            Loss::KlDivergence => "kl_divergence",
            Loss::Hinge => "hinge",
            Loss::Poisson => "poisson",
            Loss::Cosine => "cosine",
            Loss::Objective => "objective",
            Loss::Output => "output",
            Loss::Custom(_) => "custom",
        }
    }

    /// Whether, for a network that ends in `head`, [`Loss::evaluate`] reads logits and gives the gradient of the logits.
    ///
    /// ```
    /// # use nn_runtime::{Loss, program::Head};
    /// assert!(Loss::BinaryCrossEntropy.fuses_with(Head::Sigmoid));
    /// assert!(!Loss::Mse.fuses_with(Head::Sigmoid));
    /// ```
    pub const fn fuses_with(&self, head: Head) -> bool {
        match self {
            Loss::CrossEntropy { .. } | Loss::KlDivergence => matches!(head, Head::Softmax | Head::LogSoftmax),
            Loss::BinaryCrossEntropy => matches!(head, Head::Sigmoid),
            _ => false,
        }
    }

    /// From which output on a network with one output means class 1: 0 for hinge, else 0.5.
    ///
    /// ```
    /// # use nn_runtime::Loss;
    /// assert_eq!((Loss::Hinge.threshold(), Loss::BinaryCrossEntropy.threshold()), (0.0, 0.5));
    /// ```
    pub const fn threshold(&self) -> f64 {
        if matches!(self, Loss::Hinge) { 0.0 } else { 0.5 }
    }

    /// The divisor of the weighted mean over a batch of `rows` with `outputs` values each, `width` of them on the last axis, where each
    /// row counts as much as its sample weight says; empty: all the same.
    ///
    /// ```
    /// # use nn_runtime::{Loss, Targets};
    /// // Four rows of three outputs: twelve squares, but four cosines.
    /// let targets = Targets::Values(&[0.0; 12]);
    /// assert_eq!(Loss::Mse.divisor(4, (3, 3), targets, &[]), 12.0);
    /// assert_eq!(Loss::Cosine.divisor(4, (3, 3), targets, &[]), 4.0);
    /// ```
    pub fn divisor<T: Real>(
        &self,
        rows: usize,
        (outputs, width): (usize, usize),
        targets: Targets<'_, T>,
        sample_weights: &[f64],
    ) -> f64 {
        if !sample_weights.is_empty() {
            let each = targets.len() / rows.max(1);
            let of = |row| self.divisor(1, (outputs, width), targets.slice(row, 1, each), &[]);
            return sample_weights.iter().enumerate().map(|(row, weight)| weight * of(row)).sum();
        }
        match (self, targets) {
            (Loss::CrossEntropy { class_weights, .. }, Targets::Classes(classes)) if !class_weights.is_empty() => {
                classes.iter().map(|&class| class_weights[class]).sum()
            }
            (Loss::Objective | Loss::Output, _) => rows as f64,
            (Loss::CrossEntropy { .. } | Loss::KlDivergence | Loss::Cosine | Loss::Custom(_), _) => {
                (rows * outputs / width) as f64
            }
            _ => (rows * outputs) as f64,
        }
    }

    /// The loss summed over the rows of `case` and divided by its divisor. Overwrites `gradient` with that of the logits if the loss
    /// [fuses](Loss::fuses_with) with the head, else with that of the output. The parts of a batch add up to the whole.
    ///
    /// The case must have passed [`Loss::check`]. [`Loss::Objective`] is computed by [`stated::Stated`].
    ///
    /// ```
    /// # use nn_runtime::{Loss, Targets, loss::Case, program::Head};
    /// # let case = Case {
    /// #     head: Head::Linear,
    /// #     width: 1,
    /// #     logits: &[],
    /// #     output: &[1.0, 3.0],
    /// #     targets: Targets::Values(&[0.0, 1.0]),
    /// #     sample_weights: &[],
    /// #     divisor: 2.0,
    /// # };
    /// // Outputs 1 and 3, targets 0 and 1.
    /// let mut gradient = [0.0; 2];
    /// assert_eq!(Loss::Mse.evaluate(&case, &mut gradient), (1.0 + 4.0) / 2.0);
    /// assert_eq!(gradient, [1.0, 2.0]);
    /// ```
    pub fn evaluate<T: Real>(&self, case: &Case<'_, T>, gradient: &mut [T]) -> f64 {
        if !case.sample_weights.is_empty() {
            let rows = case.sample_weights.len();
            let gradients = gradient.chunks_exact_mut((gradient.len() / rows).max(1));
            let one = |(row, gradient): (usize, &mut [T])| {
                if case.sample_weights[row] == 0.0 {
                    // Whatever its loss is, also if it is no number.
                    gradient.fill(T::ZERO);
                    return 0.0;
                }
                self.evaluate(&case.row(row), gradient)
            };
            return (0..rows).zip(gradients).map(one).sum();
        }
        match *self {
            Loss::Mse => elements::sum(case, case.output, gradient, Element::Squared),
            Loss::Mae => elements::sum(case, case.output, gradient, Element::Absolute),
            Loss::Huber { delta } => elements::sum(case, case.output, gradient, Element::Huber(delta)),
            Loss::LogCosh => elements::sum(case, case.output, gradient, Element::LogCosh),
            Loss::Poisson => elements::sum(case, case.output, gradient, Element::Poisson),
            Loss::BinaryCrossEntropy if self.fuses_with(case.head) => {
                elements::sum(case, case.logits, gradient, Element::BinaryFromLogit)
            }
            Loss::BinaryCrossEntropy => elements::sum(case, case.output, gradient, Element::BinaryFromProbability),
            Loss::CrossEntropy { label_smoothing, class_weights } => {
                entropy::cross(case, gradient, label_smoothing, class_weights)
            }
            Loss::KlDivergence => entropy::divergence(case, gradient),
            Loss::Hinge => hinge::sum(case, gradient),
            Loss::Cosine => cosine::sum(case, gradient),
            Loss::Output => output(case, gradient),
            Loss::Custom(custom) => custom::sum(case, gradient, &custom),
            Loss::Objective => unreachable!("a stated loss is computed by the functions of its program"),
        }
    }
}

/// The first output of each row.
fn output<T: Real>(case: &Case<'_, T>, gradient: &mut [T]) -> f64 {
    let factor = case.factor();
    gradient.fill(T::ZERO);
    gradient.iter_mut().step_by(case.width).for_each(|slope| *slope = T::from_f64(factor));
    case.output.iter().step_by(case.width).map(|loss| loss.to_f64()).sum::<f64>() * factor
}

impl<'a, T> Case<'a, T> {
    /// What a summand is multiplied by. Rows that all have weight 0 count as nothing.
    fn factor(&self) -> f64 {
        if self.divisor == 0.0 { 0.0 } else { 1.0 / self.divisor }
    }

    /// One row of several that have sample weights, by itself: its divisor is as much smaller as it counts more.
    fn row(&self, row: usize) -> Self {
        let (rows, weight) = (self.sample_weights.len(), self.sample_weights[row]);
        let part = |values: &'a [T]| &values[row * values.len() / rows..(row + 1) * values.len() / rows];
        Case {
            logits: part(self.logits),
            output: part(self.output),
            targets: self.targets.slice(row, 1, self.targets.len() / rows),
            sample_weights: &[],
            divisor: self.divisor / weight,
            ..*self
        }
    }
}
