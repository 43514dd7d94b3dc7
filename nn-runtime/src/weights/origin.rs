//! Where weights come from that another program has written: its file, whose conventions it follows, and what its tensors are
//! called here; knows no file format and no network.

use alloc::borrow::ToOwned;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::convention::Convention;
use super::error::WeightsFault;
use super::mismatch::Mismatch;

/// Where weights come from. Everything in it can stand in a constant.
///
/// A network takes over what another one has learned in PyTorch, and gets a new head:
///
/// ```
/// use nn_runtime::network;
/// use nn_runtime::weights::{Array, Convention, Dtype, Origin, write};
///
/// network! { network Flowers < dense(2->3, relu), dense(5) > }
///
/// // As PyTorch would write it: output axes first, a head of two outputs.
/// let path = std::env::temp_dir().join(format!("pretrained-{}.safetensors", std::process::id()));
/// let array = |name: &str, shape: &[usize], values: &[f64]| Array::of(name.into(), Dtype::F32, shape.into(), values);
/// let trunk = array("fc1.weight", &[3, 2], &[0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
/// let head = array("fc2.weight", &[2, 3], &[0.0; 6]);
/// let biases = [array("fc1.bias", &[3], &[1.0; 3]), array("fc2.bias", &[2], &[0.0; 2])];
/// write(&path, [trunk, head].into_iter().chain(biases).collect(), None, None)?;
///
/// let file = path.display().to_string();
/// let origin = Origin {
///     convention: Some(Convention::PyTorch),
///     map: &[("fc1", "dense_1"), ("fc2", "dense_2")],
///     renew: &["dense_2"],
///     ..Origin::of(&file)
/// };
/// let net = Flowers::load_from(&origin, 42)?;
/// let weight = net.params().find(|param| param.name() == "dense_1.weight").expect("it has one");
/// assert_eq!((weight.shape(), weight.to_vec()), (&[2, 3][..], vec![0.0, 2.0, 4.0, 1.0, 3.0, 5.0]));
/// # std::fs::remove_file(&path).expect("it is there");
/// # Ok::<(), nn_runtime::weights::WeightsError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin<'a> {
    /// The file.
    pub path: &'a str,
    /// Whose names and orders of axes it has; `None` to take the only one that fits.
    pub convention: Option<Convention>,
    /// From names of the file to names of the network: of tensors, or of layers and whatever else stands before a `.` (or a `/`).
    /// A tensor's entry comes before that of a layer, a longer one before a shorter one. To `""` drops the front of a name, to `"_"`
    /// leaves out what is called so.
    pub map: &'a [(&'a str, &'a str)],
    /// Tensors and layers of the network that keep the values they have; what the file has for them is not read.
    pub renew: &'a [&'a str],
}

impl<'a> Origin<'a> {
    /// All tensors of a file, by the names that they have there.
    ///
    /// ```
    /// # use nn_runtime::weights::Origin;
    /// let origin = Origin::of("resnet.safetensors");
    /// assert!(origin.map.is_empty() && origin.convention.is_none());
    /// ```
    pub const fn of(path: &'a str) -> Self {
        Self { path, convention: None, map: &[], renew: &[] }
    }
}

/// A target of the map that leaves out what leads to it.
const NOTHING: &str = "_";

/// What becomes of the names of a file.
#[derive(Debug, Default)]
pub(super) struct Renamed {
    /// The names in the file, by the new ones.
    pub(super) names: BTreeMap<String, String>,
    /// Two names of the file for one new name.
    pub(super) twice: Vec<(String, String, String)>,
    /// Entries of the map that no name begins with.
    pub(super) unused: Vec<String>,
}

/// The new names of those of a file.
pub(super) fn rename<'n>(names: impl Iterator<Item = &'n String>, map: &[(&str, &str)]) -> Renamed {
    let map: Vec<(String, String)> = map.iter().map(|(from, to)| (dotted(from), dotted(to))).collect();
    let mut used = alloc::vec![false; map.len()];
    let mut renamed = Renamed::default();
    for name in names {
        let plain = dotted(name);
        let new = match nearest(&plain, &map) {
            None => plain,
            Some((number, rest)) => {
                used[number] = true;
                match (&*map[number].1, rest) {
                    (NOTHING, _) => continue,
                    (to, "") => to.to_owned(),
                    ("", rest) => rest.to_owned(),
                    (to, rest) => format!("{to}.{rest}"),
                }
            }
        };
        if let Some(other) = renamed.names.insert(new.clone(), name.clone()) {
            renamed.twice.push((other, name.clone(), new));
        }
    }
    renamed.unused = map.into_iter().zip(used).filter(|(_, used)| !used).map(|((from, _), _)| from).collect();
    renamed
}

