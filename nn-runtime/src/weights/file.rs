//! The safetensors format: the length of a header, the header in JSON, the values of the tensors; knows no network.
//!
//! As <https://github.com/huggingface/safetensors> states it: tensors lie side by side, from the end of the header to that
//! of the file. Own code, because the crate of that name brings a dozen others into the build of every user.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use serde_core::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::dtype::Dtype;
use super::error::WeightsFault;

/// The longest header, as the format states it.
const LONGEST: usize = 100_000_000;
/// The bytes in which the length of the header lies.
const LENGTH: usize = 8;
/// The entry of the header that is no tensor.
pub(super) const METADATA: &str = "__metadata__";

/// A tensor of a file.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) dtype: Dtype,
    pub(super) shape: Vec<usize>,
    /// Where its values lie in the file, in bytes.
    pub(super) place: Range<usize>,
}

/// A tensor to be written.
///
/// ```
/// use nn_runtime::weights::{Array, Dtype};
/// let array = Array::of("fc.weight".into(), Dtype::F32, vec![1, 2], &[0.5, 1.5]);
/// assert_eq!(array.bytes, [0.5_f32, 1.5].map(f32::to_le_bytes).concat());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// Its name.
    pub name: String,
    /// The type of its values.
    pub dtype: Dtype,
    /// Its shape.
    pub shape: Vec<usize>,
    /// Its values in row-major order, the lowest byte of each first.
    pub bytes: Vec<u8>,
}

impl Array {
    /// A tensor of values in row-major order, which are rounded to `f32` unless the type is `f64`.
    ///
    /// ```
    /// # use nn_runtime::weights::{Array, Dtype};
    /// let array = Array::of("fc.bias".into(), Dtype::F64, vec![1], &[0.5]);
    /// assert_eq!(array.bytes.len(), 8);
    /// ```
    pub fn of(name: String, dtype: Dtype, shape: Vec<usize>, values: &[f64]) -> Self {
        let dtype = if dtype == Dtype::F64 { dtype } else { Dtype::F32 };
        Self { name, dtype, shape, bytes: dtype.bytes(values) }
    }
}

/// What the header of a file says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, String>,
    /// By name.
    pub(super) tensors: BTreeMap<String, Entry>,
    /// Where the values begin, in bytes.
    pub(super) values: usize,
}

/// The header of a whole file, which agrees with the file's length.
///
/// # Errors
/// If the file is none of this format, or is damaged.
pub(super) fn read(bytes: &[u8]) -> Result<Header, WeightsFault> {
    let length = |expected| WeightsFault::Length { found: bytes.len(), expected };
    let first = bytes.first_chunk::<LENGTH>().ok_or_else(|| length(LENGTH))?;
    let long = usize::try_from(u64::from_le_bytes(*first)).ok().filter(|long| *long <= LONGEST);
    let values = LENGTH + long.ok_or_else(|| WeightsFault::Corrupted(TOO_LONG.into()))?;
    let text = bytes.get(LENGTH..values).ok_or_else(|| length(values))?;
    let text = core::str::from_utf8(text).map_err(|error| WeightsFault::Corrupted(error.to_string()))?;
    let Stated { metadata, tensors } =
        serde_json::from_str(text).map_err(|error| WeightsFault::Corrupted(format!("its header: {error}")))?;
    let tensors = placed(tensors, values).map_err(WeightsFault::Corrupted)?;
    let end = tensors.values().map(|entry| entry.place.end).max().unwrap_or(values);
    if end == bytes.len() { Ok(Header { metadata, tensors, values }) } else { Err(length(end)) }
}

const TOO_LONG: &str = "it does not begin with the length of a header";

/// The bytes of a file with these tensors, whose names ascend.
///
/// # Errors
/// If the header would be longer than the format allows.
pub(super) fn write(tensors: &[Array], metadata: &BTreeMap<String, String>) -> Result<Vec<u8>, WeightsFault> {
    let quoted = |text: &str| Value::from(text).to_string();
    let mut entries = Vec::new();
    if !metadata.is_empty() {
        let pairs: Vec<String> =
            metadata.iter().map(|(key, value)| format!("{}:{}", quoted(key), quoted(value))).collect();
        entries.push(format!("{}:{{{}}}", quoted(METADATA), pairs.join(",")));
    }
    let mut start = 0;
    for Array { name, dtype, shape, bytes } in tensors {
        let end = start + bytes.len();
        let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
        entries.push(format!(
            "{}:{{\"dtype\":{},\"shape\":[{}],\"data_offsets\":[{start},{end}]}}",
            quoted(name),
            quoted(dtype.name()),
            shape.join(",")
        ));
        start = end;
    }
    let header = format!("{{{}}}", entries.join(","));
    // Blanks, so that the values are aligned.
    let long = header.len().next_multiple_of(LENGTH);
    if long > LONGEST {
        return Err(WeightsFault::Unwritable(format!("its header would have {long} bytes, of {LONGEST} at most")));
    }
    let mut bytes = Vec::with_capacity(LENGTH + long + start);
    bytes.extend((long as u64).to_le_bytes());
    bytes.extend(header.into_bytes());
    bytes.resize(LENGTH + long, b' ');
    bytes.extend(tensors.iter().flat_map(|array| &array.bytes));
    Ok(bytes)
}

