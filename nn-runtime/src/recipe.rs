//! The train section of a text as a constant: what to read, what to minimize, how, and for how long.
//!
//! ```
//! nn_runtime::network! {
//!     network Kinds < dense(2->3, softmax) >
//!     train Kinds {
//!         data csv("kinds.csv") { x = standardize(columns[0..2]); y = labels(column("kind")); }
//!         split train = 0.8, test = 0.2;
//!         minimize cross_entropy with adam(lr = 0.01);
//!         batch 16; epochs 30; metric accuracy;
//!     }
//! }
//! let recipe = Kinds::PROGRAM.recipe.expect("the text has a train section");
//! assert_eq!((recipe.loss.name(), recipe.optimizer.name(), recipe.schedule.lr), ("cross_entropy", "adam", 0.01));
//! assert_eq!((recipe.batch, recipe.epochs, recipe.split.test), (16, 30, 0.2));
//! ```

use crate::loss::Loss;
use crate::metric::Metric;
use crate::optim::{Clip, Optimizer, Penalty, Schedule};

mod control;

pub use control::{Checkpointing, Control, EarlyStop, Ema, Monitor, Origin, Phase, Plateau, Swa};

/// How a network is trained. Everything here is a default: the command line and `Trainer` can override it.
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->1) >
///     train Net { minimize mse with sgd(lr = 0.1); epochs 20; seed 7; }
/// }
/// use nn_runtime::Trainer;
/// let recipe = Net::PROGRAM.recipe.expect("the text has a train section");
/// assert_eq!((recipe.epochs, recipe.seed), (20, 7));
/// // A trainer begins with it.
/// assert_eq!(Trainer::new(&mut Net::new(1)).settings().seed, 7);
/// ```
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
///
/// ```
/// # nn_runtime::network! {
/// #     network Kinds < dense(2->3, softmax) >
/// #     train Kinds {
/// #         data csv("kinds.csv") { x = standardize(columns[0..2]); y = labels(column("kind")); }
/// #         minimize cross_entropy with adam;
/// #     }
/// # }
/// let data = Kinds::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert_eq!((data.path, data.x.len(), data.y.len()), ("kinds.csv", 1, 1));
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Digits < input(28, 28, 1), flatten, dense(10, softmax) >
///     train Digits {
///         data idx("mnist") { x = image / 255; y = label; }
///         minimize cross_entropy with adam;
///     }
/// }
/// use nn_runtime::recipe::Source;
/// let data = Digits::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert_eq!(data.source, Source::Idx(None));
/// ```
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
    ///
    /// ```
    /// use nn_runtime::recipe::{Source, Text};
    /// assert!(Source::Text(Text { window: 64, stride: 64 }).is_by_position());
    /// assert!(!Source::Idx(None).is_by_position());
    /// ```
    pub const fn is_by_position(&self) -> bool {
        matches!(self, Self::Text(_) | Self::Csv(Csv { grouping: Grouping::Windows { .. }, .. }))
    }
}

/// The parts of a folder.
///
/// ```
/// nn_runtime::network! {
///     network Flowers < input(8, 8, 3), conv(4, 3), relu, flatten, dense(2, softmax) >
///     train Flowers {
///         data images("flowers", train = "train", test = "test") { x = image / 255; y = label; }
///         minimize cross_entropy with adam;
///     }
/// }
/// use nn_runtime::recipe::{Parts, Source};
/// let data = Flowers::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert_eq!(data.source, Source::Images(Parts { train: "train", test: Some("test") }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parts {
    /// The folder in it that is trained on; empty for itself.
    pub train: &'static str,
    /// The folder in it that is tested on, if there is one.
    pub test: Option<&'static str>,
}

/// How the characters of a text become examples. The arrays of `x` and `y` are `chars`, or `next`: those one character behind.
///
/// ```
/// nn_runtime::network! {
///     network Next(ids: class(4)[5]) { ids |> embedding(4) |> flatten |> dense(4) |> softmax }
///     train Next {
///         data text("cycle.txt", window = 5, stride = 1) { x = chars; y = next(chars); }
///         minimize cross_entropy with adam;
///     }
/// }
/// use nn_runtime::recipe::{Source, Text};
/// let data = Next::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert_eq!(data.source, Source::Text(Text { window: 5, stride: 1 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    /// Characters of one input.
    pub window: usize,
    /// Characters from the beginning of an input to that of the next.
    pub stride: usize,
}

