//! Search sections: what is varied over which values, and how; knows train sections by their names and figures only.

use std::collections::BTreeSet;

use nn_grammar::ast::{self, Arg, Call, Clause, ClauseKind, Expr, ExprKind, Item, Program, Train};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;

use super::Sink;
use super::args::{bind, bind_call, duplicate};
use super::train::{figures_of, malformed, monitor, settings};
use super::value::{Env, describe, number};
use crate::model::Network;
use crate::recipe::Monitor;
use crate::recipe::search::{Search, Strategy, Values, Varied, What};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

/// The settings that a program can be given, and whether their values are whole numbers from the second on.
const SETTINGS: [(&str, Option<f64>); 4] =
    [("lr", None), ("batch", Some(1.0)), ("epochs", Some(1.0)), ("seed", Some(0.0))];
const KEYWORDS: [&str; 7] = ["vary", "trials", "strategy", "seed", "monitor", "epochs", "parallel"];
/// The most combinations of a grid, and the most values of a range.
const MOST_TRIALS: usize = 10_000;

static UNIFORM: Signature = Signature {
    name: "uniform",
    doc: "Any number from `low` to `high`.",
    params: &[
        Param::required("low", Kind::Real(Range::ANY), "the smallest"),
        Param::required("high", Kind::Real(Range::ANY), "the largest"),
        WHOLE,
    ],
};
static LOG: Signature = Signature {
    name: "log",
    doc: "Any number from `low` to `high`, each order of magnitude as often as the others.",
    params: &[
        Param::required("low", Kind::Real(Range::POSITIVE), "the smallest"),
        Param::required("high", Kind::Real(Range::POSITIVE), "the largest"),
        WHOLE,
    ],
};
const WHOLE: Param =
    Param::optional("whole", Kind::Bool, Preset::Bool(false), "whether it is a whole number, as a width has to be");
static TRIALS: Signature = Signature {
    name: "trials",
    doc: "How many trials there are.",
    params: &[Param::required("count", Kind::Dim, "how many trials there are")],
};
static SEED: Signature = Signature {
    name: "seed",
    doc: "The seed of what is chosen at random.",
    params: &[Param::required("value", Kind::Whole, "the seed of what is chosen at random")],
};
static EPOCHS: Signature = Signature {
    name: "epochs",
    doc: "Passes over the training rows of a trial.",
    params: &[Param::required("count", Kind::Dim, "passes over the training rows of a trial")],
};
static PARALLEL: Signature = Signature {
    name: "parallel",
    doc: "Trials at a time.",
    params: &[Param::required("count", Kind::Dim, "trials at a time")],
};
static MONITOR: Signature = Signature {
    name: "monitor",
    doc: "The figure that decides which trial is better.",
    params: &[
        Param::required("monitor", Kind::Word, "`loss`, or a metric of the train section"),
        Param::optional(
            "mode",
            Kind::Choice(&["auto", "min", "max"]),
            Preset::Choice("auto"),
            "whether smaller or larger is better",
        ),
    ],
};
static GRID: Signature = Signature { name: "grid", doc: "Every combination of listed values.", params: &[] };
static RANDOM: Signature = Signature { name: "random", doc: "At random.", params: &[] };
static HALVING: Signature = Signature {
    name: "halving",
    doc: "At random, with few epochs at first; the best go on.",
    params: &[
        Param::optional("eta", Kind::Dim, Preset::Dim(3), "one of so many goes on, with so many times as many epochs"),
        Param::optional("min_epochs", Kind::Dim, Preset::Dim(1), "the epochs of the first round are not fewer"),
    ],
};

/// The search sections of a program whose networks are known.
pub(super) fn searches(program: &Program, known: &[Network], sink: &mut Sink) -> Vec<Search> {
    let mut found = Vec::new();
    let mut sections: Vec<&ast::Search> = Vec::new();
    for item in &program.items {
        let Item::Search(section) = item else { continue };
        let name = &section.name;
        if let Some(earlier) = sections.iter().find(|earlier| earlier.name.text == name.text) {
            let message = format!("there are two search sections for `{}`", name.text);
            let mistake = Diagnostic::new(Code::DuplicateItem, name.span, message).label("the second");
            sink.report(mistake.also(earlier.name.span, "the first").help("put all clauses in one of them"));
            continue;
        }
        sections.push(section);
        found.extend(search(section, program, known, sink));
    }
    found
}