/// The tensors, if they lie side by side from the first byte of the values on, which is byte `values` of the file.
fn placed(tensors: BTreeMap<String, Claim>, values: usize) -> Result<BTreeMap<String, Entry>, String> {
    let mut claims: Vec<(String, Claim)> = tensors.into_iter().collect();
    claims.sort_by_key(|(_, claim)| claim.offsets);
    let mut start = 0;
    let mut entries = BTreeMap::new();
    for (name, Claim { dtype, shape, offsets: (from, to) }) in claims {
        if from != start || to < from {
            return Err(format!("`{name}` lies at {from}..{to} and should begin at {start}"));
        }
        let bits = shape.iter().try_fold(dtype.bits(), |bits, size| bits.checked_mul(*size));
        if bits.is_none_or(|bits| bits % 8 != 0 || bits / 8 != to - from) {
            return Err(format!("`{name}` is {shape:?} of type {} and lies in {} bytes", dtype.name(), to - from));
        }
        start = to;
        let place = from.checked_add(values).zip(to.checked_add(values));
        let (from, to) = place.ok_or_else(|| format!("`{name}` ends at {to}"))?;
        entries.insert(name, Entry { dtype, shape, place: from..to });
    }
    Ok(entries)
}

/// A header as it stands in the file.
struct Stated {
    metadata: BTreeMap<String, String>,
    tensors: BTreeMap<String, Claim>,
}

/// A tensor as its header states it.
struct Claim {
    dtype: Dtype,
    shape: Vec<usize>,
    /// First byte and the one behind the last, from the end of the header on.
    offsets: (usize, usize),
}

/// Takes the value of `key` if it is the first.
fn once<'de, T: Deserialize<'de>, M: MapAccess<'de>>(map: &mut M, known: bool, key: &str) -> Result<T, M::Error> {
    if known { Err(Error::custom(format!("`{key}` is stated twice"))) } else { map.next_value() }
}

impl<'de> Deserialize<'de> for Stated {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Stated;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("tensors by name")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Stated, M::Error> {
                let (mut metadata, mut tensors) = (None, BTreeMap::new());
                while let Some(key) = map.next_key::<String>()? {
                    if key == METADATA {
                        metadata = Some(once(&mut map, metadata.is_some(), &key)?);
                    } else {
                        let claim = once(&mut map, tensors.contains_key(&key), &key)?;
                        tensors.insert(key, claim);
                    }
                }
                Ok(Stated { metadata: metadata.unwrap_or_default(), tensors })
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

impl<'de> Deserialize<'de> for Claim {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;

        impl<'de> Visitor<'de> for Fields {
            type Value = Claim;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a tensor with dtype, shape and data_offsets")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Claim, M::Error> {
                let (mut dtype, mut shape, mut offsets) = (None, None, None);
                while let Some(key) = map.next_key::<String>()? {
                    match &*key {
                        "dtype" => dtype = Some(once::<String, M>(&mut map, dtype.is_some(), &key)?),
                        "shape" => shape = Some(once(&mut map, shape.is_some(), &key)?),
                        "data_offsets" => offsets = Some(once(&mut map, offsets.is_some(), &key)?),
                        _ => drop(map.next_value::<IgnoredAny>()?),
                    }
                }
                let dtype = dtype.ok_or_else(|| Error::missing_field("dtype"))?;
                let known = Dtype::named(&dtype);
                Ok(Claim {
                    dtype: known.ok_or_else(|| Error::custom(format!("the type `{dtype}` is unknown")))?,
                    shape: shape.ok_or_else(|| Error::missing_field("shape"))?,
                    offsets: offsets.ok_or_else(|| Error::missing_field("data_offsets"))?,
                })
            }
        }

        deserializer.deserialize_map(Fields)
    }
}
