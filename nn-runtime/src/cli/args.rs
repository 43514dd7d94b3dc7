//! The arguments of the command line; knows the names of the networks, for its messages, and nothing else of them.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::string::{String, ToString};
use std::vec::Vec;

use lexopt::{Arg, Parser, ValueExt};

use super::AnyProgram;
use crate::data::nearest;
use crate::session::{Checkpoints, Every, Format, Overrides};

/// What is to be done.
pub(super) enum Command {
    Help,
    Train(Train),
    LrFind(super::lr_find::LrFind),
    Eval(Eval),
    Predict(Predict),
    #[cfg(feature = "serve")]
    Serve(super::serve::Serve),
    #[cfg_attr(
        not(feature = "images"),
        expect(dead_code, reason = "without the feature the command says that it is missing")
    )]
    Draw(Draw),
}

#[derive(Default)]
pub(super) struct Train {
    pub(super) network: Option<String>,
    pub(super) overrides: Overrides,
    pub(super) output: Option<PathBuf>,
    pub(super) json: bool,
    /// Folds to train on in turn, in place of what the text says; 1: none.
    pub(super) folds: Option<usize>,
    /// The folder is filled in later.
    pub(super) checkpoints: Checkpoints,
    /// The full-screen view.
    pub(super) ui: bool,
    /// The folder of event files.
    pub(super) tensorboard: Option<PathBuf>,
}

#[derive(Default)]
pub(super) struct Eval {
    pub(super) network: Option<String>,
    pub(super) weights: PathBuf,
    pub(super) data: Option<PathBuf>,
    pub(super) threads: usize,
    pub(super) json: bool,
}

