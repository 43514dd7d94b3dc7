//! Runs that others have published, repeated whole: `cargo bench -p nn-benches --bench published -- --help`.

mod lenet;
mod matexp;
mod nanogpt;
mod networks;
mod rtneural;

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use nn_benches::calibrator::Calibrator;
use nn_benches::clock::{self, Cost, Start};
use nn_benches::machine;
use nn_benches::published::options::{Name, Options};
use nn_benches::published::{self, Published, Repeated};

fn main() -> ExitCode {
    match Options::parse(env::args().skip(1)).map_err(Into::into).and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// Repeats all that is asked for, and tells it.
fn run(options: &Options) -> Result<(), Box<dyn Error>> {
    let bench = Bench { options, calibrator: Calibrator::new(), processors: clock::processors() };
    let mut facts = machine::facts();
    facts.push(("calibrator", bench.calibrator.instructions.to_owned()));
    let mut rows = Vec::new();
    for name in &options.names {
        match name {
            Name::Lenet => rows.push(lenet::run(&bench)?),
            Name::Matexp => rows.push(matexp::run(&bench)?),
            Name::Nanogpt => rows.push(nanogpt::run(&bench)?),
            Name::Rtneural => rows.extend(rtneural::run(&bench)?),
        }
    }
    let text = published::markdown(&facts, &rows);
    print!("{text}");
    if let Some(path) = &options.markdown {
        fs::write(path, text)?;
    }
    if let Some(path) = &options.json {
        fs::write(path, format!("{:#}\n", published::json(&facts, &rows)))?;
    }
    Ok(())
}

/// What a run needs to know.
struct Bench<'o> {
    options: &'o Options,
    calibrator: Calibrator,
    /// Those that may be used; empty if nobody knows.
    processors: Vec<usize>,
}

/// What is repeated.
struct Plan {
    name: &'static str,
    threads: usize,
    operations: f64,
    parts: f64,
    published: Published,
}

/// What a run came to, by name.
type Results = Vec<(String, f64)>;

impl Bench<'_> {
    /// A file of data, or how to get it: the script of that example.
    fn file(&self, folder: &str, file: &str, script: &str) -> Result<Vec<u8>, Box<dyn Error>> {
        let examples = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"));
        let path = self.options.data.clone().unwrap_or_else(|| examples.join(folder)).join(file);
        fs::read(&path).map_err(|error| {
            let script = examples.join(script);
            format!("{}: {error}. Fetch it: {}, or name its folder by --data", path.display(), script.display()).into()
        })
    }

    /// Repeats `once` as often as asked for. It tells its results, and what that which counts has taken.
    fn repeat(
        &self,
        plan: Plan,
        mut once: impl FnMut(Start) -> Result<(Cost, Results), Box<dyn Error>>,
    ) -> Result<Repeated, Box<dyn Error>> {
        let Plan { name, threads, operations, parts, published } = plan;
        clock::keep_to_last(&self.processors, threads)?;
        let (mut costs, mut speeds, mut results) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..self.options.runs {
            eprintln!("{name}, {threads} thread(s)");
            let before = self.calibrator.speed(threads);
            let (cost, found) = once(Start::now())?;
            costs.push(cost);
            speeds.push(f64::midpoint(before, self.calibrator.speed(threads)));
            results = found;
        }
        Ok(Repeated { name: name.to_owned(), threads, operations, parts, costs, speeds, results, published })
    }
}
