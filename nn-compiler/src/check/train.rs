//! Train sections: clauses, what they need of the network, and what they need of each other.

use std::collections::BTreeMap;

use nn_grammar::ast::{Block, Call, Clause, ClauseKind, Expr, ExprKind, Name, Train};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::agreement::{loss_fits, metric_fits};
use super::args::{bind_call, bind_flags, duplicate};
use super::objective::{self, Stated, is_expression, is_metric_word};
use super::value::{Env, describe, memory};
use super::{Sink, data, steps};
use crate::model::{Network, Objective};
use crate::recipe::losses::{LOSSES, LossEntry, OBJECTIVE, OUTPUT};
use crate::recipe::metrics::{METRICS, MetricEntry};
use crate::recipe::optimizers::{OPTIMIZERS, OptimizerEntry};
use crate::recipe::{Data, Encoding, Grouping, Recipe, Source, Split};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

const fn part(name: &'static str, default: f64, doc: &'static str) -> Param {
    Param::optional(name, Kind::Real(Range::UNIT), Preset::Real(default), doc)
}

static SPLIT: Signature = Signature {
    name: "split",
    doc: "How rows are divided; the parts add up to 1.",
    params: &[
        Param::required("train", Kind::Real(Range { with_low: false, ..Range::UNIT }), "the part that is trained on"),
        part("validation", 0.0, "the part that decides on early stopping"),
        part("test", 0.0, "the part that is only looked at in the end"),
        Param::optional("stratify", Kind::Bool, Preset::Bool(false), "whether each class is divided so"),
        Param::optional("shuffle", Kind::Bool, Preset::Bool(true), "whether rows are shuffled first"),
    ],
};
static BATCH: Signature = Signature {
    name: "batch",
    doc: "Rows in a step.",
    params: &[Param::required("rows", Kind::Dim, "rows in a step")],
};
static EPOCHS: Signature = Signature {
    name: "epochs",
    doc: "Passes over the training rows.",
    params: &[Param::required("count", Kind::Dim, "passes over the training rows")],
};
static SEED: Signature = Signature {
    name: "seed",
    doc: "The seed of all random numbers.",
    params: &[Param::required("value", Kind::Whole, "the seed of all random numbers")],
};
static EARLY_STOP: Signature = Signature {
    name: "early_stop",
    doc: "Stops when the loss no longer improves.",
    params: &[
        Param::required("patience", Kind::Dim, "epochs to wait for an improvement"),
        Param::optional("min_delta", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "what counts as one"),
    ],
};

const KEYWORDS: [&str; 9] = ["data", "split", "minimize", "batch", "epochs", "seed", "early_stop", "metric", "memory"];

/// The rows of a step where no `batch` says it.
const DEFAULT_BATCH: usize = 32;
/// The passes where no `epochs` says it.
const DEFAULT_EPOCHS: usize = 100;

