//! Room on the stack for what lies side by side.

use core::mem::MaybeUninit;

/// So many bytes that hold nothing yet, aligned as lines of a cache are.
#[repr(align(64))]
pub(super) struct Room<const BYTES: usize>([MaybeUninit<u8>; BYTES]);

impl<const BYTES: usize> Room<BYTES> {
    /// Room that holds nothing.
    pub(super) const fn new() -> Self {
        Self([MaybeUninit::uninit(); BYTES])
    }

    /// Its beginning; there is room for `BYTES` divided by the size of a `T`.
    pub(super) const fn start<T>(&mut self) -> *mut T {
        self.0.as_mut_ptr().cast()
    }
}