/// How a table is read.
///
/// ```
/// nn_runtime::network! {
///     network Prices < dense(4->1) >
///     train Prices {
///         data csv("prices.csv", separator = ";", weight = "days") { x = columns[0..4]; y = column("price"); }
///         minimize mse with adam;
///     }
/// }
/// use nn_runtime::recipe::Source;
/// let data = Prices::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert!(matches!(data.source, Source::Csv(csv) if csv.separator == b';' && csv.weight == Some("days")));
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Rebuilt < input(28, 28, 1), flatten, dense(16, relu), dense(784) >
///     train Rebuilt {
///         data idx(images = "digits.idx", test_images = "more.idx") { x = image / 255; }
///         minimize mse with adam;
///     }
/// }
/// use nn_runtime::recipe::{IdxFiles, Source};
/// let data = Rebuilt::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert_eq!(data.source, Source::Idx(Some(IdxFiles { images: "digits.idx", labels: None, test: Some(("more.idx", None)) })));
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Load < input(48, 2), flatten, dense(1) >
///     train Load {
///         data csv("load.csv", window = 48, horizon = 1) { x = columns[0..2]; y = column(1); }
///         minimize mse with adam;
///     }
/// }
/// use nn_runtime::recipe::{Grouping, Source};
/// let data = Load::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// let Source::Csv(csv) = data.source else { panic!("it is a table") };
/// assert_eq!(csv.grouping, Grouping::Windows { window: 48, horizon: 1, stride: 1 });
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->1) >
///     train Net {
///         data csv("net.csv", header = false) { x = columns[0..2]; y = column(2); }
///         minimize mse with adam;
///     }
/// }
/// use nn_runtime::recipe::{Header, Source};
/// let data = Net::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert!(matches!(data.source, Source::Csv(csv) if csv.header == Header::Absent));
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->1) >
///     train Net {
///         data csv("net.csv", missing = drop) { x = columns[0..2]; y = column(2); }
///         minimize mse with adam;
///     }
/// }
/// use nn_runtime::recipe::{Missing, Source};
/// let data = Net::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// assert!(matches!(data.source, Source::Csv(csv) if csv.missing == Missing::DropRow));
/// ```
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
///
/// ```
/// # nn_runtime::network! {
/// #     network Kinds < dense(2->3, softmax) >
/// #     train Kinds {
/// #         data csv("kinds.csv") { x = standardize(columns[0..2]); y = labels(column("kind")); }
/// #         minimize cross_entropy with adam;
/// #     }
/// # }
/// use nn_runtime::recipe::{Columns, Encoding};
/// let data = Kinds::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// // `standardize(columns[0..2])`
/// assert_eq!((data.x[0].encoding, data.x[0].columns), (Encoding::Standardize, Columns::Range(0, 2)));
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// How cells become numbers.
    pub encoding: Encoding,
    /// Which columns.
    pub columns: Columns,
}

/// How cells become numbers. Statistics and categories come from the training rows only.
///
/// ```
/// # nn_runtime::network! {
/// #     network Kinds < dense(2->3, softmax) >
/// #     train Kinds {
/// #         data csv("kinds.csv") { x = min_max(columns[0..2], low = -1, high = 1); y = labels(column("kind")); }
/// #         minimize cross_entropy with adam;
/// #     }
/// # }
/// use nn_runtime::recipe::Encoding;
/// let data = Kinds::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// // `min_max(columns[0..2], low = -1, high = 1)`
/// assert_eq!(data.x[0].encoding, Encoding::MinMax { low: -1.0, high: 1.0 });
/// assert_eq!(data.y[0].encoding, Encoding::Labels);
/// ```
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
///
/// ```
/// # nn_runtime::network! {
/// #     network Kinds < dense(2->3, softmax) >
/// #     train Kinds {
/// #         data csv("kinds.csv") { x = standardize(columns[0..2]); y = labels(column("kind")); }
/// #         minimize cross_entropy with adam;
/// #     }
/// # }
/// use nn_runtime::recipe::Columns;
/// let data = Kinds::PROGRAM.recipe.and_then(|recipe| recipe.data).expect("the text says where they are");
/// // `labels(column("kind"))`
/// assert_eq!(data.y[0].columns, Columns::Names(&["kind"]));
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->1) >
///     train Net { split train = 0.7, validation = 0.2, test = 0.1; minimize mse with adam; }
/// }
/// let split = Net::PROGRAM.recipe.expect("the text has a train section").split;
/// assert_eq!((split.train, split.validation, split.test), (0.7, 0.2, 0.1));
/// assert!(split.shuffle && !split.stratify);
/// ```
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
///
/// ```
/// nn_runtime::network! {
///     network Net < dense(2->1) >
///     train Net { split folds = 5, test = 0.1; minimize mse with adam; }
/// }
/// use nn_runtime::recipe::Folds;
/// let split = Net::PROGRAM.recipe.expect("the text has a train section").split;
/// assert_eq!(split.folds, Some(Folds { count: 5, held: 0 }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Folds {
    /// How many there are.
    pub count: usize,
    /// Which is validated on, from 0.
    pub held: usize,
}

impl Split {
    /// The same rows to test on, and the others in folds; with one fold, all others to train on.
    ///
    /// ```
    /// # nn_runtime::network! {
    /// #     network Net < dense(2->1) >
    /// #     train Net { split train = 0.7, validation = 0.2, test = 0.1; minimize mse with adam; }
    /// # }
    /// use nn_runtime::recipe::Folds;
    /// let split = Net::PROGRAM.recipe.expect("the text has a train section").split;
    /// let third = split.in_folds(Folds { count: 5, held: 2 });
    /// assert_eq!((third.train, third.validation, third.test), (0.9, 0.0, 0.1));
    /// // One fold is none: all are trained on.
    /// assert_eq!(split.in_folds(Folds { count: 1, held: 0 }).folds, None);
    /// ```
    pub fn in_folds(self, folds: Folds) -> Self {
        let folds = Some(folds).filter(|folds| folds.count > 1);
        Self { train: 1.0 - self.test, validation: 0.0, folds, ..self }
    }
}
