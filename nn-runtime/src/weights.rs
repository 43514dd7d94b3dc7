//! Weights in files: safetensors, or archives of numpy, with logical names, shapes and order, and with the network's name and the
//! encodings of its data beside. Other programs' names and orders are read through an [`Origin`].
//!
//! The file's metadata has one entry, so that the same weights give the same bytes: JSON with the format's number, the
//! network, a checksum of the values (FNV-1a, 64 bits) and the text of the encodings. Files without it, as other programs
//! write them, are read too.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! # let path = std::env::temp_dir().join(format!("nn-runtime-doc-weights-{}.safetensors", std::process::id()));
//! let net = Net::new(1);
//! net.save(&path)?;
//! let again = Net::load(&path)?;
//! assert_eq!(again.predict(&[1.0, 2.0]), net.predict(&[1.0, 2.0]));
//! # std::fs::remove_file(&path).expect("it is there");
//! # Ok::<(), nn_runtime::weights::WeightsError>(())
//! ```

mod adopt;
mod convention;
mod dtype;
mod error;
mod file;
mod mismatch;
#[cfg(feature = "archives")]
mod npz;
mod origin;
mod refused;
mod stored;

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::path::Path;

use serde_json::{Map, Value};

pub use adopt::{Adopted, Exported, export};
pub use convention::{Convention, Slot};
pub use dtype::Dtype;
pub use error::{WeightsError, WeightsFault};
pub use file::Array;
pub use mismatch::{Lonely, Mismatch, Misshapen};
pub use origin::{Origin, renamed};
pub use stored::Stored;

use crate::atomic;
use crate::params;
use crate::program::Program;
use crate::real::Real;

/// The newest format that is read, and the one that is written.
const FORMAT: u64 = 1;
/// The entry of the metadata.
const ENTRY: &str = "nn-runtime";

/// Writes the weights (in physical order) to `path`, whole or not at all; `encodings` is kept beside them as it is. A path that ends in
/// `.npz` becomes an archive of numpy (with the feature `archives`), any other a safetensors file.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-save-{}.safetensors", std::process::id()));
/// use nn_runtime::{Network, weights::save};
/// let net = Net::new(1);
/// save(&path, Net::PROGRAM, net.weights(), None)?;
/// // The same: `net.save(&path)?`.
/// assert_eq!(Net::load(&path)?.weights(), net.weights());
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
///
/// # Errors
/// If a weight is NaN or infinite, or the file cannot be written.
pub fn save<T: Real>(
    path: &Path,
    program: &'static Program<T>,
    weights: &[T],
    encodings: Option<&str>,
) -> Result<(), WeightsError> {
    let dtype = dtype::<T>();
    let mut tensors = Vec::new();
    for param in params::iter(program, weights) {
        let values: Vec<f64> = param.values().map(Real::to_f64).collect();
        let name = param.name().to_string();
        check_finite(&name, param.shape(), &values).map_err(|fault| fault.of(path.display().to_string()))?;
        tensors.push(Array::of(name, dtype, param.shape().to_vec(), &values));
    }
    write(path, tensors, Some(program.name), encodings)
}

/// Writes tensors to `path`, whole or not at all, as a safetensors file, or as an archive of numpy if it ends in `.npz`. With the name of
/// a network they are its weights: that, a checksum and the encodings go with them.
///
/// ```
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-write-{}.safetensors", std::process::id()));
/// use nn_runtime::weights::{Array, Dtype, Stored, write};
/// let array = Array::of("mean".into(), Dtype::F32, vec![2], &[0.5, 1.5]);
/// write(&path, vec![array], None, None)?;
/// assert_eq!(Stored::open(&path)?.numbers("mean"), Some(vec![0.5, 1.5]));
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
///
/// # Errors
/// If the file cannot be written, or not with such values, or should be of a kind that is not read either.
pub fn write(
    path: &Path,
    mut tensors: Vec<Array>,
    network: Option<&str>,
    encodings: Option<&str>,
) -> Result<(), WeightsError> {
    let fail = |fault: WeightsFault| fault.of(path.display().to_string());
    if let Some(kind) = refused::by_end(path) {
        return Err(fail(kind.fault()));
    }
    // The order in which they lie in the file, and so that of the checksum.
    tensors.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    let metadata =
        network.map(|network| (ENTRY.to_string(), entry(network, &tensors, encodings))).into_iter().collect();
    let bytes = if is_archive(path) { archive(&tensors, &metadata) } else { file::write(&tensors, &metadata) };
    let written = atomic::write(path, &bytes.map_err(fail)?);
    written.map_err(|error| fail(WeightsFault::Unwritable(error.to_string())))
}

