//! Train sections: clauses, what they need of the network, and what they need of each other.

use std::collections::BTreeMap;

use nn_grammar::ast::{Block, Clause, ClauseKind, Expr, Train};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;
use nn_grammar::span::Span;

mod clauses;
mod control;
mod fresh;
mod monitor;
mod named;
mod split;

use super::agreement::{loss_fits, metric_fits};
use super::args::duplicate;
use super::objective::{self, Stated, is_expression, is_metric_word};
use super::value::memory;
use super::{Sink, data, steps, tuning};
use crate::model::{Network, Objective};
use crate::recipe::losses::{LossEntry, OBJECTIVE, OUTPUT};
use crate::recipe::metrics::MetricEntry;
use crate::recipe::optimizers::OptimizerEntry;
use crate::recipe::{Data, Encoding, Field, Recipe, Source};
use crate::signature::Args;
use crate::words;
use clauses::{BATCH, EPOCHS, SEED, SPLIT};
pub(super) use clauses::{malformed, settings};
use control::Steering;
use fresh::{Freshness, Mixed};
pub(super) use monitor::{figures_of, monitor};
pub(super) use named::optimizer_entry;
use named::{loss_entry, metric_entry, written_loss};
use split::Division;

const KEYWORDS: [&str; 16] = [
    "data",
    "split",
    "minimize",
    "batch",
    "epochs",
    "seed",
    "early_stop",
    "metric",
    "memory",
    "plateau",
    "accumulate",
    "ema",
    "swa",
    "checkpoint",
    "augment",
    "mixup",
];

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
            // Its mistake is where it stands.
            _ if matches!(clause.kind, ClauseKind::Step { .. }) => {}
            _ if tuning::CLAUSES.contains(&keyword) => {}
            _ => parts.clause(clause, sink),
        }
    }
    if let (Some((data, spans)), Some(network)) = (&mut parts.data, network) {
        sink.keep(data::channels(data, spans, network));
    }
    let has = |keyword: &str| section.clauses.iter().any(|clause| clause.keyword.text == keyword);
    if !has("minimize") && !has("step") && training.is_none() {
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
    if let Some((data, spans)) = &parts.data {
        parts.division.fits(data, spans, sink);
    }
    let objective = match network {
        Some(network) if !parts.stated.is_empty() => {
            let target = objective::target(parts.data.as_ref(), network, sink)?;
            let objective = objective::objective(&parts.stated, network, target, blocks, sink)?;
            let unseen = !parts.compared() && !objective.looks_at(network.inputs.len() + network.outputs.len());
            match &mut parts.data {
                // Targets that are the inputs once more need not be kept where nothing looks at them.
                Some((data, spans)) if unseen && spans.targets_left_out => {
                    data.y.clear();
                    Some(objective::objective(&parts.stated, network, None, blocks, sink)?)
                }
                _ => Some(objective),
            }
        }
        _ => None,
    };
    let metrics = parts.metrics.iter().map(|(entry, args, _)| (*entry, args));
    let of_steps = training.iter().flat_map(|training| &training.steps);
    let of_steps = of_steps.flat_map(|step| std::iter::once(&step.name).chain(&step.metrics));
    let stated = parts.stated.metrics.iter().map(|(name, _)| name).chain(of_steps);
    let figures = monitor::figures(metrics, stated.map(|name| &**name));
    let (early_stop, mut control) = parts.steering.finish(&figures, parts.epochs, sink);
    if let Some(network) = network {
        (control.augment, control.mixup) = parts.freshness.finish(&parts.mixed(network), sink);
    }
    let ((loss, loss_args, _), optimizer) = (parts.loss?, parts.optimizer?);
    let recipe = Recipe {
        docs: section.docs.clone(),
        data: parts.data.map(|(data, _)| data),
        split: parts.division.split,
        loss: (loss, loss_args),
        optimizer,
        batch: parts.batch,
        batch_span: section.clauses.iter().find(|clause| clause.keyword.text == "batch").map(|clause| clause.span),
        epochs: parts.epochs,
        seed: parts.seed,
        early_stop,
        control,
        metrics: parts.metrics.into_iter().map(|(entry, args, _)| (entry, args)).collect(),
        memory: parts.memory,
    };
    Some((recipe, objective))
}

/// What has been read of a train section.
struct Parts {
    data: Option<(Data, data::Spans)>,
    division: Division,
    loss: Option<(&'static LossEntry, Args, Span)>,
    stated: Stated,
    optimizer: Option<(&'static OptimizerEntry, Args)>,
    batch: usize,
    epochs: usize,
    seed: u64,
    steering: Steering,
    freshness: Freshness,
    metrics: Vec<(&'static MetricEntry, Args, Span)>,
    memory: Option<(u64, Span)>,
}

impl Default for Parts {
    fn default() -> Self {
        Self {
            data: None,
            division: Division::NONE,
            loss: None,
            stated: Stated::default(),
            optimizer: None,
            batch: DEFAULT_BATCH,
            epochs: DEFAULT_EPOCHS,
            seed: 0,
            steering: Steering::default(),
            freshness: Freshness::default(),
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
                    self.division = Division::of(&args, sink);
                }
            }
            ("batch", _) => self.batch = settings(&BATCH, clause, sink).map_or(self.batch, |args| args.dim("rows")),
            ("epochs", _) => {
                self.epochs = settings(&EPOCHS, clause, sink).map_or(self.epochs, |args| args.dim("count"));
            }
            ("seed", _) => self.seed = settings(&SEED, clause, sink).map_or(self.seed, |args| args.whole("value")),
            ("augment", _) => self.freshness.augment(clause, sink),
            ("mixup", _) => self.freshness.mixup(clause, sink),
            _ if control::steers(keyword) => self.steering.clause(clause, sink),
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

    /// What rows and targets are, as far as mixtures of them are concerned.
    fn mixed<'n>(&self, network: &'n Network) -> Mixed<'n> {
        let loss = self.loss.as_ref().map(|(loss, _, _)| *loss).filter(|_| self.stated.loss.is_none());
        let ids = |(data, spans): &(Data, data::Spans)| {
            data.y.iter().any(|y| y.encoding == Encoding::Labels).then_some(spans.y)
        };
        let ids = self.data.as_ref().filter(|_| self.stated.loss.is_some()).and_then(ids);
        Mixed { loss, ids, network }
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
        let scaled = self.data.as_ref().is_some_and(|(data, _)| data.y.iter().any(|y| y.encoding.scales()));
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
        let classes = |y: &Field| matches!(y.encoding, Encoding::Labels | Encoding::OneHot);
        let divided = self.data.as_ref().is_none_or(|(data, _)| data.y.iter().any(classes));
        if self.division.split.stratify && !divided {
            let span = self.data.as_ref().map_or(network.span, |(_, spans)| spans.y);
            let message = "`stratify` divides classes, but `y` has no classes";
            sink.report(
                Diagnostic::new(Code::BadSplit, span, message)
                    .help("make `y` of `labels(column(…))`, or leave `stratify` out"),
            );
        }
    }
}
