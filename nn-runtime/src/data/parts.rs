//! Examples in whole lines cut from a file, so that several threads can read it: rows of CSV and lines of JSON; knows no network.

use std::boxed::Box;
use std::io::Cursor;
use std::string::String;
use std::vec::Vec;

use serde_json::Value;

use super::csv::{encode_inputs, slots};
use super::encoding::TableEncodings;
use super::error::{DataError, Place};
use super::fault::Fault;
use super::fields::Fields;
use super::records::{Head, Records};
use super::table::{Reading, Slot, Table};
use super::widths::Demand;

/// Whole lines of a file.
pub(crate) struct Lines {
    pub(crate) bytes: Vec<u8>,
    /// Lines of the file before these.
    pub(crate) before: u64,
}

/// Examples that were read one behind the other.
#[derive(Default)]
pub(crate) struct Taken {
    /// How many.
    pub(crate) rows: usize,
    /// The values of all inputs.
    pub(crate) inputs: Vec<f64>,
    /// The rows of a table as they stand, one behind the other.
    pub(crate) text: Vec<u8>,
    /// Where each ends.
    pub(crate) ends: Vec<usize>,
    /// Why no more were read.
    pub(crate) end: End,
}

/// Why reading stopped.
#[derive(Default)]
pub(crate) enum End {
    /// As many were read as were asked for.
    #[default]
    Enough,
    /// The next one is wrong; reading can go on behind it.
    Wrong(DataError),
    /// There are no more.
    Nothing,
}

/// Examples in a part of a file.
pub(crate) enum Part<'r> {
    /// Rows of a table.
    Rows { encodings: &'r TableEncodings, records: Box<Records>, table: Table },
    /// Lines of JSON, and how far they were read.
    Json { file: &'r str, fields: &'r Fields, lines: Lines, at: usize, line: u64 },
}

impl Part<'_> {
    /// The next examples, at most `limit`.
    pub(crate) fn take(&mut self, limit: usize) -> Taken {
        match self {
            Self::Rows { encodings, records, table } => rows(encodings, records, table, limit),
            Self::Json { file, fields, lines, at, line } => json(file, fields, lines, at, line, limit),
        }
    }
}

/// How the parts of a table are read: as its first line says.
pub(crate) struct Rows<'e> {
    file: String,
    encodings: &'e TableEncodings,
    pub(crate) head: Head,
    slots: Vec<Slot>,
    reading: Reading,
}

impl<'e> Rows<'e> {
    /// `first` is the first part of the file.
    ///
    /// # Errors
    /// If it has no line, or lacks an input column of the training file.
    pub(crate) fn new(
        file: &str,
        first: &Lines,
        encodings: &'e TableEncodings,
        demand: &Demand<'_>,
    ) -> Result<Self, DataError> {
        let records = Records::new(file.into(), Box::new(Cursor::new(first.bytes.clone())), encodings.form())?;
        let slots = slots(&encodings.x, &encodings.beside_inputs(), encodings.columns, &records, Some(demand))?;
        let reading = Reading { missing: encodings.missing, precision: demand.precision, predicting: true };
        Ok(Self { file: file.into(), encodings, head: records.head(), slots, reading })
    }

    /// Reads a part of the file.
    ///
    /// # Errors
    /// If it is the first and cannot be read.
    pub(crate) fn part(&self, lines: Lines) -> Result<Part<'_>, DataError> {
        let Lines { bytes, before } = lines;
        let (source, form) = (Box::new(Cursor::new(bytes)), self.encodings.form());
        let records = match before {
            0 => Records::new(self.file.clone(), source, form)?,
            _ => Records::part(&self.file, source, form.separator, &self.head, before),
        };
        let table = Table::new(self.slots.clone(), self.reading);
        Ok(Part::Rows { encodings: self.encodings, records: Box::new(records), table })
    }
}

