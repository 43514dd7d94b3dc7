//! A training from a file: read, divide, fit the encodings, train, keep the best weights, evaluate; knows no terminal.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::string::{String, ToString};
use std::time::Instant;
use std::vec::Vec;

use super::error::SessionError;
use super::evaluate::{Judge, figures};
use super::examine::examine_last;
use super::inputs::Part;
use super::inspect::Inspector;
use super::watch::{Start, Watch};
use crate::data::{self, Dataset, Demand, Encodings, Precision};
use crate::error::Error;
use crate::fit::{self, EpochStats, Observer, Run, Settings, StepStats};
use crate::network::initial;
use crate::profile::{self, Section};
use crate::program::Program;
use crate::real::Real;
use crate::recipe::{EarlyStop, Recipe};
use crate::report::{
    DataReport, EpochReport, Examined, Inspection, NetworkReport, Report, SettingsReport, Splits, TensorReport, Times,
    Versions,
};

/// What takes the place of settings in the text.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The file or folder of the data.
    pub data: Option<PathBuf>,
    /// The seed of all random numbers.
    pub seed: Option<u64>,
    /// Passes over the training rows.
    pub epochs: Option<usize>,
    /// Rows in a step.
    pub batch: Option<usize>,
    /// The learning rate that the schedule starts from.
    pub lr: Option<f64>,
    /// Threads; none: as many as the machine has. The result does not depend on it.
    pub threads: Option<usize>,
    /// Whether to look into the layers after each epoch.
    pub inspect: bool,
}

/// A trained network.
#[derive(Clone, Debug)]
pub struct Trained<T> {
    /// The best weights, in physical order.
    pub weights: Vec<T>,
    /// How raw rows become inputs.
    pub encodings: Encodings,
    /// What the training came to.
    pub report: Report,
    /// A closer look at the rows that were kept back, with the best weights.
    pub examined: Examined,
    /// What was seen in the layers, if [`Overrides::inspect`] asks for it.
    pub inspection: Option<Inspection>,
    /// Why it ended.
    pub ended: Ended,
}

/// Why a training ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// All epochs are done.
    Finished,
    /// The loss did not get better for as many epochs as the text says.
    Early,
    /// The watch ended it.
    Interrupted,
    /// A loss or gradient became NaN or infinite: [`Error::NotFinite`].
    NotFinite(Error),
}

impl Ended {
    /// As in the report.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Early => "early stop",
            Self::Interrupted => "interrupted",
            Self::NotFinite(_) => "not finite",
        }
    }
}

/// Trains `program` as its text says, with `overrides`. Of all epochs the weights with the lowest loss are kept: of the
/// validation rows, or of the training rows where there are none.
///
/// # Errors
/// If the text has no data, the data is wrong, or the loss does not fit the network. A loss that is not finite is no error
/// here, because there are weights to keep: see [`Trained::ended`].
pub fn train<T: Real>(
    program: &'static Program<T>,
    overrides: &Overrides,
    watch: &mut dyn Watch,
) -> Result<Trained<T>, SessionError> {
    let no_data = || SessionError::NoData { network: program.name.into() };
    let recipe = program.recipe.ok_or_else(no_data)?;
    let source = recipe.data.ok_or_else(no_data)?;
    let path = overrides.data.clone().unwrap_or_else(|| PathBuf::from(source.path));
    let settings = settings(recipe, overrides);

    let begin = Instant::now();
    let dataset = profile::timed(Section::Data, || {
        data::load::<T>(&path, &source, recipe.split, settings.seed, &Demand::of(program))
    })?;
    let data_report = data_report(path.display().to_string(), &dataset);
    let Dataset { encodings, train, validation, test, .. } = dataset;
    let [train, validation, test] = [train, validation, test].map(Part::<T>::of);
    let data_seconds = begin.elapsed().as_secs_f64();

    let steps = train.rows.div_ceil(settings.batch.max(1));
    let Program { name: network, parameters, .. } = *program;
    watch.on_start(&Start { network, parameters, data: &data_report, epochs: settings.epochs, steps });

    let begin = Instant::now();
    let judge = Judge { program, loss: settings.setup.loss, metrics: recipe.metrics, threads: settings.threads };
    let (kept, ended) = run(&judge, &settings, (recipe.early_stop, overrides.inspect), [&train, &validation], watch)?;
    let training = begin.elapsed().as_secs_f64();

    let begin = Instant::now();
    let labels = encodings.classes();
    let judged = |part: &Part<T>| (part.rows > 0).then(|| judge.evaluation(&kept.weights, part, labels)).transpose();
    let last = Splits {
        train: judge.evaluation(&kept.weights, &train, labels)?,
        validation: judged(&validation)?,
        test: judged(&test)?,
    };
    let examined = examine_last(&judge, &kept.weights, &encodings, [&train, &validation, &test])?;
    let times = Times { data: data_seconds, training, evaluation: begin.elapsed().as_secs_f64() };
    let error = if let Ended::NotFinite(error) = &ended { Some(error.to_string()) } else { None };
    let report = Report {
        network: network_report(program),
        data: data_report,
        settings: settings_report(recipe, &settings),
        epochs: kept.epochs,
        ended: ended.word(),
        error,
        best_epoch: kept.best_epoch,
        last,
        times,
        profile: None,
        versions: Versions::current(),
    };
    Ok(Trained { weights: kept.weights, encodings, report, examined, inspection: kept.inspection, ended })
}