#[derive(Default)]
pub(super) struct Predict {
    pub(super) network: Option<String>,
    pub(super) weights: PathBuf,
    /// None: the standard input.
    pub(super) input: Option<PathBuf>,
    /// None: the standard output.
    pub(super) output: Option<PathBuf>,
    pub(super) threads: usize,
    pub(super) json: bool,
    /// None: by the ending of the input.
    pub(super) format: Option<Format>,
    /// Whether rows that are wrong are left out.
    pub(super) skip: bool,
    /// Characters to write instead of reading rows.
    pub(super) sample: Option<usize>,
    pub(super) prompt: Option<String>,
    pub(super) temperature: Option<f64>,
    pub(super) top_k: Option<usize>,
    pub(super) seed: Option<u64>,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Drawing {
    #[default]
    Filters,
    Features,
    Samples,
    Reconstructions,
}

#[derive(Default)]
pub(super) struct Draw {
    pub(super) what: Drawing,
    pub(super) network: Option<String>,
    pub(super) weights: PathBuf,
    pub(super) data: Option<PathBuf>,
    pub(super) output: PathBuf,
    pub(super) row: usize,
    pub(super) entry: Option<String>,
    pub(super) count: Option<usize>,
    pub(super) columns: Option<usize>,
    pub(super) seed: u64,
}

/// Arguments that make no sense.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsageError(pub(super) String);

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<lexopt::Error> for UsageError {
    fn from(error: lexopt::Error) -> Self {
        Self(error.to_string())
    }
}

#[cfg(not(feature = "serve"))]
const COMMANDS: [&str; 5] = ["train", "lr-find", "eval", "predict", "draw"];
#[cfg(feature = "serve")]
const COMMANDS: [&str; 6] = ["train", "lr-find", "eval", "predict", "draw", "serve"];

/// What `--help` says of the command `serve`.
#[cfg(not(feature = "serve"))]
const SERVE: &str = "";
#[cfg(feature = "serve")]
const SERVE: &str = "
{program} serve --weights FILE
                     answers JSON over HTTP, and has a page to try it by hand
    --host ADDRESS, --port N
                     where it listens (127.0.0.1, 8080)
    --max-body SIZE, --max-rows N
                     the most that a request has (1MiB, 10000)
    --timeout TIME   in which a request must have come and been answered (10s)
    --concurrency N  requests under way at once (64)
    --grace TIME     for requests under way when Ctrl-C or SIGTERM ends it (10s)
    --network NAME, --threads N
";

/// The text of `--help`.
pub(super) fn help(program: &str, networks: &[AnyProgram]) -> String {
    let names: Vec<&str> = networks.iter().map(|network| network.name()).collect();
    std::format!(
        "\
Networks: {}

{program} train      trains a network as its text says
    --network NAME   which one, if several have a train section
    --data CSV       the data, in place of the text's
    --seed N, --epochs N, --batch N, --lr X
                     in place of the text's
    --threads N      all that the machine has, unless given; the result is the same
    -o, --output DIR where weights.safetensors, the report and the curves go (out/NAME)
    --folds K        trains K times, each time on all but one of K folds, and says how far the figures are apart;
                     1 trains once, on all of them (what the text says)
    --from FILE      begins with these weights (what the text says)
    --resume         goes on from the newest good checkpoint in DIR/checkpoints; without one it begins
    --checkpoint-every N
                     writes one every N steps, or every 5min, 30s or 1h (after an epoch, once a minute)
    --keep K         keeps the K newest of them
    --max-steps N, --max-time TIME
                     ends it after N steps, or after 30s, 5min or 1h
    --json           prints the report instead of a summary
    --inspect        looks into the layers after each epoch, for report.html
    --tensorboard DIR
                     writes an event file for TensorBoard there
    --ui             shows the training on the whole screen, if the program was built for it

{program} lr-find    tries learning rates on the training rows, and says where the loss falls
    --from X, --to X the first and the last rate (1e-7, 10)
    --steps N        how many are tried (100)
    -o, --output DIR where lr-find.json and lr-find.svg go (out/NAME)
    --json           prints what lr-find.json has
    --network NAME, --data CSV, --seed N, --batch N, --threads N

{program} eval --weights FILE
                     loss and metrics of trained weights on all rows
    --data CSV       the data, in place of the text's
    --network NAME, --threads N, --json

{program} predict --weights FILE
                     the rows of a file and what the network says to each
    --input FILE     raw rows, with or without the targets, perhaps packed with gzip; - is the standard input (-)
    --format csv|jsonl
                     rows of CSV or lines of JSON, if the ending of the input does not say it
    --on-error stop|skip
                     skip leaves out rows that are wrong, and tells which (stop)
    --output FILE    where they go; - is the standard output (-)
    --json           one JSON object for each row, as an output that ends in .jsonl has
    --network NAME, --threads N

{program} predict --weights FILE --sample N
                     N characters, written on by a network that was trained on a text
    --prompt TEXT    what they are written behind
    --temperature X  1 is what the network says, less is more certain, 0 takes the most likely (1)
    --top-k K        only the K most likely can be chosen
    --seed N         same seed, same text (0)

{program} draw filters|features|samples|reconstructions --weights FILE -o PNG
                     the filters of the first layer; what each layer makes of a row; what comes of random
                     inputs; rows with what the network makes of them
    --data PATH      for features and reconstructions, in place of the text's
    --row N          whose features, counted from 0 (0)
    --entry NAME     a further function of the network, for samples
    --count N        samples or rows (64, 16)
    --columns N      pictures side by side (8)
    --seed N         of the samples (0)
{}",
        names.join(", "),
        SERVE.replace("{program}", program)
    )
}

/// Reads the arguments behind the name of the program.
pub(super) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut parser = Parser::from_args(arguments);
    match parser.next()? {
        Some(Arg::Short('h') | Arg::Long("help")) => Ok(Command::Help),
        Some(Arg::Value(word)) => match word.to_string_lossy().as_ref() {
            "train" => train(parser),
            "lr-find" => super::lr_find::parse(parser),
            "eval" => eval(parser),
            "predict" => predict(parser),
            #[cfg(feature = "serve")]
            "serve" => super::serve::parse(parser),
            "draw" => draw(parser),
            "help" => Ok(Command::Help),
            other => Err(unknown("command", other, &COMMANDS)),
        },
        Some(other) => Err(other.unexpected().into()),
        None => {
            let [before @ .., last] = COMMANDS;
            Err(UsageError(std::format!("a command is missing: {} or {last}", before.join(", "))))
        }
    }
}

