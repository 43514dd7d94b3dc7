//! Lays out networks, blocks, train sections and the names of other files.

use super::flat;
use super::layout::{Piece, Printer};
use super::lines::Line;
use crate::ast::{
    Block, Body, Constant, Expr, Input, Item, Name, Network, Origin, Program, Search, Setting, Train, Use,
};
use crate::span::Span;

impl Printer<'_> {
    /// Prints a whole program.
    pub(super) fn program(&mut self, program: &Program) {
        self.lines(&program.items, u32::MAX);
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
}

impl Line for Item {
    fn content(&self) -> Span {
        match self {
            Item::Use(item) => Span { lo: item.span.lo, hi: item.path_span.hi },
            Item::Network(network) => network.span,
            Item::Block(block) => block.span,
            Item::Train(train) => train.span,
            Item::Search(search) => search.span,
            Item::Constant(item) => Span { lo: item.span.lo, hi: item.value.span.hi },
        }
    }

    fn apart(&self, before: &Self) -> bool {
        !matches!((before, self), (Item::Use(_), Item::Use(_)) | (Item::Constant(_), Item::Constant(_)))
    }

    fn takes(&self, at: u32) -> bool {
        match self {
            Item::Use(_) => false,
            Item::Network(network) => {
                at >= network.body.span().lo || (!network.head().is_empty() && at >= network.name.span.hi)
            }
            Item::Block(block) => {
                let rows = !block.params.is_empty() || !block.inputs.is_empty();
                at >= block.body.span().lo || (rows && at >= block.name.span.hi)
            }
            Item::Train(train) => train.takes(at),
            Item::Search(search) => at >= search.name.span.hi,
            Item::Constant(item) => item.value.takes(at),
        }
    }

    fn write(&self, printer: &mut Printer<'_>) {
        match self {
            Item::Use(Use { path, .. }) => printer.push(&format!("use {};", flat::quoted(path))),
            Item::Network(network) => network.write(printer),
            Item::Block(block) => block.write(printer),
            Item::Train(train) => train.write(printer),
            Item::Search(search) => search.write(printer),
            Item::Constant(Constant { name, value, .. }) => {
                printer.push(&format!("let {} = ", name.text));
                printer.put(value, 1);
                printer.push(";");
            }
        }
    }
}

impl Body {
    fn span(&self) -> Span {
        match self {
            Body::Chain(chain) => chain.span,
            Body::Graph(graph) => graph.span,
        }
    }
}

/// `dim T <= 256`
struct Dim<'n>(&'n Name, &'n Expr);

impl Piece for Dim<'_> {
    fn span(&self) -> Span {
        self.0.span.to(self.1.span)
    }

    fn flat(&self) -> String {
        format!("dim {} <= {}", self.0.text, self.1.flat())
    }

    fn breaks(&self) -> bool {
        self.1.breaks()
    }

    fn takes(&self, at: u32) -> bool {
        self.1.takes(at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        printer.push(&format!("dim {} <= ", self.0.text));
        printer.put(self.1, after);
    }
}

/// What stands in the parentheses of a network.
enum Head<'n> {
    Input(&'n Input),
    Dim(Dim<'n>),
    Setting(&'n Setting),
}

impl Head<'_> {
    fn piece(&self) -> &dyn Piece {
        match self {
            Self::Input(input) => *input,
            Self::Dim(dim) => dim,
            Self::Setting(setting) => *setting,
        }
    }
}

impl Piece for Head<'_> {
    fn span(&self) -> Span {
        self.piece().span()
    }

    fn flat(&self) -> String {
        self.piece().flat()
    }

    fn breaks(&self) -> bool {
        self.piece().breaks()
    }

    fn takes(&self, at: u32) -> bool {
        self.piece().takes(at)
    }

    fn broken(&self, printer: &mut Printer<'_>, after: usize) {
        self.piece().broken(printer, after);
    }
}

