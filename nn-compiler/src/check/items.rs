//! The items of a program: names, settings, which train section belongs to which network.

use std::collections::{BTreeMap, BTreeSet};

use nn_grammar::ast::{self, Block, Body, ClauseKind, Item, Name, Program, Relation, Setting, Train};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::chain::{Builder, COMBINATORS, Scope};
use super::value::{describe, memory};
use super::{Sink, blocks, constants, grids, search, steps, train, tuning};
use crate::layers;
use crate::model::{Model, Network, Port, Precision, Wire};
use crate::recipe::Recipe;
use crate::words;

pub(super) fn model(program: &Program, sink: &mut Sink) -> Model {
    let mut networks: Vec<&ast::Network> = Vec::new();
    let mut block_items: Vec<&Block> = Vec::new();
    let mut trains: Vec<&Train> = Vec::new();
    for item in &program.items {
        match item {
            // Its items have been put in its place.
            Item::Use(_) => {}
            Item::Network(network) => networks.push(network),
            Item::Block(block) => block_items.push(block),
            Item::Train(train) => trains.push(train),
            Item::Search(_) | Item::Constant(_) => {}
        }
    }
    // What a constant is counts everywhere: what follows from a mistake here is told by the next run.
    if !constants::constants(program, sink) {
        return Model::default();
    }
    if networks.is_empty() {
        let end = Span::default();
        sink.report(
            Diagnostic::new(Code::NoNetwork, end, "there is no network in this text")
                .help("write one: `network Iris < dense(4->16, relu), dense(16->3, softmax) >`"),
        );
    }
    let network_names: Vec<&Name> = networks.iter().map(|network| &network.name).collect();
    let block_names: Vec<&Name> = block_items.iter().map(|block| &block.name).collect();
    check_names(&network_names, "network", sink);
    check_names(&block_names, "block", sink);
    network_names.iter().for_each(|name| check_camel_case(name, sink));
    block_names.iter().for_each(|name| check_block_name(name, sink));
    let table: BTreeMap<&str, &Block> = block_items.iter().map(|block| (block.name.text.as_str(), *block)).collect();
    block_items.iter().for_each(|block| blocks::check_declaration(block, &table, sink));
    check_trains(&trains, &networks, sink);
    trains.iter().for_each(|train| check_steps(train, sink));
    if blocks::check_recursion(&table, sink) {
        return Model::default();
    }
    let build = |written: &&ast::Network| {
        let train = trains.iter().find(|train| train.roles.is_empty() && train.name.text == written.name.text);
        network(written, train.copied(), &table, sink)
    };
    let mut known: Vec<Network> = networks.iter().filter_map(build).collect();
    let has_steps = |train: &Train| train.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Step { .. }));
    for train in trains.iter().filter(|train| !train.roles.is_empty()) {
        let trained = match &train.roles[..] {
            _ if has_steps(train) => named_training(train, &known, &networks, &table, sink),
            [role] => known.iter().find(|network| network.name == role.network.text).cloned().and_then(|network| {
                trained(Network { name: train.type_name(), docs: train.docs.clone(), ..network }, train, &table, sink)
            }),
            _ => None,
        };
        known.extend(trained);
    }
    let searches = search::searches(program, &known, sink);
    Model { networks: known, searches }
}

fn network(
    written: &ast::Network,
    section: Option<&Train>,
    blocks: &BTreeMap<&str, &Block>,
    sink: &mut Sink,
) -> Option<Network> {
    let settings = settings(&written.settings, sink);
    let mut scope = Scope::new(String::new(), &sink.constants);
    let mut builder = Builder::new(blocks, sink);
    builder.lengths(&written.dims, &mut scope);
    let ports = builder.ports(&written.inputs, &mut scope)?;
    let outputs = match &written.body {
        Body::Chain(chain) => builder.network_of_chain(chain, &ports, &mut scope),
        Body::Graph(graph) => {
            let meaning = builder.graph(graph, &mut scope);
            builder.outputs(meaning, graph.result.as_ref().map_or(graph.span, |result| result.span))
        }
    };
    let (body, tensors, vocabulary, input) = (builder.body, builder.tensors, builder.vocabulary, builder.input);
    let entries = builder.entries;
    let shapes = outputs.zip(input);
    let mut network = Network {
        docs: written.docs.clone(),
        public: written.public,
        name: written.name.text.clone(),
        span: written.name.span,
        precision: settings.precision,
        memory: settings.memory,
        input: Vec::new(),
        output: Vec::new(),
        inputs: ports,
        outputs: Vec::new(),
        vocabulary,
        body,
        result: Wire(0),
        tensors,
        entries,
        recipe: None,
        objective: None,
        training: None,
    };
    grids::mark(&network.body, &mut network.tensors);
    one_name_each(&network, sink);
    let known = shapes.is_some();
    if let Some((outputs, (input, _))) = shapes {
        (network.output, network.result) = (outputs.shape, outputs.result);
        network.outputs = outputs.ports;
        if network.inputs.is_empty() {
            network.inputs = vec![Port { name: "x".to_owned(), shape: input, classes: vocabulary, padded: false }];
        }
        network.input = match &network.inputs[..] {
            [only] => only.shape.clone(),
            several => vec![several.iter().map(|port| port.shape.iter().product::<usize>()).sum()],
        };
        if let [Port { classes, .. }] = network.inputs[..] {
            network.vocabulary = classes.or(vocabulary);
        }
    }
    match section {
        Some(section) if known => trained(network, section, blocks, sink),
        Some(section) => {
            train::recipe(section, None, blocks, sink);
            None
        }
        None => known.then_some(network),
    }
}

