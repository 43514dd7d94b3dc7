//! AVX2 with FMA, and AVX-512: tokens that prove that the machine has them, and their registers.

#![expect(unsafe_code, reason = "instructions that not each machine has, behind a token that only detection makes")]

use core::arch::x86_64::*;

use super::{Body, Isa, Lanes, Level, Vector, level};

/// Whether the machine has some features: asked with `std`, else only what the compiler was told.
macro_rules! has {
    ($($feature:tt),+) => {{
        #[cfg(feature = "std")]
        let has = $(std::arch::is_x86_feature_detected!($feature))&&+;
        #[cfg(not(feature = "std"))]
        let has = $(cfg!(target_feature = $feature))&&+;
        has
    }};
}

/// An instruction set: its token, what proves that the machine has it, and the function that is compiled for it. Each has a
/// module of its own, because rustc compiles side by side what lies in several.
macro_rules! isa {
    ($(#[$doc:meta])* $module:ident::$name:ident, $features:literal, [$($feature:tt),+], $f32:ident, $f64:ident) => {
        mod $module {
            use super::*;

            $(#[$doc])*
            #[derive(Clone, Copy, Debug)]
            pub struct $name(());

            impl $name {
                /// A token, if this machine has the set.
                #[inline]
                pub fn detected() -> Option<Self> {
                    (has!($($feature),+)).then_some(Self(()))
                }

                /// A token, if this is the set in use. That is never one that the machine lacks, so it is not asked again.
                #[inline(always)]
                pub(crate) fn in_use() -> Option<Self> {
                    (level() == Level::$name).then_some(Self(()))
                }
            }

            impl Lanes<f32> for $name {
                type Vector = $f32;
            }

            impl Lanes<f64> for $name {
                type Vector = $f64;
            }

            impl Isa for $name {
                #[inline(always)]
                fn call<B: Body>(self, body: B) -> B::Output {
                    #[target_feature(enable = $features)]
                    fn compiled<B: Body>(isa: $name, body: B) -> B::Output {
                        body.run(isa)
                    }
                    // SAFETY: there is a token, so the machine has all features of the set.
                    unsafe { compiled(self, body) }
                }
            }
        }

        pub use $module::$name;
    };
}

isa!(
    /// AVX2 and FMA: registers of 32 bytes.
    avx2::Avx2,
    "avx2,fma,bmi1,bmi2",
    ["avx2", "fma", "bmi1", "bmi2"],
    F32x8,
    F64x4
);
isa!(
    /// AVX-512 F, BW, CD, DQ and VL: registers of 64 bytes.
    avx512::Avx512,
    "avx512f,avx512bw,avx512cd,avx512dq,avx512vl,avx2,fma,bmi1,bmi2",
    ["avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl", "avx2", "fma", "bmi1", "bmi2"],
    F32x16,
    F64x8
);

/// A register of AVX2 or AVX-512.
macro_rules! register {
    ($(#[$doc:meta])* $name:ident($inner:ty) of $lanes:literal $t:ty, $registers:literal;
     splat $splat:ident, transpose $transpose:ident, load $load:ident, store $store:ident, mul_add $mul_add:ident, add $add:ident;
     |$count:ident| $mask:expr, load $load_first:ident $order_load:ident, store $store_first:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug)]
        pub struct $name($inner);

        impl Vector<$t> for $name {
            const LANES: usize = $lanes;
            const REGISTERS: usize = $registers;

            #[inline(always)]
            unsafe fn splat(x: $t) -> Self {
                // SAFETY: the caller vouches for the instruction set.
                Self(unsafe { $splat(x) })
            }

            #[inline(always)]
            unsafe fn load(from: *const $t) -> Self {
                // SAFETY: the caller vouches for the instruction set and the reads.
                Self(unsafe { $load(from) })
            }

            #[inline(always)]
            unsafe fn load_first(from: *const $t, $count: usize) -> Self {
                // SAFETY: the caller vouches for the instruction set and the reads; lanes without a bit are not read.
                Self(unsafe { $order_load!($load_first, from, $mask) })
            }

            #[inline(always)]
            unsafe fn store(self, to: *mut $t) {
                // SAFETY: there is a register, so there is the set; the caller vouches for the writes.
                unsafe { $store(to, self.0) }
            }

            #[inline(always)]
            unsafe fn store_first(self, to: *mut $t, $count: usize) {
                // SAFETY: there is a register, so there is the set; the caller vouches for the writes; lanes without a bit are not
                // written.
                unsafe { $store_first(to, $mask, self.0) }
            }

            #[inline(always)]
            fn mul_add(self, b: Self, c: Self) -> Self {
                // SAFETY: there is a register, so there is the set.
                Self(unsafe { $mul_add(self.0, b.0, c.0) })
            }

            #[inline(always)]
            fn add(self, other: Self) -> Self {
                // SAFETY: there is a register, so there is the set.
                Self(unsafe { $add(self.0, other.0) })
            }

            #[inline(always)]
            unsafe fn transpose(from: *const $t, from_row: usize, to: *mut $t, to_row: usize) {
                // SAFETY: the caller vouches for the instruction set and for both squares.
                unsafe { super::transpose::$transpose(from, from_row, to, to_row) }
            }
        }
    };
}

macro_rules! mask_last {
    ($load:ident, $from:expr, $mask:expr) => {
        $load($from, $mask)
    };
}

macro_rules! mask_first {
    ($load:ident, $from:expr, $mask:expr) => {
        $load($mask, $from)
    };
}

/// All bits set in the first `count` of 8 lanes.
#[inline(always)]
unsafe fn first_of_8(count: usize) -> __m256i {
    // SAFETY: the caller vouches for AVX2.
    unsafe { _mm256_cmpgt_epi32(_mm256_set1_epi32(count as i32), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7)) }
}

