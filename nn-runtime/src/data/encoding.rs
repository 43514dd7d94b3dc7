//! How cells become numbers, as fitted on the training rows, and the JSON in which that travels with the weights; knows no network.

use std::string::{String, ToString};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::grouping::Grouping;
use super::idx::IdxNames;
use super::layout::called;
use super::records::Form;
use super::table::{Cells, MISSING};
use super::text::TextEncodings;
use crate::recipe::{Encoding, Header, Missing};

/// All that is needed to read data again as that of the training was read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encodings {
    /// Of a table.
    Table(TableEncodings),
    /// Of arrays.
    Arrays(ArrayEncodings),
    /// Of a text.
    Text(TextEncodings),
}

/// How a table is read, and what its columns become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TableEncodings {
    /// Whether the first line names the columns.
    #[serde(with = "words::Header")]
    pub header: Header,
    /// The byte between cells.
    pub separator: u8,
    /// What is done with missing cells.
    #[serde(with = "words::Missing")]
    pub missing: Missing,
    /// How many columns the training file has.
    pub columns: usize,
    /// Which rows make one example.
    #[serde(default)]
    pub grouping: Grouping,
    /// The columns of the inputs, in the order of their values.
    pub x: Vec<Column>,
    /// The columns of the targets.
    pub y: Vec<Column>,
    /// The column that says how much each row counts in the loss.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<Column>,
}

/// How arrays are read, and what they become.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArrayEncodings {
    /// What the files of the training are.
    pub files: Files,
    /// The arrays of the inputs, in the order of their values.
    pub x: Vec<ArrayField>,
    /// The arrays of the targets.
    pub y: Vec<ArrayField>,
}

/// What the files of arrays are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Files {
    /// IDX files; `None` for those of MNIST under their usual names.
    Idx(Option<IdxNames>),
    /// Images in folders of their classes, in this folder of those.
    Images(String),
    /// Arrays as numpy writes them, by their names.
    Arrays,
}

/// An array and what becomes of its values.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArrayField {
    /// Its name.
    pub array: String,
    /// The name of the one that holds it for the examples that are tested on.
    #[serde(default)]
    pub test: Option<String>,
    /// How many values of it belong to one example.
    pub values: usize,
    /// What becomes of each.
    pub fitted: Fitted,
}

/// A column and how its cells become numbers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// From 0, in the training file.
    pub index: usize,
    /// Its name there, if it has a header.
    pub name: Option<String>,
    /// How its cells become numbers.
    pub fitted: Fitted,
}

/// An [`Encoding`] with what the training rows taught it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fitted {
    /// The number itself.
    Number,
    /// `(x - mean) / deviation`
    Standardize {
        /// The mean of the training rows.
        mean: f64,
        /// Their standard deviation, divisor n; 0 for a constant column, whose values become 0.
        deviation: f64,
    },
    /// `(x - mean) / deviation` with numbers of their own for each channel: each value of the last axis.
    Normalize {
        /// Mean and deviation of each channel in turn; a deviation of 0 as for `Standardize`.
        channels: Vec<(f64, f64)>,
    },
    /// From `least..greatest` to `low..high`.
    MinMax {
        /// The smallest training value.
        least: f64,
        /// The largest training value.
        greatest: f64,
        /// Its image; a constant column becomes `low`.
        low: f64,
        /// The image of the largest.
        high: f64,
    },
    /// `x * factor + offset`
    Scale {
        /// What each number is multiplied by.
        factor: f64,
        /// What is added then.
        offset: f64,
    },
    /// 1 for the category at hand, 0 for the others.
    OneHot {
        /// The categories of the training rows.
        categories: Vec<String>,
    },
    /// The index of the category.
    Labels {
        /// The categories of the training rows.
        categories: Vec<String>,
    },
}

impl Encodings {
    /// The names of the classes, if the target is one column of them.
    pub fn classes(&self) -> Option<&[String]> {
        match self {
            Self::Table(TableEncodings { y, .. }) => match &y[..] {
                [column] => column.fitted.categories(),
                _ => None,
            },
            Self::Arrays(ArrayEncodings { y, .. }) => match &y[..] {
                [field] => field.fitted.categories(),
                _ => None,
            },
            // A confusion matrix of all characters says nothing.
            Self::Text(_) => None,
        }
    }

