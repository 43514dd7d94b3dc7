//! Train sections and their clauses.

use super::Parse;
use crate::ast::{Call, Clause, ClauseKind, Field, Name, Origin, Role, Search, Train};
use crate::reserved::STATEMENTS;
use crate::tokens::reader::Reader;
use crate::words::Expected;

/// What makes of `batch (1 + 2) * 3;` a row without parentheses.
const GOES_ON: [&str; 16] = ["+", "-", "*", "/", "@", ".", ",", "<", ">", "==", "!=", "|>", "->", "..", "<=", ">="];

impl Reader<'_, '_> {
    pub(super) fn train(&mut self, docs: Vec<String>, start: usize) -> Parse<Train> {
        let name = self.name(Expected::TrainName)?;
        let inputs = if self.sees(Expected::Parameters) { self.inputs()? } else { Vec::new() };
        let mut roles = Vec::new();
        if self.eats(Expected::For) {
            roles.push(self.role()?);
            while self.eats(Expected::Comma) {
                roles.push(self.role()?);
            }
        }
        let origin = self.origin()?;
        let clauses = self.braces(|reader| reader.clause())?;
        Ok(Train { docs, name, inputs, roles, origin, clauses, span: self.since(start) })
    }

    /// `G = Gen` or `Gen`
    fn role(&mut self) -> Parse<Role> {
        let first = self.name(Expected::RoleName)?;
        if self.eats(Expected::Is) {
            return Ok(Role { name: Some(first), network: self.name(Expected::RoleName)? });
        }
        Ok(Role { name: None, network: first })
    }

    /// `from "old.safetensors" as pytorch map { "fc" -> dense_1 }`, if it stands here.
    fn origin(&mut self) -> Parse<Option<Origin>> {
        let start = self.start();
        if !self.eats(Expected::From) {
            return Ok(None);
        }
        let Some((path, path_span)) = self.string() else { return self.stop(Expected::Path) };
        let convention = if self.eats(Expected::As) { Some(self.name(Expected::Convention)?) } else { None };
        let mut map = Vec::new();
        if self.eats(Expected::Map) {
            let close = Expected::CloseBrace;
            map = self.group(Expected::OpenBrace, close, |reader| reader.row(close, |reader| reader.expr()))?;
        }
        Ok(Some(Origin { path, path_span, convention, map, span: self.since(start) }))
    }

    pub(super) fn search(&mut self, docs: Vec<String>, start: usize) -> Parse<Search> {
        let name = self.name(Expected::TrainName)?;
        let clauses = self.braces(|reader| reader.clause())?;
        Ok(Search { docs, name, clauses, span: self.since(start) })
    }

    /// Everything in braces, one after the other.
    fn braces<T>(&mut self, each: impl Fn(&mut Reader<'_, '_>) -> Parse<T>) -> Parse<Vec<T>> {
        self.group(Expected::OpenBrace, Expected::CloseBrace, |reader| {
            let mut all = Vec::new();
            while !reader.is_empty() {
                reader.state.expect(Expected::CloseBrace);
                all.push(each(reader)?);
            }
            Ok(all)
        })
    }

    fn clause(&mut self) -> Parse<Clause> {
        let start = self.start();
        let keyword = self.name(Expected::Clause)?;
        let kind = match keyword.text.as_str() {
            "data" => self.data()?,
            "minimize" => self.minimize()?,
            "step" => self.step()?,
            "every" => self.every()?,
            "at" => self.at()?,
            _ => self.other()?,
        };
        Ok(Clause { keyword, kind, span: self.since(start) })
    }

    fn data(&mut self) -> Parse<ClauseKind> {
        let source = self.named(Expected::Source)?;
        let fields = self.braces(|reader| reader.field())?;
        Ok(ClauseKind::Data { source, fields })
    }

    fn field(&mut self) -> Parse<Field> {
        let name = self.name(Expected::FieldName)?;
        self.needs(Expected::Is)?;
        let value = self.expr()?;
        self.needs(Expected::Semicolon)?;
        Ok(Field { name, value })
    }

