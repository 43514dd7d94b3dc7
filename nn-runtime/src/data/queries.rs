//! Rows to be predicted, some at a time, as they stand and as a network takes them.

use std::boxed::Box;
use std::io::Read;
use std::string::String;
use std::vec::Vec;

use csv::StringRecord;

use super::arrays;
use super::csv::{encode_inputs, slots};
use super::encoding::{Encodings, TableEncodings};
use super::error::{DataError, Place};
use super::examples::Examples;
use super::fault::Fault;
use super::grouping::Grouping;
use super::layout::{by_name, called};
use super::records::Records;
use super::table::{MISSING, Reading, Table};
use super::text;
use super::widths::Demand;
use crate::recipe::Missing;

/// Examples to predict.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-queries-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::data::{Demand, Queries};
/// let demand = Demand::of(Line::PROGRAM);
/// let mut queries =
///     Queries::new("rows".into(), Box::new("x\n0.5\n1.5\n".as_bytes()), &trained.encodings, &demand)?;
/// let batch = queries.batch(10)?.expect("there are rows");
/// assert_eq!(batch.inputs, [0.5, 1.5]);
/// assert!(queries.batch(10)?.is_none());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub struct Queries<'e> {
    source: Inputs<'e>,
}

/// Where they come from.
enum Inputs<'e> {
    /// Rows of a table, as they are read.
    Rows(Box<RowQueries<'e>>),
    /// Arrays, all at once; then how many examples have been given.
    Arrays(Examples<f64>, usize),
    /// The windows of a text, all at once, each as it stands there and as ids.
    Text { header: [String; 1], rows: Vec<StringRecord>, inputs: Vec<f64> },
}

impl<'e> Queries<'e> {
    /// Reads from `source`, whose name in messages is `file`.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Line < dense(1->1) >
    /// #     train Line {
    /// #         data csv("line.csv") { x = column("x"); y = column("y"); }
    /// #         split train = 0.6, validation = 0.2, test = 0.2;
    /// #         minimize mse with adam(lr = 0.05);
    /// #         batch 4; epochs 5; seed 1; metric mae;
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-queriesnew-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::data::{Demand, Queries};
    /// let rows = Box::new(&b"z\n1\n"[..]);
    /// let queries = Queries::new("new.csv".into(), rows, &trained.encodings, &Demand::of(Line::PROGRAM));
    /// // There is no column `x`.
    /// assert!(queries.is_err());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If it cannot be read, is empty, or lacks an input of the training.
    pub fn new(
        file: String,
        source: Box<dyn Read>,
        encodings: &'e Encodings,
        demand: &Demand<'_>,
    ) -> Result<Self, DataError> {
        let source = match encodings {
            Encodings::Table(table) => Inputs::Rows(Box::new(RowQueries::new(file, source, table, demand)?)),
            Encodings::Text(text) => {
                let (rows, inputs) = text::queries(&file, source, text, demand)?;
                Inputs::Text { header: [String::from("text")], rows, inputs }
            }
            Encodings::Arrays(arrays) => Inputs::Arrays(arrays::inputs(&file, source, arrays, demand)?, 0),
        };
        Ok(Self { source })
    }

