//! How each part of a row is broken, and where comments can stand in it; knows no items.

use super::layout::{Piece, Printer};
use super::{breaks, flat};
use crate::ast::{Arg, Call, Chain, Expr, Input, Name, Param, Setting, Stage, Type};
use crate::span::Span;

/// Whether a comment at `at` can stand in a row that `span` goes around.
pub(super) fn row_takes<T>(row: &[T], span: Span, at: u32) -> bool {
    !row.is_empty() && (span.lo..span.hi).contains(&at)
}

impl Piece for Arg {
    fn span(&self) -> Span {
        self.name.as_ref().map_or(self.value.span, |name| name.span.to(self.value.span))
    }

    fn flat(&self) -> String {
        flat::arg(self)
    }

    fn breaks(&self) -> bool {
        breaks::expr(&self.value)
    }

    fn takes(&self, at: u32) -> bool {
        self.value.takes(at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        if let Some(name) = &self.name {
            printer.push(&name.text);
            printer.push(" = ");
        }
        printer.put(&self.value, after);
    }
}

impl Piece for Setting {
    fn span(&self) -> Span {
        self.name.span.to(self.value.span)
    }

    fn flat(&self) -> String {
        flat::setting(self)
    }

    fn breaks(&self) -> bool {
        breaks::expr(&self.value)
    }

    fn takes(&self, at: u32) -> bool {
        self.value.takes(at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&format!("{} {} ", self.name.text, flat::relation(self.relation)));
        printer.put(&self.value, after);
    }
}

impl Piece for Param {
    fn span(&self) -> Span {
        self.name.span.to(self.default.as_ref().map_or(self.kind.span, |default| default.span))
    }

    fn flat(&self) -> String {
        flat::param(self)
    }

    fn breaks(&self) -> bool {
        self.default.as_ref().is_some_and(breaks::expr)
    }

    fn takes(&self, at: u32) -> bool {
        self.default.as_ref().is_some_and(|default| default.takes(at))
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&format!("{}: {}", self.name.text, self.kind.text));
        if let Some(default) = &self.default {
            printer.push(" = ");
            printer.put(default, after);
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

    fn breaks(&self) -> bool {
        breaks::stage(self)
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

    fn breaks(&self) -> bool {
        breaks::call(self)
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

    fn breaks(&self) -> bool {
        breaks::chain(self)
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

impl Piece for Input {
    fn span(&self) -> Span {
        self.name.span.to(self.kind.as_ref().map_or(self.name.span, |kind| kind.span))
    }

    fn flat(&self) -> String {
        flat::input(self)
    }

    fn breaks(&self) -> bool {
        self.kind.as_ref().is_some_and(breaks::kind)
    }

    fn takes(&self, at: u32) -> bool {
        self.kind.as_ref().is_some_and(|kind| kind.takes(at))
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&self.name.text);
        if let Some(kind) = &self.kind {
            printer.push(": ");
            printer.put(kind, after);
        }
    }
}

impl Piece for Type {
    fn span(&self) -> Span {
        self.span
    }

    fn flat(&self) -> String {
        flat::kind(self)
    }

    fn breaks(&self) -> bool {
        breaks::kind(self)
    }

    fn takes(&self, at: u32) -> bool {
        let extents = self.classes.as_ref().map_or(self.span.lo, |classes| classes.span.hi);
        self.classes.as_ref().is_some_and(|classes| classes.takes(at))
            || row_takes(&self.extents, Span { lo: extents, hi: self.span.hi }, at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        if let Some(classes) = &self.classes {
            printer.push("class(");
            printer.put(classes, 1);
            printer.push(")");
        }
        if self.classes.is_none() || !self.extents.is_empty() {
            printer.bracketed(["[", "]"], &self.extents, self.span.hi, after);
        }
    }
}

/// `xt in x`, of a `scan`.
impl Piece for (Name, Expr) {
    fn span(&self) -> Span {
        self.0.span.to(self.1.span)
    }

    fn flat(&self) -> String {
        flat::sequence(self)
    }

    fn breaks(&self) -> bool {
        breaks::expr(&self.1)
    }

    fn takes(&self, at: u32) -> bool {
        self.1.takes(at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&self.0.text);
        printer.push(" in ");
        printer.put(&self.1, after);
    }
}
