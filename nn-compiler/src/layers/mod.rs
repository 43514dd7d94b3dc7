//! The layers: an open set, one file each. A layer is its signature, its shape rule, its tensors and its lowering to operations;
//! none has a backward pass. To add one, write its file and name it in [`LAYERS`].

mod activations;
pub mod add;
mod attention;
mod batch_norm;
mod concat;
mod conv;
mod conv_transpose;
mod dense;
mod depthwise;
mod dropout;
mod dropouts;
mod embedding;
mod flatten;
mod functions;
mod gaussian_noise;
mod grid;
mod gumbel_softmax;
pub mod initialisers;
mod input;
mod layer_norm;
mod losses;
mod masking;
mod matmul;
mod multi_head;
mod noise;
mod norms;
pub mod part;
mod pool;
mod positions;
mod prelu;
pub mod purpose;
mod rbf;
mod recurrent;
mod reductions;
mod shaping;
mod softmax;
mod window;

use std::borrow::Cow;

use nn_grammar::diagnostic::Code;

use crate::init::Init;
use crate::ir::{Graph, Value};
use crate::signature::{Args, Signature};
use purpose::Purpose;

/// Every layer, in the order of the reference.
pub static LAYERS: &[&Layer] = &[
    &input::INPUT,
    &dense::DENSE,
    &conv::CONV,
    &depthwise::DEPTHWISE_CONV,
    &depthwise::SEPARABLE_CONV,
    &conv_transpose::CONV_TRANSPOSE,
    &pool::MAX_POOL,
    &pool::AVG_POOL,
    &pool::GLOBAL_MAX_POOL,
    &pool::GLOBAL_AVG_POOL,
    &grid::ZERO_PAD,
    &grid::CROP,
    &grid::UPSAMPLE,
    &embedding::EMBEDDING,
    &positions::LEARNED_POSITIONS,
    &positions::SINUSOIDAL_POSITIONS,
    &positions::ROTARY_POSITIONS,
    &attention::ATTENTION,
    &multi_head::MULTI_HEAD_ATTENTION,
    &flatten::FLATTEN,
    &dropout::DROPOUT,
    &dropouts::SPATIAL_DROPOUT,
    &dropouts::ALPHA_DROPOUT,
    &dropouts::GAUSSIAN_DROPOUT,
    &gaussian_noise::GAUSSIAN_NOISE,
    &batch_norm::BATCH_NORM,
    &layer_norm::LAYER_NORM,
    &norms::RMS_NORM,
    &norms::GROUP_NORM,
    &norms::INSTANCE_NORM,
    &recurrent::RNN,
    &recurrent::GRU,
    &recurrent::LSTM,
    &masking::MASKING,
    &activations::LINEAR,
    &activations::STEP,
    &activations::SIGN,
    &activations::SIGMOID,
    &activations::TANH,
    &activations::RELU,
    &activations::LEAKY_RELU,
    &prelu::PRELU,
    &activations::ELU,
    &activations::SELU,
    &activations::GELU,
    &activations::SILU,
    &activations::MISH,
    &activations::SOFTPLUS,
    &activations::SOFTSIGN,
    &activations::HARD_SIGMOID,
    &softmax::SOFTMAX,
    &softmax::LOG_SOFTMAX,
    &add::ADD,
    &add::SUBTRACT,
    &add::MULTIPLY,
    &add::DIVIDE,
    &add::MAXIMUM,
    &add::MINIMUM,
    &add::AVERAGE,
    &add::GREATER,
    &add::GREATER_EQUAL,
    &add::EQUAL,
    &concat::CONCAT,
    &concat::STACK,
    &matmul::MATMUL,
    &matmul::DOT,
    &matmul::COSINE_SIMILARITY,
    &functions::EXP,
    &functions::LOG,
    &functions::SQRT,
    &functions::ABS,
    &functions::NEG,
    &functions::SQUARE,
    &functions::RECIPROCAL,
    &functions::SIN,
    &functions::COS,
    &functions::ERF,
    &functions::ROUND,
    &functions::FLOOR,
    &functions::CLIP,
    &functions::POWER,
    &functions::STOP,
    &functions::STRAIGHT_THROUGH,
    &gumbel_softmax::GUMBEL_SOFTMAX,
    &reductions::SUM,
    &reductions::MEAN,
    &reductions::MAX,
    &reductions::MIN,
    &reductions::VARIANCE,
    &reductions::NORM,
    &shaping::RESHAPE,
    &shaping::PERMUTE,
    &shaping::TRANSPOSE,
    &shaping::SLICE,
    &shaping::REVERSE,
    &shaping::REPEAT_VECTOR,
    &shaping::EXPAND,
    &shaping::SQUEEZE,
    &rbf::RBF,
    &losses::MSE,
    &losses::MAE,
    &losses::HUBER,
    &losses::LOG_COSH,
    &losses::BCE,
    &losses::BCE_LOGITS,
    &losses::CROSS_ENTROPY,
    &losses::CROSS_ENTROPY_LOGITS,
    &losses::KL_DIVERGENCE,
    &losses::HINGE,
    &losses::POISSON,
    &part::PART,
    &noise::NOISE,
];

