//! Checkpoints of a trainer: what they hold beside the run, and when they are written; knows no network.

use std::format;
use std::path::PathBuf;
use std::string::{String, ToString};

use serde::{Deserialize, Serialize};

use super::history::History;
use super::watching::Watched;
use crate::batch::{Rows, Targets};
use crate::checkpoint::{About, Checkpoint, Folder, hash_of_rows};
use crate::error::Error;
use crate::fit::{Run, Settings, State};
use crate::program::Program;
use crate::real::Real;
use crate::weights::FNV_BASIS;

/// When a trainer writes checkpoints.
pub(super) struct Saving {
    folder: Folder,
    /// Steps from one to the next; 0: after each epoch.
    every: u64,
    /// Whether it goes on from the newest one.
    resume: bool,
    about: About,
}

/// What they hold beside the run.
#[derive(Serialize, Deserialize)]
struct Memory {
    history: History,
    /// Bits of `f64`, because JSON has no infinities.
    best: u64,
    reference: u64,
    waited: usize,
}

impl Saving {
    pub(super) fn new(path: PathBuf, every: u64, keep: usize, resume: bool) -> Self {
        Self { folder: Folder::new(path, keep), every, resume, about: About::default() }
    }

    /// What the training is, before its first step.
    pub(super) fn describe<T: Real>(
        &mut self,
        program: &Program<T>,
        settings: &Settings<'_>,
        (inputs, targets): (Rows<'_, T>, Targets<'_, T>),
    ) {
        let Settings { setup, schedule, schedules, batch, accumulate, augment, mixup, ema, swa, seed, .. } = settings;
        let of = |name: &str, value: String| (name.to_string(), value);
        let data = hash_of_rows(FNV_BASIS, inputs, targets);
        self.about = About(std::vec![
            of("version of nn-runtime", env!("CARGO_PKG_VERSION").into()),
            of("network", program.name.into()),
            of("list of tensors", format!("{:?}", program.tensors)),
            of("text of the network", format!("{:?}", program.recipe.map(|recipe| recipe.control.network))),
            of("seed", seed.to_string()),
            of("batch", batch.to_string()),
            of("accumulate", accumulate.to_string()),
            of("augment", format!("{augment:?}")),
            of("mixup", format!("{mixup:?}")),
            of("loss", format!("{:?}", setup.loss)),
            of("optimizer", format!("{:?}", setup.optimizer)),
            of("penalty", format!("{:?}", setup.penalty)),
            of("clip", format!("{:?}", setup.clip)),
            of("learning rate", format!("{schedule:?}")),
            of("schedules", format!("{schedules:?}")),
            of("ema", format!("{ema:?}")),
            of("swa", format!("{swa:?}")),
            of("data", format!("{data:016x}")),
        ]);
    }
}

fn failed(error: impl ToString) -> Error {
    Error::Checkpoint { why: error.to_string() }
}

/// The array of the best weights.
const BEST: &str = "best";

/// Writes a checkpoint if one is due: after this step, or after an epoch.
pub(super) fn save<T: Real>(
    watched: &mut Watched<'_, '_, T>,
    state: &State<'_, T>,
    step: Option<u64>,
) -> Result<(), Error> {
    let Some(saving) = &mut watched.watching.saving else { return Ok(()) };
    let due = match step {
        Some(step) => saving.every > 0 && step.is_multiple_of(saving.every),
        None => saving.every == 0,
    };
    if !due {
        return Ok(());
    }
    let mut checkpoint = Checkpoint::of(saving.about.clone(), state.run(), state.weights());
    let memory = Memory {
        history: watched.history.clone(),
        best: watched.best.0.to_bits(),
        reference: watched.patience.0.to_bits(),
        waited: watched.patience.1,
    };
    checkpoint.watch = serde_json::to_string(&memory).map_err(failed)?;
    checkpoint.arrays.push((BEST.into(), watched.best.1.clone()));
    saving.folder.write(&checkpoint).map_err(failed)
}

/// Goes on from the newest good checkpoint if that is asked for and there is one.
pub(super) fn resume<T: Real>(
    watched: &mut Watched<'_, '_, T>,
    run: &mut Run<T>,
    weights: &mut [T],
) -> Result<(), Error> {
    let Some(saving) = watched.watching.saving.as_mut().filter(|saving| saving.resume) else { return Ok(()) };
    saving.resume = false;
    saving.folder.sweep();
    let found = saving.folder.newest(&saving.about).map_err(failed)?;
    let Some(mut found) = found else { return Ok(()) };
    let memory: Memory = serde_json::from_str(&found.checkpoint.watch).map_err(failed)?;
    let path = found.path.display().to_string();
    found.checkpoint.restore(run, weights).map_err(|fault| failed(fault.of(path)))?;
    watched.best = (f64::from_bits(memory.best), found.checkpoint.take(BEST));
    watched.patience = (f64::from_bits(memory.reference), memory.waited);
    watched.history = memory.history;
    Ok(())
}
