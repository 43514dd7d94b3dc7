//! Graphs and their statements, and the expressions that have graphs in them.

use super::Parse;
use crate::ast::{Expr, ExprKind, Graph, If, Name, Scan, Statement, StatementKind, TensorRole};
use crate::tokens::reader::Reader;
use crate::words::Expected;

impl Reader<'_, '_> {
    /// `{ statements; result }`, which must stand here.
    pub(super) fn graph(&mut self) -> Parse<Graph> {
        let start = self.start();
        let (statements, result) = self.group(Expected::OpenBrace, Expected::CloseBrace, |reader| {
            let mut statements = Vec::new();
            while let Some(statement) = reader.statement()? {
                statements.push(statement);
            }
            if reader.is_empty() {
                return Ok((statements, None));
            }
            reader.state.expect(Expected::CloseBrace);
            Ok((statements, Some(Box::new(reader.expr()?))))
        })?;
        Ok(Graph { statements, result, span: self.since(start) })
    }

    /// The statement that stands here, if one does: its word decides, but for `next`.
    pub(super) fn statement(&mut self) -> Parse<Option<Statement>> {
        let start = self.start();
        let kind = if self.eats_word("let") {
            self.let_names()?
        } else if self.eats_word("param") {
            self.tensor(TensorRole::Param)?
        } else if self.eats_word("const") {
            self.tensor(TensorRole::Const)?
        } else if self.eats_word("state") {
            self.tensor(TensorRole::State)?
        } else if self.at_word("next") {
            // `next(chars)` is a value of data sections, and so no word of its own.
            return Ok(self.attempt(|reader| {
                reader.eats_word("next");
                let kind = StatementKind::Next {
                    name: reader.name(Expected::Name)?,
                    value: reader.value_behind(Expected::Is)?,
                };
                reader.needs(Expected::Semicolon)?;
                Ok(Statement { kind, span: reader.since(start) })
            }));
        } else if self.eats_word("emit") {
            StatementKind::Emit(self.expr()?)
        } else if self.eats_word("sample") {
            let name = self.name(Expected::Name)?;
            StatementKind::Sample { name, distribution: self.value_behind(Expected::Tilde)? }
        } else if self.eats_word("entry") {
            let name = self.name(Expected::Name)?;
            StatementKind::Entry { name, inputs: self.inputs()?, value: self.value_behind(Expected::Is)? }
        } else if self.eats_word("dim") {
            StatementKind::Dim { name: self.name(Expected::Name)?, most: self.value_behind(Expected::AtMost)? }
        } else {
            self.state.expect(Expected::Statement);
            return Ok(None);
        };
        self.needs(Expected::Semicolon)?;
        Ok(Some(Statement { kind, span: self.since(start) }))
    }

    fn value_behind(&mut self, symbol: Expected) -> Parse<Expr> {
        self.needs(symbol)?;
        self.expr()
    }

    /// `name = value` or `(name, name) = value`
    fn let_names(&mut self) -> Parse<StatementKind> {
        let names = if self.sees(Expected::Arguments) {
            self.group(Expected::Arguments, Expected::CloseParen, |reader| {
                reader.filled_row(Expected::CloseParen, |reader| reader.name(Expected::Name))
            })?
        } else {
            vec![self.name(Expected::Name)?]
        };
        Ok(StatementKind::Let { names, value: self.value_behind(Expected::Is)? })
    }

    fn tensor(&mut self, role: TensorRole) -> Parse<StatementKind> {
        let name = self.name(Expected::Name)?;
        let kind = self.kind_behind_colon()?;
        Ok(StatementKind::Tensor { role, name, kind, value: self.value_behind(Expected::Is)? })
    }

    /// What stands behind the word `if`.
    pub(super) fn choice(&mut self) -> Parse<If> {
        let condition = self.expr()?;
        let then = self.graph()?;
        self.needs(Expected::Else)?;
        let start = self.start();
        if !self.eats(Expected::If) {
            return Ok(If { condition, then, otherwise: self.graph()? });
        }
        let kind = ExprKind::If(Box::new(self.choice()?));
        let span = self.since(start);
        let otherwise = Graph { statements: Vec::new(), result: Some(Box::new(Expr { kind, span })), span };
        Ok(If { condition, then, otherwise })
    }

    /// What stands behind the word `scan`.
    pub(super) fn scan(&mut self) -> Parse<Scan> {
        let mut sequences = vec![self.sequence()?];
        while self.eats(Expected::Comma) {
            sequences.push(self.sequence()?);
        }
        Ok(Scan { sequences, body: self.graph()? })
    }

    fn sequence(&mut self) -> Parse<(Name, Expr)> {
        let name = self.name(Expected::Name)?;
        Ok((name, self.value_behind(Expected::In)?))
    }
}