/// The layer of this name.
pub fn find(name: &str) -> Option<&'static Layer> {
    LAYERS.iter().copied().find(|layer| layer.signature.name == name)
}

/// The layers that work on grids `[places.., channels]`. Other programs may put the channels before the places.
const GRIDS: [&Layer; 13] = [
    &conv::CONV,
    &depthwise::DEPTHWISE_CONV,
    &depthwise::SEPARABLE_CONV,
    &conv_transpose::CONV_TRANSPOSE,
    &pool::MAX_POOL,
    &pool::AVG_POOL,
    &pool::GLOBAL_MAX_POOL,
    &pool::GLOBAL_AVG_POOL,
    &grid::ZERO_PAD,
    &grid::CROP,
    &grid::UPSAMPLE,
    &norms::INSTANCE_NORM,
    &dropouts::SPATIAL_DROPOUT,
];

/// One kind of layer.
#[derive(Debug)]
pub struct Layer {
    /// Its name, arguments and documentation.
    pub signature: Signature,
    /// What it is good for in the language.
    pub role: Role,
    /// The values that it works on.
    pub operands: Operands,
    /// What becomes of the mask that its first operand may have.
    pub mask: Mask,
    /// The shape of one input, where the arguments alone say it.
    pub input: fn(&Args) -> Option<Vec<usize>>,
    /// The shape of one output for an input, or what is wrong with that input.
    pub output: fn(&Args, &Incoming<'_>) -> Result<Vec<usize>, Complaint>,
    /// Its parameters and state for an input that [`Layer::output`] has accepted.
    pub tensors: fn(&Args, &Incoming<'_>) -> Vec<TensorSpec>,
    /// What it computes from its first operand; the others stand in [`Lowering::others`].
    pub lower: fn(&mut Lowering<'_>, &Args, Value) -> Value,
}

/// What most layers have in common: one operand whose shape they keep, and nothing to train.
const BASE: Layer = Layer {
    signature: Signature { name: "", doc: "", params: &[] },
    role: Role::Plain,
    operands: Operands::ONE,
    mask: Mask::Keeps,
    input: unstated,
    output: same_shape,
    tensors: no_tensors,
    lower: |_, _, x| x,
};

/// The values that a layer works on. In a chain, the first is what flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operands {
    /// Their names; the first ones may also be given by position.
    pub names: &'static [&'static str],
    /// How many of them must be given.
    pub required: usize,
    /// Whether there may be any number more, by position.
    pub more: bool,
}

impl Operands {
    /// What flows in a chain, and nothing else.
    pub const ONE: Self = Self { names: &["x"], required: 1, more: false };
    /// Two values.
    pub const TWO: Self = Self { names: &["a", "b"], required: 2, more: false };
    /// Two values or more.
    pub const MANY: Self = Self { names: &["a", "b"], required: 2, more: true };
    /// A sequence, and perhaps a mask `[t]`: 1 for the steps that count, 0 for those that do not.
    pub const MASKED: Self = Self { names: &["x", "mask"], required: 1, more: false };
}

/// What becomes of a mask that travels beside a sequence `[t, …]`. A layer with an operand `mask` is given it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mask {
    /// The output has the steps of the input, or of the operands that it joins: the mask goes on.
    Keeps,
    /// The output has no steps, or others.
    Drops,
    /// The output has the steps of the first operand if it has as many axes and as many steps.
    KeepsWithAxes,
}

impl PartialEq for Layer {
    fn eq(&self, other: &Self) -> bool {
        self.signature.name == other.signature.name
    }
}

impl Layer {
    /// Whether it works on grids `[places.., channels]`.
    pub fn works_on_grids(&self) -> bool {
        GRIDS.contains(&self)
    }

    /// Whether each value stays at its place: activations and noise.
    pub fn keeps_places(&self) -> bool {
        let noise =
            [&dropout::DROPOUT, &dropouts::ALPHA_DROPOUT, &dropouts::GAUSSIAN_DROPOUT, &gaussian_noise::GAUSSIAN_NOISE];
        matches!(self.role, Role::Activation | Role::Head(_)) || noise.contains(&self)
    }

    /// Whether it yields the values of its operand in another shape.
    pub fn only_shapes(&self) -> bool {
        [&flatten::FLATTEN, &shaping::RESHAPE].contains(&self)
    }
}

/// What a layer is good for in the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It states the shape of the input, and only the first stage can.
    Input,
    /// It reads ids, and only the first stage after the input can.
    Ids,
    /// A stage like any other.
    Plain,
    /// A stage or the value of an `activation` argument.
    Activation,
    /// Its result is a mask, which travels beside what it is made of.
    Mask,
    /// An activation that a loss can see through when the network ends in it.
    Head(Head),
}

