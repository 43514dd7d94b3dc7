//! Writes each construct on one line; knows no width and no comments.

use crate::ast::{Arg, BinaryOp, Call, Chain, Expr, ExprKind, Number, Param, Relation, Setting, Stage, Unit};

/// How tightly an expression holds together; what is looser than its place wants is put in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tightness {
    Arrow,
    Range,
    Sum,
    Product,
    Sign,
    Whole,
}

/// How tightly `expr` holds together.
pub(super) fn tightness(expr: &Expr) -> Tightness {
    match &expr.kind {
        ExprKind::Arrow(..) => Tightness::Arrow,
        ExprKind::Range(..) => Tightness::Range,
        ExprKind::Binary(BinaryOp::Add | BinaryOp::Sub, ..) => Tightness::Sum,
        ExprKind::Binary(BinaryOp::Mul | BinaryOp::Div, ..) => Tightness::Product,
        ExprKind::Negate(_) => Tightness::Sign,
        _ => Tightness::Whole,
    }
}

/// An operator as it is printed, and what its operands must hold together as.
pub(super) fn operator(kind: &ExprKind) -> (&'static str, Tightness, Tightness) {
    use Tightness::{Product, Range, Sign, Sum};
    match kind {
        ExprKind::Arrow(..) => ("->", Range, Range),
        ExprKind::Range(..) => ("..", Sum, Sum),
        ExprKind::Binary(BinaryOp::Add, ..) => (" + ", Sum, Product),
        ExprKind::Binary(BinaryOp::Sub, ..) => (" - ", Sum, Product),
        ExprKind::Binary(BinaryOp::Mul, ..) => (" * ", Product, Sign),
        _ => (" / ", Product, Sign),
    }
}

/// An expression where one that holds together as `least` can stand.
pub(super) fn expr(expr: &Expr, least: Tightness) -> String {
    if tightness(expr) < least {
        return format!("({})", self::expr(expr, Tightness::Arrow));
    }
    match &expr.kind {
        ExprKind::Number(number) => self::number(number),
        ExprKind::Text(text) => quoted(text),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Call(call) => format!("{}{}", call.name.text, args(&call.args)),
        ExprKind::List(list) => format!("[{}]", row(list, value)),
        ExprKind::Index(base, list) => format!("{}[{}]", self::expr(base, Tightness::Whole), row(list, value)),
        ExprKind::Negate(inner) => format!("-{}", self::expr(inner, Tightness::Sign)),
        ExprKind::Arrow(left, right) | ExprKind::Range(left, right) | ExprKind::Binary(_, left, right) => {
            let (symbol, before, after) = operator(&expr.kind);
            format!("{}{symbol}{}", self::expr(left, before), self::expr(right, after))
        }
        _ => String::new(),
    }
}

/// An expression that stands alone.
pub(super) fn value(expr: &Expr) -> String {
    self::expr(expr, Tightness::Arrow)
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
