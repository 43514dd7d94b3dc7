//! From a CSV file to the numbers that a network trains on and is evaluated on; knows how tables are written, not how they are learned.

use core::ops::Range;
use std::path::Path;
use std::string::{String, ToString};
use std::vec::Vec;

use super::encoding::{Column, Encodings, TableEncodings};
use super::error::{DataError, Place};
use super::examples::{Answers, Dataset, Examples};
use super::fault::Fault;
use super::fitted::Fitted;
use super::grouping::{Encoded, Grouping, Member, Windows, sequences};
use super::layout::{again, by_name, called, indices};
use super::records::{Form, Records};
use super::split::{Classes, Parts, split};
use super::table::{Cells, Kind, Reading, Slot, Table};
use super::widths::{Demand, places as places_in};
use crate::recipe::{Csv, Data, Encoding, Field, Split};

/// Reads the file at `path` as `data` says, divides it and fits the encodings. A table for the test stands in the same folder, or in one
/// relative to that.
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub(super) fn load(
    path: &Path,
    csv: Csv,
    data: &Data,
    how: Split,
    seed: u64,
    demand: &Demand<'_>,
) -> Result<Dataset<f64>, DataError> {
    let form = Form { header: csv.header, separator: csv.separator };
    let mut records = Records::open(path, form)?;
    let (x, y) = (planned(data.x, &records)?, planned(data.y, &records)?);
    let reading = Reading { missing: csv.missing, precision: demand.precision, predicting: false };
    let grouping = Grouping::from(csv.grouping);
    let slots = x.iter().zip(vocabularies(&x, demand)).map(|(p, vocabulary)| p.slot(vocabulary));
    let slots = slots.chain(y.iter().map(|p| p.slot(None)));
    let weight = csv.weight.map(|name| weight(name, &records)).transpose()?;
    let slots = slots.chain(weight.iter().map(|column| weight_slot(column.index)));
    let mut table = Table::new(slots.chain(id_slot(&grouping, &records)?).collect(), reading);
    table.read(&mut records)?;

    let whole = |fault: Fault| Place::file(records.file()).fault(fault);
    let label = y.first().map(Planned::called).unwrap_or_default();
    let classes = match &table.cells[x.len()..x.len() + y.len()] {
        [Cells::Categories { names, ids }] => Some(Classes { column: &label, names, ids }),
        _ => None,
    };
    let groups = match &grouping {
        Grouping::Rows => Groups::Rows(split(table.rows, how, classes, seed).map_err(whole)?),
        Grouping::Windows { window, horizon, stride } => {
            let windows = Windows { window: *window, horizon: *horizon, stride: *stride };
            let (parts, train) = windows.parts(table.rows, how).map_err(whole)?;
            Groups::Runs(parts, train.collect())
        }
        Grouping::Sequences { column, length } => {
            let members = members(&table, column, *length).map_err(|wrong| wrong.at(path, form))?;
            divided(&members, how, classes, seed).map_err(whole)?
        }
    };

    let fitted: Vec<Column> =
        x.iter().chain(&y).zip(&table.cells).map(|(planned, cells)| planned.fit(cells, groups.trained())).collect();
    let (x, y) = (fitted[..x.len()].to_vec(), fitted[x.len()..].to_vec());
    let (Form { header, separator }, missing, columns) = (form, csv.missing, records.columns());
    let encodings = TableEncodings { header, separator, missing, columns, grouping, x, y, weight };
    demand.check(&encodings).map_err(whole)?;
    let [train, validation, test] = match groups {
        Groups::Rows(Parts { train, validation, test }) => {
            let encode = |rows: &[usize], part| {
                let examples = encode(&encodings, &table, rows).map_err(|unseen| unseen.at(path, form))?;
                weighted(examples, &encodings, &table, rows.iter().copied(), Some(part)).map_err(whole)
            };
            [encode(&train, "training")?, encode(&validation, "validation")?, encode(&test, "test")?]
        }
        Groups::Runs(parts, _) => {
            let encoded = encode_all(&encodings, &table).map_err(|unseen| unseen.at(path, form))?;
            let rows = encodings.grouping.input_rows();
            let gather = |members: &[Member], part| {
                let examples = encoded.gather(members, rows, &|place| demand.padding(place)).map_err(whole)?;
                weighted(examples, &encodings, &table, weighing(members), Some(part)).map_err(whole)
            };
            [gather(&parts[0], "training")?, gather(&parts[1], "validation")?, gather(&parts[2], "test")?]
        }
    };
    let (test, left_out) = match csv.test {
        Some(file) => reload(&path.with_file_name(file), &encodings, demand)?,
        None => (test, 0),
    };
    let dropped = table.dropped + left_out;
    Ok(Dataset { encodings: Encodings::Table(encodings), train, validation, test, dropped })
}

