//! Arrays as numpy writes them, one in a file (the format of `numpy.lib.format`, versions 1 to 3) or several in an archive; knows no
//! network.

use std::boxed::Box;
use std::fs::File;
use std::io::{BufReader, Cursor, Read, Seek};
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::vec::Vec;

use super::array::{Array, Single, Store, Values};
use super::array_fault::ArrayFault;
use super::error::{DataError, Place};
use super::fault::Fault;
use super::packed::{self, unreadable};
use crate::real::half;

const MAGIC: &[u8] = b"\x93NUMPY";

/// The arrays of an archive, or those in the files of a folder.
pub(super) enum Arrays {
    /// `x.npz`
    Archive(PathBuf),
    /// An archive that has been read.
    Bytes(String, Vec<u8>),
    /// A folder with `x.npy`.
    Folder(PathBuf),
}

impl Arrays {
    /// What is at `path`: a folder of arrays or an archive.
    pub(super) fn at(path: &Path) -> Self {
        if path.is_dir() { Self::Folder(path.into()) } else { Self::Archive(path.into()) }
    }

    fn file(&self) -> String {
        match self {
            Self::Archive(path) | Self::Folder(path) => path.display().to_string(),
            Self::Bytes(file, _) => file.clone(),
        }
    }
}

impl Store for Arrays {
    fn array(&self, name: &str) -> Result<Array, DataError> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(std::format!("{name}.npy"));
                let path = packed::existing(path.clone()).unwrap_or(path);
                parse(&path.display().to_string(), &mut packed::open(&path)?)
            }
            Self::Archive(path) => {
                let file = File::open(path).map_err(|error| unreadable(&self.file(), &error))?;
                member(&self.file(), &mut BufReader::new(file), name)
            }
            Self::Bytes(file, bytes) => member(file, &mut Cursor::new(bytes), name),
        }
    }

    fn has(&self, name: &str) -> bool {
        !matches!(self.array(name), Err(error) if is_absent(&error.fault))
    }
}

fn is_absent(fault: &Fault) -> bool {
    matches!(fault, Fault::Array(ArrayFault::NoArray { .. }) | Fault::Unreadable(_))
}

/// The arrays in the bytes of `source`: an archive, or one array that stands for each.
///
/// # Errors
/// If they are neither.
pub(super) fn stored(file: &str, mut source: Box<dyn Read>) -> Result<Box<dyn Store>, DataError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(|error| unreadable(file, &error))?;
    if bytes.starts_with(b"PK") {
        return Ok(Box::new(Arrays::Bytes(file.into(), bytes)));
    }
    Ok(Box::new(Single(parse(file, &mut Cursor::new(bytes))?)))
}

/// What an archive is read from: one type for all, so that its reader is compiled once.
trait Archive: Read + Seek {}

impl<S: Read + Seek> Archive for S {}

#[cfg(not(feature = "archives"))]
fn member(file: &str, _: &mut dyn Archive, _: &str) -> Result<Array, DataError> {
    Err(Place::file(file).fault(Fault::Array(ArrayFault::LeftOut("archives of arrays", "archives"))))
}

/// The array of a name in an archive.
#[cfg(feature = "archives")]
fn member(file: &str, source: &mut dyn Archive, name: &str) -> Result<Array, DataError> {
    use zip::ZipArchive;
    use zip::result::ZipError;
    let fail = |fault| Place::file(file).fault(Fault::Array(fault));
    let wrong = |error: ZipError| fail(ArrayFault::NotZip(error.to_string()));
    let mut archive = ZipArchive::new(source).map_err(wrong)?;
    let there: Vec<String> =
        archive.file_names().flatten().map(|name| name.strip_suffix(".npy").unwrap_or(&name).to_string()).collect();
    match archive.by_name(&std::format!("{name}.npy")) {
        Ok(mut found) => parse(&std::format!("{file}: `{name}`"), &mut found),
        Err(ZipError::FileNotFound) => Err(fail(ArrayFault::NoArray { name: name.into(), there })),
        Err(error) => Err(wrong(error)),
    }
}

/// The array in the bytes of `source`.
fn parse(file: &str, source: &mut dyn Read) -> Result<Array, DataError> {
    let fail = |fault| Place::file(file).fault(fault);
    let Raw { kind, fortran, mut shape, bytes } = read(source).map_err(fail)?;
    if fortran && shape.len() > 1 {
        return Err(fail(Fault::Array(ArrayFault::Fortran)));
    }
    if shape.is_empty() {
        return Err(fail(Fault::Array(ArrayFault::NoExamples)));
    }
    let examples = shape.remove(0);
    Ok(Array { file: file.into(), examples, shape, values: values(&kind, bytes) })
}

/// An array as it lies in a file.
pub(crate) struct Raw {
    /// The type of its values without the order of their bytes: `f4`.
    pub(crate) kind: String,
    /// Whether the first axis varies fastest.
    pub(crate) fortran: bool,
    pub(crate) shape: Vec<usize>,
    /// The values, the lowest byte of each first.
    pub(crate) bytes: Vec<u8>,
}

