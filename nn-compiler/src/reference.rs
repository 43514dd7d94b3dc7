//! Everything that a text can name, as one Markdown page made of the signatures; knows no particular layer and writes no file.

use crate::init::Init;
use crate::layers::initialisers::INITIALISERS;
use crate::layers::{LAYERS, Role};
use crate::recipe::losses::{LOSSES, LossEntry, Needs};
use crate::recipe::metrics::{METRICS, MetricEntry, Targets};
use crate::recipe::optimizers::{OPTIMIZERS, OptimizerEntry};
use crate::recipe::schedules::SCHEDULES;
use crate::signature::{Edge, Param, Preset, Signature};

/// Named things of one sort.
struct Section {
    title: &'static str,
    intro: &'static str,
    /// What the table says beside the calls and their documentation.
    headings: &'static [&'static str],
    entries: Vec<Entry>,
}

/// One named thing: its signature, and its cells below [`Section::headings`].
struct Entry {
    signature: &'static Signature,
    cells: Vec<String>,
}

const INTRO: &str = "# What a text can name

Made of the signatures that the compiler checks arguments against; a test keeps it current. How to write a text is in
[language.md](language.md).

Positional arguments come in the order of the call, and each argument can be named. Behind `=` stands the default; an argument
without one must be stated.
";

/// The page: layers, activations, initialisers, losses, optimizers, schedules and metrics, in the order of their tables.
pub fn markdown() -> String {
    let sections = sections().iter().map(|each| format!("\n{}", section(each))).collect::<String>();
    format!("{INTRO}{sections}")
}

fn sections() -> Vec<Section> {
    let layers = |activations: bool| {
        let wanted = LAYERS
            .iter()
            .filter(move |layer| matches!(layer.role, Role::Activation | Role::Head(_)) == activations)
            .map(|layer| &layer.signature);
        plain(wanted)
    };
    vec![
        Section {
            title: "Layers",
            intro: "The stages of a chain, beside blocks, `residual < … >`, `repeat(n) < … >` and activations.",
            headings: &[],
            entries: layers(false),
        },
        Section {
            title: "Activations",
            intro: "Stages that keep the shape; each can also be the value of an argument `activation`.",
            headings: &[],
            entries: layers(true),
        },
        Section {
            title: "Initialisers",
            intro: "The values of `init` and `bias_init`. Fan in is the product of all axes of a tensor but the last, fan out the product of all but the last but one: for a kernel `[window.., in, out]`, both are multiplied with the extent of the window.",
            headings: &[],
            entries: plain(INITIALISERS.iter().map(|entry| &entry.signature)),
        },
        Section {
            title: "Losses",
            intro: "What stands behind `minimize`; `y` is the output, `t` the target.",
            headings: &["the network ends in", "class ids as targets"],
            entries: LOSSES.iter().map(loss).collect(),
        },
        Section {
            title: "Optimizers",
            intro: "What stands behind `with`; `w` is a parameter, `g` its gradient. `…` are the arguments that all have.",
            headings: &["remembers for each parameter"],
            entries: OPTIMIZERS.iter().map(optimizer).collect(),
        },
        Section {
            title: "Schedules",
            intro: "A learning rate over time: the value of `lr`.",
            headings: &[],
            entries: plain(SCHEDULES.iter().map(|entry| &entry.signature)),
        },
        Section {
            title: "Metrics",
            intro: "What stands behind `metric`.",
            headings: &["compares"],
            entries: METRICS.iter().map(metric).collect(),
        },
    ]
}

fn plain(signatures: impl Iterator<Item = &'static Signature>) -> Vec<Entry> {
    signatures.map(|signature| Entry { signature, cells: Vec::new() }).collect()
}

fn loss(entry: &'static LossEntry) -> Entry {
    let ends = match entry.needs {
        Needs::Nothing => "anything",
        Needs::NoLogarithm => "anything but `log_softmax`",
        Needs::Distribution => "`softmax` or `log_softmax`",
    };
    let classes = if entry.classes { "yes" } else { "no" };
    Entry { signature: &entry.signature, cells: vec![ends.to_owned(), classes.to_owned()] }
}

fn optimizer(entry: &'static OptimizerEntry) -> Entry {
    let mut remembers = crate::words::count(entry.slots, "value");
    if entry.extra > 0 {
        remembers += &format!(", and {} for all", entry.extra);
    }
    Entry { signature: &entry.signature, cells: vec![remembers] }
}

fn metric(entry: &'static MetricEntry) -> Entry {
    let compares = match entry.targets {
        Targets::Classes => "classes",
        Targets::Numbers => "numbers",
    };
    Entry { signature: &entry.signature, cells: vec![compares.to_owned()] }
}

/// A heading, a table of calls, and a table of their arguments if there are any.
fn section(section: &Section) -> String {
    let arguments = arguments(&section.entries);
    let common: Vec<&Param> = arguments
        .iter()
        .filter(|argument| argument.is_common(&section.entries))
        .map(|argument| argument.param)
        .collect();
    let mut text = format!("## {}\n\n{}\n\n", section.title, section.intro);
    let mut headings = vec!["call", "what it is"];
    headings.extend(section.headings);
    text += &row(&headings);
    text += &rule(headings.len());
    for Entry { signature, cells } in &section.entries {
        let (call, doc) = (format!("`{}`", call(signature, &common)), escaped(signature.doc));
        let mut line = vec![call.as_str(), doc.as_str()];
        line.extend(cells.iter().map(String::as_str));
        text += &row(&line);
    }
    if !arguments.is_empty() {
        text += "\n";
        text += &row(&["argument", "of", "takes", "default", "meaning"]);
        text += &rule(5);
        for argument in &arguments {
            text += &argument.row(section.entries.len());
        }
    }
    text
}

