//! What a cell of numbers may say, whatever it stands in; knows no file.

use std::string::{String, ToString};

use super::fault::Fault;
use super::table::Precision;

/// The number that `cell` says: finite, within `precision`, and an id if there is a `vocabulary`. `called` names the column.
///
/// # Errors
/// What else it says.
pub(crate) fn number(
    cell: &str,
    vocabulary: Option<usize>,
    precision: Precision,
    called: impl FnOnce() -> String,
) -> Result<f64, Fault> {
    let cell_of = || cell.to_string();
    let Ok(value) = cell.parse::<f64>() else {
        return Err(Fault::NotANumber { column: called(), cell: cell_of() });
    };
    if let Some(vocabulary) = vocabulary
        && !(value >= 0.0 && value < vocabulary as f64 && value.fract() == 0.0)
    {
        return Err(Fault::NotAnId { column: called(), cell: cell_of(), vocabulary });
    }
    // A literal such as 1e999 is read as infinite, but it was meant as a number.
    if !value.is_finite() && !cell.contains(|letter: char| letter.is_ascii_digit()) {
        return Err(Fault::NotFinite { column: called(), cell: cell_of() });
    }
    if value.abs() > precision.largest() {
        return Err(Fault::TooLarge { column: called(), cell: cell_of(), precision: precision.name() });
    }
    Ok(value)
}
