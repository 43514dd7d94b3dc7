//! Trials at a time: each worker takes the next one, and what they come to is handed on one by one; knows no strategy.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, PoisonError};
use std::thread;

use super::Task;
use super::job::Job;
use super::record::Done;
use crate::failure::Failure;

/// How many trials run at a time, and with how many threads each: all cores are used once.
pub(super) fn shares(wanted: Option<usize>, jobs: usize) -> (usize, usize) {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let parallel = wanted.unwrap_or(cores).min(jobs).max(1);
    (parallel, (cores / parallel).max(1))
}

/// Runs all jobs; `each` is told what each came to, in the order in which they end.
pub(super) fn run(
    task: &Task,
    jobs: Vec<Job>,
    stop: &AtomicBool,
    each: &mut dyn FnMut(Done) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let (parallel, threads) = shares(task.search.parallel, jobs.len());
    let open = Mutex::new(VecDeque::from(jobs));
    // One program is compiled at a time, and cargo uses all cores for it.
    let compiling = Mutex::new(());
    let (send, receive) = mpsc::channel();
    let mut result = Ok(());
    thread::scope(|scope| {
        for _ in 0..parallel {
            let send = send.clone();
            let (open, compiling) = (&open, &compiling);
            scope.spawn(move || work(task, open, compiling, threads, stop, &send));
        }
        drop(send);
        for done in receive {
            let told = done.and_then(&mut *each);
            if let Err(failure) = told
                && result.is_ok()
            {
                // The others need not go on.
                stop.store(true, Ordering::Relaxed);
                result = Err(failure);
            }
        }
    });
    result
}

fn work(
    task: &Task,
    open: &Mutex<VecDeque<Job>>,
    compiling: &Mutex<()>,
    threads: usize,
    stop: &AtomicBool,
    send: &mpsc::Sender<Result<Done, Failure>>,
) {
    while !stop.load(Ordering::Relaxed) {
        // A worker that panicked held neither in between.
        let next = open.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        let Some(job) = next else { return };
        let compiled = {
            let _alone = compiling.lock().unwrap_or_else(PoisonError::into_inner);
            if stop.load(Ordering::Relaxed) {
                return;
            }
            job.program(task)
        };
        let done = match compiled {
            Ok(Ok(program)) => job.run(task, &program, threads, stop),
            Ok(Err(mistake)) => Ok(Some(job.done(task, Err(mistake), 0.0))),
            Err(failure) => Err(failure),
        };
        let gone = done.transpose().is_some_and(|done| send.send(done).is_err());
        if gone {
            return;
        }
    }
}