/// The epochs of a training and its best weights.
struct Kept<T> {
    weights: Vec<T>,
    best_epoch: usize,
    epochs: Vec<EpochReport>,
    inspection: Option<Inspection>,
}

fn run<T: Real>(
    judge: &Judge<T>,
    settings: &Settings<'static>,
    (early_stop, inspect): (Option<EarlyStop>, bool),
    [train, validation]: [&Part<T>; 2],
    watch: &mut dyn Watch,
) -> Result<(Kept<T>, Ended), SessionError> {
    let mut weights = initial(judge.program, settings.seed);
    let weights = weights.as_mut();
    let mut keeper = Keeper {
        judge,
        parts: [train, validation],
        early_stop,
        watch,
        best: (f64::INFINITY, 0, Vec::new()),
        patience: (f64::INFINITY, 0),
        epochs: Vec::new(),
        inspector: inspect.then(|| Inspector::new(judge.program, judge.loss)),
        began: Instant::now(),
        ended: Ended::Finished,
        failed: None,
    };
    let mut memory = Run::default();
    let rows = (crate::batch::Rows::new(&train.inputs, judge.program.inputs), train.targets());
    let result = fit::fit(judge.program, settings, &mut memory, weights, rows, settings.epochs, &mut keeper);
    let Keeper { best: (_, best_epoch, best), epochs, inspector, ended, failed, .. } = keeper;
    let ended = match (result, failed) {
        (Err(error @ Error::NotFinite { .. }), _) => Ended::NotFinite(error),
        (Err(error), _) | (Ok(()), Some(error)) => return Err(error.into()),
        (Ok(()), None) => ended,
    };
    // Without a best epoch: the weights as they are, or, if the very last step made them infinite, as they were in the beginning.
    let weights = match best_epoch {
        0 if weights.iter().all(|weight| weight.is_finite()) => weights.to_vec(),
        0 => initial(judge.program, settings.seed).as_ref().to_vec(),
        _ => best,
    };
    Ok((Kept { weights, best_epoch, epochs, inspection: inspector.map(Inspector::finish) }, ended))
}

/// Looks at each epoch: figures, best weights, early stop.
struct Keeper<'a, T: 'static> {
    judge: &'a Judge<T>,
    /// Training and validation rows.
    parts: [&'a Part<T>; 2],
    early_stop: Option<EarlyStop>,
    watch: &'a mut dyn Watch,
    /// The lowest loss, its epoch and its weights.
    best: (f64, usize, Vec<T>),
    /// The loss that has to be improved on, and for how many epochs it was not.
    patience: (f64, usize),
    epochs: Vec<EpochReport>,
    inspector: Option<Inspector<T>>,
    began: Instant,
    ended: Ended,
    /// What an evaluation complained about.
    failed: Option<Error>,
}

impl<T: Real> Observer<T> for Keeper<'_, T> {
    fn on_step(&mut self, stats: &StepStats) -> ControlFlow<()> {
        let flow = self.watch.on_step(stats);
        if flow.is_break() {
            self.ended = Ended::Interrupted;
        }
        flow
    }

