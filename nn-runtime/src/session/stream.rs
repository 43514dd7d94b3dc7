//! Examples of any number in, answers out, in memory that does not grow with them; knows no terminal and no arguments.

mod cut;
mod pipeline;

use std::boxed::Box;
use std::fmt;
use std::io::{self, Read, Write};
use std::string::String;
use std::vec::Vec;

use self::cut::Cutter;
use super::error::SessionError;
use super::predict::Predictor;
use super::predictions::Predictions;
use super::reply::Told;
use crate::data::{
    DataError, Encodings, End, Fault, Grouping, Lines, Part, Place, Rows, TableEncodings, Taken, put_cell, unpacked,
};
use crate::fit::all_threads;

/// How examples are written.
///
/// ```
/// use nn_runtime::session::{Format, Streaming};
/// assert_eq!(Streaming::default().format, Format::Native);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// As the data of the training: CSV for a table, a file of arrays, images or a text for these. Without such data, CSV.
    #[default]
    Native,
    /// Rows of CSV. Of arrays, images and texts, each row has the numbers of one input in its order.
    Csv,
    /// Lines of JSON, each an example as [`Fields`](crate::data::Fields) takes it.
    JsonLines,
}

/// How answers are written.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-streamform-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let path = folder.join("weights.safetensors");
/// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// use nn_runtime::session::{Form, Streaming};
/// let (predictor, mut out) = (Line::predictor(&path)?, Vec::new());
/// let how = Streaming { form: Form::JsonLines, ..Streaming::default() };
/// predictor.stream("new.csv", Box::new(&b"x\n0.5\n"[..]), how, &mut out, &mut |_| ())?;
/// assert!(String::from_utf8(out)?.starts_with("{\"prediction\":"));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Form {
    /// Each row of CSV with the answer behind it; of other examples the answers alone.
    #[default]
    Csv,
    /// The answers alone, an object on each line.
    JsonLines,
}

/// How examples are read, and their answers written.
///
/// ```
/// use nn_runtime::session::{Form, Format, Streaming};
/// // What `predict --json` of a generated program does.
/// let how = Streaming { format: Format::JsonLines, form: Form::JsonLines, ..Streaming::default() };
/// assert!(!how.skip && !how.live);
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Streaming {
    /// How examples are written.
    pub format: Format,
    /// How answers are written.
    pub form: Form,
    /// Whether an example that is wrong is left out; else it ends everything.
    pub skip: bool,
    /// Whether each example is answered as soon as it is there, since the next may take its time.
    pub live: bool,
}

/// What became of the examples.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-streamed-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let path = folder.join("weights.safetensors");
/// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// use nn_runtime::session::{Streamed, Streaming};
/// let (predictor, how) = (Line::predictor(&path)?, Streaming { skip: true, ..Streaming::default() });
/// let rows = Box::new(&b"x\n0.5\nwide\n1.5\n"[..]);
/// let done = predictor.stream("new.csv", rows, how, &mut Vec::new(), &mut |_| ())?;
/// assert_eq!(done, Streamed { answered: 2, skipped: 1 });
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streamed {
    /// Answers that were written.
    pub answered: u64,
    /// Examples that were left out.
    pub skipped: u64,
}

/// What can stop a stream.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-streamerror-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let path = folder.join("weights.safetensors");
/// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// use nn_runtime::session::{StreamError, Streaming};
/// let (predictor, rows) = (Line::predictor(&path)?, Box::new(&b"x\nwide\n"[..]));
/// let stopped = predictor.stream("new.csv", rows, Streaming::default(), &mut Vec::new(), &mut |_| ());
/// assert!(matches!(stopped, Err(StreamError::Session(error)) if error.to_string().starts_with("new.csv:2:1: ")));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub enum StreamError {
    /// An example, or what is asked of it, is wrong.
    Session(SessionError),
    /// The answers cannot be written.
    Output(io::Error),
}

/// What became of some lines.
struct Done {
    text: Vec<u8>,
    answered: u64,
    skipped: Vec<DataError>,
    stopped: Option<SessionError>,
}

