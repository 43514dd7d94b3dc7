//! Who looks at each epoch of a training: figures, best weights, early stop, plateau, checkpoints; knows no file.

use std::ops::ControlFlow;
use std::string::{String, ToString};
use std::time::Instant;
use std::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::checkpoints::Saver;
use super::error::SessionError;
use super::evaluate::{Judge, figures};
use super::inputs::Part;
use super::inspect::Inspector;
use super::overrides::Limit;
use super::train::{Ended, monitor, restores_best};
use super::watch::Watch;
use crate::checkpoint::{Checkpoint, CheckpointFault, Folder};
use crate::error::Error;
use crate::fit::{EpochStats, Observer, Run, Settings, State, StepStats};
use crate::real::Real;
use crate::recipe::{EarlyStop, Monitor, Plateau, Recipe};
use crate::report::{EpochReport, Figures};

/// Looks at each epoch.
pub(super) struct Keeper<'a, T: 'static> {
    judge: &'a Judge<T>,
    /// Training and validation rows.
    parts: [&'a Part<T>; 2],
    /// Some of the training rows, if there are so many that some are as good as all.
    pub(super) sampled: Option<&'a Part<T>>,
    early_stop: Option<EarlyStop>,
    restores_best: bool,
    plateau: Option<Plateau>,
    monitor: Monitor,
    /// The rate that the schedule starts from.
    lr: f64,
    /// Epochs of the training.
    planned: usize,
    watch: &'a mut dyn Watch,
    saver: Option<Saver>,
    /// Looks into the layers, if it was asked for.
    pub(super) inspector: Option<Inspector<T>>,
    /// When it ends at the latest.
    pub(super) limit: Limit,
    memory: Memory,
    /// The weights that are kept.
    best: Vec<T>,
    /// Since when `memory.seconds` and the seconds of the epoch have not been added up.
    began: [Instant; 2],
    pub(super) ended: Ended,
    /// What an evaluation complained about.
    pub(super) failed: Option<Error>,
}

/// What a checkpoint keeps of it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Memory {
    /// The best figure, and its epoch.
    best: Waiting,
    patience: Waiting,
    plateau: Waiting,
    /// Epochs that the plateau does not count yet.
    cooldown: usize,
    epochs: Vec<EpochReport>,
    /// `Ended::word`, if it has ended by itself.
    ended: Option<String>,
    /// How many epochs there were to be.
    planned: usize,
    /// That the training took, and its last epoch.
    seconds: [f64; 2],
}

/// A figure that has to be improved on, and a number of epochs that belongs to it.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Waiting {
    #[serde(serialize_with = "exact", deserialize_with = "or_infinite")]
    figure: f64,
    epochs: usize,
}

/// Infinities have no place in JSON.
fn exact<S: Serializer>(figure: &f64, serializer: S) -> Result<S::Ok, S::Error> {
    if figure.is_finite() {
        serializer.serialize_f64(*figure)
    } else {
        serializer.serialize_str(&std::format!("{figure}"))
    }
}

fn or_infinite<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(f64),
        Word(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(figure) => Ok(figure),
        Written::Word(word) => word.parse().map_err(serde::de::Error::custom),
    }
}

impl Waiting {
    fn new(figure: f64) -> Self {
        Self { figure, epochs: 0 }
    }

    /// Counts an epoch that came to `figure`.
    fn count(&mut self, figure: f64, monitor: Monitor, min_delta: f64) {
        if monitor.improves(figure, self.figure, min_delta) {
            *self = Self::new(figure);
        } else {
            self.epochs += 1;
        }
    }
}

