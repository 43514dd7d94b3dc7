//! What a training begins with and which layers it leaves as they are: `from`, `renew`, `freeze`, `unfreeze`, and what changes at an epoch.

use std::collections::BTreeSet;

use nn_grammar::ast::{Clause, ClauseKind, Expr, ExprKind, Name, Train};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;
use nn_grammar::span::Span;

use super::Sink;
use super::steps::misplaced;
use super::value::number;
use crate::model::{Network, Tensor};
use crate::recipe::{Origin, Phase};
use crate::signature::{Kind, Range};
use crate::words;

/// The clauses.
pub(super) const CLAUSES: [&str; 4] = ["freeze", "unfreeze", "renew", "at"];

/// What a section says about layers.
#[derive(Debug, Default)]
pub(super) struct Tuning {
    /// Tensors that are never trained.
    pub(super) frozen: BTreeSet<usize>,
    /// What is held from an epoch on, of the others.
    pub(super) phases: Vec<Phase>,
    pub(super) origin: Option<Origin>,
}

/// Reads the clauses of a section about one network.
pub(super) fn tuning(section: &Train, network: &Network, sink: &mut Sink) -> Tuning {
    let layers = Layers { network };
    let mistakes = sink.diagnostics.len();
    let mut held = BTreeSet::new();
    let mut renew = BTreeSet::new();
    let mut phases = Vec::new();
    for clause in &section.clauses {
        match (clause.keyword.text.as_str(), &clause.kind) {
            ("freeze", _) => held.extend(layers.chosen(clause, sink)),
            ("unfreeze", _) => {
                let chosen = layers.chosen(clause, sink);
                held.retain(|index| !chosen.contains(index));
            }
            ("renew", _) => renew.extend(layers.chosen(clause, sink)),
            (_, ClauseKind::At { epoch, clauses }) => phases.extend(layers.change(epoch, clauses, &phases, sink)),
            _ => {}
        }
    }
    let origin = origin(section, network, &renew, sink);
    if let (None, Some(clause)) = (&origin, section.clauses.iter().find(|clause| clause.keyword.text == "renew"))
        && section.origin.is_none()
    {
        let message = "`renew` is about what is read from a file, and this section reads none";
        let help = format!("write `train {} from \"weights.safetensors\" {{ … }}`", section.name.text);
        sink.report(Diagnostic::new(Code::MalformedClause, clause.span, message).help(help));
    }
    let (frozen, phases) = phased(held, phases);
    if frozen.len() == layers.trained().count() && !frozen.is_empty() && sink.diagnostics.len() == mistakes {
        let message = format!("the training of `{}` changes nothing: all its layers are frozen", network.name);
        sink.report(Diagnostic::new(Code::MissingClause, section.name.span, message).help("add `unfreeze last 1;`"));
    }
    Tuning { frozen, phases, origin }
}

/// What changes at an epoch: what is frozen from then on, what no longer is, and what the rate is multiplied with.
struct Change {
    epoch: usize,
    freezes: Vec<(bool, Vec<usize>)>,
    factor: f64,
}

/// What is never trained; and for each epoch at which something changes, what is held from then on and by how much rates are multiplied.
fn phased(mut held: BTreeSet<usize>, changes: Vec<Change>) -> (BTreeSet<usize>, Vec<Phase>) {
    let mut factor = 1.0;
    let mut phases = vec![Phase { epoch: 1, factor, held: held.clone() }];
    for change in changes {
        for (freezes, tensors) in change.freezes {
            for index in tensors {
                let _changes = if freezes { held.insert(index) } else { held.remove(&index) };
            }
        }
        factor *= change.factor;
        phases.push(Phase { epoch: change.epoch, factor, held: held.clone() });
    }
    let always = |index: &usize| phases.iter().all(|phase| phase.held.contains(index));
    let frozen: BTreeSet<usize> = phases[0].held.iter().copied().filter(always).collect();
    phases.iter_mut().for_each(|phase| phase.held.retain(|index| !frozen.contains(index)));
    if let [Phase { held, .. }] = &phases[..]
        && held.is_empty()
    {
        phases.clear();
    }
    (frozen, phases)
}

