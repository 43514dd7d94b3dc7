//! What was trained, on what, and how: the network, its data and its settings as parts of a report; knows no figures.

use std::string::String;
use std::vec::Vec;

use serde::{Deserialize, Serialize};

/// A network and its sizes, in values unless they say bytes.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-networkreport-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let network = &trained.report.network;
/// assert_eq!((network.name.as_str(), network.precision, network.parameters), ("Line", "f32", 2));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct NetworkReport {
    /// Its name in the text.
    pub name: String,
    /// `f32` or `f64`.
    pub precision: &'static str,
    /// Values of one input.
    pub inputs: usize,
    /// Values of one output.
    pub outputs: usize,
    /// Values that are trained.
    pub parameters: usize,
    /// Values that are saved but not trained: running statistics.
    pub state: usize,
    /// Bytes of both.
    pub weights_bytes: usize,
    /// All of them, in the order of the program.
    pub tensors: Vec<TensorReport>,
}

/// A parameter or a piece of state.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tensorreport-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let weight = &trained.report.network.tensors[0];
/// assert_eq!((weight.name.as_str(), weight.shape, weight.trained), ("dense_1.weight", &[1, 1][..], true));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TensorReport {
    /// `dense_1.weight`
    pub name: String,
    /// The logical shape.
    pub shape: &'static [usize],
    /// Whether it is a parameter; else it is state.
    pub trained: bool,
}

/// The data and how it was divided, in rows.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-datareport-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let data = &trained.report.data;
/// assert_eq!([data.train, data.validation, data.test, data.dropped], [12, 4, 4, 0]);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DataReport {
    /// The file.
    pub file: String,
    /// Rows that are trained on.
    pub train: usize,
    /// Rows that decide on the best weights.
    pub validation: usize,
    /// Rows that are only looked at in the end.
    pub test: usize,
    /// Rows that were left out for a missing cell.
    pub dropped: usize,
    /// The names of the classes, if the target is one column of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
}

/// How it was trained, the command line included. Compound settings are as Rust prints them.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-settingsreport-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// let settings = &trained.report.settings;
/// assert_eq!((settings.seed, settings.epochs, settings.batch, settings.learning_rate), (1, 5, 4, 0.05));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SettingsReport {
    /// The seed of all random numbers.
    pub seed: u64,
    /// Passes over the training rows, at most.
    pub epochs: usize,
    /// Rows in a step.
    pub batch: usize,
    /// The learning rate that the schedule begins from.
    pub learning_rate: f64,
    /// Threads that computed.
    pub threads: usize,
    /// What was minimized.
    pub loss: String,
    /// What changed the parameters.
    pub optimizer: String,
    /// The learning rate over time.
    pub schedule: String,
    /// Penalties on all parameters.
    pub penalty: String,
    /// Limits on the gradients.
    pub clip: String,
    /// How the rows were divided.
    pub split: String,
    /// When it was to stop before the last epoch.
    pub early_stop: Option<String>,
    /// When the learning rate was to fall because nothing improved.
    pub plateau: Option<String>,
    /// Other hyper-parameters over time.
    pub schedules: Vec<String>,
    /// Batches whose gradients were added for each step.
    pub accumulate: usize,
    /// What was made of the inputs of training rows.
    pub augment: Vec<String>,
    /// The parameter of the Beta distribution by which rows were mixed.
    pub mixup: Option<f64>,
    /// The moving average of the weights.
    pub ema: Option<String>,
    /// The mean of the weights of some epochs.
    pub swa: Option<String>,
}
