//! A training from a file: read, divide, fit the encodings, train, keep the best weights, evaluate; knows no terminal.

use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::time::Instant;
use std::vec::Vec;

use super::checkpoints::Saver;
use super::describe::{data_report, network_report, settings_report, trained_values};
use super::error::SessionError;
use super::evaluate::Judge;
use super::examine::examine_last;
use super::inputs::Part;
use super::inspect::Inspector;
use super::keeper::Keeper;
use super::overrides::Overrides;
use super::watch::{Start, Watch};
use crate::checkpoint::Folder;
use crate::data::{self, Dataset, Demand, Encodings};
use crate::error::Error;
use crate::fit::{self, Run, Settings};
use crate::network::initial;
use crate::profile::{self, Section};
use crate::program::Program;
use crate::real::Real;
use crate::recipe::{Monitor, Recipe, Split};
use crate::report::{EpochReport, Examined, Inspection, Report, SettingsReport, Splits, Times, Versions};
use crate::weights::{Convention, Origin, Stored};

/// A trained network.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-trained-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let path = folder.join("weights.safetensors");
/// // The encodings go with the weights, so that raw rows can be predicted later.
/// nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// assert_eq!(Line::predictor(&path)?.titles(), ["prediction"]);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
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
    checkpoints: Option<Folder>,
}

impl<T> Trained<T> {
    /// Removes the checkpoints of a training that has ended by itself, unless the text or the command line asked for them. To be called
    /// when weights and report are written: until then it can be gone on with from the last of them.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Line < dense(1->1) >
    /// #     train Line {
    /// #         data csv("line.csv") { x = column("x"); y = column("y"); }
    /// #         split train = 0.6, validation = 0.2, test = 0.2;
    /// #         minimize mse with adam(lr = 0.05);
    /// #         batch 4; epochs 5; seed 1; metric mae;
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-forget-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// use nn_runtime::session::{Checkpoints, Overrides, Quiet, train};
    /// let checkpoints = Some(Checkpoints { folder: folder.join("checkpoints"), ..Checkpoints::default() });
    /// let overrides = Overrides { data: Some(data), checkpoints, ..Overrides::default() };
    /// let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// // Once weights and report are written:
    /// trained.forget_checkpoints();
    /// assert!(!folder.join("checkpoints").exists());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget_checkpoints(&self) {
        if let (Some(folder), Ended::Finished | Ended::Early) = (&self.checkpoints, &self.ended) {
            folder.remove();
        }
    }
}

/// Why a training ended.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-ended-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::session::Ended;
/// match &trained.ended {
///     Ended::NotFinite(error) => eprintln!("{error}"),
///     ended => assert_eq!(ended.word(), "finished"),
/// }
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Ended {
    /// All epochs are done.
    Finished,
    /// The loss did not get better for as many epochs as the text says.
    Early,
    /// The watch ended it.
    Interrupted,
    /// It took as many steps, or as much time, as [`Limit`](super::Limit) allows.
    Limited,
    /// A loss or gradient became NaN or infinite: [`Error::NotFinite`].
    NotFinite(Error),
}

impl Ended {
    /// As in the report.
    ///
    /// ```
    /// # use nn_runtime::session::Ended;
    /// assert_eq!(Ended::Early.word(), "early stop");
    /// ```
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::Early => "early stop",
            Self::Interrupted => "interrupted",
            Self::Limited => "limited",
            Self::NotFinite(_) => "not finite",
        }
    }
}

/// The most training rows that figures look at which decide on nothing, as the last ones: of more, some are as good as all, and all would take a third of
/// an epoch.
const MOST_TOLD: usize = 10_000;

