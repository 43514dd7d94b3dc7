//! Examples from files: reading, encoding, dividing; knows what a network takes and gives, not how it learns.
//!
//! ```
//! # nn_runtime::network! {
//! #     network Line < dense(1->1) >
//! #     train Line {
//! #         data csv("line.csv") { x = column("x"); y = column("y"); }
//! #         split train = 0.6, validation = 0.2, test = 0.2;
//! #         minimize mse with adam(lr = 0.05);
//! #         batch 4; epochs 5; seed 1; metric mae;
//! #     }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-datamod-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let data = folder.join("line.csv");
//! # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
//! # std::fs::write(&data, format!("x,y\n{rows}"))?;
//! use nn_runtime::data::{Answers, Demand, load};
//! let recipe = Line::PROGRAM.recipe.expect("the text has a train section");
//! let source = recipe.data.expect("it has data");
//! let dataset = load::<f32>(&data, &source, recipe.split, recipe.seed, &Demand::of(Line::PROGRAM))?;
//! assert_eq!(dataset.train.inputs.len(), 12);
//! assert!(matches!(dataset.train.targets, Answers::Values(values) if values.len() == 12));
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```

mod array;
mod array_fault;
mod arrays;
mod cells;
mod csv;
mod encoding;
mod error;
mod examples;
mod fault;
mod field_fault;
mod fields;
mod fitted;
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
pub use encoding::{ArrayEncodings, ArrayField, Column, Encodings, Files, TableEncodings};
pub use error::{DataError, Place};
pub use examples::{Answers, Dataset, Examples, load, reload};
pub use fault::{Fault, Side};
pub use field_fault::{FieldError, FieldFault};
pub use fields::{Field, Fields, Takes};
pub use fitted::Fitted;
pub use grouping::Grouping;
pub use idx::IdxNames;
pub use queries::{Batch, Queries};
pub use records::{Form, Records};
pub use table::Precision;
pub use text::TextEncodings;
pub use text_fault::TextFault;
pub use widths::Demand;

#[cfg(feature = "cli")]
pub(crate) use fault::counted;
pub(crate) use packed::unpacked;
pub(crate) use parts::{End, Lines, Part, Rows, Taken, put_cell};
#[cfg(feature = "cli")]
pub(crate) use suggest::nearest;