/// The array in the bytes of `source`. No more is read than its header announces, and nothing is set aside for what is not there.
///
/// # Errors
/// If it is none, or not as its header says.
pub(crate) fn read(source: &mut dyn Read) -> Result<Raw, Fault> {
    let mut head = Vec::new();
    let mut take = |count: usize, what: &mut Vec<u8>| {
        what.clear();
        let read = source.take(count as u64).read_to_end(what);
        let read = read.map_err(|error| Fault::Unreadable(error.to_string()))?;
        if read == count { Ok(()) } else { Err(Fault::Array(ArrayFault::ShortHeader)) }
    };
    take(8, &mut head)?;
    if !head.starts_with(MAGIC) {
        return Err(Fault::Array(ArrayFault::NotNpy));
    }
    let long = head[6] > 1;
    take(if long { 4 } else { 2 }, &mut head)?;
    let length = head.iter().rev().fold(0, |length: usize, byte| length << 8 | usize::from(*byte));
    take(length, &mut head)?;
    let header = String::from_utf8_lossy(&head).to_string();
    let Some(Header { kind, fortran, shape }) = header_of(&header) else {
        return Err(Fault::Array(ArrayFault::NotNpyHeader(header.trim().to_string())));
    };
    let Some((size, big)) = size(&kind) else { return Err(Fault::Array(ArrayFault::Kind(kind))) };
    let expected = shape.iter().try_fold(size, |bytes: usize, extent| bytes.checked_mul(*extent));
    let Some(expected) = expected else { return Err(Fault::Array(ArrayFault::TooLarge(shape))) };
    let mut bytes = Vec::new();
    let read = source.take((expected as u64).saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| Fault::Unreadable(error.to_string()))?;
    if bytes.len() != expected {
        let found = bytes.len();
        return Err(Fault::Array(ArrayFault::Length { shape, expected, found }));
    }
    if big {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    Ok(Raw { kind: kind[1..].into(), fortran, shape, bytes })
}

/// The file of an array whose values lie in row-major order, the lowest byte of each first, as version 1 of the format has it. `kind` is
/// as in [`Raw`].
#[cfg(feature = "archives")]
pub(crate) fn write(kind: &str, shape: &[usize], bytes: &[u8]) -> Vec<u8> {
    let order = if kind.ends_with('1') { '|' } else { '<' };
    let extents: String = shape.iter().map(|extent| std::format!("{extent}, ")).collect();
    let extents = if shape.len() == 1 { extents.trim_end() } else { extents.trim_end_matches(", ") };
    let header = std::format!("{{'descr': '{order}{kind}', 'fortran_order': False, 'shape': ({extents}), }}");
    // Blanks, so that the values are aligned; a header of a few axes is far from the 64 KiB that this version can have.
    let long = (10 + header.len() + 1).next_multiple_of(64) - 10;
    let mut file = MAGIC.to_vec();
    file.extend([1, 0]);
    file.extend((long as u16).to_le_bytes());
    file.extend(std::format!("{header:<width$}\n", width = long - 1).into_bytes());
    file.extend(bytes);
    file
}

/// What the header of an array says.
struct Header {
    /// `<f4`
    kind: String,
    /// Whether the first axis varies fastest.
    fortran: bool,
    shape: Vec<usize>,
}

/// Reads `{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }`.
fn header_of(text: &str) -> Option<Header> {
    let behind = |key: &str| {
        let at = text.find(&std::format!("'{key}'"))? + key.len() + 2;
        Some(text[at..].trim_start().strip_prefix(':')?.trim_start())
    };
    let descr = behind("descr")?;
    // Of a record, whose type is a list, the first letter is enough to refuse it.
    let kind = match descr.strip_prefix('\'') {
        Some(inner) => inner.split_once('\'')?.0.to_string(),
        None => descr.split_inclusive(']').next()?.to_string(),
    };
    let fortran = behind("fortran_order")?.starts_with("True");
    let (extents, _) = behind("shape")?.strip_prefix('(')?.split_once(')')?;
    let extents = extents.split(',').map(str::trim).filter(|extent| !extent.is_empty());
    let shape = extents.map(|extent| extent.parse().ok()).collect::<Option<_>>()?;
    Some(Header { kind, fortran, shape })
}

/// The bytes of one value, and whether its highest byte comes first; `None` for what is no number.
fn size(kind: &str) -> Option<(usize, bool)> {
    let big = match kind.as_bytes().first()? {
        b'<' | b'|' | b'=' => false,
        b'>' => true,
        _ => return None,
    };
    let size = match &kind[1..] {
        "u1" | "i1" | "b1" => 1,
        "u2" | "i2" | "f2" => 2,
        "u4" | "i4" | "f4" => 4,
        "u8" | "i8" | "f8" => 8,
        _ => return None,
    };
    Some((size, big))
}

/// Numbers of a kind whose lowest byte comes first.
fn values(kind: &str, bytes: Vec<u8>) -> Values {
    fn each<const N: usize, T>(bytes: &[u8], number: impl Fn([u8; N]) -> T) -> Vec<T> {
        bytes.as_chunks().0.iter().map(|chunk| number(*chunk)).collect()
    }
    match kind {
        "u1" => Values::Bytes(bytes),
        "b1" => Values::Bytes(bytes.into_iter().map(|byte| u8::from(byte != 0)).collect()),
        "i1" => Values::Singles(bytes.into_iter().map(|byte| f32::from(byte.cast_signed())).collect()),
        "u2" => Values::Singles(each(&bytes, |chunk| f32::from(u16::from_le_bytes(chunk)))),
        "i2" => Values::Singles(each(&bytes, |chunk| f32::from(i16::from_le_bytes(chunk)))),
        "f2" => Values::Singles(each(&bytes, |chunk| half(u16::from_le_bytes(chunk)))),
        "f4" => Values::Singles(each(&bytes, f32::from_le_bytes)),
        "u4" => Values::Doubles(each(&bytes, |chunk| f64::from(u32::from_le_bytes(chunk)))),
        "i4" => Values::Doubles(each(&bytes, |chunk| f64::from(i32::from_le_bytes(chunk)))),
        "u8" => Values::Doubles(each(&bytes, |chunk| u64::from_le_bytes(chunk) as f64)),
        "i8" => Values::Doubles(each(&bytes, |chunk| i64::from_le_bytes(chunk) as f64)),
        _ => Values::Doubles(each(&bytes, f64::from_le_bytes)),
    }
}
