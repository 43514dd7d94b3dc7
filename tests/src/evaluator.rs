//! Runs a network through the reference evaluator, to compare with generated code.

use std::collections::BTreeMap;

use ndarray::ArrayD;
use nn_compiler::evaluate::{Bindings, evaluate};
use nn_compiler::ir::{Distribution, Source, Target};
use nn_compiler::lower::Graphs;
use nn_compiler::model::{Network, Tensor};
use nn_runtime::Draws;

use crate::generated::{Inputs, Outputs};

/// Compiles a text and gives the network of this name, with its graphs before and after the passes.
///
/// # Panics
/// If the text does not compile.
pub fn compiled(source: &str, network: &str) -> nn_compiler::Compiled {
    let program = nn_grammar::text::parse(source).expect("a text of the corpus");
    let networks = nn_compiler::compile(&program).expect("a text of the corpus");
    networks.into_iter().find(|compiled| compiled.network.name == network).expect("a network of the text")
}

/// The same as [`crate::generated::run`], by the definition of each operation.
///
/// # Panics
/// If the inputs do not fit the network.
pub fn run(network: &Network, graphs: &Graphs, inputs: &Inputs) -> Outputs {
    run_watched(network, graphs, inputs, &|_| ())
}

/// The same, and `watch` is shown the value of each node.
///
/// # Panics
/// If the inputs do not fit the network.
pub fn run_watched(network: &Network, graphs: &Graphs, inputs: &Inputs, watch: &dyn Fn(&ArrayD<f64>)) -> Outputs {
    let tensors = tensors(network, inputs);
    let per_row: usize = network.input.iter().product();
    let batch = inputs.input.len() / per_row;
    let random = random(inputs);
    let run = |graph, sources: BTreeMap<Source, Vec<f64>>| {
        evaluate(graph, &Bindings { batch, sources, tensors: &tensors, random: &random, watch })
    };
    let mut predicted = run(&graphs.predict, BTreeMap::from([(Source::Input, inputs.input.clone())]));
    let outputs = network.output.iter().product::<usize>() * batch;
    let zeros = vec![0.0; outputs];
    let body = BTreeMap::from([(Source::Input, inputs.input.clone()), (Source::LogitsGradient, zeros)]);
    let logits = run(&graphs.train, body)[&Target::Logits].clone();
    let mut head = run(&graphs.head, BTreeMap::from([(Source::Logits, logits.clone())]));
    let back = BTreeMap::from([(Source::Logits, logits), (Source::OutputGradient, inputs.output_gradient.clone())]);
    let d_logits = run(&graphs.head_gradient, back)[&Target::LogitsGradient].clone();
    let body = BTreeMap::from([(Source::Input, inputs.input.clone()), (Source::LogitsGradient, d_logits)]);
    let all = run(&graphs.train, body);
    let named = |target: fn(usize) -> Target| -> Vec<(String, Vec<f64>)> {
        let found = |index: usize| Some((&network.tensors[index], all.get(&target(index))?));
        (0..network.tensors.len()).filter_map(found).flat_map(|(tensor, values)| one_by_one(tensor, values)).collect()
    };
    Outputs {
        prediction: predicted.remove(&Target::Output).expect("a prediction"),
        output: head.remove(&Target::Output).expect("an output"),
        gradients: named(Target::Gradient),
        state: named(Target::State),
    }
}

/// The output in training alone. Graphs that have not been differentiated yet give it soonest.
///
/// # Panics
/// If the inputs do not fit the network.
pub fn output(network: &Network, graphs: &Graphs, inputs: &Inputs) -> Vec<f64> {
    let tensors = tensors(network, inputs);
    let per_row: usize = network.input.iter().product();
    let batch = inputs.input.len() / per_row;
    let random = random(inputs);
    let run = |graph, source, values, target| {
        let sources = BTreeMap::from([(source, values)]);
        evaluate(graph, &Bindings { batch, sources, tensors: &tensors, random: &random, watch: &|_| () })
            .remove(&target)
    };
    let logits = run(&graphs.train, Source::Input, inputs.input.clone(), Target::Logits).expect("logits");
    run(&graphs.head, Source::Logits, logits, Target::Output).expect("an output")
}

/// The draws of a step, as the runtime makes them.
fn random(inputs: &Inputs) -> impl Fn(Distribution, u32, usize, usize) -> f64 {
    let draws = Draws { seed: inputs.seed, step: inputs.step, row: 0 };
    move |distribution, stream, width, at| match distribution {
        Distribution::Uniform => draws.uniform(stream, width, at),
        Distribution::Normal => draws.normal(stream, width, at),
    }
}

/// The values of the tensors in the order of the network.
fn tensors(network: &Network, inputs: &Inputs) -> Vec<Vec<f64>> {
    let given: BTreeMap<&str, &Vec<f64>> =
        inputs.tensors.iter().map(|(name, values)| (name.as_str(), values)).collect();
    let all = |tensor: &Tensor| names(tensor).iter().flat_map(|name| given[name.as_str()].clone()).collect();
    network.tensors.iter().map(all).collect()
}

/// The names of all copies of a tensor: each `*` counts the copies of its repetition, the last one fastest.
pub fn names(tensor: &Tensor) -> Vec<String> {
    tensor.copies.iter().fold(vec![tensor.name.clone()], |names, copies| {
        let numbered = |name: &String| (1..=*copies).map(|n| name.replacen('*', &n.to_string(), 1)).collect::<Vec<_>>();
        names.iter().flat_map(numbered).collect()
    })
}

/// The values of all copies of a tensor, each by its name.
fn one_by_one(tensor: &Tensor, values: &[f64]) -> Vec<(String, Vec<f64>)> {
    let names = names(tensor);
    let each = values.len() / names.len();
    names.into_iter().zip(values.chunks(each).map(<[f64]>::to_vec)).collect()
}