/// The examples of each part.
enum Groups {
    /// Rows by themselves.
    Rows(Parts),
    /// Runs of rows, and which rows are trained on.
    Runs([Vec<Member>; 3], Vec<usize>),
}

impl Groups {
    /// The rows that encodings are fitted on.
    fn trained(&self) -> &[usize] {
        match self {
            Self::Rows(parts) => &parts.train,
            Self::Runs(_, rows) => rows,
        }
    }
}

/// The column that tells sequences apart, if there is one.
pub(crate) fn id_slot(grouping: &Grouping, records: &Records) -> Result<Option<Slot>, DataError> {
    let slot = |index| Slot { index, kind: Kind::Category(None) };
    let found = grouping.column().map(|column| by_name(column, records).map(slot)).transpose();
    found.map_err(|fault| Place::file(records.file()).fault(fault))
}

/// The sequences of a table whose last cells tell them apart.
pub(crate) fn members(table: &Table, column: &str, length: usize) -> Result<Vec<Member>, Unseen> {
    let id = table.cells.len() - 1;
    let wrong = |(row, fault): (usize, Fault)| Unseen { row: table.numbers[row], index: table.column(id), fault };
    sequences(&table.cells[id], column, length).map_err(wrong)
}

/// Divides sequences as rows are divided, each by the class of its first row.
fn divided(members: &[Member], how: Split, classes: Option<Classes<'_>>, seed: u64) -> Result<Groups, Fault> {
    let firsts: Vec<u32> =
        classes.map_or_else(Vec::new, |classes| members.iter().map(|member| classes.ids[member.y.start]).collect());
    let classes = classes.map(|classes| Classes { ids: &firsts, ..classes });
    let Parts { train, validation, test } = split(members.len(), how, classes, seed)?;
    let rows = train.iter().flat_map(|sequence| members[*sequence].x.clone()).collect();
    let chosen = |part: Vec<usize>| part.into_iter().map(|sequence| members[sequence].clone()).collect();
    Ok(Groups::Runs([train, validation, test].map(chosen), rows))
}

/// Reads the file at `path` as the training file was read; also the rows that were left out.
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub(super) fn reload(
    path: &Path,
    encodings: &TableEncodings,
    demand: &Demand<'_>,
) -> Result<(Examples<f64>, usize), DataError> {
    let mut records = Records::open(path, encodings.form())?;
    demand.check(encodings).map_err(|fault| Place::file(records.file()).fault(fault))?;
    let mut slots = slots(&encodings.x, &[], encodings.columns, &records, Some(demand))?;
    slots.extend(self::slots(&encodings.y, &[], encodings.columns, &records, None)?);
    let weight = again(encodings.weight.as_slice(), &[], encodings.columns, &records)?;
    slots.extend(weight.into_iter().map(weight_slot));
    slots.extend(id_slot(&encodings.grouping, &records)?);
    let reading = Reading { missing: encodings.missing, precision: demand.precision, predicting: false };
    let mut table = Table::new(slots, reading);
    table.read(&mut records)?;
    let at = |wrong: Unseen| wrong.at(path, encodings.form());
    let whole = |fault: Fault| Place::file(records.file()).fault(fault);
    let members = match &encodings.grouping {
        Grouping::Rows => {
            let rows: Vec<usize> = (0..table.rows).collect();
            let examples = encode(encodings, &table, &rows).map_err(at)?;
            return Ok((weighted(examples, encodings, &table, 0..table.rows, None).map_err(whole)?, table.dropped));
        }
        Grouping::Windows { window, horizon, stride } => {
            let windows = Windows { window: *window, horizon: *horizon, stride: *stride };
            windows.within(0..table.rows, None).map_err(whole)?
        }
        Grouping::Sequences { column, length } => members(&table, column, *length).map_err(at)?,
    };
    let encoded = encode_all(encodings, &table).map_err(at)?;
    let rows = encodings.grouping.input_rows();
    let examples = encoded.gather(&members, rows, &|place| demand.padding(place)).map_err(whole)?;
    Ok((weighted(examples, encodings, &table, weighing(&members), None).map_err(whole)?, table.dropped))
}

