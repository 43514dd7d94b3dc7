//! Which instruction set is used: the best that the machine has, or a lesser one by choice.

use core::sync::atomic::{AtomicU8, Ordering};

/// An instruction set by name, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// What each machine of the architecture has: SSE2, NEON, or what the compiler was told.
    Portable = 1,
    /// AVX2 and FMA.
    Avx2 = 2,
    /// AVX-512 F, BW, CD, DQ and VL.
    Avx512 = 3,
}

impl Level {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Portable, Self::Avx2, Self::Avx512];

    /// The level of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|level| level.name() == name)
    }

    /// `portable`, `avx2`, `avx512`: what the environment variable `NN_ISA` may say.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Portable => "portable",
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        }
    }
}

/// The level in use as a number; 0 as long as nobody has asked.
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// The instruction set in use. The first call decides: the best that the machine has, but at most what the environment variable
/// `NN_ISA` names (with `std`). Two levels may give results that differ in the last digits, since one rounds a product that it
/// adds and the other does not; on one level, results are the same on all machines.
///
/// A name of no level is passed over, and of a level that the machine lacks the best that it has is taken. The command line
/// complains about both instead.
#[inline]
pub fn level() -> Level {
    match LEVEL.load(Ordering::Relaxed) {
        1 => Level::Portable,
        2 => Level::Avx2,
        3 => Level::Avx512,
        _ => first(),
    }
}

#[cold]
fn first() -> Level {
    let best = available();
    #[cfg(feature = "std")]
    let best = std::env::var("NN_ISA").ok().and_then(|name| Level::named(&name)).map_or(best, |asked| asked.min(best));
    LEVEL.store(best as u8, Ordering::Relaxed);
    best
}

/// Uses an instruction set from now on, in the whole process; for tests and measurements. The one that is used then: a lesser one if
/// the machine does not have this.
pub fn force(level: Level) -> Level {
    let level = level.min(available());
    LEVEL.store(level as u8, Ordering::Relaxed);
    level
}

/// The best instruction set of this machine. Without `std`, the best that the compiler was told of.
#[cfg(target_arch = "x86_64")]
pub fn available() -> Level {
    if super::Avx512::detected().is_some() {
        Level::Avx512
    } else if super::Avx2::detected().is_some() {
        Level::Avx2
    } else {
        Level::Portable
    }
}

/// The best instruction set of this machine.
#[cfg(not(target_arch = "x86_64"))]
pub fn available() -> Level {
    Level::Portable
}
