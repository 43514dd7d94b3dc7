//! What one example is made of when it is given by name: JSON in, the values of an input out; knows no file and no network.

use std::borrow::Cow;
use std::boxed::Box;
use std::collections::HashMap;
use std::string::{String, ToString};
use std::vec::Vec;

use serde::Serialize;
use serde_json::Value;

use super::cells;
use super::encoding::{Column, Encodings, TableEncodings};
use super::fault::Fault;
use super::field_fault::{FieldError, FieldFault};
use super::fitted::Fitted;
use super::grouping::Grouping;
use super::suggest::nearest;
use super::table::{MISSING, Precision};
use super::widths::{Demand, places};
use crate::recipe::Missing;

/// How an example is given.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-fields-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::data::{Demand, Fields};
/// let fields = Fields::new(Some(&trained.encodings), &Demand::of(Line::PROGRAM));
/// let mut values = Vec::new();
/// fields.encode(&serde_json::json!({ "x": 0.5 }), &mut values)?;
/// assert_eq!(values, [0.5]);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Fields {
    given: Given,
    /// How cells are read.
    precision: Precision,
    missing: Missing,
    /// Values of one input.
    inputs: usize,
}

#[derive(Clone, Debug)]
enum Given {
    /// The cells of a row.
    Row(Vec<Entry>),
    /// Rows one behind the other, at least and at most so many; what stands for rows that are not there.
    Rows { entries: Vec<Entry>, least: usize, most: usize, padding: Vec<f64> },
    /// Arrays.
    Arrays(Vec<Entry>),
    /// The last characters of a text: their ids, and how many are read.
    Text { ids: HashMap<char, usize>, window: usize },
    /// The numbers that the network takes.
    Numbers(Entry),
}

/// A column, or an array of values that are read alike.
#[derive(Clone, Debug)]
struct Entry {
    name: String,
    /// Cells of it in one example.
    cells: usize,
    fitted: Fitted,
    /// The place of each category.
    known: HashMap<String, usize>,
    /// How many ids there are, for each of its places that holds ids; empty if none does.
    ids: Vec<Option<usize>>,
}

/// What is told about a column or an array.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::data::{Demand, Fields};
/// let numbers = &Fields::new(None, &Demand::of(Net::PROGRAM)).list()[0];
/// assert_eq!((numbers.kind, numbers.values), ("number", 2));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Field {
    /// What it is called.
    pub name: String,
    /// `number`, `category` or `id`.
    pub kind: &'static str,
    /// How many values it has in one example (in one row of a window or of a sequence).
    pub values: usize,
    /// The categories, if it has any.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
}

/// How an example is given, in words for programs.
///
/// ```
/// use nn_runtime::data::Takes;
/// // As `GET /model` of a server tells it.
/// assert_eq!(serde_json::to_string(&Takes::Text { characters: 64 })?, "{\"as\":\"text\",\"characters\":64}");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "as")]
pub enum Takes {
    /// An object of columns, or an array of cells in the order of the fields.
    Row,
    /// An array of rows, or an object with `steps`, which are such rows.
    Rows {
        /// The fewest rows.
        least: usize,
        /// The most rows.
        most: usize,
    },
    /// An object of arrays; of one array also that alone. Nested as deep as one likes: only the order of the numbers counts.
    Arrays,
    /// A text, of which the last characters are read, or an object with `text`.
    Text {
        /// How many characters.
        characters: usize,
    },
    /// Numbers, nested as deep as one likes: only their order counts.
    Numbers,
}

