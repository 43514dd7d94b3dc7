//! Event files that TensorBoard shows: a [`Watch`] that writes scalars, histograms and text; knows no network.
//!
//! A file is a row of records (`record.rs`), each the protocol-buffer message `Event` of TensorFlow (`message.rs`).
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1) > }
//! use nn_runtime::{Trainer, tensorboard::TensorBoard};
//! # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbm-{}", std::process::id()));
//! # let mut net = Net::new(1);
//! let history = Trainer::new(&mut net).fit(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]], 3)?;
//! let mut board = TensorBoard::create(&folder)?;
//! for epoch in &history.epochs {
//!     board.scalar("loss", epoch.epoch as u64, epoch.loss);
//! }
//! let path = board.path().to_path_buf();
//! drop(board);
//! assert!(std::fs::metadata(path)?.len() > 0);
//! # std::fs::remove_dir_all(folder)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod message;
mod record;
#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::string::{String, ToString};
use std::time::{SystemTime, UNIX_EPOCH};
use std::vec::Vec;

use self::message::Value;
use crate::fit::StepStats;
use crate::report::{EpochReport, Figures, InspectedEpoch, InspectedKind, Inspection, Report, SettingsReport};
use crate::session::{Start, Watch};

/// Writes what happens in a training to an event file.
///
/// Of each step: `step/loss` and `step/learning_rate`, by the number of the step. Of each epoch, by its number: `epoch/steps_loss` and
/// the figures of the rows that it was judged by, such as `epoch/validation/accuracy`.
///
/// A training goes on when the disk is full; [`TensorBoard::finish`] says what went wrong first.
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
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tboard-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// use nn_runtime::tensorboard::TensorBoard;
/// let mut board = TensorBoard::create(&folder.join("board"))?;
/// let trained = train(Line::PROGRAM, &overrides, &mut board)?;
/// board.finish(&trained.report)?;
/// assert_eq!(std::fs::read_dir(folder.join("board"))?.count(), 1);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct TensorBoard {
    path: PathBuf,
    file: BufWriter<File>,
    failed: Option<io::Error>,
}

impl TensorBoard {
    /// Begins a file of its own in a folder, which is made if it is not there.
    ///
    /// ```
    /// # use nn_runtime::tensorboard::TensorBoard;
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbc-{}", std::process::id()));
    /// let board = TensorBoard::create(&folder)?;
    /// assert!(board.path().exists());
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the folder or the file cannot be written.
    pub fn create(folder: &Path) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        let seconds = now() as u64;
        let (path, file) = free(folder, seconds)?;
        let mut board = Self { path, file: BufWriter::new(file), failed: None };
        board.event(&message::version());
        match board.failed.take() {
            Some(error) => Err(error),
            None => Ok(board),
        }
    }

    /// Where it writes.
    ///
    /// ```
    /// # use nn_runtime::tensorboard::TensorBoard;
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbp-{}", std::process::id()));
    /// let board = TensorBoard::create(&folder)?;
    /// assert!(board.path().starts_with(&folder));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a number under a name.
    ///
    /// ```
    /// # use nn_runtime::tensorboard::TensorBoard;
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbs-{}", std::process::id()));
    /// let mut board = TensorBoard::create(&folder)?;
    /// for step in 1..=100 {
    ///     board.scalar("return", step, step as f64 / 100.0);
    /// }
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn scalar(&mut self, tag: &str, step: u64, value: f64) {
        self.event(&message::event(now(), step, tag, &Value::Scalar(value)));
    }

    /// Writes how often values lie between limits: `limits` are the right ends of the bins, of which the first begins at `low`.
    ///
    /// ```
    /// # use nn_runtime::tensorboard::TensorBoard;
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbh-{}", std::process::id()));
    /// let mut board = TensorBoard::create(&folder)?;
    /// // Three values from -1 to 0, five from 0 to 1.
    /// board.histogram("weights", 1, -1.0, &[0.0, 1.0], &[3.0, 5.0]);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn histogram(&mut self, tag: &str, step: u64, low: f64, limits: &[f64], counts: &[f64]) {
        self.event(&message::event(now(), step, tag, &Value::Histogram { low, limits, counts }));
    }

    /// Writes a text, which TensorBoard reads as Markdown.
    ///
    /// ```
    /// # use nn_runtime::tensorboard::TensorBoard;
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbt-{}", std::process::id()));
    /// let mut board = TensorBoard::create(&folder)?;
    /// board.text("notes", 0, "the *second* run");
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn text(&mut self, tag: &str, step: u64, text: &str) {
        self.event(&message::event(now(), step, tag, &Value::Text(text)));
    }

    /// Writes the histograms of the layers, and the warnings as text.
    ///
    /// ```
    /// use nn_runtime::report::{InspectedEpoch, InspectedKind, InspectedPart, Inspection};
    /// use nn_runtime::tensorboard::TensorBoard;
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbi-{}", std::process::id()));
    /// let epochs = vec![InspectedEpoch::of(1, [-1.0, 0.5, 2.0].into_iter())];
    /// let part = InspectedPart { name: "dense_1.weight".into(), kind: InspectedKind::Weights, epochs };
    /// let mut board = TensorBoard::create(&folder)?;
    /// let before = std::fs::metadata(board.path())?.len();
    /// board.inspection(&Inspection { rows: 0, parts: vec![part], warnings: vec!["it is small".into()] });
    /// let path = board.path().to_path_buf();
    /// drop(board);
    /// assert!(std::fs::metadata(path)?.len() > before);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn inspection(&mut self, seen: &Inspection) {
        for part in &seen.parts {
            let what = match part.kind {
                InspectedKind::Weights => "weights",
                InspectedKind::Gradients => "gradients",
                InspectedKind::Outputs => "outputs",
            };
            for InspectedEpoch { epoch, low, high, counts, .. } in &part.epochs {
                let width = (high - low).max(1e-12) / counts.len() as f64;
                let limits: Vec<f64> = (1..=counts.len()).map(|bin| low + bin as f64 * width).collect();
                let counts: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
                self.histogram(&std::format!("{what}/{}", part.name), *epoch as u64, *low, &limits, &counts);
            }
        }
        if !seen.warnings.is_empty() {
            self.text("warnings", 0, &seen.warnings.join("\n\n"));
        }
    }

    /// Writes the settings of a training as text, and the rest of what is not yet on the disk.
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
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-tbf-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let data = folder.join("line.csv");
    /// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
    /// # std::fs::write(&data, format!("x,y\n{rows}"))?;
    /// # use nn_runtime::session::{Overrides, Quiet, train};
    /// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
    /// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
    /// use nn_runtime::tensorboard::TensorBoard;
    /// let mut board = TensorBoard::create(&folder.join("events"))?;
    /// let trained = train(Line::PROGRAM, &overrides, &mut board)?;
    /// // Whatever could not be written is told here.
    /// board.finish(&trained.report)?;
    /// assert_eq!(std::fs::read_dir(folder.join("events"))?.count(), 1);
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What went wrong first since the beginning.
    pub fn finish(mut self, report: &Report) -> io::Result<()> {
        self.text("settings", 0, &settings(&report.settings));
        for (split, evaluation) in report.last.iter() {
            self.figures(&std::format!("final/{split}"), report.best_epoch as u64, &evaluation.figures);
        }
        let flushed = self.file.flush();
        match self.failed {
            Some(error) => Err(error),
            None => flushed,
        }
    }

    fn figures(&mut self, tag: &str, step: u64, figures: &Figures) {
        self.scalar(&std::format!("{tag}/loss"), step, figures.loss);
        for (name, value) in &figures.metrics {
            self.scalar(&std::format!("{tag}/{name}"), step, *value);
        }
    }

    fn event(&mut self, event: &[u8]) {
        if self.failed.is_none() {
            self.failed = self.file.write_all(&record::framed(event)).err();
        }
    }
}