/// A train section; `network` is `None` where its own mistakes hide what it is.
pub(super) fn recipe(
    section: &Train,
    network: Option<&Network>,
    blocks: &BTreeMap<&str, &Block>,
    sink: &mut Sink,
) -> Option<(Recipe, Option<Objective>)> {
    let mut parts = Parts::default();
    let training = network.and_then(|network| network.training.as_ref());
    for (index, clause) in section.clauses.iter().enumerate() {
        let keyword = clause.keyword.text.as_str();
        match section.clauses[..index].iter().find(|earlier| earlier.keyword.text == keyword) {
            Some(earlier) if KEYWORDS.contains(&keyword) => sink.report(
                Diagnostic::new(Code::DuplicateClause, clause.keyword.span, format!("`{keyword}` stands twice"))
                    .label("the second")
                    .also(earlier.keyword.span, "the first"),
            ),
            _ if training.is_some() && steps::CLAUSES.contains(&keyword) => {}
            _ => parts.clause(clause, sink),
        }
    }
    let has = |keyword: &str| section.clauses.iter().any(|clause| clause.keyword.text == keyword);
    if !has("minimize") && training.is_none() {
        let name = &section.name;
        sink.report(
            Diagnostic::new(
                Code::MissingClause,
                name.span,
                format!("the train section of `{}` minimizes nothing", name.text),
            )
            .help("add `minimize cross_entropy with adam(lr = 0.01);`"),
        );
    }
    if let Some(training) = training {
        parts.loss = Some((&OUTPUT, Args::none(&OUTPUT.signature), section.name.span));
        parts.optimizer = training.steps.first().map(|step| step.optimizer.clone());
    } else if let Some(network) = network {
        parts.fits(network, sink);
    }
    let objective = match network {
        Some(network) if !parts.stated.is_empty() => {
            let target = objective::target(parts.data.as_ref(), network, sink)?;
            Some(objective::objective(&parts.stated, network, target, blocks, sink)?)
        }
        _ => None,
    };
    let ((loss, loss_args, _), optimizer) = (parts.loss?, parts.optimizer?);
    let recipe = Recipe {
        docs: section.docs.clone(),
        data: parts.data.map(|(data, _)| data),
        split: parts.split,
        loss: (loss, loss_args),
        optimizer,
        batch: parts.batch,
        batch_span: section.clauses.iter().find(|clause| clause.keyword.text == "batch").map(|clause| clause.span),
        epochs: parts.epochs,
        seed: parts.seed,
        early_stop: parts.early_stop,
        metrics: parts.metrics.into_iter().map(|(entry, args, _)| (entry, args)).collect(),
        memory: parts.memory,
    };
    Some((recipe, objective))
}

/// What has been read of a train section.
struct Parts {
    data: Option<(Data, data::Spans)>,
    split: Split,
    /// Where the text asks for rows at random.
    at_random: Option<Span>,
    loss: Option<(&'static LossEntry, Args, Span)>,
    stated: Stated,
    optimizer: Option<(&'static OptimizerEntry, Args)>,
    batch: usize,
    epochs: usize,
    seed: u64,
    early_stop: Option<(usize, f64)>,
    metrics: Vec<(&'static MetricEntry, Args, Span)>,
    memory: Option<(u64, Span)>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            data: None,
            split: Split { train: 1.0, validation: 0.0, test: 0.0, stratify: false, shuffle: true },
            at_random: None,
            loss: None,
            stated: Stated::default(),
            optimizer: None,
            batch: DEFAULT_BATCH,
            epochs: DEFAULT_EPOCHS,
            seed: 0,
            early_stop: None,
            metrics: Vec::new(),
            memory: None,
        }
    }
}

impl Parts {
    fn clause(&mut self, clause: &Clause, sink: &mut Sink) {
        let keyword = clause.keyword.text.as_str();
        match (keyword, &clause.kind) {
            ("data", ClauseKind::Data { source, fields }) => {
                self.data = data::data(source, fields, clause, sink);
            }
            ("minimize", ClauseKind::Minimize { loss, optimizer, .. }) => {
                if is_expression(loss) {
                    self.loss = Some((&OBJECTIVE, Args::none(&OBJECTIVE.signature), loss.span));
                    self.stated.loss = Some(loss.clone());
                } else {
                    self.loss = written_loss(loss, sink).and_then(|loss| loss_entry(&loss, sink));
                }
                self.optimizer = optimizer_entry(optimizer, sink);
            }
            ("memory", ClauseKind::AtMost(limit)) => {
                self.memory = sink.keep(memory(limit)).map(|bytes| (bytes, limit.span));
            }
            ("metric", ClauseKind::Settings { args, .. }) => {
                if args.is_empty() {
                    sink.report(malformed(clause, clause.span));
                }
                for arg in args {
                    match &arg.name {
                        Some(name) if is_metric_word(&arg.value) => {
                            let word = printer::expr(&arg.value);
                            let message = format!("the metric `{word}` is called so already");
                            let mistake = Diagnostic::new(Code::MalformedClause, name.span.to(arg.value.span), message);
                            sink.report(mistake.help(format!("write `metric {word};`")));
                        }
                        Some(name) => self.stated_metric(name.text.clone(), name.span, &arg.value, sink),
                        None if is_expression(&arg.value) => {
                            self.stated_metric(printer::expr(&arg.value), arg.value.span, &arg.value, sink);
                        }
                        None => self.metric(&arg.value, sink),
                    }
                }
            }
            ("split", _) => {
                if let Some(args) = settings(&SPLIT, clause, sink) {
                    self.split(&args, sink);
                }
            }
            ("batch", _) => self.batch = settings(&BATCH, clause, sink).map_or(self.batch, |args| args.dim("rows")),
            ("epochs", _) => {
                self.epochs = settings(&EPOCHS, clause, sink).map_or(self.epochs, |args| args.dim("count"));
            }
            ("seed", _) => self.seed = settings(&SEED, clause, sink).map_or(self.seed, |args| args.whole("value")),
            ("early_stop", _) => {
                let args = settings(&EARLY_STOP, clause, sink);
                self.early_stop = args.map(|args| (args.dim("patience"), args.real("min_delta")));
            }
            _ if KEYWORDS.contains(&keyword) => sink.report(malformed(clause, clause.span)),
            _ => sink.report(
                Diagnostic::new(
                    Code::UnknownClause,
                    clause.keyword.span,
                    format!("a train section has no clause `{keyword}`"),
                )
                .maybe_help(words::suggestion(keyword, &KEYWORDS, "clauses")),
            ),
        }
    }

