//! Where buffers lie in the arena: from lifetimes to offsets. Values that are not alive at the same time share memory,
//! and a loop may write over what it reads for the last time.

use super::kernels::Functions;
use super::{Arena, Instruction, Kernel, Loop, Place, Slot, Work};

/// The buffers of a group of functions.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    slots: Vec<Slot>,
    /// How many loops stand around the graph that each belongs to.
    depths: Vec<usize>,
}

impl Buffers {
    /// A new buffer, for a graph with so many loops around it.
    pub(super) fn add(&mut self, slot: Slot, depth: usize) -> usize {
        self.slots.push(slot);
        self.depths.push(depth);
        self.slots.len() - 1
    }
}

/// When a buffer is alive, in kernels counted over all functions.
#[derive(Clone, Copy, Debug)]
struct Life {
    from: usize,
    to: usize,
}

/// Gives each buffer its offset; returns the sizes that result.
pub(super) fn assign(group: &mut Functions) -> Arena {
    let mut timeline = Timeline::default();
    for function in &group.functions {
        timeline.follow(&function.kernels, &mut Vec::new());
    }
    let lives = timeline.lives(&group.buffers);
    let owners = owners(&timeline.kernels, &lives, &group.buffers);
    let lives = joined(&lives, &owners);
    place_all(&mut group.buffers.slots, &lives, &owners);
    let end = |batched: bool| {
        let slots = group.buffers.slots.iter().filter(|slot| slot.batched == batched);
        slots.map(|slot| slot.offset + slot.len).max().unwrap_or(0)
    };
    Arena { per_row: end(true), fixed: end(false) }
}

/// All kernels in the order in which they are run, those of a loop once.
#[derive(Default)]
struct Timeline<'a> {
    /// With the loops around each, by number, the outermost first.
    kernels: Vec<(&'a Kernel, Vec<usize>)>,
    /// The kernels of each loop.
    loops: Vec<Life>,
}

impl<'a> Timeline<'a> {
    fn follow(&mut self, kernels: &'a [Kernel], around: &mut Vec<usize>) {
        for kernel in kernels {
            match &kernel.work {
                Work::Scan { kernels, .. } => {
                    let number = self.loops.len();
                    let from = self.kernels.len();
                    self.loops.push(Life { from, to: from });
                    around.push(number);
                    self.follow(kernels, around);
                    around.pop();
                    self.loops[number].to = self.kernels.len().saturating_sub(1).max(from);
                }
                _ => self.kernels.push((kernel, around.clone())),
            }
        }
    }

    /// When each buffer is alive. What a loop reads or writes of the graph around it is alive as long as the loop runs.
    fn lives(&self, buffers: &Buffers) -> Vec<Option<Life>> {
        let mut lives: Vec<Option<Life>> = vec![None; buffers.slots.len()];
        for (time, (kernel, around)) in self.kernels.iter().enumerate() {
            for buffer in kernel.work.places().into_iter().filter_map(Place::buffer) {
                let touched = match around.get(buffers.depths[buffer]) {
                    Some(number) => self.loops[*number],
                    None => Life { from: time, to: time },
                };
                let life = lives[buffer].get_or_insert(touched);
                *life = Life { from: life.from.min(touched.from), to: life.to.max(touched.to) };
            }
        }
        lives
    }
}

/// For each buffer, the one whose memory it takes over: itself, or what the loop that makes it reads for the last time.
fn owners(kernels: &[(&Kernel, Vec<usize>)], lives: &[Option<Life>], buffers: &Buffers) -> Vec<usize> {
    let slots = &buffers.slots;
    let mut owners: Vec<usize> = (0..slots.len()).collect();
    for (time, (kernel, around)) in kernels.iter().enumerate() {
        let Work::Loop(nest) = &kernel.work else { continue };
        let Some(target) = nest.target.place.buffer().filter(|_| nest.reduction.is_none()) else { continue };
        if lives[target].is_none_or(|life| life.from != time) {
            continue;
        }
        let replaced = nest.loads.iter().find_map(|load| {
            let buffer = load.place.buffer()?;
            // What belongs to a graph around the loop is read again in the next step.
            let own = buffers.depths[buffer] == around.len();
            let last = own && lives[buffer].is_some_and(|life| life.to == time);
            let same = load.at == nest.target.at
                && load.extents == nest.target.extents
                && slots[buffer].len == slots[target].len
                && slots[buffer].batched == slots[target].batched;
            let once = nest.loads.iter().filter(|other| other.place == load.place).count() == 1;
            (last && same && once).then_some(buffer)
        });
        if let Some(buffer) = replaced {
            owners[target] = owners[buffer];
        }
    }
    owners
}

