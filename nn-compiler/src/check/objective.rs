//! Losses and metrics that a train section states as expressions: functions of the inputs of a network, its outputs and the target.

use std::collections::{BTreeMap, BTreeSet};

use nn_grammar::ast::{Block, Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer;

use super::Sink;
use super::chain::{Builder, Scope};
use super::data::Spans;
use super::expr::what_is;
use super::flow::{Held, Meaning, Tensor};
use crate::model::{Given, Network, Objective, Port, StepKind, Wire};
use crate::recipe::metrics::METRICS;
use crate::recipe::{Data, Source};
use crate::words;

/// The name of what the network should yield.
const TARGET: &str = "y";

/// What a train section states as expressions.
#[derive(Default)]
pub(super) struct Stated {
    /// The loss, if it is one.
    pub(super) loss: Option<Expr>,
    /// Metrics by name.
    pub(super) metrics: Vec<(String, Expr)>,
}

impl Stated {
    pub(super) fn is_empty(&self) -> bool {
        self.loss.is_none() && self.metrics.is_empty()
    }
}

/// Whether this is but the name of a metric: `accuracy`.
pub(super) fn is_metric_word(expr: &Expr) -> bool {
    matches!(&expr.kind, ExprKind::Name(name) if METRICS.iter().any(|entry| entry.signature.name == name))
}

/// Whether a loss or a metric is an expression, and not one by its name with settings.
pub(super) fn is_expression(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Name(_) | ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::List(_) => false,
        ExprKind::Call(call) => {
            // Of a name that is no function of values, the message is about the loss or metric that it should be.
            let values = call.args.iter().any(|arg| arg.name.is_none() && is_value(&arg.value));
            values && crate::layers::find(&call.name.text).is_some()
        }
        ExprKind::Arrow(..) | ExprKind::Range(..) | ExprKind::Open(..) => false,
        ExprKind::Negate(inner) => !matches!(inner.kind, ExprKind::Number(_)),
        ExprKind::Index(..)
        | ExprKind::Binary(..)
        | ExprKind::Field(..)
        | ExprKind::Pipe(..)
        | ExprKind::Chain(_)
        | ExprKind::If(_)
        | ExprKind::Scan(_)
        | ExprKind::Tuple(_) => true,
    }
}

/// Whether an argument is computed, and not a setting.
fn is_value(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::List(_) | ExprKind::Arrow(..) => false,
        ExprKind::Name(name) => name != "true" && name != "false",
        ExprKind::Negate(inner) => is_value(inner),
        _ => true,
    }
}

/// The shape of a target of one example, if there is one: that of the only output if it has as many values. None at all if the text does
/// not say how many values it has.
pub(super) fn target(data: Option<&(Data, Spans)>, network: &Network, sink: &mut Sink) -> Option<Option<Vec<usize>>> {
    let only = match &network.outputs[..] {
        [only] => Some(&only.shape),
        _ => None,
    };
    let Some((data, spans)) = data else { return Some(only.cloned()) };
    if data.y.is_empty() {
        return Some(None);
    }
    let rows = match &data.source {
        Source::Text(text) => text.window,
        _ => data.source.grouping().target_rows(),
    };
    let widths: Option<Vec<usize>> = data.y.iter().map(|field| Some(field.width()? * rows)).collect();
    let values = match (&widths, only) {
        (Some(widths), _) => widths.iter().sum(),
        // The inputs once more.
        (None, _) if spans.targets_left_out => network.input.iter().product::<usize>(),
        // As many as there are categories: as the output has to have.
        (None, Some(only)) => only.iter().product::<usize>(),
        (None, None) => {
            let message = "`y` has a value for each category, and how many these are only the data say";
            let help = "take `labels(…)`, one class id; `y == 2` in the loss is 1 for the class 2";
            sink.report(Diagnostic::new(Code::DataWidth, spans.y, message).help(help));
            return None;
        }
    };
    Some(Some(match only {
        Some(shape) if shape.iter().product::<usize>() == values => shape.clone(),
        _ if values == 1 => Vec::new(),
        _ => vec![values],
    }))
}

