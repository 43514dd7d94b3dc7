//! What a trainer does between two steps: callbacks, validation, early stop, checkpoints; knows how none of them is computed.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use super::history::{History, Judged};
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::fit::{EpochStats, Observer, State, StepStats};
use crate::loss::Loss;
use crate::metric::{Metric, Scores};
use crate::network::{loss_of, predict_rows};
use crate::program::Program;
use crate::real::Real;
use crate::recipe::EarlyStop;
use crate::step;

/// A call after each step. All of these are references, so that a trainer needs no cleaning up: what it borrows is free after its last
/// use, not only at the end of the block.
pub type OnStep<'n, T> = &'n mut dyn FnMut(&StepStats, &mut State<'_, T>) -> ControlFlow<()>;
/// A call after each epoch.
pub type OnEpoch<'n, T> = &'n mut dyn FnMut(&EpochStats, Option<&Judged>, &mut State<'_, T>) -> ControlFlow<()>;
/// A metric in Rust: of all outputs and their targets.
pub type UserMetric<'n, T> = &'n dyn Fn(&[T], Targets<'_, T>) -> f64;

/// What a trainer was told to do between two steps.
pub(super) struct Watching<'n, T> {
    pub(super) on_step: Option<OnStep<'n, T>>,
    pub(super) on_epoch: Option<OnEpoch<'n, T>>,
    pub(super) validation: Option<(Rows<'n, T>, Targets<'n, T>)>,
    pub(super) metrics: Vec<Metric>,
    pub(super) user_metrics: Vec<(&'n str, UserMetric<'n, T>)>,
    pub(super) early_stop: Option<EarlyStop>,
    #[cfg(feature = "train")]
    pub(super) saving: Option<super::saving::Saving>,
}

impl<T> Default for Watching<'_, T> {
    fn default() -> Self {
        Self {
            on_step: None,
            on_epoch: None,
            validation: None,
            metrics: Vec::new(),
            user_metrics: Vec::new(),
            early_stop: None,
            #[cfg(feature = "train")]
            saving: None,
        }
    }
}

/// A training that is watched so.
pub(super) struct Watched<'a, 'n, T: 'static> {
    pub(super) program: &'static Program<T>,
    pub(super) loss: Loss<'n>,
    pub(super) watching: &'a mut Watching<'n, T>,
    pub(super) history: History,
    /// The figure to be improved on, and for how many epochs it was not.
    pub(super) patience: (f64, usize),
    /// The best figure and its weights.
    pub(super) best: (f64, Vec<T>),
    pub(super) failed: Option<Error>,
}

impl<'a, 'n, T: Real> Watched<'a, 'n, T> {
    pub(super) fn new(program: &'static Program<T>, loss: Loss<'n>, watching: &'a mut Watching<'n, T>) -> Self {
        let worst = watching.early_stop.map_or(f64::INFINITY, |early_stop| early_stop.monitor.worst());
        let baseline = watching.early_stop.and_then(|early_stop| early_stop.baseline).unwrap_or(worst);
        let history = History::default();
        Self { program, loss, watching, history, patience: (baseline, 0), best: (worst, Vec::new()), failed: None }
    }

    /// Loss and metrics of rows.
    fn judge(&self, weights: &[T], (inputs, targets): (Rows<'_, T>, Targets<'_, T>)) -> Result<Judged, Error> {
        let program = self.program;
        let rows = step::check(program, &self.loss, inputs, targets)?;
        let mut outputs = vec![T::ZERO; rows * program.outputs];
        predict_rows(program, weights, inputs, &mut outputs)?;
        let loss = loss_of(program, inputs, &outputs, targets, self.loss);
        let mut scores = Scores::new(&self.watching.metrics, step::width(program)).threshold(self.loss.threshold());
        if !self.watching.metrics.is_empty() {
            scores.add(&outputs, targets);
        }
        let known = scores.scores().into_iter().map(|score| (score.name, score.value));
        let user =
            self.watching.user_metrics.iter().map(|(name, metric)| (String::from(*name), metric(&outputs, targets)));
        Ok(Judged { loss, metrics: known.chain(user).collect() })
    }

    /// Whether patience is at its end.
    fn early(&mut self, stats: &EpochStats, judged: Option<&Judged>, weights: &[T]) -> bool {
        let Some(early_stop) = self.watching.early_stop else {
            return false;
        };
        let EarlyStop { patience, min_delta, monitor, restore_best, from, .. } = early_stop;
        let figure = judged.map_or(stats.loss, |judged| judged.figure(monitor));
        if monitor.improves(figure, self.best.0, 0.0) {
            self.best.0 = figure;
            self.history.best_epoch = stats.epoch;
            if restore_best {
                self.best.1.clear();
                self.best.1.extend_from_slice(weights);
            }
        }
        let (reference, waited) = &mut self.patience;
        if monitor.improves(figure, *reference, min_delta) {
            (*reference, *waited) = (figure, 0);
        } else {
            *waited += usize::from(stats.epoch >= from);
        }
        self.history.stopped_early = *waited >= patience.max(1) || early_stop.is_met(figure);
        self.history.stopped_early
    }

    fn save(&mut self, state: &State<'_, T>, step: Option<u64>) {
        #[cfg(feature = "train")]
        if let Err(error) = super::saving::save(self, state, step) {
            self.failed = Some(error);
        }
        #[cfg(not(feature = "train"))]
        let _ = (state, step);
    }
}

impl<T: Real> Observer<T> for Watched<'_, '_, T> {
    fn on_step(&mut self, stats: &StepStats, state: &mut State<'_, T>) -> ControlFlow<()> {
        if let Some(call) = &mut self.watching.on_step
            && call(stats, state).is_break()
        {
            return ControlFlow::Break(());
        }
        self.save(state, Some(stats.step));
        if self.failed.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn on_epoch(&mut self, stats: &EpochStats, state: &mut State<'_, T>) -> ControlFlow<()> {
        let judged = self.watching.validation.map(|rows| self.judge(state.judged(), rows)).transpose();
        let judged = match judged {
            Ok(judged) => judged,
            Err(error) => {
                self.failed = Some(error);
                return ControlFlow::Break(());
            }
        };
        self.history.epochs.push(*stats);
        let early = self.early(stats, judged.as_ref(), state.judged());
        let call = self.watching.on_epoch.as_mut();
        let flow = call.map_or(ControlFlow::Continue(()), |call| call(stats, judged.as_ref(), state));
        self.history.validation.extend(judged);
        self.save(state, None);
        if early || self.failed.is_some() { ControlFlow::Break(()) } else { flow }
    }
}