/// The row of each example whose sample weight is that of the example: the first of its target.
fn weighing(members: &[Member]) -> impl Iterator<Item = usize> {
    members.iter().map(|member| member.y.start)
}

/// The column of the sample weights.
fn weight(name: &str, records: &Records) -> Result<Column, DataError> {
    let index = by_name(name, records).map_err(|fault| Place::file(records.file()).fault(fault))?;
    Ok(Column { index, name: Some(name.to_string()), fitted: Fitted::Number })
}

fn weight_slot(index: usize) -> Slot {
    Slot { index, kind: Kind::Weight }
}

/// The examples of a part with sample weights, if the table has such: those of the rows `at`.
fn weighted(
    mut examples: Examples<f64>,
    encodings: &TableEncodings,
    table: &Table,
    at: impl Iterator<Item = usize>,
    part: Option<&'static str>,
) -> Result<Examples<f64>, Fault> {
    let Some(column) = &encodings.weight else { return Ok(examples) };
    let Cells::Numbers(weights) = &table.cells[encodings.x.len() + encodings.y.len()] else { return Ok(examples) };
    examples.sample_weights = at.map(|row| weights[row]).collect();
    if examples.rows > 0 && examples.sample_weights.iter().all(|weight| *weight == 0.0) {
        return Err(Fault::NoWeight(column.called(), part));
    }
    Ok(examples)
}

/// How fitted columns are read in another file, which may lack the `optional` ones; `trained` columns were in the training file. Those of
/// an input are ids where the `demand` says so.
pub(crate) fn slots(
    columns: &[Column],
    optional: &[Column],
    trained: usize,
    records: &Records,
    demand: Option<&Demand<'_>>,
) -> Result<Vec<Slot>, DataError> {
    let indices = again(columns, optional, trained, records)?;
    let kind = |(column, places): (&Column, Range<usize>)| match column.fitted.categories() {
        Some(categories) => Kind::Category(Some(categories.to_vec())),
        None => demand.and_then(|demand| demand.vocabulary(places)).map_or(Kind::Number, Kind::Id),
    };
    let kinds = columns.iter().zip(places_in(columns)).map(kind);
    Ok(kinds.zip(indices).map(|(kind, index)| Slot { index, kind }).collect())
}

/// For each column of an input how many ids there are, if it holds ids. Behind a column that becomes a value for each category it is not
/// yet known where a value will stand, unless all are ids.
fn vocabularies(columns: &[Planned], demand: &Demand<'_>) -> Vec<Option<usize>> {
    let whole = demand.vocabulary(0..demand.inputs);
    let known = columns.iter().take_while(|planned| planned.encoding != Encoding::OneHot).count();
    (0..columns.len()).map(|at| whole.or_else(|| demand.vocabulary(at..at + 1).filter(|_| at < known))).collect()
}

/// A column that is to be fitted.
struct Planned {
    index: usize,
    name: Option<String>,
    encoding: Encoding,
}

fn planned(fields: &[Field], records: &Records) -> Result<Vec<Planned>, DataError> {
    let mut planned = Vec::new();
    for field in fields {
        for index in indices(field.columns, records)? {
            let name = records.header().map(|names| names[index].clone());
            planned.push(Planned { index, name, encoding: field.encoding });
        }
    }
    Ok(planned)
}

impl Planned {
    fn slot(&self, vocabulary: Option<usize>) -> Slot {
        let kind = match self.encoding {
            Encoding::OneHot | Encoding::Labels => Kind::Category(None),
            Encoding::Number => vocabulary.map_or(Kind::Number, Kind::Id),
            Encoding::Standardize | Encoding::Normalize { .. } | Encoding::MinMax { .. } | Encoding::Scale { .. } => {
                Kind::Number
            }
        };
        Slot { index: self.index, kind }
    }

    fn fit(&self, cells: &Cells, rows: &[usize]) -> Column {
        Column { index: self.index, name: self.name.clone(), fitted: Fitted::fit(self.encoding, cells, rows) }
    }

    fn called(&self) -> String {
        called(self.index, self.name.as_deref())
    }
}

/// What is wrong with a row, such as a category that no training row has: where it is, and what it is.
pub(crate) struct Unseen {
    /// The number of the row in the file, from 0.
    row: usize,
    /// The column in the file.
    index: usize,
    pub(crate) fault: Fault,
}

