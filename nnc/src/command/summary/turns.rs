//! What `nnc summary` says of a training in steps: its networks, and of each step what it changes and what it holds; computes nothing itself.

use nn_compiler::Compiled;
use nn_compiler::model::{Network, Role, Tensor};
use serde::Serialize;

use crate::measure::{self, Training};
use crate::words;

/// The networks of a training, and its steps.
#[derive(Serialize)]
pub(super) struct Turns {
    networks: Vec<Part>,
    steps: Vec<Step>,
}

impl Turns {
    pub(super) fn parameters(&self) -> usize {
        self.networks.iter().map(|part| part.parameters).sum()
    }

    pub(super) fn state(&self) -> usize {
        self.networks.iter().map(|part| part.state).sum()
    }
}

/// A network in a training.
#[derive(Serialize)]
struct Part {
    /// What steps call it.
    name: String,
    /// What the text calls it.
    network: String,
    /// Whether it only follows another one.
    follows: bool,
    parameters: usize,
    state: usize,
}

#[derive(Serialize)]
struct Step {
    name: String,
    /// The networks, or else the layers, that it changes.
    changes: Vec<String>,
    /// Values that have gradients.
    parameters: usize,
    /// What it costs, with the weights of all networks.
    cost: Option<Training>,
    /// The name of its optimizer.
    optimizer: &'static str,
}

/// Nothing for a network by itself.
pub(super) fn turns(compiled: &Compiled) -> Option<Turns> {
    let training = compiled.network.training.as_ref()?;
    let part = |role: &Role| {
        let values = |trained: bool| {
            let tensors = compiled.network.tensors[role.tensors.clone()].iter();
            tensors.filter(|tensor| tensor.spec.trained == trained).map(Tensor::len).sum()
        };
        Part {
            name: role.name.clone(),
            network: role.network.clone(),
            follows: role.follows.is_some(),
            parameters: values(true),
            state: values(false),
        }
    };
    let step = |(stated, own): (&nn_compiler::model::TrainingStep, &Compiled)| Step {
        name: stated.name.clone(),
        changes: changes(&own.network, &training.roles),
        parameters: own.plan.parameters,
        cost: measure::step(own),
        optimizer: stated.optimizer.1.signature.name,
    };
    Some(Turns {
        networks: training.roles.iter().map(part).collect(),
        steps: training.steps.iter().zip(&compiled.steps).map(step).collect(),
    })
}

/// Each network that a step changes as a whole, and the layers that it changes of others.
fn changes(step: &Network, roles: &[Role]) -> Vec<String> {
    let mut changed: Vec<String> = Vec::new();
    for role in roles {
        let parameters = step.tensors[role.tensors.clone()].iter().filter(|tensor| tensor.spec.trained);
        let (trained, left): (Vec<&Tensor>, Vec<&Tensor>) = parameters.partition(|tensor| tensor.is_trained());
        if left.is_empty() && !trained.is_empty() {
            changed.push(role.name.clone());
            continue;
        }
        for tensor in trained {
            let layer = tensor.name.rsplit_once('.').map_or(&*tensor.name, |(layer, _)| layer);
            if changed.last().is_none_or(|last| last != layer) {
                changed.push(layer.to_owned());
            }
        }
    }
    changed
}

/// Two tables, and all that is held at once.
pub(super) fn text(turns: &Turns, all: Option<&Training>) -> String {
    let mut text = networks(turns) + "\n" + &steps(turns);
    if let Some(Training { batch, bytes, weights, gradients, new_state, optimizer, scratch, .. }) = all {
        let parts = [
            ("weights", weights),
            ("gradients", gradients),
            ("new state", new_state),
            ("state of the optimizers", optimizer),
            ("scratch memory", scratch),
        ];
        let parts: Vec<String> = (parts.iter().filter(|(_, bytes)| **bytes > 0))
            .map(|(what, bytes)| format!("{what} {}", words::bytes(**bytes)))
            .collect();
        let (rows, bytes) = (words::count(*batch, "row"), words::bytes(*bytes));
        text += &format!("\ntraining on {rows} at a time: {bytes}\n    {}\n", parts.join(", "));
    }
    text
}

fn networks(turns: &Turns) -> String {
    let cells = |name: &str, network: &str, parameters: String, state: String| {
        vec![name.to_owned(), network.to_owned(), parameters, state]
    };
    let count = |n: usize| words::grouped(n as u64);
    let mut table = vec![cells("network", "what", "parameters".to_owned(), "state".to_owned())];
    for Part { name, network, follows, parameters, state } in &turns.networks {
        let what = if *follows { format!("{network}, follows another") } else { network.clone() };
        table.push(cells(name, &what, count(*parameters), count(*state)));
    }
    table.push(cells("total", "", count(turns.parameters()), count(turns.state())));
    words::table(&table, 2)
}

fn steps(turns: &Turns) -> String {
    let titles = ["step", "changes", "with", "parameters", "gradients", "optimizer", "scratch", "FLOPs"];
    let mut table = vec![titles.map(str::to_owned).to_vec()];
    for Step { name, changes, parameters, cost, optimizer } in &turns.steps {
        let mut cells =
            vec![name.clone(), changes.join(", "), (*optimizer).to_owned(), words::grouped(*parameters as u64)];
        if let Some(cost) = cost {
            let memory = [cost.gradients, cost.optimizer, cost.scratch].map(words::bytes);
            cells.extend(memory.into_iter().chain([words::grouped(cost.flops)]));
        }
        table.push(cells);
    }
    words::table(&table, 3)
}
