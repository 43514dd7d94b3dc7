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
use super::error::{DataError, Fault, Place};
use super::packed::{self, unreadable};

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
    let fail = |fault| Place::file(file).fault(Fault::Array(fault));
    let mut head = Vec::new();
    let mut take = |count: usize, what: &mut Vec<u8>| {
        what.clear();
        let read = source.take(count as u64).read_to_end(what);
        read.map_err(|error| unreadable(file, &error))
            .and_then(|read| if read == count { Ok(()) } else { Err(fail(ArrayFault::ShortHeader)) })
    };
    take(8, &mut head)?;
    if !head.starts_with(MAGIC) {
        return Err(fail(ArrayFault::NotNpy));
    }
    let long = head[6] > 1;
    take(if long { 4 } else { 2 }, &mut head)?;
    let length = head.iter().rev().fold(0, |length: usize, byte| length << 8 | usize::from(*byte));
    take(length, &mut head)?;
    let header = String::from_utf8_lossy(&head).to_string();
    let Some(Header { kind, fortran, mut shape }) = header_of(&header) else {
        return Err(fail(ArrayFault::NotNpyHeader(header.trim().to_string())));
    };
    let Some((size, big)) = size(&kind) else { return Err(fail(ArrayFault::Kind(kind))) };
    if fortran && shape.len() > 1 {
        return Err(fail(ArrayFault::Fortran));
    }
    let expected = shape.iter().try_fold(size, |bytes: usize, extent| bytes.checked_mul(*extent));
    let expected = expected.ok_or_else(|| fail(ArrayFault::TooLarge(shape.clone())))?;
    let mut bytes = Vec::new();
    let read = source.take((expected as u64).saturating_add(1)).read_to_end(&mut bytes);
    read.map_err(|error| unreadable(file, &error))?;
    if bytes.len() != expected {
        let found = bytes.len();
        return Err(fail(ArrayFault::Length { shape, expected, found }));
    }
    if shape.is_empty() {
        return Err(fail(ArrayFault::NoExamples));
    }
    let examples = shape.remove(0);
    if big {
        bytes.chunks_exact_mut(size).for_each(<[u8]>::reverse);
    }
    Ok(Array { file: file.into(), examples, shape, values: values(&kind[1..], bytes) })
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

/// A number of 16 bits (IEEE 754 binary16): sign, 5 bits of exponent, 10 of fraction.
fn half(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3FF) / 1024.0;
    let magnitude = match bits >> 10 & 0x1F {
        0 => fraction * 2_f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1.0 + fraction) * 2_f32.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::half;

    #[test]
    fn halves_are_read() {
        let read = [0x3C00, 0xC000, 0x3555, 0x0001, 0x7BFF, 0xFC00].map(half);
        assert_eq!(read, [1.0, -2.0, 0.333_251_95, 5.960_464_5e-8, 65504.0, f32::NEG_INFINITY]);
        assert!(half(0x7E00).is_nan());
    }
}
