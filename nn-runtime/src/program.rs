//! What a generated network is to the runtime: a table of sizes, tensors and functions; knows no layer.

mod purpose;

mod training;

use core::ops::Range;

use crate::init::Init;
use crate::kernels::gemm::PANEL;
use crate::loss::Loss;
use crate::name::Name;
use crate::real::Real;
use crate::recipe::Recipe;
use crate::rng::Draws;
use crate::team::Team;
pub use training::{Follows, Role, Training, TrainingStep};

pub use purpose::{CellPart, Direction, Projected, Purpose};

/// A compiled network: everything that does not change while it runs.
///
/// The compiler writes one constant of this type for each network. All buffers are flat slices in row-major order;
/// a batch of `rows` examples is `rows * inputs` values.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->3, relu), dense(1, sigmoid) > }
/// use nn_runtime::program::Head;
///
/// let program = Net::PROGRAM;
/// assert_eq!((program.inputs, program.outputs, program.weights), (2, 1, 13));
/// assert_eq!(program.head, Head::Sigmoid);
/// let names: Vec<String> = program.singles().map(|tensor| tensor.name().to_string()).collect();
/// assert_eq!(names, ["dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias"]);
/// ```
#[derive(Debug)]
#[expect(
    clippy::type_complexity,
    reason = "each function is one line of generated code; aliases would hide what it takes"
)]
pub struct Program<T: 'static> {
    /// The name of the network in the text.
    pub name: &'static str,
    /// The shape of one input, without the batch.
    pub input: &'static [usize],
    /// The shape of one output, without the batch.
    pub output: &'static [usize],
    /// Values in one input.
    pub inputs: usize,
    /// Values in one output.
    pub outputs: usize,
    /// Which values of an input are ids: those of an embedding, and inputs of classes. In the order of their places.
    pub ids: &'static [Ids],
    /// The outputs by name, which lie one behind the other.
    pub ports: &'static [Port],
    /// What the network ends in, between logits and output.
    pub head: Head,
    /// Parameters first, then state, without gaps, in the order of their offsets.
    pub tensors: &'static [Tensor],
    /// Values in all tensors: the length of the buffer of weights.
    pub weights: usize,
    /// Values in the parameters that are trained: the length of the gradients.
    pub parameters: usize,
    /// Where these lie in the buffer of weights, in the order of their gradients, which lie one behind the other.
    pub trained: &'static [Segment],
    /// Where the tensors lie to which `forward` gives new values, in the order of these.
    pub written: &'static [Segment],
    /// Scratch memory of `predict`.
    pub predict_arena: Arena,
    /// Scratch memory of `forward`, `head_forward`, `head_backward` and `backward`, which share what `forward` leaves there.
    pub train_arena: Arena,
    /// Rows that a batch is cut into, so that threads can share it; `None` if its rows depend on each other
    /// (batch normalisation). It never depends on the number of threads.
    pub shard: Option<usize>,
    /// Floating-point operations of a training step for each row: an estimate, by which small steps stay with one thread.
    pub work: u64,
    /// `(weights, input, output, arena, team)`: the output for each row.
    pub predict: fn(&[T], &[T], &mut [T], &mut [T], &Team),
    /// `(weights, input, logits, state, arena, draws, team)`: the logits for each row in training, and the new values of the state
    /// tensors.
    pub forward: fn(&[T], &[T], &mut [T], &mut [T], &mut [T], Draws, &Team),
    /// `(logits, output)`: from logits to output. A copy for `Head::Linear`.
    pub head_forward: fn(&[T], &mut [T], &mut [T]),
    /// `(logits, d_output, d_logits, arena)`: from the gradient of the output to that of the logits. A copy for `Head::Linear`.
    pub head_backward: fn(&[T], &[T], &mut [T], &mut [T]),
    /// `(weights, input, d_logits, gradients, arena, draws, team)`: overwrites the gradients of the parameters. Call it after `forward`,
    /// with the same weights, input, arena and draws.
    pub backward: fn(&[T], &[T], &[T], &mut [T], &mut [T], Draws, &Team),
    /// The train section of the text, if it has one.
    pub recipe: Option<&'static Recipe>,
    /// The loss, if the text states it as an expression: what [`Loss::Objective`] stands for.
    pub objective: Option<&'static Objective<T>>,
    /// The further functions of the text.
    pub entries: &'static [Entry<T>],
    /// If it stands for a training of several networks: its steps. Then its outputs are their losses and metrics, and only they train it.
    pub training: Option<&'static Training<T>>,
}

