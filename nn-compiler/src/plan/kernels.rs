//! From a graph to kernels: a kernel for each kept value and each output, loops with their expressions.

use super::fuse::{Keeping, User, keepings, needed, users};
use super::layout::Layout;
use super::memory::Buffers;
use super::{Access, Arena, Dot, Function, FunctionKind, Instruction, Kernel, Loop, Place, Work, slot_of};
use crate::ir::{Graph, Op, Source, Target, Value};
use crate::shape::Extent;

/// Functions that belong together, and the buffers that they share.
pub(super) struct Functions {
    pub(super) functions: Vec<Function>,
    pub(super) buffers: Buffers,
}

/// The functions of a graph, in order: each computes what its outputs need and no function before it has computed.
pub(super) fn functions(graph: &Graph, kinds: &[FunctionKind], layouts: &[Layout], names: &[&str]) -> Functions {
    let mut builder = Builder::new(graph, layouts, names);
    let mut done = vec![false; graph.nodes.len()];
    let mut functions = Vec::new();
    for kind in kinds {
        let needed = needed(graph, |target| fills(*kind, target));
        let backward = matches!(kind, FunctionKind::Backward | FunctionKind::HeadBackward);
        builder.prefix = if backward { "d_" } else { "" };
        let mut kernels = Vec::new();
        for value in graph.values() {
            let index = value.index();
            if needed[index] && !done[index] {
                done[index] = true;
                if builder.keepings[index] == Keeping::Kept {
                    kernels.push(builder.kept(value));
                }
            }
        }
        for (output, (target, value)) in graph.outputs.iter().enumerate() {
            if fills(*kind, *target) && builder.direct[value.index()] != Some(output) {
                kernels.push(builder.copied(*target, *value));
            }
        }
        functions.push(Function { kind: *kind, kernels, arena: Arena::default() });
    }
    Functions { functions, buffers: builder.buffers }
}

/// Whether a function fills this output.
fn fills(kind: FunctionKind, target: Target) -> bool {
    match target {
        Target::Gradient(_) => kind == FunctionKind::Backward,
        Target::Logits | Target::State(_) => kind == FunctionKind::Forward,
        Target::Output => matches!(kind, FunctionKind::Predict | FunctionKind::HeadForward),
        Target::LogitsGradient => kind == FunctionKind::HeadBackward,
    }
}

struct Builder<'a> {
    graph: &'a Graph,
    layouts: &'a [Layout],
    names: &'a [&'a str],
    keepings: Vec<Keeping>,
    /// The output that a kept value is written to at once, because nothing else reads it.
    direct: Vec<Option<usize>>,
    buffers: Buffers,
    /// The buffer of each kept value.
    buffer_of: Vec<Option<usize>>,
    /// What stands before the names of values: `d_` in a backward function.
    prefix: &'static str,
    /// A name for each kept value.
    value_names: Vec<String>,
}

