//! Training and evaluation: which network, which files, what is shown; knows no arguments and no formats.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::time::Instant;
use std::vec::Vec;

use super::args::{Eval, Train, UsageError, unknown};
use super::profile;
use super::progress::Progress;
use super::{AnyProgram, Failure};
use super::{folds, stop, summary};
use crate::atomic;
use crate::metric::Metric;
use crate::plot::{self, Curve};
use crate::profile::taken;
use crate::program::Program;
use crate::real::Real;
use crate::recipe::{Csv, Data, Folds, Source};
use crate::report::html::{self, Page};
use crate::report::{self, Inspection, Report};
use crate::session::{self, Checkpoints, Ended, Overrides, SessionError, Watch, Watches};
use crate::tensorboard::TensorBoard;
use crate::weights::{self, Stored};

/// Trains and writes weights, report and curves; with folds, those of each.
pub(super) fn train(
    networks: &[AnyProgram],
    graphs: &[(&str, &str)],
    train: &Train,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let network = to_train(networks, train.network.as_deref())?;
    let graph = graphs.iter().find(|(name, _)| *name == network.name()).map(|(_, graph)| *graph);
    let folder = train.output.clone().unwrap_or_else(|| Path::new("out").join(network.name()));
    let checkpoints = Checkpoints { folder: folder.join("checkpoints"), ..train.checkpoints.clone() };
    let folds = train.folds.map(|count| Folds { count, held: 0 });
    let overrides = Overrides { checkpoints: Some(checkpoints), folds, ..train.overrides.clone() };
    let job = Job { network, graph, overrides, folder, board: train.tensorboard.clone() };
    stop::listen();
    match folds::asked(train, network) {
        Some(count) => folds::train(&job, count, train, out, err),
        None => train_alone(&job, train, out, err),
    }
}

/// One training, and what it came to in words or as JSON.
fn train_alone(job: &Job<'_>, train: &Train, out: &mut dyn Write, err: &mut dyn Write) -> Result<(), Failure> {
    let One { report, inspection, ended, written } = watched(train, err, |watch| job.run(watch))??;
    if train.json {
        out.write_all(json(&report)?.as_bytes()).map_err(Failure::Output)?;
    } else {
        let matrix = job.network.recipe().is_some_and(|recipe| recipe.metrics.contains(&Metric::Confusion));
        let profile = report.profile.as_ref().map(profile::text).unwrap_or_default();
        let warnings = inspection.as_ref().map(summary::warnings).unwrap_or_default();
        let text = summary::trained(&report, matrix, &written) + &warnings + &profile;
        out.write_all(text.as_bytes()).map_err(Failure::Output)?;
    }
    finite(&ended, &report)
}

/// Whether a training ended with numbers that are finite.
pub(super) fn finite(ended: &Ended, report: &Report) -> Result<(), Failure> {
    match ended {
        Ended::NotFinite(error) => {
            let kept = match report.best_epoch {
                0 => "the weights from before the training are kept".to_string(),
                epoch => std::format!("the best weights, of epoch {epoch}, are kept"),
            };
            Err(Failure::NotFinite(std::format!("{error}; {kept}")))
        }
        Ended::Finished | Ended::Early | Ended::Interrupted | Ended::Limited => Ok(()),
    }
}

/// A training of one network into one folder.
pub(super) struct Job<'g> {
    pub(super) network: AnyProgram,
    graph: Option<&'g str>,
    pub(super) overrides: Overrides,
    pub(super) folder: PathBuf,
    /// The folder of event files.
    pub(super) board: Option<PathBuf>,
}

impl Job<'_> {
    /// The same for one fold, into a folder of its own.
    pub(super) fn of_fold(&self, count: usize, held: usize) -> Self {
        let name = std::format!("fold-{}", held + 1);
        Job {
            overrides: self.overrides.of_fold(count, held),
            folder: self.folder.join(&name),
            board: self.board.as_ref().map(|board| board.join(&name)),
            ..*self
        }
    }

    /// Trains and writes all files.
    pub(super) fn run(&self, watch: &mut dyn Watch) -> TrainedOne {
        // Better now than after the training.
        fs::create_dir_all(&self.folder).map_err(|error| unwritable(&self.folder, &error))?;
        atomic::Draft::create(&self.folder.join(WEIGHTS)).map_err(|error| unwritable(&self.folder, &error))?;
        let board = self.board.as_deref();
        let board = board.map(|folder| TensorBoard::create(folder).map_err(|error| unwritable(folder, &error)));
        let mut board = board.transpose()?;
        let mut all = Watches(std::vec![watch]);
        if let Some(board) = &mut board {
            all.0.push(board);
        }
        let to = (&*self.folder, self.graph);
        let one = match self.network {
            AnyProgram::F32(program) => train_one(program, &self.overrides, to, &mut all),
            #[cfg(feature = "double")]
            AnyProgram::F64(program) => train_one(program, &self.overrides, to, &mut all),
        }?;
        if let Some(mut board) = board {
            let path = board.path().to_path_buf();
            if let Some(seen) = &one.inspection {
                board.inspection(seen);
            }
            board.finish(&one.report).map_err(|error| unwritable(&path, &error))?;
        }
        Ok(one)
    }
}

