//! A team of threads that share out the pieces of one job at a time; knows nothing of networks.
//!
//! Which pieces there are never depends on the number of threads, so neither do results. The threads wait for the next job by
//! spinning, and fall asleep when none comes: a job that follows another within microseconds costs less than one to hand out.
//!
//! ```
//! use nn_runtime::Team;
//! let mut values = [1.0_f64; 1000];
//! let double = |_, part: &mut [f64]| part.iter_mut().for_each(|value| *value *= 2.0);
//! // Two threads share ten pieces.
//! Team::of(2).slices(&mut values, 100, double);
//! assert_eq!(values, [2.0; 1000]);
//! ```

#![expect(unsafe_code, reason = "pieces of a slice are handed to other threads, and a job outlives its borrow there")]

#[cfg(feature = "std")]
mod crew;

use core::fmt;

/// Threads that compute together: this one, and perhaps helpers.
///
/// ```
/// use nn_runtime::Team;
/// let team = Team::of(2);
/// let mut squares = [0; 100];
/// team.each(&mut squares, |number, square| *square = number * number);
/// assert_eq!(squares[9], 81);
/// ```
#[derive(Default)]
pub struct Team {
    #[cfg(feature = "std")]
    crew: Option<crew::Crew>,
}

impl Team {
    /// This thread alone.
    pub const ALONE: Self = Self {
        #[cfg(feature = "std")]
        crew: None,
    };

    /// A team of so many threads, this one among them; alone without `std`, and where the system gives no threads.
    ///
    /// ```
    /// use nn_runtime::Team;
    /// assert_eq!(Team::of(2).threads(), 2);
    /// assert_eq!(Team::of(0).threads(), 1);
    /// ```
    pub fn of(threads: usize) -> Self {
        #[cfg(feature = "std")]
        if threads > 1 {
            return Self { crew: crew::Crew::new(threads - 1) };
        }
        let _ = threads;
        Self::ALONE
    }

    /// How many threads there are.
    ///
    /// ```
    /// use nn_runtime::Team;
    /// assert_eq!(Team::ALONE.threads(), 1);
    /// ```
    pub fn threads(&self) -> usize {
        #[cfg(feature = "std")]
        if let Some(crew) = &self.crew {
            return crew.helpers() + 1;
        }
        1
    }

    /// Calls `body` with each number below `pieces`, some of them on other threads; returns when all are done. A job within a piece,
    /// or beside another job, is done by the thread that begins it.
    ///
    /// ```
    /// use nn_runtime::Team;
    /// use std::sync::atomic::{AtomicUsize, Ordering};
    /// let sum = AtomicUsize::new(0);
    /// Team::of(2).run(5, &|piece| {
    ///     sum.fetch_add(piece, Ordering::Relaxed);
    /// });
    /// assert_eq!(sum.into_inner(), 0 + 1 + 2 + 3 + 4);
    /// ```
    ///
    /// # Panics
    /// If a piece does.
    pub fn run(&self, pieces: usize, body: &(dyn Fn(usize) + Sync)) {
        #[cfg(feature = "std")]
        if pieces > 1
            && let Some(crew) = &self.crew
            && crew.run(pieces, body)
        {
            return;
        }
        (0..pieces).for_each(body);
    }

    /// Calls `body` with each item and its number.
    ///
    /// ```
    /// use nn_runtime::Team;
    /// let mut names = ["a", "b", "c"].map(String::from);
    /// Team::of(2).each(&mut names, |number, name| name.push_str(&number.to_string()));
    /// assert_eq!(names, ["a0", "b1", "c2"]);
    /// ```
    ///
    /// # Panics
    /// If `body` does.
    pub fn each<E: Send>(&self, items: &mut [E], body: impl Fn(usize, &mut E) + Sync) {
        let first = Items(items.as_mut_ptr());
        self.run(items.len(), &|piece| {
            // SAFETY: each number below the length comes once, so each item is borrowed by one call only, and `items` is borrowed
            // until all calls are done.
            body(piece, unsafe { &mut *first.at(piece) });
        });
    }

