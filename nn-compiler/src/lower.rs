//! From a checked network to graphs of operations. Behind this stage nobody knows the word "dense".

use std::collections::BTreeMap;

use crate::adjoint::differentiate;
use crate::ir::{Graph, Op, Scan, Source, Target, Value, Yielded, verify};
use crate::layers::{Lowering, Mode, Role};
use crate::model::{Body, Entry, Given, Loop, Network, Objective, Port, StepKind, Use, Wire};
use crate::shape::Shape;

/// The graphs of one network. All are functions of a batch.
#[derive(Clone, Debug)]
pub struct Graphs {
    /// From inputs to outputs, in prediction.
    pub predict: Graph,
    /// From inputs to logits and new state, in training; behind [`crate::grad`], to gradients as well.
    pub train: Graph,
    /// From logits to outputs; the identity for a network without a head.
    pub head: Graph,
    /// From logits and the gradient of the output to that of the logits; filled by [`crate::grad`].
    pub head_gradient: Graph,
    /// From inputs, outputs and targets to the loss and the metrics of each example, if the text states them; and to the
    /// gradient of the output, filled by [`crate::grad`].
    pub objective: Option<[Graph; 2]>,
    /// The further functions, in prediction.
    pub entries: Vec<Graph>,
}

/// Lowers a network.
pub fn lower(network: &Network) -> Graphs {
    let mut predict = Lowerer::new(network, Mode::Predict);
    let output = predict.network(network.body.steps.len(), network.result);
    let mut predict = predict.finish();
    predict.yields(Target::Output, output);

    // The head is left to a graph of its own: losses enter at the logits.
    let end = match &network.body.step(network.result).kind {
        StepKind::Layer(end) if network.head().is_some() => Some(end),
        _ => None,
    };
    let mut train = Lowerer::new(network, Mode::Train);
    let logits = match end {
        Some(end) => train.network(network.result.0, end.operands[0].1),
        None => train.network(network.body.steps.len(), network.result),
    };
    let new_state = std::mem::take(&mut train.frames[0].new_state);
    let mut train = train.finish();
    train.yields(Target::Logits, logits);
    for (index, tensor) in network.tensors.iter().enumerate().filter(|(_, tensor)| tensor.is_state()) {
        // What nothing changes is left as it is: the whole state is written.
        let value = new_state.get(&index).copied().unwrap_or_else(|| {
            let known = train.values().find(|value| *train.op(*value) == Op::Tensor(index));
            known.unwrap_or_else(|| train.tensor(index, &tensor.shape()))
        });
        train.yields(Target::State(index), value);
    }

    let mut head = Lowerer::new(network, Mode::Train);
    let logits = head.graph().source(Source::Logits, Shape::batched(1, network.output.clone()));
    let output = end.map_or(logits, |end| head.apply(end, logits, &[]));
    let mut head = head.finish();
    head.yields(Target::Output, output);

    for (graph, name) in [(&predict, "lower (predict)"), (&train, "lower (train)"), (&head, "lower (head)")] {
        verify(graph, name);
    }
    let objective = network.objective.as_ref().map(|objective| lower_objective(network, objective));
    let entries = network.entries.iter().map(|entry| lower_entry(network, entry)).collect();
    Graphs { predict, train, head_gradient: head.clone(), head, objective, entries }
}

/// A further function.
fn lower_entry(network: &Network, entry: &Entry) -> Graph {
    let mut lowerer = Lowerer::new(network, Mode::Predict);
    let x = lowerer.graph().source(Source::Input, Shape::batched(1, entry.input()));
    let ports = lowerer.ports(x, &entry.inputs);
    lowerer.steps(&entry.body, entry.body.steps.len(), &|given| match given {
        Given::Port(number) => ports[number],
        other => unreachable!("an entry is no loop that is given {other:?}"),
    });
    let result = lowerer.wire(entry.result);
    let output = lowerer.for_each_example(result);
    let mut graph = lowerer.finish();
    graph.yields(Target::Output, output);
    verify(&graph, "lower (entry)");
    graph
}

