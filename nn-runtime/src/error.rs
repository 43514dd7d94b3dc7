//! Everything that can go wrong when a network is called: one enum, each message with its numbers.
//!
//! ```
//! # nn_runtime::network! { network Net < dense(2->3, softmax) > }
//! use nn_runtime::Trainer;
//! # let mut net = Net::new(1);
//! let error = Trainer::new(&mut net).step(&[[0.0, 1.0]], &[3]).unwrap_err();
//! assert_eq!(error.to_string(), "target 0 is class 3, but there are 3 classes, counted from 0");
//! ```

#[cfg(feature = "alloc")]
use alloc::{string::String, vec::Vec};
use core::fmt;

use crate::name::Name;

/// What a call of the runtime can complain about.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->3, softmax) > }
/// use nn_runtime::{Error, Trainer};
/// let mut net = Net::new(1);
/// let answer = Trainer::new(&mut net).step(&[[0.0, 1.0], [1.0, 0.0]], &[1]);
/// assert_eq!(answer, Err(Error::TargetCount { what: "class ids", rows: 2, expected: 2, found: 1 }));
/// assert!(matches!(net.set_param("dense_1.wieght", &[0.0]), Err(Error::UnknownParameter { .. })));
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Error {
    /// A batch of inputs is not a whole number of rows, or its rows have the wrong width.
    InputWidth {
        /// Values in one input of the network.
        expected: usize,
        /// Values in a row that was given.
        width: usize,
        /// Values that were given in all.
        values: usize,
    },
    /// A buffer for outputs has the wrong length.
    OutputLength {
        /// Rows times values in one output.
        expected: usize,
        /// Its length.
        found: usize,
    },
    /// A batch has no rows.
    NoRows,
    /// There are not as many sample weights as rows.
    SampleWeights {
        /// Rows of the batch.
        rows: usize,
        /// Weights that there are.
        found: usize,
    },
    /// A sample weight is negative or no number.
    SampleWeight {
        /// Its row, from 0.
        row: usize,
        /// The weight.
        weight: f64,
    },
    /// There are not as many targets as the rows of the batch need.
    TargetCount {
        /// What is counted: class ids or values.
        what: &'static str,
        /// Rows in the batch.
        rows: usize,
        /// Targets they need.
        expected: usize,
        /// Targets there are.
        found: usize,
    },
    /// The loss does not take this kind of targets.
    TargetKind {
        /// The loss.
        loss: &'static str,
        /// What was given.
        found: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// A class id is too large for the network.
    ClassOutOfRange {
        /// Where it stands in the targets.
        index: usize,
        /// The id.
        class: usize,
        /// How many classes there are.
        classes: usize,
    },
    /// A target is not a value the loss is defined for.
    TargetRange {
        /// The loss.
        loss: &'static str,
        /// Where it stands in the targets.
        index: usize,
        /// The target.
        value: f64,
        /// What the loss takes.
        expected: &'static str,
    },
    /// An input of a network that begins with an embedding is not an id it knows.
    IdOutOfVocabulary {
        /// The row of the batch.
        row: usize,
        /// The column of that row.
        column: usize,
        /// The input.
        id: f64,
        /// How many ids there are.
        vocabulary: usize,
    },
    /// [`Loss::Objective`](crate::Loss::Objective) for a network whose text states no loss as an expression.
    NoObjective,
    /// The loss does not fit what the network ends in.
    LossHead {
        /// The loss.
        loss: &'static str,
        /// What the network must end in.
        expected: &'static str,
        /// What it ends in.
        head: &'static str,
    },
    /// A loss with class weights has not one weight for each class.
    ClassWeights {
        /// Weights there are.
        weights: usize,
        /// Classes there are.
        classes: usize,
    },
    /// A source of batches failed, in its own words.
    #[cfg(feature = "alloc")]
    Source {
        /// Why.
        why: String,
    },
    /// A checkpoint is wrong, or cannot be written or read: the message of `nn_runtime::checkpoint::CheckpointError`.
    #[cfg(feature = "alloc")]
    Checkpoint {
        /// The file, and why.
        why: String,
    },
    /// There is no parameter of this name.
    #[cfg(feature = "alloc")]
    UnknownParameter {
        /// The name that was asked for.
        name: String,
        /// The names there are.
        known: Vec<Name>,
    },
    /// A training has no step of this name.
    #[cfg(feature = "alloc")]
    UnknownStep {
        /// The name that was asked for.
        name: String,
        /// The steps there are; none for a network by itself.
        known: Vec<&'static str>,
    },
    /// A parameter was given the wrong number of values.
    ParameterLength {
        /// Its name.
        name: Name,
        /// Its logical shape.
        shape: &'static [usize],
        /// Values that were given.
        found: usize,
    },
    /// A buffer of the caller is too short or too long.
    BufferLength {
        /// Which buffer.
        buffer: &'static str,
        /// The length it must have (scratch memory: at least).
        expected: usize,
        /// The length it has.
        found: usize,
    },
    /// The loss or a gradient became infinite or NaN. The weights are still those from before the step.
    NotFinite {
        /// The epoch, from 1; 0 outside of epochs.
        epoch: usize,
        /// The training step, from 1; 0 outside of a training.
        step: u64,
        /// The learning rate of the step.
        learning_rate: f64,
        /// The loss of the step.
        loss: f64,
        /// The largest gradient by magnitude; NaN if there is one.
        gradient: f64,
        /// The name of the tensor it belongs to.
        tensor: Name,
    },
    /// A setting of the training is out of its range.
    Setting {
        /// Which.
        name: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        expected: &'static str,
    },
    /// An entry of [`Settings::augment`](crate::fit::Settings::augment) does not fit the inputs of the network.
    Augment {
        /// Its name in the language.
        change: &'static str,
        /// The shape of what it would change.
        shape: &'static [usize],
        /// Why it does not.
        why: &'static str,
    },
    /// The rows of this training cannot be mixed.
    Mixup {
        /// Why.
        why: &'static str,
    },
    /// A view of `ndarray` is not one contiguous block in row-major order, so it cannot be used without a copy.
    NotContiguous {
        /// Its shape.
        shape: [usize; 2],
        /// Its strides, in values.
        strides: [isize; 2],
    },
}

impl core::error::Error for Error {}

impl From<core::convert::Infallible> for Error {
    fn from(never: core::convert::Infallible) -> Self {
        match never {}
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::InputWidth { .. }
            | Error::OutputLength { .. }
            | Error::BufferLength { .. }
            | Error::NotContiguous { .. } => self.fmt_batch(f),
            Error::NoRows => f.write_str("the batch has no rows"),
            Error::SampleWeights { rows, found } => {
                write!(f, "{rows} rows have {found} sample weights: each row has one")
            }
            Error::SampleWeight { row, weight } => {
                write!(f, "the sample weight of row {row} is {weight}: it must be finite and not negative")
            }
            Error::TargetCount { .. }
            | Error::TargetKind { .. }
            | Error::ClassOutOfRange { .. }
            | Error::TargetRange { .. }
            | Error::ClassWeights { .. } => self.fmt_target(f),
            Error::IdOutOfVocabulary { row, column, id, vocabulary } => write!(
                f,
                "row {row}, column {column}: the input {id} is not an id; ids are the whole numbers from 0 to {}",
                vocabulary.saturating_sub(1)
            ),
            Error::NoObjective => write!(f, "the text of this network states no loss of its own"),
            Error::LossHead { loss, expected, head } => {
                write!(f, "the loss {loss} needs a network that ends in {expected}, but this one ends in {head}")
            }
            #[cfg(feature = "alloc")]
            Error::Source { why } => write!(f, "the source of the batches failed: {why}"),
            #[cfg(feature = "alloc")]
            Error::Checkpoint { why } => f.write_str(why),
            #[cfg(feature = "alloc")]
            Error::UnknownParameter { name, known } => {
                write!(f, "there is no parameter `{name}`; there are ")?;
                crate::name::list(f, known)
            }
            #[cfg(feature = "alloc")]
            Error::UnknownStep { name, known } if known.is_empty() => {
                write!(f, "there is no step `{name}`: the network is trained by itself, in one")
            }
            #[cfg(feature = "alloc")]
            Error::UnknownStep { name, known } => {
                write!(f, "there is no step `{name}`; there are {}", known.join(", "))
            }
            Error::ParameterLength { name, shape, found } => {
                let values: usize = shape.iter().product();
                write!(f, "the parameter `{name}` of shape {shape:?} has {values} values, but {found} were given")
            }
            Error::NotFinite { epoch, step, learning_rate, loss, gradient, tensor } => {
                write!(f, "the loss is {loss}")?;
                if *epoch > 0 {
                    write!(f, " in epoch {epoch}")?;
                }
                if *step > 0 {
                    write!(f, " at step {step} with learning rate {learning_rate}")?;
                }
                write!(f, "; the largest gradient is {gradient} in `{tensor}`")?;
                if *step > 0 { f.write_str("; a smaller learning rate or a clip may help") } else { Ok(()) }
            }
            Error::Augment { change, shape, why } => {
                write!(f, "`{change}` cannot change inputs of shape {shape:?}: {why}")
            }
            Error::Mixup { why } => write!(f, "`mixup` cannot mix the rows of this training: {why}"),
            Error::Setting { name, value, expected } => write!(f, "{name} is {value}, but it must be {expected}"),
        }
    }
}

