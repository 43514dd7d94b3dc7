//! What stands for the clocks where nothing is profiled: nothing.

use super::Section;

/// Does `body`.
#[inline(always)]
pub(crate) fn timed<R>(_section: Section, body: impl FnOnce() -> R) -> R {
    body()
}

/// Does `body`.
#[cfg(feature = "alloc")]
#[inline(always)]
pub(crate) fn beside<R>(_threads: usize, body: impl FnOnce() -> R) -> R {
    body()
}

/// There is no profile.
#[cfg(feature = "cli")]
pub(crate) fn taken(_network: &str, _wall: f64) -> Option<crate::report::ProfileReport> {
    None
}