    /// The columns of the inputs, in the order of their values; each value of an array is one.
    pub fn inputs(&self) -> Vec<Column> {
        match self {
            Self::Table(table) => table.x.clone(),
            Self::Arrays(arrays) => columns(&arrays.x),
            Self::Text(text) => std::vec![text.column("character"); text.window],
        }
    }

    /// The columns of the targets.
    pub fn targets(&self) -> Vec<Column> {
        match self {
            Self::Table(table) => ahead(&table.y, table.grouping.target_rows()),
            Self::Arrays(arrays) => columns(&arrays.y),
            Self::Text(text) => std::vec![text.column("character")],
        }
    }

    /// The byte between cells where examples are told as a table.
    pub fn separator(&self) -> u8 {
        match self {
            Self::Table(table) => table.separator,
            Self::Arrays(_) | Self::Text(_) => b',',
        }
    }

    /// As JSON.
    ///
    /// # Errors
    /// None for encodings that were fitted, which are finite; the words of `serde_json` otherwise.
    pub fn to_json(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| error.to_string())
    }

    /// From JSON.
    ///
    /// # Errors
    /// What is wrong with the JSON, in the words of `serde_json`.
    pub fn from_json(json: &str) -> Result<Self, String> {
        serde_json::from_str(json).map_err(|error| error.to_string())
    }
}

impl TableEncodings {
    /// How rows of bare numbers are read: a column for each value of an input in its order, whatever a header calls them. Those of arrays
    /// are what the arrays would hold, those of a text ids.
    pub(crate) fn bare(encodings: Option<&Encodings>, inputs: usize) -> Self {
        let fitted: Vec<Fitted> = match encodings {
            Some(Encodings::Arrays(arrays)) => columns(&arrays.x).into_iter().map(|column| column.fitted).collect(),
            Some(Encodings::Table(_) | Encodings::Text(_)) | None => std::vec![Fitted::Number; inputs],
        };
        let column = |(index, fitted)| Column { index, name: None, fitted };
        let x: Vec<Column> = fitted.into_iter().enumerate().map(column).collect();
        Self {
            header: Header::Auto,
            separator: b',',
            missing: Missing::Error,
            columns: x.len(),
            grouping: Grouping::Rows,
            x,
            y: Vec::new(),
            weight: None,
        }
    }

    /// The columns of the training file that a prediction does not need.
    pub(crate) fn beside_inputs(&self) -> Vec<Column> {
        self.y.iter().chain(&self.weight).cloned().collect()
    }

    /// How the file is written.
    pub fn form(&self) -> Form {
        Form { header: self.header, separator: self.separator }
    }
}

/// A column for each value of arrays, numbered where there are several.
fn columns(fields: &[ArrayField]) -> Vec<Column> {
    let mut columns = Vec::new();
    for ArrayField { array, values, fitted, .. } in fields {
        for number in 0..*values {
            let name = if *values == 1 { array.clone() } else { std::format!("{array}_{number}") };
            columns.push(Column { index: number, name: Some(name), fitted: fitted.of(number) });
        }
    }
    columns
}

/// The target columns of each of `rows` rows that are answered at once, as many columns, their rows in their names.
fn ahead(y: &[Column], rows: usize) -> Vec<Column> {
    if rows == 1 {
        return y.to_vec();
    }
    let of_row = |row: usize| y.iter().map(move |column| (row, column));
    let columns = (1..=rows).flat_map(of_row);
    let named = |(row, column): (usize, &Column)| {
        let name = std::format!("{}_{row}", column.title());
        Column { name: Some(name), ..column.clone() }
    };
    columns.map(named).collect()
}

impl Column {
    /// How it is called in messages.
    pub fn called(&self) -> String {
        called(self.index, self.name.as_deref())
    }

    /// What the header of a file of predictions calls it.
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.index.to_string())
    }
}