/// The figures of each example: the loss, then the metrics.
fn lower_objective(network: &Network, objective: &Objective) -> [Graph; 2] {
    let mut lowerer = Lowerer::new(network, Mode::Predict);
    let x = lowerer.graph().source(Source::Input, Shape::batched(1, network.input.clone()));
    let y = lowerer.graph().source(Source::Output, Shape::batched(1, network.output.clone()));
    let mut ports = lowerer.ports(x, &network.inputs);
    ports.extend(lowerer.ports(y, &network.outputs));
    if let Some(target) = &objective.target {
        ports.push(lowerer.graph().source(Source::Targets, Shape::batched(1, target.clone())));
    }
    lowerer.steps(&objective.body, objective.body.steps.len(), &|given| match given {
        Given::Port(number) => ports[number],
        other => unreachable!("a loss is no loop that is given {other:?}"),
    });
    let figures = [objective.loss].into_iter().chain(objective.metrics.iter().map(|(_, wire)| *wire));
    let parts: Vec<Value> = figures
        .map(|wire| {
            let figure = lowerer.wire(wire);
            let figure = lowerer.for_each_example(figure);
            lowerer.graph().reshape(figure, Shape::batched(1, vec![1]))
        })
        .collect();
    let loss = parts[0];
    let all = if let [only] = parts[..] { only } else { lowerer.graph().concat(&parts, 1) };
    let mut gradient = lowerer.finish();
    let mut figures = gradient.clone();
    figures.yields(Target::Figures, all);
    gradient.yields(Target::Figures, loss);
    verify(&figures, "lower (objective)");
    [figures, gradient]
}

struct Lowerer<'a> {
    network: &'a Network,
    mode: Mode,
    streams: u32,
    /// The network, and the loops that lead to where it is.
    frames: Vec<Frame>,
}

/// A body in the making.
#[derive(Default)]
struct Frame {
    graph: Graph,
    /// The graph's value of each wire.
    wires: BTreeMap<Wire, Value>,
    /// The graph's value of each tensor that is used in it.
    tensors: BTreeMap<usize, Value>,
    /// New values of state, by tensor: the last one of each.
    new_state: BTreeMap<usize, Value>,
    /// For a loop: tensors of which each step has its copy, and what it reads of the body around it.
    stacked: std::ops::Range<usize>,
    sequences: Vec<(Value, usize)>,
    outer: Vec<Value>,
    /// Of the tensors that each step sees whole, the values and their numbers in `outer`.
    whole: BTreeMap<usize, (Value, usize)>,
}

impl<'a> Lowerer<'a> {
    fn new(network: &'a Network, mode: Mode) -> Self {
        Self { network, mode, streams: 0, frames: vec![Frame::default()] }
    }

    fn finish(mut self) -> Graph {
        self.frames.pop().expect("the network is the first frame").graph
    }

    fn frame(&mut self) -> &mut Frame {
        self.frames.last_mut().expect("the network is the first frame")
    }

    fn graph(&mut self) -> &mut Graph {
        &mut self.frame().graph
    }

    fn wire(&mut self, wire: Wire) -> Value {
        self.frame().wires[&wire]
    }

    /// The first `count` steps of the network; the value of one of them, for each example of the batch.
    fn network(&mut self, count: usize, result: Wire) -> Value {
        let shape = Shape::batched(1, self.network.input.clone());
        let x = self.graph().source(Source::Input, shape);
        let ports = self.ports(x, &self.network.inputs);
        self.steps(&self.network.body, count, &|given| match given {
            Given::Port(number) => ports[number],
            other => unreachable!("the network is no loop that is given {other:?}"),
        });
        let result = self.wire(result);
        self.for_each_example(result)
    }

    /// The values that lie one behind the other in a row.
    fn ports(&mut self, all: Value, ports: &[Port]) -> Vec<Value> {
        let mut start = 0;
        let mut parts = Vec::new();
        for port in ports {
            let values = port.shape.iter().product();
            if ports.len() == 1 {
                parts.push(all);
            } else {
                let part = self.graph().slice(all, 1, start, 1, values);
                parts.push(self.graph().reshape(part, Shape::batched(1, port.shape.clone())));
            }
            start += values;
        }
        parts
    }

