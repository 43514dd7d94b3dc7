//! A checked program: resolved names, stated shapes, blocks and repetitions written out. Whatever is here can be compiled.

use std::ops::Range;

use nn_grammar::span::Span;

use crate::layers::{Head, Layer, Role, TensorSpec};
use crate::recipe::Recipe;
use crate::signature::Args;

/// All networks of a text.
#[derive(Clone, Debug)]
pub struct Model {
    /// In the order of the text.
    pub networks: Vec<Network>,
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
    /// The shape of one input.
    pub input: Vec<usize>,
    /// The shape of one output.
    pub output: Vec<usize>,
    /// How many ids there are, if it reads ids.
    pub vocabulary: Option<usize>,
    /// What data passes.
    pub stages: Vec<Stage>,
    /// Parameters and state, in the order of the stages.
    pub tensors: Vec<Tensor>,
    /// Its train section.
    pub recipe: Option<Recipe>,
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
    /// `dense_1.weight`
    pub name: String,
    /// Its shape and how it begins.
    pub spec: TensorSpec,
}

/// What data passes.
#[derive(Clone, Debug)]
pub enum Stage {
    /// A use of a layer.
    Layer(Use),
    /// `residual < … >`: `y = x + f(x)`.
    Residual {
        /// `residual_1`
        path: String,
        /// `f`
        stages: Vec<Stage>,
    },
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
    /// The shape of one input.
    pub input: Vec<usize>,
    /// The shape of one output.
    pub output: Vec<usize>,
    /// Which of the network's tensors are its.
    pub tensors: Range<usize>,
}

impl Network {
    /// What losses know of its end.
    pub fn head(&self) -> Option<Head> {
        match self.stages.last() {
            Some(Stage::Layer(Use { layer: Layer { role: Role::Head(head), .. }, .. })) => Some(*head),
            _ => None,
        }
    }

    /// All uses of layers, in the order in which data passes them.
    pub fn uses(&self) -> Vec<&Use> {
        fn collect<'a>(stages: &'a [Stage], into: &mut Vec<&'a Use>) {
            for stage in stages {
                match stage {
                    Stage::Layer(layer) => into.push(layer),
                    Stage::Residual { stages, .. } => collect(stages, into),
                }
            }
        }
        let mut uses = Vec::new();
        collect(&self.stages, &mut uses);
        uses
    }
}
