//! What the command line of the tasks can say.

use std::path::PathBuf;

use crate::protocol::Mode;
use crate::rounds::Pace;
use crate::task::{TASKS, Task};

/// How to call it.
pub const USAGE: &str = "\
cargo bench -p nn-benches --bench tasks -- [options]
  --tasks iris,mlp,…      which tasks; all without it
  --modes train,infer     training steps, predictions for one example; both without it
  --threads 1,2           of training steps; 1 without it. Predictions take one
  --rounds N              how often each contestant has its turn; 15 without it
  --milliseconds N        of a turn; 40 without it
  --peers [torch,jax,…]   other libraries as well: torch, jax, burn, candle; all without a list. burn and candle are built first
  --python PATH           the Python that has torch and jax; or NN_PYTHON
  --json PATH             writes all samples
  --markdown PATH         writes the tables, which are printed anyway";

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Which tasks.
    pub tasks: Vec<&'static Task>,
    /// What is timed.
    pub modes: Vec<Mode>,
    /// On how many threads.
    pub threads: Vec<usize>,
    /// How long everything takes.
    pub pace: Pace,
    /// Which libraries beside ours.
    pub peers: Vec<Library>,
    /// The Python that has them.
    pub python: Option<PathBuf>,
    /// Where samples are written.
    pub json: Option<PathBuf>,
    /// Where tables are written.
    pub markdown: Option<PathBuf>,
}

/// A library beside ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// PyTorch, eager and compiled.
    Torch,
    /// JAX, compiled.
    Jax,
    /// burn on its backend `burn-flex`.
    Burn,
    /// candle.
    Candle,
}

/// All libraries by name.
const LIBRARIES: [(&str, Library); 4] =
    [("torch", Library::Torch), ("jax", Library::Jax), ("burn", Library::Burn), ("candle", Library::Candle)];

impl Default for Options {
    fn default() -> Self {
        Options {
            tasks: TASKS.iter().collect(),
            modes: vec![Mode::Train, Mode::Infer],
            threads: vec![1],
            pace: Pace { rounds: 15, milliseconds: 40 },
            peers: Vec::new(),
            python: None,
            json: None,
            markdown: None,
        }
    }
}

impl Options {
    /// What the arguments say.
    ///
    /// # Errors
    /// What is wrong with them, or the usage if that is asked for.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut options = Options::default();
        let mut arguments = arguments.into_iter().peekable();
        while let Some(argument) = arguments.next() {
            let value = arguments.next_if(|next| !next.starts_with("--"));
            let needed = || value.clone().ok_or_else(|| format!("`{argument}` needs a value\n{USAGE}"));
            match argument.as_str() {
                "--tasks" => options.tasks = list(&needed()?, "task", Task::named, USAGE)?,
                "--modes" => options.modes = list(&needed()?, "mode", Mode::named, USAGE)?,
                "--threads" => options.threads = list(&needed()?, "number of threads", positive, USAGE)?,
                "--rounds" => options.pace.rounds = number(&needed()?, USAGE)?,
                "--milliseconds" => options.pace.milliseconds = number(&needed()?, USAGE)? as u64,
                "--peers" => options.peers = peers(value.as_deref())?,
                "--python" => options.python = Some(needed()?.into()),
                "--json" => options.json = Some(needed()?.into()),
                "--markdown" => options.markdown = Some(needed()?.into()),
                // Cargo says so.
                "--bench" if value.is_none() => {}
                "--help" => return Err(USAGE.to_owned()),
                other => return Err(format!("there is no option `{other}`\n{USAGE}")),
            }
        }
        Ok(options)
    }
}

fn peers(value: Option<&str>) -> Result<Vec<Library>, String> {
    let named = |name: &str| LIBRARIES.iter().find(|(known, _)| *known == name).map(|(_, library)| *library);
    match value {
        Some(names) => list(names, "library", named, USAGE),
        None => Ok(LIBRARIES.iter().map(|(_, library)| *library).collect()),
    }
}

/// The values of names between commas.
pub(crate) fn list<T>(
    text: &str,
    what: &str,
    named: impl Fn(&str) -> Option<T>,
    usage: &str,
) -> Result<Vec<T>, String> {
    text.split(',').map(|name| named(name).ok_or_else(|| format!("there is no {what} `{name}`\n{usage}"))).collect()
}

fn positive(text: &str) -> Option<usize> {
    text.parse().ok().filter(|&number| number > 0)
}

/// A whole number of at least 1.
pub(crate) fn number(text: &str, usage: &str) -> Result<usize, String> {
    positive(text).ok_or_else(|| format!("`{text}` is no whole number of at least 1\n{usage}"))
}

#[cfg(test)]
mod tests {
    use super::{Library, Options};
    use crate::protocol::Mode;

    fn parse(line: &str) -> Result<Options, String> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_say_what_is_measured() {
        let options = parse("--tasks lenet,mlp --threads 1,2 --peers --rounds 3 --modes infer --json a.json --bench");
        let options = options.expect("options");
        assert_eq!(options.tasks.iter().map(|task| task.name).collect::<Vec<_>>(), ["lenet", "mlp"]);
        assert_eq!((options.threads, options.modes), (vec![1, 2], vec![Mode::Infer]));
        assert_eq!((options.peers.len(), options.pace.rounds), (4, 3));
        assert_eq!(options.json, Some("a.json".into()));
        assert_eq!(parse("--peers jax,candle").expect("options").peers, [Library::Jax, Library::Candle]);
        assert_eq!(parse("--bench"), Ok(Options::default()));
    }

    #[test]
    fn mistakes_are_told() {
        for (line, message) in [
            ("--tasks vgg", "there is no task `vgg`"),
            ("--rounds 0", "`0` is no whole number"),
            ("--threads", "`--threads` needs a value"),
            ("--peers keras", "there is no library `keras`"),
            ("--fast", "there is no option `--fast`"),
            ("lenet", "there is no option `lenet`"),
        ] {
            assert!(parse(line).expect_err(line).starts_with(message), "{line}");
        }
    }
}
