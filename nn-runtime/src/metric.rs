//! What is reported beside the loss; knows outputs and targets, no network.

#[cfg(feature = "alloc")]
mod auc;
#[cfg(feature = "alloc")]
mod confusion;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
}

impl Metric {
    /// Its name in the language.
    pub const fn name(&self) -> &'static str {
        match self {
            Metric::Accuracy => "accuracy",
            Metric::TopK(_) => "top_k",
            Metric::Precision => "precision",
            Metric::Recall => "recall",
            Metric::F1 => "f1",
            Metric::RocAuc => "roc_auc",
            Metric::Confusion => "confusion",
            Metric::Mae => "mae",
            Metric::Rmse => "rmse",
            Metric::R2 => "r2",
        }
    }

    /// Whether larger is better; `None` for the confusion matrix.
    pub const fn larger_is_better(&self) -> Option<bool> {
        match self {
            Metric::Confusion => None,
            Metric::Mae | Metric::Rmse => Some(false),
            _ => Some(true),
        }
    }
}
