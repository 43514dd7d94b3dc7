//! From expressions to the values of arguments: arithmetic, names of block parameters, words; knows kinds, no particular layer.

use std::collections::BTreeMap;

use nn_grammar::ast::{BinaryOp, Call, Expr, ExprKind, Number, Unit};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::span::Span;

use super::MOST_VALUES;
use super::args::bind;
use super::schedule::schedule;
use crate::init::Init;
use crate::layers::initialisers::INITIALISERS;
use crate::layers::{self, Role};
use crate::signature::{Edge, Kind, Padding, Range, Value};
use crate::words;

/// What is known when the text is compiled: constants, the parameters of the surrounding block, numbers of a body.
pub(super) type Env = BTreeMap<String, Value>;

pub(super) type Checked<T> = Result<T, Vec<Diagnostic>>;

/// The value of an expression as a kind of argument; `what` names the argument in messages: "`rate` of `dropout`".
pub(super) fn value(expr: &Expr, kind: Kind, env: &Env, what: &str) -> Checked<Value> {
    if let ExprKind::Name(name) = &expr.kind
        && let Some(bound) = env.get(name)
        && let Some(value) = convert(bound, kind)
    {
        return Ok(value);
    }
    match kind {
        Kind::Dim => dim(expr, env, what).map(Value::Dim).map_err(one),
        Kind::Dims => unreachable!("`bind` asks for each extent"),
        Kind::Whole => whole(expr, env, what).map(Value::Whole).map_err(one),
        Kind::Flow => flow(expr, env, what).map_err(one),
        Kind::Real(range) => real(expr, range, env, what).map(Value::Real).map_err(one),
        Kind::Reals(range) => reals(expr, range, env, what).map(Value::Reals).map_err(one),
        Kind::Bool => boolean(expr, kind, what).map_err(one),
        Kind::Choice(choices) => choice(expr, choices, kind, what).map_err(one),
        Kind::Activation => activation(expr, env, what),
        Kind::Init => init(expr, env, what),
        Kind::Rate | Kind::Schedule => schedule(expr, kind, Range::POSITIVE, env, what),
        Kind::Scheduled(range) => schedule(expr, kind, range, env, what),
        Kind::Word => match &expr.kind {
            ExprKind::Name(word) => Ok(Value::Text(word.clone())),
            _ => Err(one(wrong_kind(expr, kind, what))),
        },
        Kind::Text => match &expr.kind {
            ExprKind::Text(text) => Ok(Value::Text(text.clone())),
            _ => Err(one(wrong_kind(expr, kind, what))),
        },
        Kind::Sizes(least) => sizes(expr, least, env, what).map(Value::Sizes).map_err(one),
        Kind::Padding => padding(expr, env, what).map(Value::Padding).map_err(one),
        Kind::Axis => axis(expr, kind, env, what).map(Value::Axis).map_err(one),
        Kind::Axes => match &expr.kind {
            ExprKind::List(items) if !items.is_empty() => {
                items.iter().map(|item| axis(item, kind, env, what)).collect::<Result<_, _>>()
            }
            _ => axis(expr, kind, env, what).map(|axis| vec![axis]),
        }
        .map(Value::Axes)
        .map_err(one),
    }
}

pub(super) fn one(diagnostic: Diagnostic) -> Vec<Diagnostic> {
    vec![diagnostic]
}

/// What a block parameter stands for, as another kind where that loses nothing.
fn convert(bound: &Value, kind: Kind) -> Option<Value> {
    match (bound, kind) {
        (Value::Dim(n), Kind::Flow) => Some(Value::Flow(None, *n)),
        (Value::Dim(n), Kind::Sizes(_)) => Some(Value::Sizes(vec![*n])),
        (Value::Dim(n), Kind::Padding) => Some(Value::Padding(Padding::Entries(vec![(*n, *n)]))),
        (Value::Dim(_), Kind::Dim) | (Value::Bool(_), Kind::Bool) => Some(bound.clone()),
        (Value::Activation(_), Kind::Activation) | (Value::Init(_), Kind::Init) => Some(bound.clone()),
        _ => None,
    }
}

pub(super) fn wrong_kind(expr: &Expr, kind: Kind, what: &str) -> Diagnostic {
    Diagnostic::new(Code::WrongKind, expr.span, format!("{what} takes {}, not {}", kind.words(), describe(expr)))
        .label(format!("expected {}", kind.words()))
}

