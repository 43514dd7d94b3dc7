//! Folders of PNG files, a folder for each class; knows names of files and pixels, no network beyond the channels that it takes.

use std::cell::OnceCell;
use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::string::{String, ToString};
use std::vec::Vec;

use super::array::{Array, Store, Values};
use super::array_fault::ArrayFault;
use super::error::{DataError, Place};
use super::fault::Fault;
use super::packed::unreadable;

/// Images of other formats, which are better told than passed over.
const OTHER_FORMATS: [&str; 8] = ["jpg", "jpeg", "gif", "bmp", "webp", "tif", "tiff", "avif"];

/// The images of a folder and of the folders in it.
pub(super) struct Folder {
    path: PathBuf,
    /// Values that the network takes.
    inputs: usize,
    files: OnceCell<Rc<Files>>,
}

/// Which files there are, in the order of their classes.
struct Files {
    paths: Vec<PathBuf>,
    /// Of each file, unless the images lie in no folder of a class.
    classes: Vec<u32>,
    names: Vec<String>,
}

impl Folder {
    /// The images at `path` for a network that takes `inputs` values.
    pub(super) fn new(path: PathBuf, inputs: usize) -> Self {
        Self { path, inputs, files: OnceCell::new() }
    }

    fn files(&self) -> Result<Rc<Files>, DataError> {
        if let Some(files) = self.files.get() {
            return Ok(Rc::clone(files));
        }
        let files = Rc::new(listed(&self.path)?);
        Ok(Rc::clone(self.files.get_or_init(|| files)))
    }

    fn fault(&self, fault: ArrayFault) -> DataError {
        Place::file(&self.path.display().to_string()).fault(Fault::Array(fault))
    }

    fn labels(&self) -> Result<Array, DataError> {
        let files = self.files()?;
        if files.names.is_empty() {
            return Err(self.fault(ArrayFault::NoClasses));
        }
        let values = Values::Classes { names: files.names.clone(), ids: files.classes.clone() };
        let file = self.path.display().to_string();
        Ok(Array { file, examples: files.paths.len(), shape: Vec::new(), values })
    }

    fn images(&self) -> Result<Array, DataError> {
        let files = self.files()?;
        let mut first: Option<(String, [usize; 3])> = None;
        let mut values = Vec::new();
        for path in &files.paths {
            let file = path.display().to_string();
            let bytes = fs::read(path).map_err(|error| unreadable(&file, &error))?;
            let (mut shape, pixels) = decode(&file, &bytes)?;
            if let Some((other, trained)) = &first
                && trained[..2] != shape[..2]
            {
                let fault = ArrayFault::Size { found: shape, other: other.clone(), others: *trained };
                return Err(Place::file(&file).fault(Fault::Array(fault)));
            }
            let channels = first.as_ref().map_or_else(|| wanted(shape, self.inputs), |(_, shape)| shape[2]);
            put(&file, &pixels, shape[2], channels, &mut values)?;
            shape[2] = channels;
            first.get_or_insert((file, shape));
        }
        let shape = first.map_or_else(Vec::new, |(_, shape)| shape.to_vec());
        let (file, examples) = (self.path.display().to_string(), files.paths.len());
        Ok(Array { file, examples, shape, values: Values::Bytes(values) })
    }
}

impl Store for Folder {
    fn array(&self, name: &str) -> Result<Array, DataError> {
        if name == "label" { self.labels() } else { self.images() }
    }
}

/// The one image in the bytes of `source`.
///
/// # Errors
/// If it is no PNG, or lacks the channels that the network takes.
pub(super) fn parse(file: &str, mut source: impl Read, inputs: usize) -> Result<Array, DataError> {
    let mut bytes = Vec::new();
    source.read_to_end(&mut bytes).map_err(|error| unreadable(file, &error))?;
    let (shape, pixels) = decode(file, &bytes)?;
    let channels = wanted(shape, inputs);
    let mut values = Vec::new();
    put(file, &pixels, shape[2], channels, &mut values)?;
    let shape = [shape[0], shape[1], channels].to_vec();
    Ok(Array { file: file.into(), examples: 1, shape, values: Values::Bytes(values) })
}

/// Paths in a folder, sorted by name, without hidden ones.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let name = folder.display().to_string();
    let read = fs::read_dir(folder).and_then(|entries| entries.map(|entry| Ok(entry?.path())).collect());
    let mut paths: Vec<PathBuf> = read.map_err(|error| unreadable(&name, &error))?;
    let hidden = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    paths.retain(|path| !hidden(path));
    paths.sort();
    Ok(paths)
}