fn rows(encodings: &TableEncodings, records: &mut Records, table: &mut Table, limit: usize) -> Taken {
    let mut taken = Taken::default();
    table.clear();
    while table.rows < limit {
        let pushed = match records.advance() {
            Ok(true) => table.push(records).map(|_| true),
            other => other,
        };
        match pushed {
            Ok(true) => {
                put_row(records, encodings.separator, &mut taken.text);
                taken.ends.push(taken.text.len());
            }
            Ok(false) => {
                taken.end = End::Nothing;
                break;
            }
            Err(error) => {
                taken.end = End::Wrong(error);
                break;
            }
        }
    }
    taken.rows = table.rows;
    taken.inputs = encode_inputs(encodings, table);
    taken
}

/// The row at hand as it stands; with quotes in it, as they would be written anew, because the last one may not be closed.
fn put_row(records: &Records, separator: u8, out: &mut Vec<u8>) {
    let raw = records.raw();
    if !raw.contains(&b'"') {
        return out.extend_from_slice(raw);
    }
    for (number, cell) in records.row().iter().enumerate() {
        if number > 0 {
            out.push(separator);
        }
        put_cell(cell, separator, out);
    }
}

/// A cell of CSV, with quotes around it if it needs them (RFC 4180).
pub(crate) fn put_cell(cell: &str, separator: u8, out: &mut Vec<u8>) {
    if !cell.bytes().any(|byte| byte == separator || matches!(byte, b'"' | b'\r' | b'\n')) {
        return out.extend_from_slice(cell.as_bytes());
    }
    out.push(b'"');
    out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
    out.push(b'"');
}

fn json(file: &str, fields: &Fields, lines: &Lines, at: &mut usize, line: &mut u64, limit: usize) -> Taken {
    let mut taken = Taken::default();
    while taken.rows < limit {
        let rest = &lines.bytes[*at..];
        if rest.is_empty() {
            taken.end = End::Nothing;
            break;
        }
        let length = rest.iter().position(|byte| *byte == b'\n').map_or(rest.len(), |end| end + 1);
        *at += length;
        *line += 1;
        let text = rest[..length].strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&rest[..length]);
        if text.trim_ascii().is_empty() {
            continue;
        }
        if let Err((column, fault)) = example(text, fields, &mut taken.inputs) {
            let place = Place { file: file.into(), at: Some((lines.before + *line, column)) };
            taken.end = End::Wrong(place.fault(fault));
            break;
        }
        taken.rows += 1;
    }
    taken
}

/// Puts the values of the example in a line behind `inputs`; else what is wrong, and the character from which on it is.
fn example(line: &[u8], fields: &Fields, inputs: &mut Vec<f64>) -> Result<(), (u64, Fault)> {
    let text = std::str::from_utf8(line).map_err(|error| {
        let before = &line[..error.valid_up_to()];
        (characters(before) + 1, Fault::NotUtf8(line[error.valid_up_to()]))
    })?;
    let value: Value = serde_json::from_str(text).map_err(|error| {
        let column = error.column().min(line.len());
        // What it says ends in the place, and its line is always the first.
        let said = std::format!("{error}");
        let said = said.rsplit_once(" at line ").map_or(&*said, |(said, _)| said).into();
        (characters(&line[..column]).max(1), Fault::NotJson(said))
    })?;
    fields.encode(&value, inputs).map_err(|error| (column_of(text, &error.field), Fault::Field(Box::new(error))))
}

fn characters(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u64
}

/// Where the field of this path stands in a line: its name with a colon behind it, if it is a name; else the line as a whole is blamed.
fn column_of(line: &str, path: &str) -> u64 {
    let quoted = std::format!("\"{path}\"");
    let named = |at: &usize| line[at + quoted.len()..].trim_start().starts_with(':');
    let found = line.match_indices(&quoted).map(|(at, _)| at).find(named);
    found.filter(|_| !path.is_empty()).map_or(1, |at| characters(&line.as_bytes()[..at]) + 1)
}
