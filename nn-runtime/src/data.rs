//! Examples from files: reading, encoding, dividing; knows what a network takes and gives, not how it learns.

mod array;
mod array_fault;
mod arrays;
mod csv;
mod encoding;
mod error;
mod examples;
mod grouping;
mod idx;
mod images;
mod layout;
pub(crate) mod npy;
mod packed;
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
#[cfg(feature = "cli")]
pub(crate) use suggest::nearest;
