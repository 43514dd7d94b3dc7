//! From the syntax tree of a `.nn` program to statically shaped Rust. Data flows one way:
//!
//! ```text
//! Program ─check─> Model ─lower─> Graph ─grad─> Graph ─opt─> Graph ─plan─> Plan ─emit─> TokenStream
//! ```
//!
//! Only `check`, the slope of a loss and the limits can fail, with diagnostics; from `lower` on everything is total, and a broken invariant is a panic
//! of the verifier that names the pass. Nothing here reads files, the environment or a clock: the same text gives the same Rust.

pub mod adjoint;
pub mod check;
pub mod emit;
#[cfg(feature = "evaluate")]
pub mod evaluate;
pub mod grad;
pub mod init;
pub mod inspect;
pub mod ir;
pub mod layers;
pub mod limits;
pub mod lower;
pub mod model;
pub mod opt;
pub mod plan;
pub mod recipe;
pub mod reference;
pub mod shape;
pub mod signature;
pub mod slope;
mod words;

use nn_grammar::ast::Program;
use nn_grammar::diagnostic::Diagnostic;
use proc_macro2::TokenStream;

pub use emit::Style;
use lower::Graphs;
use model::{Model, Network};
use plan::Plan;

/// One network at every stage behind `check`.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What was checked.
    pub network: Network,
    /// What it computes, before differentiation.
    pub lowered: Graphs,
    /// What it computes, with gradients, after all passes.
    pub graphs: Graphs,
    /// How it is computed.
    pub plan: Plan,
    /// The steps of a training of several networks, in the order of the text.
    pub steps: Vec<Compiled>,
}

/// Compiles all networks of a program. This is the pipeline: macro, command line and tests all call it.
///
/// # Errors
/// All mistakes of the program.
pub fn compile(program: &Program) -> Result<Vec<Compiled>, Vec<Diagnostic>> {
    compile_with(program, |_| ())
}

/// Compiles all networks of a program, each with a further function that yields what all its layers yield ([`inspect`]).
///
/// # Errors
/// All mistakes of the program.
pub fn compile_inspected(program: &Program) -> Result<Vec<Compiled>, Vec<Diagnostic>> {
    compile_with(program, inspect::add)
}

fn compile_with(program: &Program, change: fn(&mut Network)) -> Result<Vec<Compiled>, Vec<Diagnostic>> {
    let Model { mut networks, searches: _ } = check::check(program)?;
    networks.iter_mut().for_each(change);
    let compiled: Vec<Compiled> = networks.into_iter().map(compile_network).collect();
    let mut diagnostics = Vec::new();
    for Compiled { network, graphs, plan, steps, .. } in &compiled {
        diagnostics.extend(slope::check(network, graphs).err());
        diagnostics.extend(limits::check(network, plan, steps).err().into_iter().flatten());
    }
    if diagnostics.is_empty() { Ok(compiled) } else { Err(diagnostics) }
}

fn compile_network(network: Network) -> Compiled {
    let steps = network.training.iter().flat_map(|training| &training.steps).map(|step| step.network.clone());
    let stages: Vec<(Network, Graphs, Graphs)> = std::iter::once(network.clone()).chain(steps).map(graphs).collect();
    let plans = match &stages[..] {
        [(network, _, graphs)] => vec![plan::plan(network, graphs)],
        several => {
            let all: Vec<(&Network, &Graphs)> = several.iter().map(|(network, _, graphs)| (network, graphs)).collect();
            plan::plan_together(&all)
        }
    };
    let compiled = |((network, lowered, graphs), plan)| Compiled { network, lowered, graphs, plan, steps: Vec::new() };
    let mut all = stages.into_iter().zip(plans).map(compiled);
    let mut first = all.next().expect("a network has graphs");
    first.steps = all.collect();
    first
}

/// A network with its graphs, before and after differentiation and all passes.
fn graphs(network: Network) -> (Network, Graphs, Graphs) {
    let lowered = lower::lower(&network);
    let differentiated = grad::gradients(lowered.clone(), &network);
    let graphs = opt::optimize(differentiated);
    (network, lowered, graphs)
}

/// The Rust items of compiled networks.
pub fn emit(networks: &[Compiled], style: Style) -> TokenStream {
    let one = |compiled: &Compiled| {
        let steps = compiled.steps.iter().map(|step| emit::step(&step.network, &step.plan, style));
        std::iter::once(emit::emit(&compiled.network, &compiled.plan, &compiled.steps, style))
            .chain(steps)
            .collect::<TokenStream>()
    };
    networks.iter().map(one).collect()
}
