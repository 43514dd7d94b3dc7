//! From a graph to kernels: a kernel for each kept value and each output, loops with their expressions.

mod scan;

use std::collections::BTreeMap;

use super::body::{collapse, looped};
use super::by_row;
use super::fuse::{Keeping, User, keepings, needed, users};
use super::lanes;
use super::layout::Layout;
use super::memory::Buffers;
use super::shared::Shared;
use super::spot::Spot;
use super::{Arena, Dot, Function, FunctionKind, Instruction, Kernel, Loop, Part, Place, Rows, Work, slot_of};
use crate::ir::{Affine, Graph, Op, Reduction, Source, Target, Value, Yielded, identity};
use crate::shape::{Extent, Shape};

/// The functions of a graph, in order: each computes what its outputs need and no function before it has computed, and goes through rows
/// as told. The layouts and the names are those of the tensors.
pub(super) fn functions(
    graph: &Graph,
    kinds: &[FunctionKind],
    (layouts, names): (&[Layout], &[&str]),
    literals: &mut Vec<Vec<f64>>,
    buffers: &mut Buffers,
    rows: Rows,
) -> Vec<Function> {
    let (beside, together) = (rows == Rows::Beside, rows == Rows::Together);
    let mut shared = Shared { layouts, names, literals, buffers, prefix: "", beside, together };
    let sources = graph.values().filter_map(|value| match graph.op(value) {
        Op::Source(source) => Some((*source, shared.given(*source, graph.shape(value)))),
        _ => None,
    });
    let sources = sources.collect();
    let mut builder = Builder::new(graph, sources, 0, Vec::new(), &mut shared);
    let mut done = vec![false; graph.nodes.len()];
    let mut functions = Vec::new();
    for kind in kinds {
        let needed = needed(graph, |target| fills(*kind, target));
        let backward =
            matches!(kind, FunctionKind::Backward | FunctionKind::HeadBackward | FunctionKind::FiguresBackward);
        let mut kernels = Vec::new();
        for value in graph.values() {
            let index = value.index();
            if needed[index] && !done[index] {
                done[index] = true;
                kernels.extend(builder.turned(value, &shared));
                kernels.extend(builder.kept(value, &mut shared, if backward { "d_" } else { "" }));
            }
        }
        for (output, (target, value)) in graph.outputs.iter().enumerate() {
            if fills(*kind, *target) && builder.direct[value.index()] != Some(output) {
                kernels.extend(builder.output(*value, *target, &mut shared));
            }
        }
        if together {
            kernels = by_row::together(kernels);
        }
        functions.push(Function { kind: *kind, kernels, arena: Arena::default(), beside });
    }
    functions
}

/// Whether a function fills this output.
fn fills(kind: FunctionKind, target: Target) -> bool {
    match target {
        Target::Gradient(_) => kind == FunctionKind::Backward,
        Target::Logits | Target::State(_) => kind == FunctionKind::Forward,
        Target::Output => {
            use FunctionKind::{Entry, HeadForward, Predict, PredictMany};
            matches!(kind, Predict | PredictMany | HeadForward | Entry(_))
        }
        Target::LogitsGradient => kind == FunctionKind::HeadBackward,
        Target::Figures => kind == FunctionKind::Figures,
        Target::OutputGradient => kind == FunctionKind::FiguresBackward,
        Target::Next(_) | Target::Emit(_) => unreachable!("only the body of a loop yields it"),
    }
}

/// What makes the kernels of one graph: of the network, or of the body of a loop.
pub(super) struct Builder<'a> {
    pub(super) graph: &'a Graph,
    pub(super) keepings: Vec<Keeping>,
    /// How many loops stand around it.
    depth: usize,
    /// The loops around it: which counter, and how many steps.
    pub(super) steps: Vec<(usize, usize)>,
    /// The output that a kept value is written to at once, because nothing else reads it.
    direct: Vec<Option<usize>>,
    /// What uses each value.
    users: Vec<Vec<User>>,
    /// Where the sources lie.
    pub(super) given: BTreeMap<Source, Spot>,
    /// Where what a body emits is to lie, by output.
    emits: BTreeMap<usize, Spot>,
    /// Where each kept value lies, once its kernel is made.
    spots: Vec<Option<Spot>>,
    /// A name for each kept value.
    value_names: Vec<String>,
}