/// The PNG files of a folder.
fn pictures(folder: &Path) -> Result<Vec<PathBuf>, DataError> {
    let mut found = Vec::new();
    for path in entries(folder)? {
        let extension = path.extension().map(OsStr::to_ascii_lowercase);
        match extension.as_deref().and_then(OsStr::to_str) {
            Some("png") => found.push(path),
            Some(other) if OTHER_FORMATS.contains(&other) => {
                let fault = ArrayFault::NotPng("its name says another format".into());
                return Err(Place::file(&path.display().to_string()).fault(Fault::Array(fault)));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// The images in the folders of a folder, or, where there are none, in itself.
fn listed(folder: &Path) -> Result<Files, DataError> {
    let mut files = Files { paths: Vec::new(), classes: Vec::new(), names: Vec::new() };
    for class in entries(folder)?.into_iter().filter(|path| path.is_dir()) {
        let found = pictures(&class)?;
        if found.is_empty() {
            continue;
        }
        let id = files.names.len() as u32;
        files.names.push(class.file_name().unwrap_or_default().to_string_lossy().to_string());
        files.classes.extend(found.iter().map(|_| id));
        files.paths.extend(found);
    }
    if files.paths.is_empty() {
        files.paths = pictures(folder)?;
    }
    if files.paths.is_empty() {
        return Err(Place::file(&folder.display().to_string()).fault(Fault::Array(ArrayFault::NoImages)));
    }
    Ok(files)
}

/// An image: height, width, channels, and its pixels row by row.
type Picture = ([usize; 3], Vec<u8>);

#[cfg(not(feature = "images"))]
fn decode(file: &str, _: &[u8]) -> Result<Picture, DataError> {
    Err(Place::file(file).fault(Fault::Array(ArrayFault::LeftOut("images", "images"))))
}

#[cfg(feature = "images")]
fn decode(file: &str, bytes: &[u8]) -> Result<Picture, DataError> {
    /// The most values of one image.
    const MOST_VALUES: usize = 1 << 28;
    let fail = |fault| Place::file(file).fault(Fault::Array(fault));
    let wrong = |error: png::DecodingError| fail(ArrayFault::NotPng(error.to_string()));
    let mut decoder = png::Decoder::new(std::io::Cursor::new(bytes));
    // A palette becomes colours, one bit becomes a byte, and 16 bits become 8.
    decoder.set_transformations(png::Transformations::EXPAND | png::Transformations::STRIP_16);
    let mut reader = decoder.read_info().map_err(wrong)?;
    let size = reader.output_buffer_size().filter(|size| *size <= MOST_VALUES);
    let shape = |height: u32, width: u32, channels| [height as usize, width as usize, channels];
    let Some(size) = size else {
        let info = reader.info();
        return Err(fail(ArrayFault::TooLarge(shape(info.height, info.width, 1).to_vec())));
    };
    let mut pixels = std::vec![0; size];
    let frame = reader.next_frame(&mut pixels).map_err(wrong)?;
    pixels.truncate(frame.buffer_size());
    Ok((shape(frame.height, frame.width, frame.color_type.samples()), pixels))
}

/// The channels of an image of this shape that make what the network takes; its own where no number of channels does.
fn wanted([height, width, channels]: [usize; 3], inputs: usize) -> usize {
    (1..=4).find(|channels| height * width * channels == inputs).unwrap_or(channels)
}

/// Adds pixels of `from` channels as such of `to`: grey for each colour, alpha full or left out. Colours become no grey.
fn put(file: &str, pixels: &[u8], from: usize, to: usize, values: &mut Vec<u8>) -> Result<(), DataError> {
    const OPAQUE: u8 = 255;
    if from == to {
        values.extend_from_slice(pixels);
        return Ok(());
    }
    if from > 2 && to < 3 {
        let fault = ArrayFault::Channels { found: from, wanted: to };
        return Err(Place::file(file).fault(Fault::Array(fault)));
    }
    for pixel in pixels.chunks_exact(from) {
        let alpha = if from.is_multiple_of(2) { pixel[from - 1] } else { OPAQUE };
        match (from > 2, to > 2) {
            (true, _) => values.extend_from_slice(&pixel[..3]),
            (false, true) => values.extend([pixel[0]; 3]),
            (false, false) => values.push(pixel[0]),
        }
        if to.is_multiple_of(2) {
            values.push(alpha);
        }
    }
    Ok(())
}
