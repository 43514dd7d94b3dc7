//! One worker: gathers the rows of a shard, changed and mixed where that is asked for, and computes its gradient in memory of its own.

use alloc::vec::Vec;
use core::ops::Range;

use super::fresh::Fresh;
use crate::batch::{Rows, Targets};
use crate::loss::Loss;
use crate::profile::{self, Section};
use crate::program::Program;
use crate::real::Real;
use crate::rng::Draws;
use crate::step::{self, Shard};
use crate::team::Team;

/// What does not change during a training.
pub(super) struct Source<'a, T: 'static> {
    pub(super) program: &'a Program<T>,
    pub(super) loss: Loss<'a>,
    pub(super) inputs: Rows<'a, T>,
    pub(super) targets: Targets<'a, T>,
}

/// Some rows of a source.
#[derive(Clone, Copy)]
pub(super) enum Chosen<'a> {
    /// By their numbers.
    Listed(&'a [usize]),
    /// From one on, so many, as they lie.
    Neighbours(usize, usize),
}

impl<'a> Chosen<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Listed(rows) => rows.len(),
            Self::Neighbours(_, count) => count,
        }
    }

    /// The number of the row at a place among them.
    pub(super) fn row(self, place: usize) -> usize {
        match self {
            Self::Listed(rows) => rows[place],
            Self::Neighbours(start, _) => start + place,
        }
    }

    /// Some of them: from `first` on, at most `count`.
    pub(super) fn part(self, first: usize, count: usize) -> Self {
        let count = count.min(self.len() - first);
        match self {
            Self::Listed(rows) => Self::Listed(&rows[first..first + count]),
            Self::Neighbours(start, _) => Self::Neighbours(start + first, count),
        }
    }
}

/// Some rows to compute.
#[derive(Clone, Copy)]
pub(super) struct Task<'a> {
    /// Which.
    pub(super) rows: Chosen<'a>,
    /// The divisor of the loss.
    pub(super) divisor: f64,
    /// The random numbers of the step; their row is the place of the first of these rows in the batch.
    pub(super) draws: Draws,
    /// What is made of the rows, if anything is.
    pub(super) fresh: Option<Fresh<'a>>,
}

/// Bytes of a line of the cache.
const LINE: usize = 64;

/// Memory from the next line of the cache on: registers that lie across two lines are read twice.
fn from_line<T>(memory: &mut [T]) -> &mut [T] {
    let ahead = memory.as_ptr().align_offset(LINE);
    &mut memory[if ahead < LINE / size_of::<T>() { ahead } else { 0 }..]
}

/// The memory of one worker, and the loss of its last shard.
#[derive(Clone, Debug, Default)]
pub(super) struct Worker<T> {
    inputs: Vec<T>,
    /// The row that another is mixed with, and room for changes of a row; empty if there are none.
    aside: Vec<T>,
    classes: Vec<usize>,
    values: Vec<T>,
    sample_weights: Vec<f64>,
    pub(super) gradients: Vec<T>,
    pub(super) state: Vec<T>,
    pub(super) scratch: Vec<T>,
    pub(super) loss: f64,
}

