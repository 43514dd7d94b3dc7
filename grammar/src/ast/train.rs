//! The syntax tree of trainings: train sections with their clauses and steps, searches, numbers with names.

use super::{Arg, Call, Expr, Input, Name, Statement};
use crate::span::Span;

/// `train Name { clause; … }`, `train gan(x: [784]) for G = Gen, D = Disc { … }`, `train finetune for Net from "old.safetensors" { … }`
#[derive(Clone, Debug, PartialEq)]
pub struct Train {
    /// The text of its `///` lines.
    pub docs: Vec<String>,
    /// The network that it trains, or, before `for`, its own name.
    pub name: Name,
    /// What an example consists of, where steps are about several networks.
    pub inputs: Vec<Input>,
    /// `for G = Gen, D = Disc`: the networks that it trains.
    pub roles: Vec<Role>,
    /// `from "old.safetensors"`: the weights that it begins with.
    pub origin: Option<Origin>,
    /// The clauses in the order in which they were written.
    pub clauses: Vec<Clause>,
    /// The whole item.
    pub span: Span,
}

impl Train {
    /// The name of the Rust type that it trains: that of its network; of a section with a name of its own, that name.
    pub fn type_name(&self) -> String {
        if self.roles.is_empty() {
            return self.name.text.clone();
        }
        let capitalised = |word: &str| {
            let mut letters = word.chars();
            letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
        };
        self.name.text.split('_').map(capitalised).collect()
    }
}

/// `G = Gen`, or `Gen` alone
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The name by which steps call the network; without one, its own.
    pub name: Option<Name>,
    /// The network.
    pub network: Name,
}

/// `from "resnet.safetensors" as pytorch map { "fc" -> dense_1 }`
#[derive(Clone, Debug, PartialEq)]
pub struct Origin {
    /// The file; escapes resolved.
    pub path: String,
    /// Where the path stands.
    pub path_span: Span,
    /// Whose names and orders of axes it has.
    pub convention: Option<Name>,
    /// From names in the file to names of the network; possibly none.
    pub map: Vec<Expr>,
    /// From `from` on.
    pub span: Span,
}

/// `search Name { vary lr = log(1e-4, 1e-1); trials 20; }`
#[derive(Clone, Debug, PartialEq)]
pub struct Search {
    /// The text of its `///` lines.
    pub docs: Vec<String>,
    /// The train section whose numbers it varies.
    pub name: Name,
    /// The clauses in the order in which they were written.
    pub clauses: Vec<Clause>,
    /// The whole item.
    pub span: Span,
}

/// `let hidden = 16;`: a number with a name that all items can use.
#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    /// Its name.
    pub name: Name,
    /// What it is.
    pub value: Expr,
    /// The whole item.
    pub span: Span,
}

/// One clause of a train section.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// `data`, `split`, `minimize`, `batch`, …
    pub keyword: Name,
    /// What follows the keyword.
    pub kind: ClauseKind,
    /// The whole clause.
    pub span: Span,
}

/// What can follow the keyword of a clause.
#[derive(Clone, Debug, PartialEq)]
pub enum ClauseKind {
    /// `data csv("iris.csv") { x = …; y = …; }`
    Data {
        /// `csv("iris.csv")`
        source: Call,
        /// What is made of its columns.
        fields: Vec<Field>,
    },
    /// `minimize cross_entropy with adam(lr = 0.01);`
    Minimize {
        /// `cross_entropy`, `huber(delta = 2)`, or an expression such as `mse(xhat, x) + 0.1 * sum(abs(h))`
        loss: Expr,
        /// `over D, G.decoder`: the networks, layers or parameters that change; everything, if it is empty.
        over: Vec<Name>,
        /// `adam(lr = 0.01)`
        optimizer: Call,
    },
    /// `memory <= 64 KiB;`
    AtMost(Expr),
    /// `lr *= 0.1;`
    Times(Expr),
    /// `unfreeze last 2;`
    Last(Expr),
    /// `step d { sample z ~ normal[64]; minimize … over D with …; }`
    Step {
        /// Its name.
        name: Name,
        /// What it computes before it minimizes.
        statements: Vec<Statement>,
        /// What it does with that.
        clauses: Vec<Clause>,
    },
    /// `every batch { d; g; }`, `every 5 batches { g; }`
    Every {
        /// How many batches pass from one time to the next; one, if nothing is said.
        batches: Option<Expr>,
        /// The steps.
        clauses: Vec<Clause>,
    },
    /// `at epoch 3 { unfreeze last 2; lr *= 0.1; }`
    At {
        /// Before which epoch.
        epoch: Expr,
        /// What changes then.
        clauses: Vec<Clause>,
    },
    /// `batch 16;`, `split train = 0.8, stratify;`, `early_stop(patience = 20);`: arguments, with or without parentheses.
    Settings {
        /// Whether the arguments stand in parentheses.
        parenthesized: bool,
        /// The arguments; possibly none.
        args: Vec<Arg>,
    },
}

/// `x = standardize(columns[0..4]);`
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// `x` or `y`.
    pub name: Name,
    /// What it is made of.
    pub value: Expr,
}