/// Some weights that lie one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment {
    /// Where they begin in the buffer of weights.
    pub start: usize,
    /// How many there are.
    pub len: usize,
}

impl Segment {
    /// Their places in the buffer of weights.
    pub const fn places(&self) -> Range<usize> {
        self.start..self.start + self.len
    }

    /// How many values runs have together.
    pub const fn values(runs: &[Self]) -> usize {
        let (mut values, mut at) = (0, 0);
        while at < runs.len() {
            values += runs[at].len;
            at += 1;
        }
        values
    }

    /// Each run with its places in a buffer where runs lie one behind the other.
    pub fn packed(runs: &[Self]) -> impl Iterator<Item = (Range<usize>, Range<usize>)> {
        let mut end = 0;
        runs.iter().map(move |run| {
            end += run.len;
            (run.places(), end - run.len..end)
        })
    }
}

/// An output of a network by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Port {
    /// Its name in the text.
    pub name: &'static str,
    /// How many values it has.
    pub values: usize,
}

/// A value by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shaped {
    /// Its name.
    pub name: &'static str,
    /// Its shape, without the batch.
    pub shape: &'static [usize],
}

impl Shaped {
    /// How many values it has.
    pub fn values(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Values of an input that are ids, one behind the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    /// Where they begin in an input.
    pub first: usize,
    /// How many values they are.
    pub values: usize,
    /// How many different ids there are: the whole numbers from 0 to one less.
    pub vocabulary: usize,
    /// Whether -1 stands for the steps that an example lacks.
    pub padded: bool,
}

impl Ids {
    /// Their places in an input.
    pub const fn places(&self) -> Range<usize> {
        self.first..self.first + self.values
    }
}

/// A further function of a network: a prediction from other inputs, with the same weights.
#[derive(Debug)]
#[expect(
    clippy::type_complexity,
    reason = "the function is one line of generated code; an alias would hide what it takes"
)]
pub struct Entry<T: 'static> {
    /// Its name in the text.
    pub name: &'static str,
    /// Values in one input.
    pub inputs: usize,
    /// Values in one output.
    pub outputs: usize,
    /// The outputs by name, which lie one behind the other.
    pub results: &'static [Shaped],
    /// Its scratch memory.
    pub arena: Arena,
    /// `(weights, input, output, arena, team)`: the output for each row.
    pub run: fn(&[T], &[T], &mut [T], &mut [T], &Team),
}

/// A loss that a text states as an expression, with the metrics that it states so. Targets are flat rows, class ids numbers.
#[derive(Debug)]
#[expect(
    clippy::type_complexity,
    reason = "each function is one line of generated code; aliases would hide what it takes"
)]
pub struct Objective<T: 'static> {
    /// Values in one target; 0 if nothing is compared with.
    pub targets: usize,
    /// The names of the metrics.
    pub metrics: &'static [&'static str],
    /// Scratch memory of both functions.
    pub arena: Arena,
    /// `(input, output, targets, figures, arena)`: for each row the loss, then the metrics.
    pub figures: fn(&[T], &[T], &[T], &mut [T], &mut [T]),
    /// `(input, output, targets, d_output, arena)`: the gradient of the sum of the losses of all rows.
    pub figures_backward: fn(&[T], &[T], &[T], &mut [T], &mut [T]),
}

impl<T> Objective<T> {
    /// Figures of a row: the loss and the metrics.
    pub const fn width(&self) -> usize {
        1 + self.metrics.len()
    }

    /// Scratch values for `rows`: figures, targets as numbers, and the arena.
    pub const fn scratch_values(&self, rows: usize) -> usize {
        rows * (self.width() + self.targets) + self.arena.values(rows)
    }
}

