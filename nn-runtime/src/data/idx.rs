//! IDX files, the format of MNIST: a header of big-endian numbers, then the values (the description on the page of MNIST, LeCun,
//! Cortes and Burges). Knows names of files and bytes, no network.

use std::boxed::Box;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::array::{Array, Store, Values};
use super::array_fault::ArrayFault;
use super::error::{DataError, Place};
use super::fault::Fault;
use super::packed;
use crate::recipe::IdxFiles;

/// The files to evaluate on, by their names in a folder.
///
/// ```
/// use nn_runtime::data::{Files, IdxNames};
/// let names = IdxNames { images: "more.idx".into(), labels: None };
/// assert_eq!(serde_json::to_string(&Files::Idx(Some(names)))?, "{\"idx\":{\"images\":\"more.idx\",\"labels\":null}}");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IdxNames {
    /// The images.
    pub images: String,
    /// Their labels.
    pub labels: Option<String>,
}

impl IdxNames {
    /// The files that are tested on, or those that are trained on where there are none.
    pub(super) fn of(files: IdxFiles) -> Self {
        let (images, labels) = files.test.unwrap_or((files.images, files.labels));
        Self { images: images.to_string(), labels: labels.map(ToString::to_string) }
    }
}

/// Images and their labels.
pub(super) struct Pair {
    images: PathBuf,
    labels: Option<PathBuf>,
}

impl Store for Pair {
    fn array(&self, name: &str) -> Result<Array, DataError> {
        let path = match (name, &self.labels) {
            ("label", Some(labels)) => labels,
            _ => &self.images,
        };
        parse(&path.display().to_string(), packed::open(path)?)
    }
}

/// What is trained on and what is tested on.
///
/// # Errors
/// If a file is not there.
pub(super) fn stores(folder: &Path, files: Option<IdxFiles>) -> Result<(Pair, Option<Pair>), DataError> {
    let Some(files) = files else { return standard(folder) };
    let pair = |images: &str, labels: Option<&str>| Pair {
        images: named(folder, images),
        labels: labels.map(|labels| named(folder, labels)),
    };
    let test = files.test.map(|(images, labels)| pair(images, labels));
    Ok((pair(files.images, files.labels), test))
}

/// What is evaluated on.
///
/// # Errors
/// If a file is not there.
pub(super) fn again(folder: &Path, names: Option<&IdxNames>) -> Result<Pair, DataError> {
    let Some(IdxNames { images, labels }) = names else {
        let (train, test) = standard(folder)?;
        return Ok(test.unwrap_or(train));
    };
    Ok(Pair { images: named(folder, images), labels: labels.as_ref().map(|labels| named(folder, labels)) })
}

/// A file as it is called, or with `.gz` behind that.
fn named(folder: &Path, name: &str) -> PathBuf {
    packed::existing(folder.join(name)).unwrap_or_else(|| folder.join(name))
}

/// The files of MNIST: `train-images-idx3-ubyte` and its three brothers. Some archives write a point for the second hyphen.
fn standard(folder: &Path) -> Result<(Pair, Option<Pair>), DataError> {
    let find = |part: &str, kind: &str, dims: u8| {
        let names = ['-', '.'].map(|mark| std::format!("{part}-{kind}{mark}idx{dims}-ubyte"));
        names.iter().find_map(|name| packed::existing(folder.join(name)))
    };
    let pair = |part: &str| {
        let labels =
            Some(find(part, "labels", 1).unwrap_or_else(|| folder.join(std::format!("{part}-labels-idx1-ubyte"))));
        find(part, "images", 3).map(|images| Pair { images, labels })
    };
    let Some(train) = pair("train") else {
        let place = Place::file(&folder.display().to_string());
        return Err(match std::fs::read_dir(folder) {
            Err(error) => place.fault(Fault::Unreadable(error.to_string())),
            Ok(_) => place.fault(Fault::Array(ArrayFault::NoFile("train-images-idx3-ubyte".into()))),
        });
    };
    Ok((train, pair("t10k")))
}

/// The array in the bytes of `source`.
///
/// # Errors
/// If they are no IDX file.
pub(super) fn parse(file: &str, mut source: Box<dyn Read>) -> Result<Array, DataError> {
    let fail = |fault: ArrayFault| Place::file(file).fault(Fault::Array(fault));
    let mut head = [0; 4];
    take(file, &mut *source, &mut head)?;
    let [0, 0, kind, dims @ 1..=255] = head else { return Err(fail(ArrayFault::NotIdx(head))) };
    let size = match kind {
        0x08 | 0x09 => 1,
        0x0B => 2,
        0x0C | 0x0D => 4,
        0x0E => 8,
        _ => return Err(fail(ArrayFault::NotIdx(head))),
    };
    let mut shape = Vec::new();
    for _ in 0..dims {
        let mut extent = [0; 4];
        take(file, &mut *source, &mut extent)?;
        shape.push(u32::from_be_bytes(extent) as usize);
    }
    let expected = shape.iter().try_fold(size, |bytes: usize, extent| bytes.checked_mul(*extent));
    let expected = expected.ok_or_else(|| fail(ArrayFault::TooLarge(shape.clone())))?;
    let mut bytes = Vec::new();
    let read = source.take((expected as u64).saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| packed::unreadable(file, &error))?;
    if bytes.len() != expected {
        let found = bytes.len();
        return Err(fail(ArrayFault::Length { shape, expected, found }));
    }
    let examples = shape.remove(0);
    Ok(Array { file: file.into(), examples, shape, values: values(kind, bytes) })
}

fn values(kind: u8, bytes: Vec<u8>) -> Values {
    match kind {
        0x08 => Values::Bytes(bytes),
        0x09 => Values::Singles(bytes.into_iter().map(|byte| f32::from(byte.cast_signed())).collect()),
        0x0B => Values::Singles(bytes.as_chunks().0.iter().map(|two| f32::from(i16::from_be_bytes(*two))).collect()),
        0x0C => Values::Doubles(bytes.as_chunks().0.iter().map(|four| f64::from(i32::from_be_bytes(*four))).collect()),
        0x0D => Values::Singles(bytes.as_chunks().0.iter().map(|four| f32::from_be_bytes(*four)).collect()),
        _ => Values::Doubles(bytes.as_chunks().0.iter().map(|eight| f64::from_be_bytes(*eight)).collect()),
    }
}

/// Fills `buffer` with bytes of the header.
fn take(file: &str, source: &mut dyn Read, buffer: &mut [u8]) -> Result<(), DataError> {
    source.read_exact(buffer).map_err(|error| match error.kind() {
        std::io::ErrorKind::UnexpectedEof => Place::file(file).fault(Fault::Array(ArrayFault::ShortHeader)),
        _ => packed::unreadable(file, &error),
    })
}
