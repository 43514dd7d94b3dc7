//! The adjoint of a convolution for its kernel: each tile of it is summed over some lines of places at once, which the first cache
//! holds for all taps, and added to what the lines before gave.

#![expect(unsafe_code, reason = "tiles read and write through pointers; all lengths are checked first")]

use core::marker::PhantomData;
use core::ops::Range;

use super::meeting::Meeting;
use crate::kernels::Compiled;
use crate::kernels::gemm::{Copied, PANEL, Run, Strip, Tile};
use crate::kernels::room::Room;
use crate::real::Real;

/// Bytes of the output that are gone through for all taps and channels before the next ones.
const BYTES: usize = 16 << 10;
/// Pieces of lines that they are at most.
const PIECES: usize = 64;
/// Channels that meet all taps before the next ones.
const CHANNELS: usize = 32;
/// So few channels fill no tile.
const FEW_CHANNELS: usize = 8;

/// A gradient of a kernel whose lengths have been compared with the shapes; its kernel is 0 so far.
#[derive(Debug)]
pub struct Sum<'a, T> {
    meeting: Meeting,
    kernel: *mut T,
    input: &'a [T],
    output: &'a [T],
    rows: usize,
    marker: PhantomData<&'a mut [T]>,
}

// SAFETY: the kernel is borrowed while the sum exists, and each thread writes other rows of it.
unsafe impl<T: Sync> Sync for Sum<'_, T> {}

impl<'a, T: Real> Sum<'a, T> {
    /// As [`super::kernel`].
    pub(super) fn new(meeting: &Meeting, kernel: &'a mut [T], input: &'a [T], output: &'a [T]) -> Self {
        kernel.fill(T::ZERO);
        let meeting = if output.is_empty() { *meeting } else { meeting.flat(output.len()) };
        let rows = output.len() / meeting.output_row();
        let taps: usize = meeting.axes.iter().map(|axis| axis.window).product();
        assert!(input.len() >= rows * meeting.input_row(), "the input is as long as its shape says");
        assert!(kernel.len() >= taps * meeting.tap(), "the kernel is as long as its shape says");
        Self { meeting, kernel: kernel.as_mut_ptr(), input, output, rows, marker: PhantomData }
    }
}

/// The body of one of so many parts of [`super::kernel`]: as many rows of the kernel as another.
#[inline(always)]
pub(crate) fn kernel_body<I: Compiled<T>, T: Real>(isa: I, sum: &Sum<'_, T>, part: usize, parts: usize) {
    let Sum { meeting, rows, .. } = sum;
    if sum.output.is_empty() {
        return;
    }
    let (groups, channels, filters) = meeting.passes();
    let mut room = Room::<u8, BYTES>::new();
    for group in 0..groups {
        for first in (0..filters).step_by(PANEL) {
            let columns = Filters {
                sum,
                channel: if meeting.is_depthwise() { first } else { group * channels },
                filter: group * filters + first,
                width: PANEL.min(filters - first),
                room: room.start(),
                part: (part, parts),
            };
            each_block(meeting, *rows, BYTES / T::BYTES / PANEL, |pieces| columns.add(isa, pieces));
        }
    }
}

/// Neighbouring places of a line.
#[derive(Clone, Debug, Default)]
struct Piece {
    row: usize,
    p0: usize,
    p1: usize,
    places: Range<usize>,
    /// How many places come before in the same block.
    at: usize,
}

/// Calls `each` with all places in blocks of at most `most`.
fn each_block(meeting: &Meeting, rows: usize, most: usize, mut each: impl FnMut(&[Piece])) {
    let [a0, a1, axis] = &meeting.axes;
    // Equal pieces, so that none is short.
    let size = axis.places.div_ceil(axis.places.div_ceil(most));
    let mut pieces: [Piece; PIECES] = core::array::from_fn(|_| Piece::default());
    let (mut count, mut at) = (0, 0);
    for row in 0..rows {
        for (p0, p1) in (0..a0.places).flat_map(|p0| (0..a1.places).map(move |p1| (p0, p1))) {
            for start in (0..axis.places).step_by(size) {
                let places = start..axis.places.min(start + size);
                if count == PIECES || at + places.len() > most {
                    each(&pieces[..count]);
                    (count, at) = (0, 0);
                }
                pieces[count] = Piece { row, p0, p1, places: places.clone(), at };
                (count, at) = (count + 1, at + places.len());
            }
        }
    }
    each(&pieces[..count]);
}

/// The columns of the kernel that are summed, and what they are summed from.
struct Filters<'a, T> {
    sum: &'a Sum<'a, T>,
    /// The first channel of the group.
    channel: usize,
    /// The first filter.
    filter: usize,
    /// How many filters.
    width: usize,
    /// Room for a block of the output.
    room: *mut T,
    /// Which part of the rows of the kernel is summed, and of how many.
    part: (usize, usize),
}

/// Rows of the kernel that follow each other from one tap of a line on, and the places over which they are summed.
struct Target {
    outer: (usize, usize),
    tap: usize,
    places: Range<usize>,
    /// Of the tap, and of those that follow.
    rows: Range<usize>,
}

