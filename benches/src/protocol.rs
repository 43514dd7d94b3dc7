//! The lines that the driver and a contestant, a process of its own, say to each other.
//!
//! | the driver says | the contestant answers |
//! |---|---|
//! | `setup <task> <train or infer> <threads> <folder>` | `ready <library and version> <loss> <loss> …`, or `refuse <why>` |
//! | `go <milliseconds>` | `done <steps> <ns of processor time> <ns on the wall>` |
//! | `quit`, or nothing more | it ends |
//!
//! Times are whole numbers. In the folder lie `<task>.weights.safetensors` and `<task>.data.safetensors`, all of `f32`.

use std::fmt;
use std::time::Duration;

/// What is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// A training step on a batch.
    Train,
    /// A prediction for one example.
    Infer,
}

impl Mode {
    /// The mode of this name.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "train" => Some(Mode::Train),
            "infer" => Some(Mode::Infer),
            _ => None,
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Mode::Train => "train",
            Mode::Infer => "infer",
        })
    }
}

/// What the driver says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// Get ready, and tell the losses of the first steps.
    Setup {
        /// The name of the task.
        task: String,
        /// What will be timed.
        mode: Mode,
        /// How many threads may compute.
        threads: usize,
        /// Where weights and data lie.
        folder: String,
    },
    /// From the initial weights, one step that is not timed; then steps for about so many milliseconds, at least one.
    Go(u64),
    /// End.
    Quit,
}

impl Request {
    /// What a line says, if it says anything.
    pub fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.trim().split_once(' ').unwrap_or((line.trim(), ""));
        match word {
            "setup" => {
                let mut words = rest.splitn(4, ' ');
                let (task, mode) = (words.next()?.to_owned(), Mode::named(words.next()?)?);
                let (threads, folder) = (words.next()?.parse().ok()?, words.next()?.to_owned());
                Some(Request::Setup { task, mode, threads, folder })
            }
            "go" => Some(Request::Go(rest.parse().ok()?)),
            "quit" => Some(Request::Quit),
            _ => None,
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Request::Setup { task, mode, threads, folder } => write!(f, "setup {task} {mode} {threads} {folder}"),
            Request::Go(milliseconds) => write!(f, "go {milliseconds}"),
            Request::Quit => f.write_str("quit"),
        }
    }
}

/// What a contestant answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// It can begin.
    Ready {
        /// The library and its version, without blanks.
        version: String,
        /// The losses of the first steps or examples.
        losses: Vec<f64>,
    },
    /// It cannot do this task.
    Refuse(String),
    /// It has computed.
    Done(Timed),
}

/// Steps, and what they have taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timed {
    /// How many.
    pub steps: u64,
    /// Processor time of all threads.
    pub processor: Duration,
    /// Time on the wall.
    pub wall: Duration,
}

impl Reply {
    /// What a line says, if it says anything.
    pub fn parse(line: &str) -> Option<Self> {
        let (word, rest) = line.trim().split_once(' ')?;
        let mut words = rest.split_whitespace();
        match word {
            "ready" => {
                let version = words.next()?.to_owned();
                let losses = words.map(|word| word.parse().ok()).collect::<Option<_>>()?;
                Some(Reply::Ready { version, losses })
            }
            "refuse" => Some(Reply::Refuse(rest.to_owned())),
            "done" => {
                let mut number = || words.next()?.parse().ok();
                let (steps, processor, wall) = (number()?, number()?, number()?);
                let (processor, wall) = (Duration::from_nanos(processor), Duration::from_nanos(wall));
                (steps > 0).then_some(Reply::Done(Timed { steps, processor, wall }))
            }
            _ => None,
        }
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reply::Ready { version, losses } => {
                write!(f, "ready {version}")?;
                losses.iter().try_for_each(|loss| write!(f, " {loss:.9e}"))
            }
            Reply::Refuse(why) => write!(f, "refuse {why}"),
            Reply::Done(Timed { steps, processor, wall }) => {
                write!(f, "done {steps} {} {}", processor.as_nanos(), wall.as_nanos())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Mode, Reply, Request, Timed};
    use std::time::Duration;

    #[test]
    fn what_is_written_is_read() {
        let folder = "/tmp/a folder".to_owned();
        let requests = [
            Request::Setup { task: "mlp".to_owned(), mode: Mode::Infer, threads: 2, folder },
            Request::Go(40),
            Request::Quit,
        ];
        for request in requests {
            assert_eq!(Request::parse(&request.to_string()), Some(request));
        }
        let timed = Timed { steps: 3, processor: Duration::from_nanos(5), wall: Duration::from_nanos(7) };
        let replies = [
            Reply::Ready { version: "torch-2.15".to_owned(), losses: vec![2.5, 0.25] },
            Reply::Refuse("there is no lstm".to_owned()),
            Reply::Done(timed),
        ];
        for reply in replies {
            assert_eq!(Reply::parse(&reply.to_string()), Some(reply));
        }
    }

    #[test]
    fn what_says_nothing_is_not_read() {
        for line in ["", "go", "go soon", "setup mlp train 2", "setup mlp sing 2 /tmp", "stop"] {
            assert_eq!(Request::parse(line), None, "{line}");
        }
        for line in ["", "ready", "ready torch two", "done 1 2", "done 0 1 1", "done 1 2 x", "warning: slow"] {
            assert_eq!(Reply::parse(line), None, "{line}");
        }
    }
}
