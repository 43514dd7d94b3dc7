//! How long the networks of `benches/tasks` take, alone or beside other libraries: `cargo bench -p nn-benches --bench tasks -- --help`.

mod networks;
mod ours;
mod peers;

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;
use std::{env, fs, thread};

use nn_benches::agreement::agree;
use nn_benches::calibrator::Calibrator;
use nn_benches::contestant::{Contestant, Entry};
use nn_benches::material::Examples;
use nn_benches::options::Options;
use nn_benches::protocol::Mode;
use nn_benches::report::{Measurement, Outcome, Report, Verdict};
use nn_benches::rounds::play;
use nn_benches::serve::Order;
use nn_benches::task::Task;
use nn_benches::{clock, machine, table};

/// What this program is told to be our contestant.
const SERVE: &str = "--serve";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let result = if arguments == [SERVE] {
        ours::serve().map_err(Into::into)
    } else {
        Options::parse(arguments).map_err(Into::into).and_then(|options| run(&options))
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures all that is asked for, and tells it.
fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let ours = Entry { name: "ours".to_owned(), program: env::current_exe()?, arguments: vec![SERVE.to_owned()] };
    let mut entries = vec![ours];
    entries.extend(peers::entries(options)?);
    let folder = Folder::new()?;
    let arena = Arena { entries, calibrator: Calibrator::new(), folder: &folder.0, processors: clock::processors() };
    let mut facts = machine::facts();
    facts.push(("calibrator", arena.calibrator.instructions.to_owned()));
    let mut report = Report { facts, pace: options.pace, measurements: Vec::new() };
    for task in &options.tasks {
        ours::write_weights(task, &folder.0)?;
        Examples::of(task).write(task, &folder.0)?;
    }
    for (mode, threads) in groups(options) {
        for task in &options.tasks {
            eprintln!("{} {mode}, {threads} thread(s)", task.name);
            report.measurements.push(arena.measure(task, mode, threads, options)?);
        }
    }
    let text = table::markdown(&report);
    print!("{text}");
    if let Some(path) = &options.markdown {
        fs::write(path, text)?;
    }
    if let Some(path) = &options.json {
        fs::write(path, format!("{:#}\n", report.json()))?;
    }
    Ok(())
}

/// Modes and threads: a prediction for one example takes one thread.
fn groups(options: &Options) -> Vec<(Mode, usize)> {
    let of = |mode: &Mode| match mode {
        Mode::Train => options.threads.iter().map(|&threads| (Mode::Train, threads)).collect(),
        Mode::Infer => vec![(Mode::Infer, 1)],
    };
    options.modes.iter().flat_map(of).collect()
}

/// Where contestants meet.
struct Arena<'a> {
    /// Ours first.
    entries: Vec<Entry>,
    calibrator: Calibrator,
    folder: &'a Path,
    /// Those that may be used; empty if nobody knows.
    processors: Vec<usize>,
}

impl Arena<'_> {
    fn measure(
        &self,
        task: &'static Task,
        mode: Mode,
        threads: usize,
        options: &Options,
    ) -> Result<Measurement, Box<dyn Error>> {
        clock::keep_to_last(&self.processors, threads)?;
        let order = Order { task: task.name.to_owned(), mode, threads, folder: self.folder.display().to_string() };
        let mut contestants = Vec::new();
        let mut results: Vec<Outcome> = Vec::new();
        for entry in &self.entries {
            let (version, losses, verdict) = match Contestant::start(entry, &order) {
                Err(why) if results.is_empty() => return Err(format!("{}: {why}", entry.name).into()),
                Err(why) => (String::new(), Vec::new(), Verdict::Absent(why)),
                Ok(ready) => {
                    let (version, losses) = (ready.version.clone(), ready.losses.clone());
                    let ours = results.first().map_or(&losses, |ours| &ours.losses);
                    match agree(ours, &losses) {
                        Ok(()) => {
                            contestants.push(ready);
                            (version, losses, Verdict::Timed(Vec::new()))
                        }
                        Err(parting) => (version, losses, Verdict::Parts(parting)),
                    }
                }
            };
            results.push(Outcome { name: entry.name.clone(), version, losses, verdict });
        }
        let speed = || {
            // Threads that wait for more work stop spinning.
            thread::sleep(Duration::from_millis(if threads == 1 { 0 } else { 5 }));
            self.calibrator.speed(threads)
        };
        let samples = play(&mut contestants, options.pace, mode, threads, speed)?;
        let timed = results.iter_mut().filter(|outcome| matches!(outcome.verdict, Verdict::Timed(_)));
        for (outcome, samples) in timed.zip(samples) {
            outcome.verdict = Verdict::Timed(samples);
        }
        Ok(Measurement { task, mode, threads, results })
    }
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        let folder = env::temp_dir().join(format!("nn-benches-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Folder(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What is left lies where the system clears up by itself.
        let _ = fs::remove_dir_all(&self.0);
    }
}