/// The train section of a search, and the network that it trains; no network where its own mistakes hide it.
fn trained<'a>(section: &ast::Search, program: &Program, known: &'a [Network], sink: &mut Sink) -> Option<&'a Network> {
    let trains: Vec<&Train> = program
        .items
        .iter()
        .filter_map(|item| if let Item::Train(train) = item { Some(train) } else { None })
        .collect();
    let name = &section.name.text;
    let Some(train) = trains.iter().find(|train| train.name.text == *name || train.type_name() == *name) else {
        let names: Vec<&str> = trains.iter().map(|train| train.name.text.as_str()).collect();
        let message = format!("there is no train section `{name}` to search for");
        let help = words::suggestion(name, &names, "train sections");
        sink.report(Diagnostic::new(Code::UnknownNetwork, section.name.span, message).maybe_help(help));
        return None;
    };
    known.iter().find(|network| network.name == train.type_name())
}

fn search(section: &ast::Search, program: &Program, known: &[Network], sink: &mut Sink) -> Option<Search> {
    let mistakes = sink.diagnostics.len();
    let network = trained(section, program, known, sink);
    let mut found = Search {
        network: network.map_or_else(String::new, |network| network.name.clone()),
        varied: Vec::new(),
        strategy: Strategy::Random,
        trials: None,
        seed: 0,
        monitor: Monitor { name: "loss".to_owned(), larger: false },
        epochs: None,
        parallel: None,
    };
    for (index, clause) in section.clauses.iter().enumerate() {
        let keyword = clause.keyword.text.as_str();
        match section.clauses[..index].iter().find(|earlier| earlier.keyword.text == keyword) {
            Some(earlier) if keyword != "vary" => sink.report(
                Diagnostic::new(Code::DuplicateClause, clause.keyword.span, format!("`{keyword}` stands twice"))
                    .label("the second")
                    .also(earlier.keyword.span, "the first"),
            ),
            _ => self::clause(clause, network, &mut found, sink),
        }
    }
    if !section.clauses.iter().any(|clause| clause.keyword.text == "vary") {
        let message = format!("the search section of `{}` varies nothing", section.name.text);
        let mistake = Diagnostic::new(Code::MissingClause, section.name.span, message);
        sink.report(mistake.help("add `vary lr = log(0.0001, 0.1);`"));
    }
    if sink.diagnostics.len() == mistakes {
        agrees(section, &found, sink);
    }
    (network.is_some() && sink.diagnostics.len() == mistakes).then_some(found)
}

fn clause(clause: &Clause, network: Option<&Network>, found: &mut Search, sink: &mut Sink) {
    match clause.keyword.text.as_str() {
        "vary" => vary(clause, &mut found.varied, sink),
        "trials" => found.trials = settings(&TRIALS, clause, sink).map(|args| args.dim("count")),
        "seed" => found.seed = settings(&SEED, clause, sink).map_or(0, |args| args.whole("value")),
        "epochs" => found.epochs = settings(&EPOCHS, clause, sink).map(|args| args.dim("count")),
        "parallel" => found.parallel = settings(&PARALLEL, clause, sink).map(|args| args.dim("count")),
        "monitor" => {
            let figures = network.and_then(figures_of);
            if let (Some(args), Some(figures)) = (settings(&MONITOR, clause, sink), figures)
                && let Some(monitor) = monitor(&args, &figures, sink)
            {
                found.monitor = monitor;
            }
        }
        "strategy" => {
            if let Some(strategy) = strategy(clause, sink) {
                found.strategy = strategy;
            }
        }
        other => sink.report(
            Diagnostic::new(
                Code::UnknownClause,
                clause.keyword.span,
                format!("a search section has no clause `{other}`"),
            )
            .maybe_help(words::suggestion(other, &KEYWORDS, "clauses")),
        ),
    }
}

