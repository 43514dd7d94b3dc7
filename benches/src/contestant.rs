//! A contestant as the driver sees it: a process of its own that answers lines.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::protocol::{Reply, Request, Timed};
use crate::rounds::Player;
use crate::serve::Order;

/// How to start a contestant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name in the report.
    pub name: String,
    /// The program.
    pub program: PathBuf,
    /// What the program is told.
    pub arguments: Vec<String>,
}

/// A contestant that is ready, and waits while others have their turn.
#[derive(Debug)]
pub struct Contestant {
    /// Its name in the report.
    pub name: String,
    /// The library and its version.
    pub version: String,
    /// Its first losses.
    pub losses: Vec<f64>,
    process: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    log: PathBuf,
}

impl Contestant {
    /// Starts one and waits until it is ready; it runs on the processors that this thread may run on.
    ///
    /// # Errors
    /// Why it cannot take part.
    pub fn start(entry: &Entry, order: &Order) -> Result<Self, String> {
        let log = Path::new(&order.folder).join(format!("{}.log", entry.name));
        let unable = |error: io::Error| format!("cannot start {}: {error}", entry.program.display());
        let mut process =
            command(entry, order.threads, &log).and_then(|mut command| command.spawn()).map_err(unable)?;
        let input = process.stdin.take().expect("standard input is a pipe");
        let output = BufReader::new(process.stdout.take().expect("standard output is a pipe"));
        let (version, losses) = (String::new(), Vec::new());
        let mut contestant = Contestant { name: entry.name.clone(), version, losses, process, input, output, log };
        let Order { task, mode, threads, folder } = order.clone();
        match contestant.ask(&Request::Setup { task, mode, threads, folder }) {
            Ok(Reply::Ready { version, losses }) => {
                (contestant.version, contestant.losses) = (version, losses);
                Ok(contestant)
            }
            Ok(Reply::Refuse(why)) => Err(why),
            Ok(other) => Err(format!("it answers `{other}`")),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Says something, and waits for the answer. Lines that are none, as libraries print them, are passed over.
    fn ask(&mut self, request: &Request) -> io::Result<Reply> {
        writeln!(self.input, "{request}").and_then(|()| self.input.flush()).map_err(|_| self.ended())?;
        let mut line = String::new();
        while self.output.read_line(&mut line)? > 0 {
            if let Some(reply) = Reply::parse(&line) {
                return Ok(reply);
            }
            line.clear();
        }
        Err(self.ended())
    }

    /// The last it has said.
    fn ended(&self) -> io::Error {
        let log = fs::read_to_string(&self.log).unwrap_or_default();
        let last = log.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
        io::Error::other(format!("{} has ended: {last}", self.name))
    }
}

impl Player for Contestant {
    fn go(&mut self, milliseconds: u64) -> io::Result<Timed> {
        match self.ask(&Request::Go(milliseconds))? {
            Reply::Done(timed) => Ok(timed),
            other => Err(io::Error::other(format!("{} answers `{other}`", self.name))),
        }
    }
}

impl Drop for Contestant {
    fn drop(&mut self) {
        // If it has ended already, nobody reads this; then there is nothing to end.
        let told = writeln!(self.input, "{}", Request::Quit).and_then(|()| self.input.flush());
        if told.is_err() || self.process.wait().is_err() {
            let _ = self.process.kill();
        }
    }
}

/// The process, with every library told how many threads there are.
fn command(entry: &Entry, threads: usize, log: &Path) -> io::Result<Command> {
    let count = threads.to_string();
    let mut command = Command::new(&entry.program);
    command.args(&entry.arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(File::create(log)?);
    for name in ["OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS", "NN_THREADS"] {
        command.env(name, &count);
    }
    Ok(command)
}
