//! From graphs to a plan: which values are kept in memory, which are computed inside a loop of another, where each lies.
//! Fusion happens here and only here, so that no fused kernel can reach differentiation.

mod body;
mod by_row;
pub mod cost;
mod fuse;
mod independent;
mod kernels;
pub mod lanes;
mod layout;
mod memory;
pub mod outline;
pub mod panels;
pub mod placement;
mod print;
pub mod roofline;
mod segments;
mod shared;
mod spot;

pub use layout::Layout;
pub use memory::{Arena, Memory};

use self::independent::rows_are_independent;
use self::memory::Buffers;
use crate::ir::{Affine, Binary, ConvPart, Distribution, Graph, Meeting, Reduction, Source, Target, Unary};
use crate::lower::Graphs;
use crate::model::Network;
use crate::shape::{Extent, Shape};

/// A network as functions of kernels.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How each tensor lies in memory.
    pub layouts: Vec<Layout>,
    /// Where each tensor begins in the buffer of weights: parameters first, then state, then what training leaves as it is.
    pub offsets: Vec<usize>,
    /// Where the gradient of each parameter begins in the buffer of gradients, and each piece of state in that of new state.
    pub changes: Vec<usize>,
    /// Values in the parameters that have gradients.
    pub parameters: usize,
    /// Values in the state.
    pub state: usize,
    /// Values in the tensors that training leaves as they are.
    pub frozen: usize,
    /// Rows that a training batch is cut into, so that threads can share it; `None` if its rows cannot be computed apart from each
    /// other.
    pub shard: Option<usize>,
    /// Floating-point operations of a training step for each row: an estimate.
    pub work: u64,
    /// The generated functions, in [`FunctionKind`]'s order.
    pub functions: Vec<Function>,
    /// Numbers that the text itself states, row-major.
    pub literals: Vec<Vec<f64>>,
    /// Scratch memory of a prediction.
    pub predict_arena: Arena,
    /// Scratch memory of a prediction of many rows, if that has a function of its own.
    pub many_arena: Option<Arena>,
    /// Scratch memory of a training step.
    pub train_arena: Arena,
    /// Scratch memory of a loss that the text states.
    pub figures_arena: Arena,
    /// Scratch memory of each further function.
    pub entry_arenas: Vec<Arena>,
    /// What lies in the scratch memory of a prediction.
    pub predict_memory: Memory,
    /// What lies in the scratch memory of a training step.
    pub train_memory: Memory,
}

/// One generated function.
#[derive(Clone, Debug)]
pub struct Function {
    /// Which one.
    pub kind: FunctionKind,
    /// What it does, in order.
    pub kernels: Vec<Kernel>,
    /// The scratch memory that it addresses: the fixed part lies behind the rows.
    pub arena: Arena,
    /// Whether rows lie side by side there, see [`lanes`].
    pub beside: bool,
}

/// The functions of a network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FunctionKind {
    /// From inputs to outputs.
    Predict,
    /// The same for many rows, which lie side by side: see [`lanes`].
    PredictMany,
    /// From inputs to logits, and to new state.
    Forward,
    /// From the gradient of the logits to those of the parameters.
    Backward,
    /// From logits to outputs.
    HeadForward,
    /// From the gradient of the output to that of the logits.
    HeadBackward,
    /// From inputs, outputs and targets to the loss and the metrics of each example.
    Figures,
    /// From the same to the gradient of the output.
    FiguresBackward,
    /// A further function, by number: from its inputs to its outputs.
    Entry(usize),
}

/// Where values lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// A slice that the function is given.
    Source(Source),
    /// A slice that the function fills.
    Target(Target),
    /// A tensor of the network, with all its copies.
    Tensor(usize),
    /// One of [`Plan::literals`].
    Literal(usize),
    /// A buffer of the arena, by index.
    Buffer(usize),
    /// A buffer of the arena at its offset.
    Arena(Slot),
}

/// A range of the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Whether it grows with the rows: then offset and length are per row.
    pub batched: bool,
    /// Where it begins in its part of the arena.
    pub offset: usize,
    /// Values in it.
    pub len: usize,
}

/// One step of a function.
#[derive(Clone, Debug)]
pub struct Kernel {
    /// The part of the text that it comes from.
    pub origin: String,
    /// A name for its result in generated code.
    pub name: String,
    /// What it does.
    pub work: Work,
}

