//! `nnc predict`: what trained weights say to rows; knows arguments, no formats.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::eval::readable;
use super::train::{count, named};
use crate::cache;
use crate::failure::Failure;
use crate::package::Extras;
use crate::source::Text;

/// Predicts rows of raw data with trained weights
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// The weights, as `nnc train` writes them, or an archive of numpy (.npz)
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// Raw rows, with or without the targets, perhaps packed with gzip; - is the standard input
    #[arg(long, value_name = "FILE", default_value = "-")]
    input: PathBuf,
    /// Whether the input is rows of CSV or lines of JSON, if its ending does not say it
    #[arg(long, value_name = "FORMAT", value_parser = ["csv", "jsonl"])]
    format: Option<String>,
    /// What a row that is wrong does: skip leaves it out, tells which it was and goes on
    #[arg(long, value_name = "WHAT", value_parser = ["stop", "skip"], default_value = "stop")]
    on_error: String,
    /// Where the rows go, each with the answer behind it; - is the standard output
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Which network, if the weights do not say it
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// Threads, by default all that the machine has; the result is the same
    #[arg(long, value_name = "N", value_parser = count)]
    threads: Option<usize>,
    /// One JSON object for each row instead of CSV, as an output that ends in .jsonl has
    #[arg(long)]
    json: bool,
    /// Write N characters behind the prompt, with a network that was trained on a text
    #[arg(long, value_name = "N", value_parser = count, conflicts_with_all = ["input", "format", "json"])]
    sample: Option<usize>,
    /// What the characters are written behind
    #[arg(long, value_name = "TEXT", requires = "sample")]
    prompt: Option<String>,
    /// 1 is what the network says, less is more certain, 0 takes the most likely character
    #[arg(long, value_name = "X", requires = "sample")]
    temperature: Option<f64>,
    /// Only the K most likely characters can be chosen
    #[arg(long, value_name = "K", requires = "sample", value_parser = count)]
    top_k: Option<usize>,
    /// The seed of the choices: same seed, same text
    #[arg(long, value_name = "N", requires = "sample")]
    seed: Option<u64>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    readable(&arguments.weights)?;
    if let Some(x) = arguments.temperature.filter(|x| !(x.is_finite() && *x >= 0.0)) {
        return Err(Failure::Usage(format!("--temperature takes a number from 0 on, not `{x}`")));
    }
    if arguments.input != Path::new("-") {
        readable(&arguments.input)?;
    }
    arguments.network.as_deref().map(|name| named(&networks, name)).transpose()?;
    let paths = [("--weights", &arguments.weights), ("--input", &arguments.input), ("--output", &arguments.output)];
    let mut passed: Vec<OsString> = vec!["predict".into()];
    passed.extend(paths.into_iter().flat_map(|(option, path)| [option.into(), path.into()]));
    passed.extend(arguments.network.iter().flat_map(|name| ["--network".into(), name.into()]));
    passed.extend(arguments.threads.iter().flat_map(|n| ["--threads".into(), n.to_string().into()]));
    passed.extend(arguments.format.iter().flat_map(|format| ["--format".into(), format.into()]));
    passed.extend(["--on-error".into(), arguments.on_error.clone().into()]);
    passed.extend(arguments.json.then(|| "--json".into()));
    let text = |n: Option<usize>| n.map(|n| n.to_string());
    let sampling = [
        ("--sample", text(arguments.sample)),
        ("--prompt", arguments.prompt.clone()),
        ("--temperature", arguments.temperature.map(|x| x.to_string())),
        ("--top-k", text(arguments.top_k)),
        ("--seed", arguments.seed.map(|n| n.to_string())),
    ];
    for (option, value) in sampling {
        passed.extend(value.into_iter().flat_map(|value| [option.into(), value.into()]));
    }
    cache::program(&source, &networks, Extras::reading(&arguments.weights))?.run(&passed)
}
