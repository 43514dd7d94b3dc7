//! What can be wrong with a file of weights, each with its one message; knows no network.

use alloc::borrow::ToOwned;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use super::mismatch::{Mismatch, some};

/// What is wrong with a file of weights.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// let error = Net::load("no/such/file.safetensors").unwrap_err();
/// assert_eq!(error.file, "no/such/file.safetensors");
/// assert!(error.to_string().starts_with("no/such/file.safetensors: "));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct WeightsError {
    /// The path as it was given.
    pub file: String,
    /// What is wrong.
    pub fault: Box<WeightsFault>,
}

/// What can be wrong with a file of weights.
///
/// ```
/// use nn_runtime::weights::{Stored, WeightsFault};
/// let error = Stored::from_bytes("half a file".into(), vec![1, 2, 3]).err().expect("it is none");
/// assert!(matches!(*error.fault, WeightsFault::Length { found: 3, .. } | WeightsFault::Corrupted(_)), "{error}");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum WeightsFault {
    /// It cannot be read; the words are the system's.
    Unreadable(String),
    /// It cannot be written; the words are the system's.
    Unwritable(String),
    /// It is shorter (or longer) than it says.
    Length {
        /// Bytes it has.
        found: usize,
        /// Bytes it should have.
        expected: usize,
    },
    /// It is no safetensors file, or no longer one.
    Corrupted(String),
    /// It is no archive of arrays, or no longer one.
    Archive(String),
    /// It is of a kind that is not read.
    Refused {
        /// What it is.
        what: String,
        /// What to do.
        instead: String,
    },
    /// It is an archive, and what reads these was left out of this program.
    LeftOut,
    /// Its values are not those that were saved.
    Changed,
    /// It was written by a later version.
    Format(u64),
    /// Its tensors are not those of the network.
    OtherNetwork {
        /// The network that was to have them.
        network: String,
        /// The network that they belong to, if the file says so.
        found: Option<String>,
        /// Tensors that the file lacks, with their shapes.
        missing: Vec<(String, Vec<usize>)>,
        /// Tensors that the network has not, with their shapes.
        extra: Vec<(String, Vec<usize>)>,
        /// Tensors of another shape: the file's, then the network's.
        misshapen: Vec<(String, Vec<usize>, Vec<usize>)>,
    },
    /// Its tensors, by the names that a map gives them, are not those of the network.
    Mismatch(Mismatch),
    /// Its tensors are those of the network in more than one convention, with other values in each.
    Ambiguous {
        /// The tensors of the network.
        tensors: Vec<String>,
    },
    /// A tensor has values of another type than the network.
    Type {
        /// The tensor.
        tensor: String,
        /// Its type.
        found: String,
        /// That of the network.
        expected: &'static str,
    },
    /// A value is NaN or infinite.
    NotFinite {
        /// The tensor.
        tensor: String,
        /// Where, in the logical shape.
        index: Vec<usize>,
        /// The value.
        value: f64,
    },
}

impl WeightsFault {
    /// An error in `file`.
    pub(super) fn of(self, file: String) -> WeightsError {
        WeightsError { file, fault: Box::new(self) }
    }
}

impl core::error::Error for WeightsError {}

impl fmt::Display for WeightsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.file)?;
        match &*self.fault {
            WeightsFault::Unreadable(why) => write!(f, "cannot be read: {why}"),
            WeightsFault::Unwritable(why) => write!(f, "cannot be written: {why}"),
            WeightsFault::Length { found, expected } if found < expected => {
                write!(f, "the file is cut short: it has {found} bytes of {expected}")
            }
            WeightsFault::Length { found, expected } => {
                write!(f, "the file has {found} bytes, and its header says {expected}")
            }
            WeightsFault::Corrupted(why) => write!(f, "not a safetensors file, or a damaged one: {why}"),
            WeightsFault::Archive(why) => write!(f, "not an archive of arrays, or a damaged one: {why}"),
            WeightsFault::Refused { what, instead } => write!(f, "this is {what}; {instead}"),
            WeightsFault::LeftOut => f.write_str(
                "this program cannot read archives of arrays: it was built without the feature `archives` of nn-runtime; \
                 `nnc weights convert` makes a safetensors file of it",
            ),
            WeightsFault::Mismatch(mismatch) => mismatch.fmt(f),
            WeightsFault::Ambiguous { tensors } => write!(
                f,
                "{} can be read in more than one way: say whose weights they are, `as pytorch` or `as keras`",
                some(tensors)
            ),
            WeightsFault::Changed => f.write_str("the file is damaged: its values are not those that were saved"),
            WeightsFault::Format(format) => {
                write!(f, "written by a later version (format {format}, and this one reads up to {})", super::FORMAT)
            }
            WeightsFault::OtherNetwork { network, found, missing, extra, misshapen } => {
                let found = found.as_deref().filter(|found| found != network);
                let head = match found {
                    Some(found) => alloc::format!("these are the weights of `{found}`, not of `{network}`"),
                    None => alloc::format!("these are not the weights of `{network}`"),
                };
                f.write_str(&other_network(head, missing, extra, misshapen))
            }
            WeightsFault::Type { tensor, found, expected } => {
                write!(f, "`{tensor}` has values of type {found}, and the network computes in {expected}")
            }
            WeightsFault::NotFinite { tensor, index, value } => write!(f, "`{tensor}`{index:?} is {value}"),
        }
    }
}

fn other_network(
    head: String,
    missing: &[(String, Vec<usize>)],
    extra: &[(String, Vec<usize>)],
    misshapen: &[(String, Vec<usize>, Vec<usize>)],
) -> String {
    let shaped = |tensors: &[(String, Vec<usize>)]| {
        let each: Vec<String> = tensors.iter().map(|(name, shape)| alloc::format!("`{name}` {shape:?}")).collect();
        each.join(", ")
    };
    let mut parts = Vec::new();
    if !missing.is_empty() {
        parts.push("missing: ".to_owned() + &shaped(missing));
    }
    if !extra.is_empty() {
        parts.push("not in the network: ".to_owned() + &shaped(extra));
    }
    let each = misshapen
        .iter()
        .map(|(name, found, expected)| alloc::format!("`{name}` is {found:?} and should be {expected:?}"));
    parts.extend(each);
    if parts.is_empty() { head.to_string() } else { head + "; " + &parts.join("; ") }
}
