//! A random program with everything that goes into a training step of it, and what the evaluator says comes out.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use ndarray::ArrayD;

use nn_compiler::model::Network;
use nn_compiler::{Compiled, compile, emit};
use nn_grammar::ast::{Expr, ExprKind, Item, Name, Program, Relation, Setting};
use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::span::Span;
use nn_grammar::text;

use crate::evaluator;
use crate::generated::{Inputs, Outputs};
use crate::numbers;

/// The largest value that is compared. Beyond, rounding is all there is to see.
const LARGEST: f64 = 1e6;

/// The largest value on the way there. Beyond, a sum of squares may be too large for an `f32`.
const LARGEST_INSIDE: f64 = 1e15;

/// A program that is ready to be run.
#[derive(Debug)]
pub struct Case {
    /// The text.
    pub text: String,
    /// The seed that its inputs are from.
    pub seed: u64,
    /// The network of the text.
    pub compiled: Compiled,
    /// What goes in.
    pub inputs: Inputs,
    /// What comes out, by the evaluator.
    pub expected: Outputs,
}

/// Why a text is no case.
#[derive(Debug)]
pub enum Refusal {
    /// It is not valid, and the compiler says why.
    Invalid(Vec<Diagnostic>),
    /// Its values are too large to be compared, or none.
    Wild,
    /// The compiler or the evaluator breaks.
    Broken(String),
}

/// A case of a text. Nothing but a text that is not valid may be refused by the compiler, and nothing at all may break it.
///
/// # Errors
/// Why it is none.
pub fn case(text: &str, seed: u64) -> Result<Case, Refusal> {
    let made = catch_unwind(AssertUnwindSafe(|| {
        let compiled = compiled(text).map_err(Refusal::Invalid)?;
        let inputs = inputs(&compiled.network, seed);
        let largest = Cell::new(0.0f64);
        let watch = |values: &ArrayD<f64>| largest.set(values.iter().fold(largest.get(), |most, x| most.max(x.abs())));
        let expected = evaluator::run_watched(&compiled.network, &compiled.graphs, &inputs, &watch);
        if largest.get() > LARGEST_INSIDE {
            return Err(Refusal::Wild);
        }
        Ok(Case { text: text.to_owned(), seed, compiled, inputs, expected })
    }));
    let case = made.map_err(|panic| Refusal::Broken(words(panic.as_ref())))??;
    if all(&case.expected).all(|x| x.abs() <= LARGEST) { Ok(case) } else { Err(Refusal::Wild) }
}

/// What a panic says.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let said = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
    said.unwrap_or("a panic without words").to_owned()
}

/// All values that come out.
pub fn all(outputs: &Outputs) -> impl Iterator<Item = f64> {
    let named = outputs.gradients.iter().chain(&outputs.state).flat_map(|(_, values)| values);
    outputs.prediction.iter().chain(&outputs.output).chain(named).copied()
}

/// The network of a text, in double precision.
fn compiled(source: &str) -> Result<Compiled, Vec<Diagnostic>> {
    let networks = compile(&in_precision(text::parse(source)?, "f64"))?;
    Ok(networks.into_iter().find(|compiled| compiled.network.name == "N").expect("the network is called `N`"))
}

/// The Rust of a text in one of the precisions.
///
/// # Panics
/// If the text is not valid.
pub fn rust(source: &str, precision: &str) -> String {
    let program = in_precision(text::parse(source).expect("a valid text"), precision);
    emit(&compile(&program).expect("a valid text"), nn_compiler::Style::default()).to_string()
}

/// A program whose networks are public and have this element type.
fn in_precision(mut program: Program, precision: &str) -> Program {
    for item in &mut program.items {
        if let Item::Network(network) = item {
            network.public = true;
            network.settings.retain(|setting| setting.name.text != "precision");
            network.settings.push(Setting {
                name: Name { text: "precision".to_owned(), span: Span::default() },
                relation: Relation::Is,
                value: Expr { kind: ExprKind::Name(precision.to_owned()), span: Span::default() },
            });
        }
    }
    program
}

/// Rows, weights and gradients for a network; ids where it reads ids.
fn inputs(network: &Network, seed: u64) -> Inputs {
    let rows = [1, 2, 3, 5][(seed % 4) as usize];
    let width: usize = network.input.iter().product();
    let mut input = numbers(rows * width, seed);
    let mut at = 0;
    for port in &network.inputs {
        let values: usize = port.shape.iter().product();
        let classes = port.classes.or(network.vocabulary.filter(|_| network.inputs.len() == 1));
        if let Some(classes) = classes {
            for row in 0..rows {
                let place = row * width + at;
                input[place..place + values].iter_mut().for_each(|x| *x = ((x.abs() * 1e3) as usize % classes) as f64);
            }
        }
        at += values;
    }
    let mut tensors = Vec::new();
    for tensor in &network.tensors {
        for name in evaluator::names(tensor) {
            let mut values = numbers(tensor.spec.shape.iter().product(), seed.wrapping_add(2 + tensors.len() as u64));
            if name.ends_with("variance") {
                values.iter_mut().for_each(|x| *x = x.abs() + 0.5);
            }
            tensors.push((name, values));
        }
    }
    let outputs: usize = network.output.iter().product();
    let step = u32::try_from(seed % 7).expect("a small number");
    Inputs { input, tensors, output_gradient: numbers(rows * outputs, seed ^ 99), seed, step }
}