/// The lives of buffers together with those of the buffers that take them over.
fn joined(lives: &[Option<Life>], owners: &[usize]) -> Vec<Option<Life>> {
    let mut joined: Vec<Option<Life>> = vec![None; lives.len()];
    for (buffer, life) in lives.iter().enumerate() {
        let (Some(life), owner) = (life, owners[buffer]) else { continue };
        let all = joined[owner].get_or_insert(*life);
        *all = Life { from: all.from.min(life.from), to: all.to.max(life.to) };
    }
    joined
}

/// Best fit, the largest first: each buffer at the lowest offset where nothing that is alive with it lies.
fn place_all(slots: &mut [Slot], lives: &[Option<Life>], owners: &[usize]) {
    let mut order: Vec<usize> = (0..slots.len()).filter(|buffer| owners[*buffer] == *buffer).collect();
    order.sort_by_key(|buffer| (std::cmp::Reverse(slots[*buffer].len), *buffer));
    let mut placed: Vec<usize> = Vec::new();
    for buffer in order {
        let overlaps = |other: &&usize| {
            let together = match (lives[buffer], lives[**other]) {
                (Some(a), Some(b)) => a.from <= b.to && b.from <= a.to,
                _ => false,
            };
            together && slots[**other].batched == slots[buffer].batched
        };
        let mut taken: Vec<(usize, usize)> =
            placed.iter().filter(overlaps).map(|other| (slots[*other].offset, slots[*other].len)).collect();
        taken.sort_unstable();
        let mut offset = 0;
        for (start, len) in taken {
            if offset + slots[buffer].len <= start {
                break;
            }
            offset = offset.max(start + len);
        }
        slots[buffer].offset = offset;
        placed.push(buffer);
    }
    for buffer in 0..slots.len() {
        slots[buffer].offset = slots[owners[buffer]].offset;
    }
}

/// Puts a group of functions into an arena of the given size, behind what lies there already; yields the functions.
pub(super) fn place(group: &mut Functions, behind: Arena, arena: Arena) {
    for function in &mut group.functions {
        function.arena = arena;
        for kernel in &mut function.kernels {
            for place in kernel.work.places_mut() {
                if let Place::Buffer(buffer) = *place {
                    let mut slot = group.buffers.slots[buffer];
                    slot.offset += if slot.batched { behind.per_row } else { behind.fixed };
                    *place = Place::Arena(slot);
                }
            }
        }
        function.kernels.retain(|kernel| !changes_nothing(kernel));
    }
}

/// Whether a kernel copies something to where it lies already.
fn changes_nothing(kernel: &Kernel) -> bool {
    match &kernel.work {
        Work::Loop(Loop { target, reduction: None, loads, body, .. }) => match (&loads[..], &body[..]) {
            ([load], [Instruction::Load(0)]) => {
                load.place == target.place && load.at == target.at && load.extents == target.extents
            }
            _ => false,
        },
        _ => false,
    }
}

impl Work {
    /// All places that it touches.
    pub fn places(&self) -> Vec<Place> {
        self.clone().places_mut().into_iter().map(|place| *place).collect()
    }

    fn places_mut(&mut self) -> Vec<&mut Place> {
        match self {
            Work::Loop(nest) => {
                nest.loads.iter_mut().map(|load| &mut load.place).chain([&mut nest.target.place]).collect()
            }
            Work::Dot(dot) => vec![&mut dot.a.place, &mut dot.b.place, &mut dot.target.place],
            Work::Conv { target, a, b, .. } => vec![&mut a.place, &mut b.place, &mut target.place],
            Work::Gather { target, table, ids, .. } => vec![&mut table.place, &mut ids.place, &mut target.place],
            Work::ScatterAdd { target, rows, ids, .. } => vec![&mut rows.place, &mut ids.place, &mut target.place],
            Work::Scan { kernels, .. } => kernels.iter_mut().flat_map(|kernel| kernel.work.places_mut()).collect(),
        }
    }
}
