//! Makes a tree of a flat row of operands and operators, by precedence; both front ends use it, and it knows neither.
//!
//! From loosest to tightest: `->`, `..`, comparisons, `+` and `-`, `*`, `/` and `@`. The first three do not associate, the
//! others associate to the left.

use crate::ast::{BinaryOp, Expr, ExprKind};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Arrow,
    Range,
    Binary(BinaryOp),
}

impl Operator {
    /// The operator of this spelling.
    pub(crate) fn of(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "->" => Self::Arrow,
            ".." => Self::Range,
            "+" => Self::Binary(BinaryOp::Add),
            "-" => Self::Binary(BinaryOp::Sub),
            "@" => Self::Binary(BinaryOp::MatMul),
            "==" => Self::Binary(BinaryOp::Equal),
            "!=" => Self::Binary(BinaryOp::NotEqual),
            "<" => Self::Binary(BinaryOp::Less),
            "<=" => Self::Binary(BinaryOp::LessEqual),
            ">" => Self::Binary(BinaryOp::Greater),
            ">=" => Self::Binary(BinaryOp::GreaterEqual),
            "*" => Self::Binary(BinaryOp::Mul),
            "/" => Self::Binary(BinaryOp::Div),
            _ => return None,
        })
    }

    fn spelling(self) -> &'static str {
        match self {
            Self::Arrow => "->",
            Self::Range => "..",
            Self::Binary(BinaryOp::Add) => "+",
            Self::Binary(BinaryOp::Sub) => "-",
            Self::Binary(BinaryOp::Mul) => "*",
            Self::Binary(BinaryOp::Div) => "/",
            Self::Binary(BinaryOp::MatMul) => "@",
            Self::Binary(BinaryOp::Equal) => "==",
            Self::Binary(BinaryOp::NotEqual) => "!=",
            Self::Binary(BinaryOp::Less) => "<",
            Self::Binary(BinaryOp::LessEqual) => "<=",
            Self::Binary(BinaryOp::Greater) => ">",
            Self::Binary(BinaryOp::GreaterEqual) => ">=",
        }
    }

    fn power(self) -> u8 {
        match self {
            Self::Arrow => 1,
            Self::Range => 2,
            Self::Binary(BinaryOp::Add | BinaryOp::Sub) => 4,
            Self::Binary(BinaryOp::Mul | BinaryOp::Div | BinaryOp::MatMul) => 5,
            Self::Binary(_) => 3,
        }
    }

    fn join(self, left: Expr, right: Expr) -> Expr {
        let span = left.span.to(right.span);
        let (left, right) = (Box::new(left), Box::new(right));
        let kind = match self {
            Self::Arrow => ExprKind::Arrow(left, right),
            Self::Range => ExprKind::Range(left, right),
            Self::Binary(op) => ExprKind::Binary(op, left, right),
        };
        Expr { kind, span }
    }
}

/// The tree of `first` and the operators and operands after it. Operators that do not go together are added to `mistakes`.
pub(crate) fn fold(first: Expr, rest: Vec<(Operator, Span, Expr)>, mistakes: &mut Vec<Diagnostic>) -> Expr {
    let mut waiting: Vec<(Expr, Operator, Span)> = Vec::new();
    let mut right = first;
    for (operator, span, next) in rest {
        while let Some((left, tighter, before)) = waiting.pop_if(|(_, before, _)| before.power() >= operator.power()) {
            if tighter.power() == operator.power() && operator.power() <= 3 {
                mistakes.push(chained(operator, span, before));
            }
            right = tighter.join(left, right);
        }
        waiting.push((right, operator, span));
        right = next;
    }
    while let Some((left, operator, _)) = waiting.pop() {
        right = operator.join(left, right);
    }
    right
}

fn chained(operator: Operator, second: Span, first: Span) -> Diagnostic {
    let symbol = operator.spelling();
    Diagnostic::new(Code::UnexpectedToken, second, format!("`{symbol}` cannot follow another `{symbol}`"))
        .label("the second one")
        .also(first, "the first one")
        .help("put parentheses around the part that belongs together")
}

/// `-operand`, as often as there are signs before it; `signs` are their places from left to right.
pub(crate) fn negate(signs: &[Span], operand: Expr) -> Expr {
    signs.iter().rev().fold(operand, |operand, sign| {
        let span = sign.to(operand.span);
        Expr { kind: ExprKind::Negate(Box::new(operand)), span }
    })
}
