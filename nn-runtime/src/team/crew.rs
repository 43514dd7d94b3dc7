//! The helpers of a team: one job at a time is shown to all; each takes every n-th piece.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::any::Any;
use std::boxed::Box;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle, park, yield_now};
use std::vec::Vec;

/// How often a thread looks for a change before it sleeps or lets others run: some 50 microseconds.
const LOOKS: usize = 2_000;

/// Helpers, and what they share with the thread that calls them.
pub(super) struct Crew {
    shared: Arc<Shared>,
    helpers: Vec<JoinHandle<()>>,
    /// Whether a job is under way.
    busy: AtomicBool,
}

/// What all threads of a crew see.
struct Shared {
    /// Counts the jobs: a helper that sees a new number looks at `job`.
    number: AtomicUsize,
    job: UnsafeCell<Job>,
    /// Helpers that have not finished the job.
    pending: AtomicUsize,
    quit: AtomicBool,
    /// Whether each helper sleeps, or is about to.
    asleep: Vec<AtomicBool>,
    /// What a piece has panicked with.
    panic: Mutex<Option<Box<dyn Any + Send>>>,
}

/// A job without its lifetime.
#[derive(Clone, Copy)]
struct Job {
    pieces: usize,
    body: *const (dyn Fn(usize) + Sync),
}

// SAFETY: `job` is written by the caller while no helper reads it (`pending` is 0) and read by helpers between a new `number` and
// their part of `pending`; the body may be called from any thread (`Sync`).
unsafe impl Sync for Shared {}
// SAFETY: as above; everything else in it may be sent.
unsafe impl Send for Shared {}

impl Crew {
    /// So many helpers; `None` if the system gives none.
    pub(super) fn new(helpers: usize) -> Option<Self> {
        let nothing: &'static (dyn Fn(usize) + Sync) = &|_| ();
        let shared = Arc::new(Shared {
            number: AtomicUsize::new(0),
            job: UnsafeCell::new(Job { pieces: 0, body: nothing }),
            pending: AtomicUsize::new(0),
            quit: AtomicBool::new(false),
            asleep: (0..helpers).map(|_| AtomicBool::new(false)).collect(),
            panic: Mutex::new(None),
        });
        let mut crew = Self { shared, helpers: Vec::with_capacity(helpers), busy: AtomicBool::new(false) };
        for index in 0..helpers {
            let shared = Arc::clone(&crew.shared);
            let thread = Builder::new().name(std::format!("nn-{}", index + 1));
            crew.helpers.push(thread.spawn(move || shared.help(index)).ok()?);
        }
        Some(crew)
    }

    pub(super) fn helpers(&self) -> usize {
        self.helpers.len()
    }

    /// Does a job with all helpers; false, and nothing done, if one is under way.
    pub(super) fn run(&self, pieces: usize, body: &(dyn Fn(usize) + Sync)) -> bool {
        if self.busy.swap(true, Ordering::Acquire) {
            return false;
        }
        let shared = &*self.shared;
        let threads = self.helpers.len() + 1;
        // SAFETY: no helper reads the job now. The body is called only until `pending` is 0 again, and this function does not
        // return, nor unwind, before that; so the body outlives all its calls.
        unsafe {
            let body = core::mem::transmute::<*const (dyn Fn(usize) + Sync), *const (dyn Fn(usize) + Sync)>(body);
            *shared.job.get() = Job { pieces, body };
        }
        shared.pending.store(self.helpers.len(), Ordering::Relaxed);
        shared.number.fetch_add(1, Ordering::SeqCst);
        for (asleep, helper) in shared.asleep.iter().zip(&self.helpers) {
            if asleep.load(Ordering::SeqCst) {
                helper.thread().unpark();
            }
        }
        let own = catch_unwind(AssertUnwindSafe(|| (0..pieces).step_by(threads).for_each(body)));
        wait_until(|| shared.pending.load(Ordering::Acquire) == 0);
        let panic = shared.panic.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.busy.store(false, Ordering::Release);
        if let Some(panic) = own.err().or(panic) {
            resume_unwind(panic);
        }
        true
    }
}

impl Drop for Crew {
    fn drop(&mut self) {
        self.shared.quit.store(true, Ordering::SeqCst);
        for helper in self.helpers.drain(..) {
            helper.thread().unpark();
            // A helper catches the panics of its pieces, so it ends well.
            let _ = helper.join();
        }
    }
}

impl Shared {
    /// The life of a helper.
    fn help(&self, index: usize) {
        let threads = self.asleep.len() + 1;
        let mut seen = 0;
        loop {
            while self.number.load(Ordering::Acquire) == seen {
                if self.quit.load(Ordering::Acquire) {
                    return;
                }
                self.wait(index, seen);
            }
            seen = seen.wrapping_add(1);
            // SAFETY: the number is new, so the caller has written the job and does not touch it before `pending` is 0.
            let Job { pieces, body } = unsafe { *self.job.get() };
            // SAFETY: the caller keeps the body until `pending` is 0.
            let body = unsafe { &*body };
            let pieces = (index + 1..pieces).step_by(threads);
            if let Err(panic) = catch_unwind(AssertUnwindSafe(|| pieces.for_each(body))) {
                *self.panic.lock().unwrap_or_else(PoisonError::into_inner) = Some(panic);
            }
            self.pending.fetch_sub(1, Ordering::Release);
        }
    }

    /// Looks for a new job for a while, then sleeps until woken.
    fn wait(&self, index: usize, seen: usize) {
        let changed = || self.number.load(Ordering::SeqCst) != seen || self.quit.load(Ordering::SeqCst);
        for _ in 0..LOOKS {
            if changed() {
                return;
            }
            core::hint::spin_loop();
        }
        // Whoever changes something looks at `asleep` afterwards; so either the change is seen here or the sleeper there.
        self.asleep[index].store(true, Ordering::SeqCst);
        while !changed() {
            park();
        }
        self.asleep[index].store(false, Ordering::SeqCst);
    }
}

/// Spins; lets other threads run if it takes long.
fn wait_until(done: impl Fn() -> bool) {
    let mut looks = 0;
    while !done() {
        looks += 1;
        if looks < LOOKS {
            core::hint::spin_loop();
        } else {
            yield_now();
        }
    }
}
