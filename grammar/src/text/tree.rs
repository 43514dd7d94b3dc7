//! Makes the syntax tree of what pest matched; every mistake but chained operators has been found before.

mod train;

use super::syntax::Rule;
use crate::ast::{
    Arg, Block, Body, Call, Chain, Clause, ClauseKind, Expr, ExprKind, Field, Graph, If, Input, Item, Name, Network,
    Param, Program, Relation, Scan, Setting, Stage, Statement, StatementKind, TensorRole, Type, Use,
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
        arg_name, block_name, clause_name, dim_name, field_name, input_name, kw_at, kw_data, kw_every, kw_minimize,
        kw_step, network_name, optimizer_name, param_kind, param_name, role_name, setting_name, source_name,
        stage_name, train_name, value_name,
    };
    let of_items = matches!(rule, network_name | block_name | train_name | setting_name | param_name | param_kind);
    let of_clauses = matches!(rule, clause_name | kw_data | kw_minimize | kw_step | kw_every | kw_at)
        || matches!(rule, source_name | field_name | optimizer_name | role_name);
    of_items || of_clauses || matches!(rule, stage_name | arg_name | value_name | input_name | dim_name)
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
                Rule::use_file => return Some(Item::Use(self.use_file(part))),
                Rule::network => return Some(Item::Network(self.network(docs, part))),
                Rule::block => return Some(Item::Block(self.block(docs, part))),
                Rule::constant => return Some(Item::Constant(self.constant(part))),
                Rule::search => return Some(Item::Search(self.search(docs, part))),
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
        let head = parts.take(Rule::settings);
        let inputs = head.clone().map_or_else(Vec::new, |pair| self.each(pair, Rule::typed, Self::input));
        let dims = head.clone().map_or_else(Vec::new, |pair| self.each(pair, Rule::dim_head, Self::dim));
        let settings = head.map_or_else(Vec::new, |pair| self.each(pair, Rule::setting, Self::setting));
        Network { docs, public, name, inputs, dims, settings, body: self.body(parts.0.next()), span }
    }

    fn block(&mut self, docs: Vec<String>, pair: Pair<'_, Rule>) -> Block {
        let span = span(&pair);
        let mut parts = Parts::of(pair);
        let name = parts.name();
        let params = parts.take(Rule::params).map_or_else(Vec::new, |pair| self.each(pair, Rule::param, Self::param));
        let inputs = parts.take(Rule::inputs).map_or_else(Vec::new, |pair| self.each(pair, Rule::input, Self::input));
        Block { docs, name, params, inputs, body: self.body(parts.0.next()), span }
    }

    fn use_file(&mut self, pair: Pair<'_, Rule>) -> Use {
        let whole = span(&pair);
        let path = pair.into_inner().find(|part| part.as_rule() == Rule::text);
        let (path, path_span) =
            path.map_or_else(Default::default, |path| (literal::text(path.as_str()).unwrap_or_default(), span(&path)));
        Use { path, path_span, span: whole }
    }

    fn input(&mut self, pair: Pair<'_, Rule>) -> Input {
        let mut parts = Parts::of(pair);
        let name = parts.name();
        Input { name, kind: self.kind(&mut parts) }
    }

    fn kind(&mut self, parts: &mut Parts<'_>) -> Option<Type> {
        while parts.0.next_if(|pair| pair.as_rule() == Rule::colon).is_some() {}
        let pair = parts.take(Rule::kind)?;
        let whole = span(&pair);
        let mut inner = Parts::of(pair);
        let classes = inner.take(Rule::classes).map(|pair| self.last_expr(Parts::of(pair)));
        let extents = inner.take(Rule::extents).map_or_else(Vec::new, |pair| self.each(pair, Rule::expr, Self::expr));
        Some(Type { classes, extents, span: whole })
    }

    fn body(&mut self, pair: Option<Pair<'_, Rule>>) -> Body {
        match pair {
            Some(pair) if pair.as_rule() == Rule::graph => Body::Graph(self.graph(pair)),
            pair => Body::Chain(self.chain(pair)),
        }
    }

    fn graph(&mut self, pair: Pair<'_, Rule>) -> Graph {
        let whole = span(&pair);
        let statements = self.each(pair.clone(), Rule::statement, Self::statement);
        let result = pair.into_inner().find(|part| part.as_rule() == Rule::expr).map(|part| Box::new(self.expr(part)));
        Graph { statements, result, span: whole }
    }

    fn statement(&mut self, pair: Pair<'_, Rule>) -> Statement {
        let whole = span(&pair);
        let inner = pair.into_inner().next();
        let Some(inner) = inner else { return Statement { kind: StatementKind::Emit(empty_expr()), span: whole } };
        let rule = inner.as_rule();
        let names: Vec<Name> = inner
            .clone()
            .into_inner()
            .filter(|part| part.as_rule() == Rule::let_name)
            .map(|part| name(&part))
            .collect();
        let first = names.first().cloned().unwrap_or(Name { text: String::new(), span: Span::default() });
        let mut parts = Parts::of(inner.clone());
        let kind = match rule {
            Rule::let_names => StatementKind::Let { names, value: self.last_expr(parts) },
            Rule::tensor => {
                let role = match parts.0.next().map(|keyword| keyword.as_rule()) {
                    Some(Rule::kw_const) => TensorRole::Const,
                    Some(Rule::kw_state) => TensorRole::State,
                    _ => TensorRole::Param,
                };
                parts.take(Rule::let_name);
                let kind = self.kind(&mut parts);
                StatementKind::Tensor { role, name: first, kind, value: self.last_expr(parts) }
            }
            Rule::next => StatementKind::Next { name: first, value: self.last_expr(parts) },
            Rule::sample => StatementKind::Sample { name: first, distribution: self.last_expr(parts) },
            Rule::entry => {
                let inputs = inner.into_inner().find(|part| part.as_rule() == Rule::inputs);
                let inputs = inputs.map_or_else(Vec::new, |pair| self.each(pair, Rule::input, Self::input));
                StatementKind::Entry { name: first, inputs, value: self.last_expr(parts) }
            }
            Rule::dim => StatementKind::Dim { name: first, most: self.last_expr(parts) },
            _ => StatementKind::Emit(self.last_expr(parts)),
        };
        Statement { kind, span: whole }
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

    fn dim(&mut self, pair: Pair<'_, Rule>) -> (Name, Expr) {
        let mut parts = Parts::of(pair);
        (parts.name(), self.last_expr(parts))
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

    fn clause(&mut self, pair: Pair<'_, Rule>) -> Clause {
        let span = span(&pair);
        let Some(inner) = pair.into_inner().next() else { return empty_clause(span) };
        let rule = inner.as_rule();
        let mut parts = Parts::of(inner);
        let keyword = parts.name();
        let kind = match rule {
            Rule::data => self.data(parts),
            Rule::minimize => self.minimize(parts),
            Rule::step => self.step(parts),
            Rule::every => {
                let batches = parts.0.next_if(|part| part.as_rule() == Rule::expr).map(|pair| self.expr(pair));
                ClauseKind::Every { batches, clauses: self.clauses(parts) }
            }
            Rule::at => {
                let epoch = parts.0.find(|part| part.as_rule() == Rule::expr);
                let epoch = epoch.map_or_else(empty_expr, |pair| self.expr(pair));
                ClauseKind::At { epoch, clauses: self.clauses(parts) }
            }
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
        let loss = parts.0.find(|part| part.as_rule() == Rule::expr);
        let loss = loss.map_or_else(empty_expr, |pair| self.expr(pair));
        let over = parts.take(Rule::over).map_or_else(Vec::new, |pair| self.each(pair, Rule::target, Self::target));
        let optimizer = self.part(&mut parts, Rule::optimizer);
        ClauseKind::Minimize { loss, over, optimizer }
    }

    /// `G.decoder`, dots included.
    fn target(&mut self, pair: Pair<'_, Rule>) -> Name {
        let span = span(&pair);
        let words: Vec<&str> =
            pair.into_inner().filter(|part| part.as_rule() != Rule::dot).map(|part| part.as_str()).collect();
        Name { text: words.join("."), span }
    }

    fn step(&mut self, mut parts: Parts<'_>) -> ClauseKind {
        let named = parts.0.find(|part| part.as_rule() == Rule::let_name);
        let name = named.as_ref().map_or_else(|| empty_call().name, name);
        let (mut statements, mut clauses) = (Vec::new(), Vec::new());
        for part in parts.0 {
            match part.as_rule() {
                Rule::statement => statements.push(self.statement(part)),
                Rule::clause => clauses.push(self.clause(part)),
                _ => {}
            }
        }
        ClauseKind::Step { name, statements, clauses }
    }

    /// The clauses among the remaining parts.
    fn clauses(&mut self, parts: Parts<'_>) -> Vec<Clause> {
        parts.0.filter(|part| part.as_rule() == Rule::clause).map(|part| self.clause(part)).collect()
    }

    fn part(&mut self, parts: &mut Parts<'_>, rule: Rule) -> Call {
        let pair = parts.0.find(|part| part.as_rule() == rule);
        pair.map_or_else(empty_call, |pair| self.call(pair))
    }

    fn other(&mut self, mut parts: Parts<'_>) -> ClauseKind {
        if let Some(limit) = parts.take(Rule::limit) {
            return ClauseKind::AtMost(self.last_expr(Parts::of(limit)));
        }
        if let Some(change) = parts.take(Rule::change) {
            return ClauseKind::Times(self.last_expr(Parts::of(change)));
        }
        if let Some(last) = parts.take(Rule::last) {
            return ClauseKind::Last(self.last_expr(Parts::of(last)));
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
        let mut folded = fold(first, rest, self.mistakes);
        while parts.take(Rule::pipe).is_some() {
            let Some(pair) = parts.take(Rule::stage) else { break };
            let whole = folded.span.to(span(&pair));
            let stage = Box::new(self.stage(pair));
            folded = Expr { kind: ExprKind::Pipe(Box::new(folded), stage), span: whole };
        }
        folded
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
            let whole = base.span.to(span(&index));
            if index.as_rule() == Rule::field_of {
                let part = index.into_inner().last().as_ref().map_or(Name { text: String::new(), span: whole }, name);
                return Expr { kind: ExprKind::Field(Box::new(base), part), span: whole };
            }
            let args = self.each(index, Rule::entry_of, Self::entry_of);
            Expr { kind: ExprKind::Index(Box::new(base), args), span: whole }
        })
    }

    fn entry_of(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let whole = span(&pair);
        let mut parts = Parts::of(pair);
        if let Some(up_to) = parts.take(Rule::up_to) {
            let end = up_to.into_inner().find(|part| part.as_rule() == Rule::expr);
            let end = end.map(|part| Box::new(self.expr(part)));
            return Expr { kind: ExprKind::Open(None, end), span: whole };
        }
        let value = parts.take(Rule::expr).map_or_else(empty_expr, |part| self.expr(part));
        match parts.take(Rule::onward) {
            Some(_) => Expr { kind: ExprKind::Open(Some(Box::new(value)), None), span: whole },
            None => value,
        }
    }

    fn choice(&mut self, pair: Pair<'_, Rule>) -> If {
        let mut parts = Parts::of(pair.clone());
        let condition =
            parts.0.find(|part| part.as_rule() == Rule::expr).map_or_else(empty_expr, |part| self.expr(part));
        let mut branches = pair.into_inner().filter(|part| matches!(part.as_rule(), Rule::graph | Rule::choice));
        let mut branch = |builder: &mut Self| match branches.next() {
            Some(part) if part.as_rule() == Rule::graph => builder.graph(part),
            Some(part) => {
                let whole = span(&part);
                let choice = Expr { kind: ExprKind::If(Box::new(builder.choice(part))), span: whole };
                Graph { statements: Vec::new(), result: Some(Box::new(choice)), span: whole }
            }
            None => Graph { statements: Vec::new(), result: None, span: Span::default() },
        };
        let (then, otherwise) = (branch(self), branch(self));
        If { condition, then, otherwise }
    }

    fn scan(&mut self, pair: Pair<'_, Rule>) -> Scan {
        let sequences = self.each(pair.clone(), Rule::sequence, |builder, pair| {
            let mut parts = Parts::of(pair);
            let name =
                parts.take(Rule::let_name).as_ref().map_or(Name { text: String::new(), span: Span::default() }, name);
            (name, builder.last_expr(parts))
        });
        let body = pair.into_inner().find(|part| part.as_rule() == Rule::graph);
        let empty = Graph { statements: Vec::new(), result: None, span: Span::default() };
        Scan { sequences, body: body.map_or(empty, |part| self.graph(part)) }
    }

    fn primary(&mut self, pair: Pair<'_, Rule>) -> Expr {
        let span = span(&pair);
        let kind = match pair.as_rule() {
            Rule::number => number(pair),
            Rule::text => ExprKind::Text(literal::text(pair.as_str()).unwrap_or_default()),
            Rule::list => ExprKind::List(self.each(pair, Rule::expr, Self::expr)),
            Rule::group => Expr { span, ..self.last_expr(Parts::of(pair)) }.kind,
            Rule::choice => ExprKind::If(Box::new(self.choice(pair))),
            Rule::scan => ExprKind::Scan(Box::new(self.scan(pair))),
            Rule::tuple => ExprKind::Tuple(self.each(pair, Rule::part, Self::arg)),
            Rule::chain => ExprKind::Chain(self.chain(Some(pair))),
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
