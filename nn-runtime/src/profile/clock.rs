//! The clocks of a profile: what threads add up while they compute.

use core::cell::Cell;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::Section;
use super::taken::Function;

/// Time that was added up, by all threads.
#[derive(Debug, Default)]
pub struct Slot {
    /// Of all threads, in nanoseconds.
    sum: AtomicU64,
    /// The same as part of the wall-clock time, in picoseconds: what several threads do side by side counts divided by their number.
    wall: AtomicU64,
}

impl Slot {
    /// No time yet.
    pub const fn new() -> Self {
        Self { sum: AtomicU64::new(0), wall: AtomicU64::new(0) }
    }

    pub(super) fn add(&self, nanoseconds: u64) {
        self.sum.fetch_add(nanoseconds, Ordering::Relaxed);
        self.wall.fetch_add(nanoseconds * 1000 / BESIDE.load(Ordering::Relaxed) as u64, Ordering::Relaxed);
    }

    /// Seconds of all threads.
    pub(super) fn seconds(&self) -> f64 {
        self.sum.load(Ordering::Relaxed) as f64 * 1e-9
    }

    /// Seconds of the wall-clock time.
    pub(super) fn wall_seconds(&self) -> f64 {
        self.wall.load(Ordering::Relaxed) as f64 * 1e-12
    }
}

/// Threads that compute side by side at the moment.
static BESIDE: AtomicUsize = AtomicUsize::new(1);

std::thread_local! {
    /// Nanoseconds that this thread has put down already: what stands around them leaves them out.
    static DOWN: Cell<u64> = const { Cell::new(0) };
}

/// Does `body`, in which `threads` threads compute side by side.
pub(crate) fn beside<R>(threads: usize, body: impl FnOnce() -> R) -> R {
    let before = BESIDE.swap(threads.max(1), Ordering::Relaxed);
    let result = body();
    BESIDE.store(before, Ordering::Relaxed);
    result
}

/// The time of each section.
static SECTIONS: [Slot; 7] = [const { Slot::new() }; 7];

/// The time of a section so far.
pub(super) fn of_section(section: Section) -> &'static Slot {
    &SECTIONS[section as usize]
}

/// Does `body` as this section. Kernels and sections within count as what they are.
pub(crate) fn timed<R>(section: Section, body: impl FnOnce() -> R) -> R {
    let (before, began) = (DOWN.get(), Instant::now());
    let result = body();
    let took = nanoseconds(began.elapsed());
    let within = DOWN.get() - before;
    of_section(section).add(took.saturating_sub(within));
    DOWN.set(before + took.max(within));
    result
}

/// A clock that a generated function reads behind each of its `N` kernels.
#[derive(Debug)]
pub struct Clock<const N: usize> {
    function: &'static Function,
    slots: &'static [Slot; N],
    /// What each kernel took in this call, in nanoseconds.
    kernels: [u64; N],
    read: Instant,
}

impl<const N: usize> Clock<N> {
    /// A call of a function on so many rows begins. `slots` are those of the function.
    pub fn start(function: &'static Function, slots: &'static [Slot; N], rows: usize) -> Self {
        function.called(rows);
        Self { function, slots, kernels: [0; N], read: Instant::now() }
    }

    /// The kernel of this number has ended; what it took is the time since the one before.
    #[inline(never)]
    pub fn lap(&mut self, kernel: usize) {
        let now = Instant::now();
        self.kernels[kernel] += nanoseconds(now - self.read);
        self.read = now;
    }
}

/// The call ends: its times are added to those of the function.
impl<const N: usize> Drop for Clock<N> {
    fn drop(&mut self) {
        let all: u64 = self.kernels.iter().sum();
        for (slot, took) in self.slots.iter().zip(self.kernels) {
            slot.add(took);
        }
        // Putting them down is no kernel, and belongs to what stands around as little.
        let after = nanoseconds(self.read.elapsed());
        self.function.put_down(after);
        DOWN.set(DOWN.get() + all + after);
    }
}

fn nanoseconds(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::thread::sleep;

    use super::*;
    use crate::team::Team;

    const PAUSE: Duration = Duration::from_millis(5);

    /// What is added up is the same for the whole process: one test looks at all of it.
    #[test]
    fn times_are_added_up_once_and_threads_side_by_side_share_them() {
        static SLOTS: [Slot; 3] = [const { Slot::new() }; 3];
        static FUNCTION: Function = Function::new("function", &[], &SLOTS);
        let call = |laps: &[usize]| {
            let mut clock = Clock::start(&FUNCTION, &SLOTS, 10);
            for kernel in laps {
                sleep(PAUSE);
                clock.lap(*kernel);
            }
        };
        let pause = PAUSE.as_secs_f64();

        // A kernel of a loop counts in each step.
        call(&[0, 1, 1]);
        assert_eq!(FUNCTION.counts(), (1, 10));
        let [first, second, third] = SLOTS.each_ref().map(Slot::seconds);
        assert!(first >= pause && second >= 2.0 * pause, "{first}, {second}");
        assert_eq!(third, 0.0);
        assert!((SLOTS[1].wall_seconds() - second).abs() < 1e-6, "one thread takes the time of the clock on the wall");

        // Two threads side by side: all of their time, half of it on the wall.
        beside(2, || Team::of(2).each(&mut [(), ()], |_, ()| call(&[2])));
        assert_eq!(FUNCTION.counts(), (3, 30));
        let both = SLOTS[2].seconds();
        assert!(both >= 2.0 * pause, "{both}");
        assert!((SLOTS[2].wall_seconds() - both / 2.0).abs() < 1e-6);
        call(&[2]);
        assert!(SLOTS[2].wall_seconds() > both / 2.0 + pause, "behind them there is one thread again");

        // What is within a section counts as what it is.
        let began = Instant::now();
        timed(Section::Loss, || {
            call(&[0]);
            timed(Section::Check, || sleep(PAUSE));
            call(&[0, 1]);
        });
        let all = began.elapsed().as_secs_f64();
        let [loss, check] = [Section::Loss, Section::Check].map(|section| of_section(section).seconds());
        assert!(check >= pause && loss + check + 3.0 * pause <= all, "{loss} and {check} of {all}");
    }
}
