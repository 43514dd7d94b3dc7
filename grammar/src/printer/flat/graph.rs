//! Writes graphs, their statements and the types in them on one line.

use super::{row, value};
use crate::ast::{Expr, ExprKind, Graph, If, Input, Name, Scan, Statement, StatementKind, TensorRole, Type};

fn graph(graph: &Graph) -> String {
    let statements = graph.statements.iter().map(statement);
    let parts: Vec<String> = statements.chain(graph.result.as_deref().map(value)).collect();
    if parts.is_empty() { "{ }".to_owned() } else { format!("{{ {} }}", parts.join(" ")) }
}

/// `if condition { … } else { … }`
pub(super) fn choice(choice: &If) -> String {
    let otherwise = else_if(&choice.otherwise).map_or_else(|| graph(&choice.otherwise), |(_, next)| self::choice(next));
    format!("if {} {} else {otherwise}", value(&choice.condition), graph(&choice.then))
}

/// The `if` of `else if`: all that a graph yields, without statements before.
pub(in crate::printer) fn else_if(graph: &Graph) -> Option<(&Expr, &If)> {
    let result = graph.result.as_deref().filter(|_| graph.statements.is_empty())?;
    match &result.kind {
        ExprKind::If(choice) => Some((result, choice)),
        _ => None,
    }
}

/// `scan xt in x { … }`
pub(super) fn scan(scan: &Scan) -> String {
    format!("scan {} {}", row(&scan.sequences, sequence), graph(&scan.body))
}

/// `xt in x`
pub(in crate::printer) fn sequence((name, from): &(Name, Expr)) -> String {
    format!("{} in {}", name.text, value(from))
}

fn statement(statement: &Statement) -> String {
    let before = match &statement.kind {
        StatementKind::Tensor { role, name, kind: Some(kind), .. } => {
            format!("{}: {} = ", tensor(*role, name), self::kind(kind))
        }
        StatementKind::Entry { name, inputs, .. } => format!("entry {}({}) = ", name.text, row(inputs, input)),
        plain => head(plain),
    };
    format!("{before}{};", value(last(&statement.kind)))
}

/// What stands before the expression that ends a statement; before the type or the inputs, if it has such.
pub(in crate::printer) fn head(statement: &StatementKind) -> String {
    match statement {
        StatementKind::Let { names, .. } => match &names[..] {
            [name] => format!("let {} = ", name.text),
            _ => format!("let ({}) = ", row(names, |name| name.text.clone())),
        },
        StatementKind::Tensor { role, name, kind: None, .. } => format!("{} = ", tensor(*role, name)),
        StatementKind::Tensor { role, name, .. } => format!("{}: ", tensor(*role, name)),
        StatementKind::Next { name, .. } => format!("next {} = ", name.text),
        StatementKind::Emit(_) => "emit ".to_owned(),
        StatementKind::Sample { name, .. } => format!("sample {} ~ ", name.text),
        StatementKind::Entry { name, .. } => format!("entry {}", name.text),
        StatementKind::Dim { name, .. } => format!("dim {} <= ", name.text),
    }
}

fn tensor(role: TensorRole, name: &Name) -> String {
    let role = match role {
        TensorRole::Param => "param",
        TensorRole::Const => "const",
        TensorRole::State => "state",
    };
    format!("{role} {}", name.text)
}

/// The expression that ends a statement.
pub(in crate::printer) fn last(statement: &StatementKind) -> &Expr {
    match statement {
        StatementKind::Let { value, .. }
        | StatementKind::Tensor { value, .. }
        | StatementKind::Next { value, .. }
        | StatementKind::Emit(value)
        | StatementKind::Sample { distribution: value, .. }
        | StatementKind::Entry { value, .. }
        | StatementKind::Dim { most: value, .. } => value,
    }
}

/// `x: [t, c]`
pub(in crate::printer) fn input(input: &Input) -> String {
    let kind = input.kind.as_ref().map_or_else(String::new, |kind| format!(": {}", self::kind(kind)));
    format!("{}{kind}", input.name.text)
}

/// `class(65)[64]`
pub(in crate::printer) fn kind(kind: &Type) -> String {
    match &kind.classes {
        Some(classes) if kind.extents.is_empty() => format!("class({})", value(classes)),
        Some(classes) => format!("class({})[{}]", value(classes), row(&kind.extents, value)),
        None => format!("[{}]", row(&kind.extents, value)),
    }
}
