//! What is reported beside the loss; knows outputs and targets only.

/// A figure of how good outputs are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Metric {
    /// The part of rows whose class is right.
    Accuracy,
    /// The part of rows whose class is among the `k` largest outputs.
    TopK(usize),
    /// Precision, macro average.
    Precision,
    /// Recall, macro average.
    Recall,
    /// F1, macro average.
    F1,
    /// The area under the ROC curve.
    RocAuc,
    /// How often each class is taken for each.
    Confusion,
    /// Mean absolute error.
    Mae,
    /// Root of the mean squared error.
    Rmse,
    /// The coefficient of determination.
    R2,
}
