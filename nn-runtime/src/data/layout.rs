//! Which columns of a file are meant: by name, by index or by range; knows no cells.

use std::string::{String, ToString};
use std::vec::Vec;

use super::encoding::Column;
use super::error::{DataError, Place};
use super::fault::Fault;
use super::records::Records;
use crate::recipe::Columns;

/// The indices of `columns` in the file behind `records`.
///
/// # Errors
/// If the file has no such column, or several of one name.
pub(crate) fn indices(columns: Columns, records: &Records) -> Result<Vec<usize>, DataError> {
    let found = match columns {
        Columns::Names(names) => names.iter().map(|name| by_name(name, records)).collect(),
        Columns::Indices(indices) => indices.iter().map(|index| by_index(*index, records.columns())).collect(),
        Columns::Range(start, end) if start >= end => Err(Fault::EmptyRange(start, end)),
        // The compiler states arrays only for sources that hold them.
        Columns::Array(name, _) => std::vec![by_name(name, records)].into_iter().collect(),
        Columns::Range(start, end) => (start..end).map(|index| by_index(index, records.columns())).collect(),
    };
    found.map_err(|fault| Place::file(records.file()).fault(fault))
}

pub(crate) fn by_name(name: &str, records: &Records) -> Result<usize, Fault> {
    let Some(header) = records.header() else { return Err(Fault::NoHeader(name.into())) };
    let at: Vec<usize> =
        header.iter().enumerate().filter(|(_, there)| *there == name).map(|(index, _)| index).collect();
    match at[..] {
        [] => Err(Fault::UnknownColumn { name: name.into(), there: header.to_vec() }),
        [index] => Ok(index),
        _ => Err(Fault::AmbiguousColumn { name: name.into(), at }),
    }
}

pub(crate) fn by_index(index: usize, columns: usize) -> Result<usize, Fault> {
    if index < columns { Ok(index) } else { Err(Fault::NoSuchIndex { index, columns }) }
}

/// How a column is called in messages: by its name in backticks, or by its index.
pub(crate) fn called(index: usize, name: Option<&str>) -> String {
    name.map_or_else(|| index.to_string(), |name| std::format!("`{name}`"))
}

/// Where the columns of the training file are in another file.
///
/// With a header in both they go by name, and other columns may come and go. Without, the file has the columns of the
/// training file, or those without `optional` (the targets, where they are not needed).
pub(crate) fn again(
    wanted: &[Column],
    optional: &[Column],
    trained: usize,
    records: &Records,
) -> Result<Vec<usize>, DataError> {
    let fail = |fault| Place::file(records.file()).fault(fault);
    if records.header().is_some() && wanted.iter().all(|column| column.name.is_some()) {
        let names = wanted.iter().filter_map(|column| column.name.as_deref());
        return names.map(|name| by_name(name, records)).collect::<Result<_, _>>().map_err(fail);
    }
    let mut left_out: Vec<usize> = optional.iter().map(|column| column.index).collect();
    left_out.sort_unstable();
    left_out.dedup();
    let columns = records.columns();
    if columns == trained {
        Ok(wanted.iter().map(|column| column.index).collect())
    } else if columns + left_out.len() == trained {
        Ok(wanted.iter().map(|column| column.index - left_out.partition_point(|out| *out < column.index)).collect())
    } else {
        Err(fail(Fault::ColumnCount { columns, trained, targets: left_out.len() }))
    }
}