impl Fields {
    /// How examples of these encodings are given; without any, as the numbers that the network takes.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::data::{Demand, Fields, Takes};
    /// assert_eq!(Fields::new(None, &Demand::of(Net::PROGRAM)).takes(), Takes::Numbers);
    /// ```
    pub fn new(encodings: Option<&Encodings>, demand: &Demand<'_>) -> Self {
        let missing = match encodings {
            Some(Encodings::Table(table)) => table.missing,
            _ => Missing::Error,
        };
        let given = match encodings {
            Some(Encodings::Table(table)) => of_table(table, demand),
            Some(Encodings::Arrays(arrays)) => {
                let mut first = 0;
                let entry = |field: &super::ArrayField| {
                    let wide = field.values * field.fitted.width();
                    let vocabulary = demand.vocabulary(first..first + wide);
                    first += wide;
                    Entry::new(field.array.clone(), field.values, &field.fitted, std::vec![vocabulary; field.values])
                };
                Given::Arrays(arrays.x.iter().map(entry).collect())
            }
            Some(Encodings::Text(text)) => {
                let characters = text.characters.iter().filter_map(|character| character.chars().next());
                Given::Text { ids: characters.zip(0..).collect(), window: text.window }
            }
            None => {
                let ids = (0..demand.inputs).map(|place| demand.vocabulary(place..place + 1)).collect();
                Given::Numbers(Entry::new("values".into(), demand.inputs, &Fitted::Number, ids))
            }
        };
        Self { given, precision: demand.precision, missing, inputs: demand.inputs }
    }

