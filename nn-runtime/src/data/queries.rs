//! Rows to be predicted, some at a time, as they stand and as a network takes them.

use std::boxed::Box;
use std::io::Read;
use std::string::String;
use std::vec::Vec;

use csv::StringRecord;

use super::encoding::Encodings;
use super::error::{DataError, Fault, Place};
use super::examples::{encode_inputs, slots};
use super::records::Records;
use super::table::{Reading, Table};
use super::widths::Demand;

/// The rows of a file that may lack the target columns.
pub struct Queries<'e> {
    records: Records,
    encodings: &'e Encodings,
    table: Table,
}

/// Some rows.
#[derive(Clone, Debug)]
pub struct Batch {
    /// The rows as they stand in the file.
    pub rows: Vec<StringRecord>,
    /// `rows * inputs` values, row by row.
    pub inputs: Vec<f64>,
}

impl<'e> Queries<'e> {
    /// Reads from `source`, whose name in messages is `file`.
    ///
    /// # Errors
    /// If it cannot be read, is empty, or lacks an input column of the training file.
    pub fn new(
        file: String,
        source: Box<dyn Read>,
        encodings: &'e Encodings,
        demand: &Demand<'_>,
    ) -> Result<Self, DataError> {
        let records = Records::new(file, source, encodings.form())?;
        demand.check(encodings).map_err(|fault| Place::file(records.file()).fault(fault))?;
        let slots = slots(&encodings.x, &encodings.y, encodings.columns, &records, demand.vocabulary)?;
        let reading = Reading { missing: encodings.missing, precision: demand.precision, predicting: true };
        Ok(Self { records, encodings, table: Table::new(slots, reading) })
    }

    /// The names of the columns, if the file has a header.
    pub fn header(&self) -> Option<&[String]> {
        self.records.header()
    }

    /// The next rows, at most `limit`; none after the last.
    ///
    /// # Errors
    /// If a cell is not what its column holds, or there is no row at all.
    pub fn batch(&mut self, limit: usize) -> Result<Option<Batch>, DataError> {
        let first = self.table.rows == 0;
        self.table.clear();
        let mut rows = Vec::new();
        while rows.len() < limit && self.records.advance()? {
            self.table.push(&self.records)?;
            rows.push(self.records.row().clone());
        }
        match rows.is_empty() {
            true if first => Err(Place::file(self.records.file()).fault(Fault::NoRows)),
            true => Ok(None),
            false => Ok(Some(Batch { inputs: encode_inputs(self.encodings, &self.table), rows })),
        }
    }
}
