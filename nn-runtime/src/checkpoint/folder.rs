//! The checkpoints of a training in their folder: names, the newest good one, and which are removed; knows no training.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::string::ToString;
use std::vec::Vec;

use super::file::{read, write};
use super::{About, Checkpoint, CheckpointError, CheckpointFault};
use crate::real::Real;

/// What their names begin with; the number of steps follows.
const PREFIX: &str = "step-";
/// What their names end with.
const SUFFIX: &str = ".checkpoint";

/// The checkpoints of a training.
#[derive(Clone, Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    /// How many of the newest are kept.
    keep: usize,
    /// Those of this training, from the oldest on.
    written: Vec<PathBuf>,
}

/// The newest good checkpoint of a folder.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) path: PathBuf,
    pub(crate) checkpoint: Checkpoint<T>,
    /// What was wrong with those that are newer.
    pub(crate) damaged: Vec<CheckpointError>,
}

impl Folder {
    /// The checkpoints at `path`, of which the newest `keep` are kept. Nothing is read or written.
    pub(crate) fn new(path: PathBuf, keep: usize) -> Self {
        Self { path, keep: keep.max(1), written: Vec::new() }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The newest good checkpoint, if there is any checkpoint: damaged ones are passed over.
    pub(crate) fn newest<T: Real>(&mut self, about: &About) -> Result<Option<Found<T>>, CheckpointError> {
        let fail = |fault: CheckpointFault| fault.of(self.path.display().to_string());
        let there = list(&self.path).map_err(|error| fail(CheckpointFault::Unreadable(error.to_string())))?;
        let mut damaged = Vec::new();
        for (at, (_, path)) in there.iter().enumerate().rev() {
            let checkpoint = match read::<T>(path) {
                Ok(checkpoint) => checkpoint,
                Err(error) if error.fault.is_damage() => {
                    damaged.push(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            if let Some((what, expected, found)) = about.difference(&checkpoint.about) {
                let (what, expected, found) = (what.into(), expected.into(), found.into());
                return Err(CheckpointFault::Other { what, found, expected }.of(path.display().to_string()));
            }
            self.written = there[..=at].iter().map(|(_, path)| path.clone()).collect();
            return Ok(Some(Found { path: path.clone(), checkpoint, damaged }));
        }
        if damaged.is_empty() { Ok(None) } else { Err(fail(CheckpointFault::NoneIsWhole)) }
    }

    /// Writes a checkpoint, then removes those that are no longer kept, also of trainings before. If it cannot be written, the others
    /// stay.
    pub(crate) fn write<T: Real>(&mut self, checkpoint: &Checkpoint<T>) -> Result<(), CheckpointError> {
        let path = self.path.join(std::format!("{PREFIX}{:010}{SUFFIX}", checkpoint.counters.steps));
        let created = fs::create_dir_all(&self.path);
        created.map_err(|error| CheckpointFault::Unwritable(error.to_string()).of(self.path.display().to_string()))?;
        write(&path, checkpoint)?;
        self.written.retain(|known| *known != path);
        self.written.push(path);
        let stale = self.written.len().saturating_sub(self.keep);
        self.written.drain(..stale);
        // One that cannot be removed takes room and does no harm.
        for (_, path) in list(&self.path).unwrap_or_default() {
            if !self.written.contains(&path) {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    /// Removes all checkpoints, and the folder if nothing else is in it.
    pub(crate) fn remove(&self) {
        // What cannot be removed takes room and does no harm.
        for (_, path) in list(&self.path).unwrap_or_default() {
            let _ = fs::remove_file(path);
        }
        let _ = fs::remove_file(self.path.join(BEST));
        let _ = fs::remove_dir(&self.path);
    }

    /// Removes what processes that were killed have left half written.
    pub(crate) fn sweep(&self) {
        for entry in fs::read_dir(&self.path).into_iter().flatten().flatten() {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            let ours = [SUFFIX, BEST].into_iter().any(|file| name.contains(file));
            if name.starts_with('.') && name.ends_with(".part") && ours {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    /// Where the best weights so far lie.
    pub(crate) fn best(&self) -> PathBuf {
        self.path.join(BEST)
    }
}

/// The file of the best weights so far.
const BEST: &str = "best.safetensors";

/// The checkpoints in a folder by their steps, from the oldest on.
fn list(path: &Path) -> std::io::Result<Vec<(u64, PathBuf)>> {
    let entries = match fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let mut found = Vec::new();
    for entry in entries {
        let name = entry?.file_name();
        let name = name.to_string_lossy();
        let steps = name.strip_prefix(PREFIX).and_then(|name| name.strip_suffix(SUFFIX)?.parse().ok());
        found.extend(steps.map(|steps: u64| (steps, path.join(&*name))));
    }
    found.sort();
    Ok(found)
}
