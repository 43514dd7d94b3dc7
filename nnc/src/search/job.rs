//! One trial in one round: its program, its run, its score; knows no other trial.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nn_compiler::recipe::search::What;
use serde_json::Value;

use super::record::Done;
use super::space::Chosen;
use super::{Task, folder_of};
use crate::cache;
use crate::constants::Set;
use crate::failure::Failure;

/// What is to be run.
#[derive(Clone, Debug)]
pub(super) struct Job {
    /// Which trial, from 0.
    pub(super) trial: usize,
    /// Which round, from 0.
    pub(super) round: usize,
    /// A value for each thing that is varied.
    pub(super) chosen: Chosen,
    /// The epochs that it has behind it in the end.
    pub(super) epochs: usize,
    /// Whether there are several rounds: then it goes on from its checkpoint, and leaves one.
    pub(super) goes_on: bool,
}

/// How often a program is looked at.
const LOOK: Duration = Duration::from_millis(20);

impl Job {
    /// The values by name, as the language writes them.
    pub(super) fn settings(&self, task: &Task) -> Vec<(String, String)> {
        let varied = task.search.varied.iter().zip(&self.chosen);
        varied.map(|(varied, value)| (varied.name.clone(), number(*value))).collect()
    }

    fn of(&self, task: &Task, what: What) -> Vec<(String, String)> {
        let kinds = task.search.varied.iter().map(|varied| varied.what);
        self.settings(task)
            .into_iter()
            .zip(kinds)
            .filter(|(_, kind)| *kind == what)
            .map(|(setting, _)| setting)
            .collect()
    }

    /// The program of its constants: one for all trials that have the same ones. Or why there is none.
    pub(super) fn program(&self, task: &Task) -> Result<Result<cache::Program, String>, Failure> {
        let sets = self.of(task, What::Constant).into_iter().map(|(name, number)| Set { name, number });
        let source = task.source.with(&sets.collect::<Vec<_>>());
        match source.compile() {
            Ok(networks) => cache::program_quietly(&source, &networks).map(Ok),
            Err(mistakes) => {
                Ok(Err(mistakes.diagnostics.first().map_or_else(String::new, |mistake| mistake.message.clone())))
            }
        }
    }

    /// Runs it to its end; `None` if it was stopped before.
    pub(super) fn run(
        &self,
        task: &Task,
        program: &cache::Program,
        threads: usize,
        stop: &AtomicBool,
    ) -> Result<Option<Done>, Failure> {
        let folder = folder_of(&task.folder, self.trial);
        fs::create_dir_all(&folder).map_err(|error| Failure::file(&folder, "cannot be created", &error))?;
        // What another round or a run that was stopped came to is not what this comes to.
        for name in [REPORT, FOLDS] {
            let _ = fs::remove_file(folder.join(name));
        }
        let begin = Instant::now();
        let log = folder.join("log.txt");
        let errors = File::create(&log).map_err(|error| Failure::file(&log, "cannot be written", &error))?;
        let prepare = |command: &mut Command| {
            self.ask(task, threads, command);
            command.arg("--output").arg(&folder).stdin(Stdio::null()).stdout(Stdio::null()).stderr(errors);
        };
        let child = program.spawn(prepare);
        let child = child.map_err(|error| Failure::file(&log, "its program cannot be run", &error))?;
        let Some(status) =
            wait(child, stop).map_err(|error| Failure::file(&log, "its program cannot be run", &error))?
        else {
            return Ok(None);
        };
        let seconds = (begin.elapsed().as_secs_f64() * 100.0).round() / 100.0;
        Ok(self.judged(task, &folder, &log, status).map(|judged| self.done(task, judged, seconds)))
    }

    /// Adds the arguments of its training but for its folder.
    fn ask(&self, task: &Task, threads: usize, command: &mut Command) {
        command.args(["train", "--network", &task.search.network, "--json", "--threads", &threads.to_string()]);
        command.arg("--data").arg(&task.data);
        let settings = self.of(task, What::Setting);
        for (name, value) in &settings {
            command.arg(format!("--{name}")).arg(value);
        }
        if settings.iter().all(|(name, _)| name != "epochs") {
            command.args(["--epochs", &self.epochs.to_string()]);
        }
        if self.goes_on {
            // The last one is written in any case.
            command.args(["--resume", "--checkpoint-every", "24h"]);
        }
    }