    fn on_epoch(&mut self, stats: &EpochStats, weights: &[T]) -> ControlFlow<()> {
        match self.look(stats, weights) {
            Ok(flow) => flow,
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }
}

impl<T: Real> Keeper<'_, T> {
    fn look(&mut self, stats: &EpochStats, weights: &[T]) -> Result<ControlFlow<()>, Error> {
        let [train, validation] = self.parts;
        if let Some(inspector) = &mut self.inspector {
            inspector.look(stats.epoch, weights, train)?;
        }
        let validates = validation.rows > 0;
        let monitored = figures(self.judge, weights, if validates { validation } else { train })?;
        let loss = monitored.loss;
        let best = loss < self.best.0;
        if best {
            self.best.0 = loss;
            self.best.1 = stats.epoch;
            self.best.2.clear();
            self.best.2.extend_from_slice(weights);
        }
        let EpochStats { epoch, steps, loss: step_loss, learning_rate } = *stats;
        let (train, validation) = if validates { (None, Some(monitored)) } else { (Some(monitored), None) };
        let seconds = self.began.elapsed().as_secs_f64();
        self.began = Instant::now();
        let report = EpochReport { epoch, steps, learning_rate, step_loss, seconds, train, validation };
        let flow = self.watch.on_epoch(&report, best);
        self.epochs.push(report);
        if flow.is_break() {
            self.ended = Ended::Interrupted;
        } else if self.out_of_patience(loss) {
            self.ended = Ended::Early;
            return Ok(ControlFlow::Break(()));
        }
        Ok(flow)
    }

    fn out_of_patience(&mut self, loss: f64) -> bool {
        let Some(EarlyStop { patience, min_delta }) = self.early_stop else { return false };
        let (reference, waited) = &mut self.patience;
        if loss < *reference - min_delta {
            (*reference, *waited) = (loss, 0);
        } else {
            *waited += 1;
        }
        *waited >= patience.max(1)
    }
}

fn settings(recipe: &'static Recipe, overrides: &Overrides) -> Settings<'static> {
    let mut settings = Settings::from(recipe);
    settings.seed = overrides.seed.unwrap_or(settings.seed);
    settings.epochs = overrides.epochs.unwrap_or(settings.epochs);
    settings.batch = overrides.batch.unwrap_or(settings.batch);
    settings.schedule.lr = overrides.lr.unwrap_or(settings.schedule.lr);
    settings.threads = overrides.threads.unwrap_or(0);
    settings
}

fn data_report<T>(file: String, dataset: &Dataset<T>) -> DataReport {
    let Dataset { encodings, train, validation, test, dropped } = dataset;
    let classes = encodings.classes().map(<[String]>::to_vec);
    DataReport { file, train: train.rows, validation: validation.rows, test: test.rows, dropped: *dropped, classes }
}

fn network_report<T: Real>(program: &Program<T>) -> NetworkReport {
    let Program { name, inputs, outputs, parameters, weights, .. } = *program;
    let tensor = |single: crate::program::Single| TensorReport {
        name: single.name().to_string(),
        shape: single.shape(),
        trained: single.trained(),
    };
    NetworkReport {
        name: name.into(),
        precision: Precision::of::<T>().name(),
        inputs,
        outputs,
        parameters,
        state: weights - parameters,
        weights_bytes: weights * T::BYTES,
        tensors: program.singles().map(tensor).collect(),
    }
}

fn settings_report(recipe: &Recipe, settings: &Settings<'_>) -> SettingsReport {
    let Settings { setup, schedule, batch, epochs, seed, threads } = settings;
    SettingsReport {
        seed: *seed,
        epochs: *epochs,
        batch: *batch,
        learning_rate: schedule.lr,
        threads: *threads,
        loss: std::format!("{:?}", setup.loss),
        optimizer: std::format!("{:?}", setup.optimizer),
        schedule: std::format!("{schedule:?}"),
        penalty: std::format!("{:?}", setup.penalty),
        clip: std::format!("{:?}", setup.clip),
        split: std::format!("{:?}", recipe.split),
        early_stop: recipe.early_stop.map(|early_stop| std::format!("{early_stop:?}")),
    }
}
