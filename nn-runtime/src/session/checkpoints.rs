//! When a training from a file is written down, what it must be like to go on, and the best weights beside; knows no steps.

use std::path::PathBuf;
use std::string::{String, ToString};
use std::time::{Duration, Instant};

use super::error::SessionError;
use super::inputs::Part;
use super::watch::Watch;
use crate::checkpoint::{About, Checkpoint, Folder, Found, hash_of_rows};
use crate::data::Precision;
use crate::fit::Settings;
use crate::program::Program;
use crate::real::Real;
use crate::recipe::{Checkpointing, Recipe};
use crate::weights::{self, FNV_BASIS, checksum};

/// Where a training writes checkpoints, and whether it goes on from one.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-checks-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::session::{Checkpoints, Every, Overrides, Quiet, train};
/// let checkpoints =
///     Checkpoints { folder: folder.join("checkpoints"), resume: true, every: Some(Every::Steps(2)), keep: Some(1) };
/// let overrides = Overrides { data: Some(data), checkpoints: Some(checkpoints), ..Overrides::default() };
/// let first = train(Line::PROGRAM, &Overrides { epochs: Some(5), ..overrides.clone() }, &mut Quiet)?;
/// // It goes on from the last, where nothing is left to do.
/// let again = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// assert_eq!(first.weights, again.weights);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Checkpoints {
    /// Their folder; made when the first is written.
    pub folder: PathBuf,
    /// Whether the training goes on from the newest good one there. Without any it begins.
    pub resume: bool,
    /// From one to the next, in place of what the text says.
    pub every: Option<Every>,
    /// How many of the newest are kept, in place of what the text says.
    pub keep: Option<usize>,
}

/// From one checkpoint to the next.
///
/// ```
/// use nn_runtime::session::{Checkpoints, Every};
/// let checkpoints = Checkpoints { folder: "out/checkpoints".into(), every: Some(Every::Minutes(5.0)), ..Checkpoints::default() };
/// assert_eq!(checkpoints.every, Some(Every::Minutes(5.0)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Every {
    /// So many steps.
    Steps(u64),
    /// So many minutes.
    Minutes(f64),
}

/// Where nothing is said: at the end of an epoch, if the one before is so long ago.
const SELDOM: Duration = Duration::from_secs(60);

/// Writes checkpoints.
pub(super) struct Saver {
    folder: Folder,
    resume: bool,
    /// As the text or the command line says; none: [`SELDOM`].
    stated: Option<Checkpointing>,
    last: Instant,
    /// The settings of the training.
    settings: About,
    /// All of it, once it was asked for: to look at all the data takes a while.
    about: Option<About>,
    /// How raw rows become inputs, as JSON.
    encodings: String,
    /// The epoch of the best weights that lie beside the checkpoints.
    best: usize,
}

impl Saver {
    pub(super) fn new(checkpoints: &Checkpoints, recipe: &Recipe, settings: &Settings<'_>, encodings: String) -> Self {
        let stated = match (checkpoints.every, recipe.control.checkpoint) {
            (Some(every), stated) => {
                let keep = stated.map_or(1, |stated| stated.keep);
                Some(match every {
                    Every::Steps(steps) => Checkpointing { steps: Some(steps), minutes: None, keep },
                    Every::Minutes(minutes) => Checkpointing { steps: None, minutes: Some(minutes), keep },
                })
            }
            (None, stated) => stated,
        };
        let keep = checkpoints.keep.or(stated.map(|stated| stated.keep)).unwrap_or(1);
        Self {
            folder: Folder::new(checkpoints.folder.clone(), keep),
            resume: checkpoints.resume,
            stated,
            last: Instant::now(),
            settings: settings_of(recipe, settings),
            about: None,
            encodings,
            best: 0,
        }
    }

    /// Whether the text or the command line asks for checkpoints.
    pub(super) fn is_stated(&self) -> bool {
        self.stated.is_some()
    }

    /// The folder, if nobody asked for what is in it.
    pub(super) fn forgettable(self) -> Option<Folder> {
        (!self.is_stated()).then_some(self.folder)
    }

    /// Whether one is due after this step.
    pub(super) fn is_due(&self, step: u64) -> bool {
        let Some(Checkpointing { steps, minutes, .. }) = self.stated else { return false };
        let by_steps = steps.is_some_and(|steps| step.is_multiple_of(steps.max(1)));
        by_steps || minutes.is_some_and(|minutes| self.last.elapsed().as_secs_f64() >= 60.0 * minutes)
    }

