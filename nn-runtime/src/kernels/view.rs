//! Flat memory as arrays of static shape. Generated code has worked out all lengths; what does not fit is its fault, and panics.

#![expect(
    unsafe_code,
    reason = "parts of an arena that do not overlap; the function that cuts them compares all ranges"
)]

use core::ops::Range;
use core::ptr::slice_from_raw_parts_mut;

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

/// So many rows. A loop over as many then needs no check in each step: the compiler knows the length.
#[inline(always)]
pub fn rows<E>(rows: &[E], count: usize) -> &[E] {
    &rows[..count]
}

/// So many rows, to change.
#[inline(always)]
pub fn rows_mut<E>(rows: &mut [E], count: usize) -> &mut [E] {
    &mut rows[..count]
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

/// `N` elements from `start` on: one entry of a table of equal entries, such as what one step of a loop keeps.
#[inline(always)]
pub fn entry<E, const N: usize>(flat: &[E], start: usize) -> &[E; N] {
    fixed(&flat[start..])
}

/// `N` elements from `start` on, to change.
#[inline(always)]
pub fn entry_mut<E, const N: usize>(flat: &mut [E], start: usize) -> &mut [E; N] {
    fixed_mut(&mut flat[start..])
}

/// `len` elements from `start` on: one entry of a table whose entries grow with the rows.
#[inline(always)]
pub fn part<E>(flat: &[E], start: usize, len: usize) -> &[E] {
    &flat[start..start + len]
}

/// `len` elements from `start` on, to change.
#[inline(always)]
pub fn part_mut<E>(flat: &mut [E], start: usize, len: usize) -> &mut [E] {
    &mut flat[start..start + len]
}

/// Parts of an arena that do not overlap, in the order in which they lie there. Where the ranges are constants, nothing is left of
/// this by the time it is compiled.
#[inline(always)]
pub fn parts<E, const N: usize>(arena: &mut [E], ranges: [Range<usize>; N]) -> [&mut [E]; N] {
    let (first, len) = (arena.as_mut_ptr(), arena.len());
    let mut parts = [slice_from_raw_parts_mut(first, 0); N];
    // No iterator and no closure: they would be calls, in which nothing is constant.
    let (mut at, mut end) = (0, 0);
    while at < N {
        let range = &ranges[at];
        assert!(
            end <= range.start && range.start <= range.end && range.end <= len,
            "the plan keeps what is alive apart"
        );
        parts[at] = slice_from_raw_parts_mut(first.wrapping_add(range.start), range.end - range.start);
        (at, end) = (at + 1, range.end);
    }
    // SAFETY: each part begins where the one before ends or behind, and the last ends within the arena, which is borrowed as long; a
    // reference lies in memory as a pointer does.
    unsafe { (&raw const parts).cast::<[&mut [E]; N]>().read() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_a_slice_and_can_be_cut_further() {
        let mut flat: [usize; 24] = core::array::from_fn(|i| i);
        assert_eq!(chunks::<_, 4>(entry::<_, 8>(&flat, 2 * 8)), [[16, 17, 18, 19], [20, 21, 22, 23]]);
        chunks_mut::<_, 4>(entry_mut::<_, 8>(&mut flat, 8))[1][0] = 7;
        assert_eq!(flat[12], 7);
    }

    #[test]
    fn parts_lie_where_their_ranges_say() {
        let mut flat: [usize; 10] = core::array::from_fn(|i| i);
        let [a, b, c] = parts(&mut flat, [1..3, 3..3, 7..10]);
        assert_eq!((&*a, b.len(), &*c), (&[1, 2][..], 0, &[7, 8, 9][..]));
    }

    #[test]
    #[should_panic(expected = "the plan keeps what is alive apart")]
    fn parts_that_overlap_are_refused() {
        parts(&mut [0; 10], [1..4, 3..5]);
    }
}
