//! Reads a CSV file row by row and knows the place of every cell; knows nothing of what cells mean.

use std::boxed::Box;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use csv::{ErrorKind, StringRecord};

use super::error::{DataError, Fault, Place};
use super::trace::{Recorder, Trace};
use crate::recipe::Header;

/// How a file is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Whether the first line names the columns.
    pub header: Header,
    /// The byte between cells.
    pub separator: u8,
}

/// The rows of a CSV file. Blank lines are skipped; all rows have as many cells as the first line.
pub struct Records {
    file: String,
    csv: csv::Reader<Recorder>,
    separator: u8,
    header: Option<Vec<String>>,
    columns: usize,
    first_line: u64,
    row: StringRecord,
    /// Whether `row` is still to be given: the first line was read to see whether it is a header.
    pending: bool,
    /// Lines of the file before the first that is read here.
    lines_before: u64,
}

/// What the first line of a file says about all that follow.
#[derive(Clone, Debug)]
pub(crate) struct Head {
    pub(crate) header: Option<Vec<String>>,
    columns: usize,
    line: u64,
}

impl Records {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read, is empty or is not UTF-8.
    pub fn open(path: &Path, form: Form) -> Result<Self, DataError> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Self::new(name, Box::new(file), form),
            Err(error) => Err(Place::file(&name).fault(Fault::Unreadable(error.to_string()))),
        }
    }

    /// Reads from `source`; `file` is its name in messages.
    ///
    /// # Errors
    /// If it cannot be read, is empty or is not UTF-8.
    pub fn new(file: String, source: Box<dyn Read>, form: Form) -> Result<Self, DataError> {
        let head = Head { header: None, columns: 0, line: 1 };
        let mut records = Self::part(&file, source, form.separator, &head, 0);
        if !records.read()? {
            return Err(Place::file(&records.file).fault(Fault::Empty));
        }
        records.columns = records.row.len();
        records.first_line = records.line();
        records.pending = match form.header {
            Header::Present => false,
            Header::Absent => true,
            Header::Auto => records.row.iter().any(is_number),
        };
        if !records.pending {
            records.header = Some(records.row.iter().map(|name| name.trim().to_string()).collect());
        }
        Ok(records)
    }

    /// Reads whole rows from the midst of a file: they begin behind `lines_before` lines.
    pub(crate) fn part(file: &str, source: Box<dyn Read>, separator: u8, head: &Head, lines_before: u64) -> Self {
        let csv = reader(source, separator);
        let Head { header, columns, line } = head.clone();
        let row = StringRecord::new();
        Self { file: file.into(), csv, separator, header, columns, first_line: line, row, pending: false, lines_before }
    }

    /// What the first line said.
    pub(crate) fn head(&self) -> Head {
        Head { header: self.header.clone(), columns: self.columns, line: self.first_line }
    }

    /// The bytes of the row at hand as they stand, without those that end its line.
    pub(crate) fn raw(&self) -> &[u8] {
        let begin = self.row.position().map_or(0, csv::Position::byte);
        let length = usize::try_from(self.csv.position().byte() - begin).unwrap_or(usize::MAX);
        let text = self.csv.get_ref().since(begin);
        let text = &text[..length.min(text.len())];
        let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
        let ends = |byte: &u8| !matches!(byte, b'\r' | b'\n');
        let Some(begin) = text.iter().position(ends) else { return &[] };
        let end = text.iter().rposition(ends).map_or(text.len(), |last| last + 1);
        &text[begin..end]
    }

    /// The name of the file in messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The names of the columns, if the file has a header.
    pub fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// How many columns there are.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Goes to the next row; false after the last one.
    ///
    /// # Errors
    /// If the file cannot be read, is not UTF-8 or the row has another number of cells than the first line.
    pub fn advance(&mut self) -> Result<bool, DataError> {
        if std::mem::take(&mut self.pending) {
            return Ok(true);
        }
        if !self.read()? {
            return Ok(false);
        }
        if self.row.len() == self.columns { Ok(true) } else { Err(self.wrong_length()) }
    }

    /// What the cell of the row at hand says, without the blanks around it.
    pub fn cell(&self, column: usize) -> &str {
        self.row.get(column).unwrap_or_default().trim()
    }

    /// The row at hand as it stands.
    pub fn row(&self) -> &StringRecord {
        &self.row
    }

    /// The line where the row at hand begins, from 1.
    pub fn line(&self) -> u64 {
        self.trace().line
    }

    /// Where the cell of the row at hand is.
    pub fn place(&self, column: usize) -> Place {
        Place { file: self.file.clone(), at: Some(self.trace().cell(column)) }
    }

    fn trace(&self) -> Trace<'_> {
        let position = self.row.position().unwrap_or_else(|| self.csv.position());
        Trace::new(self.csv.get_ref().since(position.byte()), self.lines_before + position.line(), self.separator)
    }

    /// Reads a row that is not blank.
    fn read(&mut self) -> Result<bool, DataError> {
        loop {
            let begin = self.csv.position().byte();
            self.csv.get_mut().forget(begin);
            match self.csv.read_record(&mut self.row) {
                Ok(true) if self.row.len() == 1 && self.row[0].trim().is_empty() => {}
                Ok(more) => return Ok(more),
                Err(error) => return Err(self.unreadable(&error)),
            }
        }
    }

    fn unreadable(&self, error: &csv::Error) -> DataError {
        match error.kind() {
            ErrorKind::Utf8 { pos: Some(begin), .. } => {
                let text = self.csv.get_ref().since(begin.byte());
                let (byte, at) = Trace::new(text, self.lines_before + begin.line(), self.separator).not_utf8();
                Place { file: self.file.clone(), at: Some(at) }.fault(Fault::NotUtf8(byte))
            }
            ErrorKind::Io(error) => Place::file(&self.file).fault(Fault::Unreadable(error.to_string())),
            _ => Place::file(&self.file).fault(Fault::Unreadable(error.to_string())),
        }
    }

    fn wrong_length(&self) -> DataError {
        let trace = self.trace();
        let until = trace.last_line();
        let fault = Fault::RowLength {
            cells: self.row.len(),
            expected: self.columns,
            first: self.first_line,
            until: (until > trace.line).then_some(until),
        };
        // A quote that is not closed is in the last cell.
        let blamed = if until > trace.line { self.row.len() - 1 } else { self.columns };
        self.place(blamed).fault(fault)
    }
}

fn reader(source: Box<dyn Read>, separator: u8) -> csv::Reader<Recorder> {
    csv::ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(Recorder::new(source))
}

/// Whether a cell of the first line is data: `NaN` and `inf` may be names.
fn is_number(cell: &str) -> bool {
    cell.trim().parse::<f64>().is_ok_and(f64::is_finite)
}