/// What each of some names becomes, as they stand: `None` for what is left out. Names that no entry fits stay as they are.
///
/// ```
/// use nn_runtime::weights::renamed;
/// let names = ["fc.weight", "fc.bias", "step"].map(String::from);
/// let new = renamed(&names, &[("fc", "dense_1"), ("step", "_")])?;
/// assert_eq!(new, [Some("dense_1.weight".into()), Some("dense_1.bias".into()), None]);
/// # Ok::<(), nn_runtime::weights::WeightsFault>(())
/// ```
///
/// # Errors
/// [`WeightsFault::Mismatch`], if two become one, or an entry fits none.
pub fn renamed(names: &[String], map: &[(&str, &str)]) -> Result<Vec<Option<String>>, WeightsFault> {
    let Renamed { names: new, twice, unused } = rename(names.iter(), map);
    let wrong = Mismatch { twice, unmapped: unused, ..Mismatch::default() };
    if wrong.count() > 0 {
        return Err(WeightsFault::Mismatch(wrong));
    }
    let of = |name: &String| {
        let (new, _) = new.iter().find(|(_, old)| *old == name)?;
        Some(if *new == dotted(name) { name.clone() } else { new.clone() })
    };
    Ok(names.iter().map(of).collect())
}

/// The entry of the map for a name, by number, and what is left of the name behind it.
fn nearest<'n>(name: &'n str, map: &[(String, String)]) -> Option<(usize, &'n str)> {
    let rest = |from: &str| match name.strip_prefix(from)? {
        "" => Some(""),
        rest => rest.strip_prefix('.'),
    };
    let fitting = map.iter().enumerate().filter_map(|(number, (from, _))| Some((from.len(), number, rest(from)?)));
    fitting.max_by_key(|(long, ..)| *long).map(|(_, number, rest)| (number, rest))
}

/// A name with `.` between its parts, without the number that TensorFlow puts behind.
pub(super) fn dotted(name: &str) -> String {
    name.strip_suffix(":0").unwrap_or(name).replace('/', ".")
}

/// Whether a name is that of a layer or of something in it.
pub(super) fn is_within(name: &str, layer: &str) -> bool {
    name.strip_prefix(layer).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use alloc::vec;

    use super::*;

    fn renamed(names: &[&str], map: &[(&str, &str)]) -> (Vec<String>, Renamed) {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let renamed = rename(names.iter(), map);
        (renamed.names.keys().cloned().collect(), renamed)
    }

    #[test]
    fn longer_entries_come_first() {
        let map = [("a", "x"), ("a.b", "y"), ("a.b.c", "z.last")];
        assert_eq!(renamed(&["a.w", "a.b.w", "a.b.c", "ab.w"], &map).0, ["ab.w", "x.w", "y.w", "z.last"]);
    }

    #[test]
    fn names_of_keras_are_read_as_paths() {
        let map = [("dense_1/kernel", "first.kernel"), ("head", "last")];
        assert_eq!(renamed(&["dense_1/kernel:0", "head/bias:0"], &map).0, ["first.kernel", "last.bias"]);
    }

    #[test]
    fn the_front_is_dropped_and_what_is_unwanted_left_out() {
        let (names, renamed) = renamed(&["model.a.w", "model.fc.w"], &[("model", ""), ("model.fc", "_"), ("no", "b")]);
        assert_eq!((names, renamed.unused), (vec!["a.w".to_owned()], vec!["no".to_owned()]));
    }

    #[test]
    fn two_tensors_have_not_one_name() {
        let (_, renamed) = renamed(&["a.w", "b.w"], &[("b", "a")]);
        assert_eq!(renamed.twice, [("a.w".to_owned(), "b.w".to_owned(), "a.w".to_owned())]);
    }
}
