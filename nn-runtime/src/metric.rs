//! What is reported beside the loss; knows outputs and targets, no network.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->1, sigmoid) > }
//! use nn_runtime::{Metric, Trainer};
//! # let mut net = Net::new(1);
//! let (inputs, answers) = ([[0.0, 1.0], [1.0, 0.0]], [1, 0]);
//! let history = Trainer::new(&mut net)
//!     .learning_rate(0.1)
//!     .validation(&inputs, &answers)?
//!     .metrics(&[Metric::Accuracy])
//!     .fit(&inputs, &answers, 50)?;
//! assert_eq!(history.validation[49].metrics, [("accuracy".into(), 1.0)]);
//! # Ok::<(), nn_runtime::Error>(())
//! ```

#[cfg(feature = "alloc")]
mod auc;
#[cfg(feature = "alloc")]
mod confusion;
#[cfg(feature = "alloc")]
mod moments;
#[cfg(feature = "train")]
pub(crate) mod roc;
#[cfg(feature = "alloc")]
mod scores;
#[cfg(all(test, feature = "alloc"))]
mod tests;

#[cfg(feature = "alloc")]
pub use confusion::Confusion;
#[cfg(feature = "alloc")]
pub use scores::{Score, Scores};

/// A figure of how good outputs are.
///
/// A network with one output says class 1 from a threshold on (0.5, for hinge 0), else class 0; one with several says the largest,
/// of equals the first. Averages over classes are macro: each class that occurs in targets or outputs counts the same, and 0 / 0 is 0
/// (Sokolova and Lapalme 2009; as in scikit-learn).
///
/// ```
/// use nn_runtime::{Metric, Targets, metric::Scores};
/// let mut scores = Scores::new(&[Metric::Mae, Metric::Rmse], 1);
/// scores.add(&[1.0, 2.0, 3.0], Targets::Values(&[1.0, 2.0, 6.0]));
/// let values: Vec<f64> = scores.scores().iter().map(|score| score.value).collect();
/// assert_eq!(values, [1.0, 3.0_f64.sqrt()]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Metric {
    /// The part of rows whose class is right.
    Accuracy,
    /// The part of rows whose class is among the `k` largest outputs.
    TopK(usize),
    /// Right answers of a class over all answers of that class, mean over classes.
    Precision,
    /// Right answers of a class over all rows of that class, mean over classes.
    Recall,
    /// `2 p r / (p + r)` of precision and recall of a class, mean over classes.
    F1,
    /// `(1 + b^2) p r / (b^2 p + r)` of precision and recall of a class, mean over classes: with `b` above 1 recall counts more (van
    /// Rijsbergen 1979).
    FBeta(f64),
    /// The correlation of classes and answers, from -1 to 1; 0 if either are all the same (Matthews 1975, of several classes Gorodkin
    /// 2004).
    Mcc,
    /// How much more often answers are right than they would be by chance, as a part of what chance leaves (Cohen 1960).
    Kappa,
    /// Right answers of a class over all rows that are of the class or are taken for it, mean over classes: intersection over union
    /// (Jaccard 1901).
    MeanIou,
    /// The area under precision over recall, as the sum of the precisions at each threshold weighted by what recall gains there; with
    /// several outputs, the mean over classes, each against the rest. NaN if there is no row of the class.
    AveragePrecision,
    /// The probability that a row of the class has a larger output than one that is not, ties half (Hanley and McNeil 1982); with
    /// several outputs, the mean over classes, each against the rest. NaN if there is only one class.
    RocAuc,
    /// How often each class is taken for each.
    Confusion,
    /// Mean absolute error over all outputs.
    Mae,
    /// Root of the mean squared error over all outputs.
    Rmse,
    /// `1 - sum (t - y)^2 / sum (t - mean t)^2`, mean over outputs; for targets that are all the same, 1 if they are met, else 0.
    R2,
    /// `1 - variance of (t - y) / variance of t`, mean over outputs: as `R2`, but a constant error costs nothing.
    ExplainedVariance,
    /// The correlation of outputs and targets, mean over outputs; 0 if either are all the same (Pearson 1895).
    Pearson,
    /// The correlation of the ranks of outputs and targets, ties by their mean rank, mean over outputs (Spearman 1904).
    Spearman,
    /// How close outputs and targets are to the line on which they are equal, from -1 to 1, mean over outputs (Lin 1989).
    Concordance,
}

impl Metric {
    /// Its name in the language.
    ///
    /// ```
    /// # use nn_runtime::Metric;
    /// assert_eq!(Metric::RocAuc.name(), "roc_auc");
    /// ```
    pub const fn name(&self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::TopK(_) => "top_k",
            Metric::Precision => "precision",
            Metric::Recall => "recall",
            Metric::F1 => "f1",
            Metric::FBeta(_) => "f_beta",
            Metric::Mcc => "mcc",
            Metric::Kappa => "kappa",
            Metric::MeanIou => "mean_iou",
            Metric::AveragePrecision => "average_precision",
            Metric::RocAuc => "roc_auc",
            Metric::Confusion => "confusion",
            Metric::Mae => "mae",
            Metric::Rmse => "rmse",
            Metric::R2 => "r2",
            Metric::ExplainedVariance => "explained_variance",
            Metric::Pearson => "pearson",
            Metric::Spearman => "spearman",
            Metric::Concordance => "concordance",
        }
    }

    /// Whether it compares numbers, and not classes.
    ///
    /// ```
    /// # use nn_runtime::Metric;
    /// assert!(Metric::R2.compares_numbers() && !Metric::F1.compares_numbers());
    /// ```
    pub const fn compares_numbers(&self) -> bool {
        use Metric::{Concordance, ExplainedVariance, Mae, Pearson, R2, Rmse, Spearman};
        matches!(self, Mae | Rmse | R2 | ExplainedVariance | Pearson | Spearman | Concordance)
    }

    /// Whether larger is better; `None` for the confusion matrix.
    ///
    /// ```
    /// # use nn_runtime::Metric;
    /// assert_eq!(Metric::Accuracy.larger_is_better(), Some(true));
    /// assert_eq!(Metric::Rmse.larger_is_better(), Some(false));
    /// ```
    pub const fn larger_is_better(&self) -> Option<bool> {
        match self {
            Metric::Confusion => None,
            Metric::Mae | Metric::Rmse => Some(false),
            _ => Some(true),
        }
    }
}
