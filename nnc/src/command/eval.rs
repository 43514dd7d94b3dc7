//! `nnc eval`: loss and metrics of trained weights; knows arguments, no metric.

use std::ffi::OsString;
use std::path::PathBuf;

use nn_compiler::Compiled;

use super::train::{count, data_of, named};
use crate::cache;
use crate::failure::Failure;
use crate::package::Extras;
use crate::source::Text;

/// Measures trained weights on all rows of some data
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// The weights, as `nnc train` writes them, or an archive of numpy (.npz)
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// The data, in place of the text's
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Which network, if the weights do not say it
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// Threads, by default all that the machine has; the result is the same
    #[arg(long, value_name = "N", value_parser = count)]
    threads: Option<usize>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    readable(&arguments.weights)?;
    let network = arguments.network.as_deref().map(|name| named(&networks, name)).transpose()?;
    let data = match &arguments.data {
        Some(path) => path.clone(),
        None => {
            let network = chosen(&networks, network)?;
            tested(network, data_of(&source, network)?)
        }
    };
    let mut passed: Vec<OsString> =
        vec!["eval".into(), "--weights".into(), arguments.weights.clone().into(), "--data".into(), data.into()];
    passed.extend(arguments.network.iter().flat_map(|name| ["--network".into(), name.into()]));
    passed.extend(arguments.threads.iter().flat_map(|n| ["--threads".into(), n.to_string().into()]));
    passed.extend(arguments.json.then(|| "--json".into()));
    cache::program(&source, &networks, Extras::reading(&arguments.weights))?.run(&passed)
}

/// The network whose data is meant: the one that is named, or any if all have the same.
pub(super) fn chosen<'a>(networks: &'a [Compiled], named: Option<&'a Compiled>) -> Result<&'a Compiled, Failure> {
    let data = |compiled: &Compiled| {
        let data = compiled.network.recipe.as_ref().and_then(|recipe| recipe.data.as_ref());
        data.map(|data| data.path.clone())
    };
    let with_data: Vec<&Compiled> = networks.iter().filter(|compiled| data(compiled).is_some()).collect();
    match (named, &with_data[..]) {
        (Some(network), _) => Ok(network),
        (None, [first, rest @ ..]) if rest.iter().all(|other| data(other) == data(first)) => Ok(first),
        (None, []) => networks.first().ok_or_else(|| Failure::Usage("there is no network".to_owned())),
        (None, several) => Err(Failure::Usage(format!(
            "several networks have data: choose one with --network ({})",
            several.iter().map(|compiled| &*compiled.network.name).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// The table that is tested on, if the text states one beside its data at `path`, else `path`.
pub(super) fn tested(network: &Compiled, path: PathBuf) -> PathBuf {
    let data = network.network.recipe.as_ref().and_then(|recipe| recipe.data.as_ref());
    match data.and_then(|data| data.source.test()) {
        Some(test) => path.with_file_name(test),
        None => path,
    }
}

/// Better a complaint now than after the compilation.
pub(super) fn readable(file: &std::path::Path) -> Result<(), Failure> {
    super::train::openable(file).map_err(|error| Failure::file(file, "cannot be read", &error))
}
