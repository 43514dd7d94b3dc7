//! Lays out the clauses of train sections and their fields.

use super::flat;
use super::graph::Part;
use super::layout::{Piece, Printer};
use super::lines::Line;
use crate::ast::{Arg, Call, Clause, ClauseKind, Expr, ExprKind, Field, Name, Statement};
use crate::span::Span;

impl Line for Clause {
    fn content(&self) -> Span {
        let hi = match &self.kind {
            ClauseKind::Data { .. }
            | ClauseKind::Step { .. }
            | ClauseKind::Every { .. }
            | ClauseKind::At { .. }
            | ClauseKind::Settings { parenthesized: true, .. } => self.span.hi,
            ClauseKind::Minimize { optimizer, .. } => optimizer.span.hi,
            ClauseKind::AtMost(value) | ClauseKind::Times(value) | ClauseKind::Last(value) => value.span.hi,
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
            ClauseKind::Minimize { loss, optimizer, .. } => loss.takes(at) || optimizer.takes(at),
            ClauseKind::AtMost(value) | ClauseKind::Times(value) | ClauseKind::Last(value) => value.takes(at),
            ClauseKind::Step { name, .. } => at >= name.span.hi,
            ClauseKind::Every { batches: Some(head), .. } | ClauseKind::At { epoch: head, .. } => {
                head.takes(at) || at >= head.span.hi
            }
            ClauseKind::Every { batches: None, .. } => at >= self.keyword.span.hi,
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
            ClauseKind::Minimize { loss, over, optimizer } => write_minimize(printer, loss, over, optimizer),
            ClauseKind::AtMost(limit) => {
                printer.push(" <= ");
                printer.put(limit, 1);
            }
            ClauseKind::Times(factor) => {
                printer.push(" *= ");
                printer.put(factor, 1);
            }
            ClauseKind::Last(count) => {
                printer.push(" last ");
                printer.put(count, 1);
            }
            ClauseKind::Step { name, statements, clauses } => {
                printer.push(&format!(" {} ", name.text));
                let statements = statements.iter().map(StepLine::Statement);
                let lines: Vec<StepLine<'_>> = statements.chain(clauses.iter().map(StepLine::Clause)).collect();
                return printer.braces(&lines, self.span.hi);
            }
            ClauseKind::Every { batches, clauses } => {
                match batches {
                    Some(batches) => {
                        printer.push(" ");
                        printer.put(batches, " batches {".len());
                        printer.push(" batches ");
                    }
                    None => printer.push(" batch "),
                }
                return write_turn(printer, clauses, self.span.hi);
            }
            ClauseKind::At { epoch, clauses } => {
                printer.push(" epoch ");
                printer.put(epoch, 2);
                printer.push(" ");
                return printer.braces(clauses, self.span.hi);
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

/// Prints steps that follow each other, which end at `hi`: on one line if they are names alone and fit.
fn write_turn(printer: &mut Printer<'_>, clauses: &[Clause], hi: u32) {
    let bare = |clause: &Clause| matches!(&clause.kind, ClauseKind::Settings { parenthesized: false, args } if args.is_empty());
    let names: String = clauses.iter().map(|clause| format!("{}; ", clause.keyword.text)).collect();
    let flat = format!("{{ {names}}}");
    if !clauses.is_empty() && clauses.iter().all(bare) && printer.stays_flat(&flat, hi, 0) {
        return printer.push(&flat);
    }
    printer.braces(clauses, hi);
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

fn write_minimize(printer: &mut Printer<'_>, loss: &Expr, over: &[Name], optimizer: &Call) {
    printer.push(" ");
    printer.put(loss, " with ".len());
    for (index, part) in over.iter().enumerate() {
        printer.push(if index == 0 { " over " } else { ", " });
        printer.push(&part.text);
    }
    printer.push(" with ");
    printer.put(optimizer, 1);
}

/// What stands on a line of a step.
enum StepLine<'c> {
    Statement(&'c Statement),
    Clause(&'c Clause),
}

impl Line for StepLine<'_> {
    fn content(&self) -> Span {
        match self {
            Self::Statement(statement) => Part::Statement(statement).content(),
            Self::Clause(clause) => clause.content(),
        }
    }

    fn apart(&self, _: &Self) -> bool {
        false
    }

    fn takes(&self, at: u32) -> bool {
        match self {
            Self::Statement(statement) => Part::Statement(statement).takes(at),
            Self::Clause(clause) => clause.takes(at),
        }
    }

    fn write(&self, printer: &mut Printer<'_>) {
        match self {
            Self::Statement(statement) => Part::Statement(statement).write(printer),
            Self::Clause(clause) => clause.write(printer),
        }
    }
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
