//! Trainings of several networks: what each step computes, what it changes, and when it has its turn.
//!
//! A training is a network of its own, from examples to the losses and metrics of all steps. Each step is one as well: it has the tensors of
//! all networks, of which those outside its `over` are frozen.

mod follow;
mod roles;

use std::collections::{BTreeMap, BTreeSet};

use nn_grammar::ast::{self, Block, Clause, ClauseKind, Expr, ExprKind, Input, Name, Statement, Train};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::Sink;
use super::chain::{Builder, Scope};
use super::flow::Meaning;
use super::objective::single;
use super::ports::Outputs;
use super::train::optimizer_entry;
use super::value::number;
use crate::model::{Body, Network, Port, StepKind, Training, TrainingStep};
use crate::signature::Kind;
use crate::words;
use roles::Roles;

/// The clauses that only a section with steps has.
pub(super) const CLAUSES: [&str; 3] = ["step", "every", "target"];

/// A step as it is written.
struct Written<'t> {
    name: &'t Name,
    statements: &'t [Statement],
    loss: &'t Expr,
    over: &'t [Name],
    optimizer: &'t ast::Call,
    metrics: Vec<(String, &'t Expr)>,
}

/// The training that a section with steps states, as a network called `name`.
pub(super) fn training(
    section: &Train,
    name: String,
    known: &[Network],
    written: &[&ast::Network],
    blocks: &BTreeMap<&str, &Block>,
    sink: &mut Sink,
) -> Option<Network> {
    let networks = roles::blocks(section, written, sink)?;
    let table: BTreeMap<&str, &Block> = blocks
        .iter()
        .map(|(name, block)| (*name, *block))
        .chain(networks.iter().map(|b| (b.name.text.as_str(), b)))
        .collect();
    let steps = steps(section, sink);
    let every = every(section, &steps, sink);
    let inputs = inputs(section, &steps, known, sink)?;
    let mut scope = Scope::new(String::new(), &sink.constants);
    let mut builder = Builder::new(&table, sink);
    builder.networks = networks.iter().map(|block| block.name.text.clone()).collect();
    let roles = Roles::bind(section, known, &mut builder, &mut scope)?;
    let mut networks = Vec::new();
    for step in &steps {
        networks.push(network(&mut builder, &scope, &inputs, std::slice::from_ref(step)));
    }
    let all = network(&mut builder, &scope, &inputs, &steps);
    let tensors = std::mem::take(&mut builder.tensors);
    let precision = roles.precision(known);
    let finish = |built: Built, name: String, frozen: &dyn Fn(usize) -> bool| {
        let mut tensors = tensors.clone();
        tensors.iter_mut().enumerate().for_each(|(index, tensor)| tensor.frozen = frozen(index));
        Network {
            docs: section.docs.clone(),
            public: roles.public(written),
            name,
            span: section.name.span,
            precision,
            memory: None,
            input: built.input(),
            output: built.outputs.shape.clone(),
            inputs: built.ports,
            outputs: built.outputs.ports,
            vocabulary: None,
            body: built.body,
            result: built.outputs.result,
            tensors,
            entries: Vec::new(),
            recipe: None,
            objective: None,
            training: None,
        }
    };
    let mut found = Vec::new();
    for (step, built) in steps.iter().zip(networks) {
        let over = roles.over(step.over, &tensors, sink);
        let optimizer = optimizer_entry(step.optimizer, sink);
        let (Some(built), Some(over), Some(optimizer)) = (built, over, optimizer) else { continue };
        let written = built.changes(&tensors);
        // What follows another network changes in no other way, running statistics included.
        let follows =
            |index: usize| roles.roles.iter().any(|role| role.follows.is_some() && role.tensors.contains(&index));
        let frozen = |index: usize| {
            if follows(index) {
                return true;
            }
            if tensors[index].spec.trained { !over.contains(&index) } else { !written.contains(&index) }
        };
        let metrics = step.metrics.iter().map(|(name, _)| name.clone()).collect();
        let network = finish(built, format!("{name}_{}", step.name.text), &frozen);
        found.push(TrainingStep { name: step.name.text.clone(), network, optimizer, metrics });
    }
    let complete = found.len() == steps.len() && !steps.is_empty();
    let mut network = finish(all?, name, &|_| true);
    network.training = Some(Training { roles: roles.roles, steps: found, every });
    complete.then_some(network)
}

