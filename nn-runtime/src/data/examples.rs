//! From a file or a folder to the numbers that a network trains on and is evaluated on; knows which kinds of source there are, not how
//! any of them is written.

use std::path::Path;
use std::string::ToString;
use std::vec::Vec;

use super::arrays;
use super::csv;
use super::encoding::Encodings;
use super::error::{DataError, Fault, Place};
use super::text;
use super::widths::Demand;
use crate::real::Real;
use crate::recipe::{Data, Source, Split};

/// Encoded rows.
#[derive(Clone, Debug, PartialEq)]
pub struct Examples<T> {
    /// How many.
    pub rows: usize,
    /// `rows * inputs` values, row by row.
    pub inputs: Vec<T>,
    /// What the outputs should be.
    pub targets: Answers<T>,
    /// How much each counts in the loss; empty: all the same.
    pub sample_weights: Vec<f64>,
}

/// What the outputs of some rows should be.
#[derive(Clone, Debug, PartialEq)]
pub enum Answers<T> {
    /// A class id for each row.
    Classes(Vec<usize>),
    /// `rows * outputs` values, row by row.
    Values(Vec<T>),
}

/// Data divided, with encodings fitted on the training rows.
#[derive(Clone, Debug)]
pub struct Dataset<T> {
    /// How cells became numbers.
    pub encodings: Encodings,
    /// What is trained on.
    pub train: Examples<T>,
    /// What decides on the best weights; may have no rows.
    pub validation: Examples<T>,
    /// What is only looked at in the end; may have no rows.
    pub test: Examples<T>,
    /// Rows that were left out for a missing cell.
    pub dropped: usize,
}

impl Examples<f64> {
    /// In the precision of a network.
    fn rounded<T: Real>(self) -> Examples<T> {
        let rounded = |values: Vec<f64>| values.into_iter().map(T::from_f64).collect();
        let targets = match self.targets {
            Answers::Classes(classes) => Answers::Classes(classes),
            Answers::Values(values) => Answers::Values(rounded(values)),
        };
        Examples { rows: self.rows, inputs: rounded(self.inputs), targets, sample_weights: self.sample_weights }
    }
}

/// Reads what is at `path` as `data` says, divides it and fits the encodings.
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub fn load<T: Real>(
    path: &Path,
    data: &Data,
    how: Split,
    seed: u64,
    demand: &Demand<'_>,
) -> Result<Dataset<T>, DataError> {
    if how.folds.is_some() && data.source.is_by_position() {
        return Err(Place::file(&path.display().to_string()).fault(Fault::FoldsOfWindows));
    }
    match data.source {
        Source::Csv(table) => {
            let Dataset { encodings, train, validation, test, dropped } =
                csv::load(path, table, data, how, seed, demand)?;
            let [train, validation, test] = [train, validation, test].map(Examples::rounded);
            Ok(Dataset { encodings, train, validation, test, dropped })
        }
        Source::Text(characters) => text::load(path, characters, data.y, how, demand),
        Source::Idx(_) | Source::Images(_) | Source::Arrays => arrays::load(path, data, how, seed, demand),
    }
}

/// Reads what is at `path` as the data of the training was read; also the rows that were left out.
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub fn reload<T: Real>(
    path: &Path,
    encodings: &Encodings,
    demand: &Demand<'_>,
) -> Result<(Examples<T>, usize), DataError> {
    match encodings {
        Encodings::Table(table) => {
            let (examples, dropped) = csv::reload(path, table, demand)?;
            Ok((examples.rounded(), dropped))
        }
        Encodings::Text(encodings) => Ok((text::reload(path, encodings, demand)?, 0)),
        Encodings::Arrays(arrays) => Ok((arrays::reload(path, arrays, demand)?, 0)),
    }
}
