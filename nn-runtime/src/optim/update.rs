//! One step of each optimizer, by PyTorch's formulas; coefficients in f64, values in `T`.

use core::ops::Range;

use super::rule::{Optimizer, Rule};
use crate::isa::Isa;
use crate::math::{abs, max, select, sign, sqrt};
use crate::real::Real;
use crate::team::Team;

/// The most threads that share an update.
const MOST: usize = 64;
/// The fewest parameters that are worth a thread.
const FEWEST: usize = 8 * 1024;

impl Optimizer {
    /// Changes `params` by one step against `gradients`. `state` has [`Optimizer::state_values`] values and is all 0 before the first
    /// step; `step` counts from 1. The threads of `team` share the parameters.
    ///
    /// ```
    /// use nn_runtime::{Optimizer, Team};
    /// let sgd = Optimizer::sgd();
    /// let (mut params, mut state) = ([1.0, 2.0], vec![0.0; sgd.state_values(2)]);
    /// sgd.update(&Team::ALONE, &mut params, &[10.0, -10.0], &mut state, 1, 0.1);
    /// assert_eq!(params, [0.0, 3.0]);
    /// ```
    pub fn update<T: Real>(&self, team: &Team, params: &mut [T], gradients: &[T], state: &mut [T], step: u64, lr: f64) {
        let all = core::iter::once((0..params.len(), 0..params.len()));
        self.update_runs(team, (params, all), gradients, state, step, lr);
    }

    /// The same, where only some of the weights are changed: their places, and those of their gradients.
    ///
    /// ```
    /// use nn_runtime::{Optimizer, Team};
    /// let sgd = Optimizer::sgd();
    /// let (mut weights, mut state) = ([1.0, 2.0, 3.0], vec![0.0; sgd.state_values(1)]);
    /// // Only the last one is trained.
    /// sgd.update_runs(&Team::ALONE, (&mut weights, [(2..3, 0..1)].into_iter()), &[10.0], &mut state, 1, 0.1);
    /// assert_eq!(weights, [1.0, 2.0, 2.0]);
    /// ```
    pub fn update_runs<T: Real>(
        &self,
        team: &Team,
        (weights, runs): (&mut [T], impl Iterator<Item = (Range<usize>, Range<usize>)>),
        gradients: &[T],
        state: &mut [T],
        step: u64,
        lr: f64,
    ) {
        let (first, rest) = state.split_at_mut(if self.slots() > 0 { gradients.len() } else { 0 });
        let (second, extra) = rest.split_at_mut(if self.slots() > 1 { gradients.len() } else { 0 });
        let change = self.change(extra, step, lr);
        for (place, packed) in runs {
            let slot = |slot: &mut [T]| if slot.is_empty() { 0..0 } else { packed.clone() };
            let (first_place, second_place) = (slot(first), slot(second));
            let memory = (&mut first[first_place], &mut second[second_place]);
            share_out(team, &change, &mut weights[place], &gradients[packed], memory);
        }
    }

    /// The numbers of this step.
    fn change<T: Real>(&self, extra: &mut [T], step: u64, lr: f64) -> Change<T> {
        let t = step as f64;
        let real = T::from_f64;
        let moments = |beta1, beta2, eps| Moments::new(beta1, beta2, eps, t);
        let decay = real(self.weight_decay);
        let keep = real(1.0 - lr * self.weight_decay);
        let rate = real(lr);
        match self.rule {
            Rule::Sgd => Change::Sgd { rate, decay },
            Rule::Momentum { momentum } => Change::Momentum { rate, decay, momentum: real(momentum) },
            Rule::Nesterov { momentum } => Change::Nesterov { rate, decay, momentum: real(momentum) },
            Rule::Adagrad { eps } => Change::Adagrad { rate, decay, eps: real(eps) },
            Rule::RmsProp { alpha, eps } => Change::RmsProp { rate, decay, mean: split(alpha), eps: real(eps) },
            Rule::Lion { beta1, beta2 } => Change::Lion { rate, keep, step: split(beta1), mean: split(beta2) },
            Rule::Adam { beta1, beta2, eps } => Change::Adam {
                size: real(lr / (1.0 - libm::pow(beta1, t))),
                decay,
                moments: moments(beta1, beta2, eps),
            },
            Rule::AdamW { beta1, beta2, eps } => Change::AdamW {
                size: real(lr / (1.0 - libm::pow(beta1, t))),
                keep,
                moments: moments(beta1, beta2, eps),
            },
            Rule::Adamax { beta1, beta2, eps } => Change::Adamax {
                size: real(lr / (1.0 - libm::pow(beta1, t))),
                decay,
                first: real(1.0 - beta1),
                second: real(beta2),
                eps: real(eps),
            },
            Rule::Nadam { beta1, beta2, eps, momentum_decay } => {
                let momentum = |t: f64| beta1 * (1.0 - 0.5 * libm::pow(0.96, t * momentum_decay));
                let (now, next) = (momentum(t), momentum(t + 1.0));
                let product = now * if step == 1 { 1.0 } else { extra[0].to_f64() };
                extra[0] = real(product);
                Change::Nadam {
                    along_gradient: real(lr * (1.0 - now) / (1.0 - product)),
                    along_moment: real(lr * next / (1.0 - product * next)),
                    decay,
                    moments: moments(beta1, beta2, eps),
                }
            }
            Rule::Adadelta { rho, eps } => Change::Adadelta { rate, decay, mean: split(rho), eps: real(eps) },
        }
    }
}

