//! Files used, networks and blocks, with what stands in their parentheses, and chains.

use super::Parse;
use crate::ast::{
    Block, Body, Call, Chain, Constant, Expr, Input, Item, Name, Network, Param, Relation, Setting, Stage, Type, Use,
};
use crate::tokens::reader::Reader;
use crate::words::Expected;

/// One thing in the parentheses of a network.
enum Head {
    Dim(Name, Expr),
    Input(Input),
    Setting(Setting),
}

impl Reader<'_, '_> {
    /// An item; a network may come without its word where `headless` says so.
    pub(super) fn item(&mut self, headless: bool) -> Parse<Item> {
        let docs = self.docs()?;
        let start = self.start();
        if self.eats_word("use") {
            return self.use_file(start).map(Item::Use);
        }
        if self.eats_word("block") {
            return self.block(docs, start).map(Item::Block);
        }
        if self.eats_word("train") {
            return self.train(docs, start).map(Item::Train);
        }
        if self.eats_word("search") {
            return self.search(docs, start).map(Item::Search);
        }
        if docs.is_empty() && self.eats_word("let") {
            return self.constant(start).map(Item::Constant);
        }
        let public = self.eats_word("pub");
        if !(self.eats_word("network") || headless && self.name_of_network_follows(public)) {
            return self.stop(if public { Expected::Network } else { Expected::Item });
        }
        self.network(docs, public, start).map(Item::Network)
    }

    fn use_file(&mut self, start: usize) -> Parse<Use> {
        let Some((path, path_span)) = self.string() else { return self.stop(Expected::Path) };
        self.needs(Expected::Semicolon)?;
        Ok(Use { path, path_span, span: self.since(start) })
    }

    fn constant(&mut self, start: usize) -> Parse<Constant> {
        let name = self.name(Expected::Name)?;
        self.needs(Expected::Is)?;
        let value = self.expr()?;
        self.needs(Expected::Semicolon)?;
        Ok(Constant { name, value, span: self.since(start) })
    }

    fn network(&mut self, docs: Vec<String>, public: bool, start: usize) -> Parse<Network> {
        let name = self.name(Expected::NetworkName)?;
        let (mut inputs, mut dims, mut settings) = (Vec::new(), Vec::new(), Vec::new());
        if self.sees(Expected::Settings) {
            for head in self.parens(Expected::Settings, |reader| reader.head())? {
                match head {
                    Head::Dim(name, most) => dims.push((name, most)),
                    Head::Input(input) => inputs.push(input),
                    Head::Setting(setting) => settings.push(setting),
                }
            }
        }
        let body = self.body()?;
        Ok(Network { docs, public, name, inputs, dims, settings, body, span: self.since(start) })
    }

    fn head(&mut self) -> Parse<Head> {
        let dim = self.attempt(|reader| {
            if !reader.eats_word("dim") {
                return reader.stop(Expected::SettingName);
            }
            reader.name(Expected::Name)
        });
        if let Some(name) = dim {
            self.needs(Expected::AtMost)?;
            return Ok(Head::Dim(name, self.expr()?));
        }
        self.state.expect(Expected::InputName);
        let name = self.name(Expected::SettingName)?;
        if self.eats(Expected::Colon) {
            return Ok(Head::Input(Input { name, kind: Some(self.kind()?) }));
        }
        let relation = if self.eats(Expected::Is) {
            Relation::Is
        } else {
            self.needs(Expected::AtMost)?;
            Relation::AtMost
        };
        Ok(Head::Setting(Setting { name, relation, value: self.expr()? }))
    }

    fn block(&mut self, docs: Vec<String>, start: usize) -> Parse<Block> {
        let name = self.name(Expected::BlockName)?;
        let params = if self.sees(Expected::Parameters) {
            self.attempt(|reader| reader.parens(Expected::Parameters, |reader| reader.param()))
        } else {
            None
        };
        let inputs = if self.sees(Expected::Parameters) { self.inputs()? } else { Vec::new() };
        let body = self.body()?;
        Ok(Block { docs, name, params: params.unwrap_or_default(), inputs, body, span: self.since(start) })
    }

    fn param(&mut self) -> Parse<Param> {
        let name = self.name(Expected::ParameterName)?;
        self.needs(Expected::Colon)?;
        let kind = self.name(Expected::ParameterKind)?;
        let default = if self.eats(Expected::Is) { Some(self.expr()?) } else { None };
        Ok(Param { name, kind, default })
    }

    /// `(x, m: [t, c])`, which must stand here.
    pub(super) fn inputs(&mut self) -> Parse<Vec<Input>> {
        self.group(Expected::Parameters, Expected::CloseParen, |reader| {
            reader.filled_row(Expected::CloseParen, |reader| reader.input_of())
        })
    }

    fn input_of(&mut self) -> Parse<Input> {
        let name = self.name(Expected::InputName)?;
        Ok(Input { name, kind: self.kind_behind_colon()? })
    }

    pub(super) fn kind_behind_colon(&mut self) -> Parse<Option<Type>> {
        if self.eats(Expected::Colon) { self.kind().map(Some) } else { Ok(None) }
    }

    /// `[32, 32, 3]`, `class(10)`, `class(65)[64]`
    fn kind(&mut self) -> Parse<Type> {
        let start = self.start();
        let classes = if self.eats_word("class") {
            Some(self.group(Expected::Arguments, Expected::CloseParen, |reader| reader.expr())?)
        } else if self.peek(Expected::Index) {
            None
        } else {
            return self.stop(Expected::Type);
        };
        let close = Expected::CloseBracket;
        let extents = if self.sees(Expected::Index) {
            self.group(Expected::Index, close, |reader| reader.row(close, |reader| reader.expr()))?
        } else {
            Vec::new()
        };
        Ok(Type { classes, extents, span: self.since(start) })
    }

    fn body(&mut self) -> Parse<Body> {
        if self.sees(Expected::OpenBrace) {
            self.graph().map(Body::Graph)
        } else {
            self.chain(Expected::Body).map(Body::Chain)
        }
    }

    /// `< stage, … >`, which must stand here.
    pub(super) fn chain(&mut self, open: Expected) -> Parse<Chain> {
        let start = self.start();
        self.needs(open)?;
        let mut stages = Vec::new();
        while !self.eats(Expected::CloseChain) {
            stages.push(self.stage()?);
            if !self.eats(Expected::Comma) {
                self.needs(Expected::CloseChain)?;
                break;
            }
        }
        Ok(Chain { stages, span: self.since(start) })
    }

    /// A layer with its arguments and its chain, or a bare chain.
    pub(super) fn stage(&mut self) -> Parse<Stage> {
        if self.peek(Expected::Chain) {
            return self.chain(Expected::Chain).map(Stage::Chain);
        }
        let start = self.start();
        let name = self.name(Expected::Layer)?;
        let args = if self.sees(Expected::LayerArguments) { self.args(Expected::LayerArguments)? } else { Vec::new() };
        let chain = if self.sees(Expected::Chain) { Some(self.chain(Expected::Chain)?) } else { None };
        Ok(Stage::Call(Call { name, args, chain, span: self.since(start) }))
    }
}
