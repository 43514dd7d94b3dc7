//! Rows side by side: how a network lies in memory whose layers are too narrow to fill registers by themselves.
//!
//! A batch is cut into blocks of [`LANES`] rows. In the arena, each value of a block has a line of [`LANES`] places, one for each of
//! its rows: `[blocks, values, LANES]`. Inputs are laid so before the first kernel, and what leaves a function is laid back.

use super::fuse::Keeping;
use super::kernels::Builder;
use super::layout::Layout;
use super::shared::Shared;
use super::spot::Spot;
use super::{Access, Draw, Instruction, Kernel, Loop, Part, Place, Position, Turned, Work};
use crate::ir::{Affine, Graph, Op, Source, Target, Value};
use crate::shape::Extent;

/// Rows of a block: as many as the runtime's.
pub const LANES: usize = 16;

/// Fewer columns than this do not keep the registers busy that run along them.
const NARROW: usize = 32;

/// With fewer rows than this, most lanes would compute nothing.
const FEWEST_ROWS: usize = 4;

/// Whether the rows of a graph, which do not depend on each other, are to lie side by side: every value can, most of its
/// multiplications are of narrow layers, and the text does not say that a batch has only a few.
pub(super) fn suits(graph: &Graph, batch: Option<usize>) -> bool {
    if batch.is_some_and(|rows| rows < FEWEST_ROWS) {
        return false;
    }
    let (mut narrow, mut all) = (0_u64, 0_u64);
    for value in graph.values() {
        if !can(graph, value) {
            return false;
        }
        let (terms, width) = product(graph, value);
        all = all.saturating_add(terms);
        narrow = narrow.saturating_add(if width < NARROW { terms } else { 0 });
    }
    narrow > all / 2
}

/// Sums side by side in which a reduction of as many values or more is taken, where these lie one behind the other, so that its steps
/// need not wait for each other.
pub const SUMS: usize = 16;

/// Whether many rows are to be predicted side by side. Most of the multiplications are those of convolutions then, which gain by it, and
/// the output of a row is the same to the last bit as where it is predicted alone: all its sums go in the same order.
pub(super) fn suits_predictions(graph: &Graph, layouts: &[Layout]) -> bool {
    let terms = |value: Value| match graph.op(value) {
        Op::Conv(conv) if conv.meeting.groups == 1 => [product(graph, value).0, 0],
        _ => [0, product(graph, value).0],
    };
    let [convolved, others] = graph
        .values()
        .map(terms)
        .fold([0; 2], |sums, terms| [0, 1].map(|which| u64::saturating_add(sums[which], terms[which])));
    convolved > others && suits(graph, None) && graph.values().all(|value| sums_in_order(graph, value, layouts))
}

/// Whether what is summed for a value goes in the same order if rows lie side by side as if they do not.
fn sums_in_order(graph: &Graph, value: Value, layouts: &[Layout]) -> bool {
    match graph.op(value) {
        Op::Reduce(_, x, axes) => {
            let shape = graph.shape(*x);
            let terms: usize = axes.iter().map(|axis| shape.axis(*axis).values()).product();
            let last = shape.rank() - 1;
            let runs_along = axes.contains(&last) || shape.axis(last).values() == 1;
            !shape.is_batched() || terms < SUMS || !runs_along
        }
        Op::Dot { a, b, transpose_b, .. } if graph.shape(*a).is_batched() => {
            let lies = |index: usize| layouts[index] == Layout::RowMajor;
            !transpose_b && matches!(graph.op(*b), Op::Tensor(index) if lies(*index))
        }
        _ => true,
    }
}

/// Whether a value can be computed with rows side by side.
fn can(graph: &Graph, value: Value) -> bool {
    let shape = graph.shape(value);
    let is_row = |value: Value| graph.shape(value).rows == 1;
    if shape.rows > 1 {
        return false;
    }
    match graph.op(value) {
        Op::Scan(_) | Op::Yield(..) | Op::Gather { .. } | Op::ScatterAdd { .. } | Op::BatchSize => false,
        Op::Dot { a, transpose_a, b, transpose_b } => {
            let fixed = !graph.shape(*a).is_batched() && !graph.shape(*b).is_batched();
            let by_weights = is_row(*a) && !transpose_a && !graph.shape(*b).is_batched();
            let of_weights = is_row(*a) && *transpose_a && is_row(*b) && !transpose_b;
            graph.shape(*a).rank() == 2 && (fixed || by_weights || of_weights)
        }
        Op::Conv(_) => true,
        // Rows stay in their order.
        Op::Index(x, at) | Op::Deposit(x, at) => {
            let rows = shape.is_batched() || is_row(*x);
            let mentions = |position: &Affine| position.terms.iter().any(|(counter, _)| *counter == 0);
            !rows || (at[0].as_counter() == Some(0) && !at[1..].iter().any(mentions))
        }
        Op::Concat(_, axis) => !shape.is_batched() || *axis > 0,
        Op::Broadcast(x, axes) => !is_row(*x) || axes.first() == Some(&0),
        Op::Reshape(x) => is_row(*x) == shape.is_batched(),
        Op::Iota(axis) => !shape.is_batched() || *axis > 0,
        Op::Source(_)
        | Op::Tensor(_)
        | Op::Constant(_)
        | Op::Literal(_)
        | Op::Random(..)
        | Op::Unary(..)
        | Op::Binary(..)
        | Op::Select(..)
        | Op::Reduce(..)
        | Op::Stop(_) => true,
    }
}