impl Error {
    fn fmt_batch(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::InputWidth { expected, width, values } if width == expected => {
                write!(f, "{values} values are not a whole number of rows of {expected}")
            }
            Error::InputWidth { expected, width, .. } => {
                write!(f, "the network takes rows of {expected} values, but these have {width}")
            }
            Error::OutputLength { expected, found } => {
                write!(f, "the outputs take {expected} values, but the buffer for them has {found}")
            }
            Error::BufferLength { buffer, expected, found } => {
                write!(f, "the buffer `{buffer}` must have {expected} values, but it has {found}")
            }
            Error::NotContiguous { shape, strides } => write!(
                f,
                "a view of shape {shape:?} with strides {strides:?} is not one block in row-major order; call `as_standard_layout()` first"
            ),
            _ => Ok(()),
        }
    }

    fn fmt_target(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::TargetCount { what, rows, expected, found } => {
                write!(f, "{rows} rows need {expected} {what} as targets, but there are {found}")
            }
            Error::TargetKind { loss, found, expected } => write!(f, "the loss {loss} takes {expected}, not {found}"),
            Error::ClassOutOfRange { index, class, classes } => {
                write!(f, "target {index} is class {class}, but there are {classes} classes, counted from 0")
            }
            Error::TargetRange { loss, index, value, expected } => {
                write!(f, "target {index} is {value}, but the loss {loss} takes {expected}")
            }
            Error::ClassWeights { weights, classes } => {
                write!(f, "there are {weights} class weights for {classes} classes")
            }
            _ => Ok(()),
        }
    }
}