struct Layers<'a> {
    network: &'a Network,
}

impl Layers<'_> {
    fn trained(&self) -> impl Iterator<Item = (usize, &Tensor)> {
        self.network.tensors.iter().enumerate().filter(|(_, tensor)| tensor.spec.trained)
    }

    /// The layers that have parameters, in the order in which data passes them.
    fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for (_, tensor) in self.trained() {
            let layer = tensor.name.rsplit_once('.').map_or(&*tensor.name, |(layer, _)| layer);
            if !names.contains(&layer) {
                names.push(layer);
            }
        }
        names
    }

    /// The parameters of a layer, a part of the network, or a single one.
    fn under(&self, name: &str) -> Vec<usize> {
        let under =
            |tensor: &str| tensor.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        self.trained().filter(|(_, tensor)| under(&tensor.name)).map(|(index, _)| index).collect()
    }

    /// The parameters that `all`, `last 2` or names stand for.
    fn chosen(&self, clause: &Clause, sink: &mut Sink) -> Vec<usize> {
        match &clause.kind {
            ClauseKind::Last(count) => self.last(count, sink),
            ClauseKind::Settings { args, .. } if !args.is_empty() && args.iter().all(|arg| arg.name.is_none()) => {
                args.iter().flat_map(|arg| self.named(&arg.value, sink)).collect()
            }
            _ => {
                let word = &clause.keyword.text;
                let message = format!("`{word}` is not written in this way");
                let help = format!("write `{word} all;`, `{word} last 2;` or `{word} dense_1, dense_2;`");
                sink.report(Diagnostic::new(Code::MalformedClause, clause.span, message).help(help));
                Vec::new()
            }
        }
    }

    fn last(&self, count: &Expr, sink: &mut Sink) -> Vec<usize> {
        let names = self.names();
        match number(count, Kind::Dim, &sink.constants, "the number of layers") {
            Ok(n) if n >= 1.0 && n.fract() == 0.0 && n <= names.len() as f64 => {
                names[names.len() - n as usize..].iter().flat_map(|name| self.under(name)).collect()
            }
            Ok(_) => {
                let layers = words::count(names.len(), "layer");
                let message = format!("`{}` has {layers} with parameters", self.network.name);
                sink.report(
                    Diagnostic::new(Code::OutOfRange, count.span, message)
                        .label(format!("expected 1 to {}", names.len())),
                );
                Vec::new()
            }
            Err(diagnostic) => {
                sink.report(diagnostic);
                Vec::new()
            }
        }
    }

    fn named(&self, expr: &Expr, sink: &mut Sink) -> Vec<usize> {
        let name = match &expr.kind {
            ExprKind::Name(name) if name == "all" => return self.trained().map(|(index, _)| index).collect(),
            ExprKind::Text(text) => text.clone(),
            _ => printer::expr(expr),
        };
        let found = self.under(&name);
        if found.is_empty() {
            let known = self.names();
            let message = format!("nothing that is trained in `{}` is called `{name}`", self.network.name);
            sink.report(
                Diagnostic::new(Code::UnknownName, expr.span, message)
                    .maybe_help(words::suggestion(&name, &known, "layers")),
            );
        }
        found
    }

    /// `at epoch 3 { unfreeze last 2; lr *= 0.1; }`
    fn change(&self, epoch: &Expr, clauses: &[Clause], before: &[Change], sink: &mut Sink) -> Option<Change> {
        let wrong = |message: String| Diagnostic::new(Code::OutOfRange, epoch.span, message);
        let at = match number(epoch, Kind::Dim, &sink.constants, "an epoch") {
            Ok(n) if n >= 2.0 && n.fract() == 0.0 => n as usize,
            Ok(_) => {
                sink.report(wrong("a change comes before an epoch from 2 on".to_owned()));
                return None;
            }
            Err(diagnostic) => {
                sink.report(diagnostic);
                return None;
            }
        };
        if let Some(earlier) = before.last().filter(|earlier| earlier.epoch >= at) {
            sink.report(wrong(format!(
                "changes stand in the order of their epochs, and one before is at epoch {}",
                earlier.epoch
            )));
            return None;
        }
        let mut change = Change { epoch: at, freezes: Vec::new(), factor: 1.0 };
        for clause in clauses {
            match (clause.keyword.text.as_str(), &clause.kind) {
                (word @ ("freeze" | "unfreeze"), _) => {
                    change.freezes.push((word == "freeze", self.chosen(clause, sink)));
                }
                ("lr", ClauseKind::Times(factor)) => {
                    match number(factor, Kind::Real(Range::POSITIVE), &sink.constants, "the factor of the rate") {
                        Ok(x) if x > 0.0 && x.is_finite() => change.factor *= x,
                        Ok(_) => sink.report(Diagnostic::new(
                            Code::OutOfRange,
                            factor.span,
                            "the factor of a rate is above 0",
                        )),
                        Err(diagnostic) => sink.report(diagnostic),
                    }
                }
                _ => sink.report(misplaced(
                    clause,
                    "a change at an epoch",
                    "`freeze …;`, `unfreeze …;` and `lr *= 0.1;`",
                )),
            }
        }
        Some(change)
    }
}

