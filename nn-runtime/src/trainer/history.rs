//! What the epochs of a training came to; knows no network.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::ControlFlow;

use crate::fit::{EpochStats, Observer, State};
use crate::recipe::Monitor;

/// The epochs of one call of [`Trainer::fit`](super::Trainer::fit), of those before its checkpoint too. With the feature `train` it can
/// be serialised.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # use nn_runtime::Trainer;
/// # let mut net = Net::new(1);
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let history = Trainer::new(&mut net).validation(&inputs, &targets)?.fit(&inputs, &targets, 3)?;
/// for (epoch, judged) in history.epochs.iter().zip(&history.validation) {
///     println!("epoch {}: loss {:.4}, on the validation rows {:.4}", epoch.epoch, epoch.loss, judged.loss);
/// }
/// assert_eq!((history.epochs.len(), history.stopped_early), (3, false));
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize, serde::Deserialize))]
pub struct History {
    /// One entry for each epoch.
    pub epochs: Vec<EpochStats>,
    /// The validation rows after each epoch, if there are any.
    pub validation: Vec<Judged>,
    /// The best epoch, from 1, if early stopping looked for it; 0 if there is none.
    pub best_epoch: usize,
    /// Whether it stopped early.
    pub stopped_early: bool,
}

impl<T> Observer<T> for History {
    fn on_epoch(&mut self, stats: &EpochStats, _: &mut State<'_, T>) -> ControlFlow<()> {
        self.epochs.push(*stats);
        ControlFlow::Continue(())
    }
}

/// Loss and metrics of some rows, without noise and penalties.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # use nn_runtime::{Metric, Trainer, trainer::Judged};
/// # let mut net = Net::new(1);
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let mut trainer = Trainer::new(&mut net).validation(&inputs, &targets)?.metrics(&[Metric::Mae]);
/// let history = trainer.fit(&inputs, &targets, 1)?;
/// let Judged { loss, metrics } = &history.validation[0];
/// assert!(*loss > 0.0);
/// assert_eq!(metrics[0].0, "mae");
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "train", derive(serde::Serialize, serde::Deserialize))]
pub struct Judged {
    /// The loss.
    pub loss: f64,
    /// Metrics by name, in the order in which the trainer was told of them.
    pub metrics: Vec<(String, f64)>,
}

impl Judged {
    /// The figure that a monitor looks at; NaN if there is none of its name.
    pub(super) fn figure(&self, monitor: Monitor) -> f64 {
        if monitor.name == "loss" {
            return self.loss;
        }
        self.metrics.iter().find(|(name, _)| name == monitor.name).map_or(f64::NAN, |(_, value)| *value)
    }
}