fn train(mut parser: Parser) -> Result<Command, UsageError> {
    let mut train = Train::default();
    while let Some(argument) = parser.next()? {
        let overrides = &mut train.overrides;
        match argument {
            Arg::Long("network") => train.network = Some(parser.value()?.string()?),
            Arg::Long("data") => overrides.data = Some(parser.value()?.into()),
            Arg::Long("seed") => overrides.seed = Some(number(&mut parser, "--seed", "a whole number")?),
            Arg::Long("epochs") => overrides.epochs = Some(count(&mut parser, "--epochs")?),
            Arg::Long("batch") => overrides.batch = Some(count(&mut parser, "--batch")?),
            Arg::Long("threads") => overrides.threads = Some(count(&mut parser, "--threads")?),
            Arg::Long("lr") => overrides.lr = Some(rate(&mut parser)?),
            Arg::Short('o') | Arg::Long("output") => train.output = Some(parser.value()?.into()),
            Arg::Long("json") => train.json = true,
            Arg::Long("folds") => train.folds = Some(count(&mut parser, "--folds")?),
            Arg::Long("from") => overrides.origin = Some(parser.value()?.into()),
            Arg::Long("resume") => train.checkpoints.resume = true,
            Arg::Long("checkpoint-every") => train.checkpoints.every = Some(every(&mut parser)?),
            Arg::Long("keep") => train.checkpoints.keep = Some(count(&mut parser, "--keep")?),
            Arg::Long("max-steps") => overrides.limit.steps = Some(count(&mut parser, "--max-steps")? as u64),
            Arg::Long("max-time") => overrides.limit.seconds = Some(time(&mut parser)?),
            Arg::Long("ui") => train.ui = true,
            Arg::Long("inspect") => overrides.inspect = true,
            Arg::Long("tensorboard") => train.tensorboard = Some(parser.value()?.into()),
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            other => return Err(unexpected(&other, &TRAIN)),
        }
    }
    Ok(Command::Train(train))
}

const TRAIN: [&str; 19] = [
    "max-steps",
    "max-time",
    "folds",
    "from",
    "network",
    "data",
    "seed",
    "epochs",
    "batch",
    "lr",
    "threads",
    "output",
    "json",
    "resume",
    "checkpoint-every",
    "keep",
    "ui",
    "tensorboard",
    "inspect",
];

/// `500` steps, `5min`, `30s`, `1h`.
fn every(parser: &mut Parser) -> Result<Every, UsageError> {
    let text = parser.value()?.string()?;
    let wrong = || {
        UsageError(std::format!(
            "--checkpoint-every takes a number of steps such as 500, or a time such as 5min, 30s or 1h, not {text:?}"
        ))
    };
    if let Ok(steps) = text.parse() {
        return Some(steps).filter(|steps| *steps > 0).map(Every::Steps).ok_or_else(wrong);
    }
    seconds(&text).map(|seconds| Every::Minutes(seconds / 60.0)).ok_or_else(wrong)
}

/// `5min`, `30s`, `1h`.
fn time(parser: &mut Parser) -> Result<f64, UsageError> {
    let text = parser.value()?.string()?;
    let wrong = || UsageError(std::format!("--max-time takes a time such as 5min, 30s or 1h, not {text:?}"));
    seconds(&text).ok_or_else(wrong)
}

/// A time with its unit, in seconds.
fn seconds(text: &str) -> Option<f64> {
    let end = text.find(|letter: char| !(letter.is_ascii_digit() || letter == '.'))?;
    let (number, unit) = text.split_at(end);
    let unit = [("s", 1.0), ("min", 60.0), ("h", 3600.0)].into_iter().find(|(name, _)| *name == unit)?.1;
    number.parse().ok().map(|number: f64| number * unit).filter(|seconds| *seconds > 0.0 && seconds.is_finite())
}

