//! Why a command did not end well, and with which code; knows nothing of any command.

use std::io::{self, ErrorKind, Write};
use std::path::Path;

use crate::mistakes::Mistakes;
use crate::render;

/// The exit codes.
pub(crate) const GOOD: u8 = 0;
/// The text or the data is wrong.
pub(crate) const WRONG: u8 = 1;
/// The arguments make no sense.
pub(crate) const USAGE: u8 = 2;
/// It is the fault of nnc.
pub(crate) const FAULT: u8 = 3;

/// Why a command did not end well.
#[derive(Debug)]
pub(crate) enum Failure {
    /// Mistakes of texts.
    Mistakes(Vec<Mistakes>),
    /// The files or the machine are not as they have to be.
    Wrong(String),
    /// The arguments make no sense.
    Usage(String),
    /// It is the fault of nnc.
    Fault(String),
    /// The output cannot be written.
    Output(io::Error),
    /// Everything is said; this is the code.
    Said(u8),
}

impl Failure {
    /// That a file or folder cannot be worked with: `iris.nn: cannot be read: No such file or directory (os error 2)`.
    pub(crate) fn file(path: &Path, what: &str, error: &io::Error) -> Self {
        Self::Wrong(format!("{}: {what}: {error}", path.display()))
    }

    /// Says it on the standard error; the exit code.
    pub(crate) fn report(self) -> u8 {
        let mut err = io::stderr().lock();
        // If even the standard error is gone, the exit code still tells.
        match self {
            Self::Mistakes(files) => {
                let _ = err.write_all(render::files(&files, render::colours()).as_bytes());
                WRONG
            }
            Self::Wrong(text) => {
                let _ = writeln!(err, "error: {text}");
                WRONG
            }
            Self::Usage(text) => {
                let _ = writeln!(err, "error: {text}");
                USAGE
            }
            Self::Fault(text) => {
                let _ = writeln!(err, "error: {text}\n{}", ours());
                FAULT
            }
            // Who reads our output has seen enough.
            Self::Output(error) if error.kind() == ErrorKind::BrokenPipe => GOOD,
            Self::Output(error) => {
                let _ = writeln!(err, "error: the output cannot be written: {error}");
                WRONG
            }
            Self::Said(code) => code,
        }
    }
}

impl From<Mistakes> for Failure {
    fn from(mistakes: Mistakes) -> Self {
        Self::Mistakes(vec![mistakes])
    }
}

/// Writing to the standard output is the only thing that `?` takes an error of the system from.
impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What to do about a fault of nnc.
pub(crate) fn ours() -> String {
    format!("This is a fault of nnc {}, not of your text: please report it, with the text.", env!("CARGO_PKG_VERSION"))
}
