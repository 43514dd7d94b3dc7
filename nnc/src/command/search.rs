//! `nnc search`: looks for good settings of a training; knows arguments and the search section, runs no trial.

use std::io::Write;
use std::path::{Path, PathBuf};

use nn_compiler::Compiled;
use nn_compiler::recipe::search::Search;
use nn_grammar::ast::{Arg, Clause, ClauseKind, Item, Program};
use nn_grammar::sources::Used;
use nn_grammar::span::Span;
use nn_grammar::text;

use super::train::{chosen, count, data_for, named};
use crate::failure::Failure;
use crate::search::{self, Task};
use crate::source::{Source, Text};

/// Looks for good settings of a training
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Each option takes the place of what the search section says; without a section, --vary is needed.\n\
    Ctrl-C ends the search; finished trials stay, and the same command goes on."
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// Which network, if several can be trained
    #[arg(long, value_name = "NAME")]
    network: Option<String>,
    /// What is varied, as in the text: --vary "lr = log(1e-4, 1e-1)" --vary "hidden = [8, 16]"; can be repeated
    #[arg(long, value_name = "NAME = VALUES")]
    vary: Vec<String>,
    /// How many trials
    #[arg(long, value_name = "N", value_parser = count)]
    trials: Option<usize>,
    /// grid, random or halving; also "halving(eta = 2, min_epochs = 5)"
    #[arg(long, value_name = "NAME")]
    strategy: Option<String>,
    /// The seed of what is chosen at random; that of the training stays
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
    /// The figure that decides: loss, or a metric of the text; also "error, mode = min"
    #[arg(long, value_name = "NAME")]
    monitor: Option<String>,
    /// Passes over the data of a trial
    #[arg(long, value_name = "N", value_parser = count)]
    epochs: Option<usize>,
    /// Trials at a time; the cores are shared out, and the result is the same [default: one on each core]
    #[arg(long, value_name = "N", value_parser = count)]
    parallel: Option<usize>,
    /// The data, in place of the text's
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Where trials, search.json, search.svg and best/ go [default: out/NETWORK/search in the current folder]
    #[arg(short, long, value_name = "DIR")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    let network = trained(arguments, &source, &networks)?;
    let search = section(arguments, &source, &network.network.name)?;
    let data = data_for(&source, network, arguments.data.as_deref())?;
    let recipe = network.network.recipe.as_ref();
    if recipe.is_some_and(|recipe| recipe.split.validation == 0.0 && recipe.split.folds.is_none()) {
        eprintln!(
            "note: no rows are kept for validation, so that trials are compared by the rows that they train on: write \
             `split train = 0.8, validation = 0.2;`"
        );
    }
    let epochs = search.epochs.or(recipe.map(|recipe| recipe.epochs)).unwrap_or(1);
    let folder = arguments.output.clone().unwrap_or_else(|| Path::new("out").join(&search.network).join("search"));
    search::run(&Task { source, search, data, epochs, folder }, out)
}

/// The network that is meant: the one that is named, that of the only search section, or the only one that can be trained.
fn trained<'a>(arguments: &Arguments, source: &Source, networks: &'a [Compiled]) -> Result<&'a Compiled, Failure> {
    if let Some(name) = &arguments.network {
        return named(networks, name);
    }
    let (program, _) = source.gather()?;
    let model = nn_compiler::check::check(&program).map_err(|mistakes| source.mistakes(mistakes, source.used()))?;
    match &model.searches[..] {
        [only] => named(networks, &only.network),
        [] => chosen(source, networks, None),
        several => Err(Failure::Usage(format!(
            "there are several search sections: choose one with --network ({})",
            several.iter().map(|search| &*search.network).collect::<Vec<_>>().join(", ")
        ))),
    }
}

/// The search section of a network, with what the command line says in its place.
fn section(arguments: &Arguments, source: &Source, network: &str) -> Result<Search, Failure> {
    let written = clauses(arguments, network);
    let (mut program, used) = source.gather()?;
    if arguments.vary.is_empty() && !program.items.iter().any(|item| matches!(item, Item::Search(_))) {
        return Err(Failure::Usage(format!(
            "nothing is varied: {} has no search section; write one, or say what to vary, as in --vary \"lr = log(1e-4, 0.1)\"",
            source.path.display()
        )));
    }
    // Its spans lie behind those of all texts, as if one of them used it.
    let start = used.last().map_or(source.text.len(), |last| last.start + last.text.len()) + 1;
    let told = |diagnostics| {
        let mut mistakes = source.mistakes(diagnostics, used.clone());
        let path = "the command line".to_owned();
        mistakes.used.push(Used { path, text: written.clone(), start, by: Span::default() });
        mistakes
    };
    let added = text::parse(&format!("{}{written}", " ".repeat(start))).map_err(told)?;
    merge(&mut program, added, network);
    let model = nn_compiler::check::check(&program).map_err(told)?;
    model.searches.into_iter().find(|search| search.network == network).ok_or_else(|| {
        Failure::Wrong(format!("{}: `{network}` has no train section to search for", source.path.display()))
    })
}

/// The options as a search section.
fn clauses(arguments: &Arguments, network: &str) -> String {
    let number = |name: &str, n: Option<String>| n.map(|n| format!(" {name} {n};")).unwrap_or_default();
    let vary: String = arguments.vary.iter().map(|vary| format!(" vary {vary};")).collect();
    let text = |n: Option<usize>| n.map(|n| n.to_string());
    format!(
        "search {network} {{{vary}{}{}{}{}{}{} }}",
        number("trials", text(arguments.trials)),
        number("strategy", arguments.strategy.clone()),
        number("seed", arguments.seed.map(|n| n.to_string())),
        number("monitor", arguments.monitor.clone()),
        number("epochs", text(arguments.epochs)),
        number("parallel", text(arguments.parallel)),
    )
}

/// Puts clauses into the search section of a network in place of its own; makes the section if there is none.
fn merge(program: &mut Program, added: Program, network: &str) {
    let Some(Item::Search(added)) = added.items.into_iter().next() else { return };
    let trains = program.items.iter().filter_map(|item| if let Item::Train(train) = item { Some(train) } else { None });
    let mut names: Vec<String> =
        trains.filter(|train| train.type_name() == network).map(|train| train.name.text.clone()).collect();
    names.push(network.to_owned());
    let known = program.items.iter_mut().find_map(|item| match item {
        Item::Search(search) if names.contains(&search.name.text) => Some(search),
        _ => None,
    });
    let Some(search) = known else {
        program.items.push(Item::Search(added));
        return;
    };
    let varied: Vec<String> = added.clauses.iter().flat_map(arguments_of).filter_map(name_of).collect();
    let replaced = |clause: &Clause| added.clauses.iter().any(|other| other.keyword.text == clause.keyword.text);
    search.clauses.retain(|clause| clause.keyword.text == "vary" || !replaced(clause));
    for clause in &mut search.clauses {
        if let ("vary", ClauseKind::Settings { args, .. }) = (&*clause.keyword.text, &mut clause.kind) {
            args.retain(|arg| !name_of(arg).is_some_and(|name| varied.contains(&name)));
        }
    }
    search.clauses.retain(|clause| clause.keyword.text != "vary" || !arguments_of(clause).is_empty());
    search.clauses.extend(added.clauses);
}

fn arguments_of(clause: &Clause) -> &[Arg] {
    match &clause.kind {
        ClauseKind::Settings { args, .. } => args,
        _ => &[],
    }
}

fn name_of(arg: &Arg) -> Option<String> {
    arg.name.as_ref().map(|name| name.text.clone())
}
