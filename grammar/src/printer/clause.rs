//! Lays out the clauses of train sections and their fields.

use super::flat;
use super::layout::{Piece, Printer};
use super::lines::Line;
use crate::ast::{Arg, Call, Clause, ClauseKind, Expr, ExprKind, Field};
use crate::span::Span;

impl Line for Clause {
    fn content(&self) -> Span {
        let hi = match &self.kind {
            ClauseKind::Data { .. } | ClauseKind::Settings { parenthesized: true, .. } => self.span.hi,
            ClauseKind::Minimize { optimizer, .. } => optimizer.span.hi,
            ClauseKind::AtMost(limit) => limit.span.hi,
            ClauseKind::Settings { args, .. } => args.last().map_or(self.keyword.span.hi, |last| last.span().hi),
        };
        Span { lo: self.span.lo, hi }
    }

    fn apart(&self, _: &Self) -> bool {
        false
    }

    fn takes(&self, at: u32) -> bool {
        match &self.kind {
            ClauseKind::Data { source, .. } => source.takes(at) || at >= source.span.hi,
            ClauseKind::Minimize { loss, optimizer } => loss.takes(at) || optimizer.takes(at),
            ClauseKind::AtMost(limit) => limit.takes(at),
            ClauseKind::Settings { args, .. } => !args.is_empty() && at >= self.keyword.span.hi,
        }
    }

    fn write(&self, printer: &mut Printer<'_>) {
        printer.push(&self.keyword.text);
        match &self.kind {
            ClauseKind::Data { source, fields } => {
                printer.push(" ");
                printer.put(source, 2);
                printer.push(" ");
                return printer.braces(fields, self.span.hi);
            }
            ClauseKind::Minimize { loss, optimizer } => write_minimize(printer, loss, optimizer),
            ClauseKind::AtMost(limit) => {
                printer.push(" <= ");
                printer.put(limit, 1);
            }
            ClauseKind::Settings { parenthesized: true, args } => {
                printer.bracketed(["(", ")"], args, self.span.hi, 1);
            }
            ClauseKind::Settings { args, .. } if args.is_empty() => {}
            ClauseKind::Settings { args, .. } => return write_row(printer, args),
        }
        printer.push(";");
    }
}

/// Prints arguments without parentheses, and what ends them. A lone tuple has a comma behind it: without, its parentheses
/// would be those of the arguments.
fn write_row(printer: &mut Printer<'_>, args: &[Arg]) {
    let lone_tuple = matches!(args, [Arg { name: None, value: Expr { kind: ExprKind::Tuple(_), .. } }]);
    let close = if lone_tuple { ",;" } else { ";" };
    let flat = format!(" {}{close}", flat::row(args, flat::arg));
    let hi = args.last().map_or(0, |last| last.span().hi);
    if !args.iter().any(Piece::breaks) && printer.stays_flat(&flat, hi, 0) {
        printer.push(&flat);
    } else {
        printer.rows(args, hi, close);
    }
}

fn write_minimize(printer: &mut Printer<'_>, loss: &Expr, optimizer: &Call) {
    printer.push(" ");
    printer.put(loss, " with ".len());
    printer.push(" with ");
    printer.put(optimizer, 1);
}

impl Line for Field {
    fn content(&self) -> Span {
        self.name.span.to(self.value.span)
    }

    fn apart(&self, _: &Self) -> bool {
        false
    }

    fn takes(&self, at: u32) -> bool {
        self.value.takes(at)
    }

    fn write(&self, printer: &mut Printer<'_>) {
        printer.push(&self.name.text);
        printer.push(" = ");
        printer.put(&self.value, 1);
        printer.push(";");
    }
}
