//! Makes the syntax tree of what pest matched; every mistake but chained operators has been found before.

use super::syntax::Rule;
use crate::ast::{
    Arg, Block, Call, Chain, Clause, ClauseKind, Expr, ExprKind, Field, Item, Name, Network, Param, Program, Relation,
    Setting, Stage, Train,
};
use crate::diagnostic::Diagnostic;
use crate::precedence::{Operator, fold, negate};
use crate::span::Span;
use crate::{docs, literal};
use pest::iterators::{Pair, Pairs};
use std::iter::Peekable;

/// Where `pair` stands, without the white space that pest may have skipped at its end.
fn span(pair: &Pair<'_, Rule>) -> Span {
    let mut last = pair.clone();
    while let Some(inner) = last.clone().into_inner().next_back() {
        last = inner;
    }
    Span::new(pair.as_span().start(), last.as_span().end())
}

fn name(pair: &Pair<'_, Rule>) -> Name {
    Name { text: pair.as_str().to_owned(), span: span(pair) }
}

/// The tree of a whole text.
pub(super) fn program(pairs: Pairs<'_, Rule>, mistakes: &mut Vec<Diagnostic>) -> Program {
    let items = pairs.filter(|pair| pair.as_rule() == Rule::item);
    let mut builder = Builder { mistakes };
    Program { items: items.filter_map(|item| builder.item(item)).collect() }
}

/// The parts of one construct, taken from the front.
struct Parts<'i>(Peekable<Pairs<'i, Rule>>);

impl<'i> Parts<'i> {
    fn of(pair: Pair<'i, Rule>) -> Self {
        Self(pair.into_inner().peekable())
    }

    fn take(&mut self, rule: Rule) -> Option<Pair<'i, Rule>> {
        self.0.next_if(|pair| pair.as_rule() == rule)
    }

    /// The name that stands next; pest has matched it.
    fn name(&mut self) -> Name {
        let pair = self.0.find(|pair| is_name(pair.as_rule()));
        pair.as_ref().map_or_else(|| Name { text: String::new(), span: Span::default() }, name)
    }
}

fn is_name(rule: Rule) -> bool {
    use Rule::{
        arg_name, block_name, clause_name, field_name, kw_data, kw_minimize, loss_name, network_name, optimizer_name,
        param_kind, param_name, setting_name, source_name, stage_name, train_name, value_name,
    };
    let of_items = matches!(rule, network_name | block_name | train_name | setting_name | param_name | param_kind);
    let of_clauses =
        matches!(rule, clause_name | kw_data | kw_minimize | source_name | field_name | loss_name | optimizer_name);
    of_items || of_clauses || matches!(rule, stage_name | arg_name | value_name)
}

struct Builder<'m> {
    mistakes: &'m mut Vec<Diagnostic>,
}

