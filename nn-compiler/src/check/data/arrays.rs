//! Fields of sources that hold arrays: arithmetic and transforms of an array by its name.

use std::cmp::Ordering;

use nn_grammar::ast::{Arg, BinaryOp, Call, Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::super::args::bind;
use super::super::value::{Env, describe, number};
use super::one;
use crate::recipe::{Columns, Encoding, Field};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

/// What a name in a field stands for.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Array {
    /// Numbers.
    Numbers(Columns),
    /// The class of each example.
    Classes(Columns),
}

/// Finds the array that an expression names; `None` if it is no name of one.
pub(super) type Find<'f> = &'f dyn Fn(&Expr) -> Option<Result<Array, Diagnostic>>;

const LOW: Param = Param::optional("low", Kind::Real(Range::ANY), Preset::Real(0.0), "the image of the smallest value");
const HIGH: Param =
    Param::optional("high", Kind::Real(Range::ANY), Preset::Real(1.0), "the image of the largest value");

const MEAN: Param =
    Param::optional("mean", Kind::Reals(Range::ANY), Preset::NoReals, "the mean of each channel, or one for all");
const STD: Param = Param::optional(
    "std",
    Kind::Reals(Range::POSITIVE),
    Preset::NoReals,
    "the deviation of each channel, or one for all",
);

static TRANSFORMS: [Signature; 6] = [
    Signature { name: "number", doc: "The numbers themselves.", params: &[] },
    Signature { name: "standardize", doc: "One mean and one deviation over all values.", params: &[] },
    Signature { name: "normalize", doc: "A mean and a deviation for each channel.", params: &[MEAN, STD] },
    Signature { name: "min_max", doc: "The range of all values into another.", params: &[LOW, HIGH] },
    Signature { name: "one_hot", doc: "A value for each class.", params: &[] },
    Signature { name: "labels", doc: "The index of the class.", params: &[] },
];

/// The fields of an expression: `concat(…)`, a transform of an array, or arithmetic on it.
///
/// # Errors
/// Why it is none of these; `such` is an example of an array.
pub(super) fn fields(expr: &Expr, find: Find<'_>, such: &str, env: &Env) -> Result<Vec<Field>, Vec<Diagnostic>> {
    if let ExprKind::Call(call) = &expr.kind
        && find(expr).is_none()
    {
        if call.name.text == "concat" && call.args.iter().all(|arg| arg.name.is_none()) && !call.args.is_empty() {
            let each: Result<Vec<_>, _> = call.args.iter().map(|arg| fields(&arg.value, find, such, env)).collect();
            return Ok(each?.concat());
        }
        return transform(call, find, such, env).map(|field| vec![field]);
    }
    match find(expr) {
        Some(array) => match array.map_err(one)? {
            Array::Numbers(columns) => Ok(vec![Field { encoding: Encoding::Number, columns }]),
            Array::Classes(columns) => Ok(vec![Field { encoding: Encoding::Labels, columns }]),
        },
        None => scaled(expr, find, such, env).map(|field| vec![field]).map_err(one),
    }
}

/// `standardize(image)`, `one_hot(label)`
fn transform(call: &Call, find: Find<'_>, such: &str, env: &Env) -> Result<Field, Vec<Diagnostic>> {
    let name = call.name.text.as_str();
    let Some(signature) = TRANSFORMS.iter().find(|signature| signature.name == name) else {
        let known: Vec<&str> = TRANSFORMS.iter().map(|signature| signature.name).chain(["concat"]).collect();
        let message = format!("there is no transform `{name}`");
        return Err(one(Diagnostic::new(Code::UnknownTransform, call.name.span, message)
            .maybe_help(words::suggestion(name, &known, "transforms"))));
    };
    let [Arg { name: None, value }, settings @ ..] = &call.args[..] else {
        let message = format!("`{name}` needs the array that it works on");
        return Err(one(
            Diagnostic::new(Code::MissingArgument, call.span, message).help(format!("write `{name}({such})`"))
        ));
    };
    if name == "normalize" {
        let args = bind(signature, settings, call.span, env)?;
        return normalized(value, &args, find, such, env).map_err(one);
    }
    let Some(array) = find(value) else { return Err(one(no_array(value, such))) };
    let array = array.map_err(one)?;
    let args = bind(signature, settings, call.span, env)?;
    let encoding = match name {
        "number" => Encoding::Number,
        "standardize" => Encoding::Standardize,
        "min_max" => Encoding::MinMax { low: args.real("low"), high: args.real("high") },
        "one_hot" => Encoding::OneHot,
        _ => Encoding::Labels,
    };
    if let Encoding::MinMax { low, high } = encoding
        && low >= high
    {
        let message = format!("`min_max` maps to a range that rises, not from {low} to {high}");
        return Err(one(Diagnostic::new(Code::OutOfRange, args.span_of("low"), message)));
    }
    match (array, &encoding) {
        (Array::Classes(columns), Encoding::OneHot | Encoding::Labels) => Ok(Field { encoding, columns }),
        (Array::Classes(_), _) => Err(one(class_as_number(value))),
        (Array::Numbers(columns), _) => Ok(Field { encoding, columns }),
    }
}

