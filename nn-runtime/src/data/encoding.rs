//! How data are read and what their columns and arrays become, and the JSON in which that travels with the weights; knows no network.

use std::string::{String, ToString};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fitted::Fitted;
use super::grouping::Grouping;
use super::idx::IdxNames;
use super::layout::called;
use super::records::Form;
use super::text::TextEncodings;
use crate::recipe::{Header, Missing};

/// All that is needed to read data again as that of the training was read.
///
/// ```
/// use nn_runtime::data::{Encodings, TextEncodings};
/// let characters = ["a", "b", "c"].map(String::from).to_vec();
/// let text = TextEncodings { characters, window: 5, stride: 1, next: true, targets: 1 };
/// let json = Encodings::Text(text).to_json()?;
/// assert!(json.starts_with("{\"text\":{\"characters\":[\"a\",\"b\",\"c\"],\"window\":5"));
/// # Ok::<(), String>(())
/// ```
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tableencodings-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::data::Encodings;
/// let Encodings::Table(table) = trained.encodings else { panic!("it is a table") };
/// assert_eq!((table.columns, table.x[0].index, table.y[0].index), (2, 0, 1));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
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
///
/// ```
/// use nn_runtime::data::{ArrayEncodings, ArrayField, Files, Fitted};
/// let x = ArrayField { array: "x".into(), test: None, values: 2, fitted: Fitted::Number };
/// let y = ArrayField { array: "y".into(), values: 1, ..x.clone() };
/// let arrays = ArrayEncodings { files: Files::Arrays, x: vec![x], y: vec![y] };
/// assert_eq!(arrays.x[0].values, 2);
/// ```
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
///
/// ```
/// use nn_runtime::data::Files;
/// // Those of MNIST under their usual names.
/// let files: Files = serde_json::from_str("{\"idx\":null}")?;
/// assert_eq!(files, Files::Idx(None));
/// # Ok::<(), serde_json::Error>(())
/// ```
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
///
/// ```
/// use nn_runtime::data::{ArrayField, Fitted};
/// let fitted = Fitted::Scale { factor: 1.0 / 255.0, offset: 0.0 };
/// let image = ArrayField { array: "image".into(), test: None, values: 784, fitted };
/// assert_eq!(image.fitted.encode(255.0), 1.0);
/// ```
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
///
/// ```
/// use nn_runtime::data::{Column, Fitted};
/// let age = Column { index: 3, name: Some("age".into()), fitted: Fitted::Standardize { mean: 40.0, deviation: 10.0 } };
/// assert_eq!(age.fitted.encode(55.0), 1.5);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    /// From 0, in the training file.
    pub index: usize,
    /// Its name there, if it has a header.
    pub name: Option<String>,
    /// How its cells become numbers.
    pub fitted: Fitted,
}

impl Encodings {
    /// The names of the classes, if the target is one column of them.
    ///
    /// ```
    /// use nn_runtime::data::{ArrayEncodings, ArrayField, Encodings, Files, Fitted};
    /// let categories = vec!["cat".into(), "dog".into()];
    /// let y = ArrayField { array: "kind".into(), test: None, values: 1, fitted: Fitted::Labels { categories } };
    /// let encodings = Encodings::Arrays(ArrayEncodings { files: Files::Arrays, x: Vec::new(), y: vec![y] });
    /// assert_eq!(encodings.classes().map(|classes| classes.join(", ")), Some("cat, dog".into()));
    /// ```
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
    ///
    /// ```
    /// use nn_runtime::data::{ArrayEncodings, ArrayField, Encodings, Files, Fitted};
    /// let x = ArrayField { array: "x".into(), test: None, values: 2, fitted: Fitted::Number };
    /// let encodings = Encodings::Arrays(ArrayEncodings { files: Files::Arrays, x: vec![x], y: Vec::new() });
    /// let titles: Vec<String> = encodings.inputs().iter().map(|column| column.title()).collect();
    /// assert_eq!(titles, ["x_0", "x_1"]);
    /// ```
    pub fn inputs(&self) -> Vec<Column> {
        match self {
            Self::Table(table) => table.x.clone(),
            Self::Arrays(arrays) => columns(&arrays.x),
            Self::Text(text) => std::vec![text.column("character"); text.window],
        }
    }

    /// The columns of the targets.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-encodingtargets-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// let titles: Vec<String> = trained.encodings.targets().iter().map(|column| column.title()).collect();
    /// assert_eq!(titles, ["y"]);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn targets(&self) -> Vec<Column> {
        match self {
            Self::Table(table) => ahead(&table.y, table.grouping.target_rows()),
            Self::Arrays(arrays) => columns(&arrays.y),
            Self::Text(text) => std::vec![text.column("character")],
        }
    }

    /// The byte between cells where examples are told as a table.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-encodingseparator-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// assert_eq!(trained.encodings.separator(), b',');
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn separator(&self) -> u8 {
        match self {
            Self::Table(table) => table.separator,
            Self::Arrays(_) | Self::Text(_) => b',',
        }
    }

    /// As JSON.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-encodingjson-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::data::Encodings;
    /// let json = trained.encodings.to_json()?;
    /// assert_eq!(Encodings::from_json(&json)?, trained.encodings);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// None for encodings that were fitted, which are finite; the words of `serde_json` otherwise.
    pub fn to_json(&self) -> Result<String, String> {
        serde_json::to_string(self).map_err(|error| error.to_string())
    }

    /// From JSON.
    ///
    /// ```
    /// use nn_runtime::data::Encodings;
    /// let error = Encodings::from_json("{\"table\":{}}").unwrap_err();
    /// assert!(error.contains("missing field `header`"), "{error}");
    /// ```
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-encodingform-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::data::{Encodings, Form};
    /// use nn_runtime::recipe::Header;
    /// let Encodings::Table(table) = trained.encodings else { panic!("it is a table") };
    /// assert_eq!(table.form(), Form { header: Header::Auto, separator: b',' });
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
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
    ///
    /// ```
    /// use nn_runtime::data::{Column, Fitted};
    /// let age = Column { index: 3, name: Some("age".into()), fitted: Fitted::Number };
    /// assert_eq!(age.called(), "`age`");
    /// ```
    pub fn called(&self) -> String {
        called(self.index, self.name.as_deref())
    }

    /// What the header of a file of predictions calls it.
    ///
    /// ```
    /// use nn_runtime::data::{Column, Fitted};
    /// let age = Column { index: 3, name: Some("age".into()), fitted: Fitted::Number };
    /// assert_eq!((age.title(), Column { name: None, ..age }.title()), ("age".into(), "3".into()));
    /// ```
    pub fn title(&self) -> String {
        self.name.clone().unwrap_or_else(|| self.index.to_string())
    }
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