impl Unseen {
    /// Reads the file once more to find the place: a table keeps none, because this is rare.
    fn at(self, path: &Path, form: Form) -> DataError {
        let mut place = Place { file: path.display().to_string(), at: None };
        if let Ok(mut records) = Records::open(path, form) {
            let mut left = self.row + 1;
            while left > 0 && matches!(records.advance(), Ok(true)) {
                left -= 1;
            }
            place = records.place(self.index);
        }
        place.fault(self.fault)
    }
}

/// The `rows` of `table`, whose cells are those of `x`, then those of `y` (if it has any).
fn encode(encodings: &TableEncodings, table: &Table, rows: &[usize]) -> Result<Examples<f64>, Unseen> {
    let (x, y) = table.cells.split_at(encodings.x.len());
    let mut unseen = None;
    let inputs = encode_side(&encodings.x, x, table, rows, &mut unseen);
    let targets = encode_side(&encodings.y, y, table, rows, &mut unseen);
    if let Some(unseen) = unseen {
        return Err(unseen);
    }
    let targets = match &encodings.y[..] {
        [Column { fitted: Fitted::Labels { .. }, .. }] => {
            Answers::Classes(targets.into_iter().map(|class| class as usize).collect())
        }
        _ => Answers::Values(targets),
    };
    Ok(Examples { rows: rows.len(), inputs, targets, sample_weights: Vec::new() })
}

/// All rows of `table`, in its order.
fn encode_all(encodings: &TableEncodings, table: &Table) -> Result<Encoded, Unseen> {
    let rows: Vec<usize> = (0..table.rows).collect();
    let Examples { inputs: x, targets, .. } = encode(encodings, table, &rows)?;
    let widths = [&encodings.x, &encodings.y].map(|columns| super::widths::width(columns));
    Ok(match targets {
        Answers::Classes(classes) => {
            Encoded { x, y: classes.into_iter().map(|class| class as f64).collect(), widths, classes: true }
        }
        Answers::Values(y) => Encoded { x, y, widths, classes: false },
    })
}

/// The inputs of all rows of a table that has the cells of `x` only.
pub(crate) fn encode_inputs(encodings: &TableEncodings, table: &Table) -> Vec<f64> {
    let rows: Vec<usize> = (0..table.rows).collect();
    encode_side(&encodings.x, &table.cells, table, &rows, &mut None)
}

/// Values of each row side by side. `unseen` becomes the first unseen category of the file, if there is one.
fn encode_side(
    columns: &[Column],
    cells: &[Cells],
    table: &Table,
    rows: &[usize],
    unseen: &mut Option<Unseen>,
) -> Vec<f64> {
    let width = super::widths::width(columns);
    let mut values = std::vec![0.0; rows.len() * width];
    let mut offset = 0;
    for (column, cells) in columns.iter().zip(cells) {
        let of_row = values.chunks_exact_mut(width.max(1)).zip(rows);
        match cells {
            Cells::Numbers(numbers) => of_row.for_each(|(out, row)| out[offset] = column.fitted.encode(numbers[*row])),
            Cells::Categories { names, ids } => {
                let places = places(column, names);
                for (out, row) in of_row {
                    match (places[ids[*row] as usize], &column.fitted) {
                        (Some(place), Fitted::OneHot { .. }) => out[offset + place] = 1.0,
                        (Some(place), _) => out[offset] = place as f64,
                        (None, _) => blame(unseen, column, &names[ids[*row] as usize], table.numbers[*row]),
                    }
                }
            }
        }
        offset += column.fitted.width();
    }
    values
}

/// The index of each name among the categories of the training rows.
fn places(column: &Column, names: &[String]) -> Vec<Option<usize>> {
    let categories = column.fitted.categories().unwrap_or_default();
    let index: std::collections::HashMap<&str, usize> = categories.iter().map(String::as_str).zip(0..).collect();
    names.iter().map(|name| index.get(name.as_str()).copied()).collect()
}

fn blame(unseen: &mut Option<Unseen>, column: &Column, cell: &str, row: usize) {
    if unseen.as_ref().is_none_or(|first| row < first.row) {
        let known = column.fitted.categories().unwrap_or_default().to_vec();
        let fault = Fault::UnseenCategory { column: column.called(), cell: cell.into(), known };
        *unseen = Some(Unseen { row, index: column.index, fault });
    }
}