impl<T: Real> Source<'_, T> {
    pub(super) fn rows(&self) -> usize {
        self.inputs.values.len() / self.program.inputs
    }

    pub(super) fn targets_of(&self, row: usize, count: usize) -> Targets<'_, T> {
        self.targets.slice(row, count, self.targets.len() / self.rows())
    }

    pub(super) fn inputs_of(&self, row: usize, count: usize) -> &[T] {
        let width = self.program.inputs;
        &self.inputs.values[row * width..(row + count) * width]
    }

    /// How much each of these rows counts in the loss; empty: all the same.
    pub(super) fn sample_weights_of(&self, row: usize, count: usize) -> &[f64] {
        step::part_of(self.inputs.sample_weights, row, count)
    }

    /// How much these rows count in the loss together.
    pub(super) fn counted(&self, rows: &[usize]) -> f64 {
        rows.iter().map(|row| self.sample_weight(*row)).sum()
    }

    /// How much a row counts in the loss.
    pub(super) fn sample_weight(&self, row: usize) -> f64 {
        self.inputs.sample_weights.get(row).copied().unwrap_or(1.0)
    }

    /// The divisor of the loss of a row that counts as much as any.
    pub(super) fn unweighted_divisor(&self, row: usize) -> f64 {
        step::divisor(self.program, &self.loss, 1, self.targets_of(row, 1), &[])
    }

    /// The divisor of the loss over these rows.
    pub(super) fn divisor(&self, rows: Chosen<'_>) -> f64 {
        let of = |row, count| {
            let (targets, sample_weights) = (self.targets_of(row, count), self.sample_weights_of(row, count));
            step::divisor(self.program, &self.loss, count, targets, sample_weights)
        };
        match rows {
            Chosen::Listed(rows) => rows.iter().map(|&row| of(row, 1)).sum(),
            Chosen::Neighbours(start, count) => of(start, count),
        }
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
        self.sample_weights.reserve(rows);
        self.gradients.resize(program.parameters, T::ZERO);
        self.state.resize(step::state_values(program), T::ZERO);
        let spare = LINE / size_of::<T>();
        let scratch = (step::scratch_values(program, batch) + spare).max(self.scratch.len());
        self.scratch.resize(scratch, T::ZERO);
    }

    /// Computes `task`: its loss, gradients and new state stay in this worker.
    pub(super) fn run(&mut self, source: &Source<'_, T>, weights: &[T], task: Task<'_>, team: &Team) {
        let Source { program, loss, .. } = source;
        let Task { rows, divisor, draws, fresh } = task;
        match (&fresh, rows) {
            (Some(fresh), _) => {
                let first = draws.row as usize;
                profile::timed(Section::Rows, || self.freshen(source, fresh, first..first + rows.len()));
            }
            (None, Chosen::Listed(rows)) => profile::timed(Section::Rows, || self.gather(source, rows)),
            (None, Chosen::Neighbours(..)) => {}
        }
        let (inputs, targets, sample_weights) = match (&fresh, rows) {
            (None, Chosen::Neighbours(start, count)) => {
                let sample_weights = source.sample_weights_of(start, count);
                (source.inputs_of(start, count), source.targets_of(start, count), sample_weights)
            }
            _ if self.classes.is_empty() => {
                (&self.inputs[..], Targets::Values(&self.values[..]), &self.sample_weights[..])
            }
            _ => (&self.inputs[..], Targets::Classes(&self.classes[..]), &self.sample_weights[..]),
        };
        let shard = Shard { weights, inputs, targets, sample_weights, divisor, draws };
        self.loss = shard.run(program, loss, &mut self.gradients, &mut self.state, from_line(&mut self.scratch), team);
    }

    fn clear(&mut self) {
        self.inputs.clear();
        self.classes.clear();
        self.values.clear();
        self.sample_weights.clear();
    }

    /// Copies rows side by side.
    fn gather(&mut self, source: &Source<'_, T>, rows: &[usize]) {
        self.clear();
        for &row in rows {
            self.inputs.extend_from_slice(source.inputs_of(row, 1));
            self.copy_targets(source.targets_of(row, 1));
            self.sample_weights.extend_from_slice(source.sample_weights_of(row, 1));
        }
    }

    fn copy_targets(&mut self, targets: Targets<'_, T>) {
        match targets {
            Targets::Classes(classes) => self.classes.extend_from_slice(classes),
            Targets::Values(values) => self.values.extend_from_slice(values),
        }
    }

    /// Copies the rows at these places of a batch side by side, changed and mixed.
    fn freshen(&mut self, source: &Source<'_, T>, fresh: &Fresh<'_>, places: Range<usize>) {
        let width = source.program.inputs;
        self.clear();
        self.inputs.resize(places.len() * width, T::ZERO);
        // Once in a training.
        self.aside.resize(2 * width, T::ZERO);
        for (at, place) in places.enumerate() {
            let row = &mut self.inputs[at * width..][..width];
            let (other, spare) = self.aside.split_at_mut(width);
            fresh.row(source, place, row, spare);
            let targets = fresh.targets(source, place);
            if !source.inputs.sample_weights.is_empty() {
                self.sample_weights.push(fresh.sample_weight(source, place));
            }
            let Some((partner, share)) = fresh.partner(place) else {
                self.copy_targets(targets);
                continue;
            };
            fresh.row(source, partner, other, spare);
            mix(row, other, T::from_f64(share));
            match (targets, fresh.targets(source, partner)) {
                (Targets::Values(one), Targets::Values(other)) => {
                    let start = self.values.len();
                    self.values.extend_from_slice(one);
                    mix(&mut self.values[start..], other, T::from_f64(share));
                }
                (Targets::Classes(one), Targets::Classes(other)) => self.mix_classes(source, (one, other), share),
                _ => unreachable!("all rows have targets of one kind"),
            }
        }
    }

    /// Puts the mixture of two rows of classes behind the targets: distributions, or with one output the number between both.
    fn mix_classes(&mut self, source: &Source<'_, T>, (one, other): (&[usize], &[usize]), share: f64) {
        match source.loss {
            Loss::CrossEntropy { .. } => {
                let width = step::width(source.program);
                for (one, other) in one.iter().zip(other) {
                    let start = self.values.len();
                    self.values.resize(start + width, T::ZERO);
                    self.values[start + one] += T::from_f64(share);
                    self.values[start + other] += T::from_f64(1.0 - share);
                }
            }
            // Compared with nothing, so that it does not matter which they are.
            Loss::Objective => self.classes.extend_from_slice(one),
            _ => {
                let between = |(one, other): (&usize, &usize)| share * *one as f64 + (1.0 - share) * *other as f64;
                self.values.extend(one.iter().zip(other).map(between).map(T::from_f64));
            }
        }
    }
}

/// `share * row + (1 - share) * other`
fn mix<T: Real>(row: &mut [T], other: &[T], share: T) {
    let rest = T::ONE - share;
    row.iter_mut().zip(other).for_each(|(value, other)| *value = share * *value + rest * *other);
}
