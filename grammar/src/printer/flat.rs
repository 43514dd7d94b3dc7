//! Writes each construct on one line; knows no width and no comments.

mod graph;

use super::tightness::{Operand, Operation, Tightness};
use crate::ast::{Arg, Call, Chain, Expr, ExprKind, Number, Param, Relation, Setting, Stage, Unit};
pub(super) use graph::{else_if, head, input, kind, last, sequence};

/// An expression that stands alone.
pub(super) fn value(expr: &Expr) -> String {
    match &expr.kind {
        ExprKind::Number(number) => self::number(number),
        ExprKind::Text(text) => quoted(text),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Call(call) => format!("{}{}", call.name.text, args(&call.args)),
        ExprKind::List(list) => format!("[{}]", row(list, value)),
        ExprKind::Index(base, list) => format!("{}[{}]", tight(base, Tightness::Whole), row(list, value)),
        ExprKind::Field(base, name) => format!("{}.{}", tight(base, Tightness::Whole), name.text),
        ExprKind::Negate(inner) => format!("-{}", tight(inner, Tightness::Sign)),
        ExprKind::Open(from, to) => {
            let end = |end: &Option<Box<Expr>>| {
                end.as_ref().map_or_else(String::new, |end| tight(end, Tightness::Comparison))
            };
            format!("{}..{}", end(from), end(to))
        }
        ExprKind::Pipe(base, stage) => format!("{} |> {}", value(base), self::stage(stage)),
        ExprKind::Chain(chain) => self::chain(chain),
        ExprKind::If(choice) => graph::choice(choice),
        ExprKind::Scan(scan) => graph::scan(scan),
        ExprKind::Tuple(parts) => args(parts),
        ExprKind::Arrow(..) | ExprKind::Range(..) | ExprKind::Binary(..) => Operation::of(expr)
            .map_or_else(String::new, |Operation { left, symbol, right }| {
                format!("{}{symbol}{}", operand(left), operand(right))
            }),
    }
}

/// A part of an expression, in parentheses if it needs them.
pub(super) fn operand(operand: Operand<'_>) -> String {
    let flat = value(operand.expr);
    if operand.parens { format!("({flat})") } else { flat }
}

fn tight(expr: &Expr, least: Tightness) -> String {
    operand(Operand::new(expr, least))
}

fn number(number: &Number) -> String {
    let unit = match number.unit {
        None => "",
        Some(Unit::B) => " B",
        Some(Unit::KiB) => " KiB",
        Some(Unit::MiB) => " MiB",
        Some(Unit::GiB) => " GiB",
    };
    format!("{}{unit}", number.digits)
}

/// A text in quotes, with escapes for what cannot stand there or cannot be seen.
pub(super) fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0' => out.push_str("\\0"),
            c if c.is_control() || is_invisible(c) => out.push_str(&format!("\\u{{{:X}}}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Characters that change the direction of text or take no room: rustc warns of the former in literals.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{2069}' | '\u{FEFF}')
}

/// Parts with commas between them.
pub(super) fn row<T>(parts: &[T], part: fn(&T) -> String) -> String {
    parts.iter().map(part).collect::<Vec<_>>().join(", ")
}

/// Arguments in parentheses.
pub(super) fn args(args: &[Arg]) -> String {
    format!("({})", row(args, arg))
}

pub(super) fn arg(arg: &Arg) -> String {
    let name = arg.name.as_ref().map_or_else(String::new, |name| format!("{} = ", name.text));
    name + &value(&arg.value)
}

pub(super) fn setting(setting: &Setting) -> String {
    format!("{} {} {}", setting.name.text, relation(setting.relation), value(&setting.value))
}

pub(super) fn relation(relation: Relation) -> &'static str {
    match relation {
        Relation::Is => "=",
        Relation::AtMost => "<=",
    }
}

pub(super) fn param(param: &Param) -> String {
    let default = param.default.as_ref().map_or_else(String::new, |default| format!(" = {}", value(default)));
    format!("{}: {}{default}", param.name.text, param.kind.text)
}

pub(super) fn stage(stage: &Stage) -> String {
    match stage {
        Stage::Call(call) => self::call(call),
        Stage::Chain(chain) => self::chain(chain),
    }
}

/// A name with the arguments and the chain that it has.
pub(super) fn call(call: &Call) -> String {
    let args = if call.args.is_empty() { String::new() } else { args(&call.args) };
    let chain = call.chain.as_ref().map_or_else(String::new, |chain| format!(" {}", self::chain(chain)));
    format!("{}{args}{chain}", call.name.text)
}

pub(super) fn chain(chain: &Chain) -> String {
    if chain.stages.is_empty() { "< >".to_owned() } else { format!("< {} >", row(&chain.stages, stage)) }
}
