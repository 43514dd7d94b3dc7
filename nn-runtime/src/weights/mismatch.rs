//! All that keeps the tensors of a file from being those of a network, in one message; knows no format.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::convention::Convention;

/// A tensor that is on one side only.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-lonely-{}.safetensors", std::process::id()));
/// use nn_runtime::weights::{Array, Dtype, Origin, WeightsFault, write};
/// // It has a weight and no bias.
/// write(&path, vec![Array::of("fc.weight".into(), Dtype::F32, vec![2, 1], &[1.0, 2.0])], None, None)?;
/// let file = path.display().to_string();
/// let origin = Origin { map: &[("fc", "dense_1")], ..Origin::of(&file) };
/// let error = Net::load_from(&origin, 1).unwrap_err();
/// let WeightsFault::Mismatch(mismatch) = *error.fault else { panic!("{error}") };
/// assert_eq!(mismatch.missing[0].name, "dense_1.bias");
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Lonely {
    /// Its name.
    pub name: String,
    /// Its shape.
    pub shape: Vec<usize>,
    /// What it would be called on the other side, where that is something else.
    pub other: Option<String>,
}

/// A tensor of another shape than it should have.
///
/// ```
/// # nn_runtime::network! { network Net < dense(2->1) > }
/// # let path = std::env::temp_dir().join(format!("nn-runtime-doc-misshapen-{}.safetensors", std::process::id()));
/// use nn_runtime::weights::{Array, Dtype, Origin, WeightsFault, write};
/// let weight = Array::of("dense_1.weight".into(), Dtype::F32, vec![5, 1], &[0.0; 5]);
/// let bias = Array::of("dense_1.bias".into(), Dtype::F32, vec![1], &[0.0]);
/// write(&path, vec![weight, bias], None, None)?;
/// let file = path.display().to_string();
/// let error = Net::load_from(&Origin::of(&file), 1).unwrap_err();
/// let WeightsFault::Mismatch(mismatch) = *error.fault else { panic!("{error}") };
/// assert_eq!((&mismatch.misshapen[0].found[..], &mismatch.misshapen[0].expected[..]), (&[5, 1][..], &[2, 1][..]));
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Misshapen {
    /// Its name in the file.
    pub name: String,
    /// Its shape there.
    pub found: Vec<usize>,
    /// The shape that the convention of the file asks for.
    pub expected: Vec<usize>,
}

/// Why the tensors of a file are not those of a network. Nothing else is wrong than what is listed.
///
/// ```
/// use nn_runtime::weights::{WeightsFault, renamed};
/// let names = ["fc.weight".to_string()];
/// // The map speaks of something that is not there.
/// let Err(WeightsFault::Mismatch(mismatch)) = renamed(&names, &[("head", "dense_1")]) else { panic!("it fits") };
/// assert_eq!(mismatch.unmapped, ["head"]);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Mismatch {
    /// The network; empty where names alone are changed.
    pub network: String,
    /// The convention that the file was read by.
    pub convention: Option<Convention>,
    /// Tensors of the network that the file lacks; `other` is what was looked for.
    pub missing: Vec<Lonely>,
    /// Tensors of the file that the network lacks; `other` is what the map makes of the name.
    pub extra: Vec<Lonely>,
    /// Tensors of another shape.
    pub misshapen: Vec<Misshapen>,
    /// Tensors whose values are no floating-point numbers, with their types.
    pub unreadable: Vec<(String, &'static str)>,
    /// Two names of the file, and the one name that the map makes of both.
    pub twice: Vec<(String, String, String)>,
    /// Names in the map that the file lacks.
    pub unmapped: Vec<String>,
    /// Names to begin anew that the network lacks.
    pub unknown: Vec<String>,
}

impl Mismatch {
    /// How much is wrong.
    pub(super) fn count(&self) -> usize {
        let Self { missing, extra, misshapen, unreadable, twice, unmapped, unknown, .. } = self;
        let names = unmapped.len() + unknown.len() + twice.len();
        missing.len() + extra.len() + misshapen.len() + unreadable.len() + names
    }
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.network {
            "" => f.write_str("the map does not fit")?,
            network => write!(f, "these are not the weights of `{network}`")?,
        }
        match self.convention {
            Some(Convention::Nn) | None => {}
            Some(other) => write!(f, ", as {other} writes them")?,
        }
        let list = |lonely: &[Lonely], how: &str| -> Vec<String> {
            let other = |other: &String| format!(" ({how} `{other}`)");
            let each = |one: &Lonely| {
                format!("`{}` {:?}{}", one.name, one.shape, one.other.as_ref().map(other).unwrap_or_default())
            };
            lonely.iter().map(each).collect()
        };
        if !self.missing.is_empty() {
            write!(f, "; missing: {}", list(&self.missing, "looked for as").join(", "))?;
        }
        if !self.extra.is_empty() {
            write!(f, "; not in the network: {}", list(&self.extra, "mapped to").join(", "))?;
        }
        for Misshapen { name, found, expected } in &self.misshapen {
            write!(f, "; `{name}` is {found:?} and should be {expected:?}")?;
        }
        for (name, dtype) in &self.unreadable {
            write!(f, "; `{name}` has values of type {dtype}, and weights are F16, BF16, F32 or F64")?;
        }
        for (one, other, name) in &self.twice {
            write!(f, "; `{one}` and `{other}` are both mapped to `{name}`")?;
        }
        let quoted = |names: &[String]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        if !self.unmapped.is_empty() {
            write!(f, "; in the map, but not in the file: {}", quoted(&self.unmapped))?;
        }
        if !self.unknown.is_empty() {
            write!(f, "; to begin anew, but not in the network: {}", quoted(&self.unknown))?;
        }
        Ok(())
    }
}

/// `a`, `b` and 3 more.
pub(super) fn some(names: &[String]) -> String {
    let shown: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(3) {
        0 => shown.join(", "),
        more => shown.join(", ") + &format!(" and {more} more"),
    }
}