impl<T: Real> Filters<'_, T> {
    /// Adds what meets at the places of a block.
    fn add<I: Compiled<T>>(&self, isa: I, pieces: &[Piece]) {
        let packs = self.sum.meeting.filters > PANEL;
        if packs {
            for piece in pieces {
                let from = self.place(piece, piece.places.start);
                // SAFETY: the output is as long as its shape says; a block has as many places as there is room for.
                unsafe {
                    let to = self.room.add(piece.at * PANEL);
                    let from = self.sum.output.as_ptr().add(from);
                    let extents = (piece.places.len(), self.width);
                    isa.copy(Copied::new(from, self.sum.meeting.filters, false, extents, to));
                }
            }
        }
        each_target(&self.sum.meeting, self.part, |target| self.add_to(isa, pieces, target, packs));
    }

    /// Where a place lies in the output.
    fn place(&self, piece: &Piece, place: usize) -> usize {
        let [a0, a1, axis] = &self.sum.meeting.axes;
        let line = (piece.row * a0.places + piece.p0) * a1.places + piece.p1;
        (line * axis.places + place) * self.sum.meeting.filters + self.filter
    }

    fn add_to<I: Compiled<T>>(&self, isa: I, pieces: &[Piece], target: &Target, packs: bool) {
        let Meeting { axes: [a0, a1, axis], channels, filters, .. } = self.sum.meeting;
        let along = self.sum.meeting.is_depthwise();
        // Of the input, from what meets one row to what meets the next.
        let a_row = if along { axis.dilation * channels } else { 1 };
        let (t0, t1) = target.outer;
        let (places0, places1) = (a0.places(t0), a1.places(t1));
        let mut runs = [Run { a: 0, b: 0, k: 0 }; PIECES];
        let mut count = 0;
        let met = pieces.iter().filter_map(|piece| {
            let start = piece.places.start.max(target.places.start);
            let end = piece.places.end.min(target.places.end);
            let meets = start < end && places0.contains(&piece.p0) && places1.contains(&piece.p1);
            meets.then_some((piece, start, end))
        });
        // There are at most as many pieces as runs.
        for (run, (piece, start, end)) in runs.iter_mut().zip(met) {
            let line = (piece.row * a0.input + a0.position(piece.p0, t0)) * a1.input + a1.position(piece.p1, t1);
            let position = line * axis.input + axis.position(start, target.tap);
            let b = match packs {
                true => (piece.at + start - piece.places.start) * PANEL,
                false => self.place(piece, start),
            };
            let a = position * channels + self.channel + target.rows.start * a_row;
            *run = Run { a, b, k: end - start };
            count += 1;
        }
        if count == 0 {
            return;
        }
        let tap = (t0 * a1.window + t1) * axis.window + target.tap;
        let c = tap * self.sum.meeting.tap() + target.rows.start * filters + self.filter;
        // SAFETY: all lengths have been compared with the extents, in which places, positions and taps lie; a block that was
        // copied lies in the room.
        unsafe {
            let first = Tile {
                runs: &runs[..count],
                a: self.sum.input.as_ptr(),
                a_row,
                a_step: axis.stride * channels,
                b: if packs { self.room.cast_const() } else { self.sum.output.as_ptr() },
                b_step: if packs { PANEL } else { filters },
                c: self.sum.kernel.add(c),
                c_row: filters,
                adds: true,
                along,
            };
            isa.strip(Strip::new(first, target.rows.len(), self.width));
        }
    }
}

/// Calls `each` with a part of all that is summed over the same places of lines: with what belongs to so many rows of the kernel, one
/// behind the other.
fn each_target(meeting: &Meeting, (part, parts): (usize, usize), mut each: impl FnMut(&Target)) {
    let [a0, a1, axis] = &meeting.axes;
    let (channels, _) = meeting.group();
    let outer = || (0..a0.window).flat_map(|t0| (0..a1.window).map(move |t1| (t0, t1)));
    let all = a0.window * a1.window * axis.window * channels;
    let own = all * part / parts..all * (part + 1) / parts;
    let mut each = |target: Target| {
        let (t0, t1) = target.outer;
        let first = ((t0 * a1.window + t1) * axis.window + target.tap) * channels;
        let rows = (first + target.rows.start).max(own.start)..(first + target.rows.end).min(own.end);
        if !rows.is_empty() {
            each(&Target { rows: rows.start - first..rows.end - first, ..target });
        }
    };
    let interior = axis.interior();
    // Where the whole window lies on the input, its taps continue the rows, in input and kernel.
    let continues = channels < FEW_CHANNELS && meeting.groups == 1 && axis.dilation == 1;
    if (continues || meeting.is_depthwise()) && !interior.is_empty() {
        for outer in outer() {
            each(Target { outer, tap: 0, places: interior.clone(), rows: 0..axis.window * channels });
            for place in (0..interior.start).chain(interior.end..axis.places) {
                let taps = axis.taps(place);
                let rows = 0..taps.len() * channels;
                each(Target { outer, tap: taps.start, places: place..place + 1, rows });
            }
        }
        return;
    }
    let taps = || outer().flat_map(|outer| (0..axis.window).map(move |tap| (outer, tap)));
    let chunks = (0..channels).step_by(CHANNELS).flat_map(|first| taps().map(move |(outer, tap)| (first, outer, tap)));
    for (first, outer, tap) in chunks {
        let rows = first..channels.min(first + CHANNELS);
        each(Target { outer, tap, places: axis.places(tap), rows });
    }
}
