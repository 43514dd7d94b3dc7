//! What is minimized: the losses, their gradients, and which of them are computed from logits.

use crate::batch::Targets;
use crate::error::Error;
use crate::program::Head;
use crate::real::Real;

/// A loss. Its value is the mean that each variant states; `y` is the output, `t` the target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Loss<'w> {
    /// Mean squared error: the mean over all outputs of `(y - t)^2`.
    Mse,
    /// Mean absolute error: the mean over all outputs of `|y - t|`.
    Mae,
    /// The mean over all outputs of `(y - t)^2 / 2` where `|y - t| <= delta`, else `delta (|y - t| - delta / 2)`.
    Huber {
        /// Where the parabola becomes a line.
        delta: f64,
    },
    /// The mean over all outputs of `ln cosh (y - t)`.
    LogCosh,
    /// The mean over all outputs of `-t ln y - (1 - t) ln (1 - y)`.
    BinaryCrossEntropy,
    /// The weighted mean over rows of `-ln y[t]`.
    CrossEntropy {
        /// The part of each target that is spread over all classes.
        label_smoothing: f64,
        /// A weight for each class; empty: all 1.
        class_weights: &'w [f64],
    },
    /// The mean over rows of `sum t (ln t - ln y)`.
    KlDivergence,
    /// The mean over all outputs of `max(0, 1 - t y)`, targets -1 and 1.
    Hinge,
    /// The mean over all outputs of `y - t ln (y + 1e-8)`; `y` is a rate.
    Poisson,
    /// The mean over rows of `1 - cos(y, t)`.
    Cosine,
}

impl Loss<'_> {
    /// Its name in the language.
    pub const fn name(&self) -> &'static str {
        ""
    }

    /// Whether, for a network that ends in `head`, the gradient is that of the logits.
    pub const fn fuses_with(&self, head: Head) -> bool {
        let _ = head;
        false
    }

    /// The divisor of the mean.
    pub fn weight<T: Real>(&self, outputs: usize, width: usize, targets: Targets<'_, T>) -> f64 {
        let _ = (outputs, width, targets);
        1.0
    }

    /// Whether this loss, the head and the targets fit together.
    pub fn check<T: Real>(
        &self,
        head: Head,
        outputs: usize,
        width: usize,
        targets: Targets<'_, T>,
    ) -> Result<(), Error> {
        let _ = (head, outputs, width, targets);
        Ok(())
    }

    /// The sum of the loss over `weight`, and its gradient.
    #[expect(clippy::too_many_arguments, reason = "each is a different slice of one batch")]
    pub fn evaluate<T: Real>(
        &self,
        head: Head,
        width: usize,
        logits: &[T],
        output: &[T],
        targets: Targets<'_, T>,
        weight: f64,
        gradient: &mut [T],
    ) -> f64 {
        let _ = (head, width, logits, output, targets, weight, gradient);
        0.0
    }
}