/// All bits set in the first `count` of 4 lanes.
#[inline(always)]
unsafe fn first_of_4(count: usize) -> __m256i {
    // SAFETY: the caller vouches for AVX2.
    unsafe { _mm256_cmpgt_epi64(_mm256_set1_epi64x(count as i64), _mm256_setr_epi64x(0, 1, 2, 3)) }
}

register!(
    /// 8 numbers of 4 bytes.
    F32x8(__m256) of 8 f32, 16;
    splat _mm256_set1_ps, transpose f32x8, load _mm256_loadu_ps, store _mm256_storeu_ps, mul_add _mm256_fmadd_ps, add _mm256_add_ps;
    |count| first_of_8(count), load _mm256_maskload_ps mask_last, store _mm256_maskstore_ps
);
register!(
    /// 4 numbers of 8 bytes.
    F64x4(__m256d) of 4 f64, 16;
    splat _mm256_set1_pd, transpose f64x4, load _mm256_loadu_pd, store _mm256_storeu_pd, mul_add _mm256_fmadd_pd, add _mm256_add_pd;
    |count| first_of_4(count), load _mm256_maskload_pd mask_last, store _mm256_maskstore_pd
);
register!(
    /// 16 numbers of 4 bytes.
    F32x16(__m512) of 16 f32, 32;
    splat _mm512_set1_ps, transpose f32x16, load _mm512_loadu_ps, store _mm512_storeu_ps, mul_add _mm512_fmadd_ps, add _mm512_add_ps;
    |count| ((1_u32 << count) - 1) as u16, load _mm512_maskz_loadu_ps mask_first, store _mm512_mask_storeu_ps
);
register!(
    /// 8 numbers of 8 bytes.
    F64x8(__m512d) of 8 f64, 32;
    splat _mm512_set1_pd, transpose f64x8, load _mm512_loadu_pd, store _mm512_storeu_pd, mul_add _mm512_fmadd_pd, add _mm512_add_pd;
    |count| ((1_u32 << count) - 1) as u8, load _mm512_maskz_loadu_pd mask_first, store _mm512_mask_storeu_pd
);
