//! The learning rate range test: steps at growing rates, and what their losses suggest; knows no picture and no file.

use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::observer::{Observer, State, StepStats};
use super::{Run, Settings, fit};
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::optim::{Decay, Schedule};
use crate::program::Program;
use crate::real::Real;

/// How rates are tried (Smith 2015, "Cyclical Learning Rates for Training Neural Networks", section 3.3; as `lr_find` of fastai).
///
/// ```
/// use nn_runtime::fit::RangeTest;
/// let test = RangeTest { from: 1e-5, to: 1.0, steps: 50, ..RangeTest::default() };
/// assert_eq!(test.stop, 4.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize))]
pub struct RangeTest {
    /// The first rate.
    pub from: f64,
    /// The last rate.
    pub to: f64,
    /// Steps, each at the same multiple of the rate before.
    pub steps: usize,
    /// How much of the smoothed loss remains at each step.
    pub smoothing: f64,
    /// It ends when the smoothed loss is so many times the lowest.
    pub stop: f64,
}

impl Default for RangeTest {
    /// From 1e-7 to 10 in 100 steps, smoothed by 0.98, up to 4 times the lowest loss.
    fn default() -> Self {
        Self { from: 1e-7, to: 10.0, steps: 100, smoothing: 0.98, stop: 4.0 }
    }
}

/// A step of a range test.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Trainer, trainer::RangeTest};
/// # let mut net = Net::new(1);
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let found = Trainer::new(&mut net).find_learning_rate(&inputs, &targets, &RangeTest::default())?;
/// let first = found.points[0];
/// assert!((first.rate - 1e-7).abs() < 1e-12 && first.loss > 0.0);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize))]
pub struct RangePoint {
    /// Its learning rate.
    pub rate: f64,
    /// The loss before it.
    pub loss: f64,
    /// The mean of the losses up to here, of which older ones count less; corrected for its beginning as Adam's moments are.
    pub smoothed: f64,
}

/// What a range test came to.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::{Trainer, trainer::RangeTest};
/// # let mut net = Net::new(1);
/// let report = Trainer::new(&mut net).find_learning_rate(
///     &[[0.0, 1.0], [1.0, 0.0]],
///     &[[1.0], [0.0]],
///     &RangeTest { steps: 20, ..RangeTest::default() },
/// )?;
/// for point in &report.points {
///     println!("{:e} {:.4}", point.rate, point.smoothed);
/// }
/// assert_eq!(report.points[0].rate, 1e-7);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize))]
pub struct RangeReport {
    /// Each step.
    pub points: Vec<RangePoint>,
    /// Where the smoothed loss falls fastest over the logarithm of the rate.
    pub steepest: Option<f64>,
    /// Half along the longest fall of the smoothed loss: the suggestion of fastai's `valley`.
    pub valley: Option<f64>,
    /// Whether the loss exploded before the last rate.
    pub exploded: bool,
}

impl RangeTest {
    fn check(&self) -> Result<(), Error> {
        let wrong = |name, value, expected| Err(Error::Setting { name, value, expected });
        match *self {
            Self { from, .. } if !(from > 0.0 && from.is_finite()) => wrong("the first rate", from, "above 0"),
            Self { from, to, .. } if !(to > from && to.is_finite()) => wrong("the last rate", to, "above the first"),
            Self { steps, .. } if steps < 2 => wrong("the number of steps", steps as f64, "at least 2"),
            Self { smoothing, .. } if !(0.0..1.0).contains(&smoothing) => {
                wrong("the smoothing", smoothing, "at least 0 and below 1")
            }
            _ => Ok(()),
        }
    }

    /// The rate of a step, from 1.
    fn rate(&self, step: u64) -> f64 {
        let part = (step - 1) as f64 / (self.steps - 1) as f64;
        self.from * libm::pow(self.to / self.from, part)
    }
}