    /// A value that does not depend on the example, repeated for each.
    fn for_each_example(&mut self, value: Value) -> Value {
        let graph = self.graph();
        let shape = graph.shape(value).clone();
        if shape.is_batched() {
            return value;
        }
        let axes: Vec<usize> = (1..=shape.rank()).collect();
        graph.broadcast(value, Shape::batched(1, shape.dims), &axes)
    }

    fn steps(&mut self, body: &Body, count: usize, given: &dyn Fn(Given) -> Value) {
        for (index, step) in body.steps.iter().take(count).enumerate() {
            let value = match &step.kind {
                StepKind::Given(which) => given(*which),
                StepKind::Numbers(numbers) => match numbers[..] {
                    [x] => {
                        let x = self.graph().constant(x);
                        self.graph().broadcast(x, Shape::fixed(step.shape.clone()), &[])
                    }
                    _ => self.graph().literal(numbers.clone(), &step.shape),
                },
                StepKind::Tensor(index) => self.tensor(*index, self.frames.len() - 1),
                StepKind::Layer(layer) => self.layer(layer),
                StepKind::Loop(inner) => self.repeated(inner),
                StepKind::Yielded(from, which) => {
                    let scan = self.wire(*from);
                    match which {
                        Yielded::Emitted(number) => self.graph().emitted(scan, *number),
                        Yielded::Left(number) => self.graph().left(scan, *number),
                    }
                }
                StepKind::Gradient(of, wrt) => {
                    let (y, x) = (self.wire(*of), self.wire(*wrt));
                    let graph = self.graph();
                    graph.set_origin("gradient".to_owned());
                    let seed = graph.constant_like(1.0, y);
                    differentiate(graph, &[(y, seed)], &[x])[0]
                }
                StepKind::Next(tensor, value) => {
                    let value = self.wire(*value);
                    self.frame().new_state.insert(*tensor, value);
                    value
                }
            };
            self.frame().wires.insert(Wire(index), value);
        }
    }

