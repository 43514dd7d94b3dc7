//! Limits on the gradients, and penalties on the parameters.

use crate::error::Error;
use crate::math::sign;
use crate::real::Real;

/// Added to the norm, as in PyTorch's `clip_grad_norm_`.
const EPS: f64 = 1e-6;

/// Limits on the gradients; first each value, then all together.
///
/// ```
/// use nn_runtime::Clip;
/// let mut gradients = [3.0, -4.0];
/// Clip { value: Some(3.5), norm: None }.apply(&mut gradients);
/// assert_eq!(gradients, [3.0, -3.5]);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clip {
    /// The largest magnitude of one gradient.
    pub value: Option<f64>,
    /// The largest Euclidean norm of all gradients together (Pascanu, Mikolov and Bengio 2013, algorithm 1).
    pub norm: Option<f64>,
}

/// Penalties on all parameters: `l1 * sum |w| + l2 * sum w^2`, part of the reported loss.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Penalty, Trainer};
/// # let mut net = Net::new(1);
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let mut trainer = Trainer::new(&mut net).penalty(Penalty { l1: 1e-4, l2: 1e-3 });
/// assert!(trainer.step(&inputs, &targets)? > 0.0);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Penalty {
    /// The factor of the magnitudes.
    pub l1: f64,
    /// The factor of the squares.
    pub l2: f64,
}

impl Clip {
    /// Limits `gradients` in place. NaN stays NaN.
    ///
    /// ```
    /// # use nn_runtime::Clip;
    /// // As long as 5, and then as long as 1.
    /// let mut gradients = [3.0_f64, 4.0];
    /// Clip { value: None, norm: Some(1.0) }.apply(&mut gradients);
    /// assert!((gradients[0] - 0.6).abs() < 1e-6 && (gradients[1] - 0.8).abs() < 1e-6);
    /// ```
    pub fn apply<T: Real>(&self, gradients: &mut [T]) {
        if let Some(limit) = self.value.map(T::from_f64) {
            for g in gradients.iter_mut() {
                *g = if *g > limit {
                    limit
                } else if *g < -limit {
                    -limit
                } else {
                    *g
                };
            }
        }
        if let Some(limit) = self.norm {
            let factor = limit / (libm::sqrt(T::squares(gradients)) + EPS);
            if factor < 1.0 {
                let factor = T::from_f64(factor);
                gradients.iter_mut().for_each(|g| *g *= factor);
            }
        }
    }

    /// Whether the limits make sense.
    ///
    /// ```
    /// # use nn_runtime::Clip;
    /// assert!(Clip { value: Some(1.0), norm: None }.check().is_ok());
    /// assert!(Clip { value: Some(0.0), norm: None }.check().is_err());
    /// ```
    ///
    /// # Errors
    /// [`Error::Setting`] for a limit that is not above 0.
    pub fn check(&self) -> Result<(), Error> {
        for (name, limit) in [("clip_value", self.value), ("clip_norm", self.norm)] {
            if let Some(value) = limit.filter(|&limit| limit.is_nan() || limit <= 0.0) {
                return Err(Error::Setting { name, value, expected: "above 0" });
            }
        }
        Ok(())
    }
}

impl Penalty {
    /// Whether it adds nothing.
    ///
    /// ```
    /// # use nn_runtime::Penalty;
    /// assert!(Penalty::default().is_zero());
    /// ```
    pub const fn is_zero(&self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The penalties of both together.
    ///
    /// ```
    /// # use nn_runtime::Penalty;
    /// assert_eq!(Penalty { l1: 0.5, l2: 0.0 }.plus(0.25, 1.0), Penalty { l1: 0.75, l2: 1.0 });
    /// ```
    pub const fn plus(&self, l1: f64, l2: f64) -> Penalty {
        Penalty { l1: self.l1 + l1, l2: self.l2 + l2 }
    }

    /// The penalty of `params`; adds its gradient, `l1 sign(w) + 2 l2 w`, to `gradients`.
    ///
    /// ```
    /// # use nn_runtime::Penalty;
    /// let mut gradients = [0.0, 0.0];
    /// let penalty = Penalty { l1: 0.5, l2: 0.0 }.apply(&[1.0, -2.0], &mut gradients);
    /// assert_eq!((penalty, gradients), (1.5, [0.5, -0.5]));
    /// ```
    pub fn apply<T: Real>(&self, params: &[T], gradients: &mut [T]) -> f64 {
        let (l1, twice_l2) = (T::from_f64(self.l1), T::from_f64(2.0 * self.l2));
        let (mut magnitudes, mut squares) = (0.0, 0.0);
        for (&w, g) in params.iter().zip(gradients) {
            magnitudes += w.to_f64().abs();
            squares += w.to_f64() * w.to_f64();
            *g += l1 * sign(w) + twice_l2 * w;
        }
        self.l1 * magnitudes + self.l2 * squares
    }
}
