//! What other programs call a tensor of some purpose, and in which order its values lie there: one page for both directions.
//!
//! Sources: the classes of `torch.nn` and `keras.layers`, by the names of their parameters and the formulas in their documentation.
//! Knows no file and no network.

mod keras;
mod pytorch;

use alloc::borrow::{Cow, ToOwned};
use alloc::rc::Rc;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::program::Purpose;

/// Whose names and orders of axes a file has.
///
/// ```
/// use nn_runtime::weights::Convention;
/// let names: Vec<String> = Convention::ALL.iter().map(|known| known.to_string()).collect();
/// assert_eq!(names, ["nn", "PyTorch", "Keras"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Convention {
    /// Those of this language.
    Nn,
    /// Those of PyTorch: `fc1.weight`, output axes first, channels before places.
    PyTorch,
    /// Those of Keras 3: `dense/kernel`, output axes last, channels last.
    Keras,
}

impl Convention {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Nn, Self::PyTorch, Self::Keras];

    /// The one that is displayed so.
    ///
    /// ```
    /// # use nn_runtime::weights::Convention;
    /// assert_eq!(Convention::named("Keras"), Some(Convention::Keras));
    /// ```
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "nn" => Some(Self::Nn),
            "PyTorch" => Some(Self::PyTorch),
            "Keras" => Some(Self::Keras),
            _ => None,
        }
    }
}

impl fmt::Display for Convention {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nn => "nn",
            Self::PyTorch => "PyTorch",
            Self::Keras => "Keras",
        })
    }
}

/// A tensor that a network has a place for.
///
/// ```
/// use nn_runtime::{program::Purpose, weights::Slot};
/// let slot = Slot { name: "dense_1.bias".into(), shape: vec![3], purpose: Purpose::BIAS };
/// assert_eq!(slot.purpose, Purpose::Bias { into: 1 });
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Slot {
    /// `dense_1.weight`
    pub name: String,
    /// The logical shape.
    pub shape: Vec<usize>,
    /// What it is for.
    pub purpose: Purpose,
}

impl Slot {
    /// The layer, and the name within it; no layer for what the text declares by itself.
    pub(super) fn parts(&self) -> (&str, &str) {
        self.name.rsplit_once('.').unwrap_or(("", &self.name))
    }

    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// Where a value of ours lies in a tensor of others, by its row-major number; `None` if that has nothing to add to it.
type Place = Rc<dyn Fn(usize) -> Option<usize>>;

/// A tensor of another program that one of ours is made of.
#[derive(Clone)]
pub(super) struct Term {
    /// Its name within the layer, with `.` between parts.
    pub(super) name: String,
    pub(super) shape: Vec<usize>,
    /// Whether there may be more or fewer axes of one entry.
    loose: bool,
    pub(super) place: Place,
}

impl Term {
    fn new(name: &str, shape: impl Into<Vec<usize>>, place: impl Fn(usize) -> Option<usize> + 'static) -> Self {
        Self { name: name.to_owned(), shape: shape.into(), loose: false, place: Rc::new(place) }
    }

    /// With all values in our order.
    fn same(name: &str, shape: impl Into<Vec<usize>>) -> Self {
        Self::new(name, shape, Some)
    }

    fn loose(self) -> Self {
        Self { loose: true, ..self }
    }

    /// Whether a tensor of this shape can be it.
    pub(super) fn fits(&self, shape: &[usize]) -> bool {
        fn long(shape: &[usize]) -> impl Iterator<Item = &usize> {
            shape.iter().filter(|extent| **extent != 1)
        }
        self.shape == shape || (self.loose && long(&self.shape).eq(long(shape)))
    }

    pub(super) fn len(&self) -> usize {
        self.shape.iter().product()
    }
}

/// The ways in which a tensor can be written, the usual one first: it is the sum of the terms of one of them.
pub(super) fn ways(slot: &Slot, convention: Convention) -> Vec<Vec<Term>> {
    let (_, own) = slot.parts();
    let mut ways = match convention {
        Convention::Nn => Vec::new(),
        Convention::PyTorch => pytorch::ways(slot, own),
        Convention::Keras => keras::ways(slot, own),
    };
    // A map can also lead to our name: for what stands alone or comes first, in the order of the convention.
    if ways.iter().flatten().all(|term| plain(&term.name, convention) != own) {
        let whole = ways.iter().rev().filter_map(|way| way.first()).find(|term| term.len() == slot.len());
        let term = whole
            .map_or_else(|| Term::same(own, &slot.shape[..]), |term| Term { name: own.to_owned(), ..term.clone() });
        ways.push(vec![term]);
    }
    ways
}

/// The name of a tensor within its layer without what only wraps it.
pub(super) fn plain(name: &str, convention: Convention) -> Cow<'_, str> {
    match convention {
        Convention::Nn => name.into(),
        Convention::PyTorch => pytorch::plain(name),
        Convention::Keras => keras::plain(name),
    }
}

/// Whether a tensor says nothing about a network: a count of batches, the state of a generator.
pub(super) fn says_nothing(name: &str) -> bool {
    let parts = || name.split('.');
    parts().next_back() == Some("num_batches_tracked")
        || parts().any(|part| part.starts_with("seed_generator"))
        || parts().next() == Some("optimizer")
}

/// The last two extents, and those before.
fn matrix(shape: &[usize]) -> (usize, usize, &[usize]) {
    match shape {
        [window @ .., rows, columns] => (*rows, *columns, window),
        [columns] => (1, *columns, &[]),
        [] => (1, 1, &[]),
    }
}
