//! Everything that can be wrong with a text of characters, each with its one message; knows no file.

use std::fmt;
use std::string::String;

use super::fault::counted;
use super::text::MOST_CHARACTERS;

/// What can be wrong with a text, or with a network that is to read it.
///
/// ```
/// use nn_runtime::data::{Fault, Place, TextFault};
/// let fault = TextFault::Vocabulary { network: "Next".into(), characters: 80, vocabulary: 64 };
/// let message = Place::file("austen.txt").fault(Fault::Text(fault)).to_string();
/// assert!(message.starts_with("austen.txt: ") && message.contains("80") && message.contains("64"), "{message}");
/// ```
#[derive(Clone, Debug, PartialEq)]
pub enum TextFault {
    /// A network that takes no ids.
    NoIds {
        /// The network.
        network: String,
    },
    /// A window of another length than the network takes.
    Window {
        /// The network.
        network: String,
        /// Ids that it takes.
        inputs: usize,
        /// Characters of a window.
        window: usize,
    },
    /// A network that tells characters apart in neither one place nor in each of the window.
    Places {
        /// The network.
        network: String,
        /// In how many it does.
        places: usize,
        /// Characters of a window.
        window: usize,
    },
    /// More characters than the embedding has vectors.
    Vocabulary {
        /// The network.
        network: String,
        /// Different characters of the text.
        characters: usize,
        /// Ids that the network knows.
        vocabulary: usize,
    },
    /// More characters than the network tells apart.
    Outputs {
        /// The network.
        network: String,
        /// Different characters of the text.
        characters: usize,
        /// Outputs in each place.
        outputs: usize,
    },
    /// Fewer characters than one example takes.
    Short {
        /// The part of the split, its fraction and the characters of the text, where it is a part.
        part: Option<(&'static str, f64, usize)>,
        /// Characters there are.
        characters: usize,
        /// Characters of an input.
        window: usize,
        /// Whether the character behind is needed.
        next: bool,
    },
    /// A character that the text of the training does not have.
    Unseen(char),
    /// Windows that overlap and would not fit in memory.
    TooManyValues {
        /// How many there are.
        windows: usize,
        /// Characters of each.
        window: usize,
    },
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoIds { network } => {
                write!(f, "network `{network}` takes numbers, and characters are ids; begin it with an `embedding`")
            }
            Self::Window { network, inputs, window } => {
                write!(f, "network `{network}` takes {}, and a window has {window}", counted(*inputs, "id", "ids"))
            }
            Self::Places { network, places, window } => write!(
                f,
                "network `{network}` tells characters apart in {}; it takes {window}, one for each of a window, or 1, for the last",
                counted(*places, "place", "places")
            ),
            Self::Vocabulary { network, characters, vocabulary } => write!(
                f,
                "the text has {}, and network `{network}` has a vocabulary of {vocabulary}",
                counted(*characters, "character", "different characters")
            ),
            Self::Outputs { network, characters, outputs } => write!(
                f,
                "the text has {}, and network `{network}` tells {outputs} apart",
                counted(*characters, "character", "different characters")
            ),
            Self::Short { part, characters, window, next } => {
                let some = |n: usize| counted(n, "character", "characters");
                match part {
                    Some((part, fraction, of)) => write!(f, "{part} = {fraction} of {} is {characters}", some(*of))?,
                    None => f.write_str(&some(*characters))?,
                }
                let behind = if *next { " and the one behind it" } else { "" };
                write!(f, ", too few for a window of {window}{behind}")
            }
            Self::Unseen(character) => write!(f, "the text of the training has no {character:?}"),
            Self::TooManyValues { windows, window } => write!(
                f,
                "{windows} windows of {window} characters are more than the {MOST_CHARACTERS} characters that are held in memory; take a larger `stride`"
            ),
        }
    }
}
