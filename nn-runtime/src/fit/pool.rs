//! Helper threads that live as long as one call of `fit`: shards and memory go out, results come back, in the order of the shards.
//!
//! If a helper panics, its end of the channel closes, and the panic goes on in the calling thread. If the calling thread ends for any
//! reason, the helpers' channels close and they end too. So nobody waits for ever.

use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{PoisonError, RwLock};
use std::thread::{Scope, ScopedJoinHandle, scope};
use std::vec::Vec;

use super::Crew;
use super::worker::{Model, Source, Task, Worker};
use crate::real::Real;

/// The calling thread and its helpers.
pub(super) struct Pool<'scope, 'm, T: 'static> {
    source: &'scope Source<'scope, T>,
    model: &'scope RwLock<Model<'m, T>>,
    helpers: Vec<Helper<'scope, T>>,
}

/// The calling thread's end of a helper.
struct Helper<'scope, T> {
    tasks: SyncSender<(Task, Worker<T>)>,
    results: Receiver<Worker<T>>,
    thread: ScopedJoinHandle<'scope, ()>,
}

/// Calls `body` with `count` helpers; they end with it.
pub(super) fn with_helpers<'m, T: Real, R>(
    source: &Source<'_, T>,
    model: Model<'m, T>,
    count: usize,
    body: impl FnOnce(&mut Pool<'_, 'm, T>) -> R,
) -> R {
    let model = RwLock::new(model);
    scope(|scope| {
        let helpers = (0..count).map(|_| helper(scope, source, &model)).collect();
        body(&mut Pool { source, model: &model, helpers })
    })
}

fn helper<'scope, 'env, 'm: 'env, T: Real>(
    scope: &'scope Scope<'scope, 'env>,
    source: &'env Source<'_, T>,
    model: &'env RwLock<Model<'m, T>>,
) -> Helper<'scope, T> {
    // One place is enough, as each helper has one shard at a time; and a channel with places allocates only now.
    let (tasks, inbox) = sync_channel::<(Task, Worker<T>)>(1);
    let (outbox, results) = sync_channel(1);
    let thread = scope.spawn(move || {
        while let Ok((task, mut worker)) = inbox.recv() {
            worker.run(source, &model.read().unwrap_or_else(PoisonError::into_inner), task);
            if outbox.send(worker).is_err() {
                break;
            }
        }
    });
    Helper { tasks, results, thread }
}

impl<T: Real> Pool<'_, '_, T> {
    /// Goes on with the panic of a helper that has ended.
    fn raise(&mut self, index: usize) -> ! {
        let helper = self.helpers.swap_remove(index);
        drop((helper.tasks, helper.results));
        match helper.thread.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => unreachable!("a helper ends only when its channels close or when it panics"),
        }
    }
}

impl<T: Real> Crew<T> for Pool<'_, '_, T> {
    fn with_model<R>(&mut self, body: impl FnOnce(&mut Model<'_, T>) -> R) -> R {
        let mut model = self.model.write().unwrap_or_else(PoisonError::into_inner);
        body(&mut model)
    }

    fn wave(&mut self, tasks: &mut dyn Iterator<Item = Task>, workers: &mut [Worker<T>]) -> usize {
        let Some((own, rest)) = workers.split_first_mut() else { return 0 };
        let Some(task) = tasks.next() else { return 0 };
        let mut sent = 0;
        while sent < rest.len().min(self.helpers.len()) {
            let Some(task) = tasks.next() else { break };
            // The memory travels with the task, so nothing needs a lock but the weights.
            if self.helpers[sent].tasks.send((task, core::mem::take(&mut rest[sent]))).is_err() {
                self.raise(sent);
            }
            sent += 1;
        }
        own.run(self.source, &self.model.read().unwrap_or_else(PoisonError::into_inner), task);
        for (index, worker) in rest[..sent].iter_mut().enumerate() {
            match self.helpers[index].results.recv() {
                Ok(result) => *worker = result,
                Err(_) => self.raise(index),
            }
        }
        sent + 1
    }
}
