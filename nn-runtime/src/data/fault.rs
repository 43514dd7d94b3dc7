//! Everything that can be wrong with a table of examples, each with its one message; knows no place and no network.

use std::boxed::Box;
use std::fmt;
use std::string::{String, ToString};
use std::vec::Vec;

use super::array_fault::ArrayFault;
use super::field_fault::FieldError;
use super::text_fault::TextFault;
use crate::recipe::Missing;

/// What can be wrong with the data.
///
/// ```
/// use nn_runtime::data::{Fault, Form, Records};
/// use nn_runtime::recipe::Header;
/// let form = Form { header: Header::Auto, separator: b',' };
/// let error = Records::new("empty.csv".into(), Box::new(&b""[..]), form).err().expect("there is nothing");
/// assert_eq!(*error.fault, Fault::Empty);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Fault {
    /// The file cannot be opened or read; the words are the system's.
    Unreadable(String),
    /// A byte that is not UTF-8.
    NotUtf8(u8),
    /// No line with a cell in it.
    Empty,
    /// A header and nothing below it.
    NoRows,
    /// Every row was left out for a missing cell.
    AllDropped(usize),
    /// A column asked for by name in a file without a header.
    NoHeader(String),
    /// A name that no column has.
    UnknownColumn {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        there: Vec<String>,
    },
    /// A name that several columns have.
    AmbiguousColumn {
        /// The name that was asked for.
        name: String,
        /// The columns that have it, from 0.
        at: Vec<usize>,
    },
    /// An index (from 0) beyond the last column.
    NoSuchIndex {
        /// The index that was asked for.
        index: usize,
        /// How many columns there are.
        columns: usize,
    },
    /// `start..end` holds no column.
    EmptyRange(usize, usize),
    /// A sample weight below 0.
    NegativeWeight {
        /// The column.
        column: String,
        /// What the cell says.
        cell: String,
    },
    /// A column of sample weights that are all 0: of `training`, `validation` or `test` rows, or of a file.
    NoWeight(String, Option<&'static str>),
    /// A file to predict from that has neither the columns of the training file nor those without the targets.
    ColumnCount {
        /// Columns there are.
        columns: usize,
        /// Columns of the training file.
        trained: usize,
        /// How many of those are targets.
        targets: usize,
    },
    /// A row with fewer or more cells than the first line.
    RowLength {
        /// Cells in the row.
        cells: usize,
        /// Cells in the first line.
        expected: usize,
        /// The first line.
        first: u64,
        /// The last line of the row, if it runs over several: a quote may not be closed.
        until: Option<u64>,
    },
    /// A cell that should be a number.
    NotANumber {
        /// The column.
        column: String,
        /// What the cell says.
        cell: String,
    },
    /// NaN or an infinity.
    NotFinite {
        /// The column.
        column: String,
        /// What the cell says.
        cell: String,
    },
    /// A number beyond the network's precision.
    TooLarge {
        /// The column.
        column: String,
        /// What the cell says.
        cell: String,
        /// `f32` or `f64`.
        precision: &'static str,
    },
    /// A cell that should be an id of the vocabulary.
    NotAnId {
        /// The column.
        column: String,
        /// What the cell says.
        cell: String,
        /// How many ids there are.
        vocabulary: usize,
    },
    /// An empty cell or `?`.
    MissingCell {
        /// The column.
        column: String,
        /// What the cell says: nothing, or `?`.
        cell: String,
        /// What was to be done about it.
        policy: Missing,
        /// Whether the row is to be predicted, so that it cannot be left out.
        predicting: bool,
    },
    /// A category that no training row has.
    UnseenCategory {
        /// The column.
        column: String,
        /// What the cell says.
        cell: String,
        /// The categories of the training rows.
        known: Vec<String>,
    },
    /// The columns of `x` or `y` do not make the network's inputs or outputs.
    Width {
        /// The network.
        network: String,
        /// `x` or `y`.
        side: Side,
        /// Values that the network takes or gives.
        expected: usize,
        /// The values there are, with the sum that makes them.
        sum: String,
    },
    /// The classes of the target are not the network's outputs.
    Classes {
        /// The network.
        network: String,
        /// Its outputs.
        outputs: usize,
        /// The target column.
        column: String,
        /// The classes of the training rows.
        classes: Vec<String>,
    },
    /// A target column among several that has more than two classes.
    ManyClasses {
        /// The column.
        column: String,
        /// The classes of the training rows.
        classes: Vec<String>,
    },
    /// More categories than the embedding has ids.
    Vocabulary {
        /// The network.
        network: String,
        /// The column.
        column: String,
        /// How many categories the training rows have.
        categories: usize,
        /// How many ids there are.
        vocabulary: usize,
    },
    /// An encoding that gives no ids, for a network that takes ids.
    NotIds {
        /// The network.
        network: String,
        /// The column.
        column: String,
        /// The encoding's name.
        encoding: String,
    },
    /// A part of the split that gets no row.
    EmptyPart {
        /// `train`, `validation` or `test`.
        part: &'static str,
        /// Its fraction.
        fraction: f64,
        /// Rows there are.
        rows: usize,
    },
    /// Fewer rows than folds.
    FewRows {
        /// The folds.
        folds: usize,
        /// Rows there are.
        rows: usize,
    },
    /// Folds of what is divided by its place.
    FoldsOfWindows,
    /// Fewer rows than one example takes.
    ShortPart {
        /// The part of the split, its fraction and the rows of the table, where it is a part.
        part: Option<(&'static str, f64, usize)>,
        /// Rows there are.
        rows: usize,
        /// Rows of an input.
        window: usize,
        /// Rows of a target.
        horizon: usize,
    },
    /// A sequence of more rows than an input has.
    LongSequence {
        /// The column that tells sequences apart.
        column: String,
        /// What it says there.
        id: String,
        /// Rows of the sequence.
        rows: usize,
        /// The most there may be.
        length: usize,
    },
    /// Examples that overlap and would not fit in memory.
    TooManyValues {
        /// How many examples.
        examples: usize,
        /// Rows of each input.
        rows: usize,
        /// Values of all of them.
        values: usize,
    },
    /// A class with one row, which cannot be divided.
    LonelyClass {
        /// The target column.
        column: String,
        /// The class.
        class: String,
    },
    /// `stratify` without a single target column of classes.
    NoClasses,
    /// A line that is no JSON; the words are those of `serde_json`.
    NotJson(String),
    /// A field of an example in JSON.
    Field(Box<FieldError>),
    /// A row, or a line, that does not end within so many bytes.
    LongRow(usize),
    /// What is wrong with arrays.
    Array(ArrayFault),
    /// What can be wrong with a text.
    Text(TextFault),
}

/// Inputs or targets.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-side-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::data::{Demand, Fault, Side, load};
/// nn_runtime::network! { network Wide < dense(3->1) > }
/// let recipe = Line::PROGRAM.recipe.expect("the text has a train section");
/// let source = recipe.data.expect("it has data");
/// // One column of inputs, and a network that takes three values.
/// let error = load::<f32>(&data, &source, recipe.split, 1, &Demand::of(Wide::PROGRAM)).unwrap_err();
/// assert!(matches!(*error.fault, Fault::Width { side: Side::Inputs, .. }), "{error:?}");
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// `x`
    Inputs,
    /// `y`, which is compared with the outputs.
    Targets,
    /// `y`, which a loss of the text compares as it likes.
    Compared,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::NotUtf8(byte) => write!(f, "byte 0x{byte:02X} is not UTF-8; save the file as UTF-8"),
            Self::Empty => f.write_str("the file is empty"),
            Self::NoRows => f.write_str("there is a header and no row below it"),
            Self::AllDropped(1) => f.write_str("the only row has a missing cell, so that none is left"),
            Self::AllDropped(rows) => write!(f, "each of the {rows} rows has a missing cell, so that none is left"),
            Self::NoHeader(name) => {
                write!(
                    f,
                    "column `{name}` is asked for by name, but the file has no header; give it one, or ask by index, as in columns[0]"
                )
            }
            Self::UnknownColumn { name, there } => unknown_column(f, name, there),
            Self::AmbiguousColumn { name, at } => {
                let at: Vec<String> = at.iter().map(usize::to_string).collect();
                write!(f, "columns {} are all named `{name}`; rename all but one, or ask by index", at.join(" and "))
            }
            Self::NoSuchIndex { index, columns } => {
                write!(f, "there is no column {index}: {columns} columns, counted from 0")
            }
            Self::EmptyRange(start, end) => write!(f, "columns[{start}..{end}] holds no column"),
            Self::ColumnCount { columns, trained, targets: 0 } => {
                write!(f, "{columns} columns, and the training data had {trained}")
            }
            Self::ColumnCount { columns, trained, targets } => write!(
                f,
                "{columns} columns, and the training data had {trained} ({} without the targets)",
                trained - targets
            ),
            Self::RowLength { cells, expected, first, until } => {
                let few = if cells < expected { "few" } else { "many" };
                write!(f, "too {few} cells: {cells}, and line {first} has {expected}")?;
                until.map_or(Ok(()), |line| write!(f, " (the row runs to line {line}: is a quote not closed?)"))
            }
            Self::NotANumber { column, cell } => {
                write!(f, "column {column}: `{cell}` is not a number")?;
                let point = cell.replacen(',', ".", 1);
                let comma = point != *cell && point.parse::<f64>().is_ok();
                if comma { write!(f, "; write {point}, with a point") } else { Ok(()) }
            }
            Self::NotFinite { column, cell } => {
                write!(f, "column {column}: `{cell}` cannot be learned from; only finite numbers can")
            }
            Self::TooLarge { column, cell, precision } => {
                write!(f, "column {column}: `{cell}` is too large for {precision}")
            }
            Self::NegativeWeight { column, cell } => {
                write!(f, "column {column}: `{cell}` is no sample weight; a weight is 0 or more")
            }
            Self::NoWeight(column, part) => {
                let (part, space) = part.map_or(("", ""), |part| (part, " "));
                write!(f, "column {column}: the sample weights of all {part}{space}rows are 0, so that none counts")
            }
            Self::NotAnId { column, cell, vocabulary } => {
                write!(
                    f,
                    "column {column}: `{cell}` is not an id; ids are the whole numbers from 0 to {}",
                    vocabulary - 1
                )
            }
            Self::MissingCell { column, cell, policy, predicting } => {
                missing_cell(f, column, cell, *policy, *predicting)
            }
            Self::UnseenCategory { column, cell, known } => {
                write!(f, "column {column}: `{cell}` is never seen in the training rows, which have {}", listed(known))
            }
            Self::Width { network, side, expected, sum } => match side {
                Side::Inputs => write!(f, "network `{network}` takes {expected} values, and x has {sum}"),
                Side::Compared => {
                    write!(f, "the loss of network `{network}` compares with {expected} values, and y has {sum}")
                }
                Side::Targets => write!(f, "network `{network}` gives {expected} values, and y has {sum}"),
            },
            Self::Classes { network, outputs: 1, column, classes } => write!(
                f,
                "network `{network}` has 1 output, which tells 2 classes apart, and column {column} has {}: {}",
                classes.len(),
                listed(classes)
            ),
            Self::Classes { network, outputs, column, classes } => write!(
                f,
                "network `{network}` has {outputs} outputs, one for each class, and column {column} has {} in the training rows: {}",
                counted(classes.len(), "class", "classes"),
                listed(classes)
            ),
            Self::ManyClasses { column, classes } => write!(
                f,
                "column {column} is one of several targets, so that each has to have 2 classes, and it has {}: {}; use one_hot",
                classes.len(),
                listed(classes)
            ),
            Self::Vocabulary { network, column, categories, vocabulary } => write!(
                f,
                "network `{network}` has a vocabulary of {vocabulary}, and column {column} has {categories} categories in the training rows"
            ),
            Self::NotIds { network, column, encoding } => write!(
                f,
                "network `{network}` takes ids, and {encoding} of column {column} gives none; use labels, or the bare column if it holds ids"
            ),
            Self::EmptyPart { part, fraction, rows } => {
                write!(f, "{part} = {fraction} of {} is none", counted(*rows, "row", "rows"))
            }
            Self::FewRows { folds, rows } => write!(f, "{folds} folds of {} would be empty", counted(*rows, "row", "rows")),
            Self::FoldsOfWindows => f.write_str(
                "windows are divided by their place: a fold of them would be judged by a network that has seen what comes behind it",
            ),
            Self::ShortPart { part, rows, window, horizon } => {
                match part {
                    Some((part, fraction, of)) => {
                        write!(f, "{part} = {fraction} of {} is {rows}", counted(*of, "row", "rows"))?;
                    }
                    None => f.write_str(&counted(*rows, "row", "rows"))?,
                }
                let needs = window.saturating_add(*horizon);
                write!(f, ", and one example takes {needs}")?;
                // What is predicted has no target.
                if *horizon == 0 { Ok(()) } else { write!(f, ": a window of {window} and a horizon of {horizon}") }
            }
            Self::LongSequence { column, id, rows, length } => {
                write!(f, "sequence `{id}` of column `{column}` has {rows} rows, and `length` is {length}")
            }
            Self::TooManyValues { examples, rows, values } => write!(
                f,
                "{examples} examples of {rows} rows are {values} values, more than the {} that are held in memory; take a larger `stride`, or fewer rows",
                super::grouping::MOST_VALUES
            ),
            Self::LonelyClass { column, class } => {
                write!(
                    f,
                    "column {column}: class `{class}` has one row, which `stratify` cannot divide; add rows or leave it out"
                )
            }
            Self::NotJson(said) => write!(f, "this is no JSON: {said}"),
            Self::Field(error) => error.fmt(f),
            Self::LongRow(bytes) => write!(
                f,
                "the row that begins here does not end within {} MiB; is a quote not closed?",
                bytes / (1024 * 1024)
            ),
            Self::Array(fault) => fault.fmt(f),
            Self::Text(fault) => fault.fmt(f),
            Self::NoClasses => {
                f.write_str("`stratify` divides each class, so y has to be labels(...) or one_hot(...) of one column")
            }
        }
    }
}

