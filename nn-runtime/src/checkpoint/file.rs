//! The bytes of a checkpoint; knows no folder and not what its parts mean.

use std::fs;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{About, Checkpoint, CheckpointError, CheckpointFault};
use crate::atomic;
use crate::fit::Counters;
use crate::real::Real;
use crate::weights::{FNV_BASIS, checksum};

/// The format that is written, and the only one that is read.
pub(super) const FORMAT: &str = "1";
/// What each file begins with; the format and a newline follow.
const MAGIC: &str = "nn-runtime checkpoint ";
/// Bytes of a length and of a checksum.
const WORD: usize = 8;

#[derive(Serialize, Deserialize)]
struct Header {
    about: About,
    counters: Counters,
    watch: String,
    /// Bytes of a value.
    bytes: usize,
    /// Names, and how many values each has.
    arrays: Vec<(String, usize)>,
}

/// Writes a checkpoint, whole or not at all.
pub(crate) fn write<T: Real>(path: &Path, checkpoint: &Checkpoint<T>) -> Result<(), CheckpointError> {
    let fail = |fault: CheckpointFault| fault.of(path.display().to_string());
    let bytes = to_bytes(checkpoint).map_err(fail)?;
    atomic::write(path, &bytes).map_err(|error| fail(CheckpointFault::Unwritable(error.to_string())))
}

/// Reads a checkpoint.
pub(crate) fn read<T: Real>(path: &Path) -> Result<Checkpoint<T>, CheckpointError> {
    let read = fs::read(path).map_err(|error| CheckpointFault::Unreadable(error.to_string()));
    read.and_then(|bytes| from_bytes(&bytes)).map_err(|fault| fault.of(path.display().to_string()))
}

fn to_bytes<T: Real>(checkpoint: &Checkpoint<T>) -> Result<Vec<u8>, CheckpointFault> {
    let Checkpoint { about, counters, watch, arrays } = checkpoint;
    let lengths = arrays.iter().map(|(name, values)| (name.clone(), values.len())).collect();
    let header = Header {
        about: about.clone(),
        counters: counters.clone(),
        watch: watch.clone(),
        bytes: T::BYTES,
        arrays: lengths,
    };
    let header = serde_json::to_vec(&header).map_err(|error| CheckpointFault::Unwritable(error.to_string()))?;
    let values: usize = arrays.iter().map(|(_, values)| values.len()).sum();
    let mut bytes = Vec::with_capacity(MAGIC.len() + 2 + 2 * WORD + header.len() + values * T::BYTES);
    bytes.extend(MAGIC.bytes().chain(FORMAT.bytes()).chain([b'\n']));
    bytes.extend((header.len() as u64).to_le_bytes());
    bytes.extend(header);
    for (_, values) in arrays {
        push(&mut bytes, values);
    }
    bytes.extend(checksum(FNV_BASIS, &bytes).to_le_bytes());
    Ok(bytes)
}

fn push<T: Real>(bytes: &mut Vec<u8>, values: &[T]) {
    if T::BYTES == 4 {
        values.iter().for_each(|value| bytes.extend((value.to_f64() as f32).to_le_bytes()));
    } else {
        values.iter().for_each(|value| bytes.extend(value.to_f64().to_le_bytes()));
    }
}

fn pulled<T: Real>(bytes: &[u8]) -> Vec<T> {
    if T::BYTES == 4 {
        bytes.as_chunks().0.iter().map(|bytes| T::from_f64(f64::from(f32::from_le_bytes(*bytes)))).collect()
    } else {
        bytes.as_chunks().0.iter().map(|bytes| T::from_f64(f64::from_le_bytes(*bytes))).collect()
    }
}

fn from_bytes<T: Real>(bytes: &[u8]) -> Result<Checkpoint<T>, CheckpointFault> {
    let damaged = |why: &str| CheckpointFault::Damaged(why.into());
    // What a crash of the machine can leave of a file is short or full of zeros.
    let rest = bytes.strip_prefix(MAGIC.as_bytes()).ok_or(CheckpointFault::NoCheckpoint)?;
    let format = rest.iter().take(20).position(|byte| *byte == b'\n').ok_or_else(|| damaged("it ends too early"))?;
    if &rest[..format] != FORMAT.as_bytes() {
        return Err(CheckpointFault::Format(String::from_utf8_lossy(&rest[..format]).into_owned()));
    }
    let (whole, sum) = bytes.split_last_chunk::<WORD>().ok_or_else(|| damaged("it ends too early"))?;
    if checksum(FNV_BASIS, whole) != u64::from_le_bytes(*sum) {
        return Err(damaged("its checksum is not that of its bytes"));
    }
    let rest = &whole[MAGIC.len() + format + 1..];
    let (length, rest) = rest.split_first_chunk::<WORD>().ok_or_else(|| damaged("it has no header"))?;
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let (header, mut rest) = rest.split_at_checked(length).ok_or_else(|| damaged("its header is cut off"))?;
    let header: Header = serde_json::from_slice(header).map_err(|error| CheckpointFault::Damaged(error.to_string()))?;
    let Header { about, counters, watch, bytes, arrays: lengths } = header;
    if bytes != T::BYTES {
        let bits = |bytes: usize| std::format!("f{}", 8 * bytes);
        let (what, found, expected) = ("precision".into(), bits(bytes), bits(T::BYTES));
        return Err(CheckpointFault::Other { what, found, expected });
    }
    let mut arrays = Vec::with_capacity(lengths.len());
    for (name, length) in lengths {
        let cut = length.checked_mul(T::BYTES).and_then(|length| rest.split_at_checked(length));
        let (values, behind) = cut.ok_or_else(|| damaged("its arrays are cut off"))?;
        arrays.push((name, pulled(values)));
        rest = behind;
    }
    if rest.is_empty() {
        Ok(Checkpoint { about, counters, watch, arrays })
    } else {
        Err(damaged("there is something behind its arrays"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn example() -> Checkpoint<f32> {
        Checkpoint {
            about: About(std::vec![("seed".into(), "7".into())]),
            counters: Counters {
                steps: 3,
                epochs: 1,
                rate_factor: 0.1,
                swa_epochs: 0,
                under_way: None,
                in_turn: Vec::new(),
            },
            watch: "{}".into(),
            arrays: std::vec![("weights".into(), std::vec![1.5, f32::MIN_POSITIVE / 2.0]), ("none".into(), Vec::new())],
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let bytes = to_bytes(&example()).expect("it can be written");
        let read = from_bytes::<f32>(&bytes).expect("it can be read");
        assert_eq!(to_bytes(&read).expect("it can be written"), bytes);
        assert_eq!((read.arrays, read.counters), (example().arrays, example().counters));
        let other = from_bytes::<f64>(&bytes).expect_err("another precision");
        assert!(matches!(other, CheckpointFault::Other { .. }), "{other:?}");
    }

    #[test]
    fn no_flipped_bit_and_no_missing_byte_passes() {
        let bytes = to_bytes(&example()).expect("it can be written");
        for at in 0..bytes.len() {
            for bit in 0..8 {
                let mut flipped = bytes.clone();
                flipped[at] ^= 1 << bit;
                assert!(from_bytes::<f32>(&flipped).is_err(), "bit {bit} of byte {at}");
            }
            assert!(from_bytes::<f32>(&bytes[..at]).is_err(), "cut at {at}");
        }
        assert!(from_bytes::<f32>(&[&bytes[..], &[0]].concat()).is_err());
    }
}
