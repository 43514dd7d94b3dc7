//! From the syntax tree to the model: names, arguments, shapes and train sections. It is the last stage that can fail on a text,
//! and it reports every mistake that does not follow from another.

mod agreement;
mod args;
mod blocks;
mod calls;
mod chain;
mod combinators;
mod constants;
mod data;
mod entry;
mod expr;
mod flow;
mod frames;
mod gradient;
mod graph;
mod grids;
mod items;
mod mistakes;
mod objective;
mod place;
mod ports;
mod scan;
mod schedule;
mod search;
mod slices;
mod steps;
mod train;
mod tuning;
mod value;

use nn_grammar::ast::{Item, Program};
use nn_grammar::diagnostic::Diagnostic;

use crate::model::{Model, Network};
use crate::words;
use value::Env;

/// The most values that one tensor, one network or one example may have: 2^31, or 8 GiB of `f32`.
const MOST_VALUES: u128 = 1 << 31;

/// The most stages that a network may have once its blocks and repetitions are written out.
const MOST_STAGES: usize = 10_000;

/// How many chains may stand within each other once blocks are written out: what follows a chain to its end recurses as deep.
const MOST_CHAINS: usize = 128;

/// Checks a program and resolves everything in it.
///
/// # Errors
/// All mistakes, in the order of their places.
pub fn check(program: &Program) -> Result<Model, Vec<Diagnostic>> {
    let mut sink = Sink::default();
    let model = items::model(program, &mut sink);
    if sink.diagnostics.is_empty() {
        return Ok(model);
    }
    let mut diagnostics = sink.diagnostics;
    diagnostics.sort_by_key(|diagnostic| diagnostic.primary.span.lo);
    Err(diagnostics)
}

/// What can be said of a network in spite of mistakes.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name.
    pub name: String,
    /// Whether it is public.
    pub public: bool,
    /// The network, as far as its shapes are known; parts of it may be missing.
    pub network: Option<Network>,
}

/// The networks of a program that has mistakes, so that a macro can offer their types all the same.
pub fn outline(program: &Program) -> Vec<Outline> {
    let networks = items::model(program, &mut Sink::default()).networks;
    let outline = |item: &Item| match item {
        // Where the name itself is the mistake, there is no type of this name.
        Item::Network(written) if words::is_kept_by_rust(&written.name.text) => None,
        Item::Network(written) => Some(Outline {
            name: written.name.text.clone(),
            public: written.public,
            network: networks.iter().find(|network| network.name == written.name.text).cloned(),
        }),
        Item::Use(_) | Item::Block(_) | Item::Train(_) | Item::Search(_) | Item::Constant(_) => None,
    };
    program.items.iter().filter_map(outline).collect()
}

/// What is the same for all items: where mistakes are collected, and the constants. A block that is used twice has its mistakes once.
#[derive(Debug, Default)]
struct Sink {
    diagnostics: Vec<Diagnostic>,
    /// The numbers that the text gives names.
    constants: Env,
}

impl Sink {
    fn report(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.primary.span.range();
        let same = |known: &Diagnostic| known.code == diagnostic.code && known.primary.span.range() == place;
        if !self.diagnostics.iter().any(same) {
            self.diagnostics.push(diagnostic);
        }
    }

    /// The value, or `None` with its mistake reported.
    fn keep<T>(&mut self, result: Result<T, Diagnostic>) -> Option<T> {
        result.map_err(|diagnostic| self.report(diagnostic)).ok()
    }
}