    /// What examples are given as.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-takes-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::data::{Demand, Fields, Takes};
    /// assert_eq!(Fields::new(Some(&trained.encodings), &Demand::of(Line::PROGRAM)).takes(), Takes::Row);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn takes(&self) -> Takes {
        match &self.given {
            Given::Row(_) => Takes::Row,
            Given::Rows { least, most, .. } => Takes::Rows { least: *least, most: *most },
            Given::Arrays(_) => Takes::Arrays,
            Given::Text { window, .. } => Takes::Text { characters: *window },
            Given::Numbers(_) => Takes::Numbers,
        }
    }

    /// The columns or arrays, in the order in which an array gives them; none of a text.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::data::{Demand, Fields};
    /// let fields = Fields::new(None, &Demand::of(Net::PROGRAM)).list();
    /// assert_eq!((fields.len(), fields[0].values), (1, 2));
    /// ```
    pub fn list(&self) -> Vec<Field> {
        let entries = match &self.given {
            Given::Row(entries) | Given::Rows { entries, .. } | Given::Arrays(entries) => &entries[..],
            Given::Numbers(entry) => std::slice::from_ref(entry),
            Given::Text { .. } => &[],
        };
        entries.iter().map(Entry::told).collect()
    }

    /// Puts the values of one example behind `out`.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::data::{Demand, Fields};
    /// let (fields, mut values) = (Fields::new(None, &Demand::of(Net::PROGRAM)), vec![9.0]);
    /// fields.encode(&serde_json::json!([1.5, 2]), &mut values)?;
    /// assert_eq!(values, [9.0, 1.5, 2.0]);
    /// assert!(fields.encode(&serde_json::json!("much"), &mut values).is_err());
    /// assert_eq!(values.len(), 3);
    /// # Ok::<(), nn_runtime::data::FieldError>(())
    /// ```
    ///
    /// # Errors
    /// The first field that is wrong; then `out` stays as it was.
    pub fn encode(&self, example: &Value, out: &mut Vec<f64>) -> Result<(), FieldError> {
        let begin = out.len();
        let encoded = self.put(example, out);
        if encoded.is_err() {
            out.truncate(begin);
        } else {
            debug_assert_eq!(out.len() - begin, self.inputs);
        }
        encoded
    }

    fn put(&self, example: &Value, out: &mut Vec<f64>) -> Result<(), FieldError> {
        match &self.given {
            Given::Row(entries) => self.row(entries, example, out),
            Given::Rows { entries, least, most, padding } => {
                let (rows, field) = within(example, "steps");
                let Value::Array(rows) = rows else { return Err(kind("an array of rows", rows).at(field)) };
                if !(*least..=*most).contains(&rows.len()) {
                    return Err(FieldFault::RowCount { found: rows.len(), least: *least, most: *most }.at(field));
                }
                let begin = out.len();
                for (number, row) in rows.iter().enumerate() {
                    let placed = self.row(entries, row, out);
                    placed.map_err(|error| error.within(&std::format!("{field}[{number}]")))?;
                }
                out.extend_from_slice(&padding[out.len() - begin..]);
                Ok(())
            }
            Given::Arrays(entries) => match (example, &entries[..]) {
                (Value::Object(object), _) => self.object(entries, object, out, Self::array),
                (_, [entry]) => self.array(entry, example, out),
                _ => Err(kind("an object of arrays", example).whole()),
            },
            Given::Numbers(entry) => {
                let (numbers, field) = within(example, &entry.name);
                self.array(entry, numbers, out).map_err(|error| error.within(field))
            }
            Given::Text { ids, window } => text(ids, *window, example, out),
        }
    }

    fn row(&self, entries: &[Entry], row: &Value, out: &mut Vec<f64>) -> Result<(), FieldError> {
        match row {
            Value::Object(object) => self.object(entries, object, out, Self::cell),
            Value::Array(cells) if cells.len() == entries.len() => entries
                .iter()
                .zip(cells)
                .try_for_each(|(entry, cell)| self.cell(entry, cell, out).map_err(|error| error.within(&entry.name))),
            Value::Array(cells) => {
                let names = entries.iter().map(|entry| entry.name.clone()).collect();
                Err(FieldFault::CellCount { found: cells.len(), names }.whole())
            }
            other => Err(kind("an object of columns or an array of cells", other).whole()),
        }
    }

    /// What stands under the name of each entry; other names may be there as well.
    fn object(
        &self,
        entries: &[Entry],
        object: &serde_json::Map<String, Value>,
        out: &mut Vec<f64>,
        put: fn(&Self, &Entry, &Value, &mut Vec<f64>) -> Result<(), FieldError>,
    ) -> Result<(), FieldError> {
        for entry in entries {
            let Some(value) = object.get(&entry.name) else {
                let there: Vec<String> = object.keys().cloned().collect();
                let near = nearest(&entry.name, &there).map(ToString::to_string);
                return Err(FieldFault::Missing { near }.at(&entry.name));
            };
            put(self, entry, value, out).map_err(|error| error.within(&entry.name))?;
        }
        Ok(())
    }

    /// One cell: the values that it becomes.
    fn cell(&self, entry: &Entry, cell: &Value, out: &mut Vec<f64>) -> Result<(), FieldError> {
        self.value(entry, 0, cell, out).map_err(FieldFault::whole)
    }

    /// The values of an array, in their order, however deep they are nested.
    fn array(&self, entry: &Entry, value: &Value, out: &mut Vec<f64>) -> Result<(), FieldError> {
        let mut found = 0;
        self.flat(entry, value, &mut found, out)?;
        match found == entry.cells {
            true => Ok(()),
            false => Err(FieldFault::ValueCount { found, expected: entry.cells }.whole()),
        }
    }

    fn flat(&self, entry: &Entry, value: &Value, found: &mut usize, out: &mut Vec<f64>) -> Result<(), FieldError> {
        let Value::Array(values) = value else {
            *found += 1;
            // All are counted, but those that are too many are not read.
            return if *found > entry.cells {
                Ok(())
            } else {
                self.value(entry, *found - 1, value, out).map_err(FieldFault::whole)
            };
        };
        values.iter().enumerate().try_for_each(|(number, value)| {
            self.flat(entry, value, found, out).map_err(|error| error.within(&std::format!("[{number}]")))
        })
    }

    /// What a single value says.
    fn value(&self, entry: &Entry, place: usize, cell: &Value, out: &mut Vec<f64>) -> Result<(), FieldFault> {
        let vocabulary = entry.ids.get(place).copied().flatten();
        if let (Value::Number(number), None, None) = (cell, vocabulary, entry.fitted.categories())
            && let Some(number) = number.as_f64().filter(|number| number.abs() <= self.precision.largest())
        {
            out.push(entry.fitted.of(place).encode(number));
            return Ok(());
        }
        let said = match cell {
            Value::String(text) => Cow::Borrowed(text.trim()),
            Value::Number(number) => Cow::Owned(number.to_string()),
            Value::Bool(truth) => Cow::Borrowed(if *truth { "true" } else { "false" }),
            Value::Null => Cow::Borrowed(""),
            Value::Array(_) | Value::Object(_) => return Err(kind("a single value", cell)),
        };
        let called = || std::format!("`{}`", entry.name);
        if let Some(categories) = entry.fitted.categories() {
            let missing = matches!(&*said, "" | MISSING);
            if missing && self.missing != Missing::Category {
                return Err(self.missing_cell(called(), &said).into());
            }
            let said = if missing { MISSING } else { &said };
            // JSON does not tell 3 from 3.0, and a table may have written either.
            let place = entry.known.get(said).or_else(|| entry.known.get(said.strip_suffix(".0")?));
            let Some(&place) = place else {
                let known = categories.to_vec();
                return Err(Fault::UnseenCategory { column: called(), cell: said.into(), known }.into());
            };
            let begin = out.len();
            match entry.fitted {
                Fitted::OneHot { .. } => {
                    out.resize(begin + categories.len(), 0.0);
                    out[begin + place] = 1.0;
                }
                _ => out.push(place as f64),
            }
            return Ok(());
        }
        if matches!(&*said, "" | MISSING) {
            return Err(self.missing_cell(called(), &said).into());
        }
        out.push(entry.fitted.of(place).encode(cells::number(&said, vocabulary, self.precision, called)?));
        Ok(())
    }

    fn missing_cell(&self, column: String, cell: &str) -> Fault {
        Fault::MissingCell { column, cell: cell.into(), policy: self.missing, predicting: true }
    }
}

