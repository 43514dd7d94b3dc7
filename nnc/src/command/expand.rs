//! `nnc expand`: a text at each stage of the compiler; knows the stages, computes none.

use std::io::Write;

use clap::ValueEnum;
use nn_compiler::Compiled;
use nn_compiler::ir::Graph;
use nn_compiler::lower::Graphs;
use nn_compiler::model::{Body, Network, StepKind, Use};

use crate::describe::{self, Argument};
use crate::failure::Failure;
use crate::package;
use crate::source::Text;

/// Shows what becomes of a text at a stage of the compiler
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// The stage
    #[arg(long, value_enum, default_value_t = At::Rust)]
    stage: At,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum At {
    /// The syntax tree
    Ast,
    /// Layers, shapes, tensors and the train section, with everything that the text leaves out
    Model,
    /// The mathematical operations
    Graph,
    /// The operations with those of the gradients, after all passes
    Grad,
    /// Kernels and where values lie in memory
    Plan,
    /// The Rust code
    Rust,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    if let At::Ast = arguments.stage {
        writeln!(out, "{:#?}", source.parse()?)?;
        return Ok(());
    }
    let networks = source.compile()?;
    let each = |shown: fn(&Compiled) -> String| {
        let texts: Vec<String> = networks
            .iter()
            .map(|compiled| format!("network {}\n\n{}", compiled.network.name, shown(compiled)))
            .collect();
        texts.join("\n")
    };
    let text = match arguments.stage {
        At::Ast => String::new(),
        At::Model => each(|compiled| model(&compiled.network)),
        At::Graph => each(|compiled| graphs(&compiled.lowered)),
        At::Grad => each(|compiled| graphs(&compiled.graphs)),
        At::Plan => each(|compiled| compiled.plan.to_string()),
        At::Rust => package::library(&source.file_name(), &networks, false)?,
    };
    out.write_all(text.as_bytes())?;
    Ok(())
}

/// The graphs that are more than their inputs.
fn graphs(graphs: &Graphs) -> String {
    let Graphs { predict, train, head, head_gradient, objective, entries } = graphs;
    let graph = |(title, graph): (&str, &Graph)| format!("{title}\n{}", indented(&graph.to_string(), 1));
    let mut shown = vec![("prediction", predict), ("training", train), ("head", head)];
    // Before differentiation, it is the head once more.
    if head_gradient != head {
        shown.push(("gradient of the head", head_gradient));
    }
    if let Some([figures, gradient]) = objective {
        shown.extend([("loss and metrics", figures), ("gradient of the loss", gradient)]);
    }
    shown.extend(entries.iter().map(|entry| ("entry", entry)));
    shown.into_iter().map(graph).collect::<Vec<_>>().join("\n")
}

fn indented(text: &str, depth: usize) -> String {
    text.lines().map(|line| "    ".repeat(depth) + line + "\n").collect()
}

/// A checked network.
fn model(network: &Network) -> String {
    let mut text = format!("{:?} -> {:?} of {}\n", network.input, network.output, network.precision.name());
    text += &steps(network, &network.body);
    if let Some(recipe) = &network.recipe {
        text += "\ntrain\n";
        text += &indented(&arguments(&describe::recipe(recipe)), 1);
    }
    text
}

/// What a body computes, one step after the other; the body of a loop is indented.
fn steps(network: &Network, body: &Body) -> String {
    let mut text = String::new();
    for (index, step) in body.steps.iter().enumerate() {
        let shape = &step.shape;
        text += &match &step.kind {
            StepKind::Layer(layer) => use_of(network, index, layer),
            StepKind::Loop(inner) => {
                format!("#{index} {}: {} steps\n{}", inner.path, inner.steps, indented(&steps(network, &inner.body), 1))
            }
            StepKind::Given(given) => format!("#{index} {given:?}: {shape:?}\n").to_lowercase(),
            StepKind::Numbers(numbers) => format!("#{index} {} numbers: {shape:?}\n", numbers.len()),
            StepKind::Tensor(tensor) => format!("#{index} {}: {shape:?}\n", network.tensors[*tensor].name),
            StepKind::Yielded(from, which) => format!("#{index} {which:?} of #{}: {shape:?}\n", from.0).to_lowercase(),
            StepKind::Gradient(of, wrt) => format!("#{index} gradient of #{} by #{}: {shape:?}\n", of.0, wrt.0),
            StepKind::Next(tensor, value) => format!("next {} = #{}\n", network.tensors[*tensor].name, value.0),
        };
    }
    text
}

fn use_of(network: &Network, index: usize, layer: &Use) -> String {
    let operands: Vec<String> = layer.operands.iter().map(|(_, wire)| format!("#{}", wire.0)).collect();
    let (path, text, shape) = (&layer.path, &layer.text, &layer.output);
    let mut lines = format!("#{index} {path}: {text} of {}  {:?} -> {shape:?}\n", operands.join(", "), layer.input);
    lines += &indented(&arguments(&describe::arguments(&layer.args)), 1);
    for tensor in &network.tensors[layer.tensors.clone()] {
        let kind = if tensor.spec.trained { "parameter" } else { "state" };
        let (name, shape, init) = (&tensor.name, tensor.shape(), describe::init(tensor.spec.init));
        lines += &format!("    {kind} {name}: {shape:?} = {init}\n");
    }
    lines
}

fn arguments(arguments: &[Argument]) -> String {
    let line = |one: &Argument| {
        let left_out = if one.default { "  (default)" } else { "" };
        format!("{} = {}{left_out}\n", one.name, one.value)
    };
    arguments.iter().map(line).collect()
}