impl Fitted {
    /// Learns from the training `rows` of `cells`.
    pub(crate) fn fit(encoding: Encoding, cells: &Cells, rows: &[usize]) -> Self {
        match (encoding, cells) {
            (Encoding::Number, _) => Self::Number,
            (Encoding::Scale { factor, offset }, _) => Self::Scale { factor, offset },
            (Encoding::OneHot, Cells::Categories { .. }) => Self::OneHot { categories: categories(cells, rows) },
            (Encoding::Labels, Cells::Categories { .. }) => Self::Labels { categories: categories(cells, rows) },
            (Encoding::Standardize, Cells::Numbers(values)) => {
                let n = rows.len() as f64;
                let mean = rows.iter().map(|row| values[*row]).sum::<f64>() / n;
                let variance = rows.iter().map(|row| (values[*row] - mean).powi(2)).sum::<f64>() / n;
                let constant = rows.iter().all(|row| values[*row] == values[rows[0]]);
                Self::Standardize { mean, deviation: if constant { 0.0 } else { variance.sqrt() } }
            }
            (Encoding::MinMax { low, high }, Cells::Numbers(values)) => {
                let least = rows.iter().map(|row| values[*row]).fold(f64::INFINITY, f64::min);
                let greatest = rows.iter().map(|row| values[*row]).fold(f64::NEG_INFINITY, f64::max);
                Self::MinMax { least, greatest, low, high }
            }
            // A table is read by its encodings: numbers for the numeric ones, categories for the others.
            (
                Encoding::OneHot
                | Encoding::Labels
                | Encoding::Standardize
                | Encoding::Normalize { .. }
                | Encoding::MinMax { .. },
                _,
            ) => Self::Number,
        }
    }

    /// Its name in the language.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Standardize { .. } => "standardize",
            Self::Normalize { .. } => "normalize",
            Self::MinMax { .. } => "min_max",
            Self::Scale { .. } => "scaled",
            Self::OneHot { .. } => "one_hot",
            Self::Labels { .. } => "labels",
        }
    }

    /// The categories, if it has any.
    pub fn categories(&self) -> Option<&[String]> {
        match self {
            Self::OneHot { categories } | Self::Labels { categories } => Some(categories),
            Self::Number
            | Self::Standardize { .. }
            | Self::Normalize { .. }
            | Self::MinMax { .. }
            | Self::Scale { .. } => None,
        }
    }

    /// How many values a cell becomes.
    pub fn width(&self) -> usize {
        match self {
            Self::OneHot { categories } => categories.len(),
            Self::Number
            | Self::Standardize { .. }
            | Self::Normalize { .. }
            | Self::MinMax { .. }
            | Self::Scale { .. }
            | Self::Labels { .. } => 1,
        }
    }

    /// What is done with the value at a place of an array: that of its channel.
    pub fn of(&self, place: usize) -> Self {
        match self {
            Self::Normalize { channels } => {
                let (mean, deviation) = channels[place % channels.len()];
                Self::Standardize { mean, deviation }
            }
            other => other.clone(),
        }
    }

    /// How many values of an array stand side by side that are not treated alike: the channels of `normalize`, else 1.
    pub fn period(&self) -> usize {
        if let Self::Normalize { channels } = self { channels.len() } else { 1 }
    }

    /// What the number `x` becomes; in an array with channels, that of the first: see [`Fitted::of`].
    pub fn encode(&self, x: f64) -> f64 {
        match *self {
            Self::Normalize { .. } => self.of(0).encode(x),
            Self::Standardize { deviation: 0.0, .. } => 0.0,
            Self::Standardize { mean, deviation } => (x - mean) / deviation,
            Self::MinMax { least, greatest, low, .. } if least == greatest => low,
            Self::MinMax { least, greatest, low, high } => low + (x - least) / (greatest - least) * (high - low),
            Self::Scale { factor, offset } => x * factor + offset,
            Self::Number | Self::OneHot { .. } | Self::Labels { .. } => x,
        }
    }

    /// The number that becomes `value`: an output in the unit of its column; in an array with channels, that of the first.
    pub fn decode(&self, value: f64) -> f64 {
        match *self {
            Self::Normalize { .. } => self.of(0).decode(value),
            Self::Standardize { mean, deviation } => value * deviation + mean,
            Self::MinMax { least, low, high, .. } if low == high => least,
            Self::MinMax { least, greatest, low, high } => least + (value - low) / (high - low) * (greatest - least),
            Self::Scale { factor, offset } => (value - offset) / factor,
            Self::Number | Self::OneHot { .. } | Self::Labels { .. } => value,
        }
    }
}