/// Trains while somebody looks on: on the whole screen, or in lines.
pub(super) fn watched<R>(
    train: &Train,
    err: &mut dyn Write,
    train_with: impl FnOnce(&mut dyn Watch) -> R,
) -> Result<R, Failure> {
    if train.ui {
        return on_screen(train_with);
    }
    let mut progress = Progress::new(err);
    let trained = train_with(&mut progress);
    progress.finish();
    Ok(trained)
}

/// What a training comes to, when its files are written.
pub(super) struct One {
    pub(super) report: Report,
    inspection: Option<Inspection>,
    pub(super) ended: Ended,
    written: Written,
}

pub(super) type TrainedOne = Result<One, SessionError>;

/// Trains with the full-screen view.
#[cfg(feature = "ui")]
fn on_screen<R>(train_with: impl FnOnce(&mut dyn Watch) -> R) -> Result<R, Failure> {
    let mut screen = super::ui::Screen::open().map_err(UsageError)?;
    let trained = train_with(&mut screen);
    drop(screen);
    Ok(trained)
}

/// There is no full-screen view in this program.
#[cfg(not(feature = "ui"))]
fn on_screen<R>(_: impl FnOnce(&mut dyn Watch) -> R) -> Result<R, Failure> {
    let message = "--ui: this program was built without the full-screen view; `nnc train --ui` builds one with it, and a crate of \
                   yours has it with the feature `ui` of nn-runtime";
    Err(UsageError(message.into()).into())
}

fn train_one<T: Real>(
    program: &'static Program<T>,
    overrides: &Overrides,
    (folder, graph): (&Path, Option<&str>),
    watch: &mut dyn Watch,
) -> TrainedOne {
    let begin = Instant::now();
    let mut trained = session::train(program, overrides, watch)?;
    trained.report.profile = taken(program.name, begin.elapsed().as_secs_f64());
    let path = folder.join(WEIGHTS);
    let encodings = trained.encodings.to_json();
    let encodings = encodings.map_err(|why| SessionError::Unwritable { file: path.display().to_string(), why })?;
    weights::save(&path, program, &trained.weights, Some(&encodings))?;
    let page = Page {
        report: &trained.report,
        examined: Some(&trained.examined),
        inspection: trained.inspection.as_ref(),
        graph,
    };
    let mut written = write_report(folder, &page)?;
    let roles = session::save_roles(folder, program, &trained.weights, &encodings)?;
    written.extend(roles.into_iter().map(|path| ("network", path)));
    trained.forget_checkpoints();
    let session::Trained { report, inspection, ended, .. } = trained;
    Ok(One { report, inspection, ended, written })
}

