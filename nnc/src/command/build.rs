//! `nnc build`: a crate that stands alone; knows where it goes, not what is in it.

use std::io::Write;
use std::path::PathBuf;

use crate::failure::Failure;
use crate::package::{self, write};
use crate::source::Text;

/// Writes a Rust crate that needs neither nnc nor a published runtime
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// The folder of the crate; by default, one with the name of the file in the current folder
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    let package = package::package(&source, &networks)?;
    let folder = arguments.output.clone().unwrap_or_else(|| PathBuf::from(&package.name));
    write::build(&package, &folder)?;
    let names: Vec<&str> = networks.iter().map(|compiled| &*compiled.network.name).collect();
    writeln!(out, "{}: crate `{}` with {}", folder.display(), package.name, names.join(", "))?;
    Ok(())
}
