//! Where buffers lie in the arena: from lifetimes to offsets. Values that are not alive at the same time share memory,
//! and a loop may write over what it reads for the last time.

use super::placement::{self, Piece};
use super::{Function, Instruction, Kernel, Loop, Place, Slot, Work};

/// A size that grows with the rows of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arena {
    /// Values for each row.
    pub per_row: usize,
    /// Values whatever the rows.
    pub fixed: usize,
    /// There is room for a multiple of so many rows.
    pub block: usize,
}

impl Arena {
    /// Values for a batch of `rows`, of which there may be any number.
    pub fn values(self, rows: usize) -> usize {
        let rows = rows.checked_next_multiple_of(self.block).unwrap_or(usize::MAX);
        self.per_row.saturating_mul(rows).saturating_add(self.fixed)
    }

    /// Rows that the runtime predicts at once at most, with values of so many bytes: what lies here is to stay in the cache.
    pub fn rows_at_once(self, bytes: usize) -> usize {
        let rows = CACHE.checked_div(self.per_row.saturating_mul(bytes)).unwrap_or(usize::MAX).clamp(4, 64);
        rows.next_multiple_of(self.block)
    }
}

/// Bytes that what is predicted at once may take.
const CACHE: usize = 2 * 1024 * 1024;

impl Default for Arena {
    fn default() -> Self {
        Self { per_row: 0, fixed: 0, block: 1 }
    }
}

/// The buffers of functions that share an arena.
#[derive(Debug)]
pub(super) struct Buffers {
    slots: Vec<Slot>,
    /// How many loops stand around the graph that each belongs to.
    depths: Vec<usize>,
    /// There is room for a multiple of so many rows.
    block: usize,
}

impl Default for Buffers {
    fn default() -> Self {
        Self::in_blocks(1)
    }
}

impl Buffers {
    /// None yet; with room for a multiple of so many rows.
    pub(super) fn in_blocks(block: usize) -> Self {
        Self { slots: Vec::new(), depths: Vec::new(), block }
    }

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

/// What lies in an arena, and from which kernel to which, counted over all functions that share it.
#[derive(Clone, Debug)]
pub struct Memory {
    /// What grows with the rows: lengths and offsets are per row.
    pub per_row: Vec<Piece>,
    /// What does not.
    pub fixed: Vec<Piece>,
    /// There is room for a multiple of so many rows.
    pub block: usize,
}

impl Memory {
    /// The size that results.
    pub fn arena(&self) -> Arena {
        Arena { per_row: placement::extent(&self.per_row), fixed: placement::extent(&self.fixed), block: self.block }
    }