    /// Cuts `values` into pieces of `len`, the last perhaps shorter, and calls `body` with each and the place where it begins.
    ///
    /// ```
    /// use nn_runtime::Team;
    /// let mut starts = [0; 7];
    /// Team::of(2).slices(&mut starts, 3, |start, part| part.fill(start));
    /// assert_eq!(starts, [0, 0, 0, 3, 3, 3, 6]);
    /// ```
    ///
    /// # Panics
    /// If `body` does, or if `len` is 0.
    pub fn slices<E: Send>(&self, values: &mut [E], len: usize, body: impl Fn(usize, &mut [E]) + Sync) {
        let (first, count) = (Items(values.as_mut_ptr()), values.len());
        self.run(count.div_ceil(len), &|piece| {
            let start = piece * len;
            // SAFETY: each piece comes once, pieces do not overlap and end within `values`, which is borrowed until all calls are done.
            body(start, unsafe { core::slice::from_raw_parts_mut(first.at(start), len.min(count - start)) });
        });
    }
}

/// The first of some items that several threads reach, each thread others.
struct Items<E>(*mut E);

impl<E> Items<E> {
    /// The place of an item; `at` below the number of items.
    fn at(&self, at: usize) -> *mut E {
        self.0.wrapping_add(at)
    }
}

// SAFETY: whoever dereferences sees to it that no two threads reach the same item; items may be sent to other threads.
unsafe impl<E: Send> Sync for Items<E> {}

/// A team of as many threads: a team serves one caller at a time.
impl Clone for Team {
    fn clone(&self) -> Self {
        Self::of(self.threads())
    }
}

impl fmt::Debug for Team {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Team").field("threads", &self.threads()).finish()
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use core::sync::atomic::{AtomicUsize, Ordering};
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::vec::Vec;

    use super::*;

    #[test]
    fn each_piece_is_done_once() {
        for threads in [1, 2, 3, 5] {
            let team = Team::of(threads);
            assert_eq!(team.threads(), threads);
            for pieces in [0, 1, 2, 3, 100] {
                for _ in 0..20 {
                    let mut items: Vec<usize> = (0..pieces).collect();
                    team.each(&mut items, |at, item| *item += at + 1);
                    assert!(items.iter().enumerate().all(|(at, item)| *item == 2 * at + 1));
                    team.slices(&mut items, 7, |start, part| {
                        part.iter_mut().enumerate().for_each(|(i, x)| *x += start + i);
                    });
                    assert!(items.iter().enumerate().all(|(at, item)| *item == 3 * at + 1));
                }
            }
        }
    }

    #[test]
    fn a_team_that_has_slept_wakes_up() {
        let team = Team::of(3);
        for _ in 0..3 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            let sum = AtomicUsize::new(0);
            team.run(10, &|piece| {
                sum.fetch_add(piece, Ordering::Relaxed);
            });
            assert_eq!(sum.into_inner(), 45);
        }
    }

    #[test]
    fn a_job_within_a_piece_is_done_as_well() {
        let team = Team::of(2);
        let sum = AtomicUsize::new(0);
        team.run(4, &|_| {
            team.run(3, &|inner| {
                sum.fetch_add(inner + 1, Ordering::Relaxed);
            });
        });
        assert_eq!(sum.into_inner(), 24);
    }

    #[test]
    fn a_panic_goes_on_in_the_caller_and_the_team_stays_whole() {
        let team = Team::of(3);
        for bad in 0..6 {
            let result = catch_unwind(AssertUnwindSafe(|| team.run(6, &|piece| assert_ne!(piece, bad, "a bad piece"))));
            assert!(result.is_err());
            let done = AtomicUsize::new(0);
            team.run(6, &|_| {
                done.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(done.into_inner(), 6);
        }
    }
}
