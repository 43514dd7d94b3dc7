//! The instruction set that each machine of the architecture has, by loops over arrays: SSE2, NEON, or none.

#![expect(unsafe_code, reason = "kernels read and write memory through pointers")]

use super::{Body, Isa, Lanes, Vector};

/// What the compiler may use without asking the machine.
#[derive(Clone, Copy, Debug)]
pub struct Portable;

impl Lanes<f32> for Portable {
    type Vector = Array<f32, 4>;
}

impl Lanes<f64> for Portable {
    type Vector = Array<f64, 2>;
}

impl Isa for Portable {
    #[inline(always)]
    fn call<B: Body>(self, body: B) -> B::Output {
        // A function of its own, as for the other sets, so that kernels are not inlined into each other.
        #[inline(never)]
        fn compiled<B: Body>(body: B) -> B::Output {
            body.run(Portable)
        }
        compiled(body)
    }
}

/// A register as an array, which LLVM puts into one. Its lanes are written out, since iterators over them are compiled for longer.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(16))]
pub struct Array<T, const N: usize>([T; N]);

macro_rules! array {
    ($t:ident, $lanes:literal: $($lane:literal)*) => {
        impl Vector<$t> for Array<$t, $lanes> {
            const LANES: usize = $lanes;
            const REGISTERS: usize = if cfg!(target_arch = "aarch64") { 32 } else { 16 };

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                Self([x; $lanes])
            }

            #[inline(always)]
            unsafe fn load(from: *const $t) -> Self {
                // SAFETY: the caller vouches for the reads; an array has the layout of its elements.
                Self(unsafe { from.cast::<[$t; $lanes]>().read_unaligned() })
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $t, count: usize) -> Self {
                // SAFETY: the caller vouches for `count` reads.
                Self([$(if $lane < count { unsafe { *from.add($lane) } } else { 0.0 }),*])
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $t) {
                // SAFETY: the caller vouches for the writes.
                unsafe { to.cast::<[$t; $lanes]>().write_unaligned(self.0) }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $t, count: usize) {
                $(if $lane < count {
                    // SAFETY: the caller vouches for `count` writes.
                    unsafe { *to.add($lane) = self.0[$lane] }
                })*
            }

            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // Only where it is one instruction, and not the call of a function.
                #[cfg(all(feature = "std", target_arch = "aarch64"))]
                let fused = Self([$(self.0[$lane].mul_add(b.0[$lane], c.0[$lane])),*]);
                #[cfg(not(all(feature = "std", target_arch = "aarch64")))]
                let fused = Self([$(self.0[$lane] * b.0[$lane] + c.0[$lane]),*]);
                fused
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                Self([$(self.0[$lane] + other.0[$lane]),*])
            }

            #[inline(always)]
            unsafe fn transpose(from: *const $t, from_row: usize, to: *mut $t, to_row: usize) {
                for i in 0..$lanes {
                    for j in 0..$lanes {
                        // SAFETY: the caller vouches for both squares.
                        unsafe { *to.add(i * to_row + j) = *from.add(j * from_row + i) }
                    }
                }
            }
        }
    };
}

array!(f32, 4: 0 1 2 3);
array!(f64, 2: 0 1);