#[cfg(feature = "archives")]
fn archive(tensors: &[Array], metadata: &BTreeMap<String, String>) -> Result<Vec<u8>, WeightsFault> {
    npz::write(tensors, metadata)
}

#[cfg(not(feature = "archives"))]
fn archive(_: &[Array], _: &BTreeMap<String, String>) -> Result<Vec<u8>, WeightsFault> {
    Err(WeightsFault::LeftOut)
}

/// Whether a path is that of an archive of numpy.
///
/// ```
/// use nn_runtime::weights::is_archive;
/// assert!(is_archive("out/weights.npz".as_ref()));
/// assert!(!is_archive("out/weights.safetensors".as_ref()));
/// ```
pub fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|end| end.eq_ignore_ascii_case("npz"))
}

/// What is known of the weights of a network, as the metadata has it.
fn entry(network: &str, tensors: &[Array], encodings: Option<&str>) -> String {
    let sum = tensors.iter().fold(FNV_BASIS, |sum, array| checksum(sum, &array.bytes));
    let mut entry = Map::new();
    entry.insert("format".into(), FORMAT.into());
    entry.insert("network".into(), network.into());
    entry.insert("checksum".into(), alloc::format!("{sum:016x}").into());
    if let Some(encodings) = encodings {
        entry.insert("encodings".into(), encodings.into());
    }
    Value::Object(entry).to_string()
}

/// Reads the weights of `program` (into physical order) from `path`. On an error `weights` stays as it is.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-load-{}.safetensors", std::process::id()));
/// use nn_runtime::{Network, weights::load};
/// Net::new(1).save(&path)?;
/// let mut net = Net::new(2);
/// let stored = load(&path, Net::PROGRAM, net.weights_mut())?;
/// assert_eq!(stored.network(), Some("Net"));
/// assert_eq!(net.weights(), Net::new(1).weights());
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
///
/// # Errors
/// Whatever is wrong with the file.
pub fn load<T: Real>(path: &Path, program: &Program<T>, weights: &mut [T]) -> Result<Stored, WeightsError> {
    let stored = Stored::open(path)?;
    stored.copy_to(program, weights)?;
    Ok(stored)
}

/// Reads the weights of `program` (into physical order) from a file that another program has written, too; what is to begin anew
/// keeps the values that it has in `weights`. On an error all of `weights` stays as it is. Returns the convention of the file.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-from-{}.safetensors", std::process::id()));
/// use nn_runtime::{Network, weights::{Convention, Origin, load_from}};
/// Net::new(1).save(&path)?;
/// let (mut net, file) = (Net::new(2), path.display().to_string());
/// let convention = load_from(&Origin::of(&file), Net::PROGRAM, net.weights_mut())?;
/// assert_eq!((convention, net.weights()), (Convention::Nn, Net::new(1).weights()));
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
///
/// # Errors
/// Whatever is wrong with the file, all names and shapes in one message.
pub fn load_from<T: Real>(
    origin: &Origin<'_>,
    program: &Program<T>,
    weights: &mut [T],
) -> Result<Convention, WeightsError> {
    Stored::open(Path::new(origin.path))?.copy_from(origin, program, weights)
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