/// The categories of some rows: sorted as numbers if all of them are, else by name; a missing cell comes last.
fn categories(cells: &Cells, rows: &[usize]) -> Vec<String> {
    let Cells::Categories { names, ids } = cells else { return Vec::new() };
    let mut seen = std::vec![false; names.len()];
    for row in rows {
        seen[ids[*row] as usize] = true;
    }
    let mut found: Vec<String> =
        names.iter().zip(seen).filter(|(_, seen)| *seen).map(|(name, _)| name.clone()).collect();
    let number = |name: &str| name.parse().ok().filter(|x: &f64| x.is_finite());
    let numbers = found.iter().all(|name| name == MISSING || number(name).is_some());
    let key = |name: &str| if numbers { number(name).unwrap_or(f64::INFINITY) } else { 0.0 };
    found.sort_unstable_by(|a, b| {
        let by_number = key(a).total_cmp(&key(b));
        (a == MISSING).cmp(&(b == MISSING)).then(by_number).then_with(|| a.cmp(b))
    });
    found
}

/// The words of the language for settings that are not JSON by themselves.
mod words {
    use serde::{Deserialize, Serialize};

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::recipe::Header", rename_all = "snake_case")]
    pub(super) enum Header {
        Auto,
        Present,
        Absent,
    }

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "crate::recipe::Missing", rename_all = "snake_case")]
    pub(super) enum Missing {
        Error,
        #[serde(rename = "drop")]
        DropRow,
        Category,
    }
}

#[cfg(test)]
mod tests {
    use super::{Cells, Fitted};
    use crate::recipe::Encoding;
    use std::string::{String, ToString};
    use std::vec;
    use std::vec::Vec;

    #[test]
    fn statistics_come_from_the_given_rows_and_go_back() {
        let cells = Cells::Numbers(vec![1.0, 3.0, 1000.0]);
        let fitted = Fitted::fit(Encoding::Standardize, &cells, &[0, 1]);
        assert_eq!(fitted, Fitted::Standardize { mean: 2.0, deviation: 1.0 });
        assert_eq!((fitted.encode(3.0), fitted.decode(1.0)), (1.0, 3.0));
        let fitted = Fitted::fit(Encoding::MinMax { low: -1.0, high: 1.0 }, &cells, &[0, 1]);
        assert_eq!((fitted.encode(1.0), fitted.encode(2.0), fitted.encode(3.0)), (-1.0, 0.0, 1.0));
        assert_eq!(fitted.decode(0.0), 2.0);
    }

    #[test]
    fn each_channel_has_its_own_mean_and_deviation() {
        let fitted = Fitted::Normalize { channels: vec![(1.0, 2.0), (10.0, 0.0)] };
        let of = |place: usize, x: f64| (fitted.of(place).encode(x), fitted.of(place).decode(x));
        assert_eq!((of(0, 5.0), of(2, 5.0)), ((2.0, 11.0), (2.0, 11.0)));
        assert_eq!((of(1, 5.0), of(3, 7.0)), ((0.0, 10.0), (0.0, 10.0)));
        assert_eq!((fitted.period(), Fitted::Number.period()), (2, 1));
        let json = serde_json::to_string(&fitted).unwrap();
        assert_eq!(json, r#"{"normalize":{"channels":[[1.0,2.0],[10.0,0.0]]}}"#);
        assert_eq!(serde_json::from_str::<Fitted>(&json).unwrap(), fitted);
    }

    #[test]
    fn a_constant_column_becomes_0_or_low() {
        let cells = Cells::Numbers(vec![0.1, 0.1, 0.1]);
        assert_eq!(Fitted::fit(Encoding::Standardize, &cells, &[0, 1, 2]).encode(5.0), 0.0);
        assert_eq!(Fitted::fit(Encoding::MinMax { low: 0.25, high: 1.0 }, &cells, &[0, 1, 2]).encode(5.0), 0.25);
    }

    #[test]
    fn categories_are_sorted_as_numbers_if_they_are_and_missing_ones_come_last() {
        let sorted = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(ToString::to_string).collect();
            let ids = (0..names.len() as u32).collect();
            let rows: Vec<usize> = (0..names.len()).collect();
            let fitted = Fitted::fit(Encoding::Labels, &Cells::Categories { names, ids }, &rows);
            fitted.categories().map(<[String]>::to_vec).unwrap_or_default()
        };
        assert_eq!(sorted(&["10", "?", "2", "-1"]), ["-1", "2", "10", "?"]);
        assert_eq!(sorted(&["b", "10", "2", "a"]), ["10", "2", "a", "b"]);
    }
}
