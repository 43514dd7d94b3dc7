//! A checked program: resolved names, stated shapes, blocks and repetitions written out. Whatever is here can be compiled.

use std::ops::Range;

use nn_grammar::span::Span;

use crate::ir::Yielded;
use crate::layers::{self, Head, Layer, TensorSpec};
use crate::recipe::Recipe;
use crate::recipe::optimizers::OptimizerEntry;
use crate::recipe::search::Search;
use crate::signature::Args;

/// All networks of a text, and all searches.
#[derive(Clone, Debug, Default)]
pub struct Model {
    /// In the order of the text.
    pub networks: Vec<Network>,
    /// What is to be searched for, in the order of the text.
    pub searches: Vec<Search>,
}

/// One network.
#[derive(Clone, Debug)]
pub struct Network {
    /// The text of its `///` lines.
    pub docs: Vec<String>,
    /// Whether its type is public.
    pub public: bool,
    /// Its name in the text, and of its type.
    pub name: String,
    /// Where the name stands.
    pub span: Span,
    /// Its element type.
    pub precision: Precision,
    /// The most bytes that parameters and a prediction may take, and where it says so.
    pub memory: Option<(u64, Span)>,
    /// The shape of one input; of several, one behind the other, the number of their values.
    pub input: Vec<usize>,
    /// The shape of one output; of several, one behind the other, the number of their values.
    pub output: Vec<usize>,
    /// The inputs by name.
    pub inputs: Vec<Port>,
    /// The outputs by name.
    pub outputs: Vec<Port>,
    /// How many ids there are, if it reads ids.
    pub vocabulary: Option<usize>,
    /// What it computes.
    pub body: Body,
    /// What it yields: the only output, or all of them one behind the other.
    pub result: Wire,
    /// Parameters and state, in the order of their first use.
    pub tensors: Vec<Tensor>,
    /// Its further functions, which share its parameters.
    pub entries: Vec<Entry>,
    /// Its train section.
    pub recipe: Option<Recipe>,
    /// What the train section minimizes, if that is an expression.
    pub objective: Option<Objective>,
    /// If it stands for a training of several networks: its steps. Then what it yields are their losses and metrics.
    pub training: Option<Training>,
}

/// A training of several networks, in steps that take turns.
#[derive(Clone, Debug)]
pub struct Training {
    /// The networks, by the names that steps call them by.
    pub roles: Vec<Role>,
    /// In the order of the text.
    pub steps: Vec<TrainingStep>,
    /// After so many batches each: these steps, by number.
    pub every: Vec<(usize, Vec<usize>)>,
}

/// A network in a training.
#[derive(Clone, Debug, PartialEq)]
pub struct Role {
    /// The name by which steps call it, and what the names of its tensors begin with.
    pub name: String,
    /// The network.
    pub network: String,
    /// Its tensors.
    pub tensors: Range<usize>,
    /// If it only follows another network.
    pub follows: Option<Follows>,
}

/// How the tensors of a network follow those of another one, which has as many.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Follows {
    /// The tensors of the other begin here.
    pub first: usize,
    /// Batches from one time to the next.
    pub every: usize,
    /// The part that is kept each time: 0 for a copy.
    pub decay: f64,
}

/// One step of a training: a network from examples to its loss and its metrics.
#[derive(Clone, Debug)]
pub struct TrainingStep {
    /// Its name.
    pub name: String,
    /// What it computes; of its tensors, those that it leaves alone are frozen.
    pub network: Network,
    /// What changes its parameters.
    pub optimizer: (&'static OptimizerEntry, Args),
    /// The names of its metrics, which it yields behind the loss.
    pub metrics: Vec<String>,
}

/// A further function of a network: a prediction from other inputs, with the same parameters.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Its name, also in Rust.
    pub name: String,
    /// Its inputs by name, which lie one behind the other.
    pub inputs: Vec<Port>,
    /// The shape of one output; of several, one behind the other, the number of their values.
    pub output: Vec<usize>,
    /// The outputs by name.
    pub outputs: Vec<Port>,
    /// What it computes.
    pub body: Body,
    /// What it yields.
    pub result: Wire,
}

impl Entry {
    /// Values in one input.
    pub fn input_values(&self) -> usize {
        self.inputs.iter().map(|port| port.shape.iter().product::<usize>()).sum()
    }

    /// Values in one output.
    pub fn output_values(&self) -> usize {
        self.output.iter().product()
    }

