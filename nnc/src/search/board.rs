//! Trials as a table, and how far a search is: redrawn in place on a terminal, else a line for each trial; knows no folder.

use std::io::{self, IsTerminal};

use indicatif::{ProgressBar, ProgressStyle};
use nn_compiler::recipe::search::Search;

use super::Task;
use super::record::{Done, Record};
use super::rounds::Round;
use crate::words;

/// The trials that are seen while the search runs.
const SEEN: usize = 10;

/// How far a search is.
pub(super) struct Board<'a> {
    search: &'a Search,
    rounds: &'a [Round],
    trials: usize,
    bar: Option<ProgressBar>,
}

impl<'a> Board<'a> {
    pub(super) fn new(task: &'a Task, trials: usize, rounds: &'a [Round]) -> Self {
        let bar = io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::new_spinner();
            // The template is ours and right.
            if let Ok(style) = ProgressStyle::with_template("{msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self { search: &task.search, rounds, trials, bar }
    }

    /// Says what a round is about to do.
    pub(super) fn begin(&self, record: &Record, round: usize) {
        let (place, known) = (self.place(round), record.ranked_in(round).len());
        match &self.bar {
            Some(_) => self.draw(record, round),
            None if known == 0 => eprintln!("{place}"),
            None => eprintln!("{place}, of which {known} are done"),
        }
    }

    /// Shows what a trial has come to: the last one that was added.
    pub(super) fn show(&self, record: &Record, round: usize, done: &Done) {
        if self.bar.is_some() {
            return self.draw(record, round);
        }
        let settings: Vec<String> = done.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
        let result = match &done.failed {
            Some(why) => format!("failed: {why}"),
            None => format!("{} {}", self.search.monitor.name, figure(done.score)),
        };
        eprintln!("trial {}: {}: {result} ({:.1} s)", done.trial + 1, settings.join(", "), done.seconds);
    }

    fn draw(&self, record: &Record, round: usize) {
        if let Some(bar) = &self.bar {
            let done = record.ranked_in(round).len();
            let table = table(self.search, &record.ranked(), SEEN);
            bar.set_message(format!("{}: {done} of {}\n{table}", self.place(round), self.rounds[round].trials));
            bar.tick();
        }
    }

    fn place(&self, round: usize) -> String {
        let Round { trials, epochs } = self.rounds[round];
        let epochs = words::count(epochs, "epoch");
        match self.rounds.len() {
            1 => format!("{} of {epochs}", words::count(self.trials, "trial")),
            rounds => format!("round {} of {rounds}: {} of {epochs}", round + 1, words::count(trials, "trial")),
        }
    }

    /// Takes what was drawn away.
    pub(super) fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A score in four digits.
pub(super) fn figure(score: Option<f64>) -> String {
    let Some(x) = score else { return "-".to_owned() };
    if x != 0.0 && !(1e-3..1e6).contains(&x.abs()) { format!("{x:.3e}") } else { format!("{x:.4}") }
}

/// The first trials as a table, the best first.
pub(super) fn table(search: &Search, ranked: &[&Done], most: usize) -> String {
    let titles =
        ["rank", "trial", &search.monitor.name].into_iter().chain(search.varied.iter().map(|varied| &*varied.name));
    let mut rows = vec![titles.chain(["epochs", "seconds"]).map(str::to_owned).collect::<Vec<_>>()];
    for (rank, done) in ranked.iter().enumerate().take(most) {
        let rank = if done.score.is_some() { (rank + 1).to_string() } else { "-".to_owned() };
        let mut row = vec![rank, (done.trial + 1).to_string(), figure(done.score)];
        row.extend(done.settings.iter().map(|(_, value)| value.clone()));
        row.extend([done.epochs.to_string(), format!("{:.1}", done.seconds)]);
        if let Some(why) = &done.failed {
            row.push(format!("failed: {why}"));
        }
        rows.push(row);
    }
    // The reasons stand behind the table: they are as long as they are.
    let reasons: Vec<Option<String>> =
        rows.iter_mut().map(|row| row.split_off(search.varied.len() + 5).pop()).collect();
    let lines = words::table(&rows, 0);
    let line = |(line, reason): (&str, Option<String>)| match reason {
        Some(reason) => format!("{line}  {reason}\n"),
        None => format!("{line}\n"),
    };
    lines.lines().zip(reasons).map(line).collect()
}
