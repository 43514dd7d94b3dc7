//! `nnc train`: compiles a text through the cache and trains a network; knows arguments, no training.

use std::ffi::OsString;
use std::fs::File;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use nn_compiler::Compiled;

use super::eval::readable;
use crate::cache;
use crate::columns;
use crate::failure::Failure;
use crate::package::Extras;
use crate::source::{Source, Text};

/// Trains a network on its data
#[derive(Debug, clap::Args)]
#[command(after_help = "Ctrl-C ends the training and keeps the best weights; --resume goes on with it.")]
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
    /// Passes over the data, in place of the text's
    #[arg(long, value_name = "N", value_parser = count)]
    epochs: Option<usize>,
    /// Rows in a step, in place of the text's
    #[arg(long, value_name = "N", value_parser = count)]
    batch: Option<usize>,
    /// The learning rate, in place of the text's; its schedule stays
    #[arg(long, value_name = "X", value_parser = rate, allow_negative_numbers = true)]
    lr: Option<f64>,
    /// Threads, by default all that the machine has; the result is the same
    #[arg(long, value_name = "N", value_parser = count)]
    threads: Option<usize>,
    /// Where weights.safetensors, the report and the curves go [default: out/NETWORK in the current folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
    /// Train K times, each time on all but one of K folds, and say how far the figures are apart; 1 trains once, on all of them
    /// [default: what the text says]
    #[arg(long, value_name = "K", value_parser = count)]
    folds: Option<usize>,
    /// Begin with these weights, in place of the text's `from`
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// Go on from the newest good checkpoint in DIR/checkpoints; without one it begins
    #[arg(long)]
    resume: bool,
    /// Write a checkpoint every N steps, or every 5min, 30s or 1h [default: after an epoch, once a minute]
    #[arg(long, value_name = "N", value_parser = every)]
    checkpoint_every: Option<String>,
    /// Keep the K newest checkpoints
    #[arg(long, value_name = "K", value_parser = count)]
    keep: Option<usize>,
    /// End the training after N steps; --resume goes on
    #[arg(long, value_name = "N", value_parser = count)]
    max_steps: Option<usize>,
    /// End the training after 30s, 5min or 1h; --resume goes on
    #[arg(long, value_name = "TIME", value_parser = time)]
    max_time: Option<String>,
    /// Measure the time of each kernel and print it beside the estimate of `summary --plan`; compiles a program of its own
    #[arg(long)]
    profile: bool,
    /// Look into each layer: histograms of weights, gradients and outputs in report.html, with warnings about gradients that
    /// vanish or explode and units that are dead or saturated; compiles a program of its own
    #[arg(long)]
    inspect: bool,
    /// Show the training on the whole screen, with live curves; compiles a program of its own
    #[arg(long)]
    ui: bool,
    /// Write an event file for TensorBoard into this folder
    #[arg(long, value_name = "DIR")]
    tensorboard: Option<PathBuf>,
    /// Print the report as JSON instead of a summary
    #[arg(long)]
    json: bool,
}

/// A whole number from 1 on.
pub(super) fn count(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|count| *count > 0).ok_or_else(|| "expected a whole number from 1 on".to_owned())
}

/// A learning rate.
pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok().filter(|rate: &f64| *rate > 0.0 && rate.is_finite());
    rate.ok_or_else(|| "expected a number above 0".to_owned())
}

/// `500`, `5min`, `30s` or `1h`: as it is, for the program to read.
fn every(text: &str) -> Result<String, String> {
    let wrong = "expected a number of steps such as 500, or a time such as 5min, 30s or 1h";
    let good = text.parse().is_ok_and(|steps: u64| steps > 0) || time(text).is_ok();
    if good { Ok(text.to_owned()) } else { Err(wrong.to_owned()) }
}

