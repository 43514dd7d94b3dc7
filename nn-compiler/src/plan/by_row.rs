//! Loops that need no row but the one at hand, together: they go through the rows side by side, so that what one reads another finds in
//! the cache, and threads share the rows. For batches that are no shards, because a normalisation over the batch keeps them together.

use super::{Access, Instruction, Kernel, Loop, Place, Position, Work};
use crate::ir::{Affine, Source};
use crate::shape::{Extent, Shape};

/// The fewest elements of a row for which a loop is worth a call of its own.
const FEWEST: usize = 512;

/// The fewest terms of each result in a row for which a sum over a batch is worth sums of rows.
const FEWEST_TERMS: usize = 16;

/// Whether a sum over the batch, and over these axes, is to become sums of single rows, which are then added up.
pub(super) fn is_worth_sums_of_rows(x: &Shape, axes: &[usize]) -> bool {
    let terms: usize = axes.iter().map(|axis| x.axis(*axis).values()).product();
    x.is_batched() && axes.first() == Some(&0) && x.len() >= FEWEST && terms >= FEWEST_TERMS
}

/// The kernels of a function, those that can be together in one.
pub(super) fn together(kernels: Vec<Kernel>) -> Vec<Kernel> {
    let mut places: Vec<Vec<Kernel>> = Vec::new();
    for kernel in kernels {
        let place = goes_by_row(&kernel).then(|| place_among(&places, &kernel)).flatten();
        match place {
            Some(place) => places[place].push(kernel),
            None => places.push(vec![kernel]),
        }
    }
    places.into_iter().flat_map(joined).collect()
}

/// The loops of one place as one kernel.
fn joined(kernels: Vec<Kernel>) -> Vec<Kernel> {
    if !kernels.first().is_some_and(goes_by_row) {
        return kernels;
    }
    let (origin, name) = (kernels[0].origin.clone(), kernels[0].name.clone());
    vec![Kernel { origin, name, work: Work::Rows(kernels) }]
}

/// The last place with loops that touch what a loop touches, if no kernel behind it is in the way.
fn place_among(places: &[Vec<Kernel>], kernel: &Kernel) -> Option<usize> {
    let touched = kernel.work.places();
    let target = kernel.work.target();
    for (place, others) in places.iter().enumerate().rev() {
        let of_others: Vec<Place> = others.iter().flat_map(|other| other.work.places()).collect();
        let meets = of_others.iter().any(|other| touched.contains(other) && matches!(other, Place::Buffer(_)));
        if goes_by_row(&others[0]) && meets {
            return Some(place);
        }
        // What a loop of kernels writes is among all that it touches.
        let written = |other: &Kernel| other.work.target().map_or_else(|| other.work.places(), |target| vec![target]);
        let in_the_way = others.iter().flat_map(written).any(|other| touched.contains(&other));
        if in_the_way || target.is_some_and(|target| of_others.contains(&target)) {
            return None;
        }
    }
    None
}

/// Whether a kernel is a loop over rows, each of them from what the arrays with rows have for it.
fn goes_by_row(kernel: &Kernel) -> bool {
    let Work::Loop(nest) = &kernel.work else { return false };
    let Some(Extent::Rows(_)) = nest.axes.first() else { return false };
    let elements: usize = nest.axes.iter().map(|extent| extent.values()).product();
    let ends_here = matches!(nest.target.place, Place::Buffer(_)) && of_row(nest, &nest.target) == Some(true);
    let known = |place| {
        matches!(
            place,
            Place::Buffer(_)
                | Place::Tensor(_)
                | Place::Literal(_)
                | Place::Source(Source::Input | Source::Logits | Source::LogitsGradient | Source::OutputGradient)
        )
    };
    let reads = nest.loads.iter().all(|load| known(load.place) && of_row(nest, load).is_some());
    let counts = |instruction: &Instruction| match instruction {
        Instruction::Random(_) => true,
        Instruction::Iota(position) => counts_rows(position),
        _ => false,
    };
    !nest.beside && elements >= FEWEST && ends_here && reads && !nest.body.iter().any(counts)
}

/// Whether an array has rows, of which a loop then touches the one at hand alone; `None` if it touches others.
fn of_row(nest: &Loop, access: &Access) -> Option<bool> {
    let counts = |position: &Position| match position {
        Position::Counters(affine) => counts_rows(affine),
        Position::Step(_) => true,
    };
    match (access.extents.first(), access.at.first()) {
        (Some(rows @ Extent::Rows(_)), Some(first)) => {
            let same = *rows == nest.axes[0] && first.as_counter() == Some(0);
            (same && !access.at[1..].iter().any(counts)).then_some(true)
        }
        _ => (!access.at.iter().any(counts)).then_some(false),
    }
}

fn counts_rows(position: &Affine) -> bool {
    position.terms.iter().any(|(counter, _)| *counter == 0)
}
