//! Weights in safetensors files: logical names, shapes and order, with the network's name and the encodings of its data beside.
//!
//! The file's metadata has one entry, so that the same weights give the same bytes: JSON with the format's number, the
//! network, a checksum of the values (FNV-1a, 64 bits) and the text of the encodings. Files without it, as other programs
//! write them, are read too.

mod error;
mod file;

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value};

pub use error::{WeightsError, WeightsFault};
use file::{Dtype, Entry, Header};

use crate::atomic;
use crate::params;
use crate::program::{Program, Single};
use crate::real::Real;

/// A tensor of a network, and its name.
type Named = (String, Single);

/// The newest format that is read, and the one that is written.
const FORMAT: u64 = 1;
/// The entry of the metadata.
const ENTRY: &str = "nn-runtime";

/// Writes the weights (in physical order) to `path`, whole or not at all; `encodings` is kept beside them as it is.
///
/// # Errors
/// If a weight is NaN or infinite, or the file cannot be written.
pub fn save<T: Real>(
    path: &Path,
    program: &'static Program<T>,
    weights: &[T],
    encodings: Option<&str>,
) -> Result<(), WeightsError> {
    let fail = |fault: WeightsFault| fault.of(path.display().to_string());
    let bytes = to_bytes(program, weights, encodings).map_err(fail)?;
    atomic::write(path, &bytes).map_err(|error| fail(WeightsFault::Unwritable(error.to_string())))
}

/// Reads the weights of `program` (into physical order) from `path`. On an error `weights` stays as it is.
///
/// # Errors
/// Whatever is wrong with the file.
pub fn load<T: Real>(path: &Path, program: &Program<T>, weights: &mut [T]) -> Result<Stored, WeightsError> {
    let stored = Stored::open(path)?;
    stored.copy_to(program, weights)?;
    Ok(stored)
}

fn to_bytes<T: Real>(
    program: &'static Program<T>,
    weights: &[T],
    encodings: Option<&str>,
) -> Result<Vec<u8>, WeightsFault> {
    let dtype = dtype::<T>();
    let mut tensors = Vec::new();
    for param in params::iter(program, weights) {
        let values: Vec<f64> = param.values().map(Real::to_f64).collect();
        let name = param.name().to_string();
        check_finite(&name, param.shape(), &values)?;
        tensors.push((name, param.shape(), bytes(&values, dtype)));
    }
    // The order in which they lie in the file, and so that of the checksum.
    tensors.sort_unstable_by(|(a, ..), (b, ..)| a.cmp(b));
    let sum = tensors.iter().fold(FNV_BASIS, |sum, (.., values)| checksum(sum, values));
    let mut entry = Map::new();
    entry.insert("format".into(), FORMAT.into());
    entry.insert("network".into(), program.name.into());
    entry.insert("checksum".into(), alloc::format!("{sum:016x}").into());
    if let Some(encodings) = encodings {
        entry.insert("encodings".into(), encodings.into());
    }
    file::write(dtype, &tensors, (ENTRY, Value::Object(entry).to_string()))
}

/// A file of weights in memory.
#[derive(Clone, Debug)]
pub struct Stored {
    file: String,
    bytes: Vec<u8>,
    header: Header,
    network: Option<String>,
    encodings: Option<String>,
}

