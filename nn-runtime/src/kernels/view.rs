//! Flat memory as arrays of static shape. Generated code has worked out all lengths; what does not fit is its fault, and panics.

use core::ops::Range;

/// A slice as rows of `N`.
#[inline(always)]
pub fn chunks<E, const N: usize>(flat: &[E]) -> &[[E; N]] {
    flat.as_chunks().0
}

/// A slice as rows of `N`, to change.
#[inline(always)]
pub fn chunks_mut<E, const N: usize>(flat: &mut [E]) -> &mut [[E; N]] {
    flat.as_chunks_mut().0
}

/// The first `N` elements.
#[inline(always)]
pub fn fixed<E, const N: usize>(flat: &[E]) -> &[E; N] {
    flat.first_chunk().expect("a view is as long as its shape says")
}

/// The first `N` elements, to change.
#[inline(always)]
pub fn fixed_mut<E, const N: usize>(flat: &mut [E]) -> &mut [E; N] {
    flat.first_chunk_mut().expect("a view is as long as its shape says")
}

/// Parts of an arena that do not overlap.
#[inline(always)]
pub fn parts<E, const N: usize>(arena: &mut [E], ranges: [Range<usize>; N]) -> [&mut [E]; N] {
    arena.get_disjoint_mut(ranges).expect("the plan keeps what is alive apart")
}