impl<'a> Builder<'a> {
    fn new(graph: &'a Graph, layouts: &'a [Layout], names: &'a [&'a str]) -> Self {
        let keepings = keepings(graph);
        let users = users(graph);
        let direct = graph
            .values()
            .map(|value| match &users[value.index()][..] {
                [User::Output(output)] if keepings[value.index()] == Keeping::Kept => Some(*output),
                _ => None,
            })
            .collect();
        let buffer_of = vec![None; graph.nodes.len()];
        let value_names = vec![String::new(); graph.nodes.len()];
        let buffers = Buffers::default();
        Self { graph, layouts, names, keepings, direct, buffers, buffer_of, prefix: "", value_names }
    }

    /// The kernel that computes a kept value.
    fn kept(&mut self, value: Value) -> Kernel {
        self.value_names[value.index()] = self.name(value);
        let target = match self.direct[value.index()] {
            Some(output) => Place::Target(self.graph.outputs[output].0),
            None => {
                let buffer = self.buffers.add(slot_of(self.graph.shape(value)));
                self.buffer_of[value.index()] = Some(buffer);
                Place::Buffer(buffer)
            }
        };
        let work = match self.graph.op(value) {
            Op::Dot { .. } => self.dot(value, target),
            Op::Gather { table, ids } => Work::Gather {
                target,
                table: self.place(*table),
                ids: self.place(*ids),
                width: self.graph.shape(value).dims[0],
            },
            Op::ScatterAdd { rows, ids } => Work::ScatterAdd {
                target,
                rows: self.place(*rows),
                ids: self.place(*ids),
                width: self.graph.shape(value).dims[1],
            },
            _ => self.looped(value, target, true),
        };
        Kernel { origin: self.origin(value), name: self.name(value), work }
    }

    /// The kernel that fills an output with a value that is not computed into it.
    fn copied(&mut self, target: Target, value: Value) -> Kernel {
        let work = self.looped(value, Place::Target(target), self.keepings[value.index()] == Keeping::Inlined);
        Kernel { origin: self.origin(value), name: self.name(value), work }
    }

    fn origin(&self, value: Value) -> String {
        self.graph.origins.get(self.graph.node(value).origin as usize).cloned().unwrap_or_default()
    }

    /// `dense_1`, from the origin "dense_1: dense(4->16)".
    fn name(&self, value: Value) -> String {
        let origin = self.origin(value);
        let path = origin.split(':').next().unwrap_or_default();
        let path = if path.is_empty() { "value".to_owned() } else { path.replace('.', "_") };
        format!("{}{path}", self.prefix)
    }

    /// The name of a value that is in memory.
    fn kept_name(&self, value: Value) -> String {
        match self.graph.op(value) {
            Op::Reshape(operand) => self.kept_name(*operand),
            _ => self.value_names[value.index()].clone(),
        }
    }

    /// Where a value that is in memory lies.
    fn place(&self, value: Value) -> Place {
        match (*self.graph.op(value)).clone() {
            Op::Source(source) => Place::Source(source),
            Op::Tensor(index) => Place::Tensor(index),
            Op::Reshape(operand) => self.place(operand),
            _ => Place::Buffer(self.buffer_of[value.index()].expect("what is read whole is kept")),
        }
    }

    fn is_transposed(&self, place: Place) -> bool {
        match place {
            Place::Tensor(index) | Place::Target(Target::Gradient(index)) => self.layouts[index] == Layout::Transposed,
            _ => false,
        }
    }

    fn dot(&self, value: Value, target: Place) -> Work {
        let Op::Dot { a, transpose_a, b, transpose_b } = *self.graph.op(value) else {
            unreachable!("only a dot is planned as one")
        };
        let (left, right) = (self.graph.shape(a), self.graph.shape(b));
        let (m, k) = (left.axis(usize::from(transpose_a)), left.axis(usize::from(!transpose_a)));
        let n = right.axis(usize::from(!transpose_b));
        let (a, b) = (self.place(a), self.place(b));
        let (transpose_a, transpose_b) = (transpose_a ^ self.is_transposed(a), transpose_b ^ self.is_transposed(b));
        if self.is_transposed(target) {
            // The transpose of a product is the product of the transposes in the other order.
            return Work::Dot(Dot {
                target,
                a: b,
                transpose_a: !transpose_b,
                b: a,
                transpose_b: !transpose_a,
                m: n,
                k,
                n: m,
            });
        }
        Work::Dot(Dot { target, a, transpose_a, b, transpose_b, m, k, n })
    }

    /// A loop that computes a value, or copies it if it is in memory.
    fn looped(&self, value: Value, target: Place, compute: bool) -> Work {
        let (space, kept, reduction, root) = match self.graph.op(value) {
            Op::Reduce(reduction, x, axes) if compute => {
                let all = 0..self.graph.shape(*x).rank();
                let kept = all.filter(|axis| !axes.contains(axis)).collect();
                (self.graph.shape(*x), kept, Some(*reduction), *x)
            }
            _ => (self.graph.shape(value), (0..self.graph.shape(value).rank()).collect(), None, value),
        };
        let mut body = Body { builder: self, loads: Vec::new(), instructions: Vec::new(), known: Vec::new() };
        let index: Vec<usize> = (0..space.rank()).collect();
        let force = compute && reduction.is_none();
        body.value(root, &index, force);
        let name = self.name(value);
        let mut access = Access { place: target, index: kept, name };
        if self.is_transposed(target) {
            access.index.reverse();
        }
        let (loads, instructions) = (body.loads, body.instructions);
        Work::Loop(collapse(Loop { axes: space.axes(), target: access, reduction, loads, body: instructions }))
    }
}

/// The expression of a loop in the making.
struct Body<'a> {
    builder: &'a Builder<'a>,
    loads: Vec<Access>,
    instructions: Vec<Instruction>,
    /// Which instruction computes a value at an index.
    known: Vec<(Value, Vec<usize>, usize)>,
}

