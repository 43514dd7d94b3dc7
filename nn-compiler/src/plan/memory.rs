//! Where buffers lie in the arena: from lifetimes to offsets. Values that are not alive at the same time share memory,
//! and a loop may write over what it reads for the last time.

use super::kernels::Functions;
use super::{Arena, Kernel, Place, Slot, Work};

/// The buffers of a group of functions.
#[derive(Debug, Default)]
pub(super) struct Buffers {
    slots: Vec<Slot>,
}

impl Buffers {
    /// A new buffer.
    pub(super) fn add(&mut self, slot: Slot) -> usize {
        self.slots.push(slot);
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
    let kernels: Vec<&Kernel> = group.functions.iter().flat_map(|function| &function.kernels).collect();
    let mut lives: Vec<Option<Life>> = vec![None; group.buffers.slots.len()];
    for (time, kernel) in kernels.iter().enumerate() {
        for buffer in kernel.work.places().into_iter().filter_map(Place::buffer) {
            lives[buffer].get_or_insert(Life { from: time, to: time }).to = time;
        }
    }
    let owners = owners(&kernels, &lives, &group.buffers.slots);
    let lives = joined(&lives, &owners);
    place_all(&mut group.buffers.slots, &lives, &owners);
    let end = |batched: bool| {
        let slots = group.buffers.slots.iter().filter(|slot| slot.batched == batched);
        slots.map(|slot| slot.offset + slot.len).max().unwrap_or(0)
    };
    Arena { per_row: end(true), fixed: end(false) }
}

/// For each buffer, the one whose memory it takes over: itself, or what the loop that makes it reads for the last time.
fn owners(kernels: &[&Kernel], lives: &[Option<Life>], slots: &[Slot]) -> Vec<usize> {
    let mut owners: Vec<usize> = (0..slots.len()).collect();
    for (time, kernel) in kernels.iter().enumerate() {
        let Work::Loop(nest) = &kernel.work else { continue };
        let Some(target) = nest.target.place.buffer().filter(|_| nest.reduction.is_none()) else { continue };
        let replaced = nest.loads.iter().find_map(|load| {
            let buffer = load.place.buffer()?;
            let last = lives[buffer].is_some_and(|life| life.to == time);
            let same = load.index == nest.target.index
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
    }
}

impl Place {
    fn buffer(self) -> Option<usize> {
        match self {
            Place::Buffer(buffer) => Some(buffer),
            _ => None,
        }
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
            Work::Dot(dot) => vec![&mut dot.a, &mut dot.b, &mut dot.target],
            Work::Gather { target, table, ids, .. } => vec![table, ids, target],
            Work::ScatterAdd { target, rows, ids, .. } => vec![rows, ids, target],
        }
    }
}