/// What an expression is, in words.
pub(super) fn describe(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(number) if number.unit.is_some() => "an amount of memory".to_owned(),
        ExprKind::Number(number) => format!("the number {}", number.digits),
        ExprKind::Text(_) => "a text".to_owned(),
        ExprKind::Name(name) => format!("the word `{name}`"),
        ExprKind::Call(call) => format!("a call of `{}`", call.name.text),
        ExprKind::Arrow(..) => "two widths".to_owned(),
        ExprKind::Range(..) => "a range".to_owned(),
        ExprKind::List(_) => "a list".to_owned(),
        ExprKind::Index(base, _) => match &base.kind {
            ExprKind::Name(name) => format!("`{name}[…]`"),
            _ => "something in brackets".to_owned(),
        },
        ExprKind::Negate(inner) if matches!(&inner.kind, ExprKind::Number(number) if number.unit.is_some()) => {
            "a negative amount".to_owned()
        }
        ExprKind::Negate(_) => "a negative number".to_owned(),
        ExprKind::Binary(op, ..) if is_comparison(*op) => "a comparison".to_owned(),
        ExprKind::Binary(..) => "arithmetic".to_owned(),
        ExprKind::Open(..) => "a range".to_owned(),
        ExprKind::Field(_, name) => format!("the part `{}`", name.text),
        ExprKind::Pipe(..) => "a pipe".to_owned(),
        ExprKind::Chain(_) => "a chain".to_owned(),
        ExprKind::If(_) => "a choice".to_owned(),
        ExprKind::Scan(_) => "a `scan`".to_owned(),
        ExprKind::Tuple(_) => "several values".to_owned(),
    }
}

/// The number that an expression stands for.
pub(super) fn number(expr: &Expr, kind: Kind, env: &Env, what: &str) -> Result<f64, Diagnostic> {
    match &expr.kind {
        ExprKind::Number(number) if number.unit.is_none() => Ok(digits(number)),
        ExprKind::Name(name) => match env.get(name) {
            Some(Value::Dim(n)) => Ok(*n as f64),
            Some(Value::Real(x)) => Ok(*x),
            Some(_) => Err(wrong_kind(expr, kind, what)),
            None if env.is_empty() => Err(wrong_kind(expr, kind, what)),
            None => {
                let known: Vec<&str> = env.keys().map(String::as_str).collect();
                let message = format!("there is no number `{name}` here");
                Err(Diagnostic::new(Code::UnknownName, expr.span, message)
                    .maybe_help(words::suggestion(name, &known, "names")))
            }
        },
        ExprKind::Negate(inner) => Ok(-number(inner, kind, env, what)?),
        ExprKind::Binary(op, a, b) if !is_comparison(*op) && *op != BinaryOp::MatMul => {
            let (x, y) = (number(a, kind, env, what)?, number(b, kind, env, what)?);
            let result = match op {
                BinaryOp::Add => x + y,
                BinaryOp::Sub => x - y,
                BinaryOp::Mul => x * y,
                BinaryOp::Div => x / y,
                _ => unreachable!("comparisons and products of matrices are no numbers"),
            };
            if result.is_finite() {
                return Ok(result);
            }
            let reason = if y == 0.0 { "division by 0" } else { "the result is too large" };
            Err(Diagnostic::new(Code::BadArithmetic, expr.span, format!("{what} has no value: {reason}")))
        }
        _ => Err(wrong_kind(expr, kind, what)),
    }
}

fn is_comparison(op: BinaryOp) -> bool {
    match op {
        BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::MatMul => false,
        BinaryOp::Equal | BinaryOp::NotEqual | BinaryOp::Less => true,
        BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual => true,
    }
}

/// The value of digits; both front ends have checked their form.
fn digits(number: &Number) -> f64 {
    number.digits.replace('_', "").parse().unwrap_or(f64::NAN)
}

fn dim(expr: &Expr, env: &Env, what: &str) -> Result<usize, Diagnostic> {
    let x = number(expr, Kind::Dim, env, what)?;
    if x >= 1.0 && x.fract() == 0.0 && x <= 9e15 {
        return Ok(x as usize);
    }
    if x > 9e15 {
        let message = format!("{what} is {x:e}, more than any network can have");
        let note = format!("the limit is {MOST_VALUES} values, {} in f32", words::bytes(MOST_VALUES * 4));
        return Err(Diagnostic::new(Code::TooLarge, expr.span, message).label("too large").note(note));
    }
    Err(out_of_range(expr, x, Kind::Dim, what))
}