    /// The names of the columns, if the file has a header; arrays have no columns to repeat.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Line < dense(1->1) >
    /// #     train Line {
    /// #         data csv("line.csv") { x = column("x"); y = column("y"); }
    /// #         split train = 0.6, validation = 0.2, test = 0.2;
    /// #         minimize mse with adam(lr = 0.05);
    /// #         batch 4; epochs 5; seed 1; metric mae;
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-queriesheader-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::data::{Demand, Queries};
    /// let rows = Box::new(&b"x\n0.5\n"[..]);
    /// let queries = Queries::new("new.csv".into(), rows, &trained.encodings, &Demand::of(Line::PROGRAM))?;
    /// assert_eq!(queries.header(), Some(&["x".to_string()][..]));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(&self) -> Option<&[String]> {
        match &self.source {
            Inputs::Rows(rows) => rows.records.header(),
            Inputs::Arrays(..) => Some(&[]),
            Inputs::Text { header, .. } => Some(header),
        }
    }

    /// The next inputs, from at most `limit` rows more (of a text: all); none after the last. Each row of a table that has a window of rows is the end
    /// of one, whatever the stride of the training.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Line < dense(1->1) >
    /// #     train Line {
    /// #         data csv("line.csv") { x = column("x"); y = column("y"); }
    /// #         split train = 0.6, validation = 0.2, test = 0.2;
    /// #         minimize mse with adam(lr = 0.05);
    /// #         batch 4; epochs 5; seed 1; metric mae;
    /// #     }
    /// # }
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-queriesbatch-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::data::{Demand, Queries};
    /// let rows = Box::new(&b"x\n0.5\n1.5\n2.5\n"[..]);
    /// let mut queries = Queries::new("new.csv".into(), rows, &trained.encodings, &Demand::of(Line::PROGRAM))?;
    /// let first = queries.batch(2)?.expect("there are three");
    /// assert_eq!(first.inputs, [0.5, 1.5]);
    /// assert_eq!(queries.batch(2)?.map(|batch| batch.inputs), Some(vec![2.5]));
    /// assert!(queries.batch(2)?.is_none());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a cell is not what its column holds, or there is no input at all.
    pub fn batch(&mut self, limit: usize) -> Result<Option<Batch>, DataError> {
        let (examples, given) = match &mut self.source {
            Inputs::Rows(rows) => return rows.batch(limit),
            Inputs::Text { rows, .. } if rows.is_empty() => return Ok(None),
            Inputs::Text { rows, inputs, .. } => {
                return Ok(Some(Batch { rows: core::mem::take(rows), inputs: core::mem::take(inputs) }));
            }
            Inputs::Arrays(examples, given) => (examples, given),
        };
        let count = limit.min(examples.rows - *given);
        if count == 0 {
            return Ok(None);
        }
        let wide = examples.inputs.len() / examples.rows;
        let inputs = examples.inputs[*given * wide..(*given + count) * wide].to_vec();
        *given += count;
        Ok(Some(Batch { rows: std::vec![StringRecord::new(); count], inputs }))
    }
}

/// The rows of a file that may lack the target columns.
struct RowQueries<'e> {
    records: Records,
    encodings: &'e TableEncodings,
    table: Table,
    /// For windows: the encoded rows before the next, at most those that its window needs.
    before: Vec<f64>,
    /// For sequences: what stands at each place of an input for a step that it lacks.
    padding: Vec<f64>,
    /// Whether a row has been read.
    begun: bool,
    /// Whether a whole input has been read.
    any: bool,
    /// For sequences: the column that tells them apart.
    id: Option<usize>,
    /// The sequence that is being read.
    open: Run,
}

/// Rows of one sequence; of one that is too long, the inputs of the first are kept and all are counted.
#[derive(Default)]
struct Run {
    id: String,
    first: StringRecord,
    rows: usize,
    inputs: Vec<f64>,
}

/// Some rows.
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-queriesrows-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::data::{Demand, Queries};
/// let rows = Box::new(&b"who,x\nAda,0.5\n"[..]);
/// let mut queries = Queries::new("new.csv".into(), rows, &trained.encodings, &Demand::of(Line::PROGRAM))?;
/// let batch = queries.batch(10)?.expect("there is one");
/// // What the network does not take stands in the row all the same.
/// assert_eq!((&batch.rows[0][0], &batch.inputs[..]), ("Ada", &[0.5][..]));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Batch {
    /// For each input a row as it stands in the file: the row itself, the last of a window, the first of a sequence.
    pub rows: Vec<StringRecord>,
    /// `rows * inputs` values, row by row.
    pub inputs: Vec<f64>,
}

impl<'e> RowQueries<'e> {
    /// Reads from `source`, whose name in messages is `file`.
    ///
    /// # Errors
    /// If it cannot be read, is empty, or lacks an input column of the training file.
    fn new(
        file: String,
        source: Box<dyn Read>,
        encodings: &'e TableEncodings,
        demand: &Demand<'_>,
    ) -> Result<Self, DataError> {
        let records = Records::new(file, source, encodings.form())?;
        demand.check(encodings).map_err(|fault| Place::file(records.file()).fault(fault))?;
        let slots = slots(&encodings.x, &encodings.beside_inputs(), encodings.columns, &records, Some(demand))?;
        let id = match encodings.grouping.column() {
            Some(column) => Some(by_name(column, &records).map_err(|fault| Place::file(records.file()).fault(fault))?),
            None => None,
        };
        let reading = Reading { missing: encodings.missing, precision: demand.precision, predicting: true };
        let padding = match encodings.grouping {
            Grouping::Sequences { .. } => (0..demand.inputs).map(|place| demand.padding(place)).collect(),
            Grouping::Rows | Grouping::Windows { .. } => Vec::new(),
        };
        Ok(Self {
            records,
            encodings,
            table: Table::new(slots, reading),
            before: Vec::new(),
            padding,
            begun: false,
            any: false,
            id,
            open: Run::default(),
        })
    }

