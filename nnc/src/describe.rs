//! Arguments, tensors and train sections in the words of the language, with everything that a text leaves out; knows the model.

use nn_compiler::init::Init;
use nn_compiler::recipe::{
    Arrays, Checkpointing, Columns, Control, Csv, Data, EarlyStop, Ema, Encoding, Field, Grouping, Monitor, Origin,
    Phase, Plateau, Recipe, Source, Split, Swa, Text,
};
use nn_compiler::signature::{Args, Decay, Edge, Padding, Schedule, Value};
use serde::Serialize;

use crate::words;

/// One argument of a use, or one setting of a train section.
#[derive(Debug, Serialize)]
pub(crate) struct Argument {
    /// The name of its parameter, or of the setting.
    pub(crate) name: String,
    /// As the text would say it.
    pub(crate) value: String,
    /// Whether the text leaves it out.
    pub(crate) default: bool,
}

/// All arguments of a use.
pub(crate) fn arguments(args: &Args) -> Vec<Argument> {
    let pairs = args.signature.params.iter().zip(&args.values);
    pairs
        .map(|(param, argument)| Argument {
            name: param.name.to_owned(),
            value: value(&argument.value),
            default: argument.span.is_none(),
        })
        .collect()
}

/// A use with all its arguments: `adam(lr = 0.01, beta1 = 0.9)`.
fn call(args: &Args) -> String {
    // A word that is not stated names nothing.
    let said = arguments(args).into_iter().filter(|one| one.value != "\"\"");
    let list: Vec<String> = said.map(|one| format!("{} = {}", one.name, one.value)).collect();
    if list.is_empty() {
        args.signature.name.to_owned()
    } else {
        format!("{}({})", args.signature.name, list.join(", "))
    }
}

fn value(value: &Value) -> String {
    match value {
        Value::Dim(n) => n.to_string(),
        Value::Dims(dims) => joined(dims),
        Value::Whole(n) => n.to_string(),
        Value::Flow(None, width) => width.to_string(),
        Value::Flow(Some(from), to) => format!("{from}->{to}"),
        Value::Real(x) => real(*x),
        Value::Reals(list) if list.is_empty() => "none".to_owned(),
        Value::Reals(list) => format!("[{}]", list.iter().map(|x| real(*x)).collect::<Vec<_>>().join(", ")),
        Value::Bool(on) => on.to_string(),
        Value::Choice(word) => (*word).to_owned(),
        Value::Activation(None) => "linear".to_owned(),
        Value::Activation(Some(args)) => call(args),
        Value::Init(init) => self::init(*init),
        Value::Schedule(schedule) => self::schedule(schedule),
        Value::Text(text) => format!("{text:?}"),
        Value::Sizes(sizes) => listed(sizes, "none"),
        Value::Padding(Padding::Edge(Edge::Same)) => "same".to_owned(),
        Value::Padding(Padding::Edge(Edge::Valid)) => "valid".to_owned(),
        Value::Padding(Padding::Entries(ends)) => match ends[..] {
            [(before, behind)] if before == behind => before.to_string(),
            _ => format!("[{}]", joined(&ends.iter().map(|(a, b)| format!("[{a}, {b}]")).collect::<Vec<_>>())),
        },
        Value::Axis(axis) => axis.to_string(),
        Value::Axes(axes) => listed(axes, "all"),
    }
}

/// A number; what has no bound is none.
fn real(x: f64) -> String {
    match x.abs() {
        bound if bound.is_infinite() => "none".to_owned(),
        small if small > 0.0 && small < 1e-4 => format!("{x:e}"),
        _ => x.to_string(),
    }
}

/// One alone, several as a list.
fn listed<T: ToString>(list: &[T], none: &str) -> String {
    match list {
        [] => none.to_owned(),
        [only] => only.to_string(),
        _ => format!("[{}]", joined(list)),
    }
}

