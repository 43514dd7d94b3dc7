//! What training makes of rows when it puts a batch together: `augment` and `mixup`, and whether they fit the network and its targets.

use nn_grammar::ast::{Clause, ClauseKind, Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::clauses::{malformed, settings};
use crate::check::Sink;
use crate::check::args::bind;
use crate::check::value::describe;
use crate::model::Network;
use crate::recipe::Augment;
use crate::recipe::changes::{CHANGES, ChangeEntry, MIXUP};
use crate::recipe::losses::LossEntry;
use crate::signature::Args;
use crate::words;

/// What the clauses say.
#[derive(Default)]
pub(super) struct Freshness {
    changes: Vec<(&'static ChangeEntry, Args)>,
    mixup: Option<Args>,
}

/// What targets are, as far as a mixture of two of them is concerned.
pub(super) struct Mixed<'a> {
    /// The loss, if it is a word.
    pub(super) loss: Option<&'static LossEntry>,
    /// Where class ids stand, if the loss is an expression that may compare with them.
    pub(super) ids: Option<Span>,
    /// The network; if it is a training, it has steps.
    pub(super) network: &'a Network,
}

impl Freshness {
    /// `augment flip, shift(2);`
    pub(super) fn augment(&mut self, clause: &Clause, sink: &mut Sink) {
        match &clause.kind {
            ClauseKind::Settings { args, .. } if !args.is_empty() && args.iter().all(|arg| arg.name.is_none()) => {
                self.changes.extend(args.iter().filter_map(|arg| change(&arg.value, sink)));
            }
            _ => sink.report(malformed(clause, clause.span)),
        }
    }

    /// `mixup(0.2);`
    pub(super) fn mixup(&mut self, clause: &Clause, sink: &mut Sink) {
        self.mixup = settings(&MIXUP, clause, sink);
    }

    /// The list for this network, and the parameter of the mixtures.
    pub(super) fn finish(&self, mixed: &Mixed<'_>, sink: &mut Sink) -> (Vec<Augment>, Option<f64>) {
        let augment = self.changes.iter().filter_map(|(entry, args)| {
            let part = sink.keep(part(entry, args, mixed.network))?;
            sink.keep(
                (entry.fits)(args, &part.shape)
                    .map_err(|(argument, message)| Diagnostic::new(Code::OutOfRange, args.span_of(argument), message)),
            )?;
            let several = mixed.network.inputs.len() > 1;
            Some(Augment { entry, args: args.clone(), part: several.then_some((part.first, part.shape)) })
        });
        let augment = augment.collect();
        let alpha = self.mixup.as_ref().and_then(|args| {
            sink.keep(mixes(args.span, mixed))?;
            Some(args.real("alpha"))
        });
        (augment, alpha)
    }
}

/// One entry of the list.
fn change(expr: &Expr, sink: &mut Sink) -> Option<(&'static ChangeEntry, Args)> {
    let (name, args) = match &expr.kind {
        ExprKind::Name(name) => (name.as_str(), &[][..]),
        ExprKind::Call(call) if call.chain.is_none() => (call.name.text.as_str(), &call.args[..]),
        _ => {
            let message = format!("`augment` takes changes such as `flip`, not {}", describe(expr));
            sink.report(Diagnostic::new(Code::WrongKind, expr.span, message).label("expected a change"));
            return None;
        }
    };
    let Some(entry) = CHANGES.iter().find(|entry| entry.signature.name == name) else {
        let known: Vec<&str> = CHANGES.iter().map(|entry| entry.signature.name).collect();
        let help = match name {
            "normalize" | "normalise" | "standardize" => {
                Some("what holds for every row stands with the data: write `x = normalize(image);` there".to_owned())
            }
            "mixup" => Some("write `mixup(0.2);`, a clause of its own".to_owned()),
            _ => words::suggestion(name, &known, "changes"),
        };
        let message = format!("`augment` has no change `{name}`");
        sink.report(Diagnostic::new(Code::UnknownTransform, expr.span, message).maybe_help(help));
        return None;
    };
    match bind(&entry.signature, args, expr.span, &sink.constants) {
        Ok(args) => Some((entry, args)),
        Err(diagnostics) => {
            diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
            None
        }
    }
}

/// Some values of a row.
struct Part {
    name: String,
    first: usize,
    shape: Vec<usize>,
    ids: bool,
}

impl Part {
    /// Whether a change can be done to them.
    fn fits(&self, entry: &ChangeEntry) -> bool {
        !self.ids && (!entry.images || self.shape.len() == 3)
    }
}

/// The inputs of a network. The targets of a training lie among them, under the name `y`.
fn parts(network: &Network) -> Vec<Part> {
    let (mut first, ids) = (0, network.ids());
    let mut parts = Vec::new();
    for port in &network.inputs {
        let begin = first;
        first += port.shape.iter().product::<usize>();
        let ids = ids.iter().any(|ids| ids.places.start == begin);
        parts.push(Part { name: port.name.clone(), first: begin, shape: port.shape.clone(), ids });
    }
    parts.retain(|part| network.training.is_none() || part.name != "y");
    parts
}

/// What a change is about: the input that it names, or the only one that fits.
fn part(entry: &ChangeEntry, args: &Args, network: &Network) -> Result<Part, Diagnostic> {
    let (name, stated) = (entry.signature.name, args.text("input"));
    let mut parts = parts(network);
    let known: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
    if !stated.is_empty() {
        let Some(at) = parts.iter().position(|part| part.name == stated) else {
            let message = format!("`{}` has no input `{stated}` that could be changed", network.name);
            let help = words::suggestion(stated, &known, "inputs");
            return Err(Diagnostic::new(Code::UnknownName, args.span_of("input"), message).maybe_help(help));
        };
        let part = parts.swap_remove(at);
        return if part.fits(entry) { Ok(part) } else { Err(unfit(entry, args.span_of("input"), &part, network)) };
    }
    let fitting: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].fits(entry)).collect();
    match fitting[..] {
        [only] => Ok(parts.swap_remove(only)),
        [] => match &parts[..] {
            [only] => Err(unfit(entry, args.span, only, network)),
            _ => {
                let what = if entry.images { "an image" } else { "made of numbers" };
                let message =
                    format!("none of the inputs of `{}` is {what}, which `{name}` could change", network.name);
                Err(Diagnostic::new(Code::WrongRank, args.span, message).also(network.span, "these are its inputs"))
            }
        },
        [first, ..] => {
            let names: Vec<&str> = fitting.iter().map(|at| parts[*at].name.as_str()).collect();
            let message = format!("`{name}` could be about {}", words::one_of(names.iter().copied()));
            Err(Diagnostic::new(Code::UnknownInput, args.span, message)
                .help(format!("say which: `{name}(…, input = {})`", parts[first].name)))
        }
    }
}