    fn metric(&mut self, expr: &Expr, sink: &mut Sink) {
        let Some((entry, args, span)) = metric_entry(expr, sink) else { return };
        let same = self.metrics.iter().find(|(_, earlier, _)| *earlier == args).map(|(_, _, earlier)| *earlier);
        match same.or_else(|| self.span_of_stated(entry.signature.name)) {
            Some(earlier) => sink.report(duplicate(entry.signature.name, span, earlier)),
            None => self.metrics.push((entry, args, span)),
        }
    }

    /// A metric as an expression; reports list it by its name, beside the loss.
    fn stated_metric(&mut self, name: String, span: Span, expr: &Expr, sink: &mut Sink) {
        if name == "loss" {
            let mistake = Diagnostic::new(Code::MalformedClause, span, "reports call what is minimized `loss`");
            return sink.report(mistake.help("give the metric another name"));
        }
        let by_word = self.metrics.iter().find(|(entry, _, _)| entry.signature.name == name).map(|(_, _, span)| *span);
        match by_word.or_else(|| self.span_of_stated(&name)) {
            Some(earlier) => sink.report(duplicate(&name, span, earlier)),
            None => self.stated.metrics.push((name, expr.clone())),
        }
    }

    /// Where a metric of this name is stated as an expression.
    fn span_of_stated(&self, name: &str) -> Option<Span> {
        let stated = self.stated.metrics.iter().find(|(known, _)| known == name);
        stated.map(|(_, expr)| expr.span)
    }

    fn split(&mut self, args: &Args, sink: &mut Sink) {
        self.split = Split {
            train: args.real("train"),
            validation: args.real("validation"),
            test: args.real("test"),
            stratify: args.bool("stratify"),
            shuffle: args.bool("shuffle"),
        };
        let asked =
            ["stratify", "shuffle"].into_iter().find(|name| args.argument(name).span.is_some() && args.bool(name));
        self.at_random = asked.map(|name| args.span_of(name));
        let sum = self.split.train + self.split.validation + self.split.test;
        if (sum - 1.0).abs() > 1e-9 {
            // Without the noise of binary fractions: 0.9, not 0.8999999999999999.
            let tidy = |x: f64| (x * 1e9).round() / 1e9;
            let message = format!("the parts of the split add up to {}, not to 1", tidy(sum));
            let stated = ["train", "validation", "test"].map(|part| (args.argument(part).span, args.real(part)));
            let parts: Vec<String> =
                stated.iter().filter(|(span, _)| span.is_some()).map(|(_, part)| part.to_string()).collect();
            let rest = 1.0 - self.split.train - self.split.validation;
            let verb = if args.argument("test").span.is_some() { "write" } else { "add" };
            let help = (rest > 0.0).then(|| format!("{verb} `test = {}`", tidy(rest)));
            sink.report(
                Diagnostic::new(Code::BadSplit, args.span, message)
                    .note(format!("{} = {}", parts.join(" + "), tidy(sum)))
                    .maybe_help(help),
            );
        }
        if self.split.stratify && !self.split.shuffle {
            let message = "`stratify` chooses rows of each class at random, which `shuffle = false` forbids";
            sink.report(
                Diagnostic::new(Code::BadSplit, args.span_of("stratify"), message).help("leave one of them out"),
            );
        }
    }