/// Columns: of a row, of a window or of a sequence.
fn of_table(table: &TableEncodings, demand: &Demand<'_>) -> Given {
    let entry = |(column, place): (&Column, core::ops::Range<usize>)| {
        let ids = std::vec![demand.vocabulary(place)];
        Entry::new(column.title(), 1, &column.fitted, ids)
    };
    let entries = table.x.iter().zip(places(&table.x)).map(entry).collect();
    let padding = || (0..demand.inputs).map(|place| demand.padding(place)).collect();
    match table.grouping {
        Grouping::Rows => Given::Row(entries),
        Grouping::Windows { window, .. } => Given::Rows { entries, least: window, most: window, padding: padding() },
        Grouping::Sequences { length, .. } => Given::Rows { entries, least: 1, most: length, padding: padding() },
    }
}

/// The ids of the last characters of a text.
fn text(ids: &HashMap<char, usize>, window: usize, example: &Value, out: &mut Vec<f64>) -> Result<(), FieldError> {
    let (said, field) = within(example, "text");
    let Value::String(said) = said else { return Err(kind("a text", said).at(field)) };
    let characters = said.chars().count();
    let Some(before) = characters.checked_sub(window) else {
        return Err(FieldFault::ShortText { characters, window }.at(field));
    };
    for character in said.chars().skip(before) {
        let id = ids.get(&character);
        out.push(*id.ok_or_else(|| FieldFault::Unseen { character, known: ids.len() }.at(field))? as f64);
    }
    Ok(())
}

/// What an object has under `name`, and that name; or the value itself.
fn within<'v, 'n>(value: &'v Value, name: &'n str) -> (&'v Value, &'n str) {
    match value.get(name) {
        Some(inner) => (inner, name),
        None => (value, ""),
    }
}

fn kind(expected: &'static str, found: &Value) -> FieldFault {
    FieldFault::Kind { expected, found: kind_of(found) }
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

impl Entry {
    fn new(name: String, cells: usize, fitted: &Fitted, ids: Vec<Option<usize>>) -> Self {
        let known = fitted.categories().unwrap_or_default().iter().cloned().zip(0..).collect();
        let ids = if ids.iter().all(Option::is_none) { Vec::new() } else { ids };
        Self { name, cells, fitted: fitted.clone(), known, ids }
    }

    fn told(&self) -> Field {
        let categories = self.fitted.categories().unwrap_or_default().to_vec();
        let kind = match (&categories[..], &self.ids[..]) {
            ([_, ..], _) => "category",
            ([], [_, ..]) => "id",
            ([], []) => "number",
        };
        Field { name: self.name.clone(), kind, values: self.cells, categories }
    }
}

impl From<Fault> for FieldFault {
    fn from(fault: Fault) -> Self {
        Self::Cell(Box::new(fault))
    }
}
