//! The clause `split`: which parts of the rows are trained, validated and tested on; and whether the data can be divided so.

use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use crate::check::Sink;
use crate::check::data::Spans;
use crate::recipe::{Data, Grouping, Source, Split};
use crate::signature::Args;

/// How rows are divided, and the arguments that not all data allows.
pub(super) struct Division {
    pub(super) split: Split,
    /// An argument that asks for rows in any order, and so not for rows that follow each other.
    pub(super) at_random: Option<Span>,
    /// Where `folds` stands.
    pub(super) folds: Option<Span>,
}

impl Division {
    /// Where the text does not say it: all rows are trained on.
    pub(super) const NONE: Self = Self {
        split: Split { train: 1.0, validation: 0.0, test: 0.0, stratify: false, shuffle: true, folds: None },
        at_random: None,
        folds: None,
    };

    /// What the clause says.
    pub(super) fn of(args: &Args, sink: &mut Sink) -> Self {
        let span = |name: &str| args.argument(name).span;
        let (validation, test) = (args.real("validation"), args.real("test"));
        let train = if span("train").is_some() { args.real("train") } else { tidy(1.0 - validation - test) };
        let folds = span("folds").map(|_| args.dim("folds"));
        let (stratify, shuffle) = (args.bool("stratify"), args.bool("shuffle"));
        let split = Split { train, validation, test, stratify, shuffle, folds };
        let mistakes = [unequal(&split, args), empty(&split, args), unshuffled(&split, args), folded(&split, args)];
        mistakes.into_iter().flatten().for_each(|mistake| sink.report(mistake));
        let asked = ["stratify", "shuffle"].into_iter().find(|name| span(name).is_some() && args.bool(name));
        Self { split, at_random: asked.map(|name| args.span_of(name)), folds: span("folds") }
    }

    /// Whether such data can be divided so. Windows are divided by their place, so that what is tested on lies behind what was trained on.
    pub(super) fn fits(&self, data: &Data, spans: &Spans, sink: &mut Sink) {
        if data.has_test() && self.split.test > 0.0 {
            let message = "the data names what is tested on, which `test` of the split cannot divide";
            let mistake = Diagnostic::new(Code::BadSplit, spans.source, message);
            sink.report(mistake.help("divide the rest into `train` and `validation` only"));
        }
        if !by_position(&data.source) {
            return;
        }
        let (span, message, help) = match (self.at_random, self.folds) {
            (Some(span), _) => (
                span,
                "windows are divided by their place in the file, not at random",
                "leave it out: training has the first rows, then come validation and test",
            ),
            (_, Some(span)) => (
                span,
                "a fold of windows would be judged by a network that has seen what comes behind it",
                "validate on the last rows: `split train = 0.8, validation = 0.2`",
            ),
            _ => return,
        };
        sink.report(Diagnostic::new(Code::BadSplit, span, message).also(spans.x, "made of windows").help(help));
    }
}

/// Whether examples are divided by their place in the file.
fn by_position(source: &Source) -> bool {
    matches!(source, Source::Text(_)) || matches!(source.grouping(), Grouping::Windows { .. })
}

/// Without the noise of binary fractions: 0.9, not 0.8999999999999999.
fn tidy(x: f64) -> f64 {
    (x * 1e9).round() / 1e9
}

/// The parts do not add up to 1.
fn unequal(split: &Split, args: &Args) -> Option<Diagnostic> {
    let sum = split.train + split.validation + split.test;
    if (sum - 1.0).abs() <= 1e-9 {
        return None;
    }
    let message = format!("the parts of the split add up to {}, not to 1", tidy(sum));
    let stated = ["train", "validation", "test"].map(|part| (args.argument(part).span, args.real(part)));
    let parts: Vec<String> =
        stated.iter().filter(|(span, _)| span.is_some()).map(|(_, part)| part.to_string()).collect();
    let rest = 1.0 - split.train - split.validation;
    let verb = if args.argument("test").span.is_some() { "write" } else { "add" };
    let help = (rest > 0.0).then(|| format!("{verb} `test = {}`", tidy(rest)));
    let diagnostic = Diagnostic::new(Code::BadSplit, args.span, message);
    Some(diagnostic.note(format!("{} = {}", parts.join(" + "), tidy(sum))).maybe_help(help))
}

/// The other parts leave nothing to train on.
fn empty(split: &Split, args: &Args) -> Option<Diagnostic> {
    let message = "`validation` and `test` leave no rows to train on";
    (split.train <= 0.0).then(|| Diagnostic::new(Code::BadSplit, args.span, message))
}

fn unshuffled(split: &Split, args: &Args) -> Option<Diagnostic> {
    let message = "`stratify` chooses rows of each class at random, which `shuffle = false` forbids";
    (split.stratify && !split.shuffle)
        .then(|| Diagnostic::new(Code::BadSplit, args.span_of("stratify"), message).help("leave one of them out"))
}

/// Each fold is validated on once, so that there is no other part for it, and there are two at least.
fn folded(split: &Split, args: &Args) -> Option<Diagnostic> {
    let (message, help) = match split.folds? {
        1 => ("one fold leaves no rows to train on", "write `folds = 5`, or leave it out"),
        _ if split.validation > 0.0 => (
            "each fold is validated on once, so that there is no `validation` beside `folds`",
            "leave `validation` out, or `folds`",
        ),
        _ => return None,
    };
    Some(Diagnostic::new(Code::BadSplit, args.span_of("folds"), message).help(help))
}
