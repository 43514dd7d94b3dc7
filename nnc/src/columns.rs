//! Whether a table has rows, and the columns that a text names: better told now than after the compilation; knows no cells.

use std::path::Path;

use nn_compiler::Compiled;
use nn_compiler::recipe::{Columns, Csv, Field, Grouping, Source};
use nn_runtime::data::{DataError, Fault, Form, Place, Records};
use nn_runtime::recipe::Header;

use crate::failure::Failure;

/// Reads the first lines of the table at `path`, if the data of a network is one.
///
/// # Errors
/// What the training would say.
pub(crate) fn check(network: &Compiled, path: &Path) -> Result<(), Failure> {
    let data = network.network.recipe.as_ref().and_then(|recipe| recipe.data.as_ref());
    let Some((data, Source::Csv(csv))) = data.map(|data| (data, &data.source)) else { return Ok(()) };
    let fields = data.x.iter().chain(&data.y);
    look(path, csv, fields).map_err(|error| Failure::Wrong(error.to_string()))
}

fn look<'a>(path: &Path, csv: &Csv, fields: impl Iterator<Item = &'a Field>) -> Result<(), DataError> {
    let header = match csv.header {
        None => Header::Auto,
        Some(true) => Header::Present,
        Some(false) => Header::Absent,
    };
    let mut records = Records::open(path, Form { header, separator: csv.separator })?;
    for field in fields {
        match &field.columns {
            Columns::Names(names) => names.iter().try_for_each(|name| records.column(name).map(drop))?,
            Columns::Indices(indices) => indices.iter().try_for_each(|index| records.column_at(*index).map(drop))?,
            Columns::Range(start, end) => (*start..*end).try_for_each(|index| records.column_at(index).map(drop))?,
            // Only other sources hold arrays.
            Columns::Array(..) => {}
        }
    }
    let sequence = match &csv.grouping {
        Grouping::Sequences { column, .. } => Some(column),
        Grouping::Rows | Grouping::Windows { .. } => None,
    };
    csv.weight.iter().chain(sequence).try_for_each(|name| records.column(name).map(drop))?;
    if records.advance()? { Ok(()) } else { Err(Place::file(records.file()).fault(Fault::NoRows)) }
}
