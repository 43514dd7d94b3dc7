//! From a checked network to graphs of operations. Behind this stage nobody knows the word "dense".

use crate::ir::{Graph, Source, Target, Value, verify};
use crate::layers::{Lowering, Mode, Role};
use crate::model::{Network, Stage, Use};
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
}

/// Lowers a network.
pub fn lower(network: &Network) -> Graphs {
    let body = match (network.head(), network.stages.split_last()) {
        (Some(_), Some((_, body))) => body,
        _ => &network.stages[..],
    };
    let mut predict = Graph::default();
    let x = predict.source(Source::Input, Shape::batched(1, network.input.clone()));
    let y = Chain::new(&mut predict, network, Mode::Predict).stages(&network.stages, x);
    predict.yields(Target::Output, y);

    let mut train = Graph::default();
    let x = train.source(Source::Input, Shape::batched(1, network.input.clone()));
    let mut chain = Chain::new(&mut train, network, Mode::Train);
    let logits = chain.stages(body, x);
    let new_state = std::mem::take(&mut chain.new_state);
    train.yields(Target::Logits, logits);
    for (tensor, value) in new_state {
        train.yields(Target::State(tensor), value);
    }

    let mut head = Graph::default();
    let logits = head.source(Source::Logits, Shape::batched(1, network.output.clone()));
    let output = Chain::new(&mut head, network, Mode::Train).stages(&network.stages[body.len()..], logits);
    head.yields(Target::Output, output);

    for (graph, name) in [(&predict, "lower (predict)"), (&train, "lower (train)"), (&head, "lower (head)")] {
        verify(graph, name);
    }
    Graphs { predict, train, head_gradient: head.clone(), head }
}

struct Chain<'a> {
    graph: &'a mut Graph,
    network: &'a Network,
    mode: Mode,
    streams: u32,
    /// The graph's value of each tensor, once it is used.
    tensors: Vec<Option<Value>>,
    new_state: Vec<(usize, Value)>,
}

impl<'a> Chain<'a> {
    fn new(graph: &'a mut Graph, network: &'a Network, mode: Mode) -> Self {
        let tensors = vec![None; network.tensors.len()];
        Self { graph, network, mode, streams: 0, tensors, new_state: Vec::new() }
    }

    fn stages(&mut self, stages: &[Stage], x: Value) -> Value {
        stages.iter().fold(x, |x, stage| match stage {
            Stage::Layer(layer) => self.layer(layer, x),
            Stage::Residual { path, stages } => {
                let y = self.stages(stages, x);
                self.graph.set_origin(format!("{path}: residual"));
                self.graph.add(x, y)
            }
        })
    }

    fn layer(&mut self, layer: &Use, x: Value) -> Value {
        if layer.layer.role == Role::Input {
            return x;
        }
        self.graph.set_origin(format!("{}: {}", layer.path, layer.text));
        let tensors: Vec<Value> = layer.tensors.clone().map(|index| self.tensor(index)).collect();
        let mut new_state = Vec::new();
        let mut lowering = Lowering {
            graph: self.graph,
            mode: self.mode,
            tensors: &tensors,
            new_state: &mut new_state,
            streams: &mut self.streams,
        };
        let y = (layer.layer.lower)(&mut lowering, &layer.args, x);
        let first = layer.tensors.start;
        self.new_state.extend(new_state.into_iter().map(|(position, value)| (first + position, value)));
        y
    }

    fn tensor(&mut self, index: usize) -> Value {
        if let Some(value) = self.tensors[index] {
            return value;
        }
        let value = self.graph.tensor(index, &self.network.tensors[index].spec.shape);
        self.tensors[index] = Some(value);
        value
    }
}