impl<'a> Builder<'a> {
    fn new(
        graph: &'a Graph,
        given: BTreeMap<Source, Spot>,
        depth: usize,
        steps: Vec<(usize, usize)>,
        shared: &mut Shared<'_>,
    ) -> Self {
        let keepings = keepings(graph, &|source| given[&source].is_in_one_piece());
        let users = users(graph);
        let direct = graph.values().map(|value| match &users[value.index()][..] {
            [User::Output(output)] if keepings[value.index()] == Keeping::Kept => {
                let turned = shared.beside && graph.shape(value).is_batched();
                (!turned && can_be_direct(graph, value, graph.outputs[*output].0)).then_some(*output)
            }
            _ => None,
        });
        let direct = direct.collect();
        let value_names = vec![String::new(); graph.nodes.len()];
        let (spots, emits) = (vec![None; graph.nodes.len()], BTreeMap::new());
        let mut builder = Self { graph, keepings, depth, steps, direct, users, given, emits, spots, value_names };
        for value in graph.values() {
            builder.spots[value.index()] = match graph.op(value) {
                Op::Tensor(index) => Some(Spot::whole(Place::Tensor(*index), graph.shape(value))),
                Op::Literal(numbers) => Some(Spot::whole(Place::Literal(shared.literal(numbers)), graph.shape(value))),
                Op::Source(source) if builder.keepings[value.index()] == Keeping::Outside => {
                    Some(builder.given[source].clone())
                }
                _ => None,
            };
        }
        builder
    }

    /// The kernels that compute a value, if it is kept.
    fn kept(&mut self, value: Value, shared: &mut Shared<'_>, prefix: &'static str) -> Vec<Kernel> {
        if self.keepings[value.index()] != Keeping::Kept {
            return Vec::new();
        }
        shared.prefix = prefix;
        self.value_names[value.index()] = self.name(value, shared);
        let spot = match self.graph.op(value) {
            Op::Scan(scan) => return self.scan(value, scan, shared),
            // The loop that yields it has given it its place.
            Op::Yield(..) => return Vec::new(),
            _ => match self.direct[value.index()] {
                Some(output) => self.spot_of_output(output, value),
                None => self.buffer(self.graph.shape(value), shared),
            },
        };
        let shape = self.graph.shape(value);
        let works = match self.graph.op(value) {
            Op::Dot { .. } => vec![self.dot(value, spot.part(shape), shared)],
            Op::Conv(conv) => vec![Work::Conv {
                yields: conv.yields,
                target: spot.part(shape),
                a: self.part(conv.a),
                b: self.part(conv.b),
                meeting: conv.meeting.clone(),
            }],
            Op::Gather { table, ids } => vec![Work::Gather {
                target: spot.part(shape),
                table: self.part(*table),
                ids: self.part(*ids),
                width: shape.dims[0],
            }],
            Op::ScatterAdd { rows, ids } => vec![Work::ScatterAdd {
                target: spot.part(shape),
                rows: self.part(*rows),
                ids: self.part(*ids),
                width: shape.dims[1],
            }],
            Op::Concat(parts, axis) => self.concat(parts, *axis, &spot, shared),
            Op::Reduce(reduction, x, axes) => self.reduce(*reduction, *x, axes, &spot, shared),
            Op::Deposit(x, at) => {
                let sums = self.graph.tiling(value).is_none().then_some(Reduction::Sum);
                vec![Work::Loop(self.looped(*x, false, &spot, at, sums, shared))]
            }
            _ => vec![Work::Loop(self.looped(value, true, &spot, &identity(shape.rank()), None, shared))],
        };
        self.spots[value.index()] = Some(spot);
        works.into_iter().map(|work| self.kernel(value, work, shared)).collect()
    }