/// Elaborates what is stated; `target` is the shape of a target, if there are any.
pub(super) fn objective(
    stated: &Stated,
    network: &Network,
    target: Option<Vec<usize>>,
    blocks: &BTreeMap<&str, &Block>,
    sink: &mut Sink,
) -> Option<Objective> {
    let mut scope = Scope::new("objective.".to_owned(), &sink.constants);
    let mut builder = Builder::new(blocks, sink);
    let ports = network.inputs.iter().chain(&network.outputs);
    let target_port = target.as_ref().map(|shape| Port {
        name: TARGET.to_owned(),
        shape: shape.clone(),
        classes: None,
        padded: false,
    });
    for (number, port) in ports.chain(&target_port).enumerate() {
        let wire = builder.body.push(StepKind::Given(Given::Port(number)), port.shape.clone());
        let held = Some(Held { wire, depth: 0 });
        let from = (format!("`{}`", port.name), network.span);
        let tensor = Tensor { held, shape: port.shape.clone(), from, head: None, ids: None, mask: None };
        // An input of the same name hides the target.
        if !scope.names.contains_key(&port.name) {
            scope.bind(&port.name, Meaning::Tensor(tensor));
        }
    }
    let loss = match &stated.loss {
        Some(expr) => {
            let loss = single(&mut builder, expr, "a loss", &mut scope)?.held.map(|held| builder.here(held))?;
            learns(&mut builder, loss, expr, network)?;
            loss
        }
        None => builder.body.push(StepKind::Numbers(vec![0.0]), Vec::new()),
    };
    let mut metrics: Vec<(String, Wire)> = Vec::new();
    for (name, expr) in &stated.metrics {
        let wire = single(&mut builder, expr, "a metric", &mut scope)?.held.map(|held| builder.here(held))?;
        metrics.push((name.clone(), wire));
    }
    let loss_span = stated.loss.as_ref().map(|loss| loss.span);
    Some(Objective { target, loss, loss_span, metrics, body: builder.body })
}

/// Whether an output of the network is part of a loss, which nothing could make smaller otherwise.
fn learns(builder: &mut Builder<'_>, loss: Wire, expr: &Expr, network: &Network) -> Option<()> {
    let outputs = network.inputs.len()..network.inputs.len() + network.outputs.len();
    let mut open = vec![loss];
    let mut seen = BTreeSet::new();
    while let Some(wire) = open.pop() {
        match &builder.body.step(wire).kind {
            StepKind::Given(Given::Port(number)) if outputs.contains(number) => return Some(()),
            kind if seen.insert(wire) => open.extend(kind.reads()),
            _ => {}
        }
    }
    let message = format!("this loss does not depend on what `{}` yields, so that nothing is learnt", network.name);
    let names = words::one_of(network.outputs.iter().map(|port| port.name.as_str()));
    let help = format!("compute it from {names}, which is what `{}` yields", network.name);
    builder.report(Diagnostic::new(Code::WrongKind, expr.span, message).help(help));
    None
}

/// An expression that must be a single value for each example.
pub(super) fn single(builder: &mut Builder<'_>, expr: &Expr, what: &str, scope: &mut Scope) -> Option<Tensor> {
    let wrong = |builder: &mut Builder<'_>, message: String, help: &str| {
        builder.report(Diagnostic::new(Code::WrongKind, expr.span, message).help(help.to_owned()));
        None
    };
    let tensors = builder.tensors.len();
    let value = builder.expr(expr, scope);
    if let Some(tensor) = builder.tensors.get(tensors) {
        let message = format!("{what} has no parameters of its own, and `{}` would be one", tensor.name);
        return wrong(builder, message, "put the layer into the network, and let what it yields be an output");
    }
    match value {
        Meaning::Tensor(tensor) if tensor.shape.iter().product::<usize>() == 1 => tensor.held.map(|_| tensor),
        Meaning::Tensor(tensor) => {
            let (shape, text) = (words::shape(&tensor.shape), printer::expr(expr));
            let message = format!("{what} is a single value for each example, and this is {shape}");
            wrong(builder, message, &format!("write `mean({text})` or `sum({text})`"))
        }
        Meaning::Hidden => None,
        other => wrong(
            builder,
            format!("{what} is computed from what the network yields, and this is {}", what_is(&other)),
            "compare an output with the target, as in `mse(output, y)`",
        ),
    }
}
