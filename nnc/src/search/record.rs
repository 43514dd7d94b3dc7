//! What a search keeps in its folder: each finished trial, and what the search is, so that the same search can go on; runs nothing.
//!
//! ```text
//! search.json    what the search is, and all trials, the best first
//! trials.jsonl   a line for each finished trial of each round, by round and trial
//! search.svg     a plot, in the end
//! best/          weights, report and curves of the best trial, in the end
//! trials/0007/   weights, report, curves and messages of a trial
//! ```

use std::cmp::Ordering;
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use nn_compiler::recipe::search::Strategy;
use nn_grammar::ast::{Item, Program};
use nn_grammar::printer;
use serde::{Deserialize, Serialize};

use super::Task;
use crate::atomic;
use crate::failure::Failure;
use crate::hash::Hash;

/// What a trial came to in a round.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Done {
    /// Which trial, from 0.
    pub(crate) trial: usize,
    /// Which round, from 0.
    pub(crate) round: usize,
    /// The values that it had, by name, as the language writes them.
    pub(crate) settings: Vec<(String, String)>,
    /// The epochs that it has behind it.
    pub(crate) epochs: usize,
    /// The figure that decides, of the weights that were kept.
    pub(crate) score: Option<f64>,
    /// Why it has no score.
    pub(crate) failed: Option<String>,
    /// That its run took.
    pub(crate) seconds: f64,
}

/// The file `search.json`.
#[derive(Debug, Deserialize)]
struct Stored {
    about: Vec<(String, String)>,
}

#[derive(Debug, Serialize)]
struct Summary<'a> {
    about: &'a [(String, String)],
    monitor: &'a str,
    larger_is_better: bool,
    /// The best first.
    trials: Vec<&'a Done>,
}

/// The folder of a search.
pub(super) struct Record {
    folder: PathBuf,
    about: Vec<(String, String)>,
    monitor: String,
    larger: bool,
    done: Vec<Done>,
    /// Held as long as the search runs.
    _lock: File,
}

impl Record {
    /// Opens the folder of a search, or makes it.
    pub(super) fn open(task: &Task) -> Result<Self, Failure> {
        let folder = task.folder.clone();
        let about = about(task)?;
        let path = folder.join("search.json");
        let known = match fs::read_to_string(&path) {
            Ok(text) => Some(serde_json::from_str::<Stored>(&text).map_err(|error| damaged(&path, &error))?),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => return Err(Failure::file(&path, "cannot be read", &error)),
        };
        match &known {
            Some(known) => same(&folder, &known.about, &about)?,
            None => is_empty(&folder)?,
        }
        fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, "cannot be created", &error))?;
        let lock = folder.join("lock");
        let file = File::create(&lock).map_err(|error| Failure::file(&lock, "cannot be written", &error))?;
        if file.try_lock().is_err() {
            return Err(Failure::Wrong(format!("{}: another nnc searches in this folder", folder.display())));
        }
        let done = finished(&folder.join("trials.jsonl"))?;
        let monitor = &task.search.monitor;
        let record = Self { folder, about, monitor: monitor.name.clone(), larger: monitor.larger, done, _lock: file };
        record.write()?;
        Ok(record)
    }

    /// What a trial came to in a round.
    pub(super) fn find(&self, trial: usize, round: usize) -> Option<&Done> {
        self.done.iter().find(|done| (done.trial, done.round) == (trial, round))
    }

    /// Adds a trial to the files.
    pub(super) fn add(&mut self, done: Done) -> Result<(), Failure> {
        self.done.push(done);
        self.done.sort_by_key(|done| (done.round, done.trial));
        self.write()
    }

    /// The trials of a round, the best first.
    pub(super) fn ranked_in(&self, round: usize) -> Vec<&Done> {
        let mut ranked: Vec<&Done> = self.done.iter().filter(|done| done.round == round).collect();
        ranked.sort_by(|a, b| self.compare(a, b));
        ranked
    }

    /// The last round of each trial, the best first; who came further is better.
    pub(super) fn ranked(&self) -> Vec<&Done> {
        let is_last =
            |done: &&Done| !self.done.iter().any(|other| other.trial == done.trial && other.round > done.round);
        let mut ranked: Vec<&Done> = self.done.iter().filter(is_last).collect();
        ranked.sort_by(|a, b| {
            b.score.is_some().cmp(&a.score.is_some()).then(b.round.cmp(&a.round)).then(self.compare(a, b))
        });
        ranked
    }

    fn compare(&self, a: &Done, b: &Done) -> Ordering {
        let better = match (a.score, b.score) {
            (Some(a), Some(b)) if self.larger => b.total_cmp(&a),
            (Some(a), Some(b)) => a.total_cmp(&b),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        better.then(a.trial.cmp(&b.trial))
    }

    fn write(&self) -> Result<(), Failure> {
        let failed = |error: serde_json::Error| Failure::Fault(format!("a search cannot be written: {error}"));
        let lines: Vec<String> =
            self.done.iter().map(serde_json::to_string).collect::<Result<_, _>>().map_err(failed)?;
        let trials = self.ranked();
        let summary = Summary { about: &self.about, monitor: &self.monitor, larger_is_better: self.larger, trials };
        let json = serde_json::to_string_pretty(&summary).map_err(failed)?;
        // What the search is comes first: a folder with trials never lacks it.
        write(&self.folder.join("search.json"), &(json + "\n"))?;
        let lines: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
        write(&self.folder.join("trials.jsonl"), &lines)
    }
}

