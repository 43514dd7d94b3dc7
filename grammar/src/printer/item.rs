//! Lays out items, clauses and fields: each on lines of its own, with the blank lines between them.

use super::flat::{self, Tightness};
use super::layout::{Piece, Printer};
use crate::ast::{Block, Call, Clause, ClauseKind, Expr, Field, Item, Network, Program, Train};
use crate::span::Span;

/// Something that starts on a line of its own.
trait Line {
    /// Its content, without a `;` at the end.
    fn content(&self) -> Span;
    /// Whether a comment that starts at `at` can stand between its parts.
    fn takes(&self, at: u32) -> bool;
    fn write(&self, printer: &mut Printer<'_>);
}

impl Printer<'_> {
    /// Prints a whole program.
    pub(super) fn program(&mut self, program: &Program) {
        self.lines(&program.items, u32::MAX, true);
    }

    /// Prints each of `lines`, and the comments up to `end`. Between two of them stands an empty line if `apart`, or if the source has one.
    fn lines<L: Line>(&mut self, lines: &[L], end: u32, apart: bool) {
        let mut first = true;
        for (index, line) in lines.iter().enumerate() {
            let content = line.content();
            let lo = self.comments.with_docs(content.lo);
            let mut gap = apart && index > 0;
            self.spaced_comments(lo, &mut first, &mut gap);
            if !first && (gap || self.comments.blank_before(lo)) {
                self.blank();
            }
            first = false;
            self.comments_for(content, |at| line.takes(at));
            self.line();
            line.write(self);
            let next = lines.get(index + 1).map(|next| self.comments.with_docs(next.content().lo));
            self.trailing(content.hi, next.unwrap_or(end));
        }
        self.spaced_comments(end, &mut first, &mut false);
    }

    /// Prints the comments before `hi` with the empty lines between them; `gap` wants one before the first.
    fn spaced_comments(&mut self, hi: u32, first: &mut bool, gap: &mut bool) {
        while let Some((at, text)) = self.comments.take_before(hi) {
            if !*first && (*gap || self.comments.blank_before(at)) {
                self.blank();
            }
            (*first, *gap) = (false, false);
            self.line();
            self.push(text);
        }
    }

    /// Prints what stands in braces, which end at `end`.
    fn braces<L: Line>(&mut self, lines: &[L], end: u32) {
        if lines.is_empty() && !self.comments.any_before(end) {
            return self.push("{ }");
        }
        self.push("{");
        self.indented(|printer| printer.lines(lines, end, false));
        self.line();
        self.push("}");
    }

    fn docs(&mut self, docs: &[String]) {
        for line in docs.iter().flat_map(|docs| docs.split('\n')) {
            self.push("///");
            if !line.is_empty() {
                self.push(" ");
                self.push(line);
            }
            self.line();
        }
    }

    fn value(&mut self, value: &Expr) {
        self.expr(value, Tightness::Arrow, 1);
    }
}

impl Line for Item {
    fn content(&self) -> Span {
        match self {
            Item::Use(item) => item.span,
            Item::Network(network) => network.span,
            Item::Block(block) => block.span,
            Item::Train(train) => train.span,
        }
    }

    fn takes(&self, at: u32) -> bool {
        match self {
            Item::Network(Network { name, settings, body, .. }) => {
                at >= chain_of(body).span.lo || (!settings.is_empty() && at >= name.span.hi)
            }
            Item::Block(Block { name, params, body, .. }) => {
                at >= chain_of(body).span.lo || (!params.is_empty() && at >= name.span.hi)
            }
            Item::Use(_) => false,
            Item::Train(train) => at >= train.network.span.hi,
        }
    }

    fn write(&self, printer: &mut Printer<'_>) {
        match self {
            Item::Use(_) => {}
            Item::Network(network) => network.write(printer),
            Item::Block(block) => block.write(printer),
            Item::Train(train) => train.write(printer),
        }
    }
}

impl Network {
    fn write(&self, printer: &mut Printer<'_>) {
        printer.docs(&self.docs);
        printer.push(if self.public { "pub network " } else { "network " });
        printer.push(&self.name.text);
        if !self.settings.is_empty() {
            printer.bracketed(["(", ")"], &self.settings, chain_of(&self.body).span.lo, 2);
        }
        printer.push(" ");
        printer.put(chain_of(&self.body), 0);
    }
}

impl Block {
    fn write(&self, printer: &mut Printer<'_>) {
        printer.docs(&self.docs);
        printer.push("block ");
        printer.push(&self.name.text);
        if !self.params.is_empty() {
            printer.bracketed(["(", ")"], &self.params, chain_of(&self.body).span.lo, 2);
        }
        printer.push(" ");
        printer.put(chain_of(&self.body), 0);
    }
}

impl Train {
    fn write(&self, printer: &mut Printer<'_>) {
        printer.docs(&self.docs);
        printer.push(&format!("train {} ", self.network.text));
        printer.braces(&self.clauses, self.span.hi);
    }
}

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
                printer.value(limit);
            }
            ClauseKind::Settings { parenthesized: true, args } => {
                printer.bracketed(["(", ")"], args, self.span.hi, 1);
            }
            ClauseKind::Settings { args, .. } if args.is_empty() => {}
            ClauseKind::Settings { args, .. } => {
                let flat = format!(" {}", flat::row(args, flat::arg));
                if !printer.stays_flat(&flat, self.content().hi, 1) {
                    return printer.rows(args, self.content().hi, ";");
                }
                printer.push(&flat);
            }
        }
        printer.push(";");
    }
}

fn write_minimize(printer: &mut Printer<'_>, loss: &Expr, optimizer: &Call) {
    printer.push(" ");
    printer.value(loss);
    printer.push(" with ");
    printer.put(optimizer, 1);
}

impl Line for Field {
    fn content(&self) -> Span {
        self.name.span.to(self.value.span)
    }

    fn takes(&self, at: u32) -> bool {
        self.value.takes(at)
    }

    fn write(&self, printer: &mut Printer<'_>) {
        printer.push(&self.name.text);
        printer.push(" = ");
        printer.value(&self.value);
        printer.push(";");
    }
}

fn chain_of(body: &crate::ast::Body) -> &crate::ast::Chain {
    match body {
        crate::ast::Body::Chain(chain) => chain,
        crate::ast::Body::Graph(_) => unimplemented!(),
    }
}
