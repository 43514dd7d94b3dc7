//! One worker: gathers the rows of a shard and computes its gradient in memory of its own.

use alloc::vec::Vec;

use crate::batch::{Rows, Targets};
use crate::loss::Loss;
use crate::program::Program;
use crate::real::Real;
use crate::rng::Draws;
use crate::step::{self, Shard};

/// What does not change during a training.
pub(super) struct Source<'a, T: 'static> {
    pub(super) program: &'a Program<T>,
    pub(super) loss: Loss<'a>,
    pub(super) inputs: Rows<'a, T>,
    pub(super) targets: Targets<'a, T>,
}

/// Some rows to compute.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    /// Which.
    pub(super) rows: &'a [usize],
    /// The divisor of the loss.
    pub(super) weight: f64,
    pub(super) draws: Draws,
}

/// The memory of one worker, and the loss of its last shard.
#[derive(Clone, Debug, Default)]
pub(super) struct Worker<T> {
    inputs: Vec<T>,
    classes: Vec<usize>,
    values: Vec<T>,
    pub(super) gradients: Vec<T>,
    pub(super) state: Vec<T>,
    pub(super) scratch: Vec<T>,
    pub(super) loss: f64,
}

impl<T: Real> Source<'_, T> {
    pub(super) fn rows(&self) -> usize {
        self.inputs.values.len() / self.program.inputs
    }

    fn targets_of(&self, row: usize) -> Targets<'_, T> {
        self.targets.slice(row, 1, self.targets.len() / self.rows())
    }

    /// The divisor of the loss over these rows.
    pub(super) fn weight(&self, rows: &[usize]) -> f64 {
        let (outputs, width) = (self.program.outputs, step::width(self.program));
        rows.iter().map(|&row| self.loss.weight(1, outputs, width, self.targets_of(row))).sum()
    }
}

impl<T: Real> Worker<T> {
    /// Makes room for shards of batches of `batch` rows; never gives room back.
    pub(super) fn reserve(&mut self, program: &Program<T>, batch: usize) {
        let rows = step::shard_rows(program, batch);
        // `reserve` counts from the values there are.
        self.clear();
        self.inputs.reserve(rows * program.inputs);
        let each = program.objective.map_or(program.outputs, |objective| objective.targets.max(program.outputs));
        self.values.reserve(rows * each);
        self.classes.reserve(rows * each);
        self.gradients.resize(program.parameters, T::ZERO);
        self.state.resize(step::state_values(program), T::ZERO);
        let scratch = step::scratch_values(program, batch).max(self.scratch.len());
        self.scratch.resize(scratch, T::ZERO);
    }

    /// Computes `task`: its loss, gradients and new state stay in this worker.
    pub(super) fn run(&mut self, source: &Source<'_, T>, weights: &[T], task: Task<'_>) {
        let Source { program, loss, .. } = source;
        self.gather(source, task.rows);
        let targets = match source.targets {
            Targets::Classes(_) => Targets::Classes(&self.classes),
            Targets::Values(_) => Targets::Values(&self.values),
        };
        let shard = Shard { weights, inputs: &self.inputs, targets, weight: task.weight, draws: task.draws };
        self.loss = shard.run(program, loss, &mut self.gradients, &mut self.state, &mut self.scratch);
    }

    fn clear(&mut self) {
        self.inputs.clear();
        self.classes.clear();
        self.values.clear();
    }

    /// Copies rows side by side.
    fn gather(&mut self, source: &Source<'_, T>, rows: &[usize]) {
        let width = source.program.inputs;
        self.clear();
        for &row in rows {
            self.inputs.extend_from_slice(&source.inputs.values[row * width..(row + 1) * width]);
            match source.targets_of(row) {
                Targets::Classes(classes) => self.classes.extend_from_slice(classes),
                Targets::Values(values) => self.values.extend_from_slice(values),
            }
        }
    }
}
