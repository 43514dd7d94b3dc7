//! The commands and their arguments: one file each; this one only chooses.

mod build;
mod check;
mod draw;
mod eval;
mod expand;
mod fmt;
mod graph;
mod lr_find;
mod new;
mod predict;
mod search;
mod serve;
mod summary;
mod train;
mod weights;

use std::io::Write;

use clap::{Parser, Subcommand};

use crate::failure::Failure;

/// Checks, compiles, trains and runs neural networks that are described in .nn files.
#[derive(Debug, Parser)]
#[command(version, subcommand_required = true, arg_required_else_help = true, disable_help_subcommand = true)]
#[command(after_help = "Exit codes: 0 good, 1 the text or the data is wrong, 2 usage, 3 a fault of nnc.\n\
    Compiled programs are kept in $NNC_CACHE, or else in the user's cache folder; it can be removed at any time.")]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    New(new::Arguments),
    Check(check::Arguments),
    Build(build::Arguments),
    Train(train::Arguments),
    LrFind(lr_find::Arguments),
    Eval(eval::Arguments),
    Predict(predict::Arguments),
    Serve(serve::Arguments),
    Weights(weights::Arguments),
    Search(search::Arguments),
    Summary(summary::Arguments),
    Graph(graph::Arguments),
    Draw(draw::Arguments),
    Expand(expand::Arguments),
    Fmt(fmt::Arguments),
}

/// Does what the arguments say; results go to `out`.
pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    match &arguments.command {
        Command::New(arguments) => new::run(arguments, out),
        Command::Check(arguments) => check::run(arguments, out),
        Command::Build(arguments) => build::run(arguments, out),
        Command::Train(arguments) => train::run(arguments),
        Command::LrFind(arguments) => lr_find::run(arguments),
        Command::Eval(arguments) => eval::run(arguments),
        Command::Predict(arguments) => predict::run(arguments),
        Command::Weights(arguments) => weights::run(arguments, out),
        Command::Serve(arguments) => serve::run(arguments),
        Command::Search(arguments) => search::run(arguments, out),
        Command::Summary(arguments) => summary::run(arguments, out),
        Command::Draw(arguments) => draw::run(arguments),
        Command::Graph(arguments) => graph::run(arguments, out),
        Command::Expand(arguments) => expand::run(arguments, out),
        Command::Fmt(arguments) => fmt::run(arguments, out),
    }?;
    out.flush().map_err(Failure::Output)
}
