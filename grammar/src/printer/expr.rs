//! How each expression is broken, and where comments can stand in it; knows no statements and no items.

use super::layout::{Piece, Printer};
use super::piece::row_takes;
use super::tightness::{Operand, Operation, Tightness};
use super::{breaks, flat};
use crate::ast::{Expr, ExprKind, If, Scan, Stage};
use crate::span::Span;

impl Piece for Expr {
    fn span(&self) -> Span {
        self.span
    }

    fn flat(&self) -> String {
        flat::value(self)
    }

    fn breaks(&self) -> bool {
        breaks::expr(self)
    }

    fn takes(&self, at: u32) -> bool {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => false,
            ExprKind::Call(call) => call.takes(at),
            ExprKind::List(list) => row_takes(list, self.span, at),
            ExprKind::Tuple(parts) => row_takes(parts, self.span, at),
            ExprKind::Index(base, list) => {
                base.takes(at) || row_takes(list, Span { lo: base.span.hi, hi: self.span.hi }, at)
            }
            ExprKind::Negate(inner) | ExprKind::Field(inner, _) => inner.takes(at),
            ExprKind::Open(from, to) => [from, to].into_iter().flatten().any(|end| end.takes(at)),
            ExprKind::Arrow(left, right) | ExprKind::Range(left, right) | ExprKind::Binary(_, left, right) => {
                left.takes(at) || right.takes(at)
            }
            ExprKind::Pipe(base, stage) => base.takes(at) || (base.span.hi..stage.span().hi).contains(&at),
            ExprKind::Chain(chain) => (chain.span.lo..chain.span.hi).contains(&at),
            ExprKind::If(choice) => choice.takes(at),
            // Before each of the sequences, and in the body.
            ExprKind::Scan(scan) => (self.span.lo..scan.body.span.hi).contains(&at),
        }
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        match &self.kind {
            ExprKind::Number(_) | ExprKind::Text(_) | ExprKind::Name(_) => printer.push(&self.flat()),
            ExprKind::Call(call) if call.args.is_empty() => printer.push(&self.flat()),
            ExprKind::Call(call) => call.broken(printer, after),
            ExprKind::List(list) => printer.bracketed(["[", "]"], list, self.span.hi, after),
            ExprKind::Tuple(parts) => printer.bracketed(["(", ")"], parts, self.span.hi, after),
            ExprKind::Index(base, list) => {
                printer.operand(Operand::new(base, Tightness::Whole), 1);
                printer.bracketed(["[", "]"], list, self.span.hi, after);
            }
            ExprKind::Field(base, name) => {
                printer.operand(Operand::new(base, Tightness::Whole), name.text.len() + 1 + after);
                printer.push(&format!(".{}", name.text));
            }
            ExprKind::Negate(inner) => {
                printer.push("-");
                printer.operand(Operand::new(inner, Tightness::Sign), after);
            }
            ExprKind::Open(from, to) => {
                printer.end(from.as_deref(), 2);
                printer.push("..");
                printer.end(to.as_deref(), after);
            }
            ExprKind::Arrow(..) | ExprKind::Range(..) | ExprKind::Binary(..) => {
                if let Some(Operation { left, symbol, right }) = Operation::of(self) {
                    printer.operand(left, symbol.trim_end().len());
                    printer.push(symbol);
                    printer.operand(right, after);
                }
            }
            ExprKind::Pipe(base, stage) => printer.pipe(base, stage, after),
            ExprKind::Chain(chain) => printer.put(chain, after),
            ExprKind::If(choice) => printer.choice(choice),
            ExprKind::Scan(scan) => printer.scan(scan),
        }
    }
}

impl If {
    /// In the condition where it has rows, else at the start of the graph that follows.
    fn takes(&self, at: u32) -> bool {
        self.condition.takes(at) || (self.condition.span.hi..self.otherwise.span.hi).contains(&at)
    }
}

impl Printer<'_> {
    /// Prints a part of an expression, in parentheses if it needs them.
    fn operand(&mut self, operand: Operand<'_>, after: usize) {
        if !operand.parens {
            return self.put(operand.expr, after);
        }
        self.push("(");
        self.put(operand.expr, after + 1);
        self.push(")");
    }

    /// Prints an end of an open range, if it has that end.
    fn end(&mut self, end: Option<&Expr>, after: usize) {
        if let Some(end) = end {
            self.operand(Operand::new(end, Tightness::Comparison), after);
        }
    }

    /// Prints each stage of a pipe on a line of its own, one step to the right of what goes into the first.
    fn pipe(&mut self, base: &Expr, last: &Stage, after: usize) {
        let mut stages = vec![last];
        let mut first = base;
        while let ExprKind::Pipe(base, stage) = &first.kind {
            stages.push(stage);
            first = base;
        }
        self.put(first, 0);
        let mut hi = first.span.hi;
        self.indented(|printer| {
            while let Some(stage) = stages.pop() {
                let span = stage.span();
                printer.trailing(hi, span.lo);
                printer.comments_for(span, |at| stage.takes(at));
                printer.line();
                printer.push("|> ");
                printer.put(stage, if stages.is_empty() { after } else { 0 });
                hi = span.hi;
            }
        });
    }

    fn choice(&mut self, choice: &If) {
        self.push("if ");
        self.put(&choice.condition, 2);
        self.push(" ");
        self.graph(&choice.then);
        self.push(" else ");
        match flat::else_if(&choice.otherwise) {
            // Comments that `else if` has no place for keep the braces, and stand in them.
            Some((expr, next)) if self.comments.starts_before(choice.otherwise.span.hi).all(|at| expr.takes(at)) => {
                self.choice(next);
            }
            _ => self.graph(&choice.otherwise),
        }
    }

    fn scan(&mut self, scan: &Scan) {
        let head = format!(" {}", flat::row(&scan.sequences, flat::sequence));
        let hi = scan.sequences.last().map_or(0, |last| last.span().hi);
        self.push("scan");
        if !scan.sequences.iter().any(Piece::breaks) && self.stays_flat(&head, hi, 2) {
            self.push(&head);
            self.push(" ");
        } else {
            self.rows(&scan.sequences, hi, "");
            self.line();
        }
        self.graph(&scan.body);
    }
}
