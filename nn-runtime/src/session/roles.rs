//! The networks of a training in files of their own, beside the weights of all of them.

use std::path::{Path, PathBuf};
use std::vec::Vec;

use super::error::SessionError;
use crate::params;
use crate::program::Program;
use crate::real::Real;
use crate::weights;

/// Writes `NAME.safetensors` for each network that `program`, a training, trains; none for a network by itself.
///
/// # Errors
/// If a weight is not finite, or a file cannot be written.
pub fn save_roles<T: Real>(
    folder: &Path,
    program: &'static Program<T>,
    weights: &[T],
    encodings: &str,
) -> Result<Vec<PathBuf>, SessionError> {
    let Some(training) = program.training else { return Ok(Vec::new()) };
    let mut written = Vec::new();
    for role in training.roles {
        let path = folder.join(role.name).with_extension("safetensors");
        let own = params::of_role(program, weights, role)?;
        weights::save(&path, role.program, own.as_ref(), Some(encodings))?;
        written.push(path);
    }
    Ok(written)
}
