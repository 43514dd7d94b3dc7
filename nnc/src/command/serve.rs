//! `nnc serve`: answers over HTTP; knows arguments, no routes.

use std::ffi::OsString;
use std::net::IpAddr;
use std::path::PathBuf;

use super::eval::readable;
use super::train::{count, named};
use crate::cache;
use crate::failure::Failure;
use crate::package::Extras;
use crate::source::Text;

/// Answers JSON over HTTP with trained weights
#[derive(Debug, clap::Args)]
#[command(
    after_help = "POST /predict answers, GET / is a page to try it by hand. Ctrl-C ends what is under way and stops."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// The weights, as `nnc train` writes them
    #[arg(long, value_name = "FILE")]
    weights: PathBuf,
    /// The address to listen at; others than loopback can be reached by everyone, without a password
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    host: IpAddr,
    /// The port to listen at; 0 takes any that is free
    #[arg(long, value_name = "N", default_value_t = 8080)]
    port: u16,
    /// Which network, if the weights do not say it
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// The most bytes of a request
    #[arg(long, value_name = "SIZE", default_value = "1MiB", value_parser = size)]
    max_body: String,
    /// The most rows of a request
    #[arg(long, value_name = "N", default_value_t = 10_000, value_parser = count)]
    max_rows: usize,
    /// The time in which a request must have come and been answered
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    timeout: String,
    /// The most requests under way at once; others are told to come later
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = count)]
    concurrency: usize,
    /// The time for what is under way when the server is to stop
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    grace: String,
    /// Threads that predict, by default all that the machine has
    #[arg(long, value_name = "N", value_parser = count)]
    threads: Option<usize>,
}

/// A number of bytes that has a unit or none. The program reads it again: better a complaint now than after the compilation.
fn size(text: &str) -> Result<String, String> {
    let number = ["KiB", "MiB", "GiB"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
    let good = number.trim().parse::<usize>().is_ok_and(|number| (1..=1 << 33).contains(&number));
    if good { Ok(text.to_owned()) } else { Err("expected a size such as 1MiB, 64KiB or 65536".to_owned()) }
}

/// A time that has a unit or is in seconds.
fn time(text: &str) -> Result<String, String> {
    let number = ["ms", "s", "m"].iter().find_map(|unit| text.strip_suffix(unit)).unwrap_or(text);
    let good = number.trim().parse::<f64>().is_ok_and(|number| number > 0.0 && number.is_finite());
    if good { Ok(text.to_owned()) } else { Err("expected a time such as 10s, 500ms or 2m".to_owned()) }
}

pub(crate) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    readable(&arguments.weights)?;
    arguments.network.as_deref().map(|name| named(&networks, name)).transpose()?;
    let options = [
        ("--host", arguments.host.to_string()),
        ("--port", arguments.port.to_string()),
        ("--max-body", arguments.max_body.clone()),
        ("--max-rows", arguments.max_rows.to_string()),
        ("--timeout", arguments.timeout.clone()),
        ("--concurrency", arguments.concurrency.to_string()),
        ("--grace", arguments.grace.clone()),
    ];
    let mut passed: Vec<OsString> = vec!["serve".into(), "--weights".into(), arguments.weights.clone().into()];
    passed.extend(options.into_iter().flat_map(|(option, value)| [option.into(), value.into()]));
    passed.extend(arguments.network.iter().flat_map(|name| ["--network".into(), name.into()]));
    passed.extend(arguments.threads.iter().flat_map(|n| ["--threads".into(), n.to_string().into()]));
    cache::program(&source, &networks, Extras { serve: true, ..Extras::reading(&arguments.weights) })?.run(&passed)
}
