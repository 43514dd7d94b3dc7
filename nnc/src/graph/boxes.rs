//! From a checked network to boxes and lines; knows the model, no picture.

use nn_compiler::ir::Yielded;
use nn_compiler::layers::Role;
use nn_compiler::model::{Body, Given, Loop, Network, Port, StepKind, Tensor, Use, Wire};
use nn_compiler::signature::Value;

use super::{Box, Graph, Kind};
use crate::{describe, words};

/// The architecture of a network.
pub(crate) fn of(network: &Network) -> Graph {
    let mut maker = Maker::new(network, String::new());
    let inputs: Vec<Box> = network.inputs.iter().map(|port| port_box("input", port)).collect();
    maker.body(&network.body, &Around::Network(inputs));
    let from = maker.behind(&[network.result]);
    match &network.outputs[..] {
        [only] => drop(maker.graph.push(port_box("output", only), &from)),
        several => maker.several(network, several),
    }
    maker.graph
}

/// What stands around a body, for what it is given.
enum Around {
    /// The inputs.
    Network(Vec<Box>),
    /// What each step of a loop sees.
    Loop,
}

struct Maker<'a> {
    network: &'a Network,
    graph: Graph,
    /// For each step of the body: the box that yields its value and which of its values it is; none for what is written into other boxes.
    sources: Vec<Option<(usize, usize)>>,
    /// What the names of its layers begin with, which the box around them says already.
    prefix: String,
}

impl<'a> Maker<'a> {
    fn new(network: &'a Network, prefix: String) -> Self {
        Self { network, graph: Graph::default(), sources: Vec::new(), prefix }
    }

    fn body(&mut self, body: &Body, around: &Around) {
        for (index, step) in body.steps.iter().enumerate() {
            let source = match &step.kind {
                StepKind::Given(given) => Some((self.given(*given, &step.shape, around), 0)),
                StepKind::Numbers(numbers) => (numbers.len() > 1).then(|| (self.numbers(&step.shape), 0)),
                StepKind::Tensor(tensor) => {
                    let tensor = &self.network.tensors[*tensor];
                    let note = size(std::slice::from_ref(tensor));
                    Some((self.alone(Kind::Tensor, tensor.name.clone(), note, &step.shape), 0))
                }
                StepKind::Layer(layer) => Some(self.layer(body, layer, &step.shape)),
                StepKind::Loop(inner) => Some((self.repeated(inner, &body.steps[index + 1..], index), 0)),
                StepKind::Yielded(from, _) => {
                    let before = body.steps[..index].iter().filter(|other| yielded_of(&other.kind, *from)).count();
                    self.sources[from.0].map(|(of, _)| (of, before))
                }
                StepKind::Gradient(of, wrt) => {
                    let from = self.behind(&[*of, *wrt]);
                    let shape = extents(&step.shape);
                    let one = Box {
                        kind: Kind::Join,
                        title: "gradient".to_owned(),
                        note: String::new(),
                        inner: None,
                        yields: vec![shape],
                    };
                    Some((self.graph.push(one, &from), 0))
                }
                StepKind::Next(tensor, value) => {
                    let title = format!("next {}", self.network.tensors[*tensor].name);
                    let one = Box { kind: Kind::Tensor, title, note: String::new(), inner: None, yields: Vec::new() };
                    let from = self.behind(&[*value]);
                    self.graph.push(one, &from);
                    None
                }
            };
            self.sources.push(source);
        }
    }

    /// Where the values of some wires come from; each once.
    fn behind(&self, wires: &[Wire]) -> Vec<(usize, usize)> {
        let mut found: Vec<(usize, usize)> = Vec::new();
        for source in wires.iter().filter_map(|wire| self.sources[wire.0]) {
            if !found.contains(&source) {
                found.push(source);
            }
        }
        found
    }

    fn alone(&mut self, kind: Kind, title: String, note: String, shape: &[usize]) -> usize {
        let one = Box { kind, title, note, inner: None, yields: vec![extents(shape)] };
        self.graph.push(one, &[])
    }

    fn numbers(&mut self, shape: &[usize]) -> usize {
        self.alone(Kind::Tensor, "numbers".to_owned(), String::new(), shape)
    }

    fn given(&mut self, given: Given, shape: &[usize], around: &Around) -> usize {
        let title = match (given, around) {
            (Given::Port(number), Around::Network(inputs)) => {
                let port = &inputs[number];
                return self.alone(port.kind, port.title.clone(), port.note.clone(), shape);
            }
            (Given::Element(_), _) => "of this step",
            (Given::Carried(_), _) => "from the step before",
            (Given::Outer(_) | Given::Port(_), _) => "from outside",
        };
        self.alone(Kind::Port, title.to_owned(), String::new(), shape)
    }

