//! Rounds in which contestants take turns, with the calibrator between them.

use std::io;

use crate::protocol::{Mode, Timed};
use crate::statistics::Sample;

/// One that can be told to compute.
pub trait Player {
    /// Steps for about so many milliseconds.
    ///
    /// # Errors
    /// If it has come to an end.
    fn go(&mut self, milliseconds: u64) -> io::Result<Timed>;
}

/// How long everything takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How often each contestant has its turn.
    pub rounds: usize,
    /// Milliseconds of a turn; a step that takes longer is taken once.
    pub milliseconds: u64,
}

/// The samples of each player, one a round. `speed` tells how fast the machine is now; it is called before and behind each turn. Another
/// player begins each round, so that none always follows the same one.
///
/// # Errors
/// If a player has come to an end.
pub fn play<P: Player>(
    players: &mut [P],
    pace: Pace,
    mode: Mode,
    threads: usize,
    mut speed: impl FnMut() -> f64,
) -> io::Result<Vec<Vec<Sample>>> {
    let count = players.len();
    let mut samples = vec![Vec::with_capacity(pace.rounds); count];
    for round in 0..pace.rounds {
        let mut before = speed();
        for turn in 0..count {
            let player = (round + turn) % count;
            let timed = players[player].go(pace.milliseconds)?;
            let behind = speed();
            samples[player].push(Sample { seconds: seconds(timed, mode, threads), before, behind });
            before = behind;
        }
    }
    Ok(samples)
}

/// Seconds of a step: processor time of what runs on one thread, as others may want the processor too; else time on the wall.
fn seconds(timed: Timed, mode: Mode, threads: usize) -> f64 {
    let alone = threads == 1 || mode == Mode::Infer;
    let time = if alone { timed.processor } else { timed.wall };
    time.as_secs_f64() / timed.steps as f64
}

#[cfg(test)]
mod tests {
    use super::{Pace, Player, play};
    use crate::protocol::{Mode, Timed};
    use std::cell::RefCell;
    use std::io;
    use std::time::Duration;

    /// Writes down when it was its turn.
    struct Letter<'a>(char, &'a RefCell<String>);

    impl Player for Letter<'_> {
        fn go(&mut self, milliseconds: u64) -> io::Result<Timed> {
            self.1.borrow_mut().push(self.0);
            let time = Duration::from_millis(milliseconds);
            Ok(Timed { steps: 4, processor: time, wall: 2 * time })
        }
    }

    #[test]
    fn players_take_turns_between_calibrations() {
        let written = RefCell::new(String::new());
        let mut players = ['a', 'b', 'c'].map(|name| Letter(name, &written));
        let mut count = 0.0;
        let speed = || {
            written.borrow_mut().push('|');
            count += 1.0;
            count
        };
        let pace = Pace { rounds: 2, milliseconds: 8 };
        let samples = play(&mut players, pace, Mode::Train, 1, speed).expect("no end");
        assert_eq!(written.borrow().as_str(), "|a|b|c||b|c|a|");
        assert_eq!(samples.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2, 2]);
        let second = samples[0][1];
        assert_eq!((second.seconds, second.before, second.behind), (0.002, 7.0, 8.0));
    }

    #[test]
    fn more_threads_are_timed_on_the_wall() {
        let written = RefCell::default();
        let mut players = [Letter('a', &written)];
        let pace = Pace { rounds: 1, milliseconds: 8 };
        let mut seconds =
            |mode, threads| play(&mut players, pace, mode, threads, || 1.0).expect("no end")[0][0].seconds;
        assert_eq!([seconds(Mode::Train, 2), seconds(Mode::Train, 1), seconds(Mode::Infer, 1)], [0.004, 0.002, 0.002]);
    }
}