/// Takes the first `len` values away from a slice, or as many as there are.
fn front<'a, T>(values: &mut &'a mut [T], len: usize) -> &'a mut [T] {
    values.split_off_mut(..len.min(values.len())).unwrap_or_default()
}

/// Some parameters, and what belongs to them.
#[derive(Debug)]
pub struct Part<'a, T> {
    params: &'a mut [T],
    gradients: &'a [T],
    first: &'a mut [T],
    second: &'a mut [T],
}

impl<T> Default for Part<'_, T> {
    fn default() -> Self {
        Part { params: &mut [], gradients: &[], first: &mut [], second: &mut [] }
    }
}

/// A rule with the numbers of one step.
#[derive(Clone, Copy, Debug)]
pub enum Change<T> {
    Sgd { rate: T, decay: T },
    Momentum { rate: T, decay: T, momentum: T },
    Nesterov { rate: T, decay: T, momentum: T },
    Adagrad { rate: T, decay: T, eps: T },
    RmsProp { rate: T, decay: T, mean: [T; 2], eps: T },
    Lion { rate: T, keep: T, step: [T; 2], mean: [T; 2] },
    Adam { size: T, decay: T, moments: Moments<T> },
    AdamW { size: T, keep: T, moments: Moments<T> },
    Adamax { size: T, decay: T, first: T, second: T, eps: T },
    Nadam { along_gradient: T, along_moment: T, decay: T, moments: Moments<T> },
    Adadelta { rate: T, decay: T, mean: [T; 2], eps: T },
}

/// Changes some parameters.
#[inline(always)]
pub(crate) fn apply<I: Isa, T: Real>(_: I, change: &Change<T>, part: &mut Part<'_, T>) {
    match *change {
        Change::Sgd { rate, decay } => {
            for (p, &g) in part.params.iter_mut().zip(part.gradients) {
                *p -= rate * (g + decay * *p);
            }
        }
        Change::Momentum { rate, decay, momentum } => one(part, |p, g, m| {
            *m = momentum * *m + (g + decay * *p);
            *p -= rate * *m;
        }),
        Change::Nesterov { rate, decay, momentum } => one(part, |p, g, m| {
            let g = g + decay * *p;
            *m = momentum * *m + g;
            *p -= rate * (g + momentum * *m);
        }),
        Change::Adagrad { rate, decay, eps } => one(part, |p, g, sum| {
            let g = g + decay * *p;
            *sum += g * g;
            *p -= rate * g / (sqrt(*sum) + eps);
        }),
        Change::RmsProp { rate, decay, mean: [alpha, rest], eps } => one(part, |p, g, mean| {
            let g = g + decay * *p;
            *mean = alpha * *mean + rest * g * g;
            *p -= rate * g / (sqrt(*mean) + eps);
        }),
        Change::Lion { rate, keep, step: [b1, r1], mean: [b2, r2] } => one(part, |p, g, m| {
            *p *= keep;
            *p -= rate * sign(b1 * *m + r1 * g);
            *m = b2 * *m + r2 * g;
        }),
        Change::Adam { size, decay, moments } => two(part, |p, g, m, v| {
            let divisor = moments.divisor(g + decay * *p, m, v);
            *p -= size * *m / divisor;
        }),
        Change::AdamW { size, keep, moments } => two(part, |p, g, m, v| {
            *p *= keep;
            let divisor = moments.divisor(g, m, v);
            *p -= size * *m / divisor;
        }),
        Change::Adamax { size, decay, first, second, eps } => two(part, |p, g, m, u| {
            let g = g + decay * *p;
            *m += first * (g - *m);
            *u = max(second * *u, abs(g) + eps);
            *p -= size * *m / *u;
        }),
        Change::Nadam { along_gradient, along_moment, decay, moments } => two(part, |p, g, m, v| {
            let g = g + decay * *p;
            let divisor = moments.divisor(g, m, v);
            *p -= along_gradient * g / divisor;
            *p -= along_moment * *m / divisor;
        }),
        Change::Adadelta { rate, decay, mean: [rho, rest], eps } => two(part, |p, g, squares, steps| {
            let g = g + decay * *p;
            *squares = rho * *squares + rest * g * g;
            let change = sqrt(*steps + eps) / sqrt(*squares + eps) * g;
            *steps = rho * *steps + rest * change * change;
            *p -= rate * change;
        }),
    }
}

