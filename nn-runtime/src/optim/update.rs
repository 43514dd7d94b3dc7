//! One step of each optimizer, by PyTorch's formulas in PyTorch's order of operations; coefficients in f64, values in `T`.

use super::rule::{Optimizer, Rule};
use crate::math::{abs, max, sign, sqrt};
use crate::real::Real;

impl Optimizer {
    /// Changes `params` by one step against `gradients`. `state` has [`Optimizer::state_values`] values and is all 0 before the first
    /// step; `step` counts from 1.
    pub fn update<T: Real>(&self, params: &mut [T], gradients: &[T], state: &mut [T], step: u64, lr: f64) {
        let (first, rest) = state.split_at_mut(if self.slots() > 0 { params.len() } else { 0 });
        let (second, extra) = rest.split_at_mut(if self.slots() > 1 { params.len() } else { 0 });
        let t = step as f64;
        let decay = T::from_f64(self.weight_decay);
        let keep = T::from_f64(1.0 - lr * self.weight_decay);
        let rate = T::from_f64(lr);
        match self.rule {
            Rule::Sgd => {
                for (p, &g) in params.iter_mut().zip(gradients) {
                    *p -= rate * (g + decay * *p);
                }
            }
            Rule::Momentum { momentum } => {
                let momentum = T::from_f64(momentum);
                one(params, gradients, first, |p, g, m| {
                    *m = momentum * *m + (g + decay * *p);
                    *p -= rate * *m;
                });
            }
            Rule::Nesterov { momentum } => {
                let momentum = T::from_f64(momentum);
                one(params, gradients, first, |p, g, m| {
                    let g = g + decay * *p;
                    *m = momentum * *m + g;
                    *p -= rate * (g + momentum * *m);
                });
            }
            Rule::Adagrad { eps } => {
                let eps = T::from_f64(eps);
                one(params, gradients, first, |p, g, sum| {
                    let g = g + decay * *p;
                    *sum += g * g;
                    *p -= rate * g / (sqrt(*sum) + eps);
                });
            }
            Rule::RmsProp { alpha, eps } => {
                let (alpha, rest, eps) = (T::from_f64(alpha), T::from_f64(1.0 - alpha), T::from_f64(eps));
                one(params, gradients, first, |p, g, mean| {
                    let g = g + decay * *p;
                    *mean = alpha * *mean + rest * g * g;
                    *p -= rate * g / (sqrt(*mean) + eps);
                });
            }
            Rule::Lion { beta1, beta2 } => {
                let ([b1, r1], [b2, r2]) = (split::<T>(beta1), split::<T>(beta2));
                one(params, gradients, first, |p, g, m| {
                    *p *= keep;
                    *p -= rate * sign(b1 * *m + r1 * g);
                    *m = b2 * *m + r2 * g;
                });
            }
            Rule::Adam { beta1, beta2, eps } => {
                let moments = Moments::new(beta1, beta2, eps, t);
                let size = T::from_f64(lr / moments.correction1);
                two(params, gradients, first, second, |p, g, m, v| {
                    let divisor = moments.divisor(g + decay * *p, m, v);
                    *p -= size * *m / divisor;
                });
            }
            Rule::AdamW { beta1, beta2, eps } => {
                let moments = Moments::new(beta1, beta2, eps, t);
                let size = T::from_f64(lr / moments.correction1);
                two(params, gradients, first, second, |p, g, m, v| {
                    *p *= keep;
                    let divisor = moments.divisor(g, m, v);
                    *p -= size * *m / divisor;
                });
            }
            Rule::Adamax { beta1, beta2, eps } => {
                let ([_, r1], [b2, _], eps) = (split::<T>(beta1), split::<T>(beta2), T::from_f64(eps));
                let size = T::from_f64(lr / (1.0 - libm::pow(beta1, t)));
                two(params, gradients, first, second, |p, g, m, u| {
                    let g = g + decay * *p;
                    *m += r1 * (g - *m);
                    *u = max(b2 * *u, abs(g) + eps);
                    *p -= size * *m / *u;
                });
            }
            Rule::Nadam { beta1, beta2, eps, momentum_decay } => {
                let moments = Moments::new(beta1, beta2, eps, t);
                let momentum = |t: f64| beta1 * (1.0 - 0.5 * libm::pow(0.96, t * momentum_decay));
                let (now, next) = (momentum(t), momentum(t + 1.0));
                let product = now * if step == 1 { 1.0 } else { extra[0].to_f64() };
                extra[0] = T::from_f64(product);
                let along_gradient = T::from_f64(lr * (1.0 - now) / (1.0 - product));
                let along_moment = T::from_f64(lr * next / (1.0 - product * next));
                two(params, gradients, first, second, |p, g, m, v| {
                    let g = g + decay * *p;
                    let divisor = moments.divisor(g, m, v);
                    *p -= along_gradient * g / divisor;
                    *p -= along_moment * *m / divisor;
                });
            }
            Rule::Adadelta { rho, eps } => {
                let ([rho, rest], eps) = (split::<T>(rho), T::from_f64(eps));
                two(params, gradients, first, second, |p, g, squares, steps| {
                    let g = g + decay * *p;
                    *squares = rho * *squares + rest * g * g;
                    let change = sqrt(*steps + eps) / sqrt(*squares + eps) * g;
                    *steps = rho * *steps + rest * change * change;
                    *p -= rate * change;
                });
            }
        }
    }
}

/// What remains of a mean, and what comes in.
fn split<T: Real>(beta: f64) -> [T; 2] {
    [T::from_f64(beta), T::from_f64(1.0 - beta)]
}

/// The moments of Adam and its relatives, with their bias corrections.
struct Moments<T> {
    incoming1: T,
    beta2: T,
    incoming2: T,
    root_correction2: T,
    eps: T,
    correction1: f64,
}

impl<T: Real> Moments<T> {
    fn new(beta1: f64, beta2: f64, eps: f64, t: f64) -> Self {
        Moments {
            incoming1: T::from_f64(1.0 - beta1),
            beta2: T::from_f64(beta2),
            incoming2: T::from_f64(1.0 - beta2),
            root_correction2: T::from_f64(libm::sqrt(1.0 - libm::pow(beta2, t))),
            eps: T::from_f64(eps),
            correction1: 1.0 - libm::pow(beta1, t),
        }
    }

    /// Takes `g` into both moments; `sqrt(v / (1 - beta2^t)) + eps`.
    #[inline]
    fn divisor(&self, g: T, m: &mut T, v: &mut T) -> T {
        *m += self.incoming1 * (g - *m);
        *v = self.beta2 * *v + self.incoming2 * g * g;
        sqrt(*v) / self.root_correction2 + self.eps
    }
}

#[inline]
fn one<T: Real>(params: &mut [T], gradients: &[T], state: &mut [T], change: impl Fn(&mut T, T, &mut T)) {
    for ((p, &g), s) in params.iter_mut().zip(gradients).zip(state) {
        change(p, g, s);
    }
}

#[inline]
fn two<T: Real>(
    params: &mut [T],
    gradients: &[T],
    first: &mut [T],
    second: &mut [T],
    change: impl Fn(&mut T, T, &mut T, &mut T),
) {
    for (((p, &g), a), b) in params.iter_mut().zip(gradients).zip(first).zip(second) {
        change(p, g, a, b);
    }
}