    /// Whether outputs are compared with targets one by one. A loss that is an expression looks at both as it likes.
    fn compared(&self) -> bool {
        let stated = self.stated.loss.is_some() && self.metrics.is_empty();
        self.loss.is_some() && !stated
    }

    /// Whether loss, metrics and data fit the network and each other.
    fn fits(&self, network: &Network, sink: &mut Sink) {
        let labels = self.data.as_ref().is_some_and(|(data, _)| data.y.iter().any(|y| y.encoding == Encoding::Labels));
        let y = self.data.as_ref().map_or(&[][..], |(data, _)| &data.y);
        let at_y = |diagnostic: Diagnostic, label: &str| match &self.data {
            Some((_, spans)) => diagnostic.also(spans.y, label),
            None => diagnostic,
        };
        if let Some((loss, args, span)) = &self.loss {
            sink.keep(loss_fits(loss, args, *span, network, y, &at_y));
        }
        let scaled =
            |encoding| matches!(encoding, Encoding::Standardize | Encoding::MinMax { .. } | Encoding::Scale { .. });
        let scaled = self.data.as_ref().is_some_and(|(data, _)| data.y.iter().any(|y| scaled(y.encoding)));
        for (metric, args, span) in &self.metrics {
            sink.keep(metric_fits(metric, args, *span, network, labels, scaled, &at_y));
        }
        if let Some((data, spans)) = &self.data {
            let compared = self.compared();
            if data.y.is_empty() && (compared || matches!(data.source, Source::Text(_))) {
                sink.report(data::no_targets(spans));
            }
            data::fits(data, spans, network, compared && !data.y.is_empty(), sink);
        }
        if let Some((data, spans)) = &self.data
            && data.has_test()
            && self.split.test > 0.0
        {
            let message = "the data names what is tested on, which `test` of the split cannot divide";
            sink.report(
                Diagnostic::new(Code::BadSplit, spans.source, message)
                    .help("divide the rest into `train` and `validation` only"),
            );
        }
        let windows = self.data.as_ref().filter(|(data, _)| by_position(&data.source));
        if let (Some(span), Some((_, spans))) = (self.at_random, windows) {
            let message = "windows are divided by their place in the file, not at random";
            let diagnostic = Diagnostic::new(Code::BadSplit, span, message).also(spans.x, "made of windows");
            sink.report(diagnostic.help("leave it out: training has the first rows, then come validation and test"));
            return;
        }
        let classes = |encoding| matches!(encoding, Encoding::Labels | Encoding::OneHot);
        let divided = self.data.as_ref().is_none_or(|(data, _)| data.y.iter().any(|y| classes(y.encoding)));
        if self.split.stratify && !divided {
            let span = self.data.as_ref().map_or(network.span, |(_, spans)| spans.y);
            let message = "`stratify` divides classes, but `y` has no classes";
            sink.report(
                Diagnostic::new(Code::BadSplit, span, message)
                    .help("make `y` of `labels(column(…))`, or leave `stratify` out"),
            );
        }
    }
}

/// Whether examples are divided by their place in the file.
fn by_position(source: &Source) -> bool {
    matches!(source, Source::Text(_)) || matches!(source.grouping(), Grouping::Windows { .. })
}

fn settings(signature: &'static Signature, clause: &Clause, sink: &mut Sink) -> Option<Args> {
    let ClauseKind::Settings { args, .. } = &clause.kind else {
        sink.report(malformed(clause, clause.span));
        return None;
    };
    match bind_flags(signature, args, clause.span, &Env::new()) {
        Ok(args) => Some(args),
        Err(diagnostics) => {
            diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
            None
        }
    }
}

fn malformed(clause: &Clause, span: Span) -> Diagnostic {
    let right = match clause.keyword.text.as_str() {
        "data" => "data csv(\"iris.csv\") { x = columns[0..4]; y = labels(column(4)); }",
        "minimize" => "minimize cross_entropy with adam(lr = 0.01);",
        "memory" => "memory <= 64 KiB;",
        "metric" => "metric accuracy, confusion;",
        "split" => "split train = 0.8, test = 0.2;",
        "early_stop" => "early_stop(patience = 20);",
        "batch" => "batch 16;",
        "epochs" => "epochs 100;",
        _ => "seed 42;",
    };
    let message = format!("`{}` is not written in this way", clause.keyword.text);
    Diagnostic::new(Code::MalformedClause, span, message).help(format!("write `{right}`"))
}

fn bound(signature: &'static Signature, call: &Call, sink: &mut Sink) -> Option<Args> {
    match bind_call(signature, call, &Env::new()) {
        Ok(args) => Some(args),
        Err(diagnostics) => {
            diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
            None
        }
    }
}

/// The call that a loss is.
fn written_loss(loss: &Expr, sink: &mut Sink) -> Option<Call> {
    match &loss.kind {
        ExprKind::Call(call) => Some(call.clone()),
        ExprKind::Name(name) => {
            let name = Name { text: name.clone(), span: loss.span };
            Some(Call { name, args: Vec::new(), chain: None, span: loss.span })
        }
        _ => {
            let message = format!("`minimize` takes a loss such as `mse`, not {}", describe(loss));
            sink.report(Diagnostic::new(Code::WrongKind, loss.span, message).label("expected a loss"));
            None
        }
    }
}

fn loss_entry(call: &Call, sink: &mut Sink) -> Option<(&'static LossEntry, Args, Span)> {
    let name = call.name.text.as_str();
    let Some(entry) = LOSSES.iter().find(|entry| entry.signature.name == name) else {
        let known: Vec<&str> = LOSSES.iter().map(|entry| entry.signature.name).collect();
        sink.report(
            Diagnostic::new(Code::UnknownLoss, call.name.span, format!("there is no loss `{name}`"))
                .maybe_help(words::suggestion(name, &known, "losses")),
        );
        return None;
    };
    bound(&entry.signature, call, sink).map(|args| (entry, args, call.span))
}

pub(super) fn optimizer_entry(call: &Call, sink: &mut Sink) -> Option<(&'static OptimizerEntry, Args)> {
    let name = call.name.text.as_str();
    let Some(entry) = OPTIMIZERS.iter().find(|entry| entry.signature.name == name) else {
        let known: Vec<&str> = OPTIMIZERS.iter().map(|entry| entry.signature.name).collect();
        sink.report(
            Diagnostic::new(Code::UnknownOptimizer, call.name.span, format!("there is no optimizer `{name}`"))
                .maybe_help(words::suggestion(name, &known, "optimizers")),
        );
        return None;
    };
    bound(&entry.signature, call, sink).map(|args| (entry, args))
}

fn metric_entry(expr: &Expr, sink: &mut Sink) -> Option<(&'static MetricEntry, Args, Span)> {
    let (name, args) = match &expr.kind {
        ExprKind::Name(name) => (name.as_str(), &[][..]),
        ExprKind::Call(call) => (call.name.text.as_str(), &call.args[..]),
        _ => ("", &[][..]),
    };
    let Some(entry) = METRICS.iter().find(|entry| entry.signature.name == name) else {
        let known: Vec<&str> = METRICS.iter().map(|entry| entry.signature.name).collect();
        let message =
            if name.is_empty() { "a metric is a word".to_owned() } else { format!("there is no metric `{name}`") };
        sink.report(
            Diagnostic::new(Code::UnknownMetric, expr.span, message)
                .maybe_help(words::suggestion(name, &known, "metrics")),
        );
        return None;
    };
    match super::args::bind(&entry.signature, args, expr.span, &Env::new()) {
        Ok(args) => Some((entry, args, expr.span)),
        Err(diagnostics) => {
            diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
            None
        }
    }
}