    fn minimize(&mut self) -> Parse<ClauseKind> {
        let loss = self.expr()?;
        let mut over = Vec::new();
        if self.eats(Expected::Over) {
            over.push(self.target()?);
            while self.eats(Expected::Comma) {
                over.push(self.target()?);
            }
        }
        self.needs(Expected::With)?;
        let optimizer = self.named(Expected::Optimizer)?;
        self.needs(Expected::Semicolon)?;
        Ok(ClauseKind::Minimize { loss, over, optimizer })
    }

    /// `G.decoder`
    fn target(&mut self) -> Parse<Name> {
        let start = self.start();
        let mut text = self.name(Expected::RoleName)?.text;
        while self.eats(Expected::Dot) {
            text = format!("{text}.{}", self.name(Expected::Part)?.text);
        }
        Ok(Name { text, span: self.since(start) })
    }

    fn step(&mut self) -> Parse<ClauseKind> {
        let name = self.name(Expected::Name)?;
        let (statements, clauses) = self.group(Expected::OpenBrace, Expected::CloseBrace, |reader| {
            let (mut statements, mut clauses) = (Vec::new(), Vec::new());
            while let Some(statement) = reader.statement()? {
                statements.push(statement);
            }
            while !reader.is_empty() {
                reader.state.expect(Expected::CloseBrace);
                if STATEMENTS.iter().any(|word| reader.at_word(word)) {
                    return reader.stop(Expected::CloseBrace);
                }
                clauses.push(reader.clause()?);
            }
            Ok((statements, clauses))
        })?;
        Ok(ClauseKind::Step { name, statements, clauses })
    }

    fn every(&mut self) -> Parse<ClauseKind> {
        let batches = if self.eats(Expected::Batch) {
            None
        } else {
            let batches = self.expr()?;
            self.needs(Expected::Batches)?;
            Some(batches)
        };
        Ok(ClauseKind::Every { batches, clauses: self.braces(|reader| reader.clause())? })
    }

    fn at(&mut self) -> Parse<ClauseKind> {
        self.needs(Expected::Epoch)?;
        let epoch = self.expr()?;
        Ok(ClauseKind::At { epoch, clauses: self.braces(|reader| reader.clause())? })
    }

    /// `name` or `name(args)`
    fn named(&mut self, role: Expected) -> Parse<Call> {
        let start = self.start();
        let name = self.name(role)?;
        let args = if self.sees(Expected::Arguments) { self.args(Expected::Arguments)? } else { Vec::new() };
        Ok(Call { name, args, chain: None, span: self.since(start) })
    }

    fn other(&mut self) -> Parse<ClauseKind> {
        let kind = if self.eats(Expected::AtMost) {
            ClauseKind::AtMost(self.expr()?)
        } else if self.eats(Expected::Times) {
            ClauseKind::Times(self.expr()?)
        } else if let Some(count) = self.last() {
            ClauseKind::Last(count)
        } else if self.sees(Expected::Arguments) && !self.symbol_after_group(&GOES_ON) {
            // What is no list of arguments may have gone further as an expression: the message is about what went furthest.
            match self.attempt(|reader| reader.args(Expected::Arguments)) {
                Some(args) => ClauseKind::Settings { parenthesized: true, args },
                None => ClauseKind::Settings { parenthesized: false, args: self.bare_args()? },
            }
        } else {
            ClauseKind::Settings { parenthesized: false, args: self.bare_args()? }
        };
        self.needs(Expected::Semicolon)?;
        Ok(kind)
    }

    /// `last 2`, if it stands here; `last` alone is the name of a value.
    fn last(&mut self) -> Option<crate::ast::Expr> {
        if !self.sees(Expected::Last) {
            return None;
        }
        self.attempt(|reader| {
            reader.eats(Expected::Last);
            reader.expr()
        })
    }

    /// Arguments up to the `;`.
    fn bare_args(&mut self) -> Parse<Vec<crate::ast::Arg>> {
        let mut args = Vec::new();
        while !self.sees(Expected::Semicolon) {
            args.push(self.arg()?);
            if !self.eats(Expected::Comma) {
                break;
            }
        }
        Ok(args)
    }
}
