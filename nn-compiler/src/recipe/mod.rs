//! What a train section can name: losses, optimizers, schedules and metrics, each an entry of a table that holds its interface
//! and how the runtime's value is written in Rust.

pub mod changes;
mod control;
pub mod losses;
pub mod metrics;
pub mod optimizers;
pub mod schedules;
pub mod search;

use nn_grammar::span::Span;
use proc_macro2::TokenStream;
use quote::quote;

use crate::init::Init;
use crate::signature::{Args, Decay, Schedule};
pub use control::{Augment, Checkpointing, Control, EarlyStop, Ema, Monitor, Origin, Phase, Plateau, Swa};
use losses::LossEntry;
use metrics::MetricEntry;
use optimizers::OptimizerEntry;

/// A train section with all names resolved and all defaults filled in.
#[derive(Clone, Debug)]
pub struct Recipe {
    /// The text of its `///` lines.
    pub docs: Vec<String>,
    /// Where examples come from.
    pub data: Option<Data>,
    /// How rows are divided.
    pub split: Split,
    /// What is minimized.
    pub loss: (&'static LossEntry, Args),
    /// What changes the parameters.
    pub optimizer: (&'static OptimizerEntry, Args),
    /// Rows in a step.
    pub batch: usize,
    /// Where the text says so.
    pub batch_span: Option<Span>,
    /// Passes over the training rows.
    pub epochs: usize,
    /// The seed of all random numbers.
    pub seed: u64,
    /// When to stop before the last epoch.
    pub early_stop: Option<EarlyStop>,
    /// What else steers it.
    pub control: Control,
    /// What is reported.
    pub metrics: Vec<(&'static MetricEntry, Args)>,
    /// The most bytes that a training step may take, and where it says so.
    pub memory: Option<(u64, Span)>,
}

/// Where examples come from.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    /// A file or a folder, as written in the text; `.` for the folder of the text.
    pub path: String,
    /// What is there, and how it is read.
    pub source: Source,
    /// The inputs.
    pub x: Vec<Field>,
    /// The targets.
    pub y: Vec<Field>,
}

impl Data {
    /// Whether the text names examples that are tested on, which `split` then cannot divide.
    pub fn has_test(&self) -> bool {
        match &self.source {
            Source::Csv(table) => table.test.is_some(),
            Source::Text(_) | Source::Idx(None) => false,
            Source::Idx(Some(files)) => files.test.is_some(),
            Source::Images(parts) => parts.test.is_some(),
            Source::Arrays(_) => self.x.iter().any(|field| matches!(field.columns, Columns::Array(_, Some(_)))),
        }
    }
}

/// What there is at the path of a data section.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A table of comma-separated values.
    Csv(Csv),
    /// The characters of a text.
    Text(Text),
    /// A folder of IDX files; `None` for those of MNIST under their usual names.
    Idx(Option<IdxFiles>),
    /// A folder of PNG files, in folders that are called like their classes.
    Images(Parts),
    /// Arrays as numpy writes them: an archive, or a folder with a file for each.
    Arrays(Arrays),
}

/// Where arrays of numpy lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrays {
    /// In one archive.
    Npz,
    /// In files of a folder.
    Npy,
}

/// The parts of a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct Parts {
    /// The folder in it that is trained on; empty for itself.
    pub train: String,
    /// The folder in it that is tested on, if there is one.
    pub test: Option<String>,
}

impl Source {
    /// Which rows make one example.
    pub fn grouping(&self) -> &Grouping {
        match self {
            Source::Csv(csv) => &csv.grouping,
            Source::Text(_) | Source::Idx(_) | Source::Images(_) | Source::Arrays(_) => &Grouping::Rows,
        }
    }

    /// The table that is tested on, if it is stated.
    pub fn test(&self) -> Option<&str> {
        if let Source::Csv(csv) = self { csv.test.as_deref() } else { None }
    }
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
#[derive(Clone, Debug, PartialEq)]
pub struct Csv {
    /// Whether the first line names the columns; `None` lets the data decide.
    pub header: Option<bool>,
    /// The byte between cells.
    pub separator: u8,
    /// `error`, `drop` or `category`.
    pub missing: &'static str,
    /// Which rows make one example.
    pub grouping: Grouping,
    /// The column that says how much each row counts in the loss, if one does.
    pub weight: Option<String>,
    /// The table that is tested on, if it is one by itself: relative to the folder of the other.
    pub test: Option<String>,
}

/// IDX files by their names in a folder.
#[derive(Clone, Debug, PartialEq)]
pub struct IdxFiles {
    /// The images that are trained on.
    pub images: String,
    /// Their labels, if there are any.
    pub labels: Option<String>,
    /// The images that are tested on, if they are given, and their labels.
    pub test: Option<(String, Option<String>)>,
}

/// Which rows of a table make one example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Grouping {
    /// Each row by itself.
    #[default]
    Rows,
    /// Some rows are the input, those behind them the target.
    Windows {
        /// Rows of the input.
        window: usize,
        /// Rows of the target.
        horizon: usize,
        /// Rows from the beginning of an example to that of the next.
        stride: usize,
    },
    /// Rows that follow each other with the same cell in a column, with rows of zeros behind them.
    Sequences {
        /// The name of the column.
        column: String,
        /// Rows of the input.
        length: usize,
    },
}

impl Grouping {
    /// Rows of an input.
    pub fn input_rows(&self) -> usize {
        match self {
            Grouping::Rows => 1,
            Grouping::Windows { window, .. } => *window,
            Grouping::Sequences { length, .. } => *length,
        }
    }

