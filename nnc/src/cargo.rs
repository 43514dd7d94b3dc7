//! Runs cargo quietly, and the programs that it makes; knows no cache and no network.

use std::env;
use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, ErrorKind, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

use crate::failure::Failure;

/// What is seen while something takes its time: a spinner on a terminal, else a line. It goes when it is dropped.
pub(crate) struct Wait {
    spinner: Option<ProgressBar>,
}

impl Wait {
    pub(crate) fn new(what: &str) -> Self {
        if !io::stderr().is_terminal() {
            eprintln!("{what}");
            return Self { spinner: None };
        }
        let spinner = ProgressBar::new_spinner().with_message(what.to_owned());
        // The template is ours and right.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
            spinner.set_style(style);
        }
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self { spinner: Some(spinner) }
    }
}

impl Drop for Wait {
    fn drop(&mut self) {
        if let Some(spinner) = &self.spinner {
            spinner.finish_and_clear();
        }
    }
}

/// Compiles the package in `folder`, and says `what` it does; gives the path of its program. What cargo says is only shown if it fails.
pub(crate) fn build(folder: &Path, target: &Path, what: Option<&str>) -> Result<PathBuf, Failure> {
    let log = target.with_extension("log");
    let errors = File::create(&log).map_err(|error| Failure::file(&log, "cannot be written", &error))?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command
        .args(["build", "--release", "--quiet", "--message-format=json-render-diagnostics", "--target-dir"])
        .arg(target)
        // Configuration of the folder where the user stands is not meant for this.
        .current_dir(folder)
        .stdin(Stdio::null())
        .stderr(errors);
    // Flags of the user's own crates would change what is computed.
    for flags in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "CARGO_BUILD_TARGET"] {
        command.env_remove(flags);
    }
    let wait = what.map(Wait::new);
    let done = command.output().map_err(|error| cannot_run(&cargo, &error))?;
    drop(wait);
    if !done.status.success() {
        let said = fs::read_to_string(&log).unwrap_or_default();
        return Err(Failure::Fault(format!(
            "cargo cannot compile the network ({}):\n{}\n\nThe first time, cargo downloads the crates that the runtime needs: that \
             takes a connection.",
            done.status,
            said.trim_end()
        )));
    }
    let messages = done.stdout.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok());
    let made = messages.filter_map(|message: Message| message.executable).next_back();
    made.ok_or_else(|| Failure::Fault("cargo compiled the network and made no program".to_owned()))
}

/// A message of cargo, of which only this counts.
#[derive(Deserialize)]
struct Message {
    executable: Option<PathBuf>,
}

fn cannot_run(cargo: &OsString, error: &io::Error) -> Failure {
    if error.kind() == ErrorKind::NotFound {
        return Failure::Wrong(
            "training and running a network takes cargo, Rust's package manager, and it is not installed\n       \
             https://rustup.rs says how to install it"
                .to_owned(),
        );
    }
    Failure::Wrong(format!("`{}` cannot be run: {error}", cargo.display()))
}

/// Starts a program, and tries again for two seconds if the system says that somebody holds it open for writing: a process that was started while the
/// program was written has it open until it becomes another program.
pub(crate) fn patiently<T>(mut start: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..100 {
        match start() {
            Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => thread::sleep(Duration::from_millis(20)),
            other => return other,
        }
    }
    start()
}

/// Runs a program in the place of this process: signals such as Ctrl-C and the exit code are its own.
#[cfg(unix)]
pub(crate) fn run(program: &Path, arguments: &[OsString]) -> Result<(), Failure> {
    use std::os::unix::process::CommandExt;
    // It speaks for nnc, so it is called so in its messages.
    let exec = || Err(Command::new(program).arg0("nnc").args(arguments).exec());
    patiently(exec).map_err(|error| Failure::file(program, "cannot be run", &error))
}

/// Runs a program and ends with its exit code. Ctrl-C reaches it too; this process waits for it.
#[cfg(not(unix))]
pub(crate) fn run(program: &Path, arguments: &[OsString]) -> Result<(), Failure> {
    // Without a handler, nnc ends at once; then nobody waits for the program, which does the right thing all the same.
    let _ = ctrlc::set_handler(|| {});
    let failed = |error: io::Error| Failure::file(program, "cannot be run", &error);
    let status = patiently(|| Command::new(program).args(arguments).status()).map_err(failed)?;
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => Err(Failure::Said(u8::try_from(code).unwrap_or(crate::failure::FAULT))),
        None => Err(Failure::Fault(format!("the program of the network ended with {status}"))),
    }
}
