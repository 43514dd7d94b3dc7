//! What the planning of all functions that share an arena has in common.

use super::layout::Layout;
use super::memory::Buffers;
use super::spot::Spot;
use super::{Place, slot_of};
use crate::ir::{Source, Target};
use crate::shape::Shape;

/// What the builders of all graphs of a group of functions share.
pub(super) struct Shared<'a> {
    /// How each tensor lies.
    pub(super) layouts: &'a [Layout],
    /// The name of each tensor.
    pub(super) names: &'a [&'a str],
    /// The numbers that the text states.
    pub(super) literals: &'a mut Vec<Vec<f64>>,
    /// The buffers of the arena.
    pub(super) buffers: &'a mut Buffers,
    /// What stands before the names of values: `d_` in a backward function.
    pub(super) prefix: &'static str,
    /// Whether rows lie side by side.
    pub(super) beside: bool,
    /// Whether loops go through rows together, so that sums over the batch are to begin as sums of rows.
    pub(super) together: bool,
}

impl Shared<'_> {
    /// Where a source is read: where it is given, or where a copy of it lies with its rows side by side.
    pub(super) fn given(&mut self, source: Source, shape: &Shape) -> Spot {
        let place = if self.beside && shape.is_batched() {
            Place::Buffer(self.buffers.add(slot_of(shape), 0))
        } else {
            Place::given(source)
        };
        Spot::whole(place, shape)
    }

    /// The number of a literal, which is kept once.
    pub(super) fn literal(&mut self, values: &[f64]) -> usize {
        let same = |known: &Vec<f64>| known.iter().map(|x| x.to_bits()).eq(values.iter().map(|x| x.to_bits()));
        self.literals.iter().position(same).unwrap_or_else(|| {
            self.literals.push(values.to_vec());
            self.literals.len() - 1
        })
    }

    /// Whether a matrix lies with its first axis fastest.
    pub(super) fn is_transposed(&self, place: Place) -> bool {
        self.layout(place) == Layout::Transposed
    }

    /// Whether a matrix lies in panels.
    pub(super) fn is_in_panels(&self, place: Place) -> bool {
        self.layout(place) == Layout::Panels
    }

    fn layout(&self, place: Place) -> Layout {
        match place {
            Place::Tensor(index) | Place::Target(Target::Gradient(index)) => self.layouts[index],
            _ => Layout::RowMajor,
        }
    }
}