    /// The shape of one input; of several, the number of their values.
    pub fn input(&self) -> Vec<usize> {
        match &self.inputs[..] {
            [only] => only.shape.clone(),
            _ => vec![self.input_values()],
        }
    }
}

/// A loss that the text states as an expression, with the metrics that it states so: functions of an example, what the
/// network yields for it, and its target.
#[derive(Clone, Debug)]
pub struct Objective {
    /// The shape of a target of one example; without axes for a single value, `None` if nothing is compared with.
    pub target: Option<Vec<usize>>,
    /// What is computed. Its ports are the inputs of the network, then its outputs, then the target.
    pub body: Body,
    /// The loss of an example: a single value; 0 where the text states metrics only.
    pub loss: Wire,
    /// Where the loss stands, if it is stated.
    pub loss_span: Option<Span>,
    /// Single values, by name.
    pub metrics: Vec<(String, Wire)>,
}

impl Objective {
    /// Values in a target of one example.
    pub fn targets(&self) -> usize {
        self.target.as_ref().map_or(0, |shape| shape.iter().product())
    }

    /// Whether the loss or a metric looks at the port of this number.
    pub fn looks_at(&self, port: usize) -> bool {
        let is_port =
            |wire: Wire| matches!(self.body.step(wire).kind, StepKind::Given(Given::Port(number)) if number == port);
        let yielded = self.metrics.iter().map(|(_, wire)| *wire).chain([self.loss]);
        self.body.steps.iter().flat_map(|step| step.kind.reads()).chain(yielded).any(is_port)
    }
}

/// An input or an output.
#[derive(Clone, Debug, PartialEq)]
pub struct Port {
    /// Its name.
    pub name: String,
    /// The shape for one example.
    pub shape: Vec<usize>,
    /// How many classes there are, if its values are ids.
    pub classes: Option<usize>,
    /// Whether these ids can be fewer, with -1 behind them.
    pub padded: bool,
}

/// Values of an input that are ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ids {
    /// Where they lie in an input.
    pub places: Range<usize>,
    /// How many classes there are.
    pub classes: usize,
    /// Whether they can be fewer, with -1 behind them.
    pub padded: bool,
}

/// An element type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 32 bits.
    F32,
    /// 64 bits.
    F64,
}

impl Precision {
    /// Bytes of one value.
    pub fn bytes(self) -> u64 {
        match self {
            Precision::F32 => 4,
            Precision::F64 => 8,
        }
    }

    /// The name in the text and in Rust.
    pub fn name(self) -> &'static str {
        match self {
            Precision::F32 => "f32",
            Precision::F64 => "f64",
        }
    }
}

/// A parameter or a piece of state.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// `dense_1.weight`; with a `*` for each number of a copy: `repeat_1.*.dense_1.weight`.
    pub name: String,
    /// Its shape and how it begins.
    pub spec: TensorSpec,
    /// How many copies there are, one for each repetition; for repetitions within repetitions, the outermost first.
    pub copies: Vec<usize>,
    /// Whether training leaves it as it is: it has no gradient, and no new state.
    pub frozen: bool,
}

impl Tensor {
    /// Whether it has a gradient.
    pub fn is_trained(&self) -> bool {
        self.spec.trained && !self.frozen
    }

    /// Whether a training step gives it a new value without a gradient.
    pub fn is_state(&self) -> bool {
        !self.spec.trained && !self.frozen
    }

    /// The shape of all copies together: the copies, then the extents of each.
    pub fn shape(&self) -> Vec<usize> {
        [&self.copies[..], &self.spec.shape].concat()
    }

    /// Values in all copies.
    pub fn len(&self) -> usize {
        self.shape().iter().product()
    }

    /// Whether it has no values; no tensor of a checked network is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A value of a body, by the step that yields it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Wire(pub usize);

/// What a network, or one step of a loop, computes.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// In an order in which each stands behind what it works on.
    pub steps: Vec<Step>,
}

impl Body {
    /// Adds a step.
    pub fn push(&mut self, kind: StepKind, shape: Vec<usize>) -> Wire {
        self.steps.push(Step { kind, shape });
        Wire(self.steps.len() - 1)
    }

    /// The step that yields a value.
    pub fn step(&self, wire: Wire) -> &Step {
        &self.steps[wire.0]
    }
}

