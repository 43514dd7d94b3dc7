//! Says how tightly expressions hold together and where they need parentheses; prints nothing.

use crate::ast::{BinaryOp, Expr, ExprKind};

/// How tightly an expression holds together; what is looser than its place wants is put in parentheses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tightness {
    Pipe,
    Arrow,
    Range,
    Comparison,
    Sum,
    Product,
    Sign,
    Whole,
}

/// A part of an expression, and whether it needs parentheses there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operand<'e> {
    pub(super) expr: &'e Expr,
    pub(super) parens: bool,
}

impl<'e> Operand<'e> {
    /// `expr` where only what holds together as `least` can stand.
    pub(super) fn new(expr: &'e Expr, least: Tightness) -> Self {
        Self { expr, parens: tightness(expr) < least }
    }

    /// Whether its last token is a `>` or `}`, after which `<` would open a chain instead of comparing.
    fn ends_with_chain(self) -> bool {
        if self.parens {
            return false;
        }
        match &self.expr.kind {
            ExprKind::Chain(_) | ExprKind::If(_) | ExprKind::Scan(_) => true,
            ExprKind::Negate(inner) => Self::new(inner, Tightness::Sign).ends_with_chain(),
            _ => Operation::of(self.expr).is_some_and(|operation| operation.right.ends_with_chain()),
        }
    }
}

/// An operator as it is printed, between its operands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Operation<'e> {
    pub(super) left: Operand<'e>,
    pub(super) symbol: &'static str,
    pub(super) right: Operand<'e>,
}

impl<'e> Operation<'e> {
    /// The operation that `expr` is, if it is one of two operands.
    pub(super) fn of(expr: &'e Expr) -> Option<Self> {
        use Tightness::{Comparison, Product, Range, Sign, Sum};
        let ((symbol, before, after), left, right) = match &expr.kind {
            ExprKind::Arrow(left, right) => (("->", Range, Range), left, right),
            ExprKind::Range(left, right) => (("..", Comparison, Comparison), left, right),
            ExprKind::Binary(op, left, right) => {
                let (before, after) = match own(*op) {
                    Sum => (Sum, Product),
                    Product => (Product, Sign),
                    _ => (Sum, Sum),
                };
                ((symbol(*op), before, after), left, right)
            }
            _ => return None,
        };
        let (mut left, right) = (Operand::new(left, before), Operand::new(right, after));
        left.parens |= symbol == " < " && left.ends_with_chain();
        Some(Self { left, symbol, right })
    }
}

/// How tightly an operation of `op` holds together.
fn own(op: BinaryOp) -> Tightness {
    use BinaryOp::{Add, Div, Equal, Greater, GreaterEqual, Less, LessEqual, MatMul, Mul, NotEqual, Sub};
    match op {
        Add | Sub => Tightness::Sum,
        Mul | Div | MatMul => Tightness::Product,
        Equal | NotEqual | Less | LessEqual | Greater | GreaterEqual => Tightness::Comparison,
    }
}

fn symbol(op: BinaryOp) -> &'static str {
    match op {
        BinaryOp::Add => " + ",
        BinaryOp::Sub => " - ",
        BinaryOp::Mul => " * ",
        BinaryOp::Div => " / ",
        BinaryOp::MatMul => " @ ",
        BinaryOp::Equal => " == ",
        BinaryOp::NotEqual => " != ",
        BinaryOp::Less => " < ",
        BinaryOp::LessEqual => " <= ",
        BinaryOp::Greater => " > ",
        BinaryOp::GreaterEqual => " >= ",
    }
}

/// How tightly `expr` holds together.
fn tightness(expr: &Expr) -> Tightness {
    match &expr.kind {
        ExprKind::Pipe(..) => Tightness::Pipe,
        ExprKind::Arrow(..) => Tightness::Arrow,
        // Only an index has open ranges, where they stand alone.
        ExprKind::Range(..) | ExprKind::Open(..) => Tightness::Range,
        ExprKind::Binary(op, ..) => own(*op),
        ExprKind::Negate(_) => Tightness::Sign,
        _ => Tightness::Whole,
    }
}
