//! `nnc summary`: layers, shapes, sizes and costs of networks, for people or for programs; computes nothing itself.

mod turns;

use std::io::Write;

use nn_compiler::Compiled;
use nn_compiler::model::{Network, Tensor, Use};
use serde::Serialize;

use super::train::count;
use crate::describe::{self, Argument};
use crate::failure::Failure;
use crate::kernels::{self, Plan};
use crate::measure::{self, Prediction, Training};
use crate::source::Text;
use crate::words;

use turns::Turns;

/// Shows the layers, sizes and costs of networks
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    text: Text,
    /// Show every argument of every layer and of the train section, defaults included
    #[arg(long)]
    all: bool,
    /// Show the kernels of each generated function: layouts, FLOPs, bytes, estimated time
    #[arg(long)]
    plan: bool,
    /// Rows that --plan counts with [default: the batch of the train section, or else 1]
    #[arg(long, value_name = "N", value_parser = count, requires = "plan")]
    rows: Option<usize>,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let source = arguments.text.read()?;
    let networks = source.compile()?;
    let plan = |compiled: &Compiled| arguments.plan.then(|| kernels::plan(compiled, arguments.rows));
    let summaries: Vec<Summary> = networks.iter().map(|compiled| summary(compiled, plan(compiled))).collect();
    if arguments.json {
        serde_json::to_writer_pretty(&mut *out, &summaries).map_err(|error| Failure::Output(error.into()))?;
        writeln!(out)?;
        return Ok(());
    }
    let texts: Vec<String> = summaries.iter().map(|summary| text(summary, arguments.all)).collect();
    out.write_all(texts.join("\n").as_bytes())?;
    Ok(())
}

#[derive(Serialize)]
struct Summary {
    name: String,
    docs: Vec<String>,
    precision: &'static str,
    input: Vec<usize>,
    output: Vec<usize>,
    parameters: usize,
    state: usize,
    layers: Vec<Row>,
    prediction: Prediction,
    training: Option<Training>,
    /// The networks of a training in steps, and these.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    turns: Option<Turns>,
    /// The settings of the train section.
    recipe: Vec<Argument>,
    /// The name of the optimizer.
    optimizer: Option<&'static str>,
    /// The kernels, if they are asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<Plan>,
}

#[derive(Serialize)]
struct Row {
    path: String,
    text: String,
    output: Vec<usize>,
    parameters: usize,
    state: usize,
    /// Floating-point operations of a prediction of one row.
    flops: u64,
    arguments: Vec<Argument>,
}

fn summary(compiled: &Compiled, kernels: Option<Plan>) -> Summary {
    let Compiled { network, plan, .. } = compiled;
    let turns = turns::turns(compiled);
    let flops = |path: &str| measure::layer_flops(&compiled.graphs.predict, path);
    let layers = network.uses().into_iter().map(|layer| row(network, layer, flops(&layer.path))).collect();
    Summary {
        name: network.name.clone(),
        docs: network.docs.clone(),
        precision: network.precision.name(),
        input: network.input.clone(),
        output: network.output.clone(),
        // A training changes nothing by itself, but in its steps: what it has are the parameters of its networks.
        parameters: turns.as_ref().map_or(plan.parameters, Turns::parameters),
        state: turns.as_ref().map_or(plan.state, Turns::state),
        layers,
        prediction: measure::prediction(compiled),
        training: measure::training(compiled),
        turns,
        recipe: network.recipe.as_ref().map(describe::recipe).unwrap_or_default(),
        optimizer: network.recipe.as_ref().map(|recipe| recipe.optimizer.1.signature.name),
        plan: kernels,
    }
}

