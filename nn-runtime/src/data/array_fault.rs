//! Everything that can be wrong with arrays of examples, each with its one message; knows no network.

use std::fmt;
use std::string::String;
use std::vec::Vec;

use super::fault::{counted, listed};

/// What can be wrong with files of arrays.
///
/// ```
/// use nn_runtime::data::{ArrayFault, Fault, Place};
/// let fault = Fault::Array(ArrayFault::NoFile("train-images-idx3-ubyte".into()));
/// let message = Place::file("mnist").fault(fault).to_string();
/// assert!(message.starts_with("mnist: ") && message.contains("train-images-idx3-ubyte"), "{message}");
/// ```
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
    /// An archive without the array of this name.
    NoArray {
        /// The name.
        name: String,
        /// The names there are.
        there: Vec<String>,
    },
    /// A file that is no archive; the words are those of its reader.
    NotZip(String),
    /// The first bytes are not those of an array of numpy.
    NotNpy,
    /// The header of an array lacks its type, order or shape.
    NotNpyHeader(String),
    /// Values of a type that is no number.
    Kind(String),
    /// The first axis varies fastest.
    Fortran,
    /// A folder without images.
    NoImages,
    /// A folder whose images lie in no folder of a class.
    NoClasses,
    /// A file that is no PNG; the words are the decoder's.
    NotPng(String),
    /// An image of another size than the first.
    Size {
        /// Height, width and channels.
        found: [usize; 3],
        /// The first file.
        other: String,
        /// Its height, width and channels.
        others: [usize; 3],
    },
    /// An image of colours for a network that takes none.
    Channels {
        /// Channels of the file.
        found: usize,
        /// Channels of the network.
        wanted: usize,
    },
    /// A kind of data whose reader was left out of this program: what it is, and the feature of this crate that reads it.
    LeftOut(&'static str, &'static str),
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
                write!(f, "values of shape {shape:?} are more than there can be")
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
            Self::NoArray { name, there } => {
                write!(f, "there is no array `{name}`")?;
                if let Some(near) = super::suggest::nearest(name, there) {
                    write!(f, "; did you mean `{near}`?")?;
                }
                if there.is_empty() { Ok(()) } else { write!(f, " (there are {})", listed(there)) }
            }
            Self::NotZip(why) => write!(f, "the archive cannot be read: {why}"),
            Self::NotNpy => f.write_str("the file is no array that numpy has written"),
            Self::NotNpyHeader(header) => {
                let start: String = header.chars().take(80).collect();
                write!(f, "the header of the array lacks its type, its order or its shape: `{start}`")
            }
            Self::Kind(kind) => {
                write!(
                    f,
                    "values of the type `{kind}` cannot be read; save the array as numbers, such as with `astype(\"float32\")`"
                )
            }
            Self::Fortran => f.write_str("the array lies in Fortran order; save `numpy.ascontiguousarray` of it"),
            Self::NoImages => f.write_str("the folder has no PNG files, and neither has a folder in it"),
            Self::NoClasses => f.write_str(
                "the images have no classes: put those of each class into a folder of its own, or leave `label` out",
            ),
            Self::NotPng(why) => write!(f, "the file is no PNG that can be read: {why}"),
            Self::Size { found, other, others } => write!(
                f,
                "the image is {} x {} pixels, but {other} is {} x {}; bring all to one size",
                found[1], found[0], others[1], others[0]
            ),
            Self::Channels { found, wanted } => write!(
                f,
                "the image has {} ({}), and the network takes {}",
                counted(*found, "channel", "channels"),
                if *found == 4 { "red, green, blue and alpha" } else { "red, green and blue" },
                wanted
            ),
            Self::LeftOut(what, feature) => write!(
                f,
                "this program cannot read {what}: it was built without the feature `{feature}` of nn-runtime, which `nnc` adds where the `data` of the text asks for it"
            ),
            Self::OwnTest(fraction) => write!(
                f,
                "there are files of their own for the test, so that `test = {fraction}` of the split cannot be; divide the others into `train` and `validation` only"
            ),
        }
    }
}
