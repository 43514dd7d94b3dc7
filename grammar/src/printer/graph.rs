//! Lays out graphs: each statement, and the result, on lines of their own.

use super::flat;
use super::layout::{Piece, Printer};
use super::lines::Line;
use super::piece::row_takes;
use crate::ast::{Body, Expr, Graph, Statement, StatementKind};
use crate::span::Span;

/// What stands on a line of a graph.
pub(super) enum Part<'g> {
    Statement(&'g Statement),
    Result(&'g Expr),
}

impl Printer<'_> {
    /// Prints what a network or a block computes.
    pub(super) fn body(&mut self, body: &Body) {
        match body {
            Body::Chain(chain) => self.put(chain, 0),
            Body::Graph(graph) => self.graph(graph),
        }
    }

    /// Prints a graph, which starts on the line that is being written.
    pub(super) fn graph(&mut self, graph: &Graph) {
        let statements = graph.statements.iter().map(Part::Statement);
        let parts: Vec<Part<'_>> = statements.chain(graph.result.as_deref().map(Part::Result)).collect();
        self.braces(&parts, graph.span.hi);
    }
}

impl Line for Part<'_> {
    fn content(&self) -> Span {
        match self {
            Part::Statement(statement) => Span { lo: statement.span.lo, hi: flat::last(&statement.kind).span.hi },
            Part::Result(result) => result.span,
        }
    }

    fn apart(&self, _: &Self) -> bool {
        false
    }

    fn takes(&self, at: u32) -> bool {
        match self {
            Part::Statement(statement) => statement.kind.takes(at),
            Part::Result(result) => result.takes(at),
        }
    }

    fn write(&self, printer: &mut Printer<'_>) {
        match self {
            Part::Statement(statement) => statement.kind.write(printer),
            Part::Result(result) => printer.put(*result, 0),
        }
    }
}

impl StatementKind {
    fn takes(&self, at: u32) -> bool {
        let value = flat::last(self);
        let in_head = match self {
            StatementKind::Tensor { kind: Some(kind), .. } => kind.takes(at),
            StatementKind::Entry { name, inputs, .. } => {
                row_takes(inputs, Span { lo: name.span.hi, hi: value.span.lo }, at)
            }
            _ => false,
        };
        in_head || value.takes(at)
    }

    fn write(&self, printer: &mut Printer<'_>) {
        printer.push(&flat::head(self));
        let value = flat::last(self);
        match self {
            StatementKind::Tensor { kind: Some(kind), .. } => {
                printer.put(kind, 2);
                printer.push(" = ");
            }
            StatementKind::Entry { inputs, .. } => {
                printer.bracketed(["(", ")"], inputs, value.span.lo, 2);
                printer.push(" = ");
            }
            _ => {}
        }
        printer.put(value, 1);
        printer.push(";");
    }
}
