//! What a generated program does around a network: training from a file, evaluation and prediction; knows no terminal.

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
