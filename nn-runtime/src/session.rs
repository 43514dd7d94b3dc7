//! What a generated program does around a network: training from a file, evaluation and prediction; knows no terminal.

mod answer;
#[cfg(feature = "images")]
mod draw;
mod error;
mod evaluate;
mod examine;
mod inputs;
mod inspect;
mod predict;
mod sample;
mod train;
mod watch;
mod watches;

pub use answer::Cell;
#[cfg(feature = "images")]
pub use draw::{Artist, Tiles};
pub use error::SessionError;
pub use evaluate::evaluate;
pub use inputs::Part;
pub use predict::{Predicted, Predictions, Predictor};
pub use sample::{Choice, Sampler};
pub use train::{Ended, Overrides, Trained, train};
pub use watch::{Quiet, Start, Watch};
pub use watches::Watches;
