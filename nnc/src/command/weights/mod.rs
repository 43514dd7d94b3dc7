//! `nnc weights`: files of weights, looked at, compared and converted, without compiling a network; one file for each command.

mod convert;
mod diff;
mod ls;

use std::io::Write;
use std::path::Path;

use clap::Subcommand;
use nn_runtime::weights::{Stored, WeightsError};

use crate::failure::Failure;

/// Lists, compares and converts files of weights: safetensors, or archives of numpy (.npz)
#[derive(Debug, clap::Args)]
#[command(subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Ls(ls::Arguments),
    Diff(diff::Arguments),
    Convert(convert::Arguments),
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    match &arguments.command {
        Command::Ls(arguments) => ls::run(arguments, out),
        Command::Diff(arguments) => diff::run(arguments, out),
        Command::Convert(arguments) => convert::run(arguments, out),
    }
}

fn open(path: &Path) -> Result<Stored, Failure> {
    Stored::open(path).map_err(wrong)
}

fn wrong(error: WeightsError) -> Failure {
    Failure::Wrong(error.to_string())
}

/// A number in a table: `0.1235`, `1.2e-7`.
fn number(x: f64) -> String {
    match x.abs() {
        0.0 => "0".to_owned(),
        size if (1e-3..1e5).contains(&size) => format!("{x:.4}"),
        _ => format!("{x:.3e}"),
    }
}