fn eval(mut parser: Parser) -> Result<Command, UsageError> {
    let mut eval = Eval::default();
    let mut weights = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("network") => eval.network = Some(parser.value()?.string()?),
            Arg::Long("weights") => weights = Some(parser.value()?.into()),
            Arg::Long("data") => eval.data = Some(parser.value()?.into()),
            Arg::Long("threads") => eval.threads = count(&mut parser, "--threads")?,
            Arg::Long("json") => eval.json = true,
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            other => return Err(unexpected(&other, &["network", "weights", "data", "threads", "json"])),
        }
    }
    eval.weights = weights.ok_or_else(|| UsageError("eval needs --weights FILE".into()))?;
    Ok(Command::Eval(eval))
}

fn predict(mut parser: Parser) -> Result<Command, UsageError> {
    let mut predict = Predict::default();
    let mut weights = None;
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Long("network") => predict.network = Some(parser.value()?.string()?),
            Arg::Long("weights") => weights = Some(parser.value()?.into()),
            Arg::Long("input") => predict.input = stream(parser.value()?),
            Arg::Long("output") | Arg::Short('o') => predict.output = stream(parser.value()?),
            Arg::Long("threads") => predict.threads = count(&mut parser, "--threads")?,
            Arg::Long("json") => predict.json = true,
            Arg::Long("format") => {
                let words = [("csv", Format::Csv), ("jsonl", Format::JsonLines)];
                predict.format = Some(word(&mut parser, "--format", words)?);
            }
            Arg::Long("on-error") => {
                predict.skip = word(&mut parser, "--on-error", [("stop", false), ("skip", true)])?;
            }
            Arg::Long("sample") => predict.sample = Some(count(&mut parser, "--sample")?),
            Arg::Long("prompt") => predict.prompt = Some(parser.value()?.string()?),
            Arg::Long("temperature") => predict.temperature = Some(temperature(&mut parser)?),
            Arg::Long("top-k") => predict.top_k = Some(count(&mut parser, "--top-k")?),
            Arg::Long("seed") => predict.seed = Some(number(&mut parser, "--seed", "a whole number")?),
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            other => return Err(unexpected(&other, &PREDICT)),
        }
    }
    predict.weights = weights.ok_or_else(|| UsageError("predict needs --weights FILE".into()))?;
    let alone = [
        ("--prompt", predict.prompt.is_some()),
        ("--temperature", predict.temperature.is_some()),
        ("--top-k", predict.top_k.is_some()),
        ("--seed", predict.seed.is_some()),
    ];
    match alone.into_iter().find(|(_, given)| *given && predict.sample.is_none()) {
        Some((option, _)) => {
            return Err(UsageError(std::format!("{option} needs --sample N, the characters to write")));
        }
        None if predict.sample.is_some() && predict.input.is_some() => {
            return Err(UsageError("--sample writes behind --prompt and reads no --input".into()));
        }
        None => {}
    }
    Ok(Command::Predict(predict))
}

const PREDICT: [&str; 13] = [
    "network",
    "weights",
    "input",
    "format",
    "on-error",
    "output",
    "threads",
    "json",
    "sample",
    "prompt",
    "temperature",
    "top-k",
    "seed",
];

