//! The adjoint of a convolution of rows side by side for its kernel: each lane adds up its own products over all places, and the
//! lanes are added at the end.
//!
//! Some rows of the kernel are summed at a time, over one piece of the output after the other: a piece stays in the first cache for
//! all of them.

#![expect(unsafe_code, reason = "tiles read and write through pointers; all lengths are checked first")]

use core::ops::Range;

use super::LANES;
use crate::isa::{Isa, Lanes, Vector};
use crate::kernels::conv::Meeting;
use crate::kernels::sum;
use crate::real::Real;

/// Tiles that are summed over a piece before the next piece.
const TILES: usize = 12;
/// The most rows of a tile.
const ROWS: usize = 4;
/// Bytes of a piece of the output, of the filters of a tile.
const BYTES: usize = 24 << 10;

/// The body of [`super::conv_kernel`], for any instruction set.
#[inline(always)]
pub(in crate::kernels) fn of_windows<I: Isa + Lanes<T>, T: Real>(
    _: I,
    meeting: &Meeting,
    kernel: &mut [T],
    input: &[T],
    output: &[T],
) {
    let blocks = output.len() / (meeting.output_row() * LANES);
    assert!(input.len() >= blocks * meeting.input_row() * LANES, "the input is as long as its shape says");
    let taps: usize = meeting.axes.iter().map(|axis| axis.window).product();
    assert!(kernel.len() >= taps * meeting.tap(), "the kernel is as long as its shape says");
    let most = if <I as Lanes<T>>::Vector::REGISTERS >= 32 { 6 } else { 4 };
    let mut windows = Windows { meeting, blocks, kernel, input, output };
    for group in 0..meeting.groups {
        let (_, filters) = meeting.group();
        let mut filter = 0;
        while filter < filters {
            filter += match (filters - filter).min(most) {
                6.. => windows.filters::<I, 6>(group, filter),
                4.. => windows.filters::<I, 4>(group, filter),
                2.. => windows.filters::<I, 2>(group, filter),
                _ => windows.filters::<I, 1>(group, filter),
            };
        }
    }
}

/// What is summed.
struct Windows<'a, T> {
    meeting: &'a Meeting,
    blocks: usize,
    kernel: &'a mut [T],
    input: &'a [T],
    output: &'a [T],
}

/// Neighbouring rows of the kernel: channels of a tap, or of taps that follow each other.
#[derive(Clone, Copy, Debug, Default)]
struct Tile {
    /// The first tap on each axis.
    taps: [usize; 3],
    /// How far the first row lies behind the first channel of that tap.
    row: usize,
    height: usize,
}

/// All tiles of some filters, in the order of their rows.
struct Tiles {
    /// The taps of the outer axes: the next, and how many.
    lines: (usize, usize),
    /// Taps of the middle axis.
    a1: usize,
    /// Taps of the innermost axis that do not follow each other: the next, and how many.
    taps: (usize, usize),
    /// Rows that follow each other: the next, and how many.
    rows: (usize, usize),
    /// The most rows of a tile.
    most: usize,
}

impl Iterator for Tiles {
    type Item = Tile;

    #[inline(always)]
    fn next(&mut self) -> Option<Tile> {
        let (line, tap, row) = (self.lines.0, self.taps.0, self.rows.0);
        if line == self.lines.1 {
            return None;
        }
        let height = match (self.rows.1 - row).min(self.most) {
            4.. => 4,
            2.. => 2,
            _ => 1,
        };
        self.rows.0 += height;
        if self.rows.0 == self.rows.1 {
            (self.rows.0, self.taps.0) = (0, tap + 1);
        }
        if self.taps.0 == self.taps.1 {
            (self.taps.0, self.lines.0) = (0, line + 1);
        }
        Some(Tile { taps: [line / self.a1, line % self.a1, tap], row, height })
    }
}

/// Some lines of the output of a block.
struct Piece {
    block: usize,
    p0: usize,
    lines: Range<usize>,
}

