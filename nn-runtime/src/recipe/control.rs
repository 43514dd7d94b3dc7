//! What steers a training beside its steps: when it stops, what its rates and weights go through, when it is written down.

use crate::augment::Augment;
use crate::optim::{Hyper, Schedule};
use crate::program::Segment;

/// What steers a training beside its steps.
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->1) >
///     train Net { minimize mse with adam; accumulate 4; mixup 0.2; }
/// }
/// let control = Net::PROGRAM.recipe.expect("the text has a train section").control;
/// assert_eq!((control.accumulate, control.mixup), (4, Some(0.2)));
/// assert!(control.checkpoint.is_none() && control.phases.is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Control {
    /// Hyper-parameters over time, beside the learning rate.
    pub schedules: &'static [(Hyper, Schedule)],
    /// What is made of the inputs of training rows, in this order.
    pub augment: &'static [Augment],
    /// Rows are mixed with others of their batch, with shares from this symmetric Beta distribution.
    pub mixup: Option<f64>,
    /// When learning rates are reduced.
    pub plateau: Option<Plateau>,
    /// Batches whose gradients are added for each step.
    pub accumulate: usize,
    /// The moving average of the weights that is evaluated and kept.
    pub ema: Option<Ema>,
    /// The mean of the weights of the last epochs that is kept.
    pub swa: Option<Swa>,
    /// When checkpoints are written.
    pub checkpoint: Option<Checkpointing>,
    /// What is held, and what rates are multiplied with, from which epoch on; in the order of the epochs.
    pub phases: &'static [Phase],
    /// The weights that it begins with, if they come from a file.
    pub origin: Option<Origin>,
    /// A hash of what the network computes: a checkpoint of another is refused.
    pub network: u64,
}

impl Control {
    /// Nothing of it.
    pub const NONE: Self = Self {
        schedules: &[],
        augment: &[],
        mixup: None,
        plateau: None,
        accumulate: 1,
        ema: None,
        swa: None,
        checkpoint: None,
        phases: &[],
        origin: None,
        network: 0,
    };
}

/// What holds from an epoch on.
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->3, relu), dense(1) >
///     train Net {
///         freeze dense_1;
///         minimize mse with adam;
///         at epoch 3 { unfreeze all; lr *= 0.1; }
///     }
/// }
/// let phases = Net::PROGRAM.recipe.expect("the text has a train section").control.phases;
/// let later = phases.last().expect("the text has one");
/// assert_eq!((later.epoch, later.factor), (3, 0.1));
/// // From then on nothing is held.
/// assert!(later.held.is_empty());
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Phase {
    /// The first epoch, from 1.
    pub epoch: usize,
    /// What learning rates are multiplied with.
    pub factor: f64,
    /// Weights that stay as they are, in the order of their places: parameters that are trained in another phase.
    pub held: &'static [Segment],
}

/// Weights of a file to begin with: `from "resnet.safetensors" as pytorch map { … }`.
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->3, relu), dense(1) >
///     train more for Net from "net.safetensors" map { "fc1" -> dense_1 } {
///         renew dense_2;
///         minimize mse with adam;
///     }
/// }
///
/// # fn main() {
/// let origin = More::PROGRAM.recipe.and_then(|recipe| recipe.control.origin).expect("the text has one");
/// assert_eq!((origin.path, origin.map), ("net.safetensors", &[("fc1", "dense_1")][..]));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The file, as written in the text; relative to its folder.
    pub path: &'static str,
    /// Whose names and orders of axes it has: `PyTorch` or `Keras`; none: the only one that fits.
    pub convention: Option<&'static str>,
    /// From names in the file to names of the network.
    pub map: &'static [(&'static str, &'static str)],
    /// Tensors that begin anew.
    pub renew: &'static [&'static str],
}

/// A figure of each epoch that decides: of the validation rows, or of the training rows where there are none.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::trainer::{EarlyStop, Monitor, Trainer};
/// use nn_runtime::Metric;
/// # let mut net = Net::new(1);
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let monitor = Monitor { name: "r2", larger: true };
/// let history = Trainer::new(&mut net)
///     .validation(&inputs, &targets)?
///     .metrics(&[Metric::R2])
///     .early_stop(EarlyStop { monitor, ..EarlyStop::after(5) })
///     .fit(&inputs, &targets, 3)?;
/// assert!(history.best_epoch > 0);
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// `loss`, or a metric as reports call it.
    pub name: &'static str,
    /// Whether larger is better.
    pub larger: bool,
}

impl Monitor {
    /// The loss.
    pub const LOSS: Self = Self { name: "loss", larger: false };

    /// Whether `value` is better than `reference` by more than `delta`. A NaN is never.
    ///
    /// ```
    /// # use nn_runtime::trainer::Monitor;
    /// assert!(Monitor::LOSS.improves(0.5, 0.6, 0.0));
    /// assert!(!Monitor::LOSS.improves(0.59, 0.6, 0.05));
    /// assert!(!Monitor::LOSS.improves(f64::NAN, 0.6, 0.0));
    /// ```
    pub fn improves(self, value: f64, reference: f64, delta: f64) -> bool {
        if self.larger { value > reference + delta } else { value < reference - delta }
    }

    /// What every figure is better than.
    ///
    /// ```
    /// # use nn_runtime::trainer::Monitor;
    /// assert!(Monitor::LOSS.improves(1e9, Monitor::LOSS.worst(), 0.0));
    /// ```
    pub const fn worst(self) -> f64 {
        if self.larger { f64::NEG_INFINITY } else { f64::INFINITY }
    }
}

