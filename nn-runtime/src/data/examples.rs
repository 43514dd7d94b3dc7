//! From a file or a folder to the numbers that a network trains on and is evaluated on; knows which kinds of source there are, not how
//! any of them is written.

use std::path::Path;
use std::string::ToString;
use std::vec::Vec;

use super::arrays;
use super::csv;
use super::encoding::Encodings;
use super::error::{DataError, Place};
use super::fault::Fault;
use super::text;
use super::widths::Demand;
use crate::real::Real;
use crate::recipe::{Data, Source, Split};

/// Encoded rows.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-dexamples-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::data::{Demand, load};
/// # let recipe = Line::PROGRAM.recipe.expect("the text has a train section");
/// # let dataset = load::<f32>(&data, &recipe.data.expect("it has data"), recipe.split, 1, &Demand::of(Line::PROGRAM))?;
/// let test = dataset.test;
/// assert_eq!((test.rows, test.inputs.len(), test.sample_weights.len()), (4, 4, 0));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Examples<T> {
    /// How many.
    pub rows: usize,
    /// `rows * inputs` values, row by row.
    pub inputs: Vec<T>,
    /// What the outputs should be.
    pub targets: Answers<T>,
    /// How much each counts in the loss; empty: all the same.
    pub sample_weights: Vec<f64>,
}

/// What the outputs of some rows should be.
///
/// ```
/// use nn_runtime::data::{Answers, Examples};
/// let targets = Answers::<f32>::Classes(vec![2, 0]);
/// let examples = Examples { rows: 2, inputs: vec![0.5, 1.5], targets, sample_weights: Vec::new() };
/// assert!(matches!(examples.targets, Answers::Classes(classes) if classes[0] == 2));
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum Answers<T> {
    /// A class id for each row.
    Classes(Vec<usize>),
    /// `rows * outputs` values, row by row.
    Values(Vec<T>),
}

/// Data divided, with encodings fitted on the training rows.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-dataset-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::data::{Demand, load};
/// # let recipe = Line::PROGRAM.recipe.expect("the text has a train section");
/// let dataset = load::<f32>(&data, &recipe.data.expect("it has data"), recipe.split, 1, &Demand::of(Line::PROGRAM))?;
/// assert_eq!([dataset.train.rows, dataset.validation.rows, dataset.test.rows, dataset.dropped], [12, 4, 4, 0]);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Dataset<T> {
    /// How cells became numbers.
    pub encodings: Encodings,
    /// What is trained on.
    pub train: Examples<T>,
    /// What decides on the best weights; may have no rows.
    pub validation: Examples<T>,
    /// What is only looked at in the end; may have no rows.
    pub test: Examples<T>,
    /// Rows that were left out for a missing cell.
    pub dropped: usize,
}

impl Examples<f64> {
    /// In the precision of a network.
    fn rounded<T: Real>(self) -> Examples<T> {
        let rounded = |values: Vec<f64>| values.into_iter().map(T::from_f64).collect();
        let targets = match self.targets {
            Answers::Classes(classes) => Answers::Classes(classes),
            Answers::Values(values) => Answers::Values(rounded(values)),
        };
        Examples { rows: self.rows, inputs: rounded(self.inputs), targets, sample_weights: self.sample_weights }
    }
}

/// Reads what is at `path` as `data` says, divides it and fits the encodings.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-dload-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::data::{Demand, load};
/// let recipe = Line::PROGRAM.recipe.expect("the text has a train section");
/// let source = recipe.data.expect("it has data");
/// let dataset = load::<f32>(&data, &source, recipe.split, 1, &Demand::of(Line::PROGRAM))?;
/// assert_eq!([dataset.train.rows, dataset.validation.rows, dataset.test.rows], [12, 4, 4]);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub fn load<T: Real>(
    path: &Path,
    data: &Data,
    how: Split,
    seed: u64,
    demand: &Demand<'_>,
) -> Result<Dataset<T>, DataError> {
    if how.folds.is_some() && data.source.is_by_position() {
        return Err(Place::file(&path.display().to_string()).fault(Fault::FoldsOfWindows));
    }
    match data.source {
        Source::Csv(table) => {
            let Dataset { encodings, train, validation, test, dropped } =
                csv::load(path, table, data, how, seed, demand)?;
            let [train, validation, test] = [train, validation, test].map(Examples::rounded);
            Ok(Dataset { encodings, train, validation, test, dropped })
        }
        Source::Text(characters) => text::load(path, characters, data.y, how, demand),
        Source::Idx(_) | Source::Images(_) | Source::Arrays => arrays::load(path, data, how, seed, demand),
    }
}

/// Reads what is at `path` as the data of the training was read; also the rows that were left out.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-dreload-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// use nn_runtime::data::{Answers, Demand, reload};
/// let (examples, left_out) = reload::<f32>(&data, &trained.encodings, &Demand::of(Line::PROGRAM))?;
/// assert_eq!((examples.rows, left_out), (20, 0));
/// assert!(matches!(examples.targets, Answers::Values(values) if values.len() == 20));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Whatever is wrong with the data: one message with its place.
pub fn reload<T: Real>(
    path: &Path,
    encodings: &Encodings,
    demand: &Demand<'_>,
) -> Result<(Examples<T>, usize), DataError> {
    match encodings {
        Encodings::Table(table) => {
            let (examples, dropped) = csv::reload(path, table, demand)?;
            Ok((examples.rounded(), dropped))
        }
        Encodings::Text(encodings) => Ok((text::reload(path, encodings, demand)?, 0)),
        Encodings::Arrays(arrays) => Ok((arrays::reload(path, arrays, demand)?, 0)),
    }
}
