//! What takes the place of settings in the text when a network is trained.

use std::path::PathBuf;

use super::checkpoints::Checkpoints;
use crate::recipe::Folds;

/// What takes the place of settings in the text.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-overrides-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::session::{Overrides, Quiet, train};
/// let overrides = Overrides { data: Some(data), epochs: Some(2), seed: Some(7), ..Overrides::default() };
/// let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// assert_eq!(trained.report.epochs.len(), 2);
/// assert_eq!(trained.report.settings.seed, 7);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides {
    /// The file or folder of the data.
    pub data: Option<PathBuf>,
    /// The seed of all random numbers.
    pub seed: Option<u64>,
    /// Passes over the training rows.
    pub epochs: Option<usize>,
    /// Rows in a step.
    pub batch: Option<usize>,
    /// The learning rate that the schedule starts from.
    pub lr: Option<f64>,
    /// Threads; none: as many as the machine has. The result does not depend on it.
    pub threads: Option<usize>,
    /// The file of weights that the training begins with; none: what the text says.
    pub origin: Option<PathBuf>,
    /// The folds of the rows that are not tested on, and which of them is validated on, in place of the split's `train` and
    /// `validation`; with one fold, all are trained on.
    pub folds: Option<Folds>,
    /// Where checkpoints are written, and whether the training goes on from one; none: it writes none.
    pub checkpoints: Option<Checkpoints>,
    /// Whether to look into the layers after each epoch.
    pub inspect: bool,
    /// When the training ends before its last epoch.
    pub limit: Limit,
}

/// An end before the last epoch. What a resumed training did before counts as well.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-limit-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// use nn_runtime::session::{Ended, Limit, Overrides, Quiet, train};
/// let limit = Limit { steps: Some(4), seconds: None };
/// let overrides = Overrides { data: Some(data), limit, ..Overrides::default() };
/// let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// assert_eq!(trained.ended, Ended::Limited);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Limit {
    /// Steps.
    pub steps: Option<u64>,
    /// Time, in seconds; looked at after each step.
    pub seconds: Option<f64>,
}