/// Trains `program` as its text says, with `overrides`. Of all epochs the weights with the lowest loss are kept: of the
/// validation rows, or of the training rows where there are none. Of a text with `folds` it holds the first one back;
/// [`cross_validate`](super::cross_validate) trains for each.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-train-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::session::{Overrides, Quiet, train};
/// let overrides = Overrides { data: Some(data), ..Overrides::default() };
/// let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// assert_eq!((trained.report.data.train, trained.report.data.test), (12, 4));
/// println!("epoch {} was the best: {}", trained.report.best_epoch, trained.report.chosen_by);
/// let net = Line::with_weights(trained.weights)?;
/// assert!(net.predict(&[0.5])[0].is_finite());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
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
    let split = split(recipe, overrides);

    let begin = Instant::now();
    let dataset =
        profile::timed(Section::Data, || data::load::<T>(&path, &source, split, settings.seed, &Demand::of(program)))?;
    let data_report = data_report(path.display().to_string(), &dataset);
    let Dataset { encodings, train, validation, test, .. } = dataset;
    let [train, validation, test] = [train, validation, test].map(|examples| Part::of(program, examples));
    let data_seconds = begin.elapsed().as_secs_f64();

    let steps = train.rows.div_ceil(settings.batch.max(1));
    let (network, parameters) = (program.name, trained_values(program));
    watch.on_start(&Start { network, parameters, data: &data_report, epochs: settings.epochs, steps });

    let judge = Judge { program, loss: settings.setup.loss, metrics: recipe.metrics, threads: settings.threads };
    let saver = overrides.checkpoints.as_ref().map(|checkpoints| {
        let encodings = encodings.to_json().unwrap_or_default();
        Saver::new(checkpoints, recipe, &settings, encodings)
    });
    let origin = origin(recipe, overrides);
    let origin = origin.as_ref().map(|(path, origin)| (&**path, *origin));
    let sampled = train.at_most(MOST_TOLD);
    let parts = ([&train, &validation], sampled.as_ref());
    let (kept, ended) = run(&judge, &settings, (recipe, overrides, origin), parts, saver, watch)?;

    let begin = Instant::now();
    let labels = encodings.classes();
    let judged = |part: &Part<T>| (part.rows > 0).then(|| judge.evaluation(&kept.weights, part, labels)).transpose();
    let last = Splits {
        train: judge.evaluation(&kept.weights, sampled.as_ref().unwrap_or(&train), labels)?,
        validation: judged(&validation)?,
        test: judged(&test)?,
    };
    let examined = examine_last(&judge, &kept.weights, &encodings, [&train, &validation, &test])?;
    let times = Times { data: data_seconds, training: kept.seconds, evaluation: begin.elapsed().as_secs_f64() };
    let error = if let Ended::NotFinite(error) = &ended { Some(error.to_string()) } else { None };
    let report = Report {
        network: network_report(program),
        data: data_report,
        settings: planned(recipe, overrides),
        epochs: kept.epochs,
        ended: ended.word(),
        error,
        chosen_by: chosen_by(program, recipe, validation.rows > 0),
        best_epoch: kept.best_epoch,
        averaged_epochs: kept.averaged,
        last,
        times,
        profile: None,
        versions: Versions::current(),
    };
    let Kept { weights, inspection, checkpoints, .. } = kept;
    Ok(Trained { weights, encodings, report, examined, inspection, ended, checkpoints })
}

/// The epochs of a training and the weights that are kept.
struct Kept<T> {
    weights: Vec<T>,
    best_epoch: usize,
    /// Of how many epochs the weights are the mean.
    averaged: Option<usize>,
    epochs: Vec<EpochReport>,
    /// That the training took.
    seconds: f64,
    /// To be removed when all is written.
    checkpoints: Option<Folder>,
    inspection: Option<Inspection>,
}