    /// What it came to.
    pub(super) fn done(&self, task: &Task, judged: Result<(f64, usize), String>, seconds: f64) -> Done {
        let settings = self.settings(task);
        let (score, epochs, failed) = match judged {
            Ok((score, epochs)) => (Some(score), epochs, None),
            Err(why) => (None, 0, Some(why)),
        };
        Done { trial: self.trial, round: self.round, settings, epochs, score, failed, seconds }
    }

    /// Its score and its epochs, or why it has none; `None` if it was interrupted.
    fn judged(
        &self,
        task: &Task,
        folder: &Path,
        log: &Path,
        status: ExitStatus,
    ) -> Option<Result<(f64, usize), String>> {
        let name = &task.search.monitor.name;
        let (score, epochs) = if let Some(summary) = read(&folder.join(FOLDS)) {
            let mut folds = summary["folds"].as_array().into_iter().flatten();
            if folds.any(|fold| fold["ended"] == "interrupted") {
                return None;
            }
            (summary["validation"]["mean"][name].as_f64(), self.epochs)
        } else if let Some(report) = read(&folder.join(REPORT)) {
            match report["ended"].as_str() {
                Some("interrupted") => return None,
                Some("not finite") => return Some(Err(report["error"].as_str().unwrap_or("not finite").to_owned())),
                _ => {}
            }
            let splits = ["validation", "train"].into_iter().map(|split| &report["final"][split]);
            let rows = splits.into_iter().find(|split| split.is_object());
            let epochs = report["epochs"].as_array().map_or(0, Vec::len);
            (rows.and_then(|rows| rows[name].as_f64()), epochs)
        } else {
            return Some(Err(last_words(log, status)));
        };
        if !status.success() {
            return Some(Err(last_words(log, status)));
        }
        Some(score.map(|score| (score, epochs)).ok_or_else(|| format!("`{name}` is not finite")))
    }
}

/// What a training came to, and what the trainings of a cross-validation did: of those the mean of the folds counts.
const REPORT: &str = "report.json";
const FOLDS: &str = "folds.json";

/// A file of JSON, if it is there.
fn read(path: &Path) -> Option<Value> {
    serde_json::from_str(&fs::read_to_string(path).ok()?).ok()
}

/// A number as the language and all programs read it: `16`, `0.003174`, `1e-6`.
fn number(x: f64) -> String {
    let plain = x == 0.0 || (1e-4..1e15).contains(&x.abs());
    if plain { x.to_string() } else { format!("{x:e}") }
}

/// What a program said before it ended otherwise than it should.
fn last_words(log: &Path, status: ExitStatus) -> String {
    let said = fs::read_to_string(log).unwrap_or_default();
    let error = said.lines().rev().find_map(|line| line.strip_prefix("error: "));
    error.map_or_else(|| format!("the program ended with {status}"), str::to_owned)
}

/// Waits for the end of a program; ends it itself if the search is stopped, `None`.
fn wait(mut child: Child, stop: &AtomicBool) -> std::io::Result<Option<ExitStatus>> {
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if stop.load(Ordering::Relaxed) {
            // It may have ended just now; what it had begun is begun again the next time.
            let _ = child.kill();
            child.wait()?;
            return Ok(None);
        }
        thread::sleep(LOOK);
    }
}

/// The files of a trial that are worth keeping elsewhere.
fn results(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_file() && path.file_name().is_some_and(|name| name != "log.txt")).collect()
}

/// Copies weights, report and curves of the best trial to `best/`.
pub(super) fn copy_best(folder: &Path, best: &Done) -> Result<(), Failure> {
    let to = folder.join("best");
    let failed = |error: std::io::Error| Failure::file(&to, "cannot be written", &error);
    let _ = fs::remove_dir_all(&to);
    fs::create_dir_all(&to).map_err(failed)?;
    let of = folder_of(folder, best.trial);
    copy(&of, &to).map_err(failed)?;
    let folds = (1..).map(|fold| format!("fold-{fold}")).take_while(|fold| of.join(fold).is_dir());
    for fold in folds {
        let to = to.join(&fold);
        fs::create_dir_all(&to).and_then(|()| copy(&of.join(&fold), &to)).map_err(failed)?;
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    results(from).into_iter().try_for_each(|path| {
        let name = path.file_name().unwrap_or_default();
        fs::copy(&path, to.join(name)).map(drop)
    })
}

/// Removes what only further rounds need.
pub(super) fn forget_checkpoints(folder: &Path, all: &[&Done]) {
    for done in all {
        // What cannot be removed takes room, and does no harm.
        let _ = fs::remove_dir_all(folder_of(folder, done.trial).join("checkpoints"));
    }
}
