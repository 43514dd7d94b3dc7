//! A search: trials of a training with other settings, which of them are run with how many epochs, and what they came to.
//!
//! ```text
//! space   which settings a trial has
//! rounds  which trials run for how many epochs
//! job     one trial: compiling, running, reading its score
//! crew    trials at a time
//! record  what is kept in the folder, and going on from it
//! board   the trials as a table; picture as a plot
//! ```

mod board;
mod crew;
mod job;
mod picture;
mod record;
mod rounds;
mod space;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use nn_compiler::recipe::search::{Search, Strategy};

use crate::failure::Failure;
use crate::source::Source;
use board::Board;
use job::Job;
use record::Record;

pub(crate) use record::Done;

/// What is searched, and where.
#[derive(Debug)]
pub(crate) struct Task {
    /// The text.
    pub(crate) source: Source,
    /// What is varied, and how.
    pub(crate) search: Search,
    /// The data.
    pub(crate) data: PathBuf,
    /// The epochs of a trial that is not stopped before.
    pub(crate) epochs: usize,
    /// Where everything goes.
    pub(crate) folder: PathBuf,
}

/// Runs all trials that are not done yet; the leaderboard goes to `out`.
pub(crate) fn run(task: &Task, out: &mut dyn Write) -> Result<(), Failure> {
    let trials = space::trials(&task.search);
    let rounds = rounds::rounds(task.search.strategy, trials.len(), task.epochs);
    let mut record = Record::open(task)?;
    let stop = interrupted()?;
    let board = Board::new(task, trials.len(), &rounds);
    let mut going: Vec<usize> = (0..trials.len()).collect();
    for (number, round) in rounds.iter().enumerate() {
        going.truncate(round.trials);
        going.sort_unstable();
        let open = going.iter().filter(|trial| record.find(**trial, number).is_none());
        let job = |trial: &usize| Job {
            trial: *trial,
            round: number,
            chosen: trials[*trial].clone(),
            epochs: round.epochs,
            goes_on: rounds.len() > 1,
        };
        let jobs: Vec<Job> = open.map(job).collect();
        board.begin(&record, number);
        crew::run(task, jobs, &stop, &mut |done| {
            record.add(done.clone())?;
            board.show(&record, number, &done);
            Ok(())
        })?;
        if stop.load(Ordering::Relaxed) {
            board.end();
            return stopped(task, &record, out);
        }
        // The best first: of those the next round takes as many as it has place for.
        going =
            record.ranked_in(number).into_iter().filter(|done| done.score.is_some()).map(|done| done.trial).collect();
    }
    board.end();
    finish(task, &record, out)
}

/// Whether Ctrl-C was pressed, from now on.
fn interrupted() -> Result<Arc<AtomicBool>, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let set = stop.clone();
    ctrlc::set_handler(move || set.store(true, Ordering::Relaxed))
        .map_err(|error| Failure::Fault(format!("Ctrl-C cannot be listened to: {error}")))?;
    Ok(stop)
}

fn stopped(task: &Task, record: &Record, out: &mut dyn Write) -> Result<(), Failure> {
    out.write_all(board::table(&task.search, &record.ranked(), usize::MAX).as_bytes())?;
    let count = record.ranked().len();
    writeln!(out, "\nstopped: {count} trials are kept in {}; the same command goes on", task.folder.display())?;
    Ok(())
}

/// The best weights, the picture, and what the search has found.
fn finish(task: &Task, record: &Record, out: &mut dyn Write) -> Result<(), Failure> {
    let ranked = record.ranked();
    out.write_all(board::table(&task.search, &ranked, usize::MAX).as_bytes())?;
    let picture = task.folder.join("search.svg");
    record::write(&picture, &picture::svg(&task.search, &ranked)?)?;
    if matches!(task.search.strategy, Strategy::Halving { .. }) {
        job::forget_checkpoints(&task.folder, &ranked);
    }
    let Some(best) = ranked.first().filter(|done| done.score.is_some()) else {
        let why = ranked.iter().find_map(|done| done.failed.as_deref()).unwrap_or("there was none");
        return Err(Failure::Wrong(format!("no trial came to a score; the first said: {why}")));
    };
    job::copy_best(&task.folder, best)?;
    let show = |path: &str| task.folder.join(path).display().to_string();
    writeln!(
        out,
        "\nbest: trial {}, {} {}, in {}\nall:  {}, {}, {}\n\nagain, alone:\n    {}",
        best.trial + 1,
        task.search.monitor.name,
        board::figure(best.score),
        show("best"),
        show("trials.jsonl"),
        show("search.json"),
        show("search.svg"),
        again(task, best)
    )?;
    Ok(())
}

/// The command that trains as the best trial did.
fn again(task: &Task, best: &Done) -> String {
    let mut command = format!("nnc train {} --network {}", task.source.path.display(), task.search.network);
    for (varied, value) in task.search.varied.iter().zip(&best.settings) {
        command += &match varied.what {
            nn_compiler::recipe::search::What::Constant => format!(" --set {}={}", varied.name, value.1),
            nn_compiler::recipe::search::What::Setting => format!(" --{} {}", varied.name, value.1),
        };
    }
    if best.settings.iter().all(|(name, _)| name != "epochs") {
        command += &format!(" --epochs {}", best.epochs);
    }
    command
}

/// The folder of a trial.
fn folder_of(folder: &Path, trial: usize) -> PathBuf {
    folder.join("trials").join(format!("{:04}", trial + 1))
}
