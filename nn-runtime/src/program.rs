//! What a generated network is to the runtime: a table of sizes, tensors and functions; knows no layer.
//!
//! Any function that takes a network can look at it:
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->3, relu), batch_norm, dense(1) > }
//! use nn_runtime::Network;
//!
//! fn describe<N: Network>() -> String {
//!     let program = N::PROGRAM;
//!     let kept = program.singles().filter(|tensor| !tensor.trained()).count();
//!     format!("{}: {:?} -> {:?}, {} parameters, {kept} others", program.name, program.input, program.output, program.parameters)
//! }
//!
//! assert_eq!(describe::<Net>(), "Net: [2] -> [1], 19 parameters, 2 others");
//! ```

mod arena;
mod places;
mod purpose;
mod tensor;
mod training;

use core::ops::Range;

use crate::loss::Loss;
use crate::real::Real;
use crate::recipe::Recipe;
use crate::rng::Draws;
use crate::team::Team;

pub use arena::{Arena, Prediction};
pub use places::{Ids, Port, Segment, Shaped};
pub use purpose::{CellPart, Direction, Projected, Purpose};
pub use tensor::{Layout, Single, Tensor};
pub use training::{Follows, Role, Training, TrainingStep};

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
    /// The same for many rows side by side, if that is faster: it gives the same bits.
    pub many: Option<Prediction<T>>,
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

/// A further function of a network: a prediction from other inputs, with the same weights.
///
/// ```
/// nn_runtime::network! {
///     network Coder(x: [3]) {
///         let decoder = dense(3);
///         entry decode(z: [2]) = decoder(z);
///         x |> dense(2, tanh) |> decoder
///     }
/// }
/// let decode = &Coder::PROGRAM.entries[0];
/// assert_eq!((decode.name, decode.inputs, decode.outputs), ("decode", 2, 3));
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Net(x: [2]) < dense(1) >
///     train Net {
///         minimize mean((output - y) * (output - y)) with adam;
///         metric worst = max(abs(output - y));
///     }
/// }
/// let objective = Net::PROGRAM.objective.expect("the text states one");
/// assert_eq!((objective.targets, objective.metrics), (1, &["worst"][..]));
/// ```
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
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Net(x: [2]) < dense(1) >
    /// #     train Net {
    /// #         minimize mean((output - y) * (output - y)) with adam;
    /// #         metric worst = max(abs(output - y));
    /// #     }
    /// # }
    /// // The loss, and one metric.
    /// assert_eq!(Net::PROGRAM.objective.map(|objective| objective.width()), Some(2));
    /// ```
    pub const fn width(&self) -> usize {
        1 + self.metrics.len()
    }

    /// Scratch values for `rows`: figures, targets as numbers, and the arena.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Net(x: [2]) < dense(1) >
    /// #     train Net { minimize mean((output - y) * (output - y)) with adam; }
    /// # }
    /// let objective = Net::PROGRAM.objective.expect("the text states one");
    /// assert_eq!(objective.scratch_values(8), 8 * (objective.width() + objective.targets) + objective.arena.values(8));
    /// ```
    pub const fn scratch_values(&self, rows: usize) -> usize {
        rows * (self.width() + self.targets) + self.arena.values(rows)
    }
}

impl<T> Program<T> {
    /// The loss of the train section, if it is an expression.
    ///
    /// ```
    /// nn_runtime::network! {
    ///     network Own(x: [2]) < dense(1) >
    ///     train Own { minimize mean(abs(output - y)) with adam; }
    /// }
    /// nn_runtime::network! {
    ///     network Known < dense(2->1) >
    ///     train Known { minimize mae with adam; }
    /// }
    /// assert!(Own::PROGRAM.stated().is_some());
    /// assert!(Known::PROGRAM.stated().is_none());
    /// ```
    pub fn stated(&self) -> Option<&'static Objective<T>> {
        let stated = self.recipe.is_some_and(|recipe| matches!(recipe.loss, Loss::Objective));
        self.objective.filter(|_| stated)
    }

    /// All tensors as users see them, in the order of their offsets: parameters, then state.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < repeat(2) < dense(3->3) > > }
    /// let names: Vec<String> = Net::PROGRAM.singles().map(|tensor| tensor.name().to_string()).collect();
    /// assert_eq!(names.len(), 4);
    /// assert!(names.contains(&"repeat_1.2.dense_1.bias".into()));
    /// ```
    pub fn singles(&self) -> impl Iterator<Item = Single> + use<T> {
        self.tensors.iter().flat_map(Tensor::singles)
    }

    /// Where the gradients of a tensor lie, if it has some.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->3), batch_norm, dense(1) > }
    /// let program = Net::PROGRAM;
    /// for tensor in program.singles() {
    ///     assert_eq!(program.gradients_of(&tensor).map(|place| place.len()), tensor.trained().then_some(tensor.len()));
    /// }
    /// ```
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
            many: None,
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
///
/// ```
/// use nn_runtime::program::Head;
/// nn_runtime::network! { network Kinds < dense(2->3, softmax) > }
/// nn_runtime::network! { network Height < dense(2->1) > }
/// assert_eq!((Kinds::PROGRAM.head, Height::PROGRAM.head), (Head::Softmax, Head::Linear));
/// ```
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
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::Network;
    /// let net = Net::new(1);
    /// assert_eq!(net.weights().len(), Net::WEIGHTS);
    /// ```
    fn weights(&self) -> &[Self::Real];
    /// The weights in physical order, to change.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::Network;
    /// let mut net = Net::new(1);
    /// net.weights_mut().fill(0.0);
    /// assert_eq!(net.predict(&[3.0, 4.0]), [0.0]);
    /// ```
    fn weights_mut(&mut self) -> &mut [Self::Real];
}
