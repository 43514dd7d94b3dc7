//! Weights in archives of arrays, as numpy writes them: an array for each tensor, and one with what is known about them. The archive
//! and its arrays are those that data is read from; knows no network.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::dtype::Dtype;
use super::error::WeightsFault;
use super::file::{Array, Entry, Header, METADATA};
use super::refused;
use crate::data::npy::{self, Raw};

/// The types of numpy that have a name in safetensors files.
const TYPES: [(&str, &str); 12] = [
    ("b1", "BOOL"),
    ("u1", "U8"),
    ("i1", "I8"),
    ("u2", "U16"),
    ("i2", "I16"),
    ("u4", "U32"),
    ("i4", "I32"),
    ("u8", "U64"),
    ("i8", "I64"),
    ("f2", "F16"),
    ("f4", "F32"),
    ("f8", "F64"),
];

/// The tensors of an archive, and their values one behind the other.
///
/// # Errors
/// If it is no archive, is damaged, or holds anything else than arrays of numbers.
pub(super) fn read(bytes: &[u8]) -> Result<(Header, Vec<u8>), WeightsFault> {
    let wrong = |why: String| WeightsFault::Archive(why);
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| wrong(error.to_string()))?;
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.to_string()).collect();
    if let Some(kind) = names.iter().find_map(|name| refused::by_member(name)) {
        return Err(kind.fault());
    }
    twice(bytes, names.len())?;
    let mut arrays = BTreeMap::new();
    for number in 0..archive.len() {
        let mut member = archive.by_index(number).map_err(|error| wrong(error.to_string()))?;
        let file = member.name().map_err(|error| wrong(error.to_string()))?.to_string();
        let Some(name) = file.strip_suffix(".npy") else {
            return Err(wrong(format!("`{file}` is no array")));
        };
        let raw = npy::read(&mut member).map_err(|fault| wrong(format!("`{name}`: {fault}")))?;
        arrays.insert(name.to_string(), raw);
    }
    let metadata = match arrays.remove(METADATA) {
        None => BTreeMap::new(),
        Some(raw) => serde_json::from_slice(&raw.bytes).map_err(|error| wrong(format!("`{METADATA}`: {error}")))?,
    };
    let (mut tensors, mut values) = (BTreeMap::new(), Vec::new());
    for (name, raw) in arrays {
        let dtype = TYPES.into_iter().find(|(kind, _)| *kind == raw.kind).and_then(|(_, name)| Dtype::named(name));
        let dtype = dtype.ok_or_else(|| wrong(format!("`{name}` has values of the type `{}`", raw.kind)))?;
        let start = values.len();
        values.extend(row_major(&raw, dtype.bits() / 8));
        tensors.insert(name, Entry { dtype, shape: raw.shape, place: start..values.len() });
    }
    Ok((Header { metadata, tensors, values: 0 }, values))
}

/// Whether two members have one name: the index of the archive keeps the last of them. Its end (APPNOTE 4.3.16) says how many there are.
fn twice(bytes: &[u8], names: usize) -> Result<(), WeightsFault> {
    const END: &[u8] = b"PK\x05\x06";
    let from = bytes.len().saturating_sub(END.len() + 18 + usize::from(u16::MAX));
    let end = bytes[from..].windows(END.len() + 18).rposition(|window| window.starts_with(END));
    let stated = end.and_then(|at| bytes[from + at + 10..].first_chunk().map(|count| u16::from_le_bytes(*count)));
    match stated {
        // More than that are counted elsewhere.
        Some(u16::MAX) | None => Ok(()),
        Some(stated) if usize::from(stated) == names => Ok(()),
        Some(stated) => Err(WeightsFault::Archive(format!("it has {stated} members and {names} names"))),
    }
}

/// The values with the last axis fastest.
fn row_major(raw: &Raw, size: usize) -> Vec<u8> {
    if !raw.fortran || raw.shape.len() < 2 {
        return raw.bytes.clone();
    }
    let mut strides = Vec::new();
    let mut stride = 1;
    for extent in &raw.shape {
        strides.push(stride);
        stride *= extent;
    }
    let mut bytes = Vec::with_capacity(raw.bytes.len());
    for number in 0..raw.bytes.len() / size {
        let (mut rest, mut at) = (number, 0);
        for (extent, stride) in raw.shape.iter().zip(&strides).rev() {
            at += rest % extent * stride;
            rest /= extent;
        }
        bytes.extend(&raw.bytes[at * size..][..size]);
    }
    bytes
}

/// The bytes of an archive with these tensors, whose names ascend. The same tensors give the same bytes.
///
/// # Errors
/// If numpy has no such type.
pub(super) fn write(tensors: &[Array], metadata: &BTreeMap<String, String>) -> Result<Vec<u8>, WeightsFault> {
    let wrong = |why: String| WeightsFault::Unwritable(why);
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let mut add = |name: &str, file: Vec<u8>| {
        let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let options = options.large_file(u32::try_from(file.len()).is_err());
        archive.start_file(format!("{name}.npy"), options).map_err(|error| wrong(error.to_string()))?;
        archive.write_all(&file).map_err(|error| wrong(error.to_string()))
    };
    if !metadata.is_empty() {
        let json = serde_json::Value::from_iter(metadata.clone()).to_string().into_bytes();
        add(METADATA, npy::write("u1", &[json.len()], &json))?;
    }
    for Array { name, dtype, shape, bytes } in tensors {
        let (kind, _) = TYPES.into_iter().find(|(_, known)| *known == dtype.name()).ok_or_else(|| {
            wrong(format!("`{name}` has values of type {}, and numpy has no such type", dtype.name()))
        })?;
        add(name, npy::write(kind, shape, bytes))?;
    }
    let archive = archive.finish().map_err(|error| wrong(error.to_string()))?;
    Ok(archive.into_inner())
}
