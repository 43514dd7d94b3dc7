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