/// The multiplications of a product for each row, and the fewer of its terms and columns.
fn product(graph: &Graph, value: Value) -> (u64, usize) {
    match graph.op(value) {
        Op::Dot { a, b, .. } => {
            let matrix = [*a, *b, value].into_iter().find(|part| !graph.shape(*part).is_batched());
            let dims = matrix.map_or(&[][..], |matrix| &graph.shape(matrix).dims);
            (dims.iter().product::<usize>() as u64, dims.iter().copied().min().unwrap_or(0))
        }
        Op::Conv(conv) => {
            let meeting = &conv.meeting;
            let windows: usize = meeting.axes.iter().map(|axis| axis.window * axis.places).product();
            let (channels, filters) = (meeting.channels / meeting.groups, meeting.filters / meeting.groups);
            let terms = windows.saturating_mul(channels).saturating_mul(meeting.filters);
            (terms as u64, channels.min(filters))
        }
        _ => (0, 0),
    }
}

impl Builder<'_> {
    /// The kernel that lays the rows of a source side by side, if they are to lie so. A gradient is 0 where there is no row.
    pub(super) fn turned(&self, value: Value, shared: &Shared<'_>) -> Option<Kernel> {
        let Op::Source(source) = *self.graph.op(value) else { return None };
        let shape = self.graph.shape(value);
        let target = self.given[&source].part(shape);
        let source = Part { place: Place::given(source), ..target.clone() };
        let is_gradient = matches!(source.place, Place::Source(Source::LogitsGradient));
        let turned = if is_gradient { Turned::BesideZeros } else { Turned::Beside };
        (target != source).then(|| self.kernel(value, Work::Turn { target, source, turned }, shared))
    }

    /// The kernels that fill an output with a value that is not computed there.
    pub(super) fn output(&self, value: Value, target: Target, shared: &mut Shared<'_>) -> Vec<Kernel> {
        let shape = self.graph.shape(value);
        let spot = Spot::whole(Place::Target(target), shape);
        if !shared.beside || !shape.is_batched() {
            return vec![self.copied(value, &spot, shared)];
        }
        let (kernel, source) = match self.keepings[value.index()] {
            Keeping::Inlined => {
                let source = self.buffer(shape, shared);
                (Some(self.copied(value, &source, shared)), source)
            }
            _ => (None, self.spot(value)),
        };
        let work = Work::Turn { target: spot.part(shape), source: source.part(shape), turned: Turned::Apart };
        kernel.into_iter().chain([self.kernel(value, work, shared)]).collect()
    }
}

/// A loop over rows one behind the other as one over rows side by side: the lanes of a block are its innermost axis.
pub(super) fn laid_beside(mut nest: Loop) -> Loop {
    if !nest.loads.iter().chain([&nest.target]).any(is_batched) && !nest.axes.iter().any(is_rows) {
        return nest;
    }
    let lane = nest.axes.len();
    nest.beside = true;
    nest.axes.push(Extent::Fixed(LANES));
    for access in nest.loads.iter_mut().chain([&mut nest.target]).filter(|access| is_batched(access)) {
        access.extents.push(Extent::Fixed(LANES));
        access.at.push(Position::Counters(Affine::counter(lane)));
    }
    for instruction in &mut nest.body {
        if let Instruction::Random(Draw { at, extents, .. }) = instruction
            && extents.first().is_some_and(is_rows)
        {
            at[0] = Affine { offset: 0, terms: vec![(0, LANES as isize), (lane, 1)] };
        }
    }
    if nest.reduction.is_some() {
        reduced_last(&mut nest);
    }
    nest
}

fn is_rows(extent: &Extent) -> bool {
    matches!(extent, Extent::Rows(_))
}

fn is_batched(access: &Access) -> bool {
    access.extents.first().is_some_and(is_rows)
}

/// Puts the axes that a reduction keeps before those that it reduces, so that each result is summed in registers. The lanes stay
/// the innermost.
fn reduced_last(nest: &mut Loop) {
    let lane = nest.axes.len() - 1;
    let kept: Option<Vec<usize>> = nest.target.at.iter().map(Position::as_counter).collect();
    let Some(mut order) = kept else { return };
    order.retain(|axis| *axis != lane);
    order.extend((0..lane).filter(|axis| !nest.target.at.iter().any(|at| at.as_counter() == Some(*axis))));
    order.push(lane);
    let place = |axis: usize| order.iter().position(|old| *old == axis).expect("each axis has a place");
    let moved = |affine: &mut Affine| {
        affine.terms.iter_mut().for_each(|(counter, _)| *counter = place(*counter));
        affine.terms.sort_unstable();
    };
    for position in nest.loads.iter_mut().chain([&mut nest.target]).flat_map(|access| &mut access.at) {
        if let Position::Counters(affine) = position {
            moved(affine);
        }
    }
    for instruction in &mut nest.body {
        match instruction {
            Instruction::Random(draw) => draw.at.iter_mut().for_each(moved),
            Instruction::Iota(position) => moved(position),
            _ => {}
        }
    }
    nest.axes = order.iter().map(|axis| nest.axes[*axis]).collect();
}