impl Stored {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read, is damaged or was written by a later version.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let file = path.display().to_string();
        match fs::read(path) {
            Ok(bytes) => Self::from_bytes(file, bytes),
            Err(error) => Err(WeightsFault::Unreadable(error.to_string()).of(file)),
        }
    }

    /// Takes the `bytes` of a file, whose name in messages is `file`.
    ///
    /// # Errors
    /// If they are damaged or were written by a later version.
    pub fn from_bytes(file: String, bytes: Vec<u8>) -> Result<Self, WeightsError> {
        match described(&bytes) {
            Ok((header, network, encodings)) => Ok(Self { file, bytes, header, network, encodings }),
            Err(fault) => Err(fault.of(file)),
        }
    }

    /// The name of the file in messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The network whose weights they are, if the file says so.
    pub fn network(&self) -> Option<&str> {
        self.network.as_deref()
    }

    /// The text of the encodings of its data, if there are any.
    pub fn encodings(&self) -> Option<&str> {
        self.encodings.as_deref()
    }

    /// Copies the weights (into physical order) if they are those of `program`; otherwise `weights` stays as it is.
    ///
    /// # Errors
    /// If they are those of another network, of another type, or not finite.
    pub fn copy_to<T: Real>(&self, program: &Program<T>, weights: &mut [T]) -> Result<(), WeightsError> {
        let tensors: Vec<Named> = program.singles().map(|single| (single.name().to_string(), single)).collect();
        let read = self.read(program.name, &tensors, dtype::<T>());
        let read = read.map_err(|fault| fault.of(self.file.clone()))?;
        for ((_, single), values) in tensors.iter().zip(read) {
            let physical = &mut weights[single.place()];
            for (index, value) in values.into_iter().enumerate() {
                physical[single.tensor().physical(index)] = T::from_f64(value);
            }
        }
        Ok(())
    }

    fn read(&self, network: &str, tensors: &[Named], dtype: Dtype) -> Result<Vec<Vec<f64>>, WeightsFault> {
        self.check(network, tensors)?;
        let entries = tensors.iter().filter_map(|(name, _)| self.header.tensors.get_key_value(name));
        entries.map(|(name, entry)| values(name, entry, &self.bytes[entry.place.clone()], dtype)).collect()
    }

    /// Whether the tensors of the file are those of the network; all differences at once.
    fn check(&self, network: &str, tensors: &[Named]) -> Result<(), WeightsFault> {
        let (mut missing, mut extra, mut misshapen) = (Vec::new(), Vec::new(), Vec::new());
        for (name, single) in tensors {
            match self.header.tensors.get(name) {
                None => missing.push((name.clone(), single.shape().to_vec())),
                Some(entry) if entry.shape != single.shape() => {
                    misshapen.push((name.clone(), entry.shape.clone(), single.shape().to_vec()));
                }
                Some(_) => {}
            }
        }
        for (name, entry) in &self.header.tensors {
            if !tensors.iter().any(|(known, _)| known == name) {
                extra.push((name.clone(), entry.shape.clone()));
            }
        }
        let same = missing.is_empty() && extra.is_empty() && misshapen.is_empty();
        if same && self.network.as_deref().is_none_or(|found| found == network) {
            return Ok(());
        }
        let (network, found) = (network.to_string(), self.network.clone());
        Err(WeightsFault::OtherNetwork { network, found, missing, extra, misshapen })
    }
}

/// The header, the network and the encodings of a whole, undamaged file.
fn described(bytes: &[u8]) -> Result<(Header, Option<String>, Option<String>), WeightsFault> {
    let header = file::read(bytes)?;
    let Some(entry) = header.metadata.get(ENTRY) else {
        return Ok((header, None, None));
    };
    let entry: Value = serde_json::from_str(entry).map_err(|error| WeightsFault::Corrupted(error.to_string()))?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str);
    match entry.get("format").and_then(Value::as_u64) {
        Some(format) if format > FORMAT => return Err(WeightsFault::Format(format)),
        Some(_) => {}
        None => return Err(WeightsFault::Corrupted("its metadata has no format".into())),
    }
    let sum = checksum(FNV_BASIS, &bytes[header.values..]);
    if text("checksum") != Some(alloc::format!("{sum:016x}").as_str()) {
        return Err(WeightsFault::Changed);
    }
    Ok((header, text("network").map(Into::into), text("encodings").map(Into::into)))
}

/// The values, which lie in `bytes`, of a tensor in row-major logical order.
fn values(tensor: &str, entry: &Entry, bytes: &[u8], dtype: Dtype) -> Result<Vec<f64>, WeightsFault> {
    if entry.dtype != dtype {
        let (found, expected) = (entry.dtype.name.into(), dtype.name);
        return Err(WeightsFault::Type { tensor: tensor.into(), found, expected });
    }
    let values: Vec<f64> = if dtype == Dtype::F32 {
        bytes.as_chunks().0.iter().map(|bytes| f64::from(f32::from_le_bytes(*bytes))).collect()
    } else {
        bytes.as_chunks().0.iter().map(|bytes| f64::from_le_bytes(*bytes)).collect()
    };
    check_finite(tensor, &entry.shape, &values)?;
    Ok(values)
}

/// Values as they lie in a file.
fn bytes(values: &[f64], dtype: Dtype) -> Vec<u8> {
    if dtype == Dtype::F32 {
        values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()
    } else {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }
}

fn check_finite(tensor: &str, shape: &[usize], values: &[f64]) -> Result<(), WeightsFault> {
    let Some(mut at) = values.iter().position(|value| !value.is_finite()) else { return Ok(()) };
    let value = values[at];
    let mut index = alloc::vec![0; shape.len()];
    for (axis, size) in shape.iter().enumerate().rev() {
        index[axis] = at % size;
        at /= size;
    }
    Err(WeightsFault::NotFinite { tensor: tensor.into(), index, value })
}

fn dtype<T: Real>() -> Dtype {
    if T::BYTES == 4 { Dtype::F32 } else { Dtype::F64 }
}

pub(crate) const FNV_BASIS: u64 = 0xCBF2_9CE4_8422_2325;

/// FNV-1a with 64 bits (Fowler, Noll and Vo 1991), continued from `sum`.
pub(crate) fn checksum(sum: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(sum, |sum, byte| (sum ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3))
}