    /// A layer; an activation behind the layer that it was written in stands in the same box.
    fn layer(&mut self, body: &Body, layer: &Use, shape: &[usize]) -> (usize, usize) {
        if let (Role::Input, [(_, only)]) = (layer.layer.role, &layer.operands[..])
            && let Some(source) = self.sources[only.0]
        {
            // It only states a shape, which stands on the line.
            return source;
        }
        let wires: Vec<Wire> = layer.operands.iter().map(|(_, wire)| *wire).collect();
        let activation = matches!(layer.layer.role, Role::Activation | Role::Head(_));
        if let (true, &[before]) = (activation, &wires[..])
            && let Some((of, 0)) = self.sources[before.0]
            && matches!(body.step(before).kind, StepKind::Layer(_))
            && readers(body, before) == 1
        {
            let one = &mut self.graph.boxes[of];
            // An activation that is an argument is in the title already.
            if !matches!(&body.step(before).kind, StepKind::Layer(written) if written.text == layer.text) {
                one.title = format!("{}, {}", one.title, title(layer));
            }
            one.yields = vec![extents(shape)];
            return (of, 0);
        }
        let tensors = &self.network.tensors[layer.tensors.clone()];
        let from = self.behind(&wires);
        let kind = match (tensors.is_empty(), from.len()) {
            (true, 2..) => Kind::Join,
            (true, _) => Kind::Plain,
            (false, _) => Kind::Trained,
        };
        let path = layer.path.strip_prefix(&self.prefix).unwrap_or(&layer.path);
        let path = path.trim_start_matches("*.").to_owned();
        let note = [path, size(tensors)].into_iter().filter(|part| !part.is_empty());
        let mut title = title(layer);
        for (name, wire) in &layer.operands {
            if let StepKind::Numbers(numbers) = &body.step(*wire).kind
                && let [number] = numbers[..]
            {
                title += &format!(", {name} = {number}");
            }
        }
        let note = note.collect::<Vec<_>>().join(" · ");
        let one = Box { kind, title, note, inner: None, yields: vec![extents(shape)] };
        (self.graph.push(one, &from), 0)
    }

    /// A loop with its steps inside; `behind` are the steps that read what it yields.
    fn repeated(&mut self, inner: &Loop, behind: &[nn_compiler::model::Step], index: usize) -> usize {
        let mut maker = Maker::new(self.network, format!("{}.", inner.path));
        maker.body(&inner.body, &Around::Loop);
        for (wires, title) in [(&inner.next, "to the next step"), (&inner.emits, "of each step")] {
            for wire in wires {
                let from = maker.behind(&[*wire]);
                let one = Box {
                    kind: Kind::Port,
                    title: title.to_owned(),
                    note: String::new(),
                    inner: None,
                    yields: Vec::new(),
                };
                maker.graph.push(one, &from);
            }
        }
        let yields = behind.iter().filter(|step| yielded_of(&step.kind, Wire(index)));
        let yields = yields.map(|step| extents(&step.shape)).collect();
        let tensors = &self.network.tensors[inner.stacked.clone()];
        let own = match size(tensors) {
            none if none.is_empty() => String::new(),
            parameters => format!(" · {parameters} in all"),
        };
        let backwards = if inner.reverse { ", the last first" } else { "" };
        let title = format!("{}: {} times{backwards}", inner.path, words::grouped(inner.steps as u64));
        let wires = [&inner.sequences[..], &inner.initial, &inner.outer].concat();
        let from = self.behind(&wires);
        let note = if inner.recompute { format!("computed again for the gradient{own}") } else { own };
        let note = note.trim_start_matches(" · ").to_owned();
        self.graph.push(Box { kind: Kind::Loop, title, note, inner: Some(maker.graph), yields }, &from)
    }

    /// Several outputs: a line to each from what it is made of, not from where they are laid one behind the other.
    fn several(&mut self, network: &Network, ports: &[Port]) {
        let parts = match &network.body.step(network.result).kind {
            StepKind::Layer(layer) if layer.operands.len() == ports.len() => {
                layer.operands.iter().map(|(_, wire)| *wire).collect()
            }
            _ => vec![network.result; ports.len()],
        };
        for (port, part) in ports.iter().zip(parts) {
            let from = self.behind(&[part]);
            self.graph.push(port_box("output", port), &from);
        }
    }
}

fn yielded_of(kind: &StepKind, of: Wire) -> bool {
    matches!(kind, StepKind::Yielded(from, Yielded::Left(_) | Yielded::Emitted(_)) if *from == of)
}

/// A layer with the arguments that its text states, without how its tensors begin: `conv(1->6, 5, relu, pad = same)`.
fn title(layer: &Use) -> String {
    if layer.text == "residual" {
        return "residual sum".to_owned();
    }
    let mut parts = Vec::new();
    for (place, (one, argument)) in describe::arguments(&layer.args).into_iter().zip(&layer.args.values).enumerate() {
        match &argument.value {
            _ if one.default => {}
            Value::Init(_) | Value::Activation(None) => {}
            Value::Activation(Some(args)) => parts.push(args.signature.name.to_owned()),
            // What comes first is known by its place: widths, kernels, rates.
            _ if place < 2 && parts.len() == place => parts.push(one.value),
            _ => parts.push(format!("{} = {}", one.name, one.value)),
        }
    }
    let name = layer.layer.signature.name;
    if parts.is_empty() { name.to_owned() } else { format!("{name}({})", parts.join(", ")) }
}

/// How many steps of a body read a value.
fn readers(body: &Body, wire: Wire) -> usize {
    body.steps.iter().filter(|step| step.kind.reads().contains(&wire)).count()
}

fn port_box(what: &str, port: &Port) -> Box {
    let note = match port.classes {
        Some(classes) => format!("ids of {} classes", words::grouped(classes as u64)),
        None => String::new(),
    };
    let named = if port.name == what { String::new() } else { format!(" {}", port.name) };
    let yields = vec![extents(&port.shape)];
    Box { kind: Kind::Port, title: format!("{what}{named}"), note, inner: None, yields }
}

/// `156 parameters`, and what is not trained beside them.
fn size(tensors: &[Tensor]) -> String {
    let values =
        |trained: bool| tensors.iter().filter(|tensor| tensor.spec.trained == trained).map(Tensor::len).sum::<usize>();
    let parameters = Some(values(true)).filter(|n| *n > 0).map(|n| words::count(n, "parameter"));
    let state = Some(values(false)).filter(|n| *n > 0).map(|n| format!("{} of state", words::grouped(n as u64)));
    [parameters, state].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// `[28, 28, 1]`
fn extents(shape: &[usize]) -> String {
    format!("{shape:?}")
}