    /// Rows of a target.
    pub fn target_rows(&self) -> usize {
        if let Grouping::Windows { horizon, .. } = self { *horizon } else { 1 }
    }
}

/// Columns and what is made of them.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// How cells become numbers.
    pub encoding: Encoding,
    /// Which columns.
    pub columns: Columns,
}

/// How cells become numbers.
#[derive(Clone, Debug, PartialEq)]
pub enum Encoding {
    /// As they are.
    Number,
    /// Mean 0, standard deviation 1.
    Standardize,
    /// Mean 0, standard deviation 1 for each channel: each value of the last axis.
    Normalize {
        /// How many channels there are, once the network is known.
        channels: usize,
        /// Means and deviations, if the text states them: one for all channels, or one for each.
        stated: Vec<(f64, f64)>,
    },
    /// Into a range.
    MinMax {
        /// Its lower end.
        low: f64,
        /// Its upper end.
        high: f64,
    },
    /// A value for each category.
    OneHot,
    /// The index of the category.
    Labels,
    /// `x * factor + offset`
    Scale {
        /// What each number is multiplied by.
        factor: f64,
        /// What is added then.
        offset: f64,
    },
}

impl Encoding {
    /// Whether numbers become others, in another unit.
    pub fn scales(&self) -> bool {
        match self {
            Encoding::Standardize | Encoding::Normalize { .. } | Encoding::MinMax { .. } | Encoding::Scale { .. } => {
                true
            }
            Encoding::Number | Encoding::OneHot | Encoding::Labels => false,
        }
    }
}

/// Which columns, or which array.
#[derive(Clone, Debug, PartialEq)]
pub enum Columns {
    /// By name.
    Names(Vec<String>),
    /// By index.
    Indices(Vec<usize>),
    /// From the first to before the second.
    Range(usize, usize),
    /// The array of this name, and the one that holds it for the examples that are tested on.
    Array(String, Option<String>),
}

impl Columns {
    /// How many there are; an array counts as one.
    pub fn count(&self) -> usize {
        match self {
            Columns::Names(names) => names.len(),
            Columns::Indices(indices) => indices.len(),
            Columns::Range(low, high) => high - low,
            Columns::Array(..) => 1,
        }
    }
}

impl Field {
    /// Values that it yields for each row, where the text alone says it.
    pub fn width(&self) -> Option<usize> {
        match self.encoding {
            Encoding::OneHot => None,
            Encoding::Labels => Some(self.columns.count()),
            // How many values an array has, its file says.
            _ if matches!(self.columns, Columns::Array(..)) => None,
            Encoding::Number
            | Encoding::Standardize
            | Encoding::Normalize { .. }
            | Encoding::MinMax { .. }
            | Encoding::Scale { .. } => Some(self.columns.count()),
        }
    }
}

/// How rows are divided.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// The part that is trained on.
    pub train: f64,
    /// The part that decides on early stopping.
    pub validation: f64,
    /// The part that is only looked at in the end.
    pub test: f64,
    /// Whether each class is divided so.
    pub stratify: bool,
    /// Whether rows are shuffled first.
    pub shuffle: bool,
    /// Into how many folds the rows that are not tested on go, each of which is validated on once; none: one training.
    pub folds: Option<usize>,
}

/// A schedule as a value of the runtime.
pub fn schedule_tokens(schedule: &Schedule) -> TokenStream {
    let Schedule { lr, warmup, decay } = schedule;
    let decay = match decay {
        Decay::Constant => quote!(Constant),
        Decay::Step { every, factor } => quote!(Step { every: #every, factor: #factor }),
        Decay::Exponential { factor } => quote!(Exponential { factor: #factor }),
        Decay::Cosine { min, flat } => quote!(Cosine { min: #min, flat: #flat }),
        Decay::InverseTime { rate, power } => quote!(InverseTime { rate: #rate, power: #power }),
        Decay::CosineRestarts { epochs, factor, min } => {
            quote!(CosineRestarts { epochs: #epochs, factor: #factor, min: #min })
        }
        Decay::Polynomial { to, power, epochs } => quote!(Polynomial { to: #to, power: #power, epochs: #epochs }),
        Decay::OneCycle { start, end, peak } => quote!(OneCycle { start: #start, end: #end, peak: #peak }),
    };
    quote!(::nn_runtime::Schedule { lr: #lr, warmup: #warmup, decay: ::nn_runtime::Decay::#decay })
}

/// An initialiser as a value of the runtime.
pub fn init_tokens(init: Init) -> TokenStream {
    let variant = match init {
        Init::Zeros => quote!(Zeros),
        Init::Ones => quote!(Ones),
        Init::Constant(value) => quote!(Constant(#value)),
        Init::Uniform { low, high } => quote!(Uniform { low: #low, high: #high }),
        Init::Normal { mean, std } => quote!(Normal { mean: #mean, std: #std }),
        Init::TruncatedNormal { mean, std } => quote!(TruncatedNormal { mean: #mean, std: #std }),
        Init::GlorotUniform => quote!(GlorotUniform),
        Init::GlorotNormal => quote!(GlorotNormal),
        Init::HeUniform => quote!(HeUniform),
        Init::HeNormal => quote!(HeNormal),
        Init::LecunUniform => quote!(LecunUniform),
        Init::LecunNormal => quote!(LecunNormal),
        Init::Orthogonal { gain } => quote!(Orthogonal { gain: #gain }),
    };
    quote!(::nn_runtime::Init::#variant)
}