/// What remains of a mean, and what comes in.
fn split<T: Real>(beta: f64) -> [T; 2] {
    [T::from_f64(beta), T::from_f64(1.0 - beta)]
}

/// The moments of Adam and its relatives, with their bias corrections.
#[derive(Clone, Copy, Debug)]
pub struct Moments<T> {
    incoming1: T,
    beta2: T,
    incoming2: T,
    /// `1 / sqrt(1 - beta2^t)`: a division less for each parameter than PyTorch makes.
    root_correction2: T,
    eps: T,
}

impl<T: Real> Moments<T> {
    fn new(beta1: f64, beta2: f64, eps: f64, t: f64) -> Self {
        Moments {
            incoming1: T::from_f64(1.0 - beta1),
            beta2: T::from_f64(beta2),
            incoming2: T::from_f64(1.0 - beta2),
            root_correction2: T::from_f64(1.0 / libm::sqrt(1.0 - libm::pow(beta2, t))),
            eps: T::from_f64(eps),
        }
    }

    /// Takes `g` into both moments; `sqrt(v / (1 - beta2^t)) + eps`.
    #[inline(always)]
    fn divisor(&self, g: T, m: &mut T, v: &mut T) -> T {
        *m = flushed(*m + self.incoming1 * (g - *m));
        *v = flushed(self.beta2 * *v + self.incoming2 * g * g);
        sqrt(*v) * self.root_correction2 + self.eps
    }
}

/// 0 where a number is subnormal: means of gradients that have become 0, as those of a unit that no input reaches, would stay among
/// the smallest numbers for ever, and machines take a hundred cycles for each of these.
#[inline(always)]
fn flushed<T: Real>(x: T) -> T {
    select(abs(x) < T::SMALLEST, T::ZERO, x)
}

#[inline(always)]
fn one<T: Real>(part: &mut Part<'_, T>, change: impl Fn(&mut T, T, &mut T)) {
    for ((p, &g), s) in part.params.iter_mut().zip(part.gradients).zip(&mut *part.first) {
        change(p, g, s);
    }
}

#[inline(always)]
fn two<T: Real>(part: &mut Part<'_, T>, change: impl Fn(&mut T, T, &mut T, &mut T)) {
    let slots = part.first.iter_mut().zip(&mut *part.second);
    for ((p, &g), (a, b)) in part.params.iter_mut().zip(part.gradients).zip(slots) {
        change(p, g, a, b);
    }
}

/// Applies a change to parameters; the threads of `team` share them.
fn share_out<T: Real>(
    team: &Team,
    change: &Change<T>,
    params: &mut [T],
    gradients: &[T],
    (first, second): (&mut [T], &mut [T]),
) {
    let count = team.threads().min(MOST).min(params.len() / FEWEST).max(1);
    let each = params.len().div_ceil(count);
    let (mut params, mut gradients, mut first, mut second) = (params, gradients, first, second);
    let mut parts: [Part<'_, T>; MOST] = core::array::from_fn(|_| Part::default());
    for part in &mut parts[..count] {
        *part = Part {
            params: front(&mut params, each),
            gradients: gradients.split_off(..each.min(gradients.len())).unwrap_or_default(),
            first: front(&mut first, each),
            second: front(&mut second, each),
        };
    }
    team.each(&mut parts[..count], |_, part| T::update(change, part));
}