/// One step of a body.
#[derive(Clone, Debug)]
pub struct Step {
    /// What it does.
    pub kind: StepKind,
    /// The shape of what it yields, for one example.
    pub shape: Vec<usize>,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum StepKind {
    /// Yields what the body is given.
    Given(Given),
    /// Yields numbers of the text, row-major; a single one stands everywhere.
    Numbers(Vec<f64>),
    /// Yields a tensor of the network, by index, that the text itself declares.
    Tensor(usize),
    /// Applies a layer.
    Layer(Box<Use>),
    /// Runs a loop; what that yields is read by [`StepKind::Yielded`].
    Loop(Box<Loop>),
    /// Yields one of the values of a loop.
    Yielded(Wire, Yielded),
    /// Gives a piece of state its new value.
    Next(usize, Wire),
    /// Yields how the sum of the first value over all examples changes with the second.
    Gradient(Wire, Wire),
}

impl StepKind {
    /// The values of its body that it works on.
    pub fn reads(&self) -> Vec<Wire> {
        match self {
            StepKind::Given(_) | StepKind::Numbers(_) | StepKind::Tensor(_) => Vec::new(),
            StepKind::Layer(layer) => layer.operands.iter().map(|(_, wire)| *wire).collect(),
            StepKind::Loop(inner) => [&inner.sequences[..], &inner.initial, &inner.outer].concat(),
            StepKind::Yielded(wire, _) | StepKind::Next(_, wire) => vec![*wire],
            StepKind::Gradient(of, wrt) => vec![*of, *wrt],
        }
    }
}

/// What a body is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// An input of the network, by number.
    Port(usize),
    /// The element of a sequence of the loop.
    Element(usize),
    /// What the step before it has left.
    Carried(usize),
    /// A value of the body around the loop.
    Outer(usize),
}

/// A use of a layer.
#[derive(Clone, Debug)]
pub struct Use {
    /// The layer.
    pub layer: &'static Layer,
    /// Its arguments.
    pub args: Args,
    /// `dense_1`, or `residual_1.dense_1`
    pub path: String,
    /// As it is written in the text: `dense(4->16)`.
    pub text: String,
    /// What it works on, with the names that the layer has for them.
    pub operands: Vec<(&'static str, Wire)>,
    /// The shape of its first operand.
    pub input: Vec<usize>,
    /// The shape of one output.
    pub output: Vec<usize>,
    /// Which of the network's tensors are its.
    pub tensors: Range<usize>,
}

/// A loop: a recurrence, or a chain that repeats.
#[derive(Clone, Debug)]
pub struct Loop {
    /// `repeat_1`, `scan_1`
    pub path: String,
    /// How many steps there are.
    pub steps: usize,
    /// Whether what the gradient needs of a step is computed again rather than kept.
    pub recompute: bool,
    /// Whether the last element comes first.
    pub reverse: bool,
    /// The network's tensors of which each step has a copy of its own.
    pub stacked: Range<usize>,
    /// Values with a leading axis of `steps` entries, of which each step sees one.
    pub sequences: Vec<Wire>,
    /// What the first step finds as left by the step before it.
    pub initial: Vec<Wire>,
    /// What each step sees whole.
    pub outer: Vec<Wire>,
    /// One step.
    pub body: Body,
    /// What it leaves to the next step: values of its body, as many as `initial`.
    pub next: Vec<Wire>,
    /// What it emits: values of its body.
    pub emits: Vec<Wire>,
}

impl Network {
    /// What losses know of its end.
    pub fn head(&self) -> Option<Head> {
        match &self.body.step(self.result).kind {
            StepKind::Layer(end) => match end.layer.role {
                layers::Role::Head(head) => Some(head),
                _ => None,
            },
            _ => None,
        }
    }

    /// Which values of an input are ids: their places, and how many ids there are. An only input may say so by the embedding that it goes
    /// into, several say it themselves.
    pub fn ids(&self) -> Vec<Ids> {
        let mut end = 0;
        let mut runs = Vec::new();
        for port in &self.inputs {
            let begin = end;
            end += port.shape.iter().product::<usize>();
            let classes = if self.inputs.len() == 1 { self.vocabulary } else { port.classes };
            runs.extend(classes.map(|classes| Ids { places: begin..end, classes, padded: port.padded }));
        }
        runs
    }

    /// All uses of layers, in the order in which data passes them.
    pub fn uses(&self) -> Vec<&Use> {
        fn collect<'a>(body: &'a Body, into: &mut Vec<&'a Use>) {
            for step in &body.steps {
                match &step.kind {
                    StepKind::Layer(layer) => into.push(layer),
                    StepKind::Loop(inner) => collect(&inner.body, into),
                    _ => {}
                }
            }
        }
        let mut uses = Vec::new();
        collect(&self.body, &mut uses);
        uses
    }
}
