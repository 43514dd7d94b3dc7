//! A loop with a graph for a body: recurrences, and chains that repeat. It yields several values, which [`super::Op::Yield`] reads.

use super::{Graph, Value};

/// A body that is run `steps` times; each step sees one element of each sequence, and what the step before it left.
///
/// The body is a graph of its own: it reads [`super::Source::Element`], [`super::Source::Carried`] and [`super::Source::Outer`],
/// yields [`super::Target::Next`] and [`super::Target::Emit`], and knows no tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct Scan {
    /// How many steps there are.
    pub steps: usize,
    /// Whether what the gradient needs of a step is computed again from what the step was given, rather than kept.
    pub recompute: bool,
    /// Whether the last element comes first; what is emitted stands at the place of its element.
    pub reverse: bool,
    /// Values with an axis of `steps` entries, and which it is; an element is the value without that axis.
    pub sequences: Vec<(Value, usize)>,
    /// What the first step finds as left by the step before it.
    pub initial: Vec<Value>,
    /// What each step sees whole.
    pub outer: Vec<Value>,
    /// One step.
    pub body: Graph,
}

/// One of the values that a scan yields.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Yielded {
    /// All that the body has emitted under this number, along a new axis: behind the batch, or the leading one if there is none.
    Emitted(usize),
    /// What the last step leaves under this number.
    Left(usize),
}

/// The axis along which emitted values of this shape are stacked, and sequences of such elements are read.
pub fn stacking_axis(element: &crate::shape::Shape) -> usize {
    usize::from(element.is_batched())
}

impl Scan {
    /// The shape of an emitted sequence.
    pub fn emitted_shape(&self, number: usize) -> crate::shape::Shape {
        let value = self.body.output(super::Target::Emit(number)).expect("the body emits it");
        let mut shape = self.body.shape(value).clone();
        shape.dims.insert(0, self.steps);
        shape
    }

    /// All values of the outer graph that it reads.
    pub fn operands(&self) -> Vec<Value> {
        let sequences = self.sequences.iter().map(|(value, _)| *value);
        sequences.chain(self.initial.iter().copied()).chain(self.outer.iter().copied()).collect()
    }

    /// The same loop on other values.
    #[must_use]
    pub fn map(&self, mut f: impl FnMut(Value) -> Value) -> Self {
        Self {
            steps: self.steps,
            recompute: self.recompute,
            reverse: self.reverse,
            sequences: self.sequences.iter().map(|(value, axis)| (f(*value), *axis)).collect(),
            initial: self.initial.iter().map(|value| f(*value)).collect(),
            outer: self.outer.iter().map(|value| f(*value)).collect(),
            body: self.body.clone(),
        }
    }
}
