//! A closer look at rows that a trained network was shown: curves, pairs and examples for a report; knows no element type and no file.

use std::string::String;
use std::vec::Vec;

use serde::Serialize;

/// A closer look at the rows of one split.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Examined {
    /// Which split: `test`, else `validation`, else `train`.
    pub split: &'static str,
    /// How many rows it has.
    pub rows: usize,
    /// How many of them were looked at, from the first on.
    pub looked_at: usize,
    /// For classes and probabilities: each class against the rest.
    pub roc: Vec<RocCurve>,
    /// For values: targets and predictions in the units of the data.
    pub pairs: Vec<Pairs>,
    /// The rows with the largest losses, the largest first.
    pub worst: Vec<Example>,
}

/// How many of the others are taken for a class when so many of the class are found (Fawcett, An Introduction to ROC Analysis, 2006).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RocCurve {
    /// The class, or the output.
    pub name: String,
    /// The area under the curve; NaN without rows of both kinds.
    pub area: f64,
    /// Parts of the others and of the class, from (0, 0) to (1, 1); at most 201 points.
    pub points: Vec<(f64, f64)>,
}

/// What an output should be and what it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pairs {
    /// The column, or what the values are of.
    pub name: String,
    /// Target and prediction; of many at most 2000, evenly spread.
    pub points: Vec<(f64, f64)>,
}

/// A row with its loss.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// Its number in the split, from 0.
    pub row: usize,
    /// Its loss, without penalties.
    pub loss: f64,
    /// What the network was given.
    pub input: Shown,
    /// What it should say.
    pub target: String,
    /// What it says.
    pub prediction: String,
}

/// An input as it can be shown.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub enum Shown {
    /// Names and values.
    Cells(Vec<(String, String)>),
    /// Some text.
    Text(String),
    /// A picture.
    Image(Image),
}

/// A picture: rows of pixels from the top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Image {
    /// Pixels in a row.
    pub width: usize,
    /// Rows.
    pub height: usize,
    /// Bytes of a pixel: 1 for grey, 3 for red, green and blue.
    pub channels: usize,
    /// `height * width * channels` bytes.
    pub bytes: Vec<u8>,
}
