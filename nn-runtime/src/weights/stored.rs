//! A file of weights in memory: what it says of itself, its tensors, and its values for a network; knows formats only by name.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::adopt::{Adopted, Source, adopt};
use super::convention::{Convention, Slot};
use super::dtype::Dtype;
use super::error::{WeightsError, WeightsFault};
use super::file::{self, Array, Entry, Header};
use super::origin::Origin;
use super::{ENTRY, FNV_BASIS, FORMAT, check_finite, checksum, dtype, refused};
use crate::program::{Program, Single};
use crate::real::Real;

/// A tensor of a network, and its name.
type Named = (String, Single);

/// A file of weights in memory.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-stored-{}.safetensors", std::process::id()));
/// use nn_runtime::weights::Stored;
/// Net::new(1).save(&path)?;
/// let stored = Stored::open(&path)?;
/// for (name, dtype, shape) in stored.tensors() {
///     println!("{name}: {} {shape:?}", dtype.name());
/// }
/// assert_eq!((stored.network(), stored.tensors().count()), (Some("Net"), 2));
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
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
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-sopen-{}.safetensors", std::process::id()));
    /// use nn_runtime::weights::Stored;
    /// Net::new(1).save(&path)?;
    /// assert!(Stored::open(&path)?.numbers("dense_1.bias").is_some());
    /// assert!(Stored::open("no such file".as_ref()).is_err());
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    ///
    /// # Errors
    /// If it cannot be read, is damaged or was written by a later version.
    pub fn open(path: &Path) -> Result<Self, WeightsError> {
        let file = path.display().to_string();
        if let Some(kind) = refused::by_end(path) {
            return Err(kind.fault().of(file));
        }
        match fs::read(path) {
            Ok(bytes) => Self::from_bytes(file, bytes),
            Err(error) => Err(WeightsFault::Unreadable(error.to_string()).of(file)),
        }
    }

    /// Takes the `bytes` of a file, whose name in messages is `file`.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-bytes-{}.safetensors", std::process::id()));
    /// use nn_runtime::weights::Stored;
    /// Net::new(1).save(&path)?;
    /// # let bytes = std::fs::read(&path).expect("it is there");
    /// // Weights may be part of a program: `include_bytes!("weights.safetensors").to_vec()`.
    /// let stored = Stored::from_bytes("the weights".into(), bytes)?;
    /// assert_eq!(stored.network(), Some("Net"));
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    ///
    /// # Errors
    /// If they are damaged or were written by a later version.
    pub fn from_bytes(file: String, bytes: Vec<u8>) -> Result<Self, WeightsError> {
        match described(&bytes) {
            Ok(Described { header, values, network, encodings }) => {
                Ok(Self { file, bytes: values.unwrap_or(bytes), header, network, encodings })
            }
            Err(fault) => Err(fault.of(file)),
        }
    }

    /// The name of the file in messages.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-sfile-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// assert_eq!(stored.file(), path.display().to_string());
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The network whose weights they are, if the file says so.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-snet-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// assert_eq!(stored.network(), Some("Net"));
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    pub fn network(&self) -> Option<&str> {
        self.network.as_deref()
    }

    /// The text of the encodings of its data, if there are any.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-senc-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// // Only a training writes them.
    /// assert_eq!(stored.encodings(), None);
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    pub fn encodings(&self) -> Option<&str> {
        self.encodings.as_deref()
    }

    /// Its tensors in the order of their names: name, type and shape.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-stens-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// let shapes: Vec<(&str, &[usize])> = stored.tensors().map(|(name, _, shape)| (name, shape)).collect();
    /// assert_eq!(shapes, [("dense_1.bias", &[1][..]), ("dense_1.weight", &[2, 1])]);
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    pub fn tensors(&self) -> impl Iterator<Item = (&str, Dtype, &[usize])> {
        self.header.tensors.iter().map(|(name, entry)| (&**name, entry.dtype, &entry.shape[..]))
    }

    /// The values of a tensor in row-major order; `None` if there is none of this name, or its type is not read.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-snum-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// assert_eq!(stored.numbers("dense_1.weight").map(|values| values.len()), Some(2));
    /// assert_eq!(stored.numbers("dense_7.weight"), None);
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    pub fn numbers(&self, name: &str) -> Option<Vec<f64>> {
        let entry = self.header.tensors.get(name)?;
        entry.dtype.numbers(&self.bytes[entry.place.clone()])
    }

    /// A tensor as it lies in the file.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-sarr-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// let array = stored.array("dense_1.weight").expect("it has one");
    /// assert_eq!((array.shape, array.bytes.len()), (vec![2, 1], 8));
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    pub fn array(&self, name: &str) -> Option<Array> {
        let Entry { dtype, shape, place } = self.header.tensors.get(name)?;
        Some(Array {
            name: name.into(),
            dtype: *dtype,
            shape: shape.clone(),
            bytes: self.bytes[place.clone()].to_vec(),
        })
    }

    /// Copies the weights (into physical order) if they are those of `program`; otherwise `weights` stays as it is.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-scopy-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// use nn_runtime::Network;
    /// let mut net = Net::new(2);
    /// stored.copy_to(Net::PROGRAM, net.weights_mut())?;
    /// assert_eq!(net.weights(), Net::new(1).weights());
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    ///
    /// # Errors
    /// If they are those of another network, of another type, or not finite.
    pub fn copy_to<T: Real>(&self, program: &Program<T>, weights: &mut [T]) -> Result<(), WeightsError> {
        let tensors: Vec<Named> = program.singles().map(|single| (single.name().to_string(), single)).collect();
        let read = self.read(program.name, &tensors, dtype::<T>());
        let read = read.map_err(|fault| fault.of(self.file.clone()))?;
        for ((_, single), values) in tensors.iter().zip(read) {
            place(*single, &values, weights);
        }
        Ok(())
    }

    /// Copies the weights (into physical order) through the map of `origin`, whose path is not looked at; what is to begin anew keeps
    /// its values. On an error all of `weights` stays as it is. Returns the convention of the file.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-scopyfrom-{}.safetensors", std::process::id()));
    /// # Net::new(1).save(&path)?;
    /// # let stored = nn_runtime::weights::Stored::open(&path)?;
    /// use nn_runtime::{Network, weights::Origin};
    /// let mut net = Net::new(2);
    /// // The bias stays as it is.
    /// let origin = Origin { renew: &["dense_1.bias"], ..Origin::of("") };
    /// stored.copy_from(&origin, Net::PROGRAM, net.weights_mut())?;
    /// let weight = net.params().next().map(|weight| weight.to_vec());
    /// assert_eq!(weight, Net::new(1).params().next().map(|weight| weight.to_vec()));
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    ///
    /// # Errors
    /// If tensors are missing, too many, of other shapes or types, not finite, or can be read in more than one way.
    pub fn copy_from<T: Real>(
        &self,
        origin: &Origin<'_>,
        program: &Program<T>,
        weights: &mut [T],
    ) -> Result<Convention, WeightsError> {
        let singles: Vec<Single> = program.singles().collect();
        let slot = |single: &Single| Slot {
            name: single.name().to_string(),
            shape: single.shape().to_vec(),
            purpose: single.tensor().purpose,
        };
        let slots: Vec<Slot> = singles.iter().map(slot).collect();
        let adopted = self.adopt(program.name, &slots, origin)?;
        let mut taken = Vec::new();
        for ((slot, single), values) in slots.iter().zip(singles).zip(adopted.values) {
            let Some(values) = values else { continue };
            // What is finite in a file may be too large here.
            let values: Vec<f64> = values.into_iter().map(|value| T::from_f64(value).to_f64()).collect();
            check_finite(&slot.name, &slot.shape, &values).map_err(|fault| fault.of(self.file.clone()))?;
            taken.push((single, values));
        }
        for (single, values) in taken {
            place(single, &values, weights);
        }
        Ok(adopted.convention)
    }

    /// The values for the tensors of a network through the map of `origin`, whose path is not looked at.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-sadopt-{}.safetensors", std::process::id()));
    /// use nn_runtime::{program::Purpose, weights::{Origin, Slot, Stored}};
    /// Net::new(1).save(&path)?;
    /// let slots = [Slot { name: "dense_1.bias".into(), shape: vec![1], purpose: Purpose::BIAS }];
    /// // The file has a weight as well, for which there is no place.
    /// assert!(Stored::open(&path)?.adopt("Net", &slots, &Origin::of("")).is_err());
    /// # std::fs::remove_file(&path).expect("it is there");
    /// # Ok::<(), nn_runtime::weights::WeightsError>(())
    /// ```
    ///
    /// # Errors
    /// If tensors are missing, too many, of other shapes or types, not finite, or can be read in more than one way.
    pub fn adopt(&self, network: &str, slots: &[Slot], origin: &Origin<'_>) -> Result<Adopted, WeightsError> {
        let source = Source { header: &self.header, bytes: &self.bytes, ours: self.network.is_some() };
        adopt(source, network, slots, origin).map_err(|fault| fault.of(self.file.clone()))
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

/// Sets a tensor, given in row-major logical order.
fn place<T: Real>(single: Single, values: &[f64], weights: &mut [T]) {
    let physical = &mut weights[single.place()];
    for (index, value) in values.iter().enumerate() {
        physical[single.tensor().physical(index)] = T::from_f64(*value);
    }
}

/// A whole, undamaged file.
struct Described {
    header: Header,
    /// The values, if they do not lie in the file as they are.
    values: Option<Vec<u8>>,
    network: Option<String>,
    encodings: Option<String>,
}

fn described(bytes: &[u8]) -> Result<Described, WeightsFault> {
    if let Some(kind) = refused::by_start(bytes) {
        return Err(kind.fault());
    }
    let (header, values) = if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        unpacked(bytes).map(|(header, values)| (header, Some(values)))?
    } else {
        (file::read(bytes)?, None)
    };
    let Some(entry) = header.metadata.get(ENTRY) else {
        return Ok(Described { header, values, network: None, encodings: None });
    };
    let entry: Value = serde_json::from_str(entry).map_err(|error| WeightsFault::Corrupted(error.to_string()))?;
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(Into::into);
    match entry.get("format").and_then(Value::as_u64) {
        Some(format) if format > FORMAT => return Err(WeightsFault::Format(format)),
        Some(_) => {}
        None => return Err(WeightsFault::Corrupted("its metadata has no format".into())),
    }
    let sum = checksum(FNV_BASIS, &values.as_deref().unwrap_or(bytes)[header.values..]);
    if text("checksum") != Some(alloc::format!("{sum:016x}")) {
        return Err(WeightsFault::Changed);
    }
    let (network, encodings) = (text("network"), text("encodings"));
    Ok(Described { header, values, network, encodings })
}

#[cfg(feature = "archives")]
fn unpacked(bytes: &[u8]) -> Result<(Header, Vec<u8>), WeightsFault> {
    super::npz::read(bytes)
}

#[cfg(not(feature = "archives"))]
fn unpacked(_: &[u8]) -> Result<(Header, Vec<u8>), WeightsFault> {
    Err(WeightsFault::LeftOut)
}

/// The values, which lie in `bytes`, of a tensor in row-major logical order.
fn values(tensor: &str, entry: &Entry, bytes: &[u8], dtype: Dtype) -> Result<Vec<f64>, WeightsFault> {
    let numbers = entry.dtype.numbers(bytes).filter(|_| entry.dtype == dtype);
    let Some(values) = numbers else {
        let (found, expected) = (entry.dtype.name().into(), dtype.name());
        return Err(WeightsFault::Type { tensor: tensor.into(), found, expected });
    };
    check_finite(tensor, &entry.shape, &values)?;
    Ok(values)
}
