//! What a generated program does around a network: training from a file, evaluation and prediction; knows no terminal.

mod answer;
mod checkpoints;
mod describe;
mod error;
mod evaluate;
mod inputs;
mod keeper;
mod predict;
mod range;
mod sample;
mod train;
mod watch;

pub use answer::Cell;
pub use checkpoints::{Checkpoints, Every};
pub use error::SessionError;
pub use evaluate::evaluate;
pub use inputs::Part;
pub use predict::{Predicted, Predictions, Predictor};
pub use range::find_learning_rate;
pub use sample::{Choice, Sampler};
pub use train::{Ended, Overrides, Trained, train};
pub use watch::{Quiet, Start, Watch};
