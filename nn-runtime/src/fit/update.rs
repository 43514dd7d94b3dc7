//! One step: the rows of a batch in shards, on the workers of a run, and the update. Knows no epochs.

use alloc::vec::Vec;

use super::fresh::Fresh;
use super::run::Run;
use super::turns::Batch;
use super::worker::{Chosen, Source, Task, Worker};
use crate::error::Error;
use crate::profile::{self, Section};
use crate::real::Real;
use crate::step::{self, Buffers, Moment, Setup};
use crate::team::Team;

/// One step on some rows, of which [`Batch::micro`] are computed before the next, in shards: the loss before it. Their gradients add up
/// to that of the whole batch.
pub(super) fn update<T: Real>(
    source: &Source<'_, T>,
    setup: &Setup<'_>,
    moment: Moment,
    run: &mut Run<T>,
    weights: &mut [T],
    rows: Chosen<'_>,
    batch: &Batch<'_>,
) -> Result<f64, Error> {
    let micro = batch.micro;
    let fresh = Fresh::of(batch.settings, batch.number, rows);
    let divisor = fresh.map_or_else(|| source.divisor(rows), |fresh| fresh.divisor(source));
    let mut loss = 0.0;
    for first in (0..rows.len()).step_by(micro) {
        if first > 0 {
            // The statistics of the rows before.
            step::write_state(source.program, weights, &run.workers[0].state);
        }
        loss = accumulate(source, moment, run, weights, Part { rows, first, micro, divisor, fresh }, loss);
    }
    let mut buffers = Buffers {
        gradients: &mut run.gradients,
        part: &mut [],
        // A network with state is never cut into shards, so the first worker has all of it.
        state: &mut run.workers[0].state,
        scratch: &mut [],
        optimizer: &mut run.optimizer,
    };
    let loss = step::finish(source.program, setup, moment, weights, loss, &mut buffers, &run.team)?;
    run.steps = moment.step;
    Ok(loss)
}

/// Some rows of a batch that go together.
struct Part<'a> {
    /// All rows of the batch.
    rows: Chosen<'a>,
    /// The first of these.
    first: usize,
    /// How many.
    micro: usize,
    /// The divisor of the loss of the batch.
    divisor: f64,
    /// What is made of its rows.
    fresh: Option<Fresh<'a>>,
}

/// Adds the gradients of some rows to those of the rows before, and their loss to `loss`.
fn accumulate<T: Real>(
    source: &Source<'_, T>,
    moment: Moment,
    run: &mut Run<T>,
    weights: &[T],
    Part { rows: all, first: start, micro, divisor, fresh }: Part<'_>,
    mut loss: f64,
) -> f64 {
    let rows = all.part(start, micro);
    let each = step::shard_rows(source.program, micro);
    let crew = run.team.threads();
    // Each worker has room for one shard; so many shards are computed, then added up, then the next.
    for first in (0..rows.len()).step_by(each * crew) {
        let wave = rows.part(first, each * crew);
        let task = |place: usize| {
            let draws = step::draws(moment.seed, moment.step, start + first + place * each);
            Task { rows: wave.part(place * each, each), divisor, draws, fresh }
        };
        let workers = &mut run.workers[..wave.len().div_ceil(each)];
        match workers {
            // The only shard is shared out within.
            [worker] => worker.run(source, weights, task(0), &run.team),
            _ => profile::beside(workers.len().min(crew), || {
                run.team.each(workers, |place, worker| worker.run(source, weights, task(place), &Team::ALONE));
            }),
        }
        loss = workers.iter().fold(loss, |loss, worker| loss + worker.loss);
        profile::timed(Section::Add, || gather(&run.team, start + first == 0, &mut run.gradients, workers));
    }
    loss
}

/// Adds the gradients of a wave of shards, in the order of the shards; of the first, instead of what was there.
fn gather<T: Real>(team: &Team, first: bool, total: &mut Vec<T>, workers: &mut [Worker<T>]) {
    let swaps = usize::from(first);
    if first {
        core::mem::swap(total, &mut workers[0].gradients);
    }
    let workers = &workers[swaps..];
    if !workers.is_empty() {
        team.slices(total, step::SLICE, |start, total| {
            workers.iter().for_each(|worker| step::add(total, &worker.gradients[start..start + total.len()]));
        });
    }
}