    fn reduce(
        &self,
        reduction: Reduction,
        x: Value,
        axes: &[usize],
        spot: &Spot,
        shared: &mut Shared<'_>,
    ) -> Vec<Work> {
        let shape = self.graph.shape(x);
        let kept: Vec<usize> = (0..shape.rank()).filter(|axis| !axes.contains(axis)).collect();
        let at: Vec<Affine> = kept.iter().copied().map(Affine::counter).collect();
        if !shared.together || !by_row::is_worth_sums_of_rows(shape, axes) {
            return vec![Work::Loop(self.looped(x, false, spot, &at, Some(reduction), shared))];
        }
        let extents: Vec<Extent> = [0].into_iter().chain(kept).map(|axis| shape.axis(axis)).collect();
        let of_rows = Shape::from_axes(&extents);
        let partial = self.buffer(&of_rows, shared);
        let at: Vec<Affine> = [Affine::counter(0)].into_iter().chain(at).collect();
        let each = self.looped(x, false, &partial, &at, Some(reduction), shared);
        let name = self.name(x, shared);
        let all = collapse(Loop {
            axes: extents,
            target: spot.access(&identity(of_rows.rank())[1..], name.clone()),
            reduction: Some(reduction),
            loads: vec![partial.access(&identity(of_rows.rank()), name)],
            body: vec![Instruction::Load(0)],
            beside: false,
        });
        vec![Work::Loop(each), Work::Loop(all)]
    }

    fn concat(&self, parts: &[Value], axis: usize, spot: &Spot, shared: &Shared<'_>) -> Vec<Work> {
        let mut works = Vec::new();
        let mut start = 0;
        for part in parts {
            let shape = self.graph.shape(*part);
            let mut at = identity(shape.rank());
            at[axis] = Affine::strided(start, axis, 1);
            works.push(Work::Loop(self.looped(*part, false, spot, &at, None, shared)));
            if let Extent::Fixed(n) = shape.axis(axis) {
                start += n;
            }
        }
        works
    }

    /// The kernel that fills a place with a value that is not computed into it.
    pub(super) fn copied(&self, value: Value, spot: &Spot, shared: &mut Shared<'_>) -> Kernel {
        let rank = self.graph.shape(value).rank();
        let nest = self.looped(value, false, spot, &identity(rank), None, shared);
        self.kernel(value, Work::Loop(nest), shared)
    }

    fn looped(
        &self,
        root: Value,
        compute: bool,
        target: &Spot,
        at: &[Affine],
        reduction: Option<Reduction>,
        shared: &Shared<'_>,
    ) -> Loop {
        let name = self.name(root, shared);
        let mut target = target.access(at, name);
        if shared.is_transposed(target.place) {
            (target.at, target.extents) = reversed(target.at, target.extents);
        }
        let nest = looped(self, shared, root, compute, target, reduction);
        if shared.beside { lanes::laid_beside(nest) } else { nest }
    }

    /// Where what the body is given lies.
    pub(super) fn given(&self, source: Source) -> &Spot {
        &self.given[&source]
    }

    /// Whether a kept value is computed by a loop over its elements.
    fn is_loop(&self, value: Value) -> bool {
        !matches!(
            self.graph.op(value),
            Op::Dot { .. } | Op::Conv(_) | Op::Gather { .. } | Op::ScatterAdd { .. } | Op::Yield(..) | Op::Scan(_)
        )
    }

    fn spot_of_output(&self, output: usize, value: Value) -> Spot {
        match self.graph.outputs[output].0 {
            Target::Emit(_) => self.emits[&output].clone(),
            target => Spot::whole(Place::Target(target), self.graph.shape(value)),
        }
    }

    pub(super) fn buffer(&self, shape: &Shape, shared: &mut Shared<'_>) -> Spot {
        Spot::whole(Place::Buffer(shared.buffers.add(slot_of(shape), self.depth)), shape)
    }

    pub(super) fn kernel(&self, value: Value, work: Work, shared: &Shared<'_>) -> Kernel {
        Kernel { origin: self.origin(value), name: self.name(value, shared), work }
    }

    fn origin(&self, value: Value) -> String {
        self.graph.origins.get(self.graph.node(value).origin as usize).cloned().unwrap_or_default()
    }

