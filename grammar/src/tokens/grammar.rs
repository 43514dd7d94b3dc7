//! The grammar of items, chains and clauses over Rust tokens: rule for rule that of `nn.pest`.

mod clause;
mod expr;

use super::Input;
use super::reader::{Reader, Stop};
use crate::ast::{Arg, Block, Call, Chain, Item, Network, Param, Program, Relation, Setting, Stage};
use crate::words::Expected;

type Parse<T> = Result<T, Stop>;

impl<'p> Reader<'_, 'p> {
    /// The body of a macro.
    pub(super) fn input(&mut self) -> Parse<Input> {
        if self.sees(Expected::Chain) {
            let chain = self.chain(Expected::Chain)?;
            self.end()?;
            return Ok(Input::Anonymous(chain));
        }
        self.state.expected.clear();
        let start = self.start();
        if let Some(input) = self.file()? {
            self.end()?;
            return Ok(input);
        }
        self.items(start, true).map(Input::Program)
    }

    /// `file "model.nn"`, if it stands here.
    fn file(&mut self) -> Parse<Option<Input>> {
        if !(self.at_word("file") && self.literal_follows()) {
            return Ok(None);
        }
        self.eats_word("file");
        let Some((path, span)) = self.string() else { return self.stop(Expected::Path) };
        Ok(Some(Input::File { path, span }))
    }

    fn end(&mut self) -> Parse<()> {
        if self.is_empty() { Ok(()) } else { self.stop(Expected::End) }
    }

    /// A whole text.
    pub(super) fn program(&mut self) -> Parse<Program> {
        let start = self.start();
        self.items(start, false)
    }

    /// Items up to the end; the first may be a network without its word where `headless` says so.
    fn items(&mut self, start: usize, headless: bool) -> Parse<Program> {
        let mut items = Vec::new();
        while !self.is_empty() {
            self.state.expected.push(Expected::End);
            let headless = headless && items.is_empty() && self.start() == start;
            items.push(self.item(headless)?);
        }
        Ok(Program { items })
    }

    fn item(&mut self, headless: bool) -> Parse<Item> {
        let docs = self.docs()?;
        let start = self.start();
        if self.eats_word("block") {
            return self.block(docs, start).map(Item::Block);
        }
        if self.eats_word("train") {
            return self.train(docs, start).map(Item::Train);
        }
        let public = self.eats_word("pub");
        if !(self.eats_word("network") || headless && self.name_of_network_follows(public)) {
            return self.stop(if public { Expected::Network } else { Expected::Item });
        }
        self.network(docs, public, start).map(Item::Network)
    }

    fn network(&mut self, docs: Vec<String>, public: bool, start: usize) -> Parse<Network> {
        let name = self.name(Expected::NetworkName)?;
        let settings = if self.sees(Expected::Settings) {
            self.parens(Expected::Settings, |reader| reader.setting())?
        } else {
            Vec::new()
        };
        let body = crate::ast::Body::Chain(self.chain(Expected::Body)?);
        Ok(Network { docs, public, name, inputs: Vec::new(), settings, body, span: self.since(start) })
    }

    fn setting(&mut self) -> Parse<Setting> {
        let name = self.name(Expected::SettingName)?;
        let relation = if self.eats(Expected::Is) {
            Relation::Is
        } else {
            self.needs(Expected::AtMost)?;
            Relation::AtMost
        };
        Ok(Setting { name, relation, value: self.expr()? })
    }

    fn block(&mut self, docs: Vec<String>, start: usize) -> Parse<Block> {
        let name = self.name(Expected::BlockName)?;
        let params = if self.sees(Expected::Parameters) {
            self.parens(Expected::Parameters, |reader| reader.param())?
        } else {
            Vec::new()
        };
        let body = crate::ast::Body::Chain(self.chain(Expected::Body)?);
        Ok(Block { docs, name, params, inputs: Vec::new(), body, span: self.since(start) })
    }

    fn param(&mut self) -> Parse<Param> {
        let name = self.name(Expected::ParameterName)?;
        self.needs(Expected::Colon)?;
        let kind = self.name(Expected::ParameterKind)?;
        let default = if self.eats(Expected::Is) { Some(self.expr()?) } else { None };
        Ok(Param { name, kind, default })
    }

    /// `< stage, … >`, which must stand here.
    fn chain(&mut self, open: Expected) -> Parse<Chain> {
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

    fn stage(&mut self) -> Parse<Stage> {
        if self.sees(Expected::Chain) {
            return self.chain(Expected::Chain).map(Stage::Chain);
        }
        // A stage that cannot start is expected as a layer, not as the `<` that it could also be.
        self.state.expected.pop();
        let start = self.start();
        let name = self.name(Expected::Layer)?;
        let args = if self.sees(Expected::LayerArguments) { self.args(Expected::LayerArguments)? } else { Vec::new() };
        let chain = if self.sees(Expected::Chain) { Some(self.chain(Expected::Chain)?) } else { None };
        Ok(Stage::Call(Call { name, args, chain, span: self.since(start) }))
    }

    /// The arguments in parentheses that stand here.
    fn args(&mut self, open: Expected) -> Parse<Vec<Arg>> {
        self.parens(open, |reader| reader.arg())
    }

    /// A row in parentheses, separated by commas.
    fn parens<T>(&mut self, open: Expected, each: fn(&mut Reader<'_, 'p>) -> Parse<T>) -> Parse<Vec<T>> {
        self.group(open, Expected::CloseParen, |reader| reader.row(Expected::CloseParen, each))
    }

    /// What is separated by commas up to the end of the group, which `close` closes; a comma may follow the last.
    fn row<T>(&mut self, close: Expected, each: fn(&mut Reader<'_, 'p>) -> Parse<T>) -> Parse<Vec<T>> {
        let mut row = Vec::new();
        while !self.is_empty() {
            self.state.expected.push(close);
            row.push(each(self)?);
            if !self.eats(Expected::Comma) {
                break;
            }
        }
        Ok(row)
    }
}