/// Takes steps at growing rates from `weights`, which stay as they are, and looks at the losses. Rows come in the order of a training;
/// if they are too few, again and again.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::fit::{RangeTest, Settings, range_test};
/// use nn_runtime::{Network, Rows, Targets};
/// let (net, test) = (Net::new(1), RangeTest { steps: 20, ..RangeTest::default() });
/// let rows = (Rows::from(&[[0.0, 1.0], [1.0, 0.0]]), Targets::from(&[[1.0], [0.0]]));
/// let report = range_test(Net::PROGRAM, &Settings::of(Net::PROGRAM), &test, net.weights(), rows)?;
/// assert!(report.points.len() <= 20);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
///
/// # Errors
/// What [`fit`] complains about, but for a loss that is not finite, which ends the test, and [`Error::Setting`].
pub fn range_test<T: Real>(
    program: &Program<T>,
    settings: &Settings<'_>,
    test: &RangeTest,
    weights: &[T],
    rows: (Rows<'_, T>, Targets<'_, T>),
) -> Result<RangeReport, Error> {
    test.check()?;
    let mut weights = weights.to_vec();
    let mut watch =
        Watch { test, points: Vec::with_capacity(test.steps), mean: 0.0, lowest: f64::INFINITY, exploded: false };
    // The rate is that of the schedule times a factor, which is set before each step.
    let schedule = Schedule { lr: 1.0, warmup: 0.0, decay: Decay::Constant };
    let settings = Settings { schedule, ema: None, swa: None, ..*settings };
    let mut run = Run { rate_factor: test.rate(1), ..Run::default() };
    match fit(program, &settings, &mut run, &mut weights, rows, test.steps, &mut watch) {
        Ok(()) => {}
        Err(Error::NotFinite { .. }) => watch.exploded = true,
        Err(error) => return Err(error),
    }
    let Watch { points, exploded, .. } = watch;
    let (steepest, valley) = (steepest(&points), valley(&points));
    Ok(RangeReport { points, steepest, valley, exploded })
}

struct Watch<'a> {
    test: &'a RangeTest,
    points: Vec<RangePoint>,
    /// Of the losses, not yet corrected.
    mean: f64,
    lowest: f64,
    exploded: bool,
}

impl<T> Observer<T> for Watch<'_> {
    fn on_step(&mut self, stats: &StepStats, state: &mut State<'_, T>) -> ControlFlow<()> {
        let RangeTest { steps, smoothing, stop, .. } = *self.test;
        self.mean = smoothing * self.mean + (1.0 - smoothing) * stats.loss;
        let smoothed = self.mean / (1.0 - libm::pow(smoothing, stats.step as f64));
        self.points.push(RangePoint { rate: stats.learning_rate, loss: stats.loss, smoothed });
        self.lowest = self.lowest.min(smoothed);
        // Of losses below 0 no multiple tells anything.
        self.exploded = self.lowest > 0.0 && smoothed > stop * self.lowest;
        if self.exploded || stats.step as usize >= steps {
            return ControlFlow::Break(());
        }
        state.set_rate_factor(self.test.rate(stats.step + 1));
        ControlFlow::Continue(())
    }
}

/// The points that count: without the first tenth, where the mean has seen little, and the last five, where the loss explodes.
fn counted(points: &[RangePoint]) -> &[RangePoint] {
    let (first, end) = (points.len() / 10, points.len().saturating_sub(5));
    if first + 2 < end { &points[first..end] } else { points }
}

fn steepest(points: &[RangePoint]) -> Option<f64> {
    let points = counted(points);
    // Central differences, as numpy.gradient.
    let slopes = points.windows(3).map(|three| (three[1].rate, three[2].smoothed - three[0].smoothed));
    let (rate, slope) = slopes.min_by(|(_, a), (_, b)| a.total_cmp(b))?;
    (slope < 0.0).then_some(rate)
}

/// The middle of the longest falling subsequence, as fastai takes it: a third of its length from its begin, and half a third.
fn valley(points: &[RangePoint]) -> Option<f64> {
    let points = counted(points);
    let mut longest = alloc::vec![1; points.len()];
    let mut end = 0;
    for at in 1..points.len() {
        for before in 0..at {
            if points[at].smoothed < points[before].smoothed && longest[at] < longest[before] + 1 {
                longest[at] = longest[before] + 1;
            }
        }
        if longest[end] < longest[at] {
            end = at;
        }
    }
    let length = *longest.get(end)?;
    let start = end.saturating_sub(length);
    let section = (end - start) as f64 / 3.0;
    let at = start + section as usize + (section / 2.0) as usize;
    (length > 1).then(|| points[at].rate)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Falls fastest at 1e-3, and rises from 1e-1 on.
    fn points() -> Vec<RangePoint> {
        let test = RangeTest::default();
        let loss = |rate: f64| {
            let x = libm::log10(rate);
            if x < -1.0 { 1.0 - libm::tanh(x + 3.0) } else { x + 2.0 }
        };
        let point = |step| RangePoint { rate: test.rate(step), loss: 0.0, smoothed: loss(test.rate(step)) };
        (1..=100).map(point).collect()
    }

    #[test]
    fn the_steepest_fall_is_found_and_the_valley_lies_before_its_end() {
        let steepest = steepest(&points()).expect("it falls");
        assert!((libm::log10(steepest) + 3.0).abs() < 0.1, "{steepest}");
        let valley = valley(&points()).expect("it falls");
        assert!(valley > 1e-5 && valley < 1e-1, "{valley}");
        let flat: Vec<RangePoint> = points().iter().map(|point| RangePoint { smoothed: 1.0, ..*point }).collect();
        assert_eq!((super::steepest(&flat), super::valley(&flat)), (None, None));
        assert_eq!((super::steepest(&[]), super::valley(&[])), (None, None));
    }
}
