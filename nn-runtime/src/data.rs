//! Examples from files: reading, encoding, dividing; knows what a network takes and gives, not how it learns.

mod array;
mod array_fault;
mod arrays;
mod cells;
mod csv;
mod encoding;
mod error;
mod examples;
mod field_fault;
mod fields;
mod grouping;
mod idx;
mod images;
mod layout;
pub(crate) mod npy;
mod packed;
mod parts;
mod queries;
mod records;
mod split;
mod suggest;
mod table;
mod text;
mod text_fault;
mod trace;
mod widths;

pub use array_fault::ArrayFault;
pub use encoding::{ArrayEncodings, ArrayField, Column, Encodings, Files, Fitted, TableEncodings};
pub use error::{DataError, Fault, Place, Side};
pub use examples::{Answers, Dataset, Examples, load, reload};
pub use field_fault::{FieldError, FieldFault};
pub use fields::{Field, Fields, Takes};
pub use grouping::Grouping;
pub use idx::IdxNames;
pub use queries::{Batch, Queries};
pub use records::{Form, Records};
pub use table::Precision;
pub use text::TextEncodings;
pub use text_fault::TextFault;
pub use widths::Demand;

#[cfg(feature = "cli")]
pub(crate) use error::counted;
pub(crate) use packed::unpacked;
pub(crate) use parts::{End, Lines, Part, Rows, Taken, put_cell};
#[cfg(feature = "cli")]
pub(crate) use suggest::nearest;