/// A parameter, and which signatures have it just so.
struct Argument {
    param: &'static Param,
    owners: Vec<String>,
    /// Whether all of them have the same default.
    one_default: bool,
}

impl Argument {
    /// Whether calls need not show it: all entries have it, with the same default.
    fn is_common(&self, entries: &[Entry]) -> bool {
        entries.len() > 1 && self.owners.len() == entries.len() && self.one_default && self.param.default.is_some()
    }

    fn row(&self, entries: usize) -> String {
        let Self { param, owners, one_default } = self;
        let name = format!("`{}`", param.name);
        let of = if owners.len() == entries && entries > 1 { "all".to_owned() } else { owners.join(", ") };
        let default = match param.default {
            None => "must be stated".to_owned(),
            Some(default) if *one_default && preset(default) == NONE => NONE.to_owned(),
            Some(default) if *one_default => format!("`{}`", preset(default)),
            Some(_) => "see the call".to_owned(),
        };
        row(&[&name, &of, &escaped(&param.kind.words()), &default, &escaped(param.doc)])
    }
}

/// The parameters of all entries; those that differ in nothing but their defaults, which the calls show, are one.
fn arguments(entries: &[Entry]) -> Vec<Argument> {
    let mut arguments: Vec<Argument> = Vec::new();
    for signature in entries.iter().map(|entry| entry.signature) {
        for param in signature.params {
            let owner = format!("`{}`", signature.name);
            let same = |known: &&mut Argument| {
                let known = known.param;
                (known.name, known.kind, known.doc) == (param.name, param.kind, param.doc)
            };
            match arguments.iter_mut().find(same) {
                Some(known) => {
                    known.owners.push(owner);
                    known.one_default &= known.param.default == param.default;
                }
                None => arguments.push(Argument { param, owners: vec![owner], one_default: true }),
            }
        }
    }
    arguments
}

fn row(cells: &[&str]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

fn rule(columns: usize) -> String {
    format!("|{}\n", "---|".repeat(columns))
}

/// Text for a cell of a table, where `|` is a border unless a backslash stands before it.
fn escaped(text: &str) -> String {
    text.replace('|', "\\|")
}

/// `elu(alpha = 1)`: the parameters in their order, with their defaults; `…` for those that all calls have in common.
fn call(signature: &Signature, common: &[&Param]) -> String {
    if signature.params.is_empty() {
        return signature.name.to_owned();
    }
    let is_common = |param: &&Param| common.iter().any(|other| other.name == param.name);
    let param = |param: &Param| match param.default {
        None => param.name.to_owned(),
        Some(default) => format!("{} = {}", param.name, preset(default)),
    };
    let mut params: Vec<String> = signature.params.iter().filter(|each| !is_common(each)).map(param).collect();
    if params.len() < signature.params.len() {
        params.push("…".to_owned());
    }
    format!("{}({})", signature.name, params.join(", "))
}

/// A default that no text can state.
const NONE: &str = "none";

fn preset(preset: Preset) -> String {
    match preset {
        Preset::Real(x) => number(x),
        Preset::NoReals => NONE.to_owned(),
        Preset::Bool(on) => on.to_string(),
        Preset::Choice(word) => word.to_owned(),
        Preset::Linear => "linear".to_owned(),
        Preset::Init(value) => init(value),
        Preset::Rate(lr) => number(lr),
        Preset::Text(text) => format!("\"{text}\""),
        Preset::Dim(n) | Preset::Size(n) => n.to_string(),
        Preset::Whole(n) => n.to_string(),
        Preset::NoSizes => NONE.to_owned(),
        Preset::Padding(Edge::Same) => "same".to_owned(),
        Preset::Padding(Edge::Valid) => "valid".to_owned(),
        Preset::Axis(axis) => axis.to_string(),
        Preset::AllAxes => "all".to_owned(),
    }
}

/// The shortest decimal form; an infinite limit is none.
fn number(x: f64) -> String {
    if x.is_infinite() {
        return NONE.to_owned();
    }
    let text = format!("{x:?}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn init(init: Init) -> String {
    let two = |name: &str, a: f64, b: f64| format!("{name}({}, {})", number(a), number(b));
    match init {
        Init::Zeros => "zeros".to_owned(),
        Init::Ones => "ones".to_owned(),
        Init::Constant(value) => format!("constant({})", number(value)),
        Init::Uniform { low, high } => two("uniform", low, high),
        Init::Normal { mean, std } => two("normal", mean, std),
        Init::TruncatedNormal { mean, std } => two("truncated_normal", mean, std),
        Init::GlorotUniform => "glorot_uniform".to_owned(),
        Init::GlorotNormal => "glorot_normal".to_owned(),
        Init::HeUniform => "he_uniform".to_owned(),
        Init::HeNormal => "he_normal".to_owned(),
        Init::LecunUniform => "lecun_uniform".to_owned(),
        Init::LecunNormal => "lecun_normal".to_owned(),
        Init::Orthogonal { gain } => format!("orthogonal({})", number(gain)),
    }
}
