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
    /// How much each row counts in the loss; empty: all the same.
    pub sample_weights: &'a [f64],
}

impl<T: Real> Stated<'_, T> {
    /// Adds the loss and the metrics of these rows to `sums`: [`Objective::width`] values, of which the loss alone is weighted. `scratch`
    /// has [`Objective::scratch_values`].
    pub fn add_figures(&self, sums: &mut [f64], scratch: &mut [T]) {
        let (targets, figures, arena) = self.split(scratch);
        (self.objective.figures)(self.inputs, self.output, targets, figures, arena);
        for (row, figures) in figures.chunks_exact(self.objective.width()).enumerate() {
            for (sum, figure) in sums.iter_mut().zip(figures).skip(1) {
                *sum += figure.to_f64();
            }
            sums[0] += self.counted(row, figures[0]);
        }
    }

    /// The sum of the losses of these rows divided by `divisor`, the rows of the whole batch as much as they count; overwrites `gradient`
    /// with that of the output. `scratch` has [`Objective::scratch_values`].
    pub fn evaluate(&self, divisor: f64, gradient: &mut [T], scratch: &mut [T]) -> f64 {
        let factor = if divisor == 0.0 { 0.0 } else { 1.0 / divisor };
        let (targets, figures, arena) = self.split(scratch);
        (self.objective.figures)(self.inputs, self.output, targets, figures, arena);
        let losses = figures.chunks_exact(self.objective.width()).enumerate();
        let sum: f64 = losses.map(|(row, figures)| self.counted(row, figures[0])).sum();
        (self.objective.figures_backward)(self.inputs, self.output, targets, gradient, arena);
        for (row, gradient) in gradient.chunks_exact_mut(self.outputs).enumerate() {
            match self.sample_weights.get(row) {
                Some(0.0) => gradient.fill(T::ZERO),
                weight => {
                    let factor = weight.map_or(factor, |weight| weight * factor);
                    gradient.iter_mut().for_each(|value| *value = T::from_f64(value.to_f64() * factor));
                }
            }
        }
        sum * factor
    }

    /// The loss of a row as much as it counts: nothing, whatever it is, for a weight of 0.
    fn counted(&self, row: usize, loss: T) -> f64 {
        match self.sample_weights.get(row) {
            Some(0.0) => 0.0,
            weight => weight.map_or(loss.to_f64(), |weight| weight * loss.to_f64()),
        }
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
