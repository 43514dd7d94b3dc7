//! Which kernels read a grid that was flattened, or write one that is laid out behind them: programs that put channels before places
//! have their rows and columns in another order. Knows no such program.

use crate::layers::purpose::Purpose;
use crate::model::{Body, StepKind, Tensor, Use, Wire};

/// Marks the tensors of all such layers of a body, and of the loops in it.
pub(super) fn mark(body: &Body, tensors: &mut [Tensor]) {
    for (at, step) in body.steps.iter().enumerate() {
        match &step.kind {
            StepKind::Layer(layer) => mark_layer(body, Wire(at), layer, tensors),
            StepKind::Loop(inner) => mark(&inner.body, tensors),
            StepKind::Given(_)
            | StepKind::Numbers(_)
            | StepKind::Tensor(_)
            | StepKind::Yielded(..)
            | StepKind::Next(..)
            | StepKind::Gradient(..) => {}
        }
    }
}

fn mark_layer(body: &Body, wire: Wire, layer: &Use, tensors: &mut [Tensor]) {
    // Kernels with a window keep the grid.
    let ([_], [_]) = (&layer.input[..], &layer.output[..]) else { return };
    let (from, into) = (flattened(body, layer), laid_out(body, wire));
    for tensor in &mut tensors[layer.tensors.clone()] {
        match &mut tensor.spec.purpose {
            Purpose::Kernel { from: before, into: behind } => (*before, *behind) = (from, into),
            Purpose::Bias { into: behind } => *behind = into,
            _ => {}
        }
    }
}

/// The channels of the grid that was flattened into what a layer works on; 1 if there was none.
fn flattened(body: &Body, layer: &Use) -> usize {
    let mut at = layer;
    while let Some(before) = before(body, at) {
        if before.layer.only_shapes() {
            let grid = before.input.len() > 2 || comes_from_grid(body, before);
            return if grid { channels(&before.input) } else { 1 };
        }
        if !keeps(before) {
            break;
        }
        at = before;
    }
    1
}

/// Whether what a layer works on, an axis and channels, was made by one that works on grids: others yield sequences.
fn comes_from_grid(body: &Body, layer: &Use) -> bool {
    let mut at = layer;
    while let Some(before) = before(body, at) {
        if before.layer.works_on_grids() {
            return true;
        }
        if before.input != before.output {
            return false;
        }
        at = before;
    }
    false
}

/// The layer that yields the first operand of another, if a layer of the same body does.
fn before<'a>(body: &'a Body, layer: &Use) -> Option<&'a Use> {
    let (_, wire) = layer.operands.first()?;
    match &body.step(*wire).kind {
        StepKind::Layer(before) => Some(before),
        _ => None,
    }
}

/// The channels of the grid that a value becomes; 1 if it becomes none.
fn laid_out(body: &Body, wire: Wire) -> usize {
    let readers = body.steps.iter().enumerate().filter(|(_, step)| step.kind.reads().contains(&wire));
    let [(at, reader)] = readers.collect::<Vec<_>>()[..] else { return 1 };
    match &reader.kind {
        StepKind::Layer(layer) if layer.layer.only_shapes() => match layer.output.len() {
            3.. => channels(&layer.output),
            2 if read_as_grid(body, Wire(at)) => channels(&layer.output),
            _ => 1,
        },
        StepKind::Layer(layer) if keeps(layer) => laid_out(body, Wire(at)),
        _ => 1,
    }
}

fn read_as_grid(body: &Body, wire: Wire) -> bool {
    body.steps.iter().any(|step| {
        matches!(&step.kind, StepKind::Layer(layer) if layer.layer.works_on_grids() && step.kind.reads().contains(&wire))
    })
}

/// Whether a layer leaves each value at its place, and has no tensors whose order would matter.
fn keeps(layer: &Use) -> bool {
    layer.layer.keeps_places() && layer.tensors.is_empty()
}

fn channels(grid: &[usize]) -> usize {
    grid.last().copied().unwrap_or(1)
}