    fn layer(&mut self, layer: &Use) -> Value {
        let operands: Vec<(&'static str, Value)> =
            layer.operands.iter().map(|(name, wire)| (*name, self.wire(*wire))).collect();
        let (first, others) = operands.split_first().expect("every layer has an operand");
        // Layers of one value are about examples; those that join values stretch what is the same for all.
        let x = if layer.layer.operands.required == 1 { self.for_each_example(first.1) } else { first.1 };
        self.apply(layer, x, others)
    }

    fn apply(&mut self, layer: &Use, x: Value, others: &[(&'static str, Value)]) -> Value {
        if layer.layer.role == Role::Input {
            return x;
        }
        self.graph().set_origin(format!("{}: {}", layer.path, layer.text));
        let depth = self.frames.len() - 1;
        let tensors: Vec<Value> = layer.tensors.clone().map(|index| self.tensor(index, depth)).collect();
        let mut new_state = Vec::new();
        let mut lowering = Lowering {
            graph: &mut self.frames[depth].graph,
            mode: self.mode,
            others,
            tensors: &tensors,
            new_state: &mut new_state,
            streams: &mut self.streams,
        };
        let y = (layer.layer.lower)(&mut lowering, &layer.args, x);
        let first = layer.tensors.start;
        for (position, value) in new_state {
            // Whoever uses the layer once more goes on from here.
            self.frame().tensors.insert(first + position, value);
            self.frame().new_state.insert(first + position, value);
        }
        y
    }

    /// The value of a tensor in the graph of a frame. Loops are given it from outside: whole, or each step its copy.
    fn tensor(&mut self, index: usize, depth: usize) -> Value {
        if let Some(value) = self.frames[depth].tensors.get(&index) {
            return *value;
        }
        let value = if depth == 0 {
            self.frames[0].graph.tensor(index, &self.network.tensors[index].shape())
        } else {
            let around = self.tensor(index, depth - 1);
            let mut shape = self.frames[depth - 1].graph.shape(around).clone();
            let frame = &mut self.frames[depth];
            if frame.stacked.contains(&index) {
                shape.dims.remove(0);
                frame.sequences.push((around, 0));
                frame.graph.source(Source::Element(frame.sequences.len() - 1), shape)
            } else {
                let number = frame.outer.len();
                frame.outer.push(around);
                let source = frame.graph.source(Source::Outer(number), shape);
                frame.whole.insert(index, (source, number));
                source
            }
        };
        self.frames[depth].tensors.insert(index, value);
        value
    }

    fn repeated(&mut self, inner: &Loop) -> Value {
        let origin = format!("{}: {} steps", inner.path, inner.steps);
        self.graph().set_origin(origin.clone());
        let mut frame = Frame { stacked: inner.stacked.clone(), ..Frame::default() };
        for wire in &inner.sequences {
            let value = self.wire(*wire);
            frame.sequences.push((value, usize::from(self.graph().shape(value).is_batched())));
        }
        let mut initial: Vec<Value> = inner
            .initial
            .iter()
            .map(|wire| {
                let value = self.wire(*wire);
                self.for_each_example(value)
            })
            .collect();
        frame.outer = inner.outer.iter().map(|wire| self.wire(*wire)).collect();

        let shapes = |values: Vec<Value>, graph: &Graph| -> Vec<Shape> {
            values.into_iter().map(|value| graph.shape(value).clone()).collect()
        };
        let graph = &self.frame().graph;
        let elements = frame.sequences.iter().map(|(value, axis)| {
            let mut shape = graph.shape(*value).clone();
            shape.dims.remove(axis - usize::from(shape.is_batched()));
            shape
        });
        let elements: Vec<Shape> = elements.collect();
        let carried = shapes(initial.clone(), graph);
        let outer = shapes(frame.outer.clone(), graph);
        frame.graph.set_origin(origin);
        let mut sources = |make: fn(usize) -> Source, shapes: Vec<Shape>| -> Vec<Value> {
            let source = |(number, shape)| frame.graph.source(make(number), shape);
            shapes.into_iter().enumerate().map(source).collect()
        };
        let elements = sources(Source::Element, elements);
        let carried = sources(Source::Carried, carried);
        let outer = sources(Source::Outer, outer);
        self.frames.push(frame);
        self.steps(&inner.body, inner.body.steps.len(), &|given| match given {
            Given::Element(number) => elements[number],
            Given::Carried(number) => carried[number],
            Given::Outer(number) => outer[number],
            Given::Port(_) => unreachable!("a loop is no network"),
        });
        for (number, wire) in inner.next.iter().enumerate() {
            let value = self.wire(*wire);
            let value = self.for_each_example(value);
            self.graph().yields(Target::Next(number), value);
        }
        for (number, wire) in inner.emits.iter().enumerate() {
            let value = self.wire(*wire);
            self.graph().yields(Target::Emit(number), value);
        }
        let mut frame = self.frames.pop().expect("it has been pushed");
        // Each step emits the new state of its own copy; a tensor of all steps is carried from one to the next.
        let mut new_state: Vec<(usize, Yielded)> = Vec::new();
        let mut emits = inner.emits.len();
        for (tensor, value) in std::mem::take(&mut frame.new_state) {
            if let Some((source, outer)) = frame.whole.get(&tensor) {
                let number = initial.len();
                frame.graph.nodes[source.index()].op = Op::Source(Source::Carried(number));
                initial.push(frame.outer[*outer]);
                frame.graph.yields(Target::Next(number), value);
                new_state.push((tensor, Yielded::Left(number)));
            } else {
                frame.graph.yields(Target::Emit(emits), value);
                new_state.push((tensor, Yielded::Emitted(emits)));
                emits += 1;
            }
        }
        let scan = Scan {
            steps: inner.steps,
            recompute: inner.recompute,
            reverse: inner.reverse,
            sequences: frame.sequences,
            initial,
            outer: frame.outer,
            body: frame.graph,
        };
        let scan = self.graph().scan(scan);
        for (tensor, which) in new_state {
            let value = match which {
                Yielded::Emitted(number) => self.graph().emitted(scan, number),
                Yielded::Left(number) => self.graph().left(scan, number),
            };
            self.frame().tensors.insert(tensor, value);
            self.frame().new_state.insert(tensor, value);
        }
        scan
    }
}
