//! What a training came to, as the JSON of `report.json`; knows no element type and no file.
//!
//! ```
//! # nn_runtime::network! {
//! #     network Line < dense(1->1) >
//! #     train Line {
//! #         data csv("line.csv") { x = column("x"); y = column("y"); }
//! #         split train = 0.6, validation = 0.2, test = 0.2;
//! #         minimize mse with adam(lr = 0.05);
//! #         batch 4; epochs 5; seed 1; metric mae;
//! #     }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-reportmod-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let data = folder.join("line.csv");
//! # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
//! # std::fs::write(&data, format!("x,y\n{rows}"))?;
//! # use nn_runtime::session::{Overrides, Quiet, train};
//! # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
//! # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
//! use nn_runtime::report::to_json;
//! let json = to_json(&trained.report)?;
//! assert!(json.contains("\"best_epoch\""));
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```

mod examined;
mod figures;
mod folds;
pub mod html;
mod inspection;
mod profile;
mod subject;
mod table;

use std::string::{String, ToString};
use std::vec::Vec;

use serde::{Deserialize, Serialize};

pub use examined::{Examined, Example, Image, Pairs, RocCurve, Shown};
pub use figures::Figures;
pub use folds::{CrossValidation, FoldReport, Spread};
pub use inspection::{InspectedEpoch, InspectedKind, InspectedPart, Inspection};
pub use profile::{ClockReport, FunctionReport, KernelReport, ProfileReport, SectionReport};
pub use subject::{DataReport, NetworkReport, SettingsReport, TensorReport};
pub use table::epochs;

/// A whole training.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-report-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let report = trained.report;
/// println!("{} in {:.1} s", report.network.name, report.times.training);
/// for (split, evaluation) in report.last.iter() {
///     println!("{split}: loss {:.4} of {} rows", evaluation.figures.loss, evaluation.rows);
/// }
/// assert_eq!((report.ended, report.last.iter().count()), ("finished", 3));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// The network and its sizes.
    pub network: NetworkReport,
    /// The data and how it was divided.
    pub data: DataReport,
    /// How it was trained.
    pub settings: SettingsReport,
    /// Each epoch.
    pub epochs: Vec<EpochReport>,
    /// Why it ended: `finished`, `early stop`, `limited`, `interrupted` or `not finite`.
    pub ended: &'static str,
    /// For `not finite`: the message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What decided which epoch is the best: `lowest validation loss`, `highest training accuracy`, `last epoch`.
    pub chosen_by: String,
    /// The best epoch, from 1; 0 if there was none. Its weights were kept, if `averaged_epochs` says nothing else.
    pub best_epoch: usize,
    /// Of how many epochs the weights that were kept are the mean (`swa`).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub averaged_epochs: Option<usize>,
    /// Each split with the weights that were kept.
    #[serde(rename = "final")]
    pub last: Splits,
    /// Seconds.
    pub times: Times,
    /// Where the time went, if it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<ProfileReport>,
    /// What wrote this.
    pub versions: Versions,
}

/// One epoch.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-epochreport-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// for epoch in &trained.report.epochs {
///     let validation = epoch.validation.as_ref().map(|figures| figures.loss);
///     println!("epoch {}: {:.4}, {validation:?}", epoch.epoch, epoch.step_loss);
/// }
/// assert_eq!(trained.report.epochs[4].steps, 15);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// From 1.
    pub epoch: usize,
    /// Steps since the beginning.
    pub steps: u64,
    /// The learning rate of its last step.
    #[serde(deserialize_with = "figures::or_nan")]
    pub learning_rate: f64,
    /// The mean loss of its steps: before each step, with noise and penalties.
    #[serde(deserialize_with = "figures::or_nan")]
    pub step_loss: f64,
    /// Seconds that it took.
    pub seconds: f64,
    /// Of a training of several networks: the mean loss of each of its steps, by name.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps_in_turn: Vec<(String, f64)>,
    /// The training rows after the epoch, without noise and penalties; only if there are no validation rows to choose the best epoch by,
    /// since it takes a quarter of the time of a training.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub train: Option<Figures>,
    /// The validation rows, if there are any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Figures>,
}

/// Each split that has rows.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-splits-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let names: Vec<&str> = trained.report.last.iter().map(|(name, _)| name).collect();
/// assert_eq!(names, ["train", "validation", "test"]);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Splits {
    /// What was trained on: of more than 10,000 rows, so many that lie equally far apart.
    pub train: Evaluation,
    /// What decided on the best weights.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation: Option<Evaluation>,
    /// What is only looked at now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub test: Option<Evaluation>,
}

impl Splits {
    /// The splits by name.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-splitsiter-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// for (name, evaluation) in trained.report.last.iter() {
    ///     println!("{name}: {:.4}", evaluation.figures.loss);
    /// }
    /// let rows: usize = trained.report.last.iter().map(|(_, evaluation)| evaluation.rows).sum();
    /// assert_eq!(rows, 20);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &Evaluation)> {
        let others = [("validation", &self.validation), ("test", &self.test)];
        let others = others.into_iter().filter_map(|(name, split)| Some((name, split.as_ref()?)));
        std::iter::once(("train", &self.train)).chain(others)
    }
}

/// Figures of some rows, and how often each class was taken for each.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-evaluation-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let evaluation = &trained.report.last.train;
/// assert_eq!((evaluation.rows, evaluation.figures.metrics[0].0.as_str()), (12, "mae"));
/// // Numbers are not confused with each other.
/// assert!(evaluation.confusion.is_none());
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Evaluation {
    /// How many rows.
    pub rows: usize,
    /// Loss and metrics.
    #[serde(flatten)]
    pub figures: Figures,
    /// For classes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confusion: Option<Confusion>,
}

/// How often each class was taken for each.
///
/// ```
/// use nn_runtime::report::Confusion;
/// let confusion = Confusion { labels: vec!["cat".into(), "dog".into()], counts: vec![vec![9, 1], vec![2, 8]] };
/// let right: u64 = (0..2).map(|class| confusion.counts[class][class]).sum();
/// assert_eq!(right, 17);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Confusion {
    /// The names of the classes.
    pub labels: Vec<String>,
    /// `counts[actual][predicted]`
    pub counts: Vec<Vec<u64>>,
}

