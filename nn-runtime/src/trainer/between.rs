//! What a trainer is told to do between two steps: validation, early stop, callbacks, checkpoints. Does none of it.

use super::Trainer;
#[cfg(feature = "train")]
use super::saving;
use super::watching::{OnEpoch, OnStep, UserMetric};
use crate::batch::{Rows, Targets};
use crate::error::Error;
use crate::metric::Metric;
use crate::program::Network;
use crate::recipe::EarlyStop;

impl<'n, N: Network> Trainer<'n, N> {
    /// Rows that are judged after each epoch; they decide on early stopping.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Metric, Trainer, trainer::EarlyStop};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let worst = |y: &[f32], t: nn_runtime::Targets<'_, f32>| match t {
    ///     nn_runtime::Targets::Values(t) => y.iter().zip(t).map(|(y, t)| f64::from((y - t).abs())).fold(0.0, f64::max),
    ///     nn_runtime::Targets::Classes(_) => f64::NAN,
    /// };
    /// let history = Trainer::new(&mut net)
    ///     .validation(&inputs, &targets)?
    ///     .metrics(&[Metric::Mae])
    ///     .metric("worst", &worst)
    ///     .early_stop(EarlyStop::after(3))
    ///     .fit(&inputs, &targets, 10)?;
    /// assert_eq!(history.validation[0].metrics[1].0, "worst");
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    ///
    /// # Errors
    /// What cannot be rows or targets.
    pub fn validation<I, O>(mut self, inputs: I, targets: O) -> Result<Self, Error>
    where
        I: TryInto<Rows<'n, N::Real>>,
        O: TryInto<Targets<'n, N::Real>>,
        Error: From<I::Error> + From<O::Error>,
    {
        self.watching.validation = Some((inputs.try_into()?, targets.try_into()?));
        Ok(self)
    }

    /// Metrics of the validation rows.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Metric, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).validation(&inputs, &targets)?.metrics(&[Metric::Rmse, Metric::R2]);
    /// let history = trainer.fit(&inputs, &targets, 2)?;
    /// let names: Vec<&str> = history.validation[1].metrics.iter().map(|(name, _)| name.as_str()).collect();
    /// assert_eq!(names, ["rmse", "r2"]);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn metrics(mut self, metrics: &[Metric]) -> Self {
        self.watching.metrics = metrics.into();
        self
    }

    /// A metric in Rust, of all validation outputs and their targets.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Targets, Trainer};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let largest = |outputs: &[f32], _: Targets<'_, f32>| outputs.iter().copied().fold(f32::MIN, f32::max).into();
    /// let history =
    ///     Trainer::new(&mut net).validation(&inputs, &targets)?.metric("largest", &largest).fit(&inputs, &targets, 1)?;
    /// assert_eq!(history.validation[0].metrics[0].0, "largest");
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn metric(mut self, name: &'n str, metric: UserMetric<'n, N::Real>) -> Self {
        self.watching.user_metrics.push((name, metric));
        self
    }

    /// When to stop before the last epoch; what the text says of it counts for its own data only. The figures are those of the validation rows; without any, the loss of the steps. Where the
    /// best weights are to be restored, the network has them when [`Trainer::fit`] returns.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Trainer, trainer::EarlyStop};
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut trainer = Trainer::new(&mut net).learning_rate(0.0).early_stop(EarlyStop::after(3));
    /// let history = trainer.fit(&inputs, &targets, 100)?;
    /// // Nothing gets better at a rate of 0: the first epoch is the best, and three more are waited for.
    /// assert!(history.stopped_early);
    /// assert_eq!((history.best_epoch, history.epochs.len()), (1, 4));
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn early_stop(mut self, early_stop: EarlyStop) -> Self {
        self.watching.early_stop = Some(early_stop);
        self
    }

    /// Called after each step, with what it came to and the training as it is. It may look at the weights, change them, change the
    /// learning rate, and end the training.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::trainer::{State, StepStats, Trainer};
    /// use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// let mut losses = Vec::new();
    /// let mut call = |stats: &StepStats, state: &mut State<'_, f32>| {
    ///     losses.push(stats.loss);
    ///     state.set_rate_factor(0.5);
    ///     if stats.step == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// };
    /// Trainer::new(&mut net).on_step(&mut call).fit(&[[0.0, 1.0], [1.0, 0.0]], &[[1.0], [0.0]], 10)?;
    /// assert_eq!(losses.len(), 3);
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn on_step(mut self, call: OnStep<'n, N::Real>) -> Self {
        self.watching.on_step = Some(call);
        self
    }

    /// Called after each epoch, as [`Trainer::on_step`], with the figures of the validation rows, if there are any.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// use nn_runtime::trainer::{EpochStats, Judged, State, Trainer};
    /// use std::ops::ControlFlow;
    /// # let mut net = Net::new(1);
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// let mut call = |stats: &EpochStats, judged: Option<&Judged>, _: &mut State<'_, f32>| {
    ///     let loss = judged.map_or(stats.loss, |judged| judged.loss);
    ///     if loss < 0.01 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    /// };
    /// Trainer::new(&mut net).validation(&inputs, &targets)?.on_epoch(&mut call).fit(&inputs, &targets, 10)?;
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    pub fn on_epoch(mut self, call: OnEpoch<'n, N::Real>) -> Self {
        self.watching.on_epoch = Some(call);
        self
    }

    /// Writes a checkpoint into a folder every so many steps (0: after each epoch), and keeps the newest `keep` of them. With `resume`,
    /// the next [`Trainer::fit`] goes on from the newest good one there, if there is any: then its `epochs` count those before the
    /// checkpoint too, so that the same call ends in the same weights as one that was never stopped.
    ///
    /// ```
    /// # nn_runtime::network! { network Net < dense(2->1) > }
    /// # use nn_runtime::{Network, Trainer};
    /// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
    /// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-{}", std::process::id()));
    /// let mut net = Net::new(1);
    /// Trainer::new(&mut net).checkpoints(&folder, 0, 1, false).fit(&inputs, &targets, 3)?;
    /// // Another process:
    /// let mut again = Net::new(1);
    /// let history = Trainer::new(&mut again).checkpoints(&folder, 0, 1, true).fit(&inputs, &targets, 5)?;
    /// assert_eq!(history.epochs.len(), 5);
    /// # std::fs::remove_dir_all(folder).ok();
    /// # Ok::<(), nn_runtime::Error>(())
    /// ```
    #[cfg(feature = "train")]
    pub fn checkpoints(mut self, folder: impl Into<std::path::PathBuf>, every: u64, keep: usize, resume: bool) -> Self {
        self.watching.saving = Some(saving::Saving::new(folder.into(), every, keep, resume));
        self
    }
}
