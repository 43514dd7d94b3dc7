//! Room on the stack for what lies side by side.

use core::mem::MaybeUninit;

/// So many elements that hold nothing yet, aligned as lines of a cache are: registers that lie across two lines are read twice.
#[repr(align(64))]
pub(super) struct Room<E, const N: usize>([MaybeUninit<E>; N]);

impl<E, const N: usize> Room<E, N> {
    /// Room that holds nothing.
    #[inline(always)]
    pub(super) const fn new() -> Self {
        Self([const { MaybeUninit::uninit() }; N])
    }

    /// Its beginning, for elements of whatever type: there is room for as many as fit.
    #[inline(always)]
    pub(super) const fn start<T>(&mut self) -> *mut T {
        self.0.as_mut_ptr().cast()
    }
}
