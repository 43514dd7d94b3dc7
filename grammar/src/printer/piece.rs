//! How each part of a row is broken, and where comments can stand in it; knows no items.

use super::flat::{self, Tightness};
use super::layout::{Piece, Printer};
use crate::ast::{Arg, Call, Chain, Expr, ExprKind, Param, Setting, Stage};
use crate::span::Span;

/// Whether a comment at `at` can stand in a row that `span` goes around.
fn row_takes<T>(row: &[T], span: Span, at: u32) -> bool {
    !row.is_empty() && (span.lo..span.hi).contains(&at)
}

impl Piece for Expr {
    fn span(&self) -> Span {
        self.span
    }

    fn flat(&self) -> String {
        flat::value(self)
    }

    fn takes(&self, at: u32) -> bool {
        match &self.kind {
            ExprKind::Call(call) => call.takes(at),
            ExprKind::List(list) => row_takes(list, self.span, at),
            ExprKind::Index(base, list) => {
                base.takes(at) || row_takes(list, Span { lo: base.span.hi, hi: self.span.hi }, at)
            }
            ExprKind::Negate(inner) => inner.takes(at),
            ExprKind::Arrow(left, right) | ExprKind::Range(left, right) | ExprKind::Binary(_, left, right) => {
                left.takes(at) || right.takes(at)
            }
            _ => false,
        }
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.expr(self, Tightness::Arrow, after);
    }
}

impl Piece for Arg {
    fn span(&self) -> Span {
        self.name.as_ref().map_or(self.value.span, |name| name.span.to(self.value.span))
    }

    fn flat(&self) -> String {
        flat::arg(self)
    }

    fn takes(&self, at: u32) -> bool {
        self.value.takes(at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        if let Some(name) = &self.name {
            printer.push(&name.text);
            printer.push(" = ");
        }
        printer.expr(&self.value, Tightness::Arrow, after);
    }
}

impl Piece for Setting {
    fn span(&self) -> Span {
        self.name.span.to(self.value.span)
    }

    fn flat(&self) -> String {
        flat::setting(self)
    }

    fn takes(&self, at: u32) -> bool {
        self.value.takes(at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&format!("{} {} ", self.name.text, flat::relation(self.relation)));
        printer.expr(&self.value, Tightness::Arrow, after);
    }
}

impl Piece for Param {
    fn span(&self) -> Span {
        self.name.span.to(self.default.as_ref().map_or(self.kind.span, |default| default.span))
    }

    fn flat(&self) -> String {
        flat::param(self)
    }

    fn takes(&self, at: u32) -> bool {
        self.default.as_ref().is_some_and(|default| default.takes(at))
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&format!("{}: {}", self.name.text, self.kind.text));
        if let Some(default) = &self.default {
            printer.push(" = ");
            printer.expr(default, Tightness::Arrow, after);
        }
    }
}

impl Piece for Stage {
    fn span(&self) -> Span {
        match self {
            Stage::Call(call) => call.span,
            Stage::Chain(chain) => chain.span,
        }
    }

    fn flat(&self) -> String {
        flat::stage(self)
    }

    fn takes(&self, at: u32) -> bool {
        match self {
            Stage::Call(call) => call.takes(at),
            Stage::Chain(_) => true,
        }
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        match self {
            Stage::Call(call) => call.broken(printer, after),
            Stage::Chain(chain) => chain.broken(printer, after),
        }
    }
}

impl Piece for Call {
    fn span(&self) -> Span {
        self.span
    }

    fn flat(&self) -> String {
        flat::call(self)
    }

    fn takes(&self, at: u32) -> bool {
        let args = Span { lo: self.name.span.hi, hi: self.chain.as_ref().map_or(self.span.hi, |chain| chain.span.lo) };
        let in_chain = self.chain.as_ref().is_some_and(|chain| chain.span.range().contains(&(at as usize)));
        row_takes(&self.args, args, at) || in_chain
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&self.name.text);
        if !self.args.is_empty() {
            let end = self.chain.as_ref().map_or(self.span.hi, |chain| chain.span.lo);
            printer.bracketed(["(", ")"], &self.args, end, if self.chain.is_some() { 2 } else { after });
        }
        if let Some(chain) = &self.chain {
            printer.push(" ");
            printer.put(chain, after);
        }
    }
}

impl Piece for Chain {
    fn span(&self) -> Span {
        self.span
    }

    fn flat(&self) -> String {
        flat::chain(self)
    }

    fn takes(&self, _: u32) -> bool {
        true
    }

    fn broken(&self, printer: &mut Printer<'_>, _: usize) {
        printer.push("<");
        printer.rows(&self.stages, self.span.hi, ",");
        printer.line();
        printer.push(">");
    }
}