impl<T: Real> Windows<'_, T> {
    /// Sums `F` filters of a group from `filter` on; `F`.
    #[inline(always)]
    fn filters<I: Isa + Lanes<T>, const F: usize>(&mut self, group: usize, filter: usize) -> usize {
        let meeting = self.meeting;
        let [a0, a1, axis] = &meeting.axes;
        let (channels, filters) = meeting.group();
        // Taps of a line continue the channels, if all of them lie on the input at all places.
        let continues = axis.interior() == (0..axis.places) && axis.dilation == 1 && meeting.groups == 1;
        let (steps, rows) = if continues { (1, axis.window * channels) } else { (axis.window, channels) };
        let most = if <I as Lanes<T>>::Vector::REGISTERS >= 32 { ROWS } else { 2 };
        let first = (group * channels, group * filters + filter);
        let mut rest =
            Tiles { lines: (0, a0.window * a1.window), a1: a1.window, taps: (0, steps), rows: (0, rows), most };
        let mut tiles = [Tile::default(); TILES];
        loop {
            let mut count = 0;
            for (place, tile) in tiles.iter_mut().zip(&mut rest) {
                (*place, count) = (tile, count + 1);
            }
            if count == 0 {
                return F;
            }
            self.tiles::<I, F>(&tiles[..count], first, continues);
        }
    }

    /// Sums some tiles over all places.
    #[inline(always)]
    fn tiles<I: Isa + Lanes<T>, const F: usize>(
        &mut self,
        tiles: &[Tile],
        (channel, filter): (usize, usize),
        continues: bool,
    ) {
        let many = <I as Lanes<T>>::Vector::REGISTERS >= 32;
        let [a0, a1, axis] = &self.meeting.axes;
        let mut sums = [[[[T::ZERO; LANES]; F]; ROWS]; TILES];
        let lines = (BYTES / T::BYTES / (axis.places * F * LANES)).clamp(1, a1.places.max(1));
        for (block, p0) in (0..self.blocks).flat_map(|block| (0..a0.places).map(move |p0| (block, p0))) {
            for start in (0..a1.places).step_by(lines) {
                let piece = Piece { block, p0, lines: start..a1.places.min(start + lines) };
                for (tile, sums) in tiles.iter().zip(&mut sums) {
                    // SAFETY: the lengths have been compared with the shapes.
                    unsafe {
                        let at = (channel, filter);
                        match tile.height {
                            // Never met where there are few registers; then there is no code for it.
                            4 if many => self.tile::<I, 4, F>(tile, &piece, at, continues, sums),
                            2 => self.tile::<I, 2, F>(tile, &piece, at, continues, sums),
                            _ => self.tile::<I, 1, F>(tile, &piece, at, continues, sums),
                        }
                    }
                }
            }
        }
        let (channels, filters) = (self.meeting.group().0, self.meeting.filters);
        for (tile, sums) in tiles.iter().zip(&sums) {
            let [t0, t1, tap] = tile.taps;
            let row = ((t0 * a1.window + t1) * axis.window + tap) * channels + tile.row;
            let rows = self.kernel.chunks_mut(filters).skip(row).take(tile.height);
            for (to, sums) in rows.zip(sums) {
                for (to, sums) in to.iter_mut().skip(filter).zip(sums) {
                    *to = sum(*sums);
                }
            }
        }
    }

    /// Adds what a tile of `R` rows meets in a piece.
    ///
    /// # Safety
    /// The machine has the instruction set; the arrays are as long as the meeting says.
    #[expect(clippy::needless_range_loop, reason = "iterators over arrays are compiled for longer")]
    #[inline(always)]
    unsafe fn tile<I: Isa + Lanes<T>, const R: usize, const F: usize>(
        &self,
        tile: &Tile,
        piece: &Piece,
        (channel, filter): (usize, usize),
        continues: bool,
        total: &mut [[[T; LANES]; F]; ROWS],
    ) {
        let Meeting { axes: [a0, a1, axis], channels, filters, .. } = self.meeting;
        let ([t0, t1, tap], p0) = (tile.taps, piece.p0);
        let places = if continues { 0..axis.places } else { axis.places(tap) };
        let met = a1.places(t1);
        let lines = met.start.max(piece.lines.start)..met.end.min(piece.lines.end);
        if !a0.places(t0).contains(&p0) || places.is_empty() || lines.is_empty() {
            return;
        }
        let (x_step, y_step) = (axis.stride * channels * LANES, filters * LANES);
        for lane in (0..LANES).step_by(<I as Lanes<T>>::Vector::LANES) {
            // SAFETY: as the caller says; places and positions lie within their axes, registers within their lanes.
            unsafe {
                let mut sums = [[<I as Lanes<T>>::Vector::splat(T::ZERO); F]; R];
                for r in 0..R {
                    for f in 0..F {
                        sums[r][f] = <I as Lanes<T>>::Vector::load(total[r][f].as_ptr().add(lane));
                    }
                }
                for p1 in lines.clone() {
                    let line = (piece.block * a0.input + a0.position(p0, t0)) * a1.input + a1.position(p1, t1);
                    let at = line * axis.input + axis.position(places.start, tap);
                    let mut x = self.input.as_ptr().add((at * channels + channel + tile.row) * LANES + lane);
                    let line = (piece.block * a0.places + p0) * a1.places + p1;
                    let at = line * axis.places + places.start;
                    let mut y = self.output.as_ptr().add((at * filters + filter) * LANES + lane);
                    for _ in places.clone() {
                        let mut ys = [<I as Lanes<T>>::Vector::splat(T::ZERO); F];
                        for f in 0..F {
                            ys[f] = <I as Lanes<T>>::Vector::load(y.add(f * LANES));
                        }
                        for r in 0..R {
                            let value = <I as Lanes<T>>::Vector::load(x.add(r * LANES));
                            for f in 0..F {
                                sums[r][f] = value.mul_add(ys[f], sums[r][f]);
                            }
                        }
                        (x, y) = (x.wrapping_add(x_step), y.wrapping_add(y_step));
                    }
                }
                for r in 0..R {
                    for f in 0..F {
                        sums[r][f].store(total[r][f].as_mut_ptr().add(lane));
                    }
                }
            }
        }
    }
}
