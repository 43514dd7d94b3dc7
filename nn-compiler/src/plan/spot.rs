//! Where a value lies: a place, and for each axis of the place which axis of the value, or which loop, counts it.

use super::{Access, Part, Place, Position, Slot};
use crate::ir::{Affine, Source};
use crate::shape::{Extent, Shape};

/// Where a value lies.
#[derive(Clone, Debug)]
pub(super) struct Spot {
    pub(super) place: Place,
    /// The extents of the place.
    extents: Vec<Extent>,
    /// What counts each of its axes.
    axes: Vec<Counted>,
}

/// What counts an axis of a place.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Counted {
    /// An axis of the value.
    Own(usize),
    /// The loop at this depth.
    Step(usize),
}

impl Spot {
    /// A value that is all of a place.
    pub(super) fn whole(place: Place, shape: &Shape) -> Self {
        Self { place, extents: shape.axes(), axes: (0..shape.rank()).map(Counted::Own).collect() }
    }

    /// A sequence along this axis of which nothing but entries is looked at: these lie one behind the other, each in one piece.
    pub(super) fn in_entries(place: Place, shape: &Shape, axis: usize) -> Self {
        let order = [axis].into_iter().chain((0..shape.rank()).filter(|other| *other != axis));
        let (extents, axes) = order.map(|own| (shape.axis(own), Counted::Own(own))).unzip();
        Self { place, extents, axes }
    }

    /// The entry of the step at hand, where the value is a sequence along this axis.
    pub(super) fn entry(&self, axis: usize, depth: usize) -> Self {
        let counted = |counted: &Counted| match *counted {
            Counted::Own(own) if own == axis => Counted::Step(depth),
            Counted::Own(own) if own > axis => Counted::Own(own - 1),
            other => other,
        };
        Self { place: self.place, extents: self.extents.clone(), axes: self.axes.iter().map(counted).collect() }
    }

    /// Whether it lies in one piece: steps come first, then the value's own axes in their order.
    pub(super) fn is_in_one_piece(&self) -> bool {
        let steps = self.axes.iter().take_while(|axis| matches!(axis, Counted::Step(_))).count();
        self.axes[steps..].iter().enumerate().all(|(at, axis)| *axis == Counted::Own(at))
    }

    /// The same values in another shape.
    pub(super) fn reshaped(&self, shape: &Shape) -> Self {
        assert!(self.is_in_one_piece(), "what is reshaped lies in one piece");
        let steps = self.axes.iter().take_while(|axis| matches!(axis, Counted::Step(_))).count();
        let own = (0..shape.rank()).map(Counted::Own);
        Self {
            place: self.place,
            extents: self.extents[..steps].iter().copied().chain(shape.axes()).collect(),
            axes: self.axes[..steps].iter().copied().chain(own).collect(),
        }
    }

    /// The value as a whole.
    pub(super) fn part(&self, shape: &Shape) -> Part {
        assert!(self.is_in_one_piece(), "what is read whole lies in one piece");
        let mut steps = Vec::new();
        for (at, axis) in self.axes.iter().enumerate() {
            if let Counted::Step(depth) = axis {
                steps.push((*depth, values(&self.extents[at + 1..])));
            }
        }
        Part { place: self.place, shape: shape.clone(), steps }
    }

    /// One element, at these positions on the value's own axes.
    pub(super) fn access(&self, index: &[Affine], name: String) -> Access {
        let at = self.axes.iter().map(|axis| match axis {
            Counted::Own(own) => Position::Counters(index[*own].clone()),
            Counted::Step(depth) => Position::Step(*depth),
        });
        Access { place: self.place, extents: self.extents.clone(), at: at.collect(), name }
    }
}

fn values(extents: &[Extent]) -> usize {
    extents.iter().map(|extent| extent.values()).product()
}

impl Place {
    /// The place of what a function is given.
    pub(super) fn given(source: Source) -> Self {
        Place::Source(source)
    }

    /// The buffer that it is, before buffers have offsets.
    pub(super) fn buffer(self) -> Option<usize> {
        match self {
            Place::Buffer(buffer) => Some(buffer),
            Place::Source(_) | Place::Target(_) | Place::Tensor(_) | Place::Literal(_) | Place::Arena(Slot { .. }) => {
                None
            }
        }
    }
}