/// Seconds.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-times-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let times = trained.report.times;
/// assert!(times.data > 0.0 && times.training > 0.0);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Times {
    /// Reading and encoding the data.
    pub data: f64,
    /// Training, with the figures after each epoch.
    pub training: f64,
    /// The figures with the weights that were kept.
    pub evaluation: f64,
}

/// What wrote a report.
///
/// ```
/// use nn_runtime::report::{Versions, to_json};
/// assert!(to_json(&Versions::current())?.contains("nn_runtime"));
/// # Ok::<(), String>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Versions {
    /// The version of this crate.
    pub nn_runtime: &'static str,
}

impl Versions {
    /// This one.
    ///
    /// ```
    /// # use nn_runtime::report::Versions;
    /// assert!(!Versions::current().nn_runtime.is_empty());
    /// ```
    pub const fn current() -> Self {
        Self { nn_runtime: env!("CARGO_PKG_VERSION") }
    }
}

/// JSON for people: indented, with a newline in the end.
///
/// ```
/// use nn_runtime::report::{Times, to_json};
/// let times = Times { data: 0.5, training: 12.0, evaluation: 0.25 };
/// assert!(to_json(&times)?.contains("\"training\": 12.0"));
/// # Ok::<(), String>(())
/// ```
///
/// # Errors
/// None for the types of this module; the words of `serde_json` otherwise.
pub fn to_json(value: &impl Serialize) -> Result<String, String> {
    serde_json::to_string_pretty(value).map(|json| json + "\n").map_err(|error| error.to_string())
}
