//! Which kernels read a grid that was flattened, or write one that is laid out behind them: programs that put channels before places
//! have their rows and columns in another order. Knows no such program.

use crate::layers::purpose::Purpose;
use crate::model::{Body, StepKind, Tensor, Use, Wire};

/// Marks the tensors of all such layers of a body, and of the loops in it.
pub(super) fn mark(body: &Body, tensors: &mut [Tensor]) {
    let (flattened, laid_out) = (flattened(body), laid_out(body));
    for (at, step) in body.steps.iter().enumerate() {
        match &step.kind {
            StepKind::Layer(layer) => {
                let from = layer.operands.first().map_or(1, |(_, wire)| flattened[wire.0]);
                mark_layer(layer, from, laid_out[at], tensors);
            }
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

fn mark_layer(layer: &Use, from: usize, into: usize, tensors: &mut [Tensor]) {
    // Kernels with a window keep the grid.
    let ([_], [_]) = (&layer.input[..], &layer.output[..]) else { return };
    for tensor in &mut tensors[layer.tensors.clone()] {
        match &mut tensor.spec.purpose {
            Purpose::Kernel { from: before, into: behind } => (*before, *behind) = (from, into),
            Purpose::Bias { into: behind } => *behind = into,
            _ => {}
        }
    }
}

/// For each value, the channels of the grid that was flattened into it; 1 if there was none.
fn flattened(body: &Body) -> Vec<usize> {
    // Whether an axis and channels were made by a layer that works on grids: others yield sequences.
    let mut of_grid: Vec<bool> = Vec::with_capacity(body.steps.len());
    let mut flattened: Vec<usize> = Vec::with_capacity(body.steps.len());
    for step in &body.steps {
        let (grid, flat) = match &step.kind {
            StepKind::Layer(layer) => {
                let first = layer.operands.first().map(|(_, wire)| wire.0);
                let before = first.is_some_and(|first| of_grid[first]);
                let flat = match () {
                    () if layer.layer.only_shapes() && (layer.input.len() > 2 || before) => channels(&layer.input),
                    () if !layer.layer.only_shapes() && keeps(layer) => first.map_or(1, |first| flattened[first]),
                    () => 1,
                };
                (layer.layer.works_on_grids() || layer.input == layer.output && before, flat)
            }
            _ => (false, 1),
        };
        of_grid.push(grid);
        flattened.push(flat);
    }
    flattened
}

/// For each value, the channels of the grid that it becomes; 1 if it becomes none.
fn laid_out(body: &Body) -> Vec<usize> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); body.steps.len()];
    for (at, step) in body.steps.iter().enumerate() {
        let mut reads = step.kind.reads();
        reads.dedup();
        reads.into_iter().for_each(|Wire(wire)| readers[wire].push(at));
    }
    let read_as_grid = |at: usize| {
        let works =
            |at: &usize| matches!(&body.steps[*at].kind, StepKind::Layer(layer) if layer.layer.works_on_grids());
        readers[at].iter().any(works)
    };
    let mut laid_out = vec![1; body.steps.len()];
    for wire in (0..body.steps.len()).rev() {
        let [at] = readers[wire][..] else { continue };
        laid_out[wire] = match &body.steps[at].kind {
            StepKind::Layer(layer) if layer.layer.only_shapes() => match layer.output.len() {
                3.. => channels(&layer.output),
                2 if read_as_grid(at) => channels(&layer.output),
                _ => 1,
            },
            StepKind::Layer(layer) if keeps(layer) => laid_out[at],
            _ => 1,
        };
    }
    laid_out
}

/// Whether a layer leaves each value at its place, and has no tensors whose order would matter.
fn keeps(layer: &Use) -> bool {
    layer.layer.keeps_places() && layer.tensors.is_empty()
}

fn channels(grid: &[usize]) -> usize {
    grid.last().copied().unwrap_or(1)
}