/// A network with its train section.
fn trained(mut network: Network, section: &Train, blocks: &BTreeMap<&str, &Block>, sink: &mut Sink) -> Option<Network> {
    let recipe = train::recipe(section, Some(&network), blocks, sink);
    let tuning = tuning::tuning(section, &network, sink);
    for (index, tensor) in network.tensors.iter_mut().enumerate() {
        tensor.frozen = tuning.frozen.contains(&index);
    }
    (network.recipe, network.objective) = recipe.map_or((None, None), |(mut recipe, objective)| {
        (recipe.control.phases, recipe.control.origin) = (tuning.phases, tuning.origin);
        (Some(recipe), objective)
    });
    Some(network)
}

struct Settings {
    precision: Precision,
    memory: Option<(u64, Span)>,
}

fn settings(written: &[Setting], sink: &mut Sink) -> Settings {
    let mut settings = Settings { precision: Precision::F32, memory: None };
    for (index, setting) in written.iter().enumerate() {
        let name = setting.name.text.as_str();
        if let Some(earlier) = written[..index].iter().find(|earlier| earlier.name.text == name) {
            sink.report(
                Diagnostic::new(Code::DuplicateSetting, setting.name.span, format!("`{name}` is set twice"))
                    .label("set again")
                    .also(earlier.name.span, "first set here"),
            );
        }
        match (name, setting.relation) {
            ("precision", Relation::Is) => {
                if let Some(precision) = sink.keep(precision(setting)) {
                    settings.precision = precision;
                }
            }
            ("memory", Relation::AtMost) => {
                settings.memory = sink.keep(memory(&setting.value)).map(|bytes| (bytes, setting.value.span));
            }
            ("precision" | "memory", _) => {
                let right = if name == "memory" { "memory <= 64 KiB" } else { "precision = f64" };
                sink.report(
                    Diagnostic::new(
                        Code::UnknownSetting,
                        setting.name.span,
                        format!("`{name}` is not set in this way"),
                    )
                    .help(format!("write `{right}`")),
                );
            }
            _ => sink.report(
                Diagnostic::new(Code::UnknownSetting, setting.name.span, format!("a network has no setting `{name}`"))
                    .maybe_help(words::suggestion(name, &["precision", "memory"], "settings")),
            ),
        }
    }
    settings
}

fn precision(setting: &Setting) -> Result<Precision, Diagnostic> {
    match &setting.value.kind {
        ast::ExprKind::Name(name) if name == "f32" => Ok(Precision::F32),
        ast::ExprKind::Name(name) if name == "f64" => Ok(Precision::F64),
        _ => {
            let message = format!("`precision` is `f32` or `f64`, not {}", describe(&setting.value));
            Err(Diagnostic::new(Code::UnknownChoice, setting.value.span, message))
        }
    }
}

/// Whether steps stand where they can, and what goes with them.
fn check_steps(train: &Train, sink: &mut Sink) {
    for clause in &train.clauses {
        match &clause.kind {
            ClauseKind::Minimize { over, .. } if train.roles.is_empty() => {
                sink.keep(over.first().map_or(Ok(()), |name| Err(over_alone(name))));
            }
            ClauseKind::Step { name, .. } if train.roles.is_empty() => {
                let message = format!("the step `{}` stands in the section of one network", name.text);
                let help = format!("name the networks of the steps: `train {}_steps for {0} {{ … }}`", train.name.text);
                sink.report(Diagnostic::new(Code::MalformedClause, name.span, message).help(help));
            }
            _ => {}
        }
    }
    let steps = train.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::Step { .. }));
    if steps {
        tuning::among_steps(train, sink);
    }
    if let ([first, second, ..], false) = (&train.roles[..], steps) {
        let (first, second) = (&first.network, &second.network);
        let message = format!("`{}` trains {} and {}, and has no step", train.name.text, first.text, second.text);
        let help = "write `step all { minimize … with …; }`";
        sink.report(Diagnostic::new(Code::MissingClause, train.name.span, message).help(help));
    }
}