/// What a kernel does.
#[derive(Clone, Debug)]
pub enum Work {
    /// A fused loop.
    Loop(Loop),
    /// `[m, k] x [k, n] -> [m, n]`
    Dot(Dot),
    /// A convolution, or one of its adjoints.
    Conv {
        /// The part that is yielded.
        yields: ConvPart,
        /// Where to.
        target: Part,
        /// The first of the other two parts.
        a: Part,
        /// The second.
        b: Part,
        /// How they meet.
        meeting: Meeting,
    },
    /// Rows of a table by ids.
    Gather {
        /// `[r, d]`
        target: Part,
        /// `[v, d]`
        table: Part,
        /// `[r]`
        ids: Part,
        /// `d`
        width: usize,
    },
    /// Rows added up by ids.
    ScatterAdd {
        /// `[v, d]`
        target: Part,
        /// `[r, d]`
        rows: Part,
        /// `[r]`
        ids: Part,
        /// `d`
        width: usize,
    },
    /// Rows that are laid in another way.
    Turn {
        /// Where to.
        target: Part,
        /// The rows.
        source: Part,
        /// How they are to lie.
        turned: Turned,
    },
    /// A matrix `[rows, columns]`, copied so that some of its columns at a time lie together.
    Panels {
        /// Where to.
        target: Part,
        /// The matrix, or its transpose.
        source: Part,
        /// Which of the two.
        transposed: bool,
        /// Its rows.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// Loops that go through the rows together, one row after the other; threads share them.
    Rows(Vec<Kernel>),
    /// Kernels that are run again and again.
    Scan {
        /// How often.
        steps: usize,
        /// Whether steps are counted down.
        reverse: bool,
        /// How many loops stand around this one: which counter it has.
        depth: usize,
        /// One step.
        kernels: Vec<Kernel>,
    },
}

/// How rows are laid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turned {
    /// Side by side; lanes that are no row hold the last row again.
    Beside,
    /// Side by side; lanes that are no row hold zeros.
    BesideZeros,
    /// One behind the other.
    Apart,
}

/// A place that is read or written as a whole, or one entry of it for the step at hand.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Where.
    pub place: Place,
    /// Values in the part.
    pub shape: Shape,
    /// The loops that lead to the entry, the outermost first: which counter, and how many values one step further is.
    pub steps: Vec<(usize, usize)>,
}

/// A product of matrices, or one for each entry of a leading axis.
#[derive(Clone, Debug)]
pub struct Dot {
    /// `[m, n]`
    pub target: Part,
    /// `[m, k]`, or `[k, m]` if transposed.
    pub a: Part,
    /// Whether it is transposed.
    pub transpose_a: bool,
    /// `[k, n]`, or `[n, k]` if transposed.
    pub b: Part,
    /// Whether it is transposed.
    pub transpose_b: bool,
    /// Whether it lies in panels.
    pub panels: bool,
    /// Whether the result is to lie in panels.
    pub into_panels: bool,
    /// Products, if there is a leading axis.
    pub count: Option<Extent>,
    /// Rows of the result.
    pub m: Extent,
    /// What is summed over.
    pub k: Extent,
    /// Columns of the result.
    pub n: Extent,
}

/// A nest of loops over all axes, around one expression.
#[derive(Clone, Debug)]
pub struct Loop {
    /// The extents of the loops, the outermost first.
    pub axes: Vec<Extent>,
    /// Where the result is stored.
    pub target: Access,
    /// How results for the same place are combined, if the loops come to a place more than once; places that they never come
    /// to then hold the neutral value.
    pub reduction: Option<Reduction>,
    /// What is read.
    pub loads: Vec<Access>,
    /// The expression: each instruction may use those before it; the last is the result.
    pub body: Vec<Instruction>,
    /// Whether rows lie side by side: then the last axis is the rows of a block, and the axis of rows counts blocks.
    pub beside: bool,
}

/// A place seen as an array, and where in it an element lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Where.
    pub place: Place,
    /// The extents of the array.
    pub extents: Vec<Extent>,
    /// The position on each axis.
    pub at: Vec<Position>,
    /// A name for it in generated code.
    pub name: String,
}

/// A position on one axis of an array.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Position {
    /// In terms of the counters of the nest.
    Counters(Affine),
    /// The step of the loop at this depth.
    Step(usize),
}

impl Position {
    /// The counter of the nest that it is, if it is nothing else.
    pub fn as_counter(&self) -> Option<usize> {
        match self {
            Position::Counters(affine) => affine.as_counter(),
            Position::Step(_) => None,
        }
    }
}

/// One instruction of an expression.
#[derive(Clone, Debug, PartialEq)]
pub enum Instruction {
    /// A load, by index into [`Loop::loads`].
    Load(usize),
    /// A number.
    Constant(f64),
    /// The number of rows.
    BatchSize,
    /// The position on an axis, as a number.
    Iota(Affine),
    /// A random number.
    Random(Draw),
    /// A function of one.
    Unary(Unary, usize),
    /// A function of two.
    Binary(Binary, usize, usize),
    /// A choice.
    Select(usize, usize, usize),
}

/// Which random number of a stream.
#[derive(Clone, Debug, PartialEq)]
pub struct Draw {
    /// How the numbers are distributed.
    pub distribution: Distribution,
    /// The stream.
    pub stream: u32,
    /// Numbers for each example, in one step.
    pub width: usize,
    /// The extents of the array of numbers.
    pub extents: Vec<Extent>,
    /// The position on each axis, in terms of the counters of the nest.
    pub at: Vec<Affine>,
    /// The loops around: which counter, and how many steps.
    pub steps: Vec<(usize, usize)>,
}

