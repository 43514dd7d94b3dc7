//! What the full-screen view shows, as numbers: told by the training, changed by keys; knows no screen.

use std::string::{String, ToString};
use std::time::{Duration, Instant};
use std::vec::Vec;

use crate::data::counted;
use crate::fit::StepStats;
use crate::report::{EpochReport, Figures};
use crate::session::Start;

/// A key that means something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    /// End the training and keep the best weights.
    Stop,
    /// Pause, or go on.
    Pause,
    /// Show the next metric.
    NextMetric,
    /// Make the axis of the loss logarithmic, or linear.
    Logarithm,
}

/// Points of the curve of the steps; twice as many are made one of two.
const POINTS: usize = 400;

/// The state of the view.
pub(super) struct Board {
    pub(super) network: String,
    pub(super) about: String,
    pub(super) epochs: usize,
    /// Steps of an epoch.
    pub(super) steps: usize,
    /// Steps done.
    pub(super) done: u64,
    pub(super) rate: f64,
    /// The mean loss of the last steps.
    pub(super) loss: f64,
    /// Mean losses of steps by the epochs that had passed, as many steps in each but the last.
    pub(super) curve: Vec<(f64, f64)>,
    /// How many steps make a point, and those of the next one with their sum.
    grain: (usize, usize, f64),
    pub(super) list: Vec<EpochReport>,
    pub(super) best: usize,
    pub(super) metric: usize,
    pub(super) logarithmic: bool,
    pub(super) memory: Option<u64>,
    /// What was said last; nothing at first.
    pub(super) note: String,
    began: Instant,
    paused: Option<Instant>,
    /// Time that was paused.
    rested: Duration,
    stopping: bool,
}

impl Board {
    pub(super) fn new() -> Self {
        Self {
            network: String::new(),
            about: String::new(),
            epochs: 0,
            steps: 0,
            done: 0,
            rate: f64::NAN,
            loss: f64::NAN,
            curve: Vec::new(),
            grain: (1, 0, 0.0),
            list: Vec::new(),
            best: 0,
            metric: 0,
            logarithmic: false,
            memory: None,
            note: String::new(),
            began: Instant::now(),
            paused: None,
            rested: Duration::ZERO,
            stopping: false,
        }
    }

    pub(super) fn begin(&mut self, start: &Start<'_>) {
        let Start { network, parameters, data, epochs, steps, .. } = *start;
        self.network = network.to_string();
        let mut parts = Vec::from([counted(parameters, "parameter", "parameters")]);
        for (count, what) in [(data.train, "to train on"), (data.validation, "to validate"), (data.test, "to test")] {
            if count > 0 {
                parts.push(std::format!("{count} rows {what}"));
            }
        }
        self.about = parts.join(", ");
        (self.epochs, self.steps, self.began) = (epochs, steps.max(1), Instant::now());
    }

    pub(super) fn step(&mut self, step: &StepStats) {
        (self.done, self.rate) = (step.step, step.learning_rate);
        self.loss = if self.loss.is_finite() { self.loss + (step.loss - self.loss) / 20.0 } else { step.loss };
        let (grain, count, sum) = &mut self.grain;
        *count += 1;
        *sum += step.loss;
        if *count == *grain {
            self.curve.push((step.step as f64 / self.steps as f64, *sum / *count as f64));
            (*count, *sum) = (0, 0.0);
        }
        if self.curve.len() == 2 * POINTS {
            self.curve = self.curve.chunks(2).map(|two| (two[1].0, (two[0].1 + two[1].1) / 2.0)).collect();
            *grain *= 2;
        }
    }

    pub(super) fn epoch(&mut self, epoch: &EpochReport, best: bool) {
        if best {
            self.best = epoch.epoch;
        }
        self.list.push(epoch.clone());
    }

    pub(super) fn press(&mut self, key: Key) {
        match key {
            Key::Stop => self.stopping = true,
            Key::Pause => match self.paused.take() {
                Some(since) => self.rested += since.elapsed(),
                None => self.paused = Some(Instant::now()),
            },
            Key::NextMetric => self.metric = (self.metric + 1) % self.metrics().len().max(1),
            Key::Logarithm => self.logarithmic = !self.logarithmic,
        }
    }

    pub(super) const fn is_paused(&self) -> bool {
        self.paused.is_some()
    }

    pub(super) const fn stops(&self) -> bool {
        self.stopping
    }

    /// The part of all steps that is done.
    pub(super) fn part(&self) -> f64 {
        let all = (self.epochs * self.steps).max(1);
        (self.done as f64 / all as f64).clamp(0.0, 1.0)
    }

    /// The time of the training without pauses.
    pub(super) fn elapsed(&self) -> Duration {
        let resting = self.paused.map_or(Duration::ZERO, |since| since.elapsed());
        self.began.elapsed().saturating_sub(self.rested + resting)
    }

    /// The time that is left if all goes on as it went.
    pub(super) fn left(&self) -> Option<Duration> {
        let part = self.part();
        (part > 0.0).then(|| self.elapsed().mul_f64((1.0 - part) / part))
    }

    /// What an epoch is judged by.
    pub(super) fn judged(epoch: &EpochReport) -> Option<&Figures> {
        epoch.validation.as_ref().or(epoch.train.as_ref())
    }

    /// The names of the metrics.
    pub(super) fn metrics(&self) -> Vec<&str> {
        let figures = self.list.last().and_then(Self::judged);
        figures.map(|figures| figures.metrics.iter().map(|(name, _)| &**name).collect()).unwrap_or_default()
    }

    /// A figure of each epoch.
    pub(super) fn over(&self, value: impl Fn(&Figures) -> Option<f64>) -> Vec<(f64, f64)> {
        let points = self.list.iter().filter_map(|epoch| Some((epoch.epoch as f64, value(Self::judged(epoch)?)?)));
        points.filter(|(_, value)| value.is_finite()).collect()
    }
}