impl Body<'_> {
    /// The instruction that yields a value at an index; `force` computes it even if it is kept.
    fn value(&mut self, value: Value, index: &[usize], force: bool) -> usize {
        if let Some((.., known)) = self.known.iter().find(|(v, at, _)| *v == value && at == index) {
            return *known;
        }
        let graph = self.builder.graph;
        let inlined = force || self.builder.keepings[value.index()] == Keeping::Inlined;
        let instruction = match graph.op(value) {
            _ if !inlined => Instruction::Load(self.load(value, index)),
            Op::Constant(x) => Instruction::Constant(*x),
            Op::BatchSize => Instruction::BatchSize,
            Op::Random(distribution, stream) => {
                Instruction::Random(*distribution, *stream, graph.shape(value).len(), index.to_vec())
            }
            Op::Unary(op, x) => Instruction::Unary(*op, self.value(*x, index, false)),
            Op::Binary(op, a, b) => {
                let (a, b) = (self.value(*a, index, false), self.value(*b, index, false));
                Instruction::Binary(*op, a, b)
            }
            Op::Select(condition, a, b) => {
                let condition = self.value(*condition, index, false);
                let (a, b) = (self.value(*a, index, false), self.value(*b, index, false));
                Instruction::Select(condition, a, b)
            }
            Op::Broadcast(x, axes) => {
                let inner: Vec<usize> = axes.iter().map(|axis| index[*axis]).collect();
                return self.value(*x, &inner, false);
            }
            Op::Stop(x) => return self.value(*x, index, false),
            Op::Source(_)
            | Op::Tensor(_)
            | Op::Reshape(_)
            | Op::Reduce(..)
            | Op::Dot { .. }
            | Op::Gather { .. }
            | Op::ScatterAdd { .. } => Instruction::Load(self.load(value, index)),
        };
        self.instructions.push(instruction);
        let at = self.instructions.len() - 1;
        self.known.push((value, index.to_vec(), at));
        at
    }

    fn load(&mut self, value: Value, index: &[usize]) -> usize {
        let place = self.builder.place(value);
        let name = match place {
            Place::Source(Source::Input) => "x".to_owned(),
            Place::Source(Source::Logits) => "z".to_owned(),
            Place::Source(Source::LogitsGradient) => "dz".to_owned(),
            Place::Source(Source::OutputGradient) => "dy".to_owned(),
            Place::Tensor(tensor) => {
                let name = self.builder.names[tensor];
                name.rsplit('.').next().unwrap_or(name).to_owned()
            }
            Place::Buffer(_) | Place::Arena(_) | Place::Target(_) => self.builder.kept_name(value),
        };
        let mut access = Access { place, index: index.to_vec(), name };
        if self.builder.is_transposed(place) {
            access.index.reverse();
        }
        let known = self.loads.iter().position(|load| load.place == access.place && load.index == access.index);
        known.unwrap_or_else(|| {
            self.loads.push(access);
            self.loads.len() - 1
        })
    }
}

/// Joins neighbouring loops that every access counts together, so that the nest is as flat as it can be.
fn collapse(mut nest: Loop) -> Loop {
    let mut axis = 0;
    while axis + 1 < nest.axes.len() {
        let together = |index: &[usize]| {
            let (outer, inner) = (position(index, axis), position(index, axis + 1));
            match (outer, inner) {
                (None, None) => true,
                (Some(outer), Some(inner)) => inner == outer + 1,
                _ => false,
            }
        };
        let randoms = nest.body.iter().all(|instruction| match instruction {
            Instruction::Random(.., index) => together(index),
            _ => true,
        });
        // The batch stays a loop of its own: rows are what generated code counts.
        let rows = matches!(nest.axes[axis], Extent::Rows(_));
        if rows || !randoms || !nest.loads.iter().chain([&nest.target]).all(|access| together(&access.index)) {
            axis += 1;
            continue;
        }
        nest = join(nest, axis);
    }
    nest
}

fn position(index: &[usize], axis: usize) -> Option<usize> {
    index.iter().position(|at| *at == axis)
}

/// Joins the loops `axis` and `axis + 1`.
fn join(mut nest: Loop, axis: usize) -> Loop {
    let (Extent::Fixed(outer), Extent::Fixed(inner)) = (nest.axes[axis], nest.axes[axis + 1]) else {
        unreachable!("only the leading axis is of rows, and it is not joined")
    };
    nest.axes.splice(axis..axis + 2, [Extent::Fixed(outer * inner)]);
    let renumber = |index: &mut Vec<usize>| {
        index.retain(|at| *at != axis + 1);
        index.iter_mut().filter(|at| **at > axis).for_each(|at| *at -= 1);
    };
    nest.loads.iter_mut().chain([&mut nest.target]).for_each(|access| renumber(&mut access.index));
    for instruction in &mut nest.body {
        if let Instruction::Random(.., index) = instruction {
            renumber(index);
        }
    }
    nest
}
