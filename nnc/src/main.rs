//! The command line of the `.nn` language. Exit codes: 0 good, 1 the text or the data is wrong, 2 usage, 3 a fault of nnc.

mod atomic;
mod cache;
mod cargo;
mod columns;
mod command;
mod constants;
mod describe;
mod failure;
mod graph;
mod hash;
mod kernels;
mod measure;
mod mistakes;
mod package;
mod render;
mod search;
mod source;
mod words;

use std::panic::{self, AssertUnwindSafe};
use std::process::ExitCode;
use std::{backtrace, io};

use clap::Parser;

fn main() -> ExitCode {
    panic::set_hook(Box::new(confess));
    let arguments = command::Arguments::parse();
    let done = panic::catch_unwind(AssertUnwindSafe(|| command::run(&arguments, &mut io::stdout().lock())));
    ExitCode::from(match done {
        Ok(Ok(())) => failure::GOOD,
        Ok(Err(failure)) => failure.report(),
        Err(_) => failure::FAULT,
    })
}

/// Says that a panic is a fault of nnc.
fn confess(panic: &panic::PanicHookInfo<'_>) {
    use std::io::Write;
    let place = panic.location().map_or_else(String::new, |place| format!(" ({}:{})", place.file(), place.line()));
    let payload = panic.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let what = text.unwrap_or("it does not say what happened");
    let trace = backtrace::Backtrace::capture();
    let trace = match trace.status() {
        backtrace::BacktraceStatus::Captured => format!("\n{trace}"),
        _ => String::new(),
    };
    // If the standard error is gone, the exit code still tells.
    let _ = writeln!(io::stderr(), "error: {what}{place}\n{}{trace}", failure::ours());
}