fn run<T: Real>(
    judge: &Judge<T>,
    settings: &Settings<'static>,
    (recipe, overrides, origin): (&'static Recipe, &Overrides, Option<(&Path, Origin<'_>)>),
    (parts, sampled): ([&Part<T>; 2], Option<&Part<T>>),
    saver: Option<Saver>,
    watch: &mut dyn Watch,
) -> Result<(Kept<T>, Ended), SessionError> {
    let program = judge.program;
    let mut begun = initial(program, settings.seed);
    if let Some((path, origin)) = origin {
        Stored::open(path)?.copy_from(&origin, program, begun.as_mut())?;
        watch.on_note(&std::format!("the weights begin as those of {}", path.display()));
    }
    let mut weights = begun.clone();
    let weights = weights.as_mut();
    let mut memory = Run::default();
    let mut keeper = Keeper::new(judge, settings, recipe, parts, saver, watch);
    keeper.sampled = sampled;
    keeper.limit = overrides.limit;
    keeper.inspector = overrides.inspect.then(|| Inspector::new(program, judge.loss));
    keeper.resume(&mut memory, weights)?;
    let rows = (parts[0].rows_of(program), parts[0].targets());
    let left = if keeper.is_over() { 0 } else { settings.epochs.saturating_sub(memory.whole_epochs()) };
    let result = fit::fit(program, settings, &mut memory, weights, rows, left, &mut keeper);
    let ended = match (result, keeper.failed.take()) {
        (Err(error @ Error::NotFinite { .. }), _) => Ended::NotFinite(error),
        (Err(error), _) | (Ok(()), Some(error)) => return Err(error.into()),
        (Ok(()), None) => keeper.ended.clone(),
    };
    keeper.close(&ended, &memory, weights);
    let inspection = keeper.inspector.take().map(Inspector::finish);
    let (best_epoch, best, memory_of_epochs, checkpoints) = keeper.into_parts();
    let mut averaged = None;
    let weights = match (memory.mean(), &ended) {
        (Some((mean, epochs)), Ended::Finished | Ended::Early | Ended::Limited) => {
            averaged = Some(epochs);
            let mut mean = mean.to_vec();
            fit::recompute_state(program, settings, &mut mean, rows)?;
            mean
        }
        _ if best_epoch > 0 => best,
        // Without a best epoch: the weights as they are, or, if the very last step made them infinite, as they were in the beginning.
        _ if weights.iter().all(|weight| weight.is_finite()) => weights.to_vec(),
        _ => begun.as_ref().to_vec(),
    };
    let (epochs, seconds) = memory_of_epochs;
    Ok((Kept { weights, best_epoch, averaged, epochs, seconds, checkpoints, inspection }, ended))
}

/// In words, as in the report.
fn chosen_by<T>(program: &Program<T>, recipe: &Recipe, validates: bool) -> String {
    if !restores_best(program, recipe) {
        return "last epoch".into();
    }
    let Monitor { name, larger } = monitor(recipe);
    let (extreme, rows) =
        (if larger { "highest" } else { "lowest" }, if validates { "validation" } else { "training" });
    std::format!("{extreme} {rows} {name}")
}

/// Whether the best weights are kept, and not the last. Where several steps work against each other, or change what the others see, no
/// loss says by itself which epoch is the best.
pub(super) fn restores_best<T>(program: &Program<T>, recipe: &Recipe) -> bool {
    let one = program.training.is_none_or(|training| training.steps.len() == 1);
    recipe.early_stop.map_or(one, |early_stop| early_stop.restore_best)
}

/// The file of weights that a training begins with, and how it is read.
fn origin(recipe: &'static Recipe, overrides: &Overrides) -> Option<(PathBuf, Origin<'static>)> {
    let stated = recipe.control.origin;
    let path = overrides.origin.clone().or_else(|| stated.map(|origin| PathBuf::from(origin.path)))?;
    let origin = stated.map_or(Origin::of(""), |stated| Origin {
        convention: stated.convention.and_then(Convention::named),
        map: stated.map,
        renew: stated.renew,
        ..Origin::of(stated.path)
    });
    Some((path, origin))
}

/// What decides which epoch is the best.
pub(super) fn monitor(recipe: &Recipe) -> Monitor {
    recipe.early_stop.map_or(Monitor::LOSS, |early_stop| early_stop.monitor)
}

/// The settings of a training that is not begun yet, as its report would have them.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-planned-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::Overrides;
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// use nn_runtime::session::planned;
/// let recipe = Line::PROGRAM.recipe.expect("the text has a train section");
/// let settings = planned(recipe, &Overrides { epochs: Some(50), ..overrides });
/// assert_eq!((settings.epochs, settings.batch, settings.loss.as_str()), (50, 4, "Mse"));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub fn planned(recipe: &'static Recipe, overrides: &Overrides) -> SettingsReport {
    settings_report(recipe, split(recipe, overrides), &settings(recipe, overrides))
}

/// How rows are divided.
pub(super) fn split(recipe: &Recipe, overrides: &Overrides) -> Split {
    overrides.folds.map_or(recipe.split, |folds| recipe.split.in_folds(folds))
}

pub(super) fn settings(recipe: &'static Recipe, overrides: &Overrides) -> Settings<'static> {
    let mut settings = Settings::from(recipe);
    settings.seed = overrides.seed.unwrap_or(settings.seed);
    settings.epochs = overrides.epochs.unwrap_or(settings.epochs);
    settings.batch = overrides.batch.unwrap_or(settings.batch);
    settings.schedule.lr = overrides.lr.unwrap_or(settings.schedule.lr);
    settings.threads = overrides.threads.unwrap_or(0);
    settings
}