/// A body from examples to losses and metrics.
struct Built {
    ports: Vec<Port>,
    body: Body,
    outputs: Outputs,
}

impl Built {
    /// The shape of one input; of several, one behind the other, the number of their values.
    fn input(&self) -> Vec<usize> {
        match &self.ports[..] {
            [only] => only.shape.clone(),
            several => vec![several.iter().map(|port| port.shape.iter().product::<usize>()).sum()],
        }
    }

    /// The tensors that get new values without gradients: the state of the layers that are used, and what `next` says.
    fn changes(&self, tensors: &[crate::model::Tensor]) -> BTreeSet<usize> {
        fn collect(body: &Body, into: &mut BTreeSet<usize>) {
            for step in &body.steps {
                match &step.kind {
                    StepKind::Layer(layer) => into.extend(layer.tensors.clone()),
                    StepKind::Loop(inner) => collect(&inner.body, into),
                    StepKind::Next(index, _) => {
                        into.insert(*index);
                    }
                    _ => {}
                }
            }
        }
        let mut used = BTreeSet::new();
        collect(&self.body, &mut used);
        used.retain(|index| !tensors[*index].spec.trained);
        used
    }
}

/// What some steps compute of an example: the loss and the metrics of each.
fn network(builder: &mut Builder<'_>, scope: &Scope, inputs: &[Input], steps: &[Written<'_>]) -> Option<Built> {
    builder.body = Body::default();
    let mut scope = scope.clone();
    let ports = builder.ports(inputs, &mut scope)?;
    let mut parts = Vec::new();
    for step in steps {
        let mut inner = scope.within(format!("{}.", step.name.text));
        step.statements.iter().for_each(|statement| builder.statement(statement, &mut inner, None));
        let figures = std::iter::once((step.name.text.clone(), step.loss, "a loss"));
        let figures = figures.chain(step.metrics.iter().map(|(name, expr)| (name.clone(), *expr, "a metric")));
        for (name, expr, what) in figures {
            let tensor = single(builder, expr, what, &mut inner)?;
            parts.push((name, Meaning::Tensor(tensor)));
        }
    }
    let span = steps.first().map_or(Span::default(), |step| step.name.span);
    let outputs = builder.outputs(Meaning::Parts(parts), span)?;
    Some(Built { ports, body: std::mem::take(&mut builder.body), outputs })
}

/// The steps of a section, with what each minimizes.
fn steps<'t>(section: &'t Train, sink: &mut Sink) -> Vec<Written<'t>> {
    let mut steps: Vec<Written<'t>> = Vec::new();
    for clause in &section.clauses {
        let ClauseKind::Step { name, statements, clauses } = &clause.kind else { continue };
        if let Some(earlier) = steps.iter().find(|step| step.name.text == name.text) {
            let message = format!("there are two steps `{}`", name.text);
            sink.report(
                Diagnostic::new(Code::DuplicateItem, name.span, message)
                    .label("the second")
                    .also(earlier.name.span, "the first"),
            );
            continue;
        }
        let mut metrics = Vec::new();
        let mut minimized = None;
        for clause in clauses {
            match &clause.kind {
                ClauseKind::Minimize { loss, over, optimizer } if minimized.is_none() => {
                    minimized = Some((loss, over, optimizer));
                }
                ClauseKind::Settings { args, .. } if clause.keyword.text == "metric" => {
                    for arg in args {
                        match &arg.name {
                            Some(name) => metrics.push((name.text.clone(), &arg.value)),
                            None => sink.report(unnamed_metric(arg.value.span)),
                        }
                    }
                }
                _ => sink.report(misplaced(clause, "a step", "`minimize` once, and `metric name = …;`")),
            }
        }
        match minimized {
            Some((loss, over, optimizer)) => {
                steps.push(Written { name, statements, loss, over, optimizer, metrics });
            }
            None => {
                let message = format!("the step `{}` minimizes nothing", name.text);
                let help = "add `minimize … over … with adam(lr = 0.001);`";
                sink.report(Diagnostic::new(Code::MissingClause, name.span, message).help(help));
            }
        }
    }
    steps
}

fn unnamed_metric(span: Span) -> Diagnostic {
    Diagnostic::new(Code::UnknownMetric, span, "a metric of a step is an expression with a name")
        .help("write `metric error = mean(abs(G(z) - x));`")
}