/// How the kernels of a function go through rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Rows {
    /// Each through all of them, which lie one behind the other.
    Behind,
    /// The same, with rows side by side: see [`lanes`].
    Beside,
    /// Some together, see [`by_row`].
    Together,
}

/// Plans a network.
pub fn plan(network: &Network, graphs: &Graphs) -> Plan {
    let beside = lies_beside(network, graphs);
    let layouts = layout::choose(&[(network, graphs)], beside);
    plan_with(network, graphs, &layouts, layout::places(network, false))
}

/// Plans networks that have the same tensors, in one buffer of weights.
pub fn plan_together(all: &[(&Network, &Graphs)]) -> Vec<Plan> {
    let beside = all.iter().any(|(network, graphs)| lies_beside(network, graphs));
    let layouts = layout::choose(all, beside);
    all.iter().map(|(network, graphs)| plan_with(network, graphs, &layouts, layout::places(network, true))).collect()
}

/// Whether the rows of a training step lie side by side.
fn lies_beside(network: &Network, graphs: &Graphs) -> bool {
    let batch = network.recipe.as_ref().map(|recipe| recipe.batch);
    rows_are_independent(&graphs.train) && lanes::suits(&graphs.train, batch)
}

fn plan_with(network: &Network, graphs: &Graphs, layouts: &[Layout], places: layout::Places) -> Plan {
    let names: Vec<&str> = network.tensors.iter().map(|tensor| tensor.name.as_str()).collect();
    let mut literals = Vec::new();
    let independent = rows_are_independent(&graphs.train);
    let beside = lies_beside(network, graphs);
    let mut functions = |graph: &Graph, kinds: &[FunctionKind], buffers: &mut Buffers| {
        let rows = match kinds[0] {
            FunctionKind::PredictMany => Rows::Beside,
            FunctionKind::Forward if beside => Rows::Beside,
            FunctionKind::Forward if !independent => Rows::Together,
            _ => Rows::Behind,
        };
        kernels::functions(graph, kinds, (layouts, &names), &mut literals, buffers, rows)
    };
    let mut buffers = Buffers::default();
    let mut predict = functions(&graphs.predict, &[FunctionKind::Predict], &mut buffers);
    let predict_memory = memory::assign(&mut predict, buffers);
    let mut many = Vec::new();
    let mut many_arena = None;
    if lanes::suits_predictions(&graphs.predict, layouts) {
        let mut buffers = Buffers::in_blocks(lanes::LANES);
        many = functions(&graphs.predict, &[FunctionKind::PredictMany], &mut buffers);
        many_arena = Some(memory::assign(&mut many, buffers).arena());
    }

    let mut buffers = Buffers::in_blocks(if beside { lanes::LANES } else { 1 });
    let mut train = functions(&graphs.train, &[FunctionKind::Forward, FunctionKind::Backward], &mut buffers);
    let head = functions(&graphs.head, &[FunctionKind::HeadForward], &mut buffers);
    let back = functions(&graphs.head_gradient, &[FunctionKind::HeadBackward], &mut buffers);
    // The head runs between the halves of the body.
    train.splice(1..1, head.into_iter().chain(back));
    let train_memory = memory::assign(&mut train, buffers);

    let mut buffers = Buffers::default();
    let mut stated = Vec::new();
    if let Some([figures, gradient]) = &graphs.objective {
        stated = functions(figures, &[FunctionKind::Figures], &mut buffers);
        stated.extend(functions(gradient, &[FunctionKind::FiguresBackward], &mut buffers));
    }
    let figures_memory = memory::assign(&mut stated, buffers);

    let mut entries = Vec::new();
    let mut entry_arenas = Vec::new();
    for (number, graph) in graphs.entries.iter().enumerate() {
        let mut buffers = Buffers::default();
        let mut entry = functions(graph, &[FunctionKind::Entry(number)], &mut buffers);
        entry_arenas.push(memory::assign(&mut entry, buffers).arena());
        entries.extend(entry);
    }

    let mut functions = [predict, many, train, stated, entries].concat();
    functions.sort_by_key(|function| function.kind);
    Plan {
        layouts: layouts.to_vec(),
        offsets: places.weights,
        changes: places.changes,
        parameters: places.parameters,
        state: places.state,
        frozen: places.frozen,
        shard: independent.then(|| cost::shard(&functions, places.parameters)),
        work: cost::of_step(&functions),
        functions,
        literals,
        predict_arena: predict_memory.arena(),
        many_arena,
        train_arena: train_memory.arena(),
        figures_arena: figures_memory.arena(),
        predict_memory,
        train_memory,
        entry_arenas,
    }
}

/// A slot for a value of this shape, not placed yet.
fn slot_of(shape: &Shape) -> Slot {
    Slot { batched: shape.is_batched(), offset: 0, len: shape.len() }
}
