//! The train section of a text as a constant: what to read, what to minimize, how, and for how long.

use crate::loss::Loss;
use crate::metric::Metric;
use crate::optim::{Clip, Optimizer, Penalty, Schedule};

mod control;

pub use control::{Checkpointing, Control, EarlyStop, Ema, Monitor, Origin, Phase, Plateau, Swa};

/// How a network is trained. Everything here is a default: the command line and `Trainer` can override it.
#[derive(Clone, Copy, Debug)]
pub struct Recipe {
    /// Where examples come from.
    pub data: Option<Data>,
    /// How rows are divided.
    pub split: Split,
    /// What is minimized.
    pub loss: Loss<'static>,
    /// What changes the parameters.
    pub optimizer: Optimizer,
    /// The learning rate over time.
    pub schedule: Schedule,
    /// Penalties on the parameters, beside those of the layers.
    pub penalty: Penalty,
    /// Limits on the gradients.
    pub clip: Clip,
    /// Rows in a step.
    pub batch: usize,
    /// Passes over the training rows.
    pub epochs: usize,
    /// The seed of all random numbers.
    pub seed: u64,
    /// When to stop before the last epoch.
    pub early_stop: Option<EarlyStop>,
    /// What is reported, beside the loss.
    pub metrics: &'static [Metric],
    /// What else steers the training.
    pub control: Control,
}

/// Where examples come from, and what is made of what is there.
#[derive(Clone, Copy, Debug)]
pub struct Data {
    /// A file or a folder, as written in the text; relative to its folder.
    pub path: &'static str,
    /// What is there, and how it is read.
    pub source: Source,
    /// The inputs: the fields side by side.
    pub x: &'static [Field],
    /// The targets.
    pub y: &'static [Field],
}

/// What there is at the path of a data section.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// A table of comma-separated values.
    Csv(Csv),
    /// The characters of a text.
    Text(Text),
    /// A folder of IDX files; `None` for those of MNIST under their usual names.
    Idx(Option<IdxFiles>),
    /// A folder of PNG files, in folders that are called like their classes.
    Images(Parts),
    /// An archive of arrays as numpy writes them, or a folder with a file for each.
    Arrays,
}

impl Source {
    /// Whether examples are divided by their place, because they follow each other.
    pub const fn is_by_position(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Csv(Csv { grouping: Grouping::Windows { .. }, .. }))
    }
}

/// The parts of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The folder in it that is trained on; empty for itself.
    pub train: &'static str,
    /// The folder in it that is tested on, if there is one.
    pub test: Option<&'static str>,
}

/// How the characters of a text become examples. The arrays of `x` and `y` are `chars`, or `next`: those one character behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Characters of one input.
    pub window: usize,
    /// Characters from the beginning of an input to that of the next.
    pub stride: usize,
}

/// How a table is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Csv {
    /// Whether the first line names the columns.
    pub header: Header,
    /// The byte between cells.
    pub separator: u8,
    /// What is done with a row that has an empty cell or `?` in a column that is used.
    pub missing: Missing,
    /// Which rows make one example.
    pub grouping: Grouping,
    /// The name of the column that says how much each row counts in the loss, if one does.
    pub weight: Option<&'static str>,
    /// The table that is tested on, if it is one by itself: relative to the folder of the other.
    pub test: Option<&'static str>,
}

/// IDX files by their names in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IdxFiles {
    /// The images that are trained on.
    pub images: &'static str,
    /// Their labels, if there are any.
    pub labels: Option<&'static str>,
    /// The images that are tested on, if they are given, and their labels.
    pub test: Option<(&'static str, Option<&'static str>)>,
}

/// Which rows of a table make one example.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grouping {
    /// Each row by itself.
    Rows,
    /// `window` rows are the input, `[window, columns of x]`, and the `horizon` rows behind them the target, `[horizon, columns of y]`. The
    /// table is divided by position, not at random, and no example reaches from one part into another.
    Windows {
        /// Rows of the input.
        window: usize,
        /// Rows of the target.
        horizon: usize,
        /// Rows from the beginning of an example to that of the next.
        stride: usize,
    },
    /// Rows that follow each other with the same cell in a column are the input, `[length, columns of x]`, with rows of zeros behind them;
    /// the target is that of the first.
    Sequences {
        /// The name of the column.
        column: &'static str,
        /// The most rows of a sequence.
        length: usize,
    },
}

/// Whether the first line of a CSV file names the columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    /// It does if no cell of it is a number.
    Auto,
    /// It does.
    Present,
    /// It does not.
    Absent,
}

/// What is done with empty cells and `?`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Stop and name the cell.
    Error,
    /// Leave the row out.
    DropRow,
    /// A category of its own; for numbers, an error.
    Category,
}

/// Some columns and what is made of them.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// How cells become numbers.
    pub encoding: Encoding,
    /// Which columns.
    pub columns: Columns,
}

/// How cells become numbers. Statistics and categories come from the training rows only.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Encoding {
    /// The number itself.
    Number,
    /// `(x - mean) / standard deviation` (of the population, divisor n); 0 for a column that is constant in training.
    Standardize,
    /// The same for each channel, each value of the last axis.
    Normalize {
        /// How many there are.
        channels: usize,
        /// Means and deviations, if they are not measured: one for all channels, or one for each.
        stated: &'static [(f64, f64)],
    },
    /// From the range in training to `low..high`.
    MinMax {
        /// The image of the smallest training value.
        low: f64,
        /// The image of the largest training value.
        high: f64,
    },
    /// One value for each category, 1 for the one at hand; categories sorted by name, or as numbers if all are. An unseen category is an error.
    OneHot,
    /// The index of the category: a class id for the loss, an id for an embedding.
    Labels,
    /// `x * factor + offset`
    Scale {
        /// What each number is multiplied by.
        factor: f64,
        /// What is added then.
        offset: f64,
    },
}

/// Which columns of a CSV file, or which array of another source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Columns {
    /// By name; needs a header.
    Names(&'static [&'static str]),
    /// By index from 0.
    Indices(&'static [usize]),
    /// `start..end` by index; the end is not included.
    Range(usize, usize),
    /// The array of this name, and the one that holds it for the examples that are tested on.
    Array(&'static str, Option<&'static str>),
}

/// How rows are divided. The parts add up to 1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// The part that is trained on.
    pub train: f64,
    /// The part that decides on early stopping and on the best weights.
    pub validation: f64,
    /// The part that is only looked at in the end.
    pub test: f64,
    /// Whether each class is divided in these parts.
    pub stratify: bool,
    /// Whether rows are shuffled before they are divided.
    pub shuffle: bool,
    /// The folds of the rows that are not tested on, in place of `train` and `validation`.
    pub folds: Option<Folds>,
}

/// As many parts of equal size, of which one is validated on and all others are trained on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folds {
    /// How many there are.
    pub count: usize,
    /// Which is validated on, from 0.
    pub held: usize,
}

impl Split {
    /// The same rows to test on, and the others in folds; with one fold, all others to train on.
    pub fn in_folds(self, folds: Folds) -> Self {
        let folds = Some(folds).filter(|folds| folds.count > 1);
        Self { train: 1.0 - self.test, validation: 0.0, folds, ..self }
    }
}
