//! Instruction sets: which one this machine has, and code that is compiled once for each of them.
//!
//! A generated function is a [`Body`], generic over the instruction set. [`run`] looks once at what the machine has and calls
//! the copy for it; in there, everything that is `#[inline(always)]` is compiled for that set, and kernels are called by a
//! token of it. Nothing but [`run`] makes tokens of sets that a machine may lack, so a token is the proof that it has them.

mod dynamic;
mod level;
mod portable;
#[cfg(target_arch = "x86_64")]
mod transpose;
mod vector;
#[cfg(target_arch = "x86_64")]
mod x86;

pub use dynamic::Dynamic;
pub use level::{Level, available, force, level};
pub use portable::Portable;
pub use vector::{Lanes, Vector};
#[cfg(target_arch = "x86_64")]
pub use x86::{Avx2, Avx512};

use crate::kernels::Compiled;

/// Something to compute, whatever the instruction set. `run` is to be `#[inline(always)]`: else it is compiled for the least set.
pub trait Body {
    /// What it gives.
    type Output;
    /// Computes it with the instructions of `isa`.
    fn run<I: Isa>(self, isa: I) -> Self::Output;
}

/// An instruction set that the machine at hand has. Sealed.
pub trait Isa: Copy + Send + Sync + 'static + Lanes<f32> + Lanes<f64> + Compiled<f32> + Compiled<f64> {
    /// Whether what is inlined into a body is compiled for this set, as its kernels are.
    const COMPILED: bool = true;

    /// Runs `body` in a function that is compiled for this set.
    fn call<B: Body>(self, body: B) -> B::Output;
}

/// Runs `body` with the instruction set of [`level()`]. Without optimisation, loops gain nothing from a set: then there is one copy
/// of `body`, which calls the kernels of that set.
#[inline]
pub fn run<B: Body>(body: B) -> B::Output {
    #[cfg(debug_assertions)]
    return Dynamic.call(body);
    #[cfg(all(target_arch = "x86_64", not(debug_assertions)))]
    if let Some(isa) = Avx512::in_use() {
        return isa.call(body);
    } else if let Some(isa) = Avx2::in_use() {
        return isa.call(body);
    }
    #[cfg(not(debug_assertions))]
    Portable.call(body)
}