/// When to stop before the last epoch: after `patience` epochs without an improvement by more than `min_delta`. The monitored figure
/// also decides which weights are the best.
///
/// ```
/// use nn_runtime::trainer::EarlyStop;
/// // Waits for 10 epochs, but not for more than a loss of 0.01, and keeps the last weights.
/// let early_stop = EarlyStop { target: Some(0.01), restore_best: false, ..EarlyStop::after(10) };
/// assert!(early_stop.is_met(0.005));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EarlyStop {
    /// Epochs to wait.
    pub patience: usize,
    /// What counts as an improvement.
    pub min_delta: f64,
    /// What has to improve.
    pub monitor: Monitor,
    /// Whether the best weights are kept, and not the last.
    pub restore_best: bool,
    /// What an improvement has to be better than from the beginning.
    pub baseline: Option<f64>,
    /// The first epoch that patience counts.
    pub from: usize,
    /// A figure that is good enough to stop at.
    pub target: Option<f64>,
}

impl EarlyStop {
    /// Whether a figure is as good as its target, if there is one.
    ///
    /// ```
    /// # use nn_runtime::trainer::EarlyStop;
    /// let early_stop = EarlyStop { target: Some(0.1), ..EarlyStop::after(5) };
    /// assert!(early_stop.is_met(0.1) && !early_stop.is_met(0.2));
    /// assert!(!EarlyStop::after(5).is_met(0.0));
    /// ```
    pub fn is_met(&self, figure: f64) -> bool {
        self.target.is_some_and(|target| figure == target || self.monitor.improves(figure, target, 0.0))
    }

    /// After so many epochs without a lower loss.
    ///
    /// ```
    /// # use nn_runtime::trainer::{EarlyStop, Monitor};
    /// let early_stop = EarlyStop::after(5);
    /// assert_eq!((early_stop.patience, early_stop.monitor), (5, Monitor::LOSS));
    /// ```
    pub const fn after(patience: usize) -> Self {
        Self {
            patience,
            min_delta: 0.0,
            monitor: Monitor::LOSS,
            restore_best: true,
            baseline: None,
            from: 1,
            target: None,
        }
    }
}

/// Learning rates times `factor` after `patience` epochs without an improvement by more than `min_delta` (as Keras's
/// `ReduceLROnPlateau`).
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(1->1) >
///     train Net {
///         data csv("points.csv") { x = column("a"); y = column("b"); }
///         minimize mse with sgd(lr = 0.1);
///         plateau(factor = 0.5, patience = 3, min_lr = 0.001);
///     }
/// }
///
/// # fn main() {
/// let plateau = Net::PROGRAM.recipe.and_then(|recipe| recipe.control.plateau).expect("the text has one");
/// assert_eq!((plateau.factor, plateau.patience, plateau.min_lr), (0.5, 3, 0.001));
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Plateau {
    /// What learning rates are multiplied with.
    pub factor: f64,
    /// Epochs to wait.
    pub patience: usize,
    /// What counts as an improvement.
    pub min_delta: f64,
    /// The rate that the schedule starts from becomes no smaller than this.
    pub min_lr: f64,
    /// Epochs after a reduction that are not counted.
    pub cooldown: usize,
    /// What has to improve.
    pub monitor: Monitor,
}

/// An exponential moving average of all weights: after each step `average = decay average + (1 - decay) weights`; it begins with the
/// initial weights (Polyak and Juditsky 1992, in the form of TensorFlow's `ExponentialMovingAverage`).
///
/// ```
/// use nn_runtime::trainer::Ema;
/// let ema = Ema { decay: 0.999, warmup: true };
/// # let step = 1.0;
/// // What remains of the initial weights after the first step, thanks to the warm-up.
/// let remains = ema.decay.min((1.0 + step) / (10.0 + step));
/// assert!(remains < 0.2);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ema {
    /// How much of the average remains.
    pub decay: f64,
    /// Whether the decay of step t is at most `(1 + t) / (10 + t)`, so that the initial weights are forgotten soon.
    pub warmup: bool,
}

/// The mean of the weights after some epochs (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima and Better
/// Generalization", algorithm 1). Running statistics are computed anew for it.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::trainer::{Swa, Trainer};
/// # let mut net = Net::new(1);
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// let mut trainer = Trainer::new(&mut net).swa(Swa { from: 6, every: 1, lr: Some(0.01) });
/// let history = trainer.fit(&inputs, &targets, 10)?;
/// assert_eq!(history.epochs[9].learning_rate, 0.01);
/// trainer.use_average(&inputs, &targets)?;
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Swa {
    /// The first epoch whose weights count, from 1.
    pub from: usize,
    /// Epochs from one that counts to the next.
    pub every: usize,
    /// The learning rate from that epoch on; none: as the schedule says.
    pub lr: Option<f64>,
}

/// When checkpoints are written, and how many are kept.
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->1) >
///     train Net { minimize mse with adam; checkpoint(every = 500, keep = 3); }
/// }
/// let checkpoint = Net::PROGRAM.recipe.and_then(|recipe| recipe.control.checkpoint).expect("the text has one");
/// assert_eq!((checkpoint.steps, checkpoint.minutes, checkpoint.keep), (Some(500), None, 3));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Checkpointing {
    /// Steps from one to the next.
    pub steps: Option<u64>,
    /// Minutes from one to the next.
    pub minutes: Option<f64>,
    /// How many of the newest are kept.
    pub keep: usize,
}
