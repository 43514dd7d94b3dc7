//! Loops and their expressions: what is inlined is computed where it is read, at whatever position.

use super::fuse::Keeping;
use super::kernels::Builder;
use super::shared::Shared;
use super::{Access, Draw, Instruction, Loop, Position};
use crate::ir::{Affine, Op, Reduction, Value, identity};
use crate::shape::Extent;

/// A loop over all elements of a value that stores them at a target; `compute` computes the value though it is kept elsewhere.
pub(super) fn looped(
    builder: &Builder<'_>,
    shared: &Shared<'_>,
    root: Value,
    compute: bool,
    target: Access,
    reduction: Option<Reduction>,
) -> Loop {
    let shape = builder.graph.shape(root);
    let mut body = Body { builder, shared, loads: Vec::new(), instructions: Vec::new(), known: Vec::new() };
    body.value(root, &identity(shape.rank()), compute);
    let (loads, body) = (body.loads, body.instructions);
    collapse(Loop { axes: shape.axes(), target, reduction, loads, body, beside: false })
}

/// The expression of a loop in the making.
struct Body<'a> {
    builder: &'a Builder<'a>,
    shared: &'a Shared<'a>,
    loads: Vec<Access>,
    instructions: Vec<Instruction>,
    /// Which instruction computes a value at an index.
    known: Vec<(Value, Vec<Affine>, usize)>,
}

impl Body<'_> {
    /// The instruction that yields a value at an index; `compute` computes it even if it is kept.
    fn value(&mut self, value: Value, index: &[Affine], compute: bool) -> usize {
        if let Some((.., known)) = self.known.iter().find(|(v, at, _)| *v == value && at == index) {
            return *known;
        }
        let graph = self.builder.graph;
        let inlined = compute || self.builder.keepings[value.index()] == Keeping::Inlined;
        let instruction = match graph.op(value) {
            // An element that is copied because it does not lie in one piece.
            Op::Source(source) if compute => Instruction::Load(self.given(*source, value, index)),
            _ if !inlined => Instruction::Load(self.load(value, index)),
            Op::Constant(x) => Instruction::Constant(*x),
            Op::BatchSize => Instruction::BatchSize,
            Op::Iota(axis) => Instruction::Iota(index[*axis].clone()),
            Op::Random(distribution, stream) => Instruction::Random(Draw {
                distribution: *distribution,
                stream: *stream,
                width: graph.shape(value).len(),
                extents: graph.shape(value).axes(),
                at: index.to_vec(),
                steps: self.builder.steps.clone(),
            }),
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
                let inner: Vec<Affine> = axes.iter().map(|axis| index[*axis].clone()).collect();
                return self.value(*x, &inner, false);
            }
            Op::Index(x, at) => {
                let inner: Vec<Affine> = at.iter().map(|position| position.through(index)).collect();
                return self.value(*x, &inner, false);
            }
            Op::Stop(x) => return self.value(*x, index, false),
            Op::Source(_)
            | Op::Tensor(_)
            | Op::Literal(_)
            | Op::Reshape(_)
            | Op::Reduce(..)
            | Op::Deposit(..)
            | Op::Concat(..)
            | Op::Conv(_)
            | Op::Scan(_)
            | Op::Yield(..)
            | Op::Dot { .. }
            | Op::Gather { .. }
            | Op::ScatterAdd { .. } => Instruction::Load(self.load(value, index)),
        };
        self.instructions.push(instruction);
        let at = self.instructions.len() - 1;
        self.known.push((value, index.to_vec(), at));
        at
    }

    fn given(&mut self, source: crate::ir::Source, value: Value, index: &[Affine]) -> usize {
        let name = self.builder.name_in_memory(value, self.shared);
        let access = self.builder.given(source).access(index, name);
        self.add(access)
    }

    fn load(&mut self, value: Value, index: &[Affine]) -> usize {
        let access = self.builder.access(value, index, self.shared);
        self.add(access)
    }

    fn add(&mut self, access: Access) -> usize {
        let same = |load: &Access| load.place == access.place && load.at == access.at && load.extents == access.extents;
        let known = self.loads.iter().position(same);
        known.unwrap_or_else(|| {
            self.loads.push(access);
            self.loads.len() - 1
        })
    }
}

