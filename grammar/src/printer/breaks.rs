//! Says which constructs have statements in them, which want lines of their own; prints nothing.

use crate::ast::{Arg, Call, Chain, Expr, ExprKind, Graph, Stage, Type};

/// Whether `expr` has statements in it.
pub(super) fn expr(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => false,
        ExprKind::Call(call) => self::call(call),
        ExprKind::Arrow(left, right) | ExprKind::Range(left, right) | ExprKind::Binary(_, left, right) => {
            self::expr(left) || self::expr(right)
        }
        ExprKind::List(list) => list.iter().any(self::expr),
        ExprKind::Index(base, list) => self::expr(base) || list.iter().any(self::expr),
        ExprKind::Negate(inner) | ExprKind::Field(inner, _) => self::expr(inner),
        ExprKind::Open(from, to) => [from, to].into_iter().flatten().any(|end| self::expr(end)),
        ExprKind::Pipe(base, stage) => self::expr(base) || self::stage(stage),
        ExprKind::Chain(chain) => self::chain(chain),
        ExprKind::If(choice) => self::expr(&choice.condition) || graph(&choice.then) || graph(&choice.otherwise),
        ExprKind::Scan(scan) => graph(&scan.body) || scan.sequences.iter().any(|(_, from)| self::expr(from)),
        ExprKind::Tuple(parts) => args(parts),
    }
}

fn graph(graph: &Graph) -> bool {
    !graph.statements.is_empty() || graph.result.as_deref().is_some_and(expr)
}

fn args(args: &[Arg]) -> bool {
    args.iter().any(|arg| expr(&arg.value))
}

/// Whether `call` has statements in it.
pub(super) fn call(call: &Call) -> bool {
    args(&call.args) || call.chain.as_ref().is_some_and(chain)
}

/// Whether `chain` has statements in it.
pub(super) fn chain(chain: &Chain) -> bool {
    chain.stages.iter().any(stage)
}

/// Whether `stage` has statements in it.
pub(super) fn stage(stage: &Stage) -> bool {
    match stage {
        Stage::Call(call) => self::call(call),
        Stage::Chain(chain) => self::chain(chain),
    }
}

/// Whether `kind` has statements in it.
pub(super) fn kind(kind: &Type) -> bool {
    kind.classes.iter().chain(&kind.extents).any(expr)
}