fn draw(mut parser: Parser) -> Result<Command, UsageError> {
    const KINDS: [(&str, Drawing); 4] = [
        ("filters", Drawing::Filters),
        ("features", Drawing::Features),
        ("samples", Drawing::Samples),
        ("reconstructions", Drawing::Reconstructions),
    ];
    let mut draw = Draw::default();
    let (mut what, mut weights, mut output) = (None, None, None);
    while let Some(argument) = parser.next()? {
        match argument {
            Arg::Value(word) if what.is_none() => {
                let word = word.to_string_lossy().into_owned();
                let known = KINDS.iter().find(|(name, _)| *name == word);
                what = Some(known.ok_or_else(|| unknown("picture", &word, &KINDS.map(|(name, _)| name)))?.1);
            }
            Arg::Long("network") => draw.network = Some(parser.value()?.string()?),
            Arg::Long("weights") => weights = Some(parser.value()?.into()),
            Arg::Long("data") => draw.data = Some(parser.value()?.into()),
            Arg::Short('o') | Arg::Long("output") => output = Some(parser.value()?.into()),
            Arg::Long("row") => draw.row = number(&mut parser, "--row", "a whole number")?,
            Arg::Long("entry") => draw.entry = Some(parser.value()?.string()?),
            Arg::Long("count") => draw.count = Some(count(&mut parser, "--count")?),
            Arg::Long("columns") => draw.columns = Some(count(&mut parser, "--columns")?),
            Arg::Long("seed") => draw.seed = number(&mut parser, "--seed", "a whole number")?,
            Arg::Short('h') | Arg::Long("help") => return Ok(Command::Help),
            other => return Err(unexpected(&other, &DRAW)),
        }
    }
    let missing = |what: &str| UsageError(std::format!("draw needs {what}"));
    draw.what = what.ok_or_else(|| missing("filters, features, samples or reconstructions"))?;
    draw.weights = weights.ok_or_else(|| missing("--weights FILE"))?;
    draw.output = output.ok_or_else(|| missing("-o PNG"))?;
    Ok(Command::Draw(draw))
}

const DRAW: [&str; 9] = ["network", "weights", "data", "output", "row", "entry", "count", "columns", "seed"];

/// `-` is the stream of the process.
fn stream(path: OsString) -> Option<PathBuf> {
    (path != "-").then(|| path.into())
}

pub(super) fn number<N: FromStr>(parser: &mut Parser, option: &str, what: &str) -> Result<N, UsageError> {
    let text = parser.value()?;
    let text = text.to_string_lossy();
    text.parse().map_err(|_| UsageError(std::format!("{option} takes {what}, not `{text}`")))
}

pub(super) fn count(parser: &mut Parser, option: &str) -> Result<usize, UsageError> {
    match number(parser, option, "a whole number from 1 on")? {
        0 => Err(UsageError(std::format!("{option} takes a whole number from 1 on, not `0`"))),
        count => Ok(count),
    }
}

/// One of two words.
fn word<V>(parser: &mut Parser, option: &str, words: [(&str, V); 2]) -> Result<V, UsageError> {
    let text = parser.value()?;
    let text = text.to_string_lossy();
    let [first, second] = [words[0].0, words[1].0];
    let found = words.into_iter().find(|(word, _)| *word == text).map(|(_, value)| value);
    found.ok_or_else(|| UsageError(std::format!("{option} takes {first} or {second}, not `{text}`")))
}

fn temperature(parser: &mut Parser) -> Result<f64, UsageError> {
    match number(parser, "--temperature", "a number from 0 on")? {
        x if x >= 0.0 && f64::is_finite(x) => Ok(x),
        x => Err(UsageError(std::format!("--temperature takes a number from 0 on, not `{x}`"))),
    }
}

fn rate(parser: &mut Parser) -> Result<f64, UsageError> {
    match number(parser, "--lr", "a positive number")? {
        rate if rate > 0.0 && f64::is_finite(rate) => Ok(rate),
        rate => Err(UsageError(std::format!("--lr takes a positive number, not `{rate}`"))),
    }
}

pub(super) fn unexpected(argument: &Arg<'_>, known: &[&str]) -> UsageError {
    match argument {
        Arg::Long(name) => unknown(
            "option",
            &std::format!("--{name}"),
            &known.iter().map(|k| std::format!("--{k}")).collect::<Vec<_>>(),
        ),
        Arg::Short(name) => UsageError(std::format!("there is no option `-{name}`")),
        Arg::Value(value) => UsageError(std::format!("unexpected argument `{}`", value.to_string_lossy())),
    }
}

/// `there is no network `Iri`; did you mean `Iris`? (there are …)`
pub(super) fn unknown(what: &str, name: &str, known: &[impl AsRef<str>]) -> UsageError {
    let known: Vec<String> = known.iter().map(|name| name.as_ref().to_string()).collect();
    let near = nearest(name, &known).map_or_else(String::new, |near| std::format!("; did you mean `{near}`?"));
    UsageError(std::format!("there is no {what} `{name}`{near} (there are {})", known.join(", ")))
}