    /// The next inputs, from at most `limit` rows more; none after the last. Each row that has a window of rows is the end of one,
    /// whatever the stride of the training.
    ///
    /// # Errors
    /// If a cell is not what its column holds, or there is no input at all.
    fn batch(&mut self, limit: usize) -> Result<Option<Batch>, DataError> {
        match &self.encodings.grouping {
            Grouping::Rows => self.rows(limit),
            Grouping::Windows { window, .. } => self.windows(limit, *window),
            Grouping::Sequences { column, length } => self.sequences(limit, column, *length),
        }
    }

    fn windows(&mut self, limit: usize, window: usize) -> Result<Option<Batch>, DataError> {
        loop {
            let Some(Batch { mut rows, inputs }) = self.rows(limit)? else {
                let fault = Fault::ShortPart { part: None, rows: self.seen(), window, horizon: 0 };
                return if self.any { Ok(None) } else { Err(Place::file(self.records.file()).fault(fault)) };
            };
            let wide = inputs.len() / rows.len();
            self.before.extend_from_slice(&inputs);
            let there = self.before.len() / wide;
            let windows: Vec<f64> = self.before.windows(window * wide).step_by(wide).flatten().copied().collect();
            let kept = there.min(window - 1);
            self.before.drain(..(there - kept) * wide);
            let complete = windows.len() / (window * wide);
            if complete > 0 {
                self.any = true;
                rows.drain(..rows.len() - complete);
                return Ok(Some(Batch { rows, inputs: windows }));
            }
        }
    }

    /// Rows that have been read and are kept for the next window.
    fn seen(&self) -> usize {
        self.before.len() / super::widths::width(&self.encodings.x).max(1)
    }

    /// Sequences that were read as a whole: the next row is of another, or there is none.
    fn sequences(&mut self, limit: usize, column: &str, length: usize) -> Result<Option<Batch>, DataError> {
        let mut whole = Batch { rows: Vec::new(), inputs: Vec::new() };
        while whole.rows.is_empty() {
            let Some(Batch { rows, inputs }) = self.rows(limit)? else {
                self.close(&mut whole, column, length)?;
                break;
            };
            let wide = inputs.len() / rows.len();
            for (row, inputs) in rows.into_iter().zip(inputs.chunks(wide.max(1))) {
                let id = self.id.and_then(|id| row.get(id)).unwrap_or_default().trim();
                if self.open.rows == 0 || self.open.id != id {
                    let id = String::from(id);
                    self.close(&mut whole, column, length)?;
                    self.open = Run { id, first: row, rows: 0, inputs: Vec::new() };
                }
                self.open.rows += 1;
                if self.open.rows <= length {
                    self.open.inputs.extend_from_slice(inputs);
                }
            }
        }
        Ok((!whole.rows.is_empty()).then_some(whole))
    }

    /// Puts the sequence that was read behind `whole`, with padding for the rows that it lacks.
    fn close(&mut self, whole: &mut Batch, column: &str, length: usize) -> Result<(), DataError> {
        let Run { id, first, rows, inputs } = core::mem::take(&mut self.open);
        if rows > length {
            let fault = Fault::LongSequence { column: column.into(), id, rows, length };
            return Err(Place::file(self.records.file()).fault(fault));
        }
        if rows > 0 {
            whole.rows.push(first);
            whole.inputs.extend_from_slice(&inputs);
            whole.inputs.extend_from_slice(&self.padding[inputs.len()..]);
        }
        Ok(())
    }

    /// Whether the row at hand says which sequence it belongs to.
    fn check_id(&self) -> Result<(), DataError> {
        let Some(id) = self.id else { return Ok(()) };
        let cell = self.records.cell(id);
        if self.encodings.missing == Missing::Category || !matches!(cell, "" | MISSING) {
            return Ok(());
        }
        let column = called(id, self.records.header().map(|names| names[id].as_str()));
        let policy = self.encodings.missing;
        let fault = Fault::MissingCell { column, cell: cell.into(), policy, predicting: true };
        Err(self.records.place(id).fault(fault))
    }

    fn rows(&mut self, limit: usize) -> Result<Option<Batch>, DataError> {
        self.table.clear();
        let mut rows = Vec::new();
        while rows.len() < limit && self.records.advance()? {
            self.table.push(&self.records)?;
            self.check_id()?;
            rows.push(self.records.row().clone());
        }
        match rows.is_empty() {
            true if !self.begun => Err(Place::file(self.records.file()).fault(Fault::NoRows)),
            true => Ok(None),
            false => {
                self.begun = true;
                Ok(Some(Batch { inputs: encode_inputs(self.encodings, &self.table), rows }))
            }
        }
    }
}