impl Predictor {
    /// Reads examples from `source`, whose name in messages is `file` and which may be compressed with gzip, and writes the answers to
    /// `out` in their order. `skipped` is told of each example that is left out.
    ///
    /// Rows of CSV and lines of JSON are read, predicted and written at the same time by as many threads as [`Predictor::new`] was told.
    /// Windows and sequences of a table are read one behind the other, in memory that does not grow either. Files of arrays and texts are
    /// read whole.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-stream-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// # let path = folder.join("weights.safetensors");
    /// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
    /// # let predictor = Line::predictor(&path)?;
    /// use nn_runtime::session::{Form, Format, Streaming};
    /// let lines = "[0.5]\n[\"wide\"]\n[1.5]\n";
    /// let how = Streaming { format: Format::JsonLines, form: Form::JsonLines, skip: true, live: false };
    /// let mut answers = Vec::new();
    /// let done = predictor.stream("lines", Box::new(lines.as_bytes()), how, &mut answers, &mut |error| {
    ///     eprintln!("{error}");
    /// })?;
    /// assert_eq!((done.answered, done.skipped), (2, 1));
    /// assert_eq!(String::from_utf8(answers)?.lines().count(), 2);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If an example is wrong and not left out, there is none, or the answers cannot be written. The answers to the examples before are
    /// written.
    pub fn stream(
        &self,
        file: &str,
        source: Box<dyn Read + Send>,
        how: Streaming,
        out: &mut dyn Write,
        skipped: &mut dyn FnMut(&DataError),
    ) -> Result<Streamed, StreamError> {
        let source = unpacked(source).map_err(|error| unreadable(file, &error))?;
        let alone = |table: &TableEncodings| table.grouping == Grouping::Rows;
        let table = match (self.encodings(), how.format) {
            (_, Format::JsonLines) => None,
            (Some(Encodings::Table(table)), _) if alone(table) => {
                self.demand().check(table).map_err(|fault| SessionError::from(Place::file(file).fault(fault)))?;
                Some(table)
            }
            (Some(Encodings::Arrays(_) | Encodings::Text(_)), Format::Csv) | (None, _) => Some(self.bare()),
            (Some(_), _) => {
                if how.skip {
                    return Err(SessionError::NoSkip.into());
                }
                let rows = self.read(file.into(), Box::new(source))?;
                return self.in_series(rows, how, out);
            }
        };
        let mut cutter = Cutter::new(file, Box::new(source), table.map(|table| table.separator), how.live);
        let Some(first) = cutter.next().map_err(SessionError::from)? else {
            return Err(SessionError::from(Place::file(file).fault(Fault::Empty)).into());
        };
        let rows = match table {
            Some(table) => Some(Rows::new(file, &first, table, self.demand()).map_err(SessionError::from)?),
            None => None,
        };
        let header = rows.as_ref().map(|rows| rows.head.header.as_deref());
        out.write_all(&self.first_line(header, how.form)).map_err(StreamError::Output)?;
        let work = |lines: Lines| self.answered(file, rows.as_ref(), lines, how);
        let mut first = Some(first);
        let read = move || match first.take() {
            Some(first) => Ok(Some(first)),
            None => cutter.next().map_err(|error| StreamError::from(SessionError::from(error))),
        };
        let mut total = Streamed::default();
        let threads = if self.threads() == 0 { all_threads() } else { self.threads() };
        pipeline::run(threads, read, work, |done: Done| {
            out.write_all(&done.text).map_err(StreamError::Output)?;
            if how.live {
                out.flush().map_err(StreamError::Output)?;
            }
            done.skipped.iter().for_each(&mut *skipped);
            total.answered += done.answered;
            total.skipped += done.skipped.len() as u64;
            done.stopped.map_or(Ok(()), |error| Err(error.into()))
        })?;
        out.flush().map_err(StreamError::Output)?;
        match total {
            Streamed { answered: 0, skipped: 0 } => {
                Err(SessionError::from(Place::file(file).fault(Fault::NoRows)).into())
            }
            total => Ok(total),
        }
    }

