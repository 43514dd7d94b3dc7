//! Expressions and arguments.

use super::Parse;
use crate::ast::{Arg, Call, Expr, ExprKind, Name};
use crate::literal;
use crate::precedence::{Operator, fold, negate};
use crate::span::Span;
use crate::tokens::reader::Reader;
use crate::words::Expected;

/// The operators, those of two characters first.
const OPERATORS: [&str; 6] = ["->", "..", "+", "-", "*", "/"];

impl Reader<'_, '_> {
    /// `value` or `name = value`
    pub(super) fn arg(&mut self) -> Parse<Arg> {
        if !(self.word().is_some() && self.is_after_next()) {
            return Ok(Arg { name: None, value: self.expr()? });
        }
        let name = self.name(Expected::Value)?;
        self.needs(Expected::NamedIs)?;
        Ok(Arg { name: Some(name), value: self.expr()? })
    }

    pub(super) fn expr(&mut self) -> Parse<Expr> {
        let first = self.operand()?;
        let mut rest = Vec::new();
        while let Some((operator, span)) = self.operator() {
            rest.push((operator, span, self.operand()?));
        }
        Ok(fold(first, rest, &mut self.state.mistakes))
    }

    fn operator(&mut self) -> Option<(Operator, Span)> {
        let start = self.start();
        let symbol = OPERATORS.into_iter().find(|symbol| self.eats_operator(symbol));
        if symbol.is_none() {
            self.state.expected.push(Expected::Operator);
        }
        Some((Operator::of(symbol?)?, self.since(start)))
    }

    /// A value with its signs and indices.
    fn operand(&mut self) -> Parse<Expr> {
        let mut signs = Vec::new();
        loop {
            let start = self.start();
            if self.arrow_is_next() || !self.eats_operator("-") {
                break;
            }
            signs.push(self.since(start));
        }
        let start = self.start();
        let mut base = self.primary()?;
        while self.sees(Expected::Index) {
            let args = self.group(Expected::Index, Expected::CloseBracket, |reader| {
                let first = reader.expr()?;
                let mut args = vec![first];
                if reader.eats(Expected::Comma) {
                    args.extend(reader.row(Expected::CloseBracket, |reader| reader.expr())?);
                }
                Ok(args)
            })?;
            base = Expr { kind: ExprKind::Index(Box::new(base), args), span: self.since(start) };
        }
        Ok(negate(&signs, base))
    }

    fn primary(&mut self) -> Parse<Expr> {
        let start = self.start();
        let kind = if let Some(literal) = self.literal_text() {
            self.number_or_text(&literal)?
        } else if self.word().is_some() {
            let name = self.name(Expected::Value)?;
            self.name_or_call(name, start)?
        } else if self.at_list() {
            let close = Expected::CloseBracket;
            ExprKind::List(self.group(Expected::Value, close, |reader| reader.row(close, |reader| reader.expr()))?)
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