impl<T> Program<T> {
    /// The loss of the train section, if it is an expression.
    pub fn stated(&self) -> Option<&'static Objective<T>> {
        let stated = self.recipe.is_some_and(|recipe| matches!(recipe.loss, Loss::Objective));
        self.objective.filter(|_| stated)
    }

    /// All tensors as users see them, in the order of their offsets: parameters, then state.
    pub fn singles(&self) -> impl Iterator<Item = Single> + use<T> {
        self.tensors.iter().flat_map(Tensor::singles)
    }

    /// Where the gradients of a tensor lie, if it has some.
    pub fn gradients_of(&self, single: &Single) -> Option<Range<usize>> {
        let place = single.place();
        let holds =
            |(weights, _): &(Range<usize>, Range<usize>)| weights.start <= place.start && place.end <= weights.end;
        let (weights, gradients) = Segment::packed(self.trained).find(holds)?;
        let start = gradients.start + place.start - weights.start;
        Some(start..start + place.len())
    }

    /// A network of nothing, for the type of one that does not compile.
    #[doc(hidden)]
    pub const fn empty() -> Self {
        let arena = Arena::NONE;
        Self {
            name: "",
            input: &[],
            output: &[],
            inputs: 0,
            outputs: 0,
            ids: &[],
            ports: &[],
            head: Head::Linear,
            tensors: &[],
            weights: 0,
            parameters: 0,
            trained: &[],
            written: &[],
            predict_arena: arena,
            train_arena: arena,
            shard: None,
            work: 0,
            predict: |_, _, _, _, _| (),
            forward: |_, _, _, _, _, _, _| (),
            head_forward: |_, _, _| (),
            head_backward: |_, _, _, _| (),
            backward: |_, _, _, _, _, _, _| (),
            recipe: None,
            objective: None,
            entries: &[],
            training: None,
        }
    }
}

/// What stands between the logits and the output of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Nothing: the output is the logits.
    Linear,
    /// The output is `softmax(logits)` over the last axis.
    Softmax,
    /// The output is `log_softmax(logits)` over the last axis.
    LogSoftmax,
    /// The output is `sigmoid(logits)`.
    Sigmoid,
}

/// A size that grows with the rows of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arena {
    /// Values for each row.
    pub per_row: usize,
    /// Values whatever the rows.
    pub fixed: usize,
    /// There is room for a multiple of so many rows; at least 1.
    pub block: usize,
}

impl Arena {
    /// Nothing.
    pub const NONE: Self = Self { per_row: 0, fixed: 0, block: 1 };

    /// Values for a batch of `rows`.
    pub const fn values(self, rows: usize) -> usize {
        self.per_row * rows.next_multiple_of(self.block) + self.fixed
    }

    /// Rows that are predicted at once, with values of so many bytes: what lies here is to stay in the cache. The output of a row does
    /// not depend on it.
    pub const fn rows_at_once(self, bytes: usize) -> usize {
        // `clamp` is not to be had in constants.
        match (2 * 1024 * 1024_usize).checked_div(self.per_row * bytes) {
            Some(rows) if rows < 4 => 4,
            Some(rows) if rows < 64 => rows,
            _ => 64,
        }
    }
}

/// A parameter or a piece of state; in a repetition, one for each step of it.
#[derive(Clone, Copy, Debug)]
pub struct Tensor {
    /// `dense_1.weight`; with a `*` for each number of a copy: `repeat_1.*.dense_1.weight`.
    pub name: &'static str,
    /// How many copies there are, one for each repetition; for repetitions within repetitions, the outermost first. Empty for most:
    /// one tensor. Users see the copies as tensors of their own; see [`Single`].
    pub copies: &'static [usize],
    /// The logical shape of each copy: what is documented, saved and loaded.
    pub shape: &'static [usize],
    /// Where its values begin in the buffer of weights. Copies lie one behind the other.
    pub offset: usize,
    /// How the values of each copy lie there.
    pub layout: Layout,
    /// How it begins.
    pub init: Init,
    /// What it is for, where other programs have something like it.
    pub purpose: Purpose,
    /// Whether gradients reach it. State (running statistics) is not trained but saved.
    pub trained: bool,
    /// The factor of `sum(|w|)` in the loss.
    pub l1: f64,
    /// The factor of `sum(w^2)` in the loss.
    pub l2: f64,
}