/// `strategy halving(eta = 2);`
fn strategy(clause: &Clause, sink: &mut Sink) -> Option<Strategy> {
    let ClauseKind::Settings { args, .. } = &clause.kind else {
        sink.report(malformed(clause, clause.span));
        return None;
    };
    let [Arg { name: None, value }] = &args[..] else {
        sink.report(malformed(clause, clause.span));
        return None;
    };
    let (name, given) = match &value.kind {
        ExprKind::Name(name) => (name.as_str(), &[][..]),
        ExprKind::Call(call) => (call.name.text.as_str(), &call.args[..]),
        _ => ("", &[][..]),
    };
    let known = [&GRID, &RANDOM, &HALVING];
    let Some(signature) = known.into_iter().find(|signature| signature.name == name) else {
        let names = known.map(|signature| signature.name);
        let message = match name {
            "" => format!("a strategy is a word, not {}", describe(value)),
            _ => format!("there is no strategy `{name}`"),
        };
        sink.report(Diagnostic::new(Code::UnknownChoice, value.span, message).maybe_help(words::suggestion(
            name,
            &names,
            "strategies",
        )));
        return None;
    };
    let args = kept(bind(signature, given, value.span, &sink.constants), sink)?;
    match name {
        "grid" => Some(Strategy::Grid),
        "random" => Some(Strategy::Random),
        _ if args.dim("eta") < 2 => {
            let message = "`eta` of `halving` is at least 2: one of so many goes on";
            sink.report(Diagnostic::new(Code::OutOfRange, args.span_of("eta"), message));
            None
        }
        _ => Some(Strategy::Halving { eta: args.dim("eta"), min_epochs: args.dim("min_epochs") }),
    }
}

fn kept<T>(result: Result<T, Vec<Diagnostic>>, sink: &mut Sink) -> Option<T> {
    result.map_err(|diagnostics| diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic))).ok()
}

/// `vary lr = log(1e-4, 1e-1), hidden = [8, 16, 32];`
fn vary(clause: &Clause, varied: &mut Vec<Varied>, sink: &mut Sink) {
    let args = match &clause.kind {
        ClauseKind::Settings { args, .. } if !args.is_empty() => args,
        _ => return sink.report(malformed(clause, clause.span)),
    };
    let mut spans = Vec::new();
    for arg in args {
        let Some(name) = &arg.name else {
            sink.report(malformed(clause, arg.value.span));
            continue;
        };
        let earlier = spans.iter().find(|(known, _)| *known == name.text.as_str()).map(|(_, span)| *span);
        if earlier.is_some() || varied.iter().any(|known| known.name == name.text) {
            sink.report(duplicate(&name.text, name.span, earlier.unwrap_or(name.span)));
            continue;
        }
        spans.push((name.text.as_str(), name.span));
        let setting = SETTINGS.iter().find(|(known, _)| *known == name.text);
        // The text's own names come first.
        let what = match (sink.constants.contains_key(&name.text), setting) {
            (true, _) => What::Constant,
            (false, Some(_)) => What::Setting,
            (false, None) => {
                sink.report(unknown(name, &sink.constants));
                continue;
            }
        };
        let least = setting.filter(|_| what == What::Setting).and_then(|(_, least)| *least);
        let Some(values) = values(&arg.value, &name.text, least.is_some(), sink) else { continue };
        let above = if what == What::Setting { least.unwrap_or(f64::MIN_POSITIVE) } else { f64::NEG_INFINITY };
        match wrong(&values, least.is_some(), above) {
            Some(value) => {
                let kind = if least.is_some() { "whole numbers" } else { "numbers" };
                let from = if above == f64::MIN_POSITIVE { "above 0".to_owned() } else { format!("from {above} on") };
                let message = format!("`{}` takes {kind} {from}, not {value}", name.text);
                sink.report(Diagnostic::new(Code::OutOfRange, arg.value.span, message));
            }
            None => {
                let text = printer::expr(&arg.value);
                varied.push(Varied { name: name.text.clone(), what, values, text });
            }
        }
    }
}

fn unknown(name: &ast::Name, constants: &Env) -> Diagnostic {
    let settings = SETTINGS.iter().map(|(name, _)| *name);
    let known: Vec<&str> = constants.keys().map(String::as_str).chain(settings).collect();
    let message = format!("there is no constant or setting `{}` to vary", name.text);
    let help = match words::nearest(&name.text, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => format!("there are {}; a constant is declared as `let {} = 16;`", words::list(&known), name.text),
    };
    Diagnostic::new(Code::UnknownName, name.span, message).help(help)
}

/// A value that cannot be taken.
fn wrong(values: &Values, whole: bool, least: f64) -> Option<f64> {
    let is_wrong = |x: &f64| *x < least || (whole && (x.fract() != 0.0 || *x > 9e15));
    match values {
        Values::Listed(values) => values.iter().copied().find(is_wrong),
        Values::Uniform { low, high, .. } | Values::Log { low, high, .. } => [*low, *high].into_iter().find(is_wrong),
    }
}

