//! `nnc lr-find`: compiles a text through the cache and tries learning rates; knows arguments, no training.

use std::ffi::OsString;
use std::path::PathBuf;

use super::train::{chosen, count, data_for, rate};
use crate::cache;
use crate::failure::Failure;
use crate::package::Extras;
use crate::source::Text;

/// Tries growing learning rates, and says where the loss falls
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each step takes a larger rate than the one before, from the initial weights; nothing is trained."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// Which network, if several have a train section
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// The data, in place of the text's
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// The seed of all random numbers, in place of the text's
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// Rows in a step, in place of the text's
    #[arg(long, value_name = "N", value_parser = count)]
    batch: Option<usize>,
    /// The first rate [default: 1e-7]
    #[arg(long, value_name = "X", value_parser = rate, allow_negative_numbers = true)]
    from: Option<f64>,
    /// The last rate [default: 10]
    #[arg(long, value_name = "X", value_parser = rate, allow_negative_numbers = true)]
    to: Option<f64>,
    /// How many rates are tried [default: 100]
    #[arg(long, value_name = "N", value_parser = count)]
    steps: Option<usize>,
    /// Threads, by default all that the machine has; the result is the same
    #[arg(long, value_name = "N", value_parser = count)]
    threads: Option<usize>,
    /// Where lr-find.json and lr-find.svg go [default: out/NETWORK in the current folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Print what lr-find.json has
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    let network = chosen(&source, &networks, arguments.network.as_deref())?;
    let data = data_for(&source, network, arguments.data.as_deref())?;
    let mut passed: Vec<OsString> = vec!["lr-find".into(), "--network".into(), network.network.name.clone().into()];
    passed.extend(["--data".into(), data.into()]);
    let numbers = [
        ("--seed", arguments.seed.map(|n| n.to_string())),
        ("--batch", arguments.batch.map(|n| n.to_string())),
        ("--from", arguments.from.map(|x| x.to_string())),
        ("--to", arguments.to.map(|x| x.to_string())),
        ("--steps", arguments.steps.map(|n| n.to_string())),
        ("--threads", arguments.threads.map(|n| n.to_string())),
    ];
    for (option, value) in numbers {
        passed.extend(value.into_iter().flat_map(|value| [option.into(), value.into()]));
    }
    passed.extend(arguments.output.iter().flat_map(|folder| ["--output".into(), folder.into()]));
    passed.extend(arguments.json.then(|| "--json".into()));
    cache::program(&source, &networks, Extras::default())?.run(&passed)
}
