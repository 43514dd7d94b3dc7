//! Train sections and their clauses.

use super::Parse;
use crate::ast::{Call, Clause, ClauseKind, Field, Train};
use crate::tokens::reader::Reader;
use crate::words::Expected;

/// What makes of `batch (1 + 2) * 3;` a row without parentheses.
const GOES_ON: [&str; 16] = ["+", "-", "*", "/", "@", ".", ",", "<", ">", "==", "!=", "|>", "->", "..", "<=", ">="];

impl Reader<'_, '_> {
    pub(super) fn train(&mut self, docs: Vec<String>, start: usize) -> Parse<Train> {
        let network = self.name(Expected::TrainName)?;
        let clauses = self.braces(|reader| reader.clause())?;
        Ok(Train { docs, network, clauses, span: self.since(start) })
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
        self.needs(Expected::With)?;
        let optimizer = self.named(Expected::Optimizer)?;
        self.needs(Expected::Semicolon)?;
        Ok(ClauseKind::Minimize { loss, optimizer })
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
