//! What a trained network takes and gives, for programs and people that ask; knows no weights.

use std::string::String;
use std::vec::Vec;

use serde::Serialize;

use crate::data::{Field, Takes};

/// What a network takes and gives.
///
/// ```
/// nn_runtime::network! { network Kinds < dense(2->2, softmax) > }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-model-{}.safetensors", std::process::id()));
/// Kinds::new(1).save(&path)?;
/// let predictor = Kinds::predictor(&path)?;
/// let model = predictor.model();
/// assert_eq!((&model.input.shape[..], &model.output.shape[..]), (&[2][..], &[2][..]));
/// assert_eq!(model.classes, ["0", "1"]);
/// # std::fs::remove_file(&path)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Model {
    /// Its name in the text.
    pub name: String,
    /// The version of this library.
    pub version: &'static str,
    /// What it takes.
    pub input: Input,
    /// What it gives.
    pub output: Output,
    /// The names of the classes, if it tells classes apart.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub classes: Vec<String>,
}

/// What a network takes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Input {
    /// The shape of one input.
    pub shape: Vec<usize>,
    /// How an example is given.
    #[serde(flatten)]
    pub takes: Takes,
    /// The columns or arrays, in the order in which an array of cells gives them.
    pub fields: Vec<Field>,
}

/// What a network gives.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The shape of one output.
    pub shape: Vec<usize>,
    /// What the parts of an answer are called.
    pub titles: Vec<String>,
}
