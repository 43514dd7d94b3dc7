//! What a training remembers between its calls: the optimizer's memory, the counters, and buffers to use again.

use alloc::vec::Vec;

use super::worker::Worker;
use crate::optim::Optimizer;
use crate::program::Program;
use crate::real::Real;
use crate::step;
use crate::team::Team;

/// A training under way. Begin with `Run::default()`; use it for one network only.
#[derive(Clone, Debug, Default)]
pub struct Run<T> {
    /// Steps done.
    pub steps: u64,
    /// Epochs begun.
    pub epochs: usize,
    pub(super) optimizer: Vec<T>,
    pub(super) gradients: Vec<T>,
    pub(super) good: Vec<T>,
    pub(super) order: Vec<usize>,
    pub(super) workers: Vec<Worker<T>>,
    pub(super) team: Team,
}

impl<T: Real> Run<T> {
    /// Forgets what the optimizer remembers; the counters stay.
    pub fn reset_optimizer(&mut self) {
        self.optimizer.clear();
    }

    /// Makes room for batches of `rows` on so many threads. Buffers only grow, so a second call allocates nothing.
    pub(super) fn reserve(&mut self, program: &Program<T>, optimizer: &Optimizer, rows: usize, threads: usize) {
        let values = optimizer.state_values(program.parameters);
        if self.optimizer.len() != values {
            self.optimizer.clear();
            self.optimizer.resize(values, T::ZERO);
        }
        self.gradients.resize(program.parameters, T::ZERO);
        self.good.resize(program.weights, T::ZERO);
        if self.team.threads() != threads {
            self.team = Team::of(threads);
        }
        let shards = rows.div_ceil(step::shard_rows(program, rows));
        let workers = threads.min(shards);
        if self.workers.len() < workers {
            self.workers.resize(workers, Worker::default());
        }
        self.workers[..workers].iter_mut().for_each(|worker| worker.reserve(program, rows));
    }
}