impl Builder<'_> {
    fn item(&mut self, pair: Pair<'_, Rule>) -> Option<Item> {
        let mut docs = Vec::new();
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::doc => docs.push(docs::line(&part.as_str()[3..])),
                Rule::network => return Some(Item::Network(self.network(docs, part))),
                Rule::block => return Some(Item::Block(self.block(docs, part))),
                _ => return Some(Item::Train(self.train(docs, part))),
            }
        }
        None
    }

    fn network(&mut self, docs: Vec<String>, pair: Pair<'_, Rule>) -> Network {
        let span = span(&pair);
        let mut parts = Parts::of(pair);
        let public = parts.take(Rule::kw_pub).is_some();
        let name = parts.name();
        let settings =
            parts.take(Rule::settings).map_or_else(Vec::new, |pair| self.each(pair, Rule::setting, Self::setting));
        Network { docs, public, name, settings, body: self.chain(parts.0.next()), span }
    }

    fn block(&mut self, docs: Vec<String>, pair: Pair<'_, Rule>) -> Block {
        let span = span(&pair);
        let mut parts = Parts::of(pair);
        let name = parts.name();
        let params = parts.take(Rule::params).map_or_else(Vec::new, |pair| self.each(pair, Rule::param, Self::param));
        Block { docs, name, params, body: self.chain(parts.0.next()), span }
    }

    /// What `build` makes of each part of `pair` that matched `rule`.
    fn each<T>(&mut self, pair: Pair<'_, Rule>, rule: Rule, build: fn(&mut Self, Pair<'_, Rule>) -> T) -> Vec<T> {
        pair.into_inner().filter(|part| part.as_rule() == rule).map(|part| build(self, part)).collect()
    }

    fn setting(&mut self, pair: Pair<'_, Rule>) -> Setting {
        let mut parts = Parts::of(pair);
        let name = parts.name();
        let relation = if parts.take(Rule::at_most).is_some() { Relation::AtMost } else { Relation::Is };
        Setting { name, relation, value: self.last_expr(parts) }
    }

    fn param(&mut self, pair: Pair<'_, Rule>) -> Param {
        let mut parts = Parts::of(pair);
        let (name, kind) = (parts.name(), parts.name());
        let default = parts.0.find(|part| part.as_rule() == Rule::expr).map(|part| self.expr(part));
        Param { name, kind, default }
    }

    fn chain(&mut self, pair: Option<Pair<'_, Rule>>) -> Chain {
        let Some(pair) = pair else { return Chain { stages: Vec::new(), span: Span::default() } };
        let span = span(&pair);
        Chain { stages: self.each(pair, Rule::stage, Self::stage), span }
    }

    fn stage(&mut self, pair: Pair<'_, Rule>) -> Stage {
        match pair.into_inner().next() {
            Some(inner) if inner.as_rule() == Rule::stage_call => Stage::Call(self.call(inner)),
            inner => Stage::Chain(self.chain(inner)),
        }
    }

    /// A name with its arguments and its chain, if it has them.
    fn call(&mut self, pair: Pair<'_, Rule>) -> Call {
        let span = span(&pair);
        let mut parts = Parts::of(pair);
        let name = parts.name();
        let args = parts.take(Rule::stage_arguments).or_else(|| parts.take(Rule::arguments));
        let args = args.map_or_else(Vec::new, |pair| self.each(pair, Rule::arg, Self::arg));
        let chain = parts.take(Rule::chain).map(|pair| self.chain(Some(pair)));
        Call { name, args, chain, span }
    }

    fn arg(&mut self, pair: Pair<'_, Rule>) -> Arg {
        let mut parts = Parts::of(pair);
        let name = parts.take(Rule::arg_name).as_ref().map(name);
        Arg { name, value: self.last_expr(parts) }
    }

    fn train(&mut self, docs: Vec<String>, pair: Pair<'_, Rule>) -> Train {
        let span = span(&pair);
        let network = Parts::of(pair.clone()).name();
        Train { docs, network, clauses: self.each(pair, Rule::clause, Self::clause), span }
    }

    fn clause(&mut self, pair: Pair<'_, Rule>) -> Clause {
        let span = span(&pair);
        let Some(inner) = pair.into_inner().next() else { return empty_clause(span) };
        let rule = inner.as_rule();
        let mut parts = Parts::of(inner);
        let keyword = parts.name();
        let kind = match rule {
            Rule::data => self.data(parts),
            Rule::minimize => self.minimize(parts),
            _ => self.other(parts),
        };
        Clause { keyword, kind, span }
    }

    fn data(&mut self, mut parts: Parts<'_>) -> ClauseKind {
        let source = self.part(&mut parts, Rule::source);
        let fields = parts.0.filter(|part| part.as_rule() == Rule::field).map(|part| self.field(part)).collect();
        ClauseKind::Data { source, fields }
    }

    fn minimize(&mut self, mut parts: Parts<'_>) -> ClauseKind {
        let loss = self.part(&mut parts, Rule::loss);
        let optimizer = self.part(&mut parts, Rule::optimizer);
        ClauseKind::Minimize { loss, optimizer }
    }

    fn part(&mut self, parts: &mut Parts<'_>, rule: Rule) -> Call {
        let pair = parts.0.find(|part| part.as_rule() == rule);
        pair.map_or_else(empty_call, |pair| self.call(pair))
    }

    fn other(&mut self, mut parts: Parts<'_>) -> ClauseKind {
        if let Some(limit) = parts.take(Rule::limit) {
            return ClauseKind::AtMost(self.last_expr(Parts::of(limit)));
        }
        let parenthesized = parts.take(Rule::arguments);
        let (parenthesized, args) =
            (parenthesized.is_some(), parenthesized.or_else(|| parts.take(Rule::bare_arguments)));
        let args = args.map_or_else(Vec::new, |pair| self.each(pair, Rule::arg, Self::arg));
        ClauseKind::Settings { parenthesized, args }
    }

    fn field(&mut self, pair: Pair<'_, Rule>) -> Field {
        let mut parts = Parts::of(pair);
        Field { name: parts.name(), value: self.last_expr(parts) }
    }

    /// The expression among the remaining parts.
    fn last_expr(&mut self, mut parts: Parts<'_>) -> Expr {
        let pair = parts.0.find(|part| part.as_rule() == Rule::expr);
        pair.map_or_else(empty_expr, |pair| self.expr(pair))
    }

    fn expr(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let mut parts = Parts::of(pair);
        let first = self.operand(&mut parts);
        let mut rest = Vec::new();
        while let Some(sign) = parts.take(Rule::operator) {
            let operand = self.operand(&mut parts);
            rest.extend(Operator::of(sign.as_str()).map(|operator| (operator, span(&sign), operand)));
        }
        fold(first, rest, self.mistakes)
    }

    fn operand(&mut self, parts: &mut Parts<'_>) -> Expr {
        let mut signs = Vec::new();
        while let Some(sign) = parts.take(Rule::minus) {
            signs.push(span(&sign));
        }
        let operand = parts.take(Rule::postfix).map_or_else(empty_expr, |pair| self.postfix(pair));
        negate(&signs, operand)
    }

    fn postfix(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let mut parts = pair.into_inner();
        let base = parts.next().map_or_else(empty_expr, |pair| self.primary(pair));
        parts.fold(base, |base, index| {
            let span = base.span.to(span(&index));
            let args = self.each(index, Rule::expr, Self::expr);
            Expr { kind: ExprKind::Index(Box::new(base), args), span }
        })
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = span(&pair);
        let kind = match pair.as_rule() {
            Rule::number => number(pair),
            Rule::text => ExprKind::Text(literal::text(pair.as_str()).unwrap_or_default()),
            Rule::list => ExprKind::List(self.each(pair, Rule::expr, Self::expr)),
            Rule::group => Expr { span, ..self.last_expr(Parts::of(pair)) }.kind,
            _ if pair.clone().into_inner().nth(1).is_none() => ExprKind::Name(Parts::of(pair).name().text),
            _ => ExprKind::Call(self.call(pair)),
        };
        Expr { kind, span }
    }
}

fn number(pair: Pair<'_, Rule>) -> ExprKind {
    let text: String = pair.into_inner().map(|part| part.as_str()).collect();
    literal::number(&text).map_or_else(|_| ExprKind::Name(text), ExprKind::Number)
}

// What pest never leaves out: these only spare a panic where the grammar and this file would disagree.

fn empty_expr() -> Expr {
    Expr { kind: ExprKind::Name(String::new()), span: Span::default() }
}

fn empty_call() -> Call {
    Call {
        name: Name { text: String::new(), span: Span::default() },
        args: Vec::new(),
        chain: None,
        span: Span::default(),
    }
}

fn empty_clause(span: Span) -> Clause {
    let keyword = Name { text: String::new(), span };
    Clause { keyword, kind: ClauseKind::Settings { parenthesized: false, args: Vec::new() }, span }
}