impl Tensor {
    /// Values in all copies.
    pub const fn len(&self) -> usize {
        product(self.copies) * product(self.shape)
    }

    /// The copies one by one, in row-major order.
    pub fn singles(&'static self) -> impl ExactSizeIterator<Item = Single> {
        (0..product(self.copies)).map(move |copy| Single { tensor: self, copy })
    }

    /// Whether it has no values; no tensor of a generated network is.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the value at `index` of the row-major logical order of a copy lies, counted from where the copy begins.
    pub const fn physical(&self, index: usize) -> usize {
        match self.layout {
            Layout::RowMajor => index,
            Layout::Transposed => {
                let columns = self.shape[1];
                (index % columns) * self.shape[0] + index / columns
            }
            Layout::Panels => {
                let (row, column) = (index / self.shape[1], index % self.shape[1]);
                (column / PANEL * self.shape[0] + row) * PANEL + column % PANEL
            }
        }
    }
}

const fn product(extents: &[usize]) -> usize {
    let mut product = 1;
    let mut axis = 0;
    while axis < extents.len() {
        product *= extents[axis];
        axis += 1;
    }
    product
}

/// A tensor as users see it: one copy of an entry of [`Program::tensors`].
#[derive(Clone, Copy, Debug)]
pub struct Single {
    tensor: &'static Tensor,
    copy: usize,
}

impl Single {
    /// What it shares with the other copies: initialiser, penalties, layout.
    pub const fn tensor(&self) -> &'static Tensor {
        self.tensor
    }

    /// `repeat_1.2.dense_1.weight`
    pub const fn name(&self) -> Name {
        Name::new(self.tensor.name, self.tensor.copies, self.copy)
    }

    /// The logical shape.
    pub const fn shape(&self) -> &'static [usize] {
        self.tensor.shape
    }

    /// Whether gradients reach it.
    pub const fn trained(&self) -> bool {
        self.tensor.trained
    }

    /// Values in it.
    pub const fn len(&self) -> usize {
        product(self.tensor.shape)
    }

    /// Whether it has no values; no tensor of a generated network is.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where its values lie in the buffer of weights.
    pub const fn place(&self) -> Range<usize> {
        let start = self.tensor.offset + self.copy * self.len();
        start..start + self.len()
    }
}

/// How a tensor lies in memory. The planner chooses; saving and loading convert.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The logical order, the last axis fastest.
    RowMajor,
    /// A matrix, its first axis fastest.
    Transposed,
    /// A matrix, [`PANEL`] columns at a time, row by row: its columns are a multiple of that.
    Panels,
}

/// `(weights, input, output)`: the output for one row, with the bits of [`Program::predict`]. It takes its scratch memory from the stack.
pub type PredictRow<T> = fn(&[T], &[T], &mut [T]);

/// A generated network type.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->3, relu), dense(1) > }
/// use nn_runtime::Network;
///
/// /// The largest magnitude of a weight, whatever the network.
/// fn largest<N: Network<Real = f32>>(net: &N) -> f32 {
///     net.weights().iter().fold(0.0, |most, weight| most.max(weight.abs()))
/// }
///
/// let mut net = Net::new(1);
/// assert_eq!(Net::PROGRAM.name, "Net");
/// // Two layers with their biases.
/// assert_eq!(net.weights().len(), 2 * 3 + 3 + 3 * 1 + 1);
/// net.weights_mut().iter_mut().for_each(|weight| *weight *= 0.5);
/// assert!(largest(&net) < 1.0);
/// ```
pub trait Network {
    /// The element type: `f32` or `f64`.
    type Real: Real;
    /// Its sizes, tensors and functions.
    const PROGRAM: &'static Program<Self::Real>;
    /// The prediction of one row, for networks so small that a call for any number of rows would take longer than the row.
    const PREDICT_ROW: Option<PredictRow<Self::Real>> = None;
    /// The weights in physical order: [`Program::weights`] values.
    fn weights(&self) -> &[Self::Real];
    /// The weights in physical order, to change.
    fn weights_mut(&mut self) -> &mut [Self::Real];
}