    /// Whether one is due after an epoch.
    pub(super) fn is_due_between_epochs(&self) -> bool {
        match self.stated {
            None => self.last.elapsed() >= SELDOM,
            // Those that count steps or minutes are due after a step.
            Some(Checkpointing { steps, minutes, .. }) => steps.is_none() && minutes.is_none(),
        }
    }

    /// The newest good checkpoint, if one is asked for and there is one.
    pub(super) fn resume<T: Real>(
        &mut self,
        program: &Program<T>,
        parts: [&Part<T>; 2],
        watch: &mut dyn Watch,
    ) -> Result<Option<(PathBuf, Checkpoint<T>)>, SessionError> {
        self.folder.sweep();
        if !self.resume {
            return Ok(None);
        }
        let about = self.about(program, parts);
        let Some(Found { path, checkpoint, damaged }) = self.folder.newest(&about)? else {
            let folder = self.folder.path().display().to_string();
            watch.on_note(&std::format!("there is no checkpoint in {folder}: the training begins"));
            return Ok(None);
        };
        damaged.iter().for_each(|error| watch.on_note(&std::format!("warning: {error}; an older one is used")));
        Ok(Some((path, checkpoint)))
    }

    /// What the training is.
    pub(super) fn about<T: Real>(&mut self, program: &Program<T>, parts: [&Part<T>; 2]) -> About {
        let about = self.about.get_or_insert_with(|| {
            let text = |name: &str, value: String| (name.to_string(), value);
            let mut about = std::vec![
                text("version of nn-runtime", env!("CARGO_PKG_VERSION").into()),
                text("network", program.name.into()),
                text("precision", Precision::of::<T>().name().into()),
                text("list of tensors", hash(std::format!("{:?}", program.tensors).as_bytes())),
            ];
            about.extend(self.settings.0.iter().cloned());
            let data =
                parts.iter().fold(FNV_BASIS, |sum, part| hash_of_rows(sum, part.rows_of(program), part.targets()));
            about.push(text("data", std::format!("{data:016x}")));
            About(about)
        });
        about.clone()
    }

    /// Writes a checkpoint and, if they are not there yet, the best weights beside; tells `watch` if it cannot, and whether it could.
    pub(super) fn write<T: Real>(
        &mut self,
        program: &'static Program<T>,
        checkpoint: &Checkpoint<T>,
        (epoch, best): (usize, &[T]),
        watch: &mut dyn Watch,
    ) -> bool {
        // Also if it fails: the next is tried in due time.
        self.last = Instant::now();
        if let Err(error) = self.folder.write(checkpoint) {
            watch.on_note(&std::format!("warning: {error}; the training goes on"));
            return false;
        }
        if epoch != self.best {
            match weights::save(&self.folder.best(), program, best, Some(&self.encodings)) {
                Ok(()) => self.best = epoch,
                Err(error) => watch.on_note(&std::format!("warning: {error}; the training goes on")),
            }
        }
        true
    }
}

/// The settings that decide what comes out; not the number of epochs, so that more of them can be asked for, nor that of threads.
fn settings_of(recipe: &Recipe, settings: &Settings<'_>) -> About {
    let Settings { setup, schedule, schedules, batch, accumulate, augment, mixup, .. } = settings;
    let Settings { ema, swa, phases, seed, .. } = settings;
    let control = &recipe.control;
    let of = |name: &str, value: String| (name.to_string(), value);
    About(std::vec![
        of("text of the network", std::format!("{:016x}", control.network)),
        of("seed", seed.to_string()),
        of("batch", batch.to_string()),
        of("accumulate", accumulate.to_string()),
        of("augment", std::format!("{augment:?}")),
        of("mixup", std::format!("{mixup:?}")),
        of("loss", std::format!("{:?}", setup.loss)),
        of("optimizer", std::format!("{:?}", setup.optimizer)),
        of("learning rate", std::format!("{schedule:?}")),
        of("schedules", std::format!("{schedules:?}")),
        of("penalty", std::format!("{:?}", setup.penalty)),
        of("clip", std::format!("{:?}", setup.clip)),
        of("split", std::format!("{:?}", recipe.split)),
        of("early_stop", std::format!("{:?}", recipe.early_stop)),
        of("plateau", std::format!("{:?}", control.plateau)),
        of("ema", std::format!("{ema:?}")),
        of("swa", std::format!("{swa:?}")),
        of("at epochs", std::format!("{phases:?}")),
        of("from", std::format!("{:?}", control.origin)),
        of("metrics", std::format!("{:?}", recipe.metrics)),
    ])
}

fn hash(bytes: &[u8]) -> String {
    std::format!("{:016x}", checksum(FNV_BASIS, bytes))
}
