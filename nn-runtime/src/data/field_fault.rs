//! Everything that can be wrong with an example that is given by name, each with its one message; knows no network.

use std::boxed::Box;
use std::fmt;
use std::string::String;
use std::vec::Vec;

use super::fault::{Fault, counted, listed};

/// What is wrong with an example, and with which of its fields.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::data::{Demand, Fields};
/// let error = Fields::new(None, &Demand::of(Net::PROGRAM)).encode(&serde_json::json!([1, 2, 3]), &mut Vec::new()).unwrap_err();
/// assert_eq!(error.to_string(), "3 values, and there should be 2");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// The field as a path: `petal_width`, `rows[3].petal_width`, `[3][0]`; empty for the example as a whole.
    pub field: String,
    /// What is wrong with it.
    pub fault: FieldFault,
}

/// What can be wrong with a field.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::data::{Demand, FieldFault, Fields};
/// let error = Fields::new(None, &Demand::of(Net::PROGRAM)).encode(&serde_json::json!([1, 2, 3]), &mut Vec::new()).unwrap_err();
/// assert_eq!(error.fault, FieldFault::ValueCount { found: 3, expected: 2 });
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum FieldFault {
    /// It is not there.
    Missing {
        /// A name that is there and was perhaps meant to be this one.
        near: Option<String>,
    },
    /// It is of another kind.
    Kind {
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// An array of cells of the wrong length.
    CellCount {
        /// Its length.
        found: usize,
        /// The columns that it should have a cell for.
        names: Vec<String>,
    },
    /// An array with too few or too many values.
    ValueCount {
        /// Values there are.
        found: usize,
        /// Values there should be.
        expected: usize,
    },
    /// Too few or too many rows in one example.
    RowCount {
        /// Rows there are.
        found: usize,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// A text with fewer characters than the network reads.
    ShortText {
        /// Characters there are.
        characters: usize,
        /// Characters that are read.
        window: usize,
    },
    /// A character that the training has not seen.
    Unseen {
        /// The character.
        character: char,
        /// How many characters the training has seen.
        known: usize,
    },
    /// A structure that cannot be JSON; the words are those of `serde_json`.
    NotSerializable(String),
    /// A single value is wrong.
    Cell(Box<Fault>),
}

impl FieldFault {
    /// An error in the example as a whole.
    pub(crate) fn whole(self) -> FieldError {
        self.at("")
    }

    /// An error in this field.
    pub(crate) fn at(self, field: &str) -> FieldError {
        FieldError { field: field.into(), fault: self }
    }
}

impl FieldError {
    /// The same error, seen from around the field `outer`.
    ///
    /// ```
    /// use nn_runtime::data::{FieldError, FieldFault};
    /// let error = FieldError { field: "age".into(), fault: FieldFault::Missing { near: None } };
    /// assert_eq!(error.within("rows[3]").field, "rows[3].age");
    /// ```
    #[must_use]
    pub fn within(mut self, outer: &str) -> Self {
        let apart = !(outer.is_empty() || self.field.is_empty() || self.field.starts_with('['));
        self.field = std::format!("{outer}{}{}", if apart { "." } else { "" }, self.field);
        self
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is said about a cell names its column.
        let named = matches!(self.fault, FieldFault::Cell(_)) && !self.field.contains(['.', '[']);
        match &*self.field {
            field if named || field.is_empty() => self.fault.fmt(f),
            field => write!(f, "{field}: {}", self.fault),
        }
    }
}

impl std::error::Error for FieldError {}

impl fmt::Display for FieldFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { near: None } => f.write_str("it is missing"),
            Self::Missing { near: Some(near) } => write!(f, "it is missing; is `{near}` meant to be it?"),
            Self::Kind { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::CellCount { found, names } => {
                write!(f, "{}, and there are {}: {}", counted(*found, "cell", "cells"), names.len(), listed(names))
            }
            Self::ValueCount { found, expected } => {
                write!(f, "{}, and there should be {expected}", counted(*found, "value", "values"))
            }
            Self::RowCount { found, least, most } if least == most => {
                write!(f, "{}, and an example has {most}", counted(*found, "row", "rows"))
            }
            Self::RowCount { found, least, most } => {
                write!(f, "{}, and an example has {least} to {most}", counted(*found, "row", "rows"))
            }
            Self::ShortText { characters, window } => {
                write!(f, "{}, and the network reads {window}", counted(*characters, "character", "characters"))
            }
            Self::Unseen { character, known } => {
                write!(f, "the character {character:?} is none of the {known} that the training has seen")
            }
            Self::NotSerializable(why) => write!(f, "it cannot be turned into fields: {why}"),
            Self::Cell(fault) => fault.fmt(f),
        }
    }
}
