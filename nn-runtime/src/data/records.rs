//! Reads a CSV file row by row and knows the place of every cell; knows nothing of what cells mean.

use std::boxed::Box;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use csv::{ErrorKind, StringRecord};

use super::error::{DataError, Place};
use super::fault::Fault;
use super::layout::{by_index, by_name};
use super::trace::{Recorder, Trace};
use crate::recipe::Header;

/// How a file is written.
///
/// ```
/// use nn_runtime::{data::Form, recipe::Header};
/// let tabs = Form { header: Header::Present, separator: b'\t' };
/// assert_eq!(tabs.separator, b'\t');
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Form {
    /// Whether the first line names the columns.
    pub header: Header,
    /// The byte between cells.
    pub separator: u8,
}

/// The rows of a CSV file. Blank lines are skipped; all rows have as many cells as the first line.
///
/// ```
/// use nn_runtime::{data::{Form, Records}, recipe::Header};
/// let form = Form { header: Header::Auto, separator: b',' };
/// let mut records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda, 36\nAlan,41\n"[..]), form)?;
/// let mut ages = Vec::new();
/// while records.advance()? {
///     ages.push(records.cell(1).to_string());
/// }
/// assert_eq!(ages, ["36", "41"]);
/// # Ok::<(), nn_runtime::data::DataError>(())
/// ```
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
    /// ```
    /// use nn_runtime::{data::{Fault, Form, Records}, recipe::Header};
    /// let form = Form { header: Header::Auto, separator: b',' };
    /// let error = Records::open("no/such/file.csv".as_ref(), form).err().expect("there is none");
    /// assert!(matches!(*error.fault, Fault::Unreadable(_)));
    /// ```
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
    /// ```
    /// use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// let form = Form { header: Header::Auto, separator: b';' };
    /// let records = Records::new("ages.csv".into(), Box::new(&b"name;age\nAda;36\n"[..]), form)?;
    /// assert_eq!(records.columns(), 2);
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
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
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\n"[..]), form)?;
    /// assert_eq!(records.file(), "ages.csv");
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    pub fn file(&self) -> &str {
        &self.file
    }

    /// The names of the columns, if the file has a header.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\n"[..]), form)?;
    /// assert_eq!(records.header().map(|names| names.join(" ")), Some("name age".into()));
    /// // A line with a number names nothing.
    /// let records = Records::new("ages.csv".into(), Box::new(&b"Ada,36\n"[..]), form)?;
    /// assert_eq!(records.header(), None);
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    pub fn header(&self) -> Option<&[String]> {
        self.header.as_deref()
    }

    /// How many columns there are.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\n"[..]), form)?;
    /// assert_eq!(records.columns(), 2);
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// The index of the column of this name.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let ages = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\n"[..]), form)?;
    /// assert_eq!(ages.column("age")?, 1);
    /// let error = ages.column("size").unwrap_err().to_string();
    /// assert_eq!(error, "ages.csv: there is no column `size` (there are `name`, `age`)");
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If the file does not name its columns, or names none so, or several.
    pub fn column(&self, name: &str) -> Result<usize, DataError> {
        by_name(name, self).map_err(|fault| Place::file(&self.file).fault(fault))
    }

    /// The index itself, if the file has such a column.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let ages = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\n"[..]), form)?;
    /// assert_eq!((ages.column_at(1)?, ages.column_at(2).is_err()), (1, true));
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    ///
    /// # Errors
    /// If it has fewer.
    pub fn column_at(&self, index: usize) -> Result<usize, DataError> {
        by_index(index, self.columns).map_err(|fault| Place::file(&self.file).fault(fault))
    }

    /// Goes to the next row; false after the last one.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let mut records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\nAlan\n"[..]), form)?;
    /// assert!(records.advance()?);
    /// // The next row lacks a cell.
    /// assert!(records.advance().is_err());
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
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
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let mut records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda, 36 \n"[..]), form)?;
    /// records.advance()?;
    /// assert_eq!(records.cell(1), "36");
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    pub fn cell(&self, column: usize) -> &str {
        self.row.get(column).unwrap_or_default().trim()
    }

    /// The row at hand as it stands.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let mut records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda, 36 \n"[..]), form)?;
    /// records.advance()?;
    /// assert_eq!(records.row().iter().collect::<Vec<_>>(), ["Ada", " 36 "]);
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    pub fn row(&self) -> &StringRecord {
        &self.row
    }

    /// The line where the row at hand begins, from 1.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let mut records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\n"[..]), form)?;
    /// records.advance()?;
    /// assert_eq!(records.line(), 2);
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
    pub fn line(&self) -> u64 {
        self.trace().line
    }

    /// Where the cell of the row at hand is.
    ///
    /// ```
    /// # use nn_runtime::{data::{Form, Records}, recipe::Header};
    /// # let form = Form { header: Header::Auto, separator: b',' };
    /// let mut records = Records::new("ages.csv".into(), Box::new(&b"name,age\nAda,36\n"[..]), form)?;
    /// records.advance()?;
    /// assert_eq!(records.place(1).to_string(), "ages.csv:2:5");
    /// # Ok::<(), nn_runtime::data::DataError>(())
    /// ```
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
