//! Losses that are functions in Rust: their value and their gradient, output by output.

use core::fmt;

use super::{Case, Loss};
use crate::batch::Targets;
use crate::real::Real;

/// A loss in Rust. Closures are such.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Loss, Targets, Trainer, loss::RowLoss};
///
/// /// The fourth power of the difference.
/// struct Quartic;
///
/// impl RowLoss<f32> for Quartic {
///     fn evaluate(&self, output: &[f32], target: Targets<'_, f32>, gradient: &mut [f32]) -> f64 {
///         let Targets::Values(target) = target else { return f64::NAN };
///         let mut sum = 0.0;
///         for ((y, t), d) in output.iter().zip(target).zip(gradient) {
///             *d = 4.0 * (y - t).powi(3);
///             sum += f64::from((y - t).powi(4));
///         }
///         sum
///     }
/// }
///
/// let mut net = Net::new(1);
/// let loss = Trainer::new(&mut net).loss(Loss::custom::<f32>(&Quartic)).step(&[[0.0, 0.0]], &[[2.0]])?;
/// assert_eq!(loss, 16.0);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
pub trait RowLoss<T>: Sync {
    /// The loss of one output (of several axes: of the values on the last) against its target: one class id, or as many values. Writes
    /// its gradient, with respect to each value of the output, into `gradient`, which is as long. Called from several threads.
    ///
    /// ```
    /// use nn_runtime::{Targets, loss::RowLoss};
    /// let linear = |y: &[f32], _: Targets<'_, f32>, d: &mut [f32]| {
    ///     d.fill(1.0);
    ///     y.iter().map(|y| f64::from(*y)).sum()
    /// };
    /// let mut gradient = [0.0; 2];
    /// assert_eq!(linear.evaluate(&[1.5, 2.0], Targets::Values(&[0.0, 0.0]), &mut gradient), 3.5);
    /// assert_eq!(gradient, [1.0, 1.0]);
    /// ```
    fn evaluate(&self, output: &[T], target: Targets<'_, T>, gradient: &mut [T]) -> f64;
}

impl<T, F: Fn(&[T], Targets<'_, T>, &mut [T]) -> f64 + Sync> RowLoss<T> for F {
    fn evaluate(&self, output: &[T], target: Targets<'_, T>, gradient: &mut [T]) -> f64 {
        self(output, target, gradient)
    }
}

/// A [`RowLoss`] for one of the element types: see [`Loss::custom`].
///
/// ```
/// use nn_runtime::{Loss, Targets};
/// let nothing = |_: &[f64], _: Targets<'_, f64>, _: &mut [f64]| 0.0;
/// let (one, same) = (Loss::custom::<f64>(&nothing), Loss::custom::<f64>(&nothing));
/// assert!(matches!(one, Loss::Custom(_)));
/// assert_eq!(one, same);
/// ```
#[derive(Clone, Copy)]
pub struct Custom<'w> {
    pub(crate) f32: Option<&'w dyn RowLoss<f32>>,
    pub(crate) f64: Option<&'w dyn RowLoss<f64>>,
}

impl fmt::Debug for Custom<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}

/// Two are the same if they are the same value in memory.
impl PartialEq for Custom<'_> {
    fn eq(&self, other: &Self) -> bool {
        let address = |custom: &Self| {
            let single = custom.f32.map(|loss| core::ptr::from_ref(loss).cast::<()>());
            single.or(custom.f64.map(|loss| core::ptr::from_ref(loss).cast::<()>()))
        };
        address(self) == address(other)
    }
}

impl<'w> Loss<'w> {
    /// The mean over all outputs of a function.
    ///
    /// ```
    /// use nn_runtime::{Loss, Targets};
    ///
    /// // Twice as bad if the output is too small.
    /// let pinball = |y: &[f32], t: Targets<'_, f32>, d: &mut [f32]| {
    ///     let Targets::Values(t) = t else { return f64::NAN };
    ///     let mut sum = 0.0;
    ///     for ((y, t), d) in y.iter().zip(t).zip(d) {
    ///         *d = if y < t { -2.0 } else { 1.0 };
    ///         sum += f64::from(*d * (y - t));
    ///     }
    ///     sum
    /// };
    /// let loss = Loss::custom::<f32>(&pinball);
    /// assert_eq!(loss.name(), "custom");
    /// ```
    pub fn custom<T: Real>(loss: &'w dyn RowLoss<T>) -> Self {
        Loss::Custom(T::custom(loss))
    }
}

/// The weighted sum over outputs, and its gradient.
pub(super) fn sum<T: Real>(case: &Case<'_, T>, gradient: &mut [T], custom: &Custom<'_>) -> f64 {
    // Another element type than that of the network has no function.
    let Some(loss) = T::row_loss(custom) else { return f64::NAN };
    let factor = case.factor();
    let scale = T::from_f64(factor);
    let outputs = case.output.chunks_exact(case.width).zip(gradient.chunks_exact_mut(case.width));
    let each = case.targets.len() * case.width / case.output.len().max(1);
    let mut total = 0.0;
    for (at, (output, gradient)) in outputs.enumerate() {
        total += loss.evaluate(output, case.targets.slice(at, 1, each), gradient);
        gradient.iter_mut().for_each(|d| *d *= scale);
    }
    total * factor
}
