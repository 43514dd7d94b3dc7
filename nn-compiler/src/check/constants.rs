//! `let hidden = 16;`: numbers with names, which all items of a text can use; knows no item that does.

use nn_grammar::ast::{Constant, Expr, ExprKind, Item, Program};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::Sink;
use super::chain::COMBINATORS;
use super::value::{Env, describe, number};
use crate::layers;
use crate::signature::{Kind, Range, Value};

/// Computes the constants of a program into `sink.constants`; whether all have a value. One may use others, wherever they stand.
pub(super) fn constants(program: &Program, sink: &mut Sink) -> bool {
    let mistakes = sink.diagnostics.len();
    let mut open: Vec<&Constant> = Vec::new();
    for item in &program.items {
        if let Item::Constant(constant) = item
            && is_new(constant, &open, sink)
        {
            open.push(constant);
        }
    }
    // Each round takes those that need none of the others that are still open.
    loop {
        let waits = |constant: &&Constant| open.iter().any(|other| uses(&constant.value, &other.name.text));
        let (later, now): (Vec<&Constant>, Vec<&Constant>) = open.iter().copied().partition(waits);
        for constant in &now {
            // Behind a mistake only other constants see it, and they are to complain about nothing.
            let value = sink.keep(value(constant, &sink.constants)).unwrap_or(Value::Dim(1));
            sink.constants.insert(constant.name.text.clone(), value);
        }
        open = later;
        if now.is_empty() {
            break;
        }
    }
    if let Some((first, others)) = open.split_first() {
        sink.report(circle(first, others));
    }
    sink.diagnostics.len() == mistakes
}

/// Constants that have no value, because each needs another one of them.
fn circle(first: &Constant, others: &[&Constant]) -> Diagnostic {
    let name = &first.name.text;
    let message = format!("`{name}` has no value: it is needed to compute itself");
    let mistake = Diagnostic::new(Code::UnknownName, first.value.span, message);
    let mistake = others.iter().fold(mistake, |mistake, other| mistake.also(other.value.span, "needed as well"));
    mistake.help("give one of them a number")
}

/// Whether a constant has a name of its own.
fn is_new(constant: &Constant, earlier: &[&Constant], sink: &mut Sink) -> bool {
    let name = &constant.name;
    if let Some(earlier) = earlier.iter().find(|earlier| earlier.name.text == name.text) {
        let message = format!("there are two constants `{}`", name.text);
        let mistake = Diagnostic::new(Code::DuplicateItem, name.span, message).label("the second");
        sink.report(mistake.also(earlier.name.span, "the first").help("give one of them another name"));
        return false;
    }
    if layers::find(&name.text).is_some() || COMBINATORS.contains(&name.text.as_str()) {
        let message = format!("`{}` is a layer, and a constant needs another name", name.text);
        let mistake = Diagnostic::new(Code::ShadowedLayer, name.span, message).label("the name of a layer");
        sink.report(mistake.help(format!("name it `my_{}`", name.text)));
    }
    true
}

/// Whether an expression names a constant.
fn uses(expr: &Expr, name: &str) -> bool {
    match &expr.kind {
        ExprKind::Name(word) => word == name,
        ExprKind::Negate(inner) => uses(inner, name),
        ExprKind::Binary(_, a, b) => uses(a, name) || uses(b, name),
        // None of these is a number.
        _ => false,
    }
}

fn value(constant: &Constant, known: &Env) -> Result<Value, Diagnostic> {
    let name = &constant.name.text;
    let x = number(&constant.value, Kind::Real(Range::ANY), known, &format!("`{name}`")).map_err(|mistake| {
        if mistake.code != Code::WrongKind {
            return mistake;
        }
        let message = format!("the constant `{name}` is a number, not {}", describe(&constant.value));
        Diagnostic::new(Code::WrongKind, mistake.primary.span, message).label("expected a number")
    })?;
    Ok(Value::of_number(x))
}
