//! Sums over all rows of products of two values: gradients of matrices.

#![expect(unsafe_code, reason = "tiles read and write through pointers; all lengths are checked first")]

use super::LANES;
use crate::isa::Isa;
use crate::kernels::Compiled;
use crate::kernels::gemm::{Copied, PANEL, Run, Strip, Tile};
use crate::kernels::room::Room;
use crate::real::Real;

/// `c[i, j] = sum over blocks and lanes of a[i] * b[j]`
#[derive(Debug)]
pub struct Outer<'a, T> {
    /// `[m, n]`
    pub(super) c: &'a mut [T],
    /// `[blocks, m, LANES]`
    pub(super) a: &'a [T],
    /// `[blocks, n, LANES]`
    pub(super) b: &'a [T],
    pub(super) m: usize,
    pub(super) n: usize,
}

/// Blocks that are added up at once.
const BLOCKS: usize = 8;

/// The body of a sum of outer products, for any instruction set: the lanes of a block are the terms of a matrix product.
#[inline(always)]
pub(in crate::kernels) fn outer<I: Isa + Compiled<T>, T: Real>(isa: I, outer: Outer<'_, T>) {
    let Outer { c, a, b, m, n } = outer;
    let blocks = a.len() / (m * LANES);
    assert!(c.len() >= m * n && b.len() >= blocks * n * LANES, "all parts are as long as their shapes say");
    if blocks == 0 {
        return c.fill(T::ZERO);
    }
    let mut room = Room::<T, { BLOCKS * LANES * PANEL }>::new();
    let room = room.start::<T>();
    for column in (0..n).step_by(PANEL) {
        let width = PANEL.min(n - column);
        for first in (0..blocks).step_by(BLOCKS) {
            let count = BLOCKS.min(blocks - first);
            let mut runs = [Run { a: 0, b: 0, k: LANES }; BLOCKS];
            for (at, run) in runs[..count].iter_mut().enumerate() {
                let block = first + at;
                (run.a, run.b) = (block * m * LANES, at * LANES * PANEL);
                // SAFETY: the lengths have been compared with the extents; there is room for `BLOCKS` blocks.
                unsafe {
                    let from = b.as_ptr().add((block * n + column) * LANES);
                    isa.copy(Copied::new(from, LANES, true, (LANES, width), room.add(run.b)));
                }
            }
            // SAFETY: the same.
            unsafe {
                let tile = Tile {
                    runs: &runs[..count],
                    a: a.as_ptr(),
                    a_row: LANES,
                    a_step: 1,
                    b: room.cast_const(),
                    b_step: PANEL,
                    c: c.as_mut_ptr().add(column),
                    c_row: n,
                    adds: first > 0,
                    along: false,
                };
                isa.strip(Strip::new(tile, m, width));
            }
        }
    }
}
