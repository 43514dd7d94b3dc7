//! Limits on the gradients, and penalties on the parameters.

use crate::error::Error;
use crate::math::sign;
use crate::real::Real;

/// Added to the norm, as in PyTorch's `clip_grad_norm_`.
const EPS: f64 = 1e-6;

/// Limits on the gradients; first each value, then all together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Clip {
    /// The largest magnitude of one gradient.
    pub value: Option<f64>,
    /// The largest Euclidean norm of all gradients together (Pascanu, Mikolov and Bengio 2013, algorithm 1).
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

impl Clip {
    /// Limits `gradients` in place. NaN stays NaN.
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
    pub const fn is_zero(&self) -> bool {
        self.l1 == 0.0 && self.l2 == 0.0
    }

    /// The penalties of both together.
    pub const fn plus(&self, l1: f64, l2: f64) -> Penalty {
        Penalty { l1: self.l1 + l1, l2: self.l2 + l2 }
    }

    /// The penalty of `params`; adds its gradient, `l1 sign(w) + 2 l2 w`, to `gradients`.
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
