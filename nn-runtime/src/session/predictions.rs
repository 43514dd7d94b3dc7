//! The answers to the examples of a file, some at a time, beside the rows as they stand there.

use std::boxed::Box;
use std::io::Read;
use std::string::String;
use std::vec::Vec;

use super::error::SessionError;
use super::predict::{BATCH, Predictor};
use super::reply::Answer;
use crate::data::Queries;

impl Predictor {
    /// Reads examples from `source`, whose name in messages is `file`: a file like those of the training. Rows may lack the target
    /// columns.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-pread-{}", std::process::id()));
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
    /// // Without the target column.
    /// let mut predictions = predictor.read("rows".into(), Box::new("x\n0.5\n1.5\n".as_bytes()))?;
    /// while let Some(batch) = predictions.batch()? {
    ///     assert_eq!(batch.len(), 2);
    ///     assert_eq!(batch[1].row, ["1.5"]);
    /// }
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If it cannot be read, is empty, or lacks an input column; [`SessionError::NoEncodings`] without encodings.
    pub fn read(&self, file: String, source: Box<dyn Read>) -> Result<Predictions<'_>, SessionError> {
        let Some(encodings) = self.encodings() else { return Err(SessionError::NoEncodings { file }) };
        let queries = Queries::new(file, source, encodings, self.demand())?;
        Ok(Predictions { queries, predictor: self })
    }
}

/// The answers to the examples of one file.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-preds-{}", std::process::id()));
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
/// let mut predictions = predictor.read("line.csv".into(), Box::new(std::fs::File::open(&data)?))?;
/// let mut rows = 0;
/// while let Some(batch) = predictions.batch()? {
///     rows += batch.len();
/// }
/// assert_eq!(rows, 20);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub struct Predictions<'p> {
    queries: Queries<'p>,
    predictor: &'p Predictor,
}

/// A row and the answer to it.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-predicted-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let path = folder.join("weights.safetensors");
/// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// let predictor = Line::predictor(&path)?;
/// let mut predictions = predictor.read("new.csv".into(), Box::new(&b"who,x\nAda,0.5\n"[..]))?;
/// let batch = predictions.batch()?.expect("there is a row");
/// assert_eq!(batch[0].row, ["Ada", "0.5"]);
/// assert!(batch[0].answer.number("prediction").is_some());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Predicted {
    /// The row as it stands in the file.
    pub row: Vec<String>,
    /// The answer, as [`Predictor::titles`] names its cells.
    pub answer: Answer,
}

impl Predictions<'_> {
    /// The names of the columns, if the file has a header.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-phead-{}", std::process::id()));
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
    /// let predictions = predictor.read("rows".into(), Box::new("x\n0.5\n".as_bytes()))?;
    /// assert_eq!(predictions.header().map(|names| names.join(",")), Some("x".into()));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn header(&self) -> Option<&[String]> {
        self.queries.header()
    }

    /// The next answers; none after the last.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-pbatch-{}", std::process::id()));
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
    /// let mut predictions = predictor.read("rows".into(), Box::new("x\n0.5\n".as_bytes()))?;
    /// let batch = predictions.batch()?.unwrap_or_default();
    /// assert!(batch[0].answer.number("prediction").is_some());
    /// assert_eq!(predictions.batch()?, None);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If a row is wrong, or there is none at all.
    pub fn batch(&mut self) -> Result<Option<Vec<Predicted>>, SessionError> {
        let Some(batch) = self.queries.batch(BATCH)? else { return Ok(None) };
        let answers = self.predictor.answers_to(&batch.inputs, self.predictor.threads())?;
        let predicted = batch
            .rows
            .iter()
            .zip(answers)
            .map(|(row, answer)| Predicted { row: row.iter().map(Into::into).collect(), answer });
        Ok(Some(predicted.collect()))
    }
}