/// Joins neighbouring loops that every access counts together, so that the nest is as flat as it can be.
pub(super) fn collapse(mut nest: Loop) -> Loop {
    let mut axis = 0;
    while axis + 1 < nest.axes.len() {
        // The batch stays a loop of its own: rows are what generated code counts.
        let Extent::Fixed(inner) = nest.axes[axis + 1] else { unreachable!("only the leading axis is of rows") };
        let rows = matches!(nest.axes[axis], Extent::Rows(_));
        let accesses = nest.loads.iter().chain([&nest.target]).all(|access| {
            let at: Vec<Option<&Affine>> = access.at.iter().map(counters).collect();
            counted_together(&at, &access.extents, axis, inner)
        });
        let others = nest.body.iter().all(|instruction| match instruction {
            Instruction::Random(draw) => {
                let at: Vec<Option<&Affine>> = draw.at.iter().map(Some).collect();
                counted_together(&at, &draw.extents, axis, inner)
            }
            Instruction::Iota(position) => !mentions(position, axis) && !mentions(position, axis + 1),
            _ => true,
        });
        if rows || !accesses || !others {
            axis += 1;
            continue;
        }
        join(&mut nest, axis, inner);
    }
    nest
}

fn counters(position: &Position) -> Option<&Affine> {
    match position {
        Position::Counters(affine) => Some(affine),
        Position::Step(_) => None,
    }
}

fn mentions(position: &Affine, counter: usize) -> bool {
    position.terms.iter().any(|(known, _)| *known == counter)
}

/// Whether an array is read through the counters `axis` and `axis + 1` as if they were one: through neither, or through both as
/// they are, on neighbouring axes, the inner one in its full extent.
fn counted_together(at: &[Option<&Affine>], extents: &[Extent], axis: usize, inner: usize) -> bool {
    let either = |position: &Option<&Affine>| {
        position.is_some_and(|affine| mentions(affine, axis) || mentions(affine, axis + 1))
    };
    let involved: Vec<usize> = (0..at.len()).filter(|place| either(&at[*place])).collect();
    let is = |place: usize, counter: usize| at[place].and_then(Affine::as_counter) == Some(counter);
    match involved[..] {
        [] => true,
        [first, second] => {
            second == first + 1
                && is(first, axis)
                && is(second, axis + 1)
                && extents[second] == Extent::Fixed(inner)
                && matches!(extents[first], Extent::Fixed(_))
        }
        _ => false,
    }
}

/// Joins the loops `axis` and `axis + 1`.
fn join(nest: &mut Loop, axis: usize, inner: usize) {
    let Extent::Fixed(outer) = nest.axes[axis] else { unreachable!("rows are not joined") };
    nest.axes.splice(axis..axis + 2, [Extent::Fixed(outer * inner)]);
    for access in nest.loads.iter_mut().chain([&mut nest.target]) {
        let second = access.at.iter().position(|position| position.as_counter() == Some(axis + 1));
        if let Some(second) = second {
            access.at.remove(second);
            merge(&mut access.extents, second);
        }
        for position in &mut access.at {
            if let Position::Counters(affine) = position {
                renumber(affine, axis);
            }
        }
    }
    for instruction in &mut nest.body {
        match instruction {
            Instruction::Random(draw) => {
                let second = draw.at.iter().position(|position| position.as_counter() == Some(axis + 1));
                if let Some(second) = second {
                    draw.at.remove(second);
                    merge(&mut draw.extents, second);
                }
                draw.at.iter_mut().for_each(|position| renumber(position, axis));
            }
            Instruction::Iota(position) => renumber(position, axis),
            _ => {}
        }
    }
}

/// Joins an extent with the one before it.
fn merge(extents: &mut Vec<Extent>, second: usize) {
    if let (Extent::Fixed(outer), Extent::Fixed(inner)) = (extents[second - 1], extents[second]) {
        extents.splice(second - 1..=second, [Extent::Fixed(outer * inner)]);
    }
}

fn renumber(position: &mut Affine, axis: usize) {
    for (counter, _) in &mut position.terms {
        if *counter > axis {
            *counter -= 1;
        }
    }
}
