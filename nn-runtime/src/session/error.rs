//! What can stop a session: the data, the weights, the settings or the system.

use std::fmt;
use std::string::String;

use crate::data::DataError;
use crate::error::Error;
use crate::weights::WeightsError;

/// What can stop a session.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SessionError {
    /// The network has no train section, or one without data.
    NoData {
        /// The network.
        network: String,
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
    /// The file of weights is wrong.
    Weights(WeightsError),
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
            Self::Weights(error) => error.fmt(f),
            Self::Training(error) => error.fmt(f),
            Self::Unwritable { file, why } => write!(f, "{file}: cannot be written: {why}"),
        }
    }
}

impl std::error::Error for SessionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Data(error) => Some(error),
            Self::Weights(error) => Some(error),
            Self::Training(error) => Some(error),
            Self::NoData { .. }
            | Self::NoEncodings { .. }
            | Self::Encodings { .. }
            | Self::NoText { .. }
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

impl From<WeightsError> for SessionError {
    fn from(error: WeightsError) -> Self {
        Self::Weights(error)
    }
}

impl From<Error> for SessionError {
    fn from(error: Error) -> Self {
        Self::Training(error)
    }
}