/// `normalize(image / 255, mean = [0.5], std = [0.25])`: stated numbers are those of what the arithmetic makes.
fn normalized(value: &Expr, args: &Args, find: Find<'_>, such: &str, env: &Env) -> Result<Field, Diagnostic> {
    let Affine { columns: Some(columns), factor, offset } = affine(value, find, such, env)? else {
        return Err(no_array(value, such));
    };
    if factor.partial_cmp(&0.0) != Some(Ordering::Greater) || !factor.is_finite() || !offset.is_finite() {
        let message = "`normalize` takes an array, times a number above 0, plus a number";
        return Err(Diagnostic::new(Code::BadArithmetic, value.span, message));
    }
    let (means, deviations) = (args.reals("mean"), args.reals("std"));
    if let Some((stated, other)) = match (args.argument("mean").span, args.argument("std").span) {
        (Some(stated), None) => Some((stated, "std")),
        (None, Some(stated)) => Some((stated, "mean")),
        _ => None,
    } {
        let message = format!("`normalize` needs `{other}` as well: either both are stated or both measured");
        return Err(Diagnostic::new(Code::MissingArgument, stated, message));
    }
    if means.len() != deviations.len() {
        let (means, deviations) = (words::count(means.len(), "mean"), words::count(deviations.len(), "deviation"));
        let message = format!("`normalize` has {means} and {deviations}");
        return Err(
            Diagnostic::new(Code::OutOfRange, args.span_of("std"), message).also(args.span_of("mean"), "the means")
        );
    }
    if args.argument("mean").span.is_some() && means.is_empty() {
        let message = "`normalize` has no mean: state one for each channel, or leave `mean` and `std` out";
        return Err(Diagnostic::new(Code::OutOfRange, args.span_of("mean"), message));
    }
    let stated = means.iter().zip(deviations).map(|(mean, deviation)| ((mean - offset) / factor, deviation / factor));
    Ok(Field { encoding: Encoding::Normalize { channels: 0, stated: stated.collect() }, columns })
}

fn class_as_number(expr: &Expr) -> Diagnostic {
    let message = format!("{} is a class, not a number", describe(expr));
    Diagnostic::new(Code::WrongKind, expr.span, message).help("write it alone, or in `one_hot(…)`")
}

fn no_array(expr: &Expr, such: &str) -> Diagnostic {
    let message = format!("expected an array such as `{such}`, not {}", describe(expr));
    Diagnostic::new(Code::WrongKind, expr.span, message).label("not an array")
}

/// `image / 127.5 - 1`: numbers times a factor, plus an offset.
fn scaled(expr: &Expr, find: Find<'_>, such: &str, env: &Env) -> Result<Field, Diagnostic> {
    let Affine { columns: Some(columns), factor, offset } = affine(expr, find, such, env)? else {
        return Err(no_array(expr, such));
    };
    if factor.is_finite() && offset.is_finite() && factor != 0.0 {
        return Ok(Field { encoding: Encoding::Scale { factor, offset }, columns });
    }
    let message = "the field has no value: each number would become infinite, or the same as all others";
    Err(Diagnostic::new(Code::BadArithmetic, expr.span, message))
}

/// `array * factor + offset`, or a number, `offset`.
struct Affine {
    columns: Option<Columns>,
    factor: f64,
    offset: f64,
}

fn affine(expr: &Expr, find: Find<'_>, such: &str, env: &Env) -> Result<Affine, Diagnostic> {
    if let Some(array) = find(expr) {
        return match array? {
            Array::Numbers(columns) => Ok(Affine { columns: Some(columns), factor: 1.0, offset: 0.0 }),
            Array::Classes(_) => Err(class_as_number(expr)),
        };
    }
    match &expr.kind {
        ExprKind::Negate(inner) => {
            let Affine { columns, factor, offset } = affine(inner, find, such, env)?;
            Ok(Affine { columns, factor: -factor, offset: -offset })
        }
        ExprKind::Binary(op @ (BinaryOp::Add | BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div), a, b) => {
            combined(expr, *op, affine(a, find, such, env)?, affine(b, find, such, env)?)
        }
        ExprKind::Name(name) if !env.contains_key(name) => Err(no_array(expr, such)),
        ExprKind::Number(_) | ExprKind::Name(_) => {
            let offset = number(expr, Kind::Real(Range::ANY), env, "a number of a field")?;
            Ok(Affine { columns: None, factor: 0.0, offset })
        }
        _ => Err(no_array(expr, such)),
    }
}

fn combined(expr: &Expr, op: BinaryOp, a: Affine, b: Affine) -> Result<Affine, Diagnostic> {
    let refused = |message: &str| {
        let help = "a field is one array times a number, plus a number";
        Err(Diagnostic::new(Code::BadArithmetic, expr.span, message).help(help))
    };
    let times = |array: Affine, by: f64| {
        Ok(Affine { columns: array.columns, factor: array.factor * by, offset: array.offset * by })
    };
    let sign = if op == BinaryOp::Sub { -1.0 } else { 1.0 };
    match (op, &a.columns, &b.columns) {
        (_, Some(_), Some(_)) => refused("two arrays cannot be combined in a field"),
        (BinaryOp::Div, _, Some(_)) => refused("a number cannot be divided by an array in a field"),
        (BinaryOp::Div, _, None) if b.offset == 0.0 => refused("the field has no value: division by 0"),
        (BinaryOp::Div, _, None) => {
            Ok(Affine { columns: a.columns, factor: a.factor / b.offset, offset: a.offset / b.offset })
        }
        (BinaryOp::Mul, None, _) => times(b, a.offset),
        (BinaryOp::Mul, _, None) => times(a, b.offset),
        (_, Some(_), None) => Ok(Affine { offset: a.offset + sign * b.offset, ..a }),
        (_, None, _) => Ok(Affine { columns: b.columns, factor: sign * b.factor, offset: a.offset + sign * b.offset }),
    }
}