fn unfit(entry: &ChangeEntry, span: Span, part: &Part, network: &Network) -> Diagnostic {
    let (name, shape) = (entry.signature.name, words::shape(&part.shape));
    if part.ids {
        let message = format!("`{name}` changes numbers, but `{}` reads ids", network.name);
        return Diagnostic::new(Code::DataWidth, span, message).also(network.span, "takes ids");
    }
    let message = format!("`{name}` changes images, but `{}` takes {shape}", network.name);
    Diagnostic::new(Code::WrongRank, span, message)
        .also(network.span, format!("takes {shape}"))
        .help("an image is [height, width, channels], as in `input(28, 28, 1)`; `flatten` makes one axis of it")
}

/// Whether rows can be mixed.
fn mixes(span: Span, mixed: &Mixed<'_>) -> Result<(), Diagnostic> {
    let Mixed { loss, ids, network } = mixed;
    let refused = |message: String| Diagnostic::new(Code::LossMismatch, span, message);
    if network.training.is_some() {
        let message =
            "`mixup` mixes each target with another, and the losses of steps may have none or read it otherwise";
        return Err(refused(message.to_owned())
            .help("mix in a step: `let m = 0.8 * x + 0.2 * other;` of two inputs, or leave it out"));
    }
    if !network.ids().is_empty() {
        let message =
            format!("`mixup` mixes inputs, but `{}` reads ids, and between two of them is none", network.name);
        return Err(refused(message).also(network.span, "takes ids"));
    }
    if loss.is_some_and(|loss| loss.signature.name == "hinge") {
        let message = "`mixup` mixes targets, but `hinge` knows two of them and none between";
        return Err(refused(message.to_owned()).help("use `cross_entropy` or `binary_cross_entropy`"));
    }
    if let Some(ids) = ids {
        let message =
            "`mixup` mixes targets, but the loss is an expression and `y` a class id: between two ids is none";
        return Err(refused(message.to_owned())
            .also(*ids, "class ids")
            .help("make `y` of `one_hot(…)`, leave it out if the loss does not read it, or minimize `cross_entropy`"));
    }
    Ok(())
}
