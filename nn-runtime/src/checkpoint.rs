//! A training under way in a file, and the newest good one of a folder; knows no data and no network.
//!
//! A file begins with a line that says what it is, then come the length of a header, the header in JSON, the values of its arrays, and
//! a checksum of all bytes before it (FNV-1a, 64 bits):
//!
//! ```text
//! nn-runtime checkpoint 1\n   HEADER BYTES (u64, little-endian)   {"about": […], "counters": …, "arrays": [["weights", 67], …]}
//! values of the arrays, one behind the other, little-endian       CHECKSUM (u64, little-endian)
//! ```
//!
//! It is written beside its place, to the disk, then renamed: whenever the process or the machine dies, a file of this name is whole.

mod error;
mod file;
mod folder;

use std::string::String;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

pub use error::{CheckpointError, CheckpointFault};
pub(crate) use folder::{Folder, Found};

use crate::batch::{Rows, Targets};
use crate::fit::{Counters, Run};
use crate::real::Real;
use crate::weights::checksum;

/// What a training must be like to go on from a checkpoint: names of settings and their values, in the order in which they are compared.
///
/// ```
/// use nn_runtime::checkpoint::About;
/// let about = About(vec![("seed".into(), "7".into()), ("batch".into(), "32".into())]);
/// assert_eq!(about.0[0], ("seed".to_string(), "7".to_string()));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About(pub Vec<(String, String)>);

impl About {
    /// The first thing that is not the same: its name, what it is in `self`, and what in `other`.
    pub(crate) fn difference<'a>(&'a self, other: &'a About) -> Option<(&'a str, &'a str, &'a str)> {
        let find = |name: &str| other.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| &**value);
        self.0.iter().find_map(|(name, value)| (value != find(name)).then(|| (&**name, &**value, find(name))))
    }
}

/// A training under way, as it lies in a file. No public function takes or gives one.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct Checkpoint<T> {
    /// What the training is.
    pub about: About,
    /// How far it is.
    pub(crate) counters: Counters,
    /// What those who watch it remember, as JSON.
    pub(crate) watch: String,
    /// Weights, the optimizer's memory and whatever else has a value for each parameter, by name.
    pub(crate) arrays: Vec<(String, Vec<T>)>,
}

/// The array of the weights that are trained.
const WEIGHTS: &str = "weights";

impl<T: Real> Checkpoint<T> {
    /// What a training is now.
    pub(crate) fn of(about: About, run: &Run<T>, weights: &[T]) -> Self {
        let mut arrays = std::vec![(WEIGHTS.into(), weights.to_vec())];
        arrays.extend(run.arrays().map(|(name, values)| (name, values.to_vec())));
        Self { about, counters: run.counters(), watch: String::new(), arrays }
    }

    /// Takes an array out; empty if there is none of this name.
    pub(crate) fn take(&mut self, name: &str) -> Vec<T> {
        let found = self.arrays.iter_mut().find(|(known, _)| known == name);
        found.map(|(_, values)| core::mem::take(values)).unwrap_or_default()
    }

    /// Puts a training back: its memory into `run`, its weights into `weights`, which are those of the same program.
    ///
    /// # Errors
    /// If arrays are not as long as those of the program.
    pub(crate) fn restore(&mut self, run: &mut Run<T>, weights: &mut [T]) -> Result<(), CheckpointFault> {
        let stored = self.take(WEIGHTS);
        if stored.len() != weights.len() {
            let (found, expected) = (stored.len(), weights.len());
            return Err(CheckpointFault::Damaged(std::format!("it has {found} weights, not {expected}")));
        }
        weights.copy_from_slice(&stored);
        let counters = self.counters.clone();
        run.restore(&counters, |name| self.take(name));
        Ok(())
    }
}

/// A hash of rows, continued from `sum`. It goes through them with four sums side by side, since one would wait for each multiplication.
pub(crate) fn hash_of_rows<T: Real>(sum: u64, rows: Rows<'_, T>, targets: Targets<'_, T>) -> u64 {
    let Rows { values: inputs, sample_weights, .. } = rows;
    let mut sums = [sum, sum ^ 1, sum ^ 2, sum ^ 3];
    let mut take = |at: usize, word: u64| {
        let sum = &mut sums[at % 4];
        *sum = (*sum ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(29);
    };
    inputs.iter().enumerate().for_each(|(at, value)| take(at, value.to_f64().to_bits()));
    match targets {
        Targets::Classes(classes) => classes.iter().enumerate().for_each(|(at, class)| take(at, *class as u64)),
        Targets::Values(values) => values.iter().enumerate().for_each(|(at, value)| take(at, value.to_f64().to_bits())),
    }
    sample_weights.iter().enumerate().for_each(|(at, weight)| take(at, weight.to_bits()));
    let lengths = [inputs.len() as u64, targets.len() as u64, sample_weights.len() as u64];
    sums.iter().chain(&lengths).fold(sum, |sum, word| checksum(sum, &word.to_le_bytes()))
}