impl Network {
    /// The inputs, dims and settings in the order in which they were written.
    fn head(&self) -> Vec<Head<'_>> {
        let inputs = self.inputs.iter().map(Head::Input);
        let dims = self.dims.iter().map(|(name, most)| Head::Dim(Dim(name, most)));
        let mut head: Vec<Head<'_>> = inputs.chain(dims).chain(self.settings.iter().map(Head::Setting)).collect();
        head.sort_by_key(|part| part.span().lo);
        head
    }

    fn write(&self, printer: &mut Printer<'_>) {
        printer.docs(&self.docs);
        printer.push(if self.public { "pub network " } else { "network " });
        printer.push(&self.name.text);
        let head = self.head();
        if !head.is_empty() {
            printer.bracketed(["(", ")"], &head, self.body.span().lo, 2);
        }
        printer.push(" ");
        printer.body(&self.body);
    }
}

impl Block {
    fn write(&self, printer: &mut Printer<'_>) {
        printer.docs(&self.docs);
        printer.push("block ");
        printer.push(&self.name.text);
        match (self.params.last(), self.inputs.first()) {
            (Some(param), Some(input)) => {
                let end = printer.comments.after_paren(param.span().hi, input.name.span.lo);
                printer.bracketed(["(", ")"], &self.params, end, 1);
            }
            (Some(_), None) => printer.bracketed(["(", ")"], &self.params, self.body.span().lo, 2),
            (None, Some(_)) => printer.push("()"),
            (None, None) => {}
        }
        if !self.inputs.is_empty() {
            printer.bracketed(["(", ")"], &self.inputs, self.body.span().lo, 2);
        }
        printer.push(" ");
        printer.body(&self.body);
    }
}

impl Train {
    fn write(&self, printer: &mut Printer<'_>) {
        printer.docs(&self.docs);
        printer.push(&format!("train {}", self.name.text));
        if let Some(last) = self.inputs.last() {
            let end = printer.comments.after_paren(Piece::span(last).hi, self.head_end());
            printer.bracketed(["(", ")"], &self.inputs, end, 2);
        }
        for (index, role) in self.roles.iter().enumerate() {
            printer.push(if index == 0 { " for " } else { ", " });
            if let Some(name) = &role.name {
                printer.push(&format!("{} = ", name.text));
            }
            printer.push(&role.network.text);
        }
        if let Some(origin) = &self.origin {
            origin.write(printer);
        }
        printer.push(" ");
        printer.braces(&self.clauses, self.span.hi);
    }

    /// Where what stands behind the inputs begins, at the latest.
    fn head_end(&self) -> u32 {
        let roles = self.roles.first().map(|role| role.name.as_ref().unwrap_or(&role.network).span.lo);
        let origin = self.origin.as_ref().map(|origin| origin.span.lo);
        let clauses = self.clauses.first().map(|clause| clause.span.lo);
        roles.or(origin).or(clauses).unwrap_or(self.span.hi)
    }

    fn takes(&self, at: u32) -> bool {
        let behind = self.origin.as_ref().map(|origin| origin.span.hi);
        let behind = behind.or(self.roles.last().map(|role| role.network.span.hi));
        at >= behind.unwrap_or(self.name.span.hi)
    }
}

impl Origin {
    fn write(&self, printer: &mut Printer<'_>) {
        printer.push(&format!(" from {}", flat::quoted(&self.path)));
        if let Some(convention) = &self.convention {
            printer.push(&format!(" as {}", convention.text));
        }
        if !self.map.is_empty() {
            printer.push(" map ");
            printer.bracketed(["{ ", " }"], &self.map, self.span.hi, 2);
        }
    }
}

impl Search {
    fn write(&self, printer: &mut Printer<'_>) {
        printer.docs(&self.docs);
        printer.push(&format!("search {} ", self.name.text));
        printer.braces(&self.clauses, self.span.hi);
    }
}
