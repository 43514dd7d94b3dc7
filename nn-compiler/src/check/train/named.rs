//! What a train section names: its loss, its optimizer and its metrics, each found in a table; knows no clauses.

use nn_grammar::ast::{Call, Expr, ExprKind, Name};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use crate::check::Sink;
use crate::check::args::{bind, bind_call};
use crate::check::value::describe;
use crate::recipe::losses::{LOSSES, LossEntry};
use crate::recipe::metrics::{METRICS, MetricEntry};
use crate::recipe::optimizers::{OPTIMIZERS, OptimizerEntry};
use crate::signature::{Args, Signature};
use crate::words;

fn bound(signature: &'static Signature, call: &Call, sink: &mut Sink) -> Option<Args> {
    match bind_call(signature, call, &sink.constants) {
        Ok(args) => Some(args),
        Err(diagnostics) => {
            diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
            None
        }
    }
}

/// The call that a loss is.
pub(super) fn written_loss(loss: &Expr, sink: &mut Sink) -> Option<Call> {
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

/// A loss and its arguments.
pub(super) fn loss_entry(call: &Call, sink: &mut Sink) -> Option<(&'static LossEntry, Args, Span)> {
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

/// An optimizer and its arguments.
pub(in crate::check) fn optimizer_entry(call: &Call, sink: &mut Sink) -> Option<(&'static OptimizerEntry, Args)> {
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

/// A metric and its arguments.
pub(super) fn metric_entry(expr: &Expr, sink: &mut Sink) -> Option<(&'static MetricEntry, Args, Span)> {
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
    match bind(&entry.signature, args, expr.span, &sink.constants) {
        Ok(args) => Some((entry, args, expr.span)),
        Err(diagnostics) => {
            diagnostics.into_iter().for_each(|diagnostic| sink.report(diagnostic));
            None
        }
    }
}