fn whole(expr: &Expr, env: &Env, what: &str) -> Result<u64, Diagnostic> {
    // Seeds use all 64 bits, more than a number of arithmetic holds.
    if let ExprKind::Number(Number { digits, unit: None }) = &expr.kind
        && let Ok(whole) = digits.replace('_', "").parse()
    {
        return Ok(whole);
    }
    let x = number(expr, Kind::Whole, env, what)?;
    if x >= 0.0 && x.fract() == 0.0 && x <= 9e15 {
        return Ok(x as u64);
    }
    if x > 9e15 {
        let message = format!("{what} takes a whole number of at most 64 bits");
        return Err(Diagnostic::new(Code::OutOfRange, expr.span, message).label(format!("at most {}", u64::MAX)));
    }
    Err(out_of_range(expr, x, Kind::Whole, what))
}

pub(super) fn real(expr: &Expr, range: Range, env: &Env, what: &str) -> Result<f64, Diagnostic> {
    let kind = Kind::Real(range);
    let x = number(expr, kind, env, what)?;
    if range.takes(x) { Ok(x) } else { Err(out_of_range(expr, x, kind, what)) }
}

pub(super) fn out_of_range(expr: &Expr, x: f64, kind: Kind, what: &str) -> Diagnostic {
    let part = matches!(kind, Kind::Real(Range { high: 1.0, .. })) && (5.0..=100.0).contains(&x);
    Diagnostic::new(Code::OutOfRange, expr.span, format!("{what} takes {}, not {x}", kind.words()))
        .label(format!("expected {}", kind.words()))
        .maybe_help(part.then(|| format!("{x} percent is written `{}`", x / 100.0)))
}

fn reals(expr: &Expr, range: Range, env: &Env, what: &str) -> Result<Vec<f64>, Diagnostic> {
    match &expr.kind {
        ExprKind::List(items) => items.iter().map(|item| real(item, range, env, what)).collect(),
        _ => Err(wrong_kind(expr, Kind::Reals(range), what)),
    }
}

/// A number for all axes, or a list with one for each.
fn sizes(expr: &Expr, least: usize, env: &Env, what: &str) -> Result<Vec<usize>, Diagnostic> {
    match &expr.kind {
        ExprKind::List(items) if !items.is_empty() => {
            items.iter().map(|item| size(item, Kind::Sizes(least), least, env, what)).collect()
        }
        _ => size(expr, Kind::Sizes(least), least, env, what).map(|size| vec![size]),
    }
}

fn size(expr: &Expr, kind: Kind, least: usize, env: &Env, what: &str) -> Result<usize, Diagnostic> {
    let x = number(expr, kind, env, what)?;
    if x >= least as f64 && x.fract() == 0.0 && x <= 9e15 {
        Ok(x as usize)
    } else {
        Err(out_of_range(expr, x, kind, what))
    }
}

fn padding(expr: &Expr, env: &Env, what: &str) -> Result<Padding, Diagnostic> {
    let entries = |expr: &Expr| size(expr, Kind::Padding, 0, env, what);
    let pair = |expr: &Expr| match &expr.kind {
        ExprKind::List(ends) => match &ends[..] {
            [before, behind] => Ok((entries(before)?, entries(behind)?)),
            _ => Err(wrong_kind(expr, Kind::Padding, what)),
        },
        _ => entries(expr).map(|both| (both, both)),
    };
    match &expr.kind {
        ExprKind::Name(name) if name == "same" => Ok(Padding::Edge(Edge::Same)),
        ExprKind::Name(name) if name == "valid" => Ok(Padding::Edge(Edge::Valid)),
        ExprKind::List(items) if !items.is_empty() => {
            items.iter().map(pair).collect::<Result<_, _>>().map(Padding::Entries)
        }
        _ => pair(expr).map(|pair| Padding::Entries(vec![pair])),
    }
}

fn axis(expr: &Expr, kind: Kind, env: &Env, what: &str) -> Result<i64, Diagnostic> {
    let x = number(expr, kind, env, what)?;
    if x.fract() == 0.0 && x.abs() <= 1e6 { Ok(x as i64) } else { Err(out_of_range(expr, x, kind, what)) }
}

fn flow(expr: &Expr, env: &Env, what: &str) -> Result<Value, Diagnostic> {
    match &expr.kind {
        ExprKind::Arrow(from, to) => Ok(Value::Flow(Some(dim(from, env, what)?), dim(to, env, what)?)),
        _ => Ok(Value::Flow(None, dim(expr, env, what)?)),
    }
}