    /// `dense_1`, from the origin "dense_1: dense(4->16)".
    fn name(&self, value: Value, shared: &Shared<'_>) -> String {
        let origin = self.origin(value);
        let path = origin.split(':').next().unwrap_or_default();
        let path = if path.is_empty() { "value".to_owned() } else { path.replace(".*", "").replace('.', "_") };
        format!("{}{path}", shared.prefix)
    }

    /// The name of a value that is in memory.
    pub(super) fn name_in_memory(&self, value: Value, shared: &Shared<'_>) -> String {
        match self.graph.op(value) {
            Op::Reshape(operand) => self.name_in_memory(*operand, shared),
            Op::Source(Source::Input) => "x".to_owned(),
            Op::Source(Source::Logits) => "z".to_owned(),
            Op::Source(Source::LogitsGradient) => "dz".to_owned(),
            Op::Source(Source::OutputGradient) => "dy".to_owned(),
            Op::Source(Source::Output) => "y".to_owned(),
            Op::Source(Source::Targets) => "t".to_owned(),
            Op::Source(Source::Element(number)) => format!("element_{number}"),
            Op::Source(Source::Carried(number)) => format!("carried_{number}"),
            Op::Source(Source::Outer(number)) => format!("outer_{number}"),
            Op::Literal(_) => "numbers".to_owned(),
            Op::Tensor(tensor) => {
                let name = shared.names[*tensor];
                name.rsplit('.').next().unwrap_or(name).to_owned()
            }
            _ => self.value_names[value.index()].clone(),
        }
    }

    /// Where a value that is in memory lies.
    pub(super) fn spot(&self, value: Value) -> Spot {
        match self.graph.op(value) {
            Op::Reshape(operand) => self.spot(*operand).reshaped(self.graph.shape(value)),
            _ => self.spots[value.index()].clone().expect("what is read in memory is kept"),
        }
    }

    fn part(&self, value: Value) -> Part {
        self.spot(value).part(self.graph.shape(value))
    }

    /// One element of a value that is in memory.
    pub(super) fn access(&self, value: Value, index: &[Affine], shared: &Shared<'_>) -> super::Access {
        let mut access = self.spot(value).access(index, self.name_in_memory(value, shared));
        if shared.is_transposed(access.place) {
            (access.at, access.extents) = reversed(access.at, access.extents);
        }
        access
    }

    fn dot(&self, value: Value, target: Part, shared: &Shared<'_>) -> Work {
        let Op::Dot { a, transpose_a, b, transpose_b } = *self.graph.op(value) else {
            unreachable!("only a dot is planned as one")
        };
        let (left, right) = (self.graph.shape(a), self.graph.shape(b));
        let lead = left.rank() - 2;
        let count = (lead == 1).then(|| left.axis(0));
        let (m, k) = (left.axis(lead + usize::from(transpose_a)), left.axis(lead + usize::from(!transpose_a)));
        let n = right.axis(lead + usize::from(!transpose_b));
        let (a, b) = (self.part(a), self.part(b));
        let transpose_a = transpose_a ^ shared.is_transposed(a.place);
        let transpose_b = transpose_b ^ shared.is_transposed(b.place);
        if shared.is_transposed(target.place) {
            // The transpose of a product is the product of the transposes in the other order.
            return Work::Dot(Dot {
                target,
                a: b,
                transpose_a: !transpose_b,
                b: a,
                transpose_b: !transpose_a,
                panels: false,
                into_panels: false,
                count,
                m: n,
                k,
                n: m,
            });
        }
        let (panels, into_panels) = (shared.is_in_panels(b.place), shared.is_in_panels(target.place));
        Work::Dot(Dot { target, a, transpose_a, b, transpose_b, panels, into_panels, count, m, k, n })
    }
}

/// Whether a kept value may be computed where an output wants it. What a loop leaves stays where the loop carries it.
fn can_be_direct(graph: &Graph, value: Value, target: Target) -> bool {
    let left = matches!(graph.op(value), Op::Yield(_, Yielded::Left(_)));
    let given = matches!(graph.op(value), Op::Source(_));
    !left && !given && !matches!(target, Target::Next(_))
}

fn reversed<A, B>(mut a: Vec<A>, mut b: Vec<B>) -> (Vec<A>, Vec<B>) {
    a.reverse();
    b.reverse();
    (a, b)
}
