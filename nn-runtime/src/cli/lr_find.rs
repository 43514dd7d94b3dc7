//! `lr-find`: tries learning rates, writes what came out, and says what it suggests.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::string::String;

use lexopt::{Arg, Parser, ValueExt};

use super::args::{Command, UsageError, count, number as parsed, unexpected};
use super::commands::{json, to_train, unwritable, write};
use super::summary::number;
use super::{AnyProgram, Failure};
use crate::fit::{RangeReport, RangeTest};
use crate::plot;
use crate::session::{self, Overrides};

#[derive(Default)]
pub(super) struct LrFind {
    pub(super) network: Option<String>,
    pub(super) overrides: Overrides,
    pub(super) test: RangeTest,
    pub(super) output: Option<PathBuf>,
    pub(super) json: bool,
}

/// Reads the arguments behind `lr-find`.
pub(super) fn parse(mut parser: Parser) -> Result<Command, UsageError> {
    let mut find = LrFind::default();
    while let Some(argument) = parser.next()? {
        let LrFind { overrides, test, .. } = &mut find;
        match argument {
            Arg::Long("network") => find.network = Some(parser.value()?.string()?),
            Arg::Long("data") => overrides.data = Some(parser.value()?.into()),
            Arg::Long("seed") => overrides.seed = Some(parsed(&mut parser, "--seed", "a whole number")?),
            Arg::Long("batch") => overrides.batch = Some(count(&mut parser, "--batch")?),
            Arg::Long("threads") => overrides.threads = Some(count(&mut parser, "--threads")?),
            Arg::Long("from") => test.from = parsed(&mut parser, "--from", "a number above 0")?,
            Arg::Long("to") => test.to = parsed(&mut parser, "--to", "a number above 0")?,
            Arg::Long("steps") => test.steps = count(&mut parser, "--steps")?,
            Arg::Short('o') | Arg::Long("output") => find.output = Some(parser.value()?.into()),
            Arg::Long("json") => find.json = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            other => return Err(unexpected(&other, &LR_FIND)),
        }
    }
    Ok(Command::LrFind(find))
}

const LR_FIND: [&str; 10] = ["network", "data", "seed", "batch", "threads", "from", "to", "steps", "output", "json"];

/// Tries learning rates and writes `lr-find.json` and `lr-find.svg`.
pub(super) fn lr_find(networks: &[AnyProgram], find: &LrFind, out: &mut dyn Write) -> Result<(), Failure> {
    let network = to_train(networks, find.network.as_deref())?;
    let folder = find.output.clone().unwrap_or_else(|| Path::new("out").join(network.name()));
    fs::create_dir_all(&folder).map_err(|error| unwritable(&folder, &error))?;
    let report = match network {
        AnyProgram::F32(program) => session::find_learning_rate(program, &find.overrides, &find.test)?,
        #[cfg(feature = "double")]
        AnyProgram::F64(program) => session::find_learning_rate(program, &find.overrides, &find.test)?,
    };
    let (figures, picture) = (folder.join("lr-find.json"), folder.join("lr-find.svg"));
    write(&figures, &json(&report)?)?;
    write(&picture, &plot::range(&std::format!("{}: loss at growing learning rates", network.name()), &report))?;
    let text = if find.json {
        json(&report)?
    } else {
        let files = std::format!("\nfigures  {}\ncurve    {}\n", figures.display(), picture.display());
        described(network.name(), &report) + &files
    };
    out.write_all(text.as_bytes()).map_err(Failure::Output)
}

/// What it came to, for people.
fn described(network: &str, report: &RangeReport) -> String {
    let RangeReport { points, steepest, valley, exploded } = report;
    let ends = points.first().zip(points.last()).map_or((0.0, 0.0), |(first, last)| (first.rate, last.rate));
    let how = if *exploded { "until the loss exploded" } else { "up to the last rate" };
    let tried =
        std::format!("{network}: {} steps from {} to {}, {how}\n\n", points.len(), number(ends.0), number(ends.1));
    let suggestion = |name: &str, rate: &Option<f64>, what: &str| match rate {
        Some(rate) => std::format!("{name}  {:>9}  {what}\n", number(*rate)),
        None => std::format!("{name}  {:>9}  the loss did not fall\n", "none"),
    };
    tried
        + &suggestion("valley  ", valley, "in the middle of the longest fall: begin with this one")
        + &suggestion("steepest", steepest, "where the loss falls fastest")
}
