//! `nnc graph`: the architecture of a network as a picture; knows arguments and files, draws nothing itself.

use std::io::Write;
use std::path::{Path, PathBuf};

use nn_compiler::Compiled;

use super::train::named;
use crate::atomic;
use crate::failure::Failure;
use crate::graph;
use crate::source::Text;

/// Draws the architecture of a network: layers as boxes, shapes on the lines
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("form").args(["svg", "dot"]))]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// Write an SVG picture, which every browser shows; so it does if nothing is said
    #[arg(long)]
    svg: bool,
    /// Write text for Graphviz
    #[arg(long)]
    dot: bool,
    /// Where it goes [default: the standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Which network, if the text has several
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    let network = &chosen(&networks, arguments.network.as_deref(), &source.path)?.network;
    let boxes = graph::of(network);
    let text = if arguments.dot { graph::dot(&network.name, &boxes) } else { graph::svg(&network.name, &boxes) };
    match &arguments.output {
        Some(path) => {
            atomic::write(path, text.as_bytes()).map_err(|error| Failure::file(path, "cannot be written", &error))
        }
        None => Ok(out.write_all(text.as_bytes())?),
    }
}

/// The network that is named, or the only one.
fn chosen<'a>(networks: &'a [Compiled], name: Option<&str>, file: &Path) -> Result<&'a Compiled, Failure> {
    match (name, networks) {
        (Some(name), _) => named(networks, name),
        (None, [only]) => Ok(only),
        (None, []) => Err(Failure::Wrong(format!("{}: there is no network", file.display()))),
        (None, several) => Err(Failure::Usage(format!(
            "there are several networks: choose one with --network ({})",
            several.iter().map(|compiled| &*compiled.network.name).collect::<Vec<_>>().join(", ")
        ))),
    }
}
