//! Opens files that may be compressed with gzip, whatever they are called; knows no format beyond that.

use std::boxed::Box;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::string::ToString;

use flate2::bufread::MultiGzDecoder;

use super::error::{DataError, Place};
use super::fault::Fault;

/// The first bytes of a file that gzip has written (RFC 1952).
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The bytes of the file at `path` as they were before gzip, if it was used.
///
/// # Errors
/// If the file cannot be read.
pub(super) fn open(path: &Path) -> Result<Box<dyn Read>, DataError> {
    let opened = File::open(path).and_then(unpacked);
    let opened = opened.map_err(|error| unreadable(&path.display().to_string(), &error))?;
    Ok(Box::new(opened))
}

/// The bytes of `source` as they were before gzip, if it was used.
///
/// # Errors
/// If the first bytes cannot be read.
pub(crate) fn unpacked<R: Read>(source: R) -> io::Result<Unpacked<R>> {
    let mut source = BufReader::new(source);
    let packed = source.fill_buf()?.starts_with(&GZIP);
    Ok(if packed { Unpacked::Gzip(MultiGzDecoder::new(source)) } else { Unpacked::Plain(source) })
}

/// A source that may be compressed, read as if it were not.
pub(crate) enum Unpacked<R> {
    /// It is not.
    Plain(BufReader<R>),
    /// It is.
    Gzip(MultiGzDecoder<BufReader<R>>),
}

impl<R: Read> Read for Unpacked<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(source) => source.read(buffer),
            Self::Gzip(source) => source.read(buffer),
        }
    }
}

/// That of `path` and `path.gz` which is there.
pub(super) fn existing(path: PathBuf) -> Option<PathBuf> {
    let mut packed = path.clone().into_os_string();
    packed.push(".gz");
    [path, packed.into()].into_iter().find(|path| path.is_file())
}

/// An error of the system.
pub(super) fn unreadable(file: &str, error: &io::Error) -> DataError {
    Place::file(file).fault(Fault::Unreadable(error.to_string()))
}
