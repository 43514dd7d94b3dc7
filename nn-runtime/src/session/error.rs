//! What can stop a session: the data, the weights, the settings or the system.

use std::fmt;
use std::string::String;

use crate::checkpoint::CheckpointError;
use crate::data::{DataError, FieldError};
use crate::error::Error;
use crate::weights::WeightsError;

/// What can stop a session.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// use nn_runtime::session::{Overrides, Quiet, SessionError, train};
/// let error = train(Net::PROGRAM, &Overrides::default(), &mut Quiet).err().expect("its text has no data");
/// assert_eq!(error, SessionError::NoData { network: "Net".into() });
/// assert_eq!(error.to_string(), "network `Net` has no train section with data in its text");
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionError {
    /// The network has no train section, or one without data.
    NoData {
        /// The network.
        network: String,
    },
    /// It is about one loss, and the network stands for a training in several steps.
    InSteps {
        /// The training.
        network: String,
    },
    /// A cross-validation with so few folds that nothing is held back.
    NoFolds {
        /// The folds.
        count: usize,
    },
    /// The weights were saved without the encodings of their data.
    NoEncodings {
        /// The file.
        file: String,
    },
    /// The encodings beside the weights cannot be read.
    Encodings {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
    /// The weights are not of a network that tells the next character of a text.
    NoText {
        /// The network.
        network: String,
    },
    /// A prompt has a character that the training has not seen.
    Unseen {
        /// The character.
        character: char,
        /// How many characters the training has seen.
        known: usize,
    },
    /// The data is wrong.
    Data(DataError),
    /// An example that is given by name is wrong.
    Example(FieldError),
    /// Wrong rows were to be left out where each row is a part of an example.
    NoSkip,
    /// The file of weights is wrong.
    Weights(WeightsError),
    /// The checkpoint to go on from is wrong.
    Checkpoint(CheckpointError),
    /// Loss, network, settings and targets do not fit together.
    Training(Error),
    /// There is nothing to draw.
    NotDrawn {
        /// The network.
        network: String,
        /// Why.
        why: String,
    },
    /// A file cannot be written; the words are the system's.
    Unwritable {
        /// The file.
        file: String,
        /// Why.
        why: String,
    },
}

impl fmt::Display for SessionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoData { network } => write!(f, "network `{network}` has no train section with data in its text"),
            Self::InSteps { network } => write!(
                f,
                "`{network}` trains in steps, each with a learning rate of its own: a range test is about one network and one loss"
            ),
            Self::NoFolds { count } => write!(f, "{count} folds hold nothing back: a cross-validation has 2 or more"),
            Self::NoEncodings { file } => write!(
                f,
                "{file}: there are no encodings beside the weights, so that raw rows cannot be read; `train` writes them"
            ),
            Self::Encodings { file, why } => {
                write!(f, "{file}: the encodings beside the weights cannot be read: {why}")
            }
            Self::NoText { network } => write!(
                f,
                "`{network}` was not trained to tell the next character of a text, so that it cannot write on; a text as source and \
                 `y = next(chars)` do that"
            ),
            Self::Unseen { character, known } => {
                write!(
                    f,
                    "the prompt has the character {character:?}, which is none of the {known} that the training has seen"
                )
            }
            Self::NotDrawn { network, why } => write!(f, "`{network}` cannot be drawn so: {why}"),
            Self::Data(error) => error.fmt(f),
            Self::Example(error) => error.fmt(f),
            Self::NoSkip => f.write_str(
                "wrong rows can only be left out where each row is an example by itself: in a window or a sequence the others would \
                 move up, and files of arrays and texts are read whole",
            ),
            Self::Weights(error) => error.fmt(f),
            Self::Checkpoint(error) => error.fmt(f),
            Self::Training(error) => error.fmt(f),
            Self::Unwritable { file, why } => write!(f, "{file}: cannot be written: {why}"),
        }
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Data(error) => Some(error),
            Self::Example(error) => Some(error),
            Self::Weights(error) => Some(error),
            Self::Checkpoint(error) => Some(error),
            Self::Training(error) => Some(error),
            Self::NoData { .. }
            | Self::NoFolds { .. }
            | Self::InSteps { .. }
            | Self::NoEncodings { .. }
            | Self::Encodings { .. }
            | Self::NoText { .. }
            | Self::NoSkip
            | Self::Unseen { .. }
            | Self::NotDrawn { .. }
            | Self::Unwritable { .. } => None,
        }
    }
}

impl From<DataError> for SessionError {
    fn from(error: DataError) -> Self {
        Self::Data(error)
    }
}

impl From<FieldError> for SessionError {
    fn from(error: FieldError) -> Self {
        Self::Example(error)
    }
}

impl From<WeightsError> for SessionError {
    fn from(error: WeightsError) -> Self {
        Self::Weights(error)
    }
}

impl From<CheckpointError> for SessionError {
    fn from(error: CheckpointError) -> Self {
        Self::Checkpoint(error)
    }
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        Self::Training(error)
    }
}
