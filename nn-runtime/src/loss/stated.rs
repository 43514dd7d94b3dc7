//! A loss that the text states as an expression: the mean over rows of what generated code computes.

use crate::batch::Targets;
use crate::program::Objective;
use crate::real::Real;

/// Some rows of a batch: what the network was given, what it answered, and what it should have answered.
#[derive(Clone, Copy, Debug)]
pub struct Stated<'a, T: 'static> {
    /// The generated functions.
    pub objective: &'static Objective<T>,
    /// The inputs of all rows.
    pub inputs: &'a [T],
    /// The outputs of all rows.
    pub output: &'a [T],
    /// Values in one output.
    pub outputs: usize,
    /// The targets of these rows.
    pub targets: Targets<'a, T>,
}

impl<T: Real> Stated<'_, T> {
    /// Adds the loss and the metrics of these rows to `sums`: [`Objective::width`] values. `scratch` has
    /// [`Objective::scratch_values`].
    pub fn add_figures(&self, sums: &mut [f64], scratch: &mut [T]) {
        let (targets, figures, arena) = self.split(scratch);
        (self.objective.figures)(self.inputs, self.output, targets, figures, arena);
        for row in figures.chunks_exact(self.objective.width()) {
            for (sum, figure) in sums.iter_mut().zip(row) {
                *sum += figure.to_f64();
            }
        }
    }

    /// The sum of the losses of these rows divided by `weight`, the rows of the whole batch; overwrites `gradient` with that of
    /// the output. `scratch` has [`Objective::scratch_values`].
    pub fn evaluate(&self, weight: f64, gradient: &mut [T], scratch: &mut [T]) -> f64 {
        let factor = 1.0 / weight;
        let (targets, figures, arena) = self.split(scratch);
        (self.objective.figures)(self.inputs, self.output, targets, figures, arena);
        let sum: f64 = figures.chunks_exact(self.objective.width()).map(|row| row[0].to_f64()).sum();
        (self.objective.figures_backward)(self.inputs, self.output, targets, gradient, arena);
        for value in gradient {
            *value = T::from_f64(value.to_f64() * factor);
        }
        sum * factor
    }

    /// The targets as numbers, room for the figures, and the arena.
    fn split<'s>(&self, scratch: &'s mut [T]) -> (&'s [T], &'s mut [T], &'s mut [T]) {
        let rows = self.output.len() / self.outputs;
        let (targets, scratch) = scratch.split_at_mut(rows * self.objective.targets);
        match self.targets {
            // A loss that compares with nothing does not look at them.
            Targets::Values(values) => targets.iter_mut().zip(values).for_each(|(target, value)| *target = *value),
            Targets::Classes(ids) => {
                targets.iter_mut().zip(ids).for_each(|(target, id)| *target = T::from_f64(*id as f64));
            }
        }
        let (figures, arena) = scratch.split_at_mut(rows * self.objective.width());
        let arena = &mut arena[..self.objective.arena.values(rows)];
        (targets, figures, arena)
    }
}
