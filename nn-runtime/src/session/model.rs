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
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-input-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let path = folder.join("weights.safetensors");
/// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// use nn_runtime::data::Takes;
/// let predictor = Line::predictor(&path)?;
/// let input = &predictor.model().input;
/// assert_eq!((input.takes, input.fields[0].name.as_str()), (Takes::Row, "x"));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
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
///
/// ```
/// # nn_runtime::network! {
/// #     network Line < dense(1->1) >
/// #     train Line {
/// #         data csv("line.csv") { x = column("x"); y = column("y"); }
/// #         split train = 0.6, validation = 0.2, test = 0.2;
/// #         minimize mse with adam(lr = 0.05);
/// #         batch 4; epochs 5; seed 1; metric mae;
/// #     }
/// # }
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-output-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let data = folder.join("line.csv");
/// # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
/// # std::fs::write(&data, format!("x,y\n{rows}"))?;
/// # use nn_runtime::session::{Overrides, Quiet, train};
/// # let overrides = Overrides { data: Some(data.clone()), ..Overrides::default() };
/// # let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
/// # let path = folder.join("weights.safetensors");
/// # nn_runtime::weights::save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
/// let predictor = Line::predictor(&path)?;
/// let output = &predictor.model().output;
/// assert_eq!((&output.shape[..], &output.titles[..]), (&[1][..], &["prediction".to_string()][..]));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Output {
    /// The shape of one output.
    pub shape: Vec<usize>,
    /// What the parts of an answer are called.
    pub titles: Vec<String>,
}