/// `5min`, `30s` or `1h`: as it is, for the program to read.
fn time(text: &str) -> Result<String, String> {
    let number = ["min", "s", "h"].iter().find_map(|unit| text.strip_suffix(unit));
    let good = number.and_then(|number| number.parse().ok()).is_some_and(|time: f64| time > 0.0 && time.is_finite());
    if good { Ok(text.to_owned()) } else { Err("expected a time such as 5min, 30s or 1h".to_owned()) }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = if arguments.inspect { source.compile_inspected()? } else { source.compile()? };
    let network = chosen(&source, &networks, arguments.network.as_deref())?;
    let data = data_for(&source, network, arguments.data.as_deref())?;
    if arguments.ui && !(std::io::stdout().is_terminal() && std::io::stdin().is_terminal()) {
        // Better now than after the compilation.
        return Err(Failure::Usage("--ui needs a terminal; without it the training is shown in lines".to_owned()));
    }
    let mut passed: Vec<OsString> = vec!["train".into(), "--network".into(), network.network.name.clone().into()];
    passed.extend(["--data".into(), data.into()]);
    let numbers = [
        ("--seed", arguments.seed.map(|n| n.to_string())),
        ("--epochs", arguments.epochs.map(|n| n.to_string())),
        ("--batch", arguments.batch.map(|n| n.to_string())),
        ("--lr", arguments.lr.map(|n| n.to_string())),
        ("--threads", arguments.threads.map(|n| n.to_string())),
        ("--folds", arguments.folds.map(|n| n.to_string())),
        ("--checkpoint-every", arguments.checkpoint_every.clone()),
        ("--keep", arguments.keep.map(|n| n.to_string())),
        ("--max-steps", arguments.max_steps.map(|n| n.to_string())),
        ("--max-time", arguments.max_time.clone()),
    ];
    for (option, value) in numbers {
        passed.extend(value.into_iter().flat_map(|value| [option.into(), value.into()]));
    }
    passed.extend(arguments.output.iter().flat_map(|folder| ["--output".into(), folder.into()]));
    let origin = arguments.from.clone().or_else(|| origin_of(&source, network));
    if let Some(path) = &origin {
        readable(path)?;
        passed.extend(["--from".into(), path.into()]);
    }
    passed.extend(arguments.resume.then(|| "--resume".into()));
    passed.extend(arguments.tensorboard.iter().flat_map(|folder| ["--tensorboard".into(), folder.into()]));
    passed.extend(arguments.inspect.then(|| "--inspect".into()));
    passed.extend(arguments.ui.then(|| "--ui".into()));
    passed.extend(arguments.json.then(|| "--json".into()));
    let extras = Extras {
        profile: arguments.profile,
        ui: arguments.ui,
        ..origin.as_deref().map(Extras::reading).unwrap_or_default()
    };
    cache::program(&source, &networks, extras)?.run(&passed)
}

/// The file of weights that the text begins with.
fn origin_of(source: &Source, network: &Compiled) -> Option<PathBuf> {
    let origin = network.network.recipe.as_ref()?.control.origin.as_ref()?;
    Some(source.beside(&origin.path))
}

/// The network to train: the one that is named, or the only one that has data.
pub(super) fn chosen<'a>(
    source: &Source,
    networks: &'a [Compiled],
    name: Option<&str>,
) -> Result<&'a Compiled, Failure> {
    if let Some(name) = name {
        return named(networks, name);
    }
    let with_data = |compiled: &&Compiled| compiled.network.recipe.as_ref().is_some_and(|recipe| recipe.data.is_some());
    let trainable: Vec<&Compiled> = networks.iter().filter(with_data).collect();
    match &trainable[..] {
        [network] => Ok(network),
        [] => Err(Failure::Wrong(format!(
            "{}: there is no train section with data: `train {} {{ data csv(…) {{ … }} minimize … with …; }}`",
            source.path.display(),
            networks.first().map_or("Name", |compiled| &*compiled.network.name),
        ))),
        several => Err(Failure::Usage(format!(
            "several networks can be trained: choose one with --network ({})",
            several.iter().map(|compiled| &*compiled.network.name).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// The network of this name.
pub(super) fn named<'a>(networks: &'a [Compiled], name: &str) -> Result<&'a Compiled, Failure> {
    networks.iter().find(|compiled| compiled.network.name == name).ok_or_else(|| {
        let names: Vec<&str> = networks.iter().map(|compiled| &*compiled.network.name).collect();
        Failure::Usage(format!("there is no network `{name}`; the text has {}", names.join(", ")))
    })
}

/// Whether a file can be read; of a folder only whether it is there, since not every system opens folders.
pub(super) fn openable(path: &Path) -> std::io::Result<()> {
    if path.is_dir() { Ok(()) } else { File::open(path).map(drop) }
}

/// The data that a network is to be trained on: the one that is asked for, or the text's. Better a complaint now than after the
/// compilation.
pub(super) fn data_for(source: &Source, network: &Compiled, asked: Option<&Path>) -> Result<PathBuf, Failure> {
    let path = match asked {
        Some(path) => {
            readable(path)?;
            path.to_owned()
        }
        None => data_of(source, network)?,
    };
    columns::check(network, &path)?;
    Ok(path)
}

/// The data of a network as its text states it.
pub(super) fn data_of(source: &Source, network: &Compiled) -> Result<PathBuf, Failure> {
    let name = &network.network.name;
    let data = network.network.recipe.as_ref().and_then(|recipe| recipe.data.as_ref());
    let Some(data) = data else {
        return Err(Failure::Wrong(format!(
            "{}: network `{name}` has no train section with data",
            source.path.display()
        )));
    };
    let path = source.beside(&data.path);
    let test = data.source.test().map(|test| path.with_file_name(test));
    for path in [&path].into_iter().chain(&test) {
        if let Err(error) = openable(path) {
            let (place, path) = (source.place_of_data(name), path.display());
            return Err(Failure::Wrong(format!("{place}: the data `{path}` cannot be read: {error}")));
        }
    }
    Ok(path)
}