/// Writes a file whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Failure> {
    atomic::write(path, text.as_bytes()).map_err(|error| Failure::file(path, "cannot be written", &error))
}

fn damaged(path: &Path, error: &serde_json::Error) -> Failure {
    Failure::Wrong(format!("{}: is not as a search writes it: {error}", path.display()))
}

fn finished(path: &Path) -> Result<Vec<Done>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => {
            text.lines().map(|line| serde_json::from_str(line).map_err(|error| damaged(path, &error))).collect()
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(Failure::file(path, "cannot be read", &error)),
    }
}

/// What a search must be like to go on: names and values. Not how many trials there are, unless their rounds depend on it, nor how many
/// run at a time.
fn about(task: &Task) -> Result<Vec<(String, String)>, Failure> {
    let search = &task.search;
    let pair = |name: &str, value: String| (name.to_owned(), value);
    let items = task.source.parse()?.items;
    let items = items.into_iter().filter(|item| !matches!(item, Item::Search(_) | Item::Use(_))).collect();
    let text = printer::print(&Program { items });
    let mut about = vec![
        pair("version of nnc", env!("CARGO_PKG_VERSION").to_owned()),
        pair("text", Hash::of(text.as_bytes()).to_string()),
        pair("network", search.network.clone()),
        pair("data", task.data.display().to_string()),
    ];
    about.extend(search.varied.iter().map(|varied| pair(&format!("values of {}", varied.name), varied.text.clone())));
    about.push(pair("strategy", search.strategy.word().to_owned()));
    if let Strategy::Halving { eta, min_epochs } = search.strategy {
        let trials = search.trials.map_or_else(|| "default".to_owned(), |trials| trials.to_string());
        about.extend(
            [("eta", eta.to_string()), ("min_epochs", min_epochs.to_string()), ("trials", trials)]
                .map(|(n, v)| pair(n, v)),
        );
    }
    about.extend([
        pair("seed", search.seed.to_string()),
        pair("epochs", task.epochs.to_string()),
        pair("monitor", search.monitor.name.clone()),
    ]);
    Ok(about)
}

/// Whether a folder holds this search and no other.
fn same(folder: &Path, there: &[(String, String)], here: &[(String, String)]) -> Result<(), Failure> {
    if there == here {
        return Ok(());
    }
    let find = |list: &[(String, String)], name: &str| {
        list.iter().find(|(known, _)| known == name).map_or_else(|| "nothing".to_owned(), |(_, value)| value.clone())
    };
    let names = here.iter().chain(there).map(|(name, _)| name);
    let other = names.filter(|name| find(there, name) != find(here, name)).map(|name| match name.as_str() {
        "text" => "its text is another one".to_owned(),
        _ => format!("its {name} is {}, and here it is {}", find(there, name), find(here, name)),
    });
    let why = other.into_iter().next().unwrap_or_else(|| "what it varies stands in another order".to_owned());
    Err(Failure::Wrong(format!(
        "{}: there is another search in this folder: {why}\n       choose another folder with -o, or remove this one",
        folder.display()
    )))
}

/// Whether a folder that no search has written can be that of one.
fn is_empty(folder: &Path) -> Result<(), Failure> {
    match fs::read_dir(folder) {
        Ok(entries) => {
            // What a search leaves that was killed before its first word.
            if entries.flatten().all(|entry| entry.file_name() == "lock") {
                return Ok(());
            }
            Err(Failure::Wrong(format!(
                "{}: the folder is not empty, and holds no search: choose another one with -o",
                folder.display()
            )))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(Failure::file(folder, "cannot be the folder of a search", &error)),
    }
}
