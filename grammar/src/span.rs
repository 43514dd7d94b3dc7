//! Where a piece of a program stood; knows neither files nor tokens, only two numbers.

use std::fmt;

/// A half-open range `lo..hi` of the source.
///
/// The unit belongs to the front end that made it: byte offsets for text, token indices for a macro body.
/// All spans compare equal, so that two syntax trees are equal when they say the same thing, wherever it stood.
#[derive(Clone, Copy, Default)]
pub struct Span {
    /// The first byte or token.
    pub lo: u32,
    /// One past the last byte or token.
    pub hi: u32,
}

impl Span {
    /// The range `lo..hi`.
    pub fn new(lo: usize, hi: usize) -> Self {
        let narrow = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Self { lo: narrow(lo), hi: narrow(hi) }
    }

    /// The smallest span that covers both.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { lo: self.lo.min(other.lo), hi: self.hi.max(other.hi) }
    }

    /// The span as a range of indices.
    pub fn range(self) -> std::ops::Range<usize> {
        self.lo as usize..self.hi as usize
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", self.lo, self.hi)
    }
}
