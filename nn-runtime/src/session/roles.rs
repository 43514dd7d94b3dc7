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
/// ```
/// nn_runtime::network! {
///     network E(x: [3]) < dense(2) >
///     network D(z: [2]) < dense(3) >
///     train both for E = E, D = D {
///         step all { minimize mean(abs(D(E(x)) - x)) with sgd(lr = 0.1); }
///     }
/// }
/// use nn_runtime::{Network, session::save_roles};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("nn-runtime-doc-roles-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// let both = Both::new(1);
/// let written = save_roles(&folder, Both::PROGRAM, both.weights(), "")?;
/// assert_eq!(written, [folder.join("E.safetensors"), folder.join("D.safetensors")]);
/// assert_eq!(E::load(&written[0])?.predict(&[1.0, 2.0, 3.0]), both.e().predict(&[1.0, 2.0, 3.0]));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok(())
/// # }
/// ```
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