/// A clause that stands where only others can.
pub(super) fn misplaced(clause: &Clause, place: &str, others: &str) -> Diagnostic {
    let message = format!("`{}` cannot stand in {place}", clause.keyword.text);
    Diagnostic::new(Code::UnknownClause, clause.keyword.span, message).help(format!("{place} has {others}"))
}

/// When each step has its turn; where the text does not say it, all of them at each batch, in their order.
fn every(section: &Train, steps: &[Written<'_>], sink: &mut Sink) -> Vec<(usize, Vec<usize>)> {
    let (mut turns, mut misnamed) = (Vec::new(), false);
    let names: Vec<&str> = steps.iter().map(|step| step.name.text.as_str()).collect();
    for clause in &section.clauses {
        let ClauseKind::Every { batches, clauses } = &clause.kind else { continue };
        let each = match batches {
            None => Some(1),
            Some(expr) => match number(expr, Kind::Dim, &sink.constants, "the number of batches") {
                Ok(n) if n >= 1.0 && n.fract() == 0.0 => Some(n as usize),
                Ok(_) => {
                    sink.report(Diagnostic::new(
                        Code::OutOfRange,
                        expr.span,
                        "the number of batches is a whole number from 1 on",
                    ));
                    None
                }
                Err(diagnostic) => {
                    sink.report(diagnostic);
                    None
                }
            },
        };
        let mut turn = Vec::new();
        for clause in clauses {
            let bare = matches!(&clause.kind, ClauseKind::Settings { parenthesized: false, args } if args.is_empty());
            match names.iter().position(|name| bare && *name == clause.keyword.text) {
                Some(step) => turn.push(step),
                None if bare => {
                    misnamed = true;
                    sink.report(
                        Diagnostic::new(
                            Code::UnknownName,
                            clause.keyword.span,
                            format!("there is no step `{}`", clause.keyword.text),
                        )
                        .maybe_help(words::suggestion(&clause.keyword.text, &names, "steps")),
                    );
                }
                None => sink.report(misplaced(clause, "`every`", "the names of steps, as in `every batch { d; g; }`")),
            }
        }
        turns.extend(each.map(|each| (each, turn)));
    }
    if turns.is_empty() {
        return vec![(1, (0..steps.len()).collect())];
    }
    if misnamed {
        return turns;
    }
    let waits = |number: &usize| !turns.iter().any(|(_, turn)| turn.contains(number));
    for step in (0..steps.len()).filter(waits).map(|number| &steps[number]) {
        let message = format!("the step `{}` never has its turn", step.name.text);
        let help = format!("add `{};` to an `every batch {{ … }}`", step.name.text);
        sink.report(Diagnostic::new(Code::MissingClause, step.name.span, message).help(help));
    }
    turns
}

/// What an example consists of: as the section states it, or, of `x` and `y`, as the first network that is called with them takes it.
fn inputs(section: &Train, steps: &[Written<'_>], known: &[Network], sink: &mut Sink) -> Option<Vec<Input>> {
    if !section.inputs.is_empty() {
        return Some(section.inputs.clone());
    }
    let mut calls = Vec::new();
    for step in steps {
        for statement in step.statements {
            if let ast::StatementKind::Let { value, .. } = &statement.kind {
                roles::calls(value, &mut calls);
            }
        }
        roles::calls(step.loss, &mut calls);
    }
    let network = |name: &str| {
        let role = section.roles.iter().find(|role| role.name.as_ref().unwrap_or(&role.network).text == name)?;
        known.iter().find(|network| network.name == role.network.text)
    };
    let port = |input: &str| {
        calls.iter().find_map(|call| {
            let place =
                call.args.iter().position(|arg| matches!(&arg.value.kind, ExprKind::Name(name) if name == input))?;
            network(&call.name.text)?.inputs.get(place).cloned()
        })
    };
    let inputs: Vec<Input> = ["x", "y"]
        .into_iter()
        .filter_map(|name| port(name).map(|port| roles::input(name, &port, section.name.span)))
        .collect();
    // Behind the mistakes of a step nothing is known of what it calls.
    let written = section.clauses.iter().filter(|clause| matches!(clause.kind, ClauseKind::Step { .. })).count();
    if inputs.is_empty() && written > steps.len() {
        return None;
    }
    if inputs.is_empty() {
        let name = &section.name;
        let message = format!("`{}` does not say what an example is", name.text);
        let help = format!("state it: `train {}(x: [784]) for …`", name.text);
        sink.report(Diagnostic::new(Code::UnknownInput, name.span, message).help(help));
        return None;
    }
    Some(inputs)
}
