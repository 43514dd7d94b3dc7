//! What a generated program does around a network: training from a file, evaluation and prediction; knows no terminal.
//!
//! ```
//! # nn_runtime::network! {
//! #     network Line < dense(1->1) >
//! #     train Line {
//! #         data csv("line.csv") { x = column("x"); y = column("y"); }
//! #         split train = 0.6, validation = 0.2, test = 0.2;
//! #         minimize mse with adam(lr = 0.05);
//! #         batch 4; epochs 5; seed 1; metric mae;
//! #     }
//! # }
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-sessionmod-{}", std::process::id()));
//! # std::fs::create_dir_all(&folder)?;
//! # let data = folder.join("line.csv");
//! # let rows: String = (0..20).map(|x| format!("{},{}\n", 0.1 * f64::from(x), 0.2 * f64::from(x) + 1.0)).collect();
//! # std::fs::write(&data, format!("x,y\n{rows}"))?;
//! use nn_runtime::session::{Overrides, Quiet, train};
//! use nn_runtime::weights::save;
//!
//! let overrides = Overrides { data: Some(data), ..Overrides::default() };
//! let trained = train(Line::PROGRAM, &overrides, &mut Quiet)?;
//! let path = folder.join("weights.safetensors");
//! save(&path, Line::PROGRAM, &trained.weights, Some(&trained.encodings.to_json()?))?;
//!
//! // Some other day, in the words of the data.
//! let predictor = Line::predictor(&path)?;
//! let answer = predictor.predict(&serde_json::json!({ "x": 1.0 }))?;
//! assert!(answer.number("prediction").is_some());
//! # std::fs::remove_dir_all(folder)?;
//! # Ok(())
//! # }
//! ```

mod answer;
mod checkpoints;
mod describe;
#[cfg(feature = "images")]
mod draw;
mod error;
mod evaluate;
mod examine;
mod folds;
mod inputs;
mod inspect;
mod keeper;
mod model;
mod overrides;
mod predict;
mod predictions;
mod range;
mod reply;
mod roles;
mod sample;
mod stream;
mod train;
mod watch;
mod watches;

pub use answer::Cell;
pub use checkpoints::{Checkpoints, Every};
#[cfg(feature = "images")]
pub use draw::{Artist, Tiles};
pub use error::SessionError;
pub use evaluate::evaluate;
pub use folds::cross_validate;
pub use inputs::Part;
pub use model::{Input, Model, Output};
pub use overrides::{Limit, Overrides};
pub use predict::Predictor;
pub use predictions::{Predicted, Predictions};
pub use range::find_learning_rate;
pub use reply::Answer;
pub use roles::save_roles;
pub use sample::{Choice, Sampler};
pub use stream::{Form, Format, StreamError, Streamed, Streaming};
pub use train::{Ended, Trained, planned, train};
pub use watch::{Quiet, Start, Watch};
pub use watches::Watches;
