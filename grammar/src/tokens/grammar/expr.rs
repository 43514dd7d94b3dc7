//! Expressions and arguments.

use super::Parse;
use crate::ast::{Arg, Call, Expr, ExprKind, Name};
use crate::literal;
use crate::precedence::{Operator, fold, negate};
use crate::span::Span;
use crate::tokens::reader::Reader;
use crate::words::Expected;

/// The operators.
const OPERATORS: [&str; 13] = ["->", "..", "==", "!=", "<=", ">=", "<", ">", "+", "-", "*", "@", "/"];

impl Reader<'_, '_> {
    /// `value` or `name = value`
    pub(super) fn arg(&mut self) -> Parse<Arg> {
        if !(self.word().is_some() && self.peek_second(Expected::NamedIs)) {
            return Ok(Arg { name: None, value: self.expr()? });
        }
        self.part()
    }

    /// `name = value`
    fn part(&mut self) -> Parse<Arg> {
        let name = self.name(Expected::Part)?;
        self.needs(Expected::NamedIs)?;
        Ok(Arg { name: Some(name), value: self.expr()? })
    }

    pub(super) fn expr(&mut self) -> Parse<Expr> {
        let start = self.start();
        let first = self.operand()?;
        let mut rest = Vec::new();
        while let Some(next) = self.next_operand()? {
            rest.push(next);
        }
        let mut value = fold(first, rest, &mut self.state.mistakes);
        while self.eats_operator("|>") {
            let stage = Box::new(self.stage()?);
            value = Expr { kind: ExprKind::Pipe(Box::new(value), stage), span: self.since(start) };
        }
        Ok(value)
    }

    /// An operator and what it works on; a `..` may stand at the end of an index, with nothing behind it.
    fn next_operand(&mut self) -> Parse<Option<(Operator, Span, Expr)>> {
        if self.at_operator("..") {
            return Ok(self.attempt(|reader| {
                let span = reader.open_range();
                Ok((Operator::Range, span, reader.operand()?))
            }));
        }
        let start = self.start();
        let symbol = OPERATORS.into_iter().find(|symbol| self.eats_operator(symbol));
        let Some(operator) = symbol.and_then(Operator::of) else {
            self.state.expect(Expected::Operator);
            return Ok(None);
        };
        let span = self.since(start);
        Ok(Some((operator, span, self.operand()?)))
    }

    /// Takes the `..` that stands here.
    fn open_range(&mut self) -> Span {
        let start = self.start();
        self.eats_operator("..");
        self.since(start)
    }

    /// A value with its signs, indices and fields.
    fn operand(&mut self) -> Parse<Expr> {
        let mut signs = Vec::new();
        loop {
            let start = self.start();
            if !self.eats_operator("-") {
                break;
            }
            signs.push(self.since(start));
        }
        let start = self.start();
        let mut base = self.primary()?;
        loop {
            let kind = if self.sees(Expected::Index) {
                ExprKind::Index(Box::new(base), self.index()?)
            } else if self.eats(Expected::Dot) {
                ExprKind::Field(Box::new(base), self.name(Expected::Part)?)
            } else {
                return Ok(negate(&signs, base));
            };
            base = Expr { kind, span: self.since(start) };
        }
    }

    fn index(&mut self) -> Parse<Vec<Expr>> {
        let close = Expected::CloseBracket;
        self.group(Expected::Index, close, |reader| reader.filled_row(close, |reader| reader.entry_of()))
    }

    /// A value, or a range that may lack one of its ends.
    fn entry_of(&mut self) -> Parse<Expr> {
        let start = self.start();
        let (from, to) = if self.at_operator("..") {
            self.open_range();
            (None, self.attempt(|reader| reader.expr()))
        } else {
            let value = self.expr()?;
            if !self.at_operator("..") {
                return Ok(value);
            }
            self.open_range();
            if !(self.is_empty() || self.peek(Expected::Comma)) {
                return self.stop(Expected::Value);
            }
            (Some(value), None)
        };
        Ok(Expr { kind: ExprKind::Open(from.map(Box::new), to.map(Box::new)), span: self.since(start) })
    }

    fn primary(&mut self) -> Parse<Expr> {
        let start = self.start();
        let kind = if let Some(literal) = self.literal_text() {
            self.number_or_text(&literal)?
        } else if self.eats_word("if") {
            ExprKind::If(Box::new(self.choice()?))
        } else if self.eats_word("scan") {
            ExprKind::Scan(Box::new(self.scan()?))
        } else if self.word().is_some() {
            let name = self.name(Expected::Value)?;
            self.name_or_call(name, start)?
        } else if self.peek(Expected::Index) {
            let close = Expected::CloseBracket;
            ExprKind::List(self.group(Expected::Value, close, |reader| reader.row(close, |reader| reader.expr()))?)
        } else if self.peek(Expected::Chain) {
            ExprKind::Chain(self.chain(Expected::Chain)?)
        } else if self.group_starts_with_word(Expected::NamedIs) {
            let close = Expected::CloseParen;
            ExprKind::Tuple(
                self.group(Expected::Value, close, |reader| reader.filled_row(close, |reader| reader.part()))?,
            )
        } else {
            self.group(Expected::Value, Expected::CloseParen, |reader| reader.expr())?.kind
        };
        Ok(Expr { kind, span: self.since(start) })
    }

    fn number_or_text(&mut self, literal: &str) -> Parse<ExprKind> {
        if !literal.starts_with(|c: char| c.is_ascii_digit()) {
            return literal::text(literal).map_or_else(|_| self.stop(Expected::Value), |text| Ok(ExprKind::Text(text)));
        }
        let Ok(mut number) = literal::number(literal) else { return self.stop(Expected::Value) };
        let unit = self.word().filter(|_| number.unit.is_none()).and_then(|word| Some((literal::unit(&word)?, word)));
        if let Some((unit, word)) = unit {
            self.eats_word(&word);
            number.unit = Some(unit);
        }
        Ok(ExprKind::Number(number))
    }

    fn name_or_call(&mut self, name: Name, start: usize) -> Parse<ExprKind> {
        if !self.sees(Expected::Arguments) {
            return Ok(ExprKind::Name(name.text));
        }
        let args = self.args(Expected::Arguments)?;
        Ok(ExprKind::Call(Call { name, args, chain: None, span: self.since(start) }))
    }
}
