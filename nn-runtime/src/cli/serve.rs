//! The command `serve`: weights, address and signals; knows no routes.

use core::time::Duration;
use std::io::{self, Write};
use std::net::IpAddr;
use std::path::PathBuf;
use std::string::{String, ToString};

use lexopt::{Arg, Parser, ValueExt};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};

use super::args::{Command, UsageError, count, number, unexpected};
use super::predict::predictor;
use super::{AnyProgram, Failure};
use crate::fit::all_threads;
use crate::serve::{Limits, Stopped, router, serve};
use crate::weights::Stored;

/// What is asked of a server.
pub(super) struct Serve {
    network: Option<String>,
    weights: PathBuf,
    host: IpAddr,
    port: u16,
    limits: Limits,
    grace: Duration,
    threads: usize,
}

/// Threads that wait for requests; those that compute are others.
const WAITING: usize = 2;

const OPTIONS: [&str; 10] =
    ["network", "weights", "host", "port", "max-body", "max-rows", "timeout", "concurrency", "grace", "threads"];

/// Reads the arguments behind `serve`.
pub(super) fn parse(mut parser: Parser) -> Result<Command, UsageError> {
    let limits = Limits::default();
    let grace = Duration::from_secs(10);
    let host = IpAddr::from([127, 0, 0, 1]);
    let (mut weights, mut serve) =
        (None, Serve { network: None, weights: PathBuf::new(), host, port: 8080, limits, grace, threads: 0 });
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("network") => serve.network = Some(parser.value()?.string()?),
            Arg::Long("weights") => weights = Some(parser.value()?.into()),
            Arg::Long("host") => serve.host = number(&mut parser, "--host", "the address of an interface")?,
            Arg::Long("port") => serve.port = number(&mut parser, "--port", "a number up to 65535 (0: any)")?,
            Arg::Long("max-body") => serve.limits.body = size(&mut parser, "--max-body")?,
            Arg::Long("max-rows") => serve.limits.rows = count(&mut parser, "--max-rows")?,
            Arg::Long("timeout") => serve.limits.time = duration(&mut parser, "--timeout")?,
            Arg::Long("concurrency") => serve.limits.concurrency = count(&mut parser, "--concurrency")?,
            Arg::Long("grace") => serve.grace = duration(&mut parser, "--grace")?,
            Arg::Long("threads") => serve.threads = count(&mut parser, "--threads")?,
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            other => return Err(unexpected(&other, &OPTIONS)),
        }
    }
    serve.weights = weights.ok_or_else(|| UsageError("serve needs --weights FILE".into()))?;
    // Semaphores count no further.
    serve.limits.concurrency = serve.limits.concurrency.min(tokio::sync::Semaphore::MAX_PERMITS);
    Ok(Command::Serve(serve))
}

/// `65536`, `64KiB`, `1MiB`: bytes.
fn size(parser: &mut Parser, option: &str) -> Result<usize, UsageError> {
    let text = parser.value()?;
    let text = text.to_string_lossy();
    let units = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30), ("", 1)];
    let found = units.iter().find_map(|(unit, bytes)| {
        let count: usize = text.strip_suffix(unit)?.trim().parse().ok()?;
        count.checked_mul(*bytes).filter(|bytes| *bytes > 0)
    });
    found.ok_or_else(|| UsageError(std::format!("{option} takes a size such as 1MiB, 64KiB or 65536, not `{text}`")))
}

/// `10s`, `500ms`, `2m`, `10`: a time, in seconds if it has no unit.
fn duration(parser: &mut Parser, option: &str) -> Result<Duration, UsageError> {
    let text = parser.value()?;
    let text = text.to_string_lossy();
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("", 1.0)];
    let found = units.iter().find_map(|(unit, seconds)| {
        let count: f64 = text.strip_suffix(unit)?.trim().parse().ok()?;
        Duration::try_from_secs_f64(count * seconds).ok().filter(|time| !time.is_zero() && time.as_secs() <= MOST)
    });
    found.ok_or_else(|| UsageError(std::format!("{option} takes a time such as 10s, 500ms or 2m, not `{text}`")))
}

/// A day, in seconds: clocks add no time without end.
const MOST: u64 = 24 * 60 * 60;

/// Serves until a signal ends it.
pub(super) fn run(
    networks: &[AnyProgram],
    asked: &Serve,
    out: &mut dyn Write,
    err: &mut dyn Write,
) -> Result<(), Failure> {
    let stored = Stored::open(&asked.weights)?;
    let threads = if asked.threads == 0 { all_threads() } else { asked.threads };
    let predictor = predictor(networks, asked.network.as_deref(), &stored, threads)?;
    let failed = |error: io::Error| {
        Failure::Serving(std::format!(
            "{}: cannot serve here: {error}",
            std::net::SocketAddr::new(asked.host, asked.port)
        ))
    };
    let runtime = Builder::new_multi_thread()
        .worker_threads(WAITING)
        .max_blocking_threads(threads)
        .enable_all()
        .build()
        .map_err(failed)?;
    let stopped = runtime.block_on(async {
        let listener = TcpListener::bind((asked.host, asked.port)).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        // Before anybody hears of it, so that no signal is missed.
        let stop = signals().map_err(failed)?;
        let name = predictor.model().name.clone();
        let told = writeln!(out, "{name} answers at http://{address}/ until Ctrl-C").and_then(|()| out.flush());
        told.map_err(Failure::Output)?;
        if !asked.host.is_loopback() {
            let warning =
                "warning: everyone who reaches this address can ask; there is neither a password nor encryption";
            let _ = writeln!(err, "{warning}");
        }
        let routes = router(predictor, asked.limits);
        serve(listener, routes, asked.limits.time, stop, asked.grace).await.map_err(failed)
    })?;
    end(runtime);
    match stopped {
        Stopped::Gracefully => Ok(()),
        Stopped::Late => Err(Failure::Serving(
            "requests were still under way when the time of grace was over; they were dropped".to_string(),
        )),
    }
}

/// Does not wait for what nobody waits for any more.
fn end(runtime: Runtime) {
    runtime.shutdown_background();
}

/// Ready with the first signal that asks for an end; the second ends the process at once.
#[cfg(unix)]
fn signals() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    Ok(async move {
        tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
        tokio::spawn(async move {
            tokio::select! { _ = interrupt.recv() => {}, _ = terminate.recv() => {} }
            std::process::exit(INTERRUPTED);
        });
    })
}

/// Ready with the first Ctrl-C; the second ends the process at once.
#[cfg(not(unix))]
fn signals() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        let _ = tokio::signal::ctrl_c().await;
        tokio::spawn(async {
            let _ = tokio::signal::ctrl_c().await;
            std::process::exit(INTERRUPTED);
        });
    })
}

/// What a process that a signal ended gives.
const INTERRUPTED: i32 = 130;