/// `[8, 16]`, `1..4`, `uniform(0, 0.5)`, `log(8, 256, whole = true)`.
fn values(expr: &Expr, name: &str, whole: bool, sink: &mut Sink) -> Option<Values> {
    let what = format!("`{name}`");
    let any = Kind::Real(Range::ANY);
    match &expr.kind {
        ExprKind::List(items) if !items.is_empty() => {
            let mut listed = Vec::new();
            for item in items {
                let value = sink.keep(number(item, any, &sink.constants, &what))?;
                if listed.contains(&value) {
                    let message = format!("{value} is listed twice");
                    sink.report(Diagnostic::new(Code::DuplicateArgument, item.span, message));
                    return None;
                }
                listed.push(value);
            }
            Some(Values::Listed(listed))
        }
        ExprKind::Range(low, high) => {
            let low = sink.keep(number(low, any, &sink.constants, &what))?;
            let high = sink.keep(number(high, any, &sink.constants, &what))?;
            let count = high - low;
            if low.fract() != 0.0 || high.fract() != 0.0 || !(1.0..=MOST_TRIALS as f64).contains(&count) {
                let message =
                    format!("a range goes up by whole numbers, and its end is not part of it: {low}..{high} does not");
                let help = "write `1..4` for 1, 2 and 3, or `uniform(0, 1)` for any number between";
                sink.report(Diagnostic::new(Code::OutOfRange, expr.span, message).help(help));
                return None;
            }
            Some(Values::Listed((0..count as usize).map(|step| low + step as f64).collect()))
        }
        ExprKind::Call(call) if ["uniform", "log"].contains(&call.name.text.as_str()) => drawn(call, whole, sink),
        _ => {
            let message =
                format!("{what} is varied over a list, a range, `uniform(…)` or `log(…)`, not {}", describe(expr));
            let mistake = Diagnostic::new(Code::WrongKind, expr.span, message);
            sink.report(
                mistake.help(format!("write `vary {name} = [8, 16, 32];` or `vary {name} = log(0.0001, 0.1);`")),
            );
            None
        }
    }
}

fn drawn(call: &Call, whole: bool, sink: &mut Sink) -> Option<Values> {
    let signature = if call.name.text == "log" { &LOG } else { &UNIFORM };
    let args: Args = kept(bind_call(signature, call, &sink.constants), sink)?;
    let (low, high, whole) = (args.real("low"), args.real("high"), whole || args.bool("whole"));
    if low >= high {
        let message = format!("`{}` goes up from `low` to `high`, but {low} is not below {high}", signature.name);
        sink.report(Diagnostic::new(Code::OutOfRange, call.span, message));
        return None;
    }
    if whole && (low.fract() != 0.0 || high.fract() != 0.0) {
        let message = format!("whole numbers have whole bounds, not {low} and {high}");
        sink.report(Diagnostic::new(Code::OutOfRange, call.span, message));
        return None;
    }
    Some(match call.name.text.as_str() {
        "log" => Values::Log { low, high, whole },
        _ => Values::Uniform { low, high, whole },
    })
}

/// Whether the strategy fits what is varied.
fn agrees(section: &ast::Search, found: &Search, sink: &mut Sink) {
    let at = |keyword: &str| {
        let clause = section.clauses.iter().find(|clause| clause.keyword.text == keyword);
        clause.map_or(section.name.span, |clause| clause.span)
    };
    let by_epochs = found.varied.iter().any(|varied| varied.name == "epochs" && varied.what == What::Setting);
    let halving = matches!(found.strategy, Strategy::Halving { .. });
    if by_epochs && (halving || found.epochs.is_some()) {
        let message = if halving { "`halving` shares the epochs out" } else { "`epochs` says how many there are" };
        let message = format!("{message}, so that they cannot be varied");
        sink.report(Diagnostic::new(Code::MalformedClause, at("vary"), message).help("leave one of them out"));
    }
    if found.strategy != Strategy::Grid {
        return;
    }
    let counts: BTreeSet<&str> =
        found.varied.iter().filter(|varied| varied.values.count().is_none()).map(|varied| &*varied.name).collect();
    if !counts.is_empty() {
        let names = words::one_of(counts);
        let message = format!("a grid has every combination of listed values, and {names} can be any number");
        let mistake = Diagnostic::new(Code::MalformedClause, at("vary"), message);
        return sink.report(mistake.help("list the values, as in `[0.001, 0.01, 0.1]`, or write `strategy random;`"));
    }
    let size = found.varied.iter().filter_map(|varied| varied.values.count()).try_fold(1_usize, usize::checked_mul);
    if size.is_none_or(|size| size > MOST_TRIALS) {
        let message = format!("the grid has more than {MOST_TRIALS} combinations");
        sink.report(Diagnostic::new(Code::TooLarge, at("vary"), message).help("write `strategy random;`"));
    }
}
