//! Makes the syntax tree of train sections, searches and numbers with names; their clauses are made by its neighbour.

use pest::iterators::Pair;

use super::{Builder, Parts, empty_call, name, span};
use crate::ast::{Constant, Name, Origin, Role, Search, Train};
use crate::literal;
use crate::text::syntax::Rule;

impl Builder<'_> {
    pub(super) fn train(&mut self, docs: Vec<String>, pair: Pair<'_, Rule>) -> Train {
        let span = span(&pair);
        let mut parts = Parts::of(pair.clone());
        let name = parts.name();
        let inputs = parts.take(Rule::inputs).map_or_else(Vec::new, |pair| self.each(pair, Rule::input, Self::input));
        let roles = parts.take(Rule::roles).map_or_else(Vec::new, |pair| self.each(pair, Rule::role, Self::role));
        let origin = parts.take(Rule::origin).map(|pair| self.origin(pair));
        Train { docs, name, inputs, roles, origin, clauses: self.each(pair, Rule::clause, Self::clause), span }
    }

    fn role(&mut self, pair: Pair<'_, Rule>) -> Role {
        let names: Vec<Name> =
            pair.into_inner().filter(|part| part.as_rule() == Rule::role_name).map(|part| name(&part)).collect();
        match &names[..] {
            [role, network, ..] => Role { name: Some(role.clone()), network: network.clone() },
            [network] => Role { name: None, network: network.clone() },
            [] => Role { name: None, network: empty_call().name },
        }
    }

    fn origin(&mut self, pair: Pair<'_, Rule>) -> Origin {
        let whole = span(&pair);
        let (mut path, mut path_span, mut convention, mut map) = (String::new(), whole, None, Vec::new());
        for part in pair.into_inner() {
            match part.as_rule() {
                Rule::text => (path, path_span) = (literal::text(part.as_str()).unwrap_or_default(), span(&part)),
                Rule::convention => convention = Some(name(&part)),
                Rule::map => map = self.each(part, Rule::expr, Self::expr),
                _ => {}
            }
        }
        Origin { path, path_span, convention, map, span: whole }
    }

    pub(super) fn search(&mut self, docs: Vec<String>, pair: Pair<'_, Rule>) -> Search {
        let span = span(&pair);
        let name = Parts::of(pair.clone()).name();
        Search { docs, name, clauses: self.each(pair, Rule::clause, Self::clause), span }
    }

    pub(super) fn constant(&mut self, pair: Pair<'_, Rule>) -> Constant {
        let span = span(&pair);
        let named = pair.clone().into_inner().find(|part| part.as_rule() == Rule::let_name);
        let name = named.as_ref().map_or_else(|| empty_call().name, name);
        Constant { name, value: self.last_expr(Parts::of(pair)), span }
    }
}
