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
mod predict;
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
pub use predict::{Predicted, Predictions, Predictor};
pub use range::find_learning_rate;
pub use reply::Answer;
pub use roles::save_roles;
pub use sample::{Choice, Sampler};
pub use stream::{Form, Format, StreamError, Streamed, Streaming};
pub use train::{Ended, Limit, Overrides, Trained, planned, train};
pub use watch::{Quiet, Start, Watch};
pub use watches::Watches;