/// The files of a training by what they are.
type Written = Vec<(&'static str, PathBuf)>;

const WEIGHTS: &str = "weights.safetensors";

/// Writes report, page and curves; all the files of the training.
fn write_report(folder: &Path, shown: &Page<'_>) -> Result<Written, SessionError> {
    let report = shown.report;
    let losses = |of: fn(&report::EpochReport) -> Option<f64>| report.epochs.iter().filter_map(of).collect();
    let train = losses(|epoch| Some(epoch.train.as_ref().map_or(epoch.step_loss, |figures| figures.loss)));
    let train = Curve { name: "train", values: train };
    let validation = losses(|epoch| epoch.validation.as_ref().map(|figures| figures.loss));
    let validation = Curve { name: "validation", values: validation };
    let curves: Vec<Curve> = [train, validation].into_iter().filter(|curve| !curve.values.is_empty()).collect();
    let title = std::format!("{}: loss of each epoch", report.network.name);
    let [json, page, table, picture] =
        ["report.json", "report.html", "epochs.csv", "loss.svg"].map(|name| folder.join(name));
    write(&json, &self::json(report)?)?;
    write(&page, &html::html(shown))?;
    write(&table, &epochs(report, &table)?)?;
    write(&picture, &plot::svg(&title, &curves))?;
    Ok(std::vec![
        ("weights", folder.join(WEIGHTS)),
        ("report", json),
        ("page", page),
        ("epochs", table),
        ("curves", picture)
    ])
}

fn epochs(report: &Report, path: &Path) -> Result<String, SessionError> {
    report::epochs(report).map_err(|why| SessionError::Unwritable { file: path.display().to_string(), why })
}

pub(super) fn write(path: &Path, text: &str) -> Result<(), SessionError> {
    atomic::write(path, text.as_bytes()).map_err(|error| unwritable(path, &error))
}

pub(super) fn unwritable(path: &Path, error: &io::Error) -> SessionError {
    SessionError::Unwritable { file: path.display().to_string(), why: error.to_string() }
}

pub(super) fn json(value: &impl serde::Serialize) -> Result<String, SessionError> {
    report::to_json(value).map_err(|why| SessionError::Unwritable { file: "<stdout>".into(), why })
}

/// Evaluates weights on all rows of a file.
pub(super) fn eval(networks: &[AnyProgram], eval: &Eval, out: &mut dyn Write) -> Result<(), Failure> {
    let stored = Stored::open(&eval.weights)?;
    let network = of_weights(networks, eval.network.as_deref(), &stored)?;
    let data = network.recipe().and_then(|recipe| recipe.data);
    let path = match (&eval.data, data) {
        (Some(path), _) => path.clone(),
        (None, Some(data)) => tested(&data),
        (None, None) => return Err(SessionError::NoData { network: network.name().into() }.into()),
    };
    let (evaluation, dropped) = match network {
        AnyProgram::F32(program) => session::evaluate(program, &stored, &path, eval.threads)?,
        #[cfg(feature = "double")]
        AnyProgram::F64(program) => session::evaluate(program, &stored, &path, eval.threads)?,
    };
    let text = if eval.json {
        json(&evaluation)?
    } else {
        let matrix = network.recipe().is_some_and(|recipe| recipe.metrics.contains(&Metric::Confusion));
        summary::evaluated(&path, &evaluation, dropped, matrix)
    };
    out.write_all(text.as_bytes()).map_err(Failure::Output)
}

/// What is evaluated on if nothing is said: the table for the test, if there is one by itself, else all data.
pub(super) fn tested(data: &Data) -> PathBuf {
    match data.source {
        Source::Csv(Csv { test: Some(test), .. }) => Path::new(data.path).with_file_name(test),
        _ => PathBuf::from(data.path),
    }
}

/// The network to train: the one that is named, or the only one that has a train section with data.
pub(super) fn to_train(networks: &[AnyProgram], name: Option<&str>) -> Result<AnyProgram, Failure> {
    if let Some(name) = name {
        return named(networks, name);
    }
    let trainable: Vec<AnyProgram> = networks
        .iter()
        .copied()
        .filter(|network| network.recipe().is_some_and(|recipe| recipe.data.is_some()))
        .collect();
    match (&trainable[..], networks) {
        ([network], _) | ([], [network]) => Ok(*network),
        ([], _) => Err(UsageError("no network has a train section with data".into()).into()),
        (several, _) => Err(UsageError(std::format!(
            "several networks can be trained: choose one with --network ({})",
            names(several)
        ))
        .into()),
    }
}

/// The network of some weights: the one that is named, the one the file names, or the only one.
pub(super) fn of_weights(networks: &[AnyProgram], name: Option<&str>, stored: &Stored) -> Result<AnyProgram, Failure> {
    if let Some(name) = name {
        return named(networks, name);
    }
    let found = stored.network().and_then(|name| networks.iter().find(|network| network.name() == name));
    match (found, networks) {
        (Some(network), _) => Ok(*network),
        // If it is not the network of these weights, loading them says why.
        (None, [network]) => Ok(*network),
        (None, _) => Err(UsageError(std::format!(
            "{} does not say which network its weights are of, or one that is not here: choose one with --network ({})",
            stored.file(),
            names(networks)
        ))
        .into()),
    }
}

fn named(networks: &[AnyProgram], name: &str) -> Result<AnyProgram, Failure> {
    let known: Vec<&str> = networks.iter().map(|network| network.name()).collect();
    let found = networks.iter().find(|network| network.name() == name);
    found.copied().ok_or_else(|| unknown("network", name, &known).into())
}

fn names(networks: &[AnyProgram]) -> String {
    networks.iter().map(|network| network.name()).collect::<Vec<_>>().join(", ")
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}
