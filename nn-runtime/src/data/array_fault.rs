//! Everything that can be wrong with arrays of examples, each with its one message; knows no network.

use std::fmt;
use std::string::String;
use std::vec::Vec;

use super::error::{counted, listed};

/// What can be wrong with files of arrays.
#[derive(Clone, Debug, PartialEq)]
pub enum ArrayFault {
    /// A folder lacks the file of this name.
    NoFile(String),
    /// The first bytes are not those of an IDX file.
    NotIdx([u8; 4]),
    /// The file ends in its header.
    ShortHeader,
    /// A shape of more values than there can be.
    TooLarge(Vec<usize>),
    /// The header announces other bytes than there are.
    Length {
        /// What the header says.
        shape: Vec<usize>,
        /// Bytes that it makes.
        expected: usize,
        /// Bytes that there are; one more than expected for all that are too many.
        found: usize,
    },
    /// The first axis of an array, its examples, has length 0.
    NoExamples,
    /// Two arrays of one part with other numbers of examples.
    Counts {
        /// Examples of the array.
        examples: usize,
        /// The other file.
        other: String,
        /// Its examples.
        others: usize,
    },
    /// Test files and training files with examples of other shapes.
    Shapes {
        /// The shape of an example for the test.
        found: Vec<usize>,
        /// That of the training.
        trained: Vec<usize>,
    },
    /// A number that the network cannot take.
    Number {
        /// The array.
        array: String,
        /// The example, from 0.
        example: usize,
        /// The number.
        value: f64,
        /// `f32` or `f64`.
        precision: &'static str,
    },
    /// A number that should be an id of the vocabulary.
    NotAnId {
        /// The array.
        array: String,
        /// The example, from 0.
        example: usize,
        /// The number.
        value: f64,
        /// How many ids there are.
        vocabulary: usize,
    },
    /// A class that no training example has.
    UnseenClass {
        /// The array.
        array: String,
        /// The example, from 0.
        example: usize,
        /// The class.
        class: String,
        /// The classes of the training examples.
        known: Vec<String>,
    },
    /// Not as many classes as the network tells apart.
    Classes {
        /// The network.
        network: String,
        /// Its outputs for each class id.
        outputs: usize,
        /// The array.
        array: String,
        /// The classes of the training examples.
        classes: Vec<String>,
    },
    /// Something that gives no ids, for a network that takes ids.
    NotIds {
        /// The network.
        network: String,
        /// The array.
        array: String,
    },
    /// More classes than the embedding has ids.
    Vocabulary {
        /// The network.
        network: String,
        /// The array.
        array: String,
        /// How many classes the training examples have.
        classes: usize,
        /// How many ids there are.
        vocabulary: usize,
    },
    /// Names where numbers are needed.
    NotNumbers(String),
    /// A part of the split is for the test, but there are test files.
    OwnTest(f64),
}

impl fmt::Display for ArrayFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoFile(name) => write!(f, "the folder has neither `{name}` nor `{name}.gz`"),
            Self::NotIdx([a, b, c, d]) => write!(
                f,
                "the file is no IDX file: it begins with the bytes {a:02X} {b:02X} {c:02X} {d:02X}, and not with 00 00, a type from 08 to 0E, and the number of axes"
            ),
            Self::ShortHeader => f.write_str("the file ends in its header"),
            Self::TooLarge(shape) => {
                write!(f, "the header announces values of shape {shape:?}, more than there can be")
            }
            Self::Length { shape, expected, found } if found > expected => {
                write!(f, "the header announces values of shape {shape:?}, {expected} bytes, and there are more")
            }
            Self::Length { shape, expected, found } => {
                write!(f, "the header announces values of shape {shape:?}, {expected} bytes, and there are {found}")
            }
            Self::NoExamples => f.write_str("there are no examples"),
            Self::Counts { examples, other, others } => {
                write!(f, "{}, but {other} has {others}", counted(*examples, "example", "examples"))
            }
            Self::Shapes { found, trained } => {
                write!(f, "each example has the shape {found:?}, but {trained:?} in the training")
            }
            Self::Number { array, example, value, precision } if value.is_finite() => {
                write!(f, "`{array}`, example {example}: {value} is too large for {precision}")
            }
            Self::Number { array, example, value, .. } => {
                write!(f, "`{array}`, example {example}: {value} cannot be learned from; only finite numbers can")
            }
            Self::NotAnId { array, example, value, vocabulary } => write!(
                f,
                "`{array}`, example {example}: {value} is not an id; ids are the whole numbers from 0 to {}",
                vocabulary.saturating_sub(1)
            ),
            Self::UnseenClass { array, example, class, known } => write!(
                f,
                "`{array}`, example {example}: class `{class}` is never seen in the training examples, which have {}",
                listed(known)
            ),
            Self::Classes { network, outputs: 1, array, classes } => write!(
                f,
                "network `{network}` has 1 output, which tells 2 classes apart, and `{array}` has {}: {}",
                classes.len(),
                listed(classes)
            ),
            Self::Classes { network, outputs, array, classes } => write!(
                f,
                "network `{network}` has {outputs} outputs, one for each class, and `{array}` has {} in the training examples: {}",
                counted(classes.len(), "class", "classes"),
                listed(classes)
            ),
            Self::NotIds { network, array } => {
                write!(
                    f,
                    "network `{network}` takes ids, and `{array}` is changed into other numbers; take it as it is"
                )
            }
            Self::Vocabulary { network, array, classes, vocabulary } => write!(
                f,
                "network `{network}` has a vocabulary of {vocabulary}, and `{array}` has {classes} classes in the training examples"
            ),
            Self::NotNumbers(array) => write!(f, "`{array}` is names of classes, not numbers"),
            Self::OwnTest(fraction) => write!(
                f,
                "there are files of their own for the test, so that `test = {fraction}` of the split cannot be; divide the others into `train` and `validation` only"
            ),
        }
    }
}