fn unknown_column(f: &mut fmt::Formatter<'_>, name: &str, there: &[String]) -> fmt::Result {
    write!(f, "there is no column `{name}`")?;
    if let Some(near) = super::suggest::nearest(name, there) {
        write!(f, "; did you mean `{near}`?")?;
    }
    write!(f, " (there are {})", listed(there))
}

fn missing_cell(
    f: &mut fmt::Formatter<'_>,
    column: &str,
    cell: &str,
    policy: Missing,
    predicting: bool,
) -> fmt::Result {
    let what =
        if cell.is_empty() { "the cell is empty".into() } else { std::format!("`{cell}` stands for a missing cell") };
    write!(f, "column {column}: {what}; ")?;
    match (policy, predicting) {
        (Missing::Category, _) => f.write_str("only one_hot and labels can have a category for it"),
        (_, true) => f.write_str("a row can be predicted only if it is whole"),
        (_, false) => f.write_str("fill it, or say what to do with `missing = drop` or `missing = category`"),
    }
}

/// Up to twelve names in backticks.
pub(crate) fn listed(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let quoted: Vec<String> = names.iter().take(SHOWN).map(|name| std::format!("`{name}`")).collect();
    let more = if names.len() > SHOWN { std::format!(" and {} more", names.len() - SHOWN) } else { String::new() };
    quoted.join(", ") + &more
}

/// `1 row`, `2 rows`.
pub(crate) fn counted(count: usize, one: &str, many: &str) -> String {
    if count == 1 { std::format!("1 {one}") } else { std::format!("{count} {many}") }
}
