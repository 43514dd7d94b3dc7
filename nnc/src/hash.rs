//! A hash of contents, the same on every machine: for names in the cache and to see whether a file was changed.

use std::fmt;
use std::num::ParseIntError;
use std::str::FromStr;

/// FNV-1a with 64 bits (Fowler, Noll, Vo; draft-eastlake-fnv). It guards against mix-ups, not against forgers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Hash(u64);

impl Hash {
    /// The hash of nothing.
    pub(crate) const EMPTY: Self = Self(0xcbf2_9ce4_8422_2325);

    /// The hash of some bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self::EMPTY.and(bytes)
    }

    /// The hash of what was hashed so far and then some bytes; where one part ends counts too.
    pub(crate) fn and(self, bytes: &[u8]) -> Self {
        let length = (bytes.len() as u64).to_le_bytes();
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        Self(bytes.iter().chain(&length).fold(self.0, step))
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl FromStr for Hash {
    type Err = ParseIntError;

    fn from_str(text: &str) -> Result<Self, ParseIntError> {
        u64::from_str_radix(text, 16).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_comes_back_from_its_text_and_sees_where_parts_end() {
        let hash = Hash::of(b"iris");
        assert_eq!(hash.to_string().parse(), Ok(hash));
        assert_ne!(Hash::of(b"ab").and(b"c"), Hash::of(b"a").and(b"bc"));
    }
}