/// The file that a section begins with.
fn origin(section: &Train, network: &Network, renew: &BTreeSet<usize>, sink: &mut Sink) -> Option<Origin> {
    let written = section.origin.as_ref()?;
    let convention = match written.convention.as_ref().map(|name| (name.text.as_str(), name)) {
        None => None,
        Some(("pytorch", _)) => Some("PyTorch"),
        Some(("keras", _)) => Some("Keras"),
        Some((other, name)) => {
            let message = format!("weights are read `as pytorch` or `as keras`, not as `{other}`");
            sink.report(Diagnostic::new(Code::UnknownChoice, name.span, message));
            return None;
        }
    };
    let mut map = Vec::new();
    for entry in &written.map {
        match &entry.kind {
            ExprKind::Arrow(from, to) => map.push((text_of(from), text_of(to))),
            _ => {
                sink.report(malformed_map(entry.span));
                return None;
            }
        }
    }
    let renew = renew.iter().map(|index| network.tensors[*index].name.clone()).collect();
    Some(Origin { path: written.path.clone(), convention, map, renew })
}

fn malformed_map(span: Span) -> Diagnostic {
    Diagnostic::new(Code::MalformedClause, span, "a map leads from names in the file to names of the network")
        .help("write `map { \"fc1\" -> dense_1, \"fc2\" -> dense_2 }`")
}

/// A name with or without quotes.
fn text_of(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Text(text) => text.clone(),
        _ => printer::expr(expr),
    }
}

/// What stands before a clause that has no place in a section with steps.
pub(super) fn among_steps(section: &Train, sink: &mut Sink) {
    let name = |clause: &Clause| Name { text: clause.keyword.text.clone(), span: clause.keyword.span };
    for word in section.clauses.iter().filter(|clause| CLAUSES.contains(&clause.keyword.text.as_str())).map(name) {
        let message = format!("`{}` is about one network, and this section has steps", word.text);
        sink.report(
            Diagnostic::new(Code::MalformedClause, word.span, message).help("say with `over` what each step changes"),
        );
    }
    if let Some(origin) = &section.origin {
        let message = "`from` is about one network, and this section has steps";
        let help =
            "`nnc train --resume` goes on with a training; from Rust, `load_weights` reads those of each network";
        sink.report(Diagnostic::new(Code::MalformedClause, origin.span, message).help(help));
    }
}