impl Watch for TensorBoard {
    fn on_start(&mut self, start: &Start<'_>) {
        let Start { network, parameters, data, .. } = start;
        let rows = (data.train, data.validation, data.test);
        let text = std::format!(
            "**{network}**: {parameters} parameters; {} rows to train on, {} to validate, {} to test",
            rows.0,
            rows.1,
            rows.2
        );
        self.text("network", 0, &text);
    }

    fn on_step(&mut self, step: &StepStats) -> ControlFlow<()> {
        self.scalar("step/loss", step.step, step.loss);
        self.scalar("step/learning_rate", step.step, step.learning_rate);
        ControlFlow::Continue(())
    }

    fn on_epoch(&mut self, epoch: &EpochReport, _best: bool) -> ControlFlow<()> {
        let number = epoch.epoch as u64;
        self.scalar("epoch/steps_loss", number, epoch.step_loss);
        self.scalar("epoch/learning_rate", number, epoch.learning_rate);
        self.scalar("epoch/seconds", number, epoch.seconds);
        for (split, figures) in [("train", &epoch.train), ("validation", &epoch.validation)] {
            if let Some(figures) = figures {
                self.figures(&std::format!("epoch/{split}"), number, figures);
            }
        }
        // Who looks on meanwhile sees each epoch.
        let flushed = self.file.flush();
        self.failed = self.failed.take().or(flushed.err());
        ControlFlow::Continue(())
    }
}

/// A file that is not there yet. TensorBoard knows its own by their names, and reads those of a folder in order.
fn free(folder: &Path, seconds: u64) -> io::Result<(PathBuf, File)> {
    let mut number = 0;
    loop {
        let path = folder.join(std::format!("events.out.tfevents.{seconds:010}.nn.{}.{number}", std::process::id()));
        match File::options().write(true).create_new(true).open(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Seconds since 1970.
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}

/// The settings as a table of Markdown.
fn settings(settings: &SettingsReport) -> String {
    let list: Vec<(&str, String)> = Vec::from([
        ("seed", settings.seed.to_string()),
        ("epochs", settings.epochs.to_string()),
        ("batch", settings.batch.to_string()),
        ("learning rate", settings.learning_rate.to_string()),
        ("loss", settings.loss.clone()),
        ("optimizer", settings.optimizer.clone()),
        ("schedule", settings.schedule.clone()),
        ("penalty", settings.penalty.clone()),
        ("clip", settings.clip.clone()),
        ("split", settings.split.clone()),
        ("early stop", settings.early_stop.clone().unwrap_or_else(|| "none".to_string())),
    ]);
    let rows = list.iter().map(|(name, value)| std::format!("| {name} | {} |\n", value.replace('|', "\\|")));
    std::format!("| setting | value |\n| --- | --- |\n{}", rows.collect::<String>())
}