    /// The titles of the answers, behind those of the columns of a table: `None` if the examples are no table, `Some(None)` if it has no
    /// header. Nothing for JSON, or behind rows that have no titles.
    fn first_line(&self, header: Option<Option<&[String]>>, form: Form) -> Vec<u8> {
        let mut line = Vec::new();
        let columns = match (form, header) {
            (Form::JsonLines, _) | (_, Some(None)) => return line,
            (Form::Csv, Some(Some(columns))) => columns,
            (Form::Csv, None) => &[],
        };
        for (number, title) in columns.iter().chain(self.titles()).enumerate() {
            if number > 0 {
                line.push(self.separator());
            }
            put_cell(title, self.separator(), &mut line);
        }
        line.push(b'\n');
        line
    }

    /// The answers to some lines.
    fn answered(&self, file: &str, rows: Option<&Rows<'_>>, lines: Lines, how: Streaming) -> Done {
        let mut done =
            Done { text: Vec::with_capacity(lines.bytes.len()), answered: 0, skipped: Vec::new(), stopped: None };
        let part = match rows {
            Some(rows) => rows.part(lines),
            None => Ok(Part::Json { file, fields: self.fields(), lines, at: 0, line: 0 }),
        };
        let mut part = match part {
            Ok(part) => part,
            Err(error) => {
                done.stopped = Some(error.into());
                return done;
            }
        };
        loop {
            let taken = part.take(self.at_once());
            if let Err(error) = self.put(&taken, how.form, &mut done) {
                done.stopped = Some(error);
                return done;
            }
            match taken.end {
                End::Enough => {}
                End::Nothing => return done,
                End::Wrong(error) if how.skip => done.skipped.push(error),
                End::Wrong(error) => {
                    done.stopped = Some(error.into());
                    return done;
                }
            }
        }
    }

    /// Puts what was read of a table, with its answers behind.
    fn put(&self, taken: &Taken, form: Form, done: &mut Done) -> Result<(), SessionError> {
        if taken.rows == 0 {
            return Ok(());
        }
        let mut begin = 0;
        for (number, cells) in self.cells_of(&taken.inputs, 1)?.enumerate() {
            let answer = Told { titles: self.titles(), cells: &cells, precision: self.precision() };
            match form {
                Form::JsonLines => answer.put_json(&mut done.text),
                Form::Csv => {
                    if let Some(end) = taken.ends.get(number) {
                        done.text.extend_from_slice(&taken.text[begin..*end]);
                        done.text.push(self.separator());
                        begin = *end;
                    }
                    answer.put_csv(self.separator(), &mut done.text);
                }
            }
            done.text.push(b'\n');
        }
        done.answered += taken.rows as u64;
        Ok(())
    }

    /// Answers examples that are not read line by line, some at a time.
    fn in_series(
        &self,
        mut rows: Predictions<'_>,
        how: Streaming,
        out: &mut dyn Write,
    ) -> Result<Streamed, StreamError> {
        out.write_all(&self.first_line(Some(rows.header()), how.form)).map_err(StreamError::Output)?;
        let mut total = Streamed::default();
        let mut text = Vec::new();
        while let Some(batch) = rows.batch()? {
            text.clear();
            for predicted in &batch {
                match how.form {
                    Form::JsonLines => predicted.answer.told().put_json(&mut text),
                    Form::Csv => {
                        for cell in &predicted.row {
                            put_cell(cell, self.separator(), &mut text);
                            text.push(self.separator());
                        }
                        predicted.answer.told().put_csv(self.separator(), &mut text);
                    }
                }
                text.push(b'\n');
            }
            out.write_all(&text).and_then(|()| out.flush()).map_err(StreamError::Output)?;
            total.answered += batch.len() as u64;
        }
        Ok(total)
    }
}

fn unreadable(file: &str, error: &io::Error) -> SessionError {
    Place::file(file).fault(Fault::Unreadable(std::format!("{error}"))).into()
}

impl fmt::Display for StreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(error) => error.fmt(f),
            Self::Output(error) => write!(f, "the answers cannot be written: {error}"),
        }
    }
}

impl std::error::Error for StreamError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Session(error) => Some(error),
            Self::Output(error) => Some(error),
        }
    }
}

impl From<SessionError> for StreamError {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}
