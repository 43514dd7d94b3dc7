//! An array of examples in memory, whatever file it was in; knows no format and no network.

use std::collections::HashMap;
use std::string::{String, ToString};
use std::vec::Vec;

use super::array_fault::ArrayFault;
use super::error::{DataError, Place};
use super::fault::Fault;
use super::table::Cells;

/// One value of a shape for each example.
#[derive(Clone, Debug)]
pub(super) struct Array {
    /// Where it comes from, as messages call it.
    pub(super) file: String,
    /// The extent of its first axis.
    pub(super) examples: usize,
    /// The other axes.
    pub(super) shape: Vec<usize>,
    /// Row-major.
    pub(super) values: Values,
}

/// Values of an array, as small as its file has them.
#[derive(Clone, Debug)]
pub(super) enum Values {
    /// Whole numbers from 0 to 255.
    Bytes(Vec<u8>),
    /// Numbers that f32 holds.
    Singles(Vec<f32>),
    /// All others.
    Doubles(Vec<f64>),
    /// Classes by their names, one for each example.
    Classes {
        /// Each once.
        names: Vec<String>,
        /// The index of its name for each example.
        ids: Vec<u32>,
    },
}

/// A source of arrays.
pub(super) trait Store {
    /// The array of this name.
    ///
    /// # Errors
    /// If there is none, or its file is wrong.
    fn array(&self, name: &str) -> Result<Array, DataError>;

    /// Whether there is one of this name.
    fn has(&self, _name: &str) -> bool {
        true
    }
}

impl Array {
    /// Values of one example.
    pub(super) fn width(&self) -> usize {
        self.shape.iter().product()
    }

    pub(super) fn fault(&self, fault: ArrayFault) -> DataError {
        Place::file(&self.file).fault(Fault::Array(fault))
    }

    /// Calls `each` with the values of some examples.
    pub(super) fn visit(&self, rows: &[usize], mut each: impl FnMut(f64)) {
        let width = self.width();
        let range = |row: &usize| row * width..(row + 1) * width;
        match &self.values {
            Values::Bytes(values) => {
                rows.iter().for_each(|row| values[range(row)].iter().for_each(|value| each(f64::from(*value))));
            }
            Values::Singles(values) => {
                rows.iter().for_each(|row| values[range(row)].iter().for_each(|value| each(f64::from(*value))));
            }
            Values::Doubles(values) => rows.iter().for_each(|row| values[range(row)].iter().for_each(|x| each(*x))),
            Values::Classes { ids, .. } => rows.iter().for_each(|row| each(f64::from(ids[*row]))),
        }
    }

    /// The numbers as names of classes.
    pub(super) fn categories(&self) -> Cells {
        if let Values::Classes { names, ids } = &self.values {
            return Cells::Categories { names: names.clone(), ids: ids.clone() };
        }
        let (mut names, mut ids) = (Vec::new(), Vec::new());
        let mut known = HashMap::new();
        let rows: Vec<usize> = (0..self.examples).collect();
        self.visit(&rows, |value| {
            let id = *known.entry(value.to_bits()).or_insert_with(|| {
                names.push(value.to_string());
                names.len() as u32 - 1
            });
            ids.push(id);
        });
        Cells::Categories { names, ids }
    }
}

/// The same array under every name.
pub(super) struct Single(pub(super) Array);

impl Store for Single {
    fn array(&self, _name: &str) -> Result<Array, DataError> {
        Ok(self.0.clone())
    }
}