    /// The least size that any placement could have.
    pub fn lower_bound(&self) -> Arena {
        let (per_row, fixed) = (placement::lower_bound(&self.per_row), placement::lower_bound(&self.fixed));
        Arena { per_row, fixed, block: self.block }
    }
}

/// Puts the buffers of functions, given in the order in which they are run, into an arena that they share.
pub(super) fn assign(functions: &mut [Function], mut buffers: Buffers) -> Memory {
    let mut timeline = Timeline::default();
    for function in &*functions {
        timeline.follow(&function.kernels, &mut Vec::new());
    }
    let lives = timeline.lives(&buffers);
    let owners = owners(&timeline, &lives, &buffers);
    let lives = joined(&lives, &owners);
    let memory = place_all(&mut buffers, &lives, &owners);
    let arena = memory.arena();
    for function in functions {
        function.arena = arena;
        put(&mut function.kernels, &buffers.slots);
    }
    memory
}

/// All kernels in the order in which they are run, those of a loop once.
#[derive(Default)]
struct Timeline<'a> {
    /// With the loops around each, by number, the outermost first.
    kernels: Vec<(&'a Kernel, Vec<usize>)>,
    /// Which of the loops around are of rows.
    of_rows: Vec<bool>,
    /// The kernels of each loop, and of loops that go through rows together.
    loops: Vec<Life>,
}

impl<'a> Timeline<'a> {
    fn follow(&mut self, kernels: &'a [Kernel], around: &mut Vec<usize>) {
        for kernel in kernels {
            match &kernel.work {
                Work::Scan { kernels, .. } | Work::Rows(kernels) => {
                    let number = self.loops.len();
                    let from = self.kernels.len();
                    self.loops.push(Life { from, to: from });
                    self.of_rows.push(matches!(kernel.work, Work::Rows(_)));
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
fn owners(timeline: &Timeline<'_>, lives: &[Option<Life>], buffers: &Buffers) -> Vec<usize> {
    let slots = &buffers.slots;
    let mut owners: Vec<usize> = (0..slots.len()).collect();
    for (time, (kernel, around)) in timeline.kernels.iter().enumerate() {
        let Work::Loop(nest) = &kernel.work else { continue };
        let Some(target) = nest.target.place.buffer().filter(|_| nest.reduction.is_none()) else { continue };
        // Loops that go through rows together are at one time; in a row, one comes after the other.
        let of_rows = around.last().filter(|number| timeline.of_rows[**number]);
        let now = of_rows.map_or(Life { from: time, to: time }, |number| timeline.loops[*number]);
        let touches = |buffer: usize, mut times: std::ops::Range<usize>| {
            times.any(|time| timeline.kernels[time].0.work.places().contains(&Place::Buffer(buffer)))
        };
        if lives[target].is_none_or(|life| life.from != now.from) || touches(target, now.from..time) {
            continue;
        }
        let replaced = nest.loads.iter().find_map(|load| {
            let buffer = load.place.buffer()?;
            // What belongs to a graph around the loop is read again in the next step.
            let own = buffers.depths[buffer] + usize::from(of_rows.is_some()) == around.len();
            let ends = lives[buffer].is_some_and(|life| life.to == now.to) && !touches(buffer, time + 1..now.to + 1);
            let last = own && ends;
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

/// Gives each buffer its offset.
fn place_all(buffers: &mut Buffers, lives: &[Option<Life>], owners: &[usize]) -> Memory {
    let slots = &mut buffers.slots;
    let mut place_part = |batched: bool| {
        let owns = |buffer: &usize| owners[*buffer] == *buffer && slots[*buffer].batched == batched;
        let alive: Vec<(usize, Life)> =
            (0..slots.len()).filter(owns).filter_map(|buffer| Some((buffer, lives[buffer]?))).collect();
        let piece =
            |(buffer, life): &(usize, Life)| Piece { from: life.from, to: life.to, len: slots[*buffer].len, offset: 0 };
        let mut pieces: Vec<Piece> = alive.iter().map(piece).collect();
        placement::place(&mut pieces);
        for ((buffer, _), piece) in alive.iter().zip(&pieces) {
            slots[*buffer].offset = piece.offset;
        }
        pieces
    };
    let memory = Memory { per_row: place_part(true), fixed: place_part(false), block: buffers.block };
    for buffer in 0..slots.len() {
        slots[buffer].offset = slots[owners[buffer]].offset;
    }
    memory
}

/// Writes the places of buffers into kernels, and leaves out those that then change nothing.
fn put(kernels: &mut Vec<Kernel>, slots: &[Slot]) {
    for place in kernels.iter_mut().flat_map(|kernel| kernel.work.places_mut()) {
        if let Place::Buffer(buffer) = *place {
            *place = Place::Arena(slots[buffer]);
        }
    }
    kernels.retain(|kernel| !changes_nothing(kernel));
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
        match self {
            Work::Loop(nest) => nest.loads.iter().map(|load| load.place).chain([nest.target.place]).collect(),
            Work::Dot(dot) => vec![dot.a.place, dot.b.place, dot.target.place],
            Work::Conv { target, a, b, .. } => vec![a.place, b.place, target.place],
            Work::Gather { target, table, ids, .. } => vec![table.place, ids.place, target.place],
            Work::ScatterAdd { target, rows, ids, .. } => vec![rows.place, ids.place, target.place],
            Work::Panels { target, source, .. } | Work::Turn { target, source, .. } => vec![source.place, target.place],
            Work::Scan { kernels, .. } | Work::Rows(kernels) => {
                kernels.iter().flat_map(|kernel| kernel.work.places()).collect()
            }
        }
    }

    /// Where it writes, if that is one place.
    pub fn target(&self) -> Option<Place> {
        match self {
            Work::Loop(nest) => Some(nest.target.place),
            Work::Dot(dot) => Some(dot.target.place),
            Work::Conv { target, .. }
            | Work::Gather { target, .. }
            | Work::ScatterAdd { target, .. }
            | Work::Panels { target, .. }
            | Work::Turn { target, .. } => Some(target.place),
            Work::Scan { .. } | Work::Rows(_) => None,
        }
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
            Work::Panels { target, source, .. } | Work::Turn { target, source, .. } => {
                vec![&mut source.place, &mut target.place]
            }
            Work::Scan { kernels, .. } | Work::Rows(kernels) => {
                kernels.iter_mut().flat_map(|kernel| kernel.work.places_mut()).collect()
            }
        }
    }
}