impl<'a, T: Real> Keeper<'a, T> {
    pub(super) fn new(
        judge: &'a Judge<T>,
        settings: &Settings<'_>,
        recipe: &Recipe,
        parts: [&'a Part<T>; 2],
        saver: Option<Saver>,
        watch: &'a mut dyn Watch,
    ) -> Self {
        let (early_stop, plateau, monitor) = (recipe.early_stop, recipe.control.plateau, monitor(recipe));
        let baseline = early_stop.and_then(|early_stop| early_stop.baseline).unwrap_or(monitor.worst());
        let memory = Memory {
            best: Waiting::new(monitor.worst()),
            patience: Waiting::new(baseline),
            plateau: Waiting::new(plateau.map_or(f64::INFINITY, |plateau| plateau.monitor.worst())),
            cooldown: 0,
            epochs: Vec::new(),
            ended: None,
            planned: settings.epochs,
            seconds: [0.0; 2],
        };
        Self {
            judge,
            parts,
            sampled: None,
            early_stop,
            restores_best: restores_best(judge.program, recipe),
            plateau,
            monitor,
            lr: settings.schedule.lr,
            planned: settings.epochs,
            watch,
            saver,
            inspector: None,
            limit: Limit::default(),
            memory,
            best: Vec::new(),
            began: [Instant::now(); 2],
            ended: Ended::Finished,
            failed: None,
        }
    }

    /// Goes on from the newest good checkpoint, if it was asked for.
    pub(super) fn resume(&mut self, run: &mut Run<T>, weights: &mut [T]) -> Result<(), SessionError> {
        let Some(saver) = &mut self.saver else { return Ok(()) };
        let Some((path, mut checkpoint)) = saver.resume(self.judge.program, self.parts, self.watch)? else {
            return Ok(());
        };
        let fail = |fault: CheckpointFault| fault.of(path.display().to_string());
        let memory = serde_json::from_str(&checkpoint.watch);
        self.memory = memory.map_err(|error| fail(CheckpointFault::Damaged(error.to_string())))?;
        checkpoint.restore(run, weights).map_err(fail)?;
        self.best = checkpoint.take(BEST);
        if self.memory.planned != self.planned {
            let (before, now) = (self.memory.planned, self.planned);
            self.watch.on_note(&std::format!("there were to be {before} epochs, and now there are to be {now}"));
            self.memory.planned = now;
        }
        let (step, epoch) = (run.steps, run.epochs);
        let within = if run.under_way.is_some() { "within" } else { "behind" };
        let note = std::format!("the training goes on from {}: step {step}, {within} epoch {epoch}", path.display());
        self.watch.on_note(&note);
        Ok(())
    }

    /// Whether the training that it goes on with was stopped early.
    pub(super) fn is_over(&mut self) -> bool {
        let over = self.memory.ended.as_deref() == Some(Ended::Early.word());
        if over {
            self.ended = Ended::Early;
        }
        over
    }

    /// After the last step: a last checkpoint, if there is to be one.
    pub(super) fn close(&mut self, ended: &Ended, run: &Run<T>, weights: &[T]) {
        self.add_seconds();
        let Some(saver) = &self.saver else { return };
        let last = match ended {
            Ended::Interrupted | Ended::Limited => run.steps > 0,
            Ended::Finished | Ended::Early => {
                self.memory.ended = Some(ended.word().into());
                saver.is_stated()
            }
            Ended::NotFinite(_) => false,
        };
        if last && self.save(run, weights) && matches!(ended, Ended::Interrupted | Ended::Limited) {
            let step = run.steps;
            self.watch.on_note(&std::format!("a checkpoint of step {step} is written; --resume goes on from it"));
        }
    }

    /// The best epoch and its weights, the epochs with the seconds that they took, and checkpoints that are to be removed in the end.
    pub(super) fn into_parts(self) -> (usize, Vec<T>, (Vec<EpochReport>, f64), Option<Folder>) {
        let Memory { best, epochs, seconds: [seconds, _], .. } = self.memory;
        (best.epochs, self.best, (epochs, seconds), self.saver.and_then(Saver::forgettable))
    }

    fn add_seconds(&mut self) {
        for (seconds, began) in self.memory.seconds.iter_mut().zip(&mut self.began) {
            *seconds += began.elapsed().as_secs_f64();
            *began = Instant::now();
        }
    }

    fn is_at_limit(&self, step: u64) -> bool {
        let Limit { steps, seconds } = self.limit;
        let taken = || self.memory.seconds[0] + self.began[0].elapsed().as_secs_f64();
        steps.is_some_and(|most| step >= most) || seconds.is_some_and(|most| taken() >= most)
    }

    /// Writes a checkpoint; whether it is written.
    fn save(&mut self, run: &Run<T>, weights: &[T]) -> bool {
        self.add_seconds();
        let Some(saver) = &mut self.saver else { return false };
        // None of its fields can fail to be written.
        let memory = serde_json::to_string(&self.memory).unwrap_or_default();
        let about = saver.about(self.judge.program, self.parts);
        let mut checkpoint = Checkpoint::of(about, run, weights);
        checkpoint.watch = memory;
        checkpoint.arrays.push((BEST.into(), self.best.clone()));
        let best = (self.memory.best.epochs, &self.best[..]);
        saver.write(self.judge.program, &checkpoint, best, self.watch)
    }

    /// The mean loss of each step of a training of several networks.
    fn step_losses(&self, state: &State<'_, T>) -> Vec<(String, f64)> {
        let training = self.judge.program.training;
        let names = training.iter().flat_map(|training| training.steps).map(|step| step.name.to_string());
        names.zip(state.run().step_losses()).collect()
    }

    fn look(&mut self, stats: &EpochStats, state: &mut State<'_, T>) -> Result<ControlFlow<()>, Error> {
        let [train, validation] = self.parts;
        if let Some(inspector) = &mut self.inspector {
            inspector.look(stats.epoch, state.weights(), train)?;
        }
        let validates = validation.rows > 0;
        let rows = if validates { validation } else { self.sampled.filter(|_| !self.decides()).unwrap_or(train) };
        let judged = figures(self.judge, state.judged(), rows)?;
        let figure = figure(&judged, self.monitor);
        let best = self.monitor.improves(figure, self.memory.best.figure, 0.0);
        if best || !self.restores_best {
            self.memory.best = Waiting { figure, epochs: stats.epoch };
            self.best.clear();
            self.best.extend_from_slice(state.judged());
        }
        self.watch_plateau(&judged, state);
        let EpochStats { epoch, steps, loss: step_loss, learning_rate } = *stats;
        let (train, validation) = if validates { (None, Some(judged)) } else { (Some(judged), None) };
        self.add_seconds();
        let seconds = core::mem::take(&mut self.memory.seconds[1]);
        let steps_in_turn = self.step_losses(state);
        let report = EpochReport { epoch, steps, learning_rate, step_loss, seconds, steps_in_turn, train, validation };
        let flow = self.watch.on_epoch(&report, best);
        self.memory.epochs.push(report);
        let out_of_patience = self.early_stop.is_some_and(|early_stop| {
            let EarlyStop { patience, min_delta, monitor, from, .. } = early_stop;
            self.memory.patience.count(figure, monitor, min_delta);
            if epoch < from {
                self.memory.patience.epochs = 0;
            }
            self.memory.patience.epochs >= patience.max(1) || early_stop.is_met(figure)
        });
        if flow.is_break() {
            self.ended = Ended::Interrupted;
        } else if out_of_patience {
            self.ended = Ended::Early;
            return Ok(ControlFlow::Break(()));
        }
        Ok(flow)
    }

    /// Whether figures decide on anything, and are not only told.
    fn decides(&self) -> bool {
        self.restores_best || self.early_stop.is_some() || self.plateau.is_some()
    }

    /// Reduces the learning rates if there was no improvement for long.
    fn watch_plateau(&mut self, judged: &Figures, state: &mut State<'_, T>) {
        let Some(plateau) = self.plateau else { return };
        let Memory { plateau: waiting, cooldown, .. } = &mut self.memory;
        waiting.count(figure(judged, plateau.monitor), plateau.monitor, plateau.min_delta);
        if *cooldown > 0 {
            *cooldown -= 1;
            waiting.epochs = 0;
        }
        if waiting.epochs >= plateau.patience.max(1) {
            waiting.epochs = 0;
            *cooldown = plateau.cooldown;
            let factor = state.run().rate_factor;
            let least = (plateau.min_lr / self.lr).min(factor);
            state.set_rate_factor((factor * plateau.factor).max(least));
        }
    }
}

/// The array of the best weights.
const BEST: &str = "best";

/// The figure that a monitor looks at.
fn figure(figures: &Figures, monitor: Monitor) -> f64 {
    figures.find(monitor.name).unwrap_or(f64::NAN)
}

impl<T: Real> Observer<T> for Keeper<'_, T> {
    fn on_step(&mut self, stats: &StepStats, state: &mut State<'_, T>) -> ControlFlow<()> {
        let flow = self.watch.on_step(stats);
        if flow.is_break() {
            self.ended = Ended::Interrupted;
        } else if self.is_at_limit(stats.step) {
            self.ended = Ended::Limited;
            return ControlFlow::Break(());
        } else if self.saver.as_ref().is_some_and(|saver| saver.is_due(stats.step)) {
            self.save(state.run(), state.weights());
        }
        flow
    }

    fn on_epoch(&mut self, stats: &EpochStats, state: &mut State<'_, T>) -> ControlFlow<()> {
        match self.look(stats, state) {
            Ok(flow) => {
                if flow.is_continue() && self.saver.as_ref().is_some_and(Saver::is_due_between_epochs) {
                    self.save(state.run(), state.weights());
                }
                flow
            }
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}