fn joined<T: ToString>(list: &[T]) -> String {
    list.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// How a tensor begins.
pub(crate) fn init(init: Init) -> String {
    match init {
        Init::Zeros => "zeros".to_owned(),
        Init::Ones => "ones".to_owned(),
        Init::Constant(value) => format!("constant({value})"),
        Init::Uniform { low, high } => format!("uniform({low}, {high})"),
        Init::Normal { mean, std } => format!("normal(mean = {mean}, std = {std})"),
        Init::TruncatedNormal { mean, std } => format!("truncated_normal(mean = {mean}, std = {std})"),
        Init::GlorotUniform => "glorot_uniform".to_owned(),
        Init::GlorotNormal => "glorot_normal".to_owned(),
        Init::HeUniform => "he_uniform".to_owned(),
        Init::HeNormal => "he_normal".to_owned(),
        Init::LecunUniform => "lecun_uniform".to_owned(),
        Init::LecunNormal => "lecun_normal".to_owned(),
        Init::Orthogonal { gain } => format!("orthogonal(gain = {gain})"),
    }
}

fn schedule(schedule: &Schedule) -> String {
    let Schedule { lr, warmup, decay } = schedule;
    let falling = match decay {
        Decay::Constant => real(*lr),
        Decay::Step { every, factor } => format!("step({lr}, every = {every}, factor = {factor})"),
        Decay::Exponential { factor } => format!("exponential({lr}, factor = {factor})"),
        Decay::Cosine { min, flat } => format!("cosine({lr}, min = {min}, flat = {flat})"),
        Decay::InverseTime { rate, power } => format!("inverse_time({lr}, rate = {rate}, power = {power})"),
        Decay::CosineRestarts { epochs, factor, min } => {
            format!("cosine_restarts({lr}, epochs = {epochs}, factor = {factor}, min = {min})")
        }
        Decay::Polynomial { to, power, epochs } => {
            format!("polynomial({lr}, to = {to}, power = {power}, epochs = {epochs})")
        }
        Decay::OneCycle { start, end, peak } => {
            format!("one_cycle({lr}; from {lr} / {start} to {lr} / {end}, highest at {peak} of the run)")
        }
    };
    if *warmup > 0.0 { format!("warmup({falling}, epochs = {warmup})") } else { falling }
}

/// A train section: each setting and its value; the arguments of loss and optimizer are settings of their own.
pub(crate) fn recipe(recipe: &Recipe) -> Vec<Argument> {
    let Recipe { docs: _, data, split, loss, optimizer, batch, epochs, seed, early_stop, metrics, memory, .. } = recipe;
    let mut settings = data.as_ref().map(self::data).unwrap_or_default();
    let Split { train, validation, test, stratify, shuffle, folds } = split;
    settings.push(setting("split.train", train));
    settings.push(setting("split.validation", validation));
    settings.push(setting("split.test", test));
    settings.push(setting("split.stratify", stratify));
    settings.push(setting("split.shuffle", shuffle));
    settings.extend(folds.map(|folds| setting("split.folds", folds)));
    for (clause, args) in [("minimize", &loss.1), ("with", &optimizer.1)] {
        settings.push(setting(clause, args.signature.name));
        let prefixed = |one: Argument| Argument { name: format!("{clause}.{}", one.name), ..one };
        settings.extend(arguments(args).into_iter().map(prefixed));
    }
    settings.push(Argument { default: recipe.batch_span.is_none(), ..setting("batch", batch) });
    settings.extend([setting("epochs", epochs), setting("seed", seed)]);
    if let Some(EarlyStop { patience, min_delta, monitor, restore_best, baseline, from, target }) = early_stop {
        settings.extend([
            setting("early_stop.patience", patience),
            setting("early_stop.least_improvement", min_delta),
            setting("early_stop.monitor", monitored(monitor)),
            setting("early_stop.restore_best", restore_best),
            setting("early_stop.from", from),
        ]);
        settings.extend(baseline.map(|baseline| setting("early_stop.baseline", baseline)));
        settings.extend(target.map(|target| setting("early_stop.target", target)));
    }
    settings.extend(control(&recipe.control));
    settings.extend(metrics.iter().map(|(_, args)| setting("metric", call(args))));
    settings.extend(memory.map(|(limit, _)| setting("memory", format!("<= {limit} B"))));
    settings
}

/// What steers a training beside its steps.
fn control(control: &Control) -> Vec<Argument> {
    let Control { augment, mixup, plateau, accumulate, ema, swa, checkpoint, phases, origin } = control;
    let mut settings = Vec::new();
    if let Some(Origin { path, convention, map, renew }) = origin {
        settings.push(setting("from", format!("{path:?}")));
        settings.extend(convention.map(|convention| setting("from.as", convention)));
        settings.extend(map.iter().map(|(from, to)| setting("from.map", format!("{from} -> {to}"))));
        settings.extend(renew.iter().map(|tensor| setting("renew", tensor)));
    }
    for Phase { epoch, factor, held } in phases {
        let held = words::count(held.len(), "tensor");
        settings.push(setting(&format!("epoch {epoch}"), format!("lr * {factor}, {held} held")));
    }
    if let Some(Plateau { factor, patience, min_delta, min_lr, cooldown, monitor }) = plateau {
        settings.extend([
            setting("plateau.factor", factor),
            setting("plateau.patience", patience),
            setting("plateau.least_improvement", min_delta),
            setting("plateau.min_lr", min_lr),
            setting("plateau.cooldown", cooldown),
            setting("plateau.monitor", monitored(monitor)),
        ]);
    }
    settings.extend(augment.iter().map(|augment| setting("augment", call(&augment.args))));
    settings.extend(mixup.map(|alpha| setting("mixup", alpha)));
    if *accumulate > 1 {
        settings.push(setting("accumulate", accumulate));
    }
    if let Some(Ema { decay, warmup }) = ema {
        settings.extend([setting("ema.decay", decay), setting("ema.warmup", warmup)]);
    }
    if let Some(Swa { from, every, lr }) = swa {
        settings.extend([setting("swa.from", from), setting("swa.every", every)]);
        settings.extend(lr.map(|lr| setting("swa.lr", lr)));
    }
    if let Some(Checkpointing { steps, minutes, keep }) = checkpoint {
        settings.extend(steps.map(|steps| setting("checkpoint.every", steps)));
        settings.extend(minutes.map(|minutes| setting("checkpoint.minutes", minutes)));
        settings.push(setting("checkpoint.keep", keep));
    }
    settings
}

fn monitored(Monitor { name, larger }: &Monitor) -> String {
    format!("{} {name}", if *larger { "highest" } else { "lowest" })
}

fn setting(name: &str, value: impl ToString) -> Argument {
    Argument { name: name.to_owned(), value: value.to_string(), default: false }
}

fn data(data: &Data) -> Vec<Argument> {
    let Data { path, source, x, y } = data;
    let mut settings = match source {
        Source::Csv(table) => csv(path, table),
        Source::Text(Text { window, stride }) => vec![
            setting("data", format!("text({path:?})")),
            setting("data.window", window),
            setting("data.stride", stride),
        ],
        Source::Idx(files) => {
            let files = files.as_ref().map(|files| [Some(&files.images), files.labels.as_ref()]);
            let stated = files.into_iter().flatten().flatten().map(|file| setting("data.file", format!("{file:?}")));
            [setting("data", format!("idx({path:?})"))].into_iter().chain(stated).collect()
        }
        Source::Arrays(Arrays::Npz) => vec![setting("data", format!("npz({path:?})"))],
        Source::Arrays(Arrays::Npy) => vec![setting("data", format!("npy({path:?})"))],
        Source::Images(parts) => {
            let stated = [("data.train", Some(&parts.train)), ("data.test", parts.test.as_ref())];
            let stated =
                stated.into_iter().filter_map(|(name, part)| part.map(|part| setting(name, format!("{part:?}"))));
            [setting("data", format!("images({path:?})"))].into_iter().chain(stated).collect()
        }
    };
    settings.extend(x.iter().map(|one| setting("x", field(one))).chain(y.iter().map(|one| setting("y", field(one)))));
    settings
}

fn csv(path: &str, table: &Csv) -> Vec<Argument> {
    let Csv { header, separator, missing, grouping, weight, test } = table;
    let mut settings = vec![
        setting("data", format!("csv({path:?})")),
        setting("data.header", header.map_or("auto".to_owned(), |on| on.to_string())),
        setting("data.separator", format!("{:?}", char::from(*separator).to_string())),
        setting("data.missing", missing),
    ];
    settings.extend(match grouping {
        Grouping::Rows => Vec::new(),
        Grouping::Windows { window, horizon, stride } => {
            vec![setting("data.window", window), setting("data.horizon", horizon), setting("data.stride", stride)]
        }
        Grouping::Sequences { column, length } => {
            vec![setting("data.sequence", format!("{column:?}")), setting("data.length", length)]
        }
    });
    settings.extend(weight.iter().map(|weight| setting("data.weight", format!("{weight:?}"))));
    settings.extend(test.iter().map(|test| setting("data.test", format!("{test:?}"))));
    settings
}

fn field(field: &Field) -> String {
    let columns = match &field.columns {
        Columns::Names(names) => {
            format!("columns[{}]", names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", "))
        }
        Columns::Indices(indices) => format!("columns[{}]", joined(indices)),
        Columns::Range(low, high) => format!("columns[{low}..{high}]"),
        Columns::Array(name, None) => name.clone(),
        Columns::Array(name, Some(test)) => format!("{name} (test: {test})"),
    };
    match &field.encoding {
        Encoding::Number => format!("number({columns})"),
        Encoding::Standardize => format!("standardize({columns})"),
        Encoding::Normalize { stated, .. } if stated.is_empty() => format!("normalize({columns})"),
        Encoding::Normalize { stated, .. } => {
            let (means, deviations): (Vec<f64>, Vec<f64>) = stated.iter().copied().unzip();
            format!("normalize({columns}, mean = [{}], std = [{}])", joined(&means), joined(&deviations))
        }
        Encoding::MinMax { low, high } => format!("min_max({columns}, low = {low}, high = {high})"),
        Encoding::OneHot => format!("one_hot({columns})"),
        Encoding::Labels => format!("labels({columns})"),
        Encoding::Scale { factor, offset } => format!("{columns} * {factor} + {offset}"),
    }
}