fn over_alone(name: &Name) -> Diagnostic {
    Diagnostic::new(Code::MalformedClause, name.span, "`over` says what a step changes, and this section has no steps")
        .help("`frozen < … >` around layers keeps them as they are")
}

/// A train section with a name of its own: a type of this name.
fn named_training(
    section: &Train,
    known: &[Network],
    written: &[&ast::Network],
    blocks: &BTreeMap<&str, &Block>,
    sink: &mut Sink,
) -> Option<Network> {
    let mut network = steps::training(section, section.type_name(), known, written, blocks, sink)?;
    let (mut recipe, _) = train::recipe(section, Some(&network), blocks, sink)?;
    // What no step looks at is not read.
    if let (Some(data), false) = (&mut recipe.data, network.inputs.iter().any(|port| port.name == "y")) {
        data.y.clear();
    }
    for step in network.training.iter_mut().flat_map(|training| &mut training.steps) {
        step.network.recipe = Some(Recipe { optimizer: step.optimizer.clone(), ..recipe.clone() });
    }
    network.recipe = Some(recipe);
    Some(network)
}

/// Whether each tensor has a name of its own: a name of the text that stands for two things gives it to the tensors of both.
fn one_name_each(network: &Network, sink: &mut Sink) {
    let mut names = BTreeSet::new();
    if let Some(twin) = network.tensors.iter().find(|tensor| !names.insert(tensor.name.as_str())) {
        let name = twin.name.split('.').next().unwrap_or(&twin.name);
        let message = format!("`{}` has two tensors `{}`", network.name, twin.name);
        sink.report(
            Diagnostic::new(Code::DuplicateParameter, network.span, message)
                .note(format!("`{name}` stands for two things that have parameters or state"))
                .help("give one of them another name"),
        );
    }
}

fn check_names(names: &[&Name], noun: &str, sink: &mut Sink) {
    for (index, name) in names.iter().enumerate() {
        if let Some(earlier) = names[..index].iter().find(|earlier| earlier.text == name.text) {
            sink.report(
                Diagnostic::new(Code::DuplicateItem, name.span, format!("there are two {noun}s `{}`", name.text))
                    .label("the second")
                    .also(earlier.span, "the first")
                    .help("give one of them another name"),
            );
        }
    }
}

fn check_camel_case(name: &Name, sink: &mut Sink) {
    let starts_well = name.text.chars().next().is_some_and(|first| !first.is_lowercase() && first != '_');
    if starts_well && name.text != "Self" {
        return;
    }
    let camel: String = name.text.split('_').map(capitalised).collect();
    let help = if camel.is_empty() || camel == "Self" { "Net".to_owned() } else { camel };
    sink.report(
        Diagnostic::new(Code::BadName, name.span, format!("`{}` cannot be the name of a network", name.text))
            .note("a network becomes a Rust type, and is named like one")
            .help(format!("name it `{help}`")),
    );
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn check_block_name(name: &Name, sink: &mut Sink) {
    if layers::find(&name.text).is_some() || COMBINATORS.contains(&name.text.as_str()) {
        let message = format!("`{}` is a layer, and a block needs another name", name.text);
        sink.report(
            Diagnostic::new(Code::ShadowedLayer, name.span, message)
                .label("the name of a layer")
                .help(format!("name it `my_{}`", name.text)),
        );
    }
    if name.text.chars().any(char::is_uppercase) {
        let snake = snake_case(&name.text);
        sink.report(
            Diagnostic::new(Code::BadName, name.span, format!("`{}` cannot be the name of a block", name.text))
                .note("blocks are named like layers, in snake_case")
                .help(format!("name it `{snake}`")),
        );
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

fn check_trains(trains: &[&Train], networks: &[&ast::Network], sink: &mut Sink) {
    for (index, train) in trains.iter().enumerate() {
        let name = &train.name;
        if !train.roles.is_empty() {
            continue;
        }
        // Where there is no network at all, that is the mistake.
        if !networks.is_empty() && !networks.iter().any(|network| network.name.text == name.text) {
            let known: Vec<&str> = networks.iter().map(|network| network.name.text.as_str()).collect();
            sink.report(
                Diagnostic::new(
                    Code::UnknownNetwork,
                    name.span,
                    format!("there is no network `{}` to train", name.text),
                )
                .maybe_help(words::suggestion(&name.text, &known, "networks")),
            );
        }
        if let Some(earlier) = trains[..index].iter().find(|earlier| earlier.name.text == name.text) {
            sink.report(
                Diagnostic::new(
                    Code::DuplicateTrain,
                    name.span,
                    format!("there are two train sections for `{}`", name.text),
                )
                .label("the second")
                .also(earlier.name.span, "the first")
                .help("put all clauses in one of them"),
            );
        }
    }
}
