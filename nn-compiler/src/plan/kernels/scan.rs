//! Loops of kernels: where what they are given, carry and emit lies, and the kernels of a step.

use std::collections::BTreeMap;

use super::{Builder, can_be_direct};
use crate::ir::{Op, Scan, Source, Target, Value, Yielded, identity, stacking_axis};
use crate::plan::body::collapse;
use crate::plan::fuse::{Keeping, User};
use crate::plan::shared::Shared;
use crate::plan::spot::Spot;
use crate::plan::{Instruction, Kernel, Loop, Place, Work, panels, slot_of};

impl Builder<'_> {
    /// The kernel that runs a loop: first what it carries is copied, then its body is run.
    pub(super) fn scan(&mut self, value: Value, scan: &Scan, shared: &mut Shared<'_>) -> Vec<Kernel> {
        let mut kernels = Vec::new();
        let mut given: BTreeMap<Source, Spot> = BTreeMap::new();
        for (number, (sequence, axis)) in scan.sequences.iter().enumerate() {
            given.insert(Source::Element(number), self.spot(*sequence).entry(*axis, self.depth));
        }
        for (number, outer) in scan.outer.iter().enumerate() {
            given.insert(Source::Outer(number), self.spot(*outer));
        }
        let mut carried = Vec::new();
        for (number, initial) in scan.initial.iter().enumerate() {
            let spot = self.buffer(self.graph.shape(*initial), shared);
            kernels.push(self.copied(*initial, &spot, shared));
            given.insert(Source::Carried(number), spot.clone());
            carried.push(spot);
        }
        let yields: Vec<(Value, Yielded)> = self
            .graph
            .values()
            .filter_map(|other| match self.graph.op(other) {
                Op::Yield(from, which) if *from == value => Some((other, *which)),
                _ => None,
            })
            .collect();
        let mut emitted: BTreeMap<usize, Spot> = BTreeMap::new();
        for (yielded, which) in yields {
            self.value_names[yielded.index()] = self.name(yielded, shared);
            let spot = match which {
                Yielded::Left(number) => carried[number].clone(),
                Yielded::Emitted(number) if emitted.contains_key(&number) => emitted[&number].clone(),
                Yielded::Emitted(number) => {
                    let spot = match self.direct[yielded.index()] {
                        Some(output) => self.spot_of_output(output, yielded),
                        None => self.emitted(yielded, which, shared),
                    };
                    emitted.insert(number, spot.clone());
                    spot
                }
            };
            self.spots[yielded.index()] = Some(spot);
        }
        let steps = self.steps.iter().copied().chain([(self.depth, scan.steps)]).collect();
        let mut inner = Builder::new(&scan.body, given, self.depth + 1, steps, shared);
        let mut body = inner.body(scan, self.depth, &carried, &emitted, shared);
        kernels.extend(panels::before(&mut body, scan.steps, shared.buffers, self.depth));
        let work = Work::Scan { steps: scan.steps, reverse: scan.reverse, depth: self.depth, kernels: body };
        kernels.push(self.kernel(value, work, shared));
        kernels
    }

    /// A place for all that the steps of a loop emit.
    fn emitted(&self, yielded: Value, which: Yielded, shared: &mut Shared<'_>) -> Spot {
        let shape = self.graph.shape(yielded);
        let axis = usize::from(shape.is_batched());
        let Op::Yield(from, _) = *self.graph.op(yielded) else { unreachable!("it is what a loop yields") };
        let same = |value: &Value| *self.graph.op(*value) == Op::Yield(from, which);
        let place = Place::Buffer(shared.buffers.add(slot_of(shape), self.depth));
        match self.graph.values().filter(same).all(|value| self.is_seen_in_entries(value, axis)) {
            true => Spot::in_entries(place, shape, axis),
            false => Spot::whole(place, shape),
        }
    }

    /// Whether nothing but loops looks at a sequence, entry by entry along this axis.
    fn is_seen_in_entries(&self, value: Value, axis: usize) -> bool {
        self.users[value.index()].iter().all(|user| match user {
            User::Value(user) => match self.graph.op(*user) {
                Op::Scan(scan) => {
                    let whole = scan.initial.contains(&value) || scan.outer.contains(&value);
                    !whole && scan.sequences.iter().all(|(sequence, at)| *sequence != value || *at == axis)
                }
                _ => false,
            },
            User::Output(_) => false,
        })
    }

    /// One step of a loop.
    fn body(
        &mut self,
        scan: &Scan,
        depth: usize,
        carried: &[Spot],
        emitted: &BTreeMap<usize, Spot>,
        shared: &mut Shared<'_>,
    ) -> Vec<Kernel> {
        let prefix = shared.prefix;
        let graph = self.graph;
        for (output, (target, value)) in graph.outputs.iter().enumerate() {
            if let Target::Emit(number) = target {
                let shape = graph.shape(*value);
                let spot = emitted[number].entry(stacking_axis(shape), depth);
                // What is no loop can only write in one piece, and only that can be read by others like any value.
                let fits = spot.is_in_one_piece() || self.is_loop(*value);
                let direct = self.direct[value.index()].filter(|_| fits);
                let read =
                    spot.is_in_one_piece() && spot.place.buffer().is_some() && can_be_direct(graph, *value, *target);
                let kept = self.keepings[value.index()] == Keeping::Kept;
                self.direct[value.index()] = direct.or((read && kept).then_some(output));
                self.emits.insert(output, spot);
            }
        }
        let mut kernels: Vec<Kernel> = graph.values().flat_map(|value| self.kept(value, shared, prefix)).collect();
        for (output, (target, value)) in graph.outputs.iter().enumerate() {
            if matches!(target, Target::Emit(_)) && self.direct[value.index()] != Some(output) {
                let spot = self.emits[&output].clone();
                kernels.push(self.copied(*value, &spot, shared));
            }
        }
        kernels.extend(self.left(scan, carried, shared));
        kernels
    }

    /// What a step leaves takes the place of what it found: at once, unless another value that is left is computed from it.
    fn left(&self, scan: &Scan, carried: &[Spot], shared: &mut Shared<'_>) -> Vec<Kernel> {
        let mut all: Vec<(usize, Value, Kernel)> = Vec::new();
        for (number, spot) in carried.iter().enumerate() {
            let value = scan.body.output(Target::Next(number)).expect("what is carried has a next value");
            if *scan.body.op(value) != Op::Source(Source::Carried(number)) {
                all.push((number, value, self.copied(value, spot, shared)));
            }
        }
        let reads = |kernel: &Kernel, spot: &Spot, own: bool| match &kernel.work {
            Work::Loop(nest) => nest.loads.iter().any(|load| {
                load.place == spot.place && !(own && load.at == nest.target.at && load.extents == nest.target.extents)
            }),
            _ => false,
        };
        let in_the_way: Vec<bool> = all
            .iter()
            .map(|(number, ..)| all.iter().any(|(other, _, kernel)| reads(kernel, &carried[*number], other == number)))
            .collect();
        let (mut first, mut then) = (Vec::new(), Vec::new());
        for ((number, value, kernel), in_the_way) in all.into_iter().zip(in_the_way) {
            if !in_the_way {
                first.push(kernel);
                continue;
            }
            let aside = self.buffer(scan.body.shape(value), shared);
            first.push(self.copied(value, &aside, shared));
            let rank = scan.body.shape(value).rank();
            let name = self.name(value, shared);
            let load = aside.access(&identity(rank), name.clone());
            let target = carried[number].access(&identity(rank), name);
            let axes = scan.body.shape(value).axes();
            let body = vec![Instruction::Load(0)];
            let nest = Loop { axes, target, reduction: None, loads: vec![load], body, beside: false };
            then.push(self.kernel(value, Work::Loop(collapse(nest)), shared));
        }
        // What is set aside is computed before anything is overwritten.
        let overwrites = |kernel: &Kernel| match &kernel.work {
            Work::Loop(nest) => carried.iter().any(|spot| spot.place == nest.target.place),
            _ => false,
        };
        let (direct, mut aside): (Vec<Kernel>, Vec<Kernel>) = first.into_iter().partition(overwrites);
        aside.extend(direct);
        aside.extend(then);
        aside
    }
}