/// What a network can end in that losses know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Probabilities of classes.
    Softmax,
    /// Logarithms of probabilities of classes.
    LogSoftmax,
    /// A probability for each value.
    Sigmoid,
}

/// What reaches a layer.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The shape of one example.
    pub shape: &'a [usize],
    /// The names and shapes of the operands behind the first; those beyond the names of [`Operands`] have the last of them.
    pub others: &'a [(&'static str, &'a [usize])],
    /// What yields it, as it is written in the text: "`dense(4->16)`".
    pub from: &'a str,
}

impl Incoming<'_> {
    /// The extent of the last axis; 1 for a single value.
    pub fn width(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// The shape of an operand behind the first, if it is given.
    pub fn other(&self, name: &str) -> Option<&[usize]> {
        self.others.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape)
    }
}

/// What a layer has against its input.
#[derive(Clone, Debug, PartialEq)]
pub struct Complaint {
    /// Which mistake it is.
    pub code: Code,
    /// The message.
    pub message: String,
    /// The parameter whose argument is to blame; `None` for the use as a whole.
    pub blame: Option<&'static str>,
    /// What is to be seen at the argument.
    pub label: String,
    /// What to do.
    pub help: String,
}

/// A parameter or a piece of state of one use of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorSpec {
    /// Its name within the layer.
    pub name: Cow<'static, str>,
    /// Its shape.
    pub shape: Vec<usize>,
    /// How it begins.
    pub init: Init,
    /// What it is for, where other programs have something like it.
    pub purpose: Purpose,
    /// Whether gradients reach it.
    pub trained: bool,
    /// The factor of `sum(|w|)` in the loss.
    pub l1: f64,
    /// The factor of `sum(w^2)` in the loss.
    pub l2: f64,
}

impl TensorSpec {
    /// A parameter without penalties.
    pub fn parameter(name: impl Into<Cow<'static, str>>, shape: impl Into<Vec<usize>>, init: Init) -> Self {
        Self { name: name.into(), shape: shape.into(), init, purpose: Purpose::Own, trained: true, l1: 0.0, l2: 0.0 }
    }

    /// A piece of state.
    pub fn state(name: impl Into<Cow<'static, str>>, shape: impl Into<Vec<usize>>, init: Init) -> Self {
        Self { trained: false, ..Self::parameter(name, shape, init) }
    }

    /// The same, with what it is for.
    #[must_use]
    pub fn with(self, purpose: Purpose) -> Self {
        Self { purpose, ..self }
    }
}

/// Whether a network is lowered for prediction or for training: two different graphs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Noise is off, running statistics are used.
    Predict,
    /// Noise is on, statistics are those of the batch.
    Train,
}

/// What the lowering of one use of a layer works on.
#[derive(Debug)]
pub struct Lowering<'a> {
    /// The graph that grows.
    pub graph: &'a mut Graph,
    /// What the graph is for.
    pub mode: Mode,
    /// The names and values of the operands behind the first, as in [`Incoming::others`].
    pub others: &'a [(&'static str, Value)],
    /// The layer's tensors, in the order of [`Layer::tensors`].
    pub tensors: &'a [Value],
    /// New values for its tensors that are not trained: position in `tensors`, value.
    pub new_state: &'a mut Vec<(usize, Value)>,
    /// The number of random streams so far.
    pub streams: &'a mut u32,
}

impl Lowering<'_> {
    /// The value of an operand behind the first, if it is given.
    pub fn other(&self, name: &str) -> Option<Value> {
        self.others.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// A random stream of its own.
    pub fn stream(&mut self) -> u32 {
        *self.streams += 1;
        *self.streams - 1
    }
}

/// For layers whose arguments do not say what they take.
fn unstated(_: &Args) -> Option<Vec<usize>> {
    None
}

/// For layers that keep the shape.
fn same_shape(_: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    Ok(incoming.shape.to_vec())
}

/// For layers that keep the shape and work on the last axis: a single value has none.
fn with_last_axis(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    if !incoming.shape.is_empty() {
        return Ok(incoming.shape.to_vec());
    }
    let name = args.signature.name;
    Err(Complaint {
        code: Code::WrongRank,
        message: format!("`{name}` works on the last axis, and {} is a single value", incoming.from),
        blame: None,
        label: "there is no axis here".to_owned(),
        help: "put `reshape(1)` before it to make an axis of one entry".to_owned(),
    })
}

/// For layers without tensors.
fn no_tensors(_: &Args, _: &Incoming<'_>) -> Vec<TensorSpec> {
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_documented() {
        for (index, layer) in LAYERS.iter().enumerate() {
            let name = layer.signature.name;
            assert!(LAYERS[..index].iter().all(|earlier| earlier.signature.name != name), "{name} stands twice");
            assert!(!layer.signature.doc.is_empty(), "{name} has no documentation");
        }
    }
}