fn row(network: &Network, layer: &Use, flops: u64) -> Row {
    let values = |trained: bool| {
        let tensors = network.tensors[layer.tensors.clone()].iter().filter(|tensor| tensor.spec.trained == trained);
        tensors.map(Tensor::len).sum()
    };
    Row {
        path: layer.path.clone(),
        text: layer.text.clone(),
        output: layer.output.clone(),
        parameters: values(true),
        state: values(false),
        flops,
        arguments: describe::arguments(&layer.args),
    }
}

fn text(summary: &Summary, all: bool) -> String {
    let mut text = format!("{} {:?} -> {:?}, {}\n", summary.name, summary.input, summary.output, summary.precision);
    for line in &summary.docs {
        text += &format!("    {line}\n");
    }
    text.push('\n');
    match &summary.turns {
        None => text += &(layers(summary) + "\n" + &costs(summary)),
        Some(turns) => text += &turns::text(turns, summary.training.as_ref()),
    }
    if all {
        text += &arguments(summary);
    }
    if let Some(plan) = &summary.plan {
        text += &kernels::text(plan);
    }
    text
}

fn layers(summary: &Summary) -> String {
    let has_state = summary.state > 0;
    let cells = |path: &str, stage: &str, output: &str, parameters: &str, state: &str, flops: &str| {
        let mut cells = vec![path.to_owned(), stage.to_owned(), output.to_owned(), parameters.to_owned()];
        cells.extend(has_state.then(|| state.to_owned()));
        cells.push(flops.to_owned());
        cells
    };
    let count = |n: usize| words::grouped(n as u64);
    let mut table = vec![cells("layer", "stage", "output", "parameters", "state", "FLOPs")];
    for row in &summary.layers {
        let output = format!("{:?}", row.output);
        let (parameters, state) = (count(row.parameters), count(row.state));
        table.push(cells(&row.path, &row.text, &output, &parameters, &state, &words::grouped(row.flops)));
    }
    let (parameters, state) = (count(summary.parameters), count(summary.state));
    table.push(cells("total", "", "", &parameters, &state, &words::grouped(summary.prediction.flops)));
    words::table(&table, 3)
}

fn costs(summary: &Summary) -> String {
    let Prediction { flops, bytes, weights, scratch } = summary.prediction;
    let line = |what: String, bytes: u64, flops: u64, parts: &[(String, u64)]| {
        let parts: Vec<String> =
            parts.iter().filter(|(_, n)| *n > 0).map(|(what, n)| format!("{what} {}", words::bytes(*n))).collect();
        let (bytes, flops) = (words::bytes(bytes), words::grouped(flops));
        format!("{what}: {flops} FLOPs, {bytes}\n    {}\n", parts.join(", "))
    };
    let parts = [("weights".to_owned(), weights), ("scratch memory".to_owned(), scratch)];
    let mut text = line("prediction of one row".to_owned(), bytes, flops, &parts);
    if let Some(training) = &summary.training {
        let rows = words::count(training.batch, "row");
        let parts = [
            ("weights".to_owned(), training.weights),
            ("gradients".to_owned(), training.gradients),
            ("new state".to_owned(), training.new_state),
            (format!("state of {}", summary.optimizer.unwrap_or("the optimizer")), training.optimizer),
            ("scratch memory".to_owned(), training.scratch),
        ];
        text += &line(format!("training step of {rows}"), training.bytes, training.flops, &parts);
    }
    text
}

fn arguments(summary: &Summary) -> String {
    let cells = |one: &Argument| {
        let left_out = if one.default { "(default)" } else { "" };
        vec![format!("    {}", one.name), one.value.clone(), left_out.to_owned()]
    };
    let section = |title: String, arguments: &[Argument]| {
        let table: Vec<Vec<String>> = arguments.iter().map(cells).collect();
        if table.is_empty() { String::new() } else { format!("\n{title}\n{}", words::table(&table, 3)) }
    };
    let layers = summary.layers.iter().map(|row| section(format!("{}: {}", row.path, row.text), &row.arguments));
    layers.collect::<String>() + &section(format!("train {}", summary.name), &summary.recipe)
}