fn boolean(expr: &Expr, kind: Kind, what: &str) -> Result<Value, Diagnostic> {
    match &expr.kind {
        ExprKind::Name(name) if name == "true" => Ok(Value::Bool(true)),
        ExprKind::Name(name) if name == "false" => Ok(Value::Bool(false)),
        _ => Err(wrong_kind(expr, kind, what)),
    }
}

fn choice(expr: &Expr, choices: &'static [&'static str], kind: Kind, what: &str) -> Result<Value, Diagnostic> {
    let ExprKind::Name(name) = &expr.kind else { return Err(wrong_kind(expr, kind, what)) };
    match choices.iter().find(|choice| *choice == name) {
        Some(choice) => Ok(Value::Choice(choice)),
        None => Err(unknown_choice(expr.span, name, choices, what, "choices")),
    }
}

fn unknown_choice(span: Span, name: &str, known: &[&str], what: &str, noun: &str) -> Diagnostic {
    let message = format!("{what} cannot be `{name}`");
    Diagnostic::new(Code::UnknownChoice, span, message).maybe_help(words::suggestion(name, known, noun))
}

/// A word or a call: `relu`, `leaky_relu(0.2)`.
fn callee<'a>(expr: &'a Expr, kind: Kind, what: &str) -> Result<(&'a str, Option<&'a Call>), Diagnostic> {
    match &expr.kind {
        ExprKind::Name(name) => Ok((name, None)),
        ExprKind::Call(call) => Ok((&call.name.text, Some(call))),
        _ => Err(wrong_kind(expr, kind, what)),
    }
}

fn activation(expr: &Expr, env: &Env, what: &str) -> Checked<Value> {
    let (name, call) = callee(expr, Kind::Activation, what).map_err(one)?;
    let Some(layer) = layers::find(name) else {
        let activations = layers::LAYERS.iter().filter(|layer| is_activation(layer.role));
        let known: Vec<&str> = activations.map(|layer| layer.signature.name).collect();
        return Err(one(unknown_choice(expr.span, name, &known, what, "activations")));
    };
    if !is_activation(layer.role) {
        let message = format!("{what} takes an activation, and `{name}` is a layer");
        return Err(one(Diagnostic::new(Code::WrongKind, expr.span, message)
            .label("expected an activation such as `relu`")
            .help(format!("write `{name}` as a stage of its own"))));
    }
    let args = call.map_or(&[][..], |call| &call.args);
    let args = bind(&layer.signature, args, expr.span, env)?;
    Ok(Value::Activation((name != "linear").then_some(args)))
}

fn is_activation(role: Role) -> bool {
    matches!(role, Role::Activation | Role::Head(_))
}

fn init(expr: &Expr, env: &Env, what: &str) -> Checked<Value> {
    let (name, call) = callee(expr, Kind::Init, what).map_err(one)?;
    let Some(entry) = INITIALISERS.iter().find(|entry| entry.signature.name == name) else {
        let known: Vec<&str> = INITIALISERS.iter().map(|entry| entry.signature.name).collect();
        return Err(one(unknown_choice(expr.span, name, &known, what, "initialisers")));
    };
    let args = call.map_or(&[][..], |call| &call.args);
    let args = bind(&entry.signature, args, expr.span, env)?;
    match (entry.make)(&args) {
        Init::Uniform { low, high } if low > high => {
            let message = format!("`uniform` draws between `low` and `high`, but {low} is larger than {high}");
            Err(one(Diagnostic::new(Code::OutOfRange, args.span_of("low"), message)
                .help(format!("write `uniform({high}, {low})`"))))
        }
        init => Ok(Value::Init(init)),
    }
}

/// The bytes that an expression stands for: `64 KiB`.
pub(super) fn memory(expr: &Expr) -> Result<u64, Diagnostic> {
    let complain = || {
        let message = format!("`memory` takes an amount such as `64 KiB`, not {}", describe(expr));
        Diagnostic::new(Code::WrongKind, expr.span, message).label("expected a number with a unit: B, KiB, MiB or GiB")
    };
    let ExprKind::Number(number) = &expr.kind else { return Err(complain()) };
    let unit = match number.unit {
        Some(Unit::B) => 1.0,
        Some(Unit::KiB) => 1024.0,
        Some(Unit::MiB) => 1024.0 * 1024.0,
        Some(Unit::GiB) => 1024.0 * 1024.0 * 1024.0,
        None => return Err(complain()),
    };
    Ok((digits(number) * unit) as u64)
}
