//! Weights that every step of a loop multiplies by are copied once before it, as products read them best.

use super::memory::Buffers;
use super::{Dot, Kernel, Part, Place, Slot, Work};
use crate::shape::{Extent, Shape};

/// Columns of a panel: as many as the runtime's.
pub const PANEL: usize = 32;
/// A loop of fewer steps does not pay for the copy.
const FEWEST_STEPS: usize = 4;
/// A transposed matrix of fewer columns is multiplied as it lies.
const NARROW: usize = 8;

/// Values that a matrix in panels takes.
pub fn values(rows: usize, columns: usize) -> usize {
    rows * columns.next_multiple_of(PANEL)
}

/// Lets the products in the body of a loop read weights in panels; the kernels that lay them so, before the loop.
pub(super) fn before(body: &mut [Kernel], steps: usize, buffers: &mut Buffers, depth: usize) -> Vec<Kernel> {
    let mut copies: Vec<Kernel> = Vec::new();
    if steps < FEWEST_STEPS {
        return copies;
    }
    for kernel in body {
        let Work::Dot(dot) = &mut kernel.work else { continue };
        let Some((k, n)) = pays(dot) else { continue };
        let source = (dot.b.place, dot.transpose_b);
        let known = copies.iter().find_map(|copy| match &copy.work {
            Work::Panels { target, source: from, transposed, .. } => {
                ((from.place, *transposed) == source).then(|| target.clone())
            }
            _ => None,
        });
        let target = known.unwrap_or_else(|| {
            let shape = Shape::fixed([values(k, n)]);
            let slot = Slot { batched: false, offset: 0, len: shape.len() };
            let target = Part { place: Place::Buffer(buffers.add(slot, depth)), shape, steps: Vec::new() };
            let work = Work::Panels {
                target: target.clone(),
                source: dot.b.clone(),
                transposed: dot.transpose_b,
                rows: k,
                columns: n,
            };
            copies.push(Kernel { origin: kernel.origin.clone(), name: kernel.name.clone(), work });
            target
        });
        (dot.b, dot.transpose_b, dot.panels) = (target, false, true);
    }
    copies
}

/// The extents of the right operand, if it is the same matrix of weights in each step and wide enough.
fn pays(dot: &Dot) -> Option<(usize, usize)> {
    let (Extent::Fixed(k), Extent::Fixed(n), Extent::Rows(_)) = (dot.k, dot.n, dot.m) else { return None };
    let weights = matches!(dot.b.place, Place::Tensor(_)) && dot.b.steps.is_empty();
    let wide = if dot.transpose_b { n >= NARROW } else { n > PANEL };
    (weights && wide && dot.count.is_none() && !dot.panels).then_some((k, n))
}
