//! Who looks on while a network is trained; knows no terminal.

use std::ops::ControlFlow;

use crate::fit::StepStats;
use crate::report::{DataReport, EpochReport};

/// What is known when the first epoch begins.
///
/// ```
/// use nn_runtime::session::{Start, Watch};
///
/// /// Says what it begins with.
/// struct Says;
///
/// impl Watch for Says {
///     fn on_start(&mut self, start: &Start<'_>) {
///         println!("{}: {} rows, {} epochs of {} steps", start.network, start.data.train, start.epochs, start.steps);
///     }
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Start<'a> {
    /// The network.
    pub network: &'a str,
    /// Values that are trained.
    pub parameters: usize,
    /// The data.
    pub data: &'a DataReport,
    /// Epochs at most.
    pub epochs: usize,
    /// Steps of each.
    pub steps: usize,
}

/// Looks on while a network is trained, and can end it with [`ControlFlow::Break`]: then the best weights so far are kept.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-watch-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// use nn_runtime::report::EpochReport;
/// use nn_runtime::session::{Ended, Watch};
/// use std::ops::ControlFlow;
///
/// /// Ends a training after two epochs.
/// struct Impatient;
///
/// impl Watch for Impatient {
///     fn on_epoch(&mut self, epoch: &EpochReport, best: bool) -> ControlFlow<()> {
///         println!("epoch {}{}", epoch.epoch, if best { ", the best so far" } else { "" });
///         if epoch.epoch == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
///     }
/// }
///
/// let trained = train(Line::PROGRAM, &overrides, &mut Impatient)?;
/// assert_eq!((trained.report.epochs.len(), trained.ended), (2, Ended::Interrupted));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
pub trait Watch {
    /// Before the first epoch.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-onstart-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::session::{Start, Watch};
    ///
    /// struct Steps(usize);
    ///
    /// impl Watch for Steps {
    ///     fn on_start(&mut self, start: &Start<'_>) {
    ///         self.0 = start.steps * start.epochs;
    ///     }
    /// }
    ///
    /// let mut steps = Steps(0);
    /// train(Line::PROGRAM, &overrides, &mut steps)?;
    /// // 12 rows are three batches of 4.
    /// assert_eq!(steps.0, 15);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    fn on_start(&mut self, _start: &Start<'_>) {}

    /// Something that whoever looks on should know, in a sentence: from where the training goes on, or that a checkpoint could not be
    /// written.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-onnote-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// use nn_runtime::session::{Checkpoints, Overrides, Watch, train};
    ///
    /// struct Notes(Vec<String>);
    ///
    /// impl Watch for Notes {
    ///     fn on_note(&mut self, note: &str) {
    ///         self.0.push(note.into());
    ///     }
    /// }
    ///
    /// let checkpoints = Checkpoints { folder: folder.join("none"), resume: true, ..Checkpoints::default() };
    /// let overrides = Overrides { data: Some(data), checkpoints: Some(checkpoints), ..Overrides::default() };
    /// let mut notes = Notes(Vec::new());
    /// train(Line::PROGRAM, &overrides, &mut notes)?;
    /// // There is no checkpoint to go on from.
    /// assert_eq!(notes.0.len(), 1);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    fn on_note(&mut self, _note: &str) {}

    /// After each step.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-onstep-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::{fit::StepStats, session::{Ended, Watch}};
    /// use std::ops::ControlFlow;
    ///
    /// /// Ends a training after four steps.
    /// struct Four;
    ///
    /// impl Watch for Four {
    ///     fn on_step(&mut self, step: &StepStats) -> ControlFlow<()> {
    ///         if step.step == 4 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    ///     }
    /// }
    ///
    /// assert_eq!(train(Line::PROGRAM, &overrides, &mut Four)?.ended, Ended::Interrupted);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    fn on_step(&mut self, _step: &StepStats) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }

    /// After each epoch; `best` tells whether its weights are the best so far.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-onepoch-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::{report::EpochReport, session::Watch};
    /// use std::ops::ControlFlow;
    ///
    /// /// How many epochs were better than all before.
    /// struct Better(usize);
    ///
    /// impl Watch for Better {
    ///     fn on_epoch(&mut self, _: &EpochReport, best: bool) -> ControlFlow<()> {
    ///         self.0 += usize::from(best);
    ///         ControlFlow::Continue(())
    ///     }
    /// }
    ///
    /// let mut better = Better(0);
    /// train(Line::PROGRAM, &overrides, &mut better)?;
    /// assert!((1..=5).contains(&better.0));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    fn on_epoch(&mut self, _epoch: &EpochReport, _best: bool) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

/// Looks away.
///
/// ```
/// use nn_runtime::session::{Quiet, Watch};
/// let _watch: &mut dyn Watch = &mut Quiet;
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Quiet;

impl Watch for Quiet {}
