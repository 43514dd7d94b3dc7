//! What can be wrong with a checkpoint, each with its one message.

use std::boxed::Box;
use std::fmt;
use std::string::String;

/// What is wrong with a checkpoint.
///
/// ```
/// use nn_runtime::Trainer;
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let (inputs, targets) = ([[0.0, 1.0], [1.0, 0.0]], [[1.0], [0.0]]);
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-checkpoint-{}", std::process::id()));
/// # let mut net = Net::new(1);
/// Trainer::new(&mut net).seed(1).checkpoints(&folder, 0, 1, false).fit(&inputs, &targets, 1)?;
/// // A checkpoint of another training is refused.
/// let other = Trainer::new(&mut net).seed(2).checkpoints(&folder, 0, 1, true).fit(&inputs, &targets, 2);
/// assert!(other.unwrap_err().to_string().contains("its seed is 1, and here it is 2"));
/// # std::fs::remove_dir_all(folder).ok();
/// # Ok::<(), nn_runtime::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct CheckpointError {
    /// The path as it was given.
    pub file: String,
    /// What is wrong.
    pub fault: Box<CheckpointFault>,
}

/// What can be wrong with a checkpoint.
///
/// ```
/// use nn_runtime::checkpoint::{CheckpointError, CheckpointFault};
/// let error = CheckpointError { file: "out/checkpoints".into(), fault: Box::new(CheckpointFault::NoneIsWhole) };
/// assert!(error.to_string().starts_with("out/checkpoints: none of the checkpoints here is whole"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CheckpointFault {
    /// It cannot be read; the words are the system's.
    Unreadable(String),
    /// It cannot be written; the words are the system's.
    Unwritable(String),
    /// It is no checkpoint.
    NoCheckpoint,
    /// Its bytes are not those that were written, or some are missing.
    Damaged(String),
    /// It was written by another version.
    Format(String),
    /// It is of another training: what is not the same.
    Other {
        /// The name of the setting.
        what: String,
        /// Its value in the checkpoint.
        found: String,
        /// Its value in this training.
        expected: String,
    },
    /// Of all checkpoints of a folder, none is whole.
    NoneIsWhole,
}

impl CheckpointFault {
    pub(crate) fn of(self, file: String) -> CheckpointError {
        CheckpointError { file, fault: Box::new(self) }
    }

    /// Whether the file is broken, and not the one of another training: then an older one may do.
    pub(crate) fn is_damage(&self) -> bool {
        matches!(self, Self::Unreadable(_) | Self::Damaged(_) | Self::NoCheckpoint)
    }
}

impl fmt::Display for CheckpointError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.fault)
    }
}

impl fmt::Display for CheckpointFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(why) => write!(f, "the checkpoint cannot be read: {why}"),
            Self::Unwritable(why) => write!(f, "the checkpoint cannot be written: {why}"),
            Self::NoCheckpoint => f.write_str("this is no checkpoint"),
            Self::Damaged(why) => write!(f, "the checkpoint is damaged: {why}"),
            Self::Format(format) => write!(
                f,
                "the checkpoint has format {format}, and this version reads format {}; train with the version that wrote it, or begin \
                 anew without --resume",
                super::file::FORMAT
            ),
            Self::Other { what, found, expected } => write!(
                f,
                "the checkpoint is of another training: its {what} is {found}, and here it is {expected}; make it the same, or begin anew \
                 without --resume"
            ),
            Self::NoneIsWhole => {
                f.write_str("none of the checkpoints here is whole; without --resume the training begins anew")
            }
        }
    }
}

impl std::error::Error for CheckpointError {}
