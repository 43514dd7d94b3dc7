//! The contestant's side of the protocol: answers lines, and times steps in blocks that are long beside a look at the clock.

use std::io::{self, BufRead, Write};
use std::time::Duration;

use crate::clock::{Cost, Start};
use crate::protocol::{Mode, Reply, Request, Timed};

/// What is asked of a contestant.
#[derive(Clone, Debug)]
pub struct Order {
    /// The name of the task.
    pub task: String,
    /// What will be timed.
    pub mode: Mode,
    /// How many threads may compute.
    pub threads: usize,
    /// Where weights and data lie.
    pub folder: String,
}

/// One library with one task.
pub trait Contestant {
    /// The losses of the first steps from the initial weights, or of the first examples.
    fn losses(&mut self) -> Vec<f64>;
    /// From the initial weights and an optimizer that remembers nothing: a step that is not timed, then steps for about `time`.
    fn go(&mut self, time: Duration) -> Timed;
}

/// Answers the driver until it says no more. `make` gives the contestant for an order, or says why there is none.
///
/// # Errors
/// If standard input or output breaks.
pub fn serve(version: &str, mut make: impl FnMut(&Order) -> Result<Box<dyn Contestant>, String>) -> io::Result<()> {
    let mut contestant: Option<Box<dyn Contestant>> = None;
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line?;
        let reply = match (Request::parse(&line), &mut contestant) {
            (Some(Request::Setup { task, mode, threads, folder }), _) => {
                match make(&Order { task, mode, threads, folder }) {
                    Ok(mut made) => {
                        let losses = made.losses();
                        contestant = Some(made);
                        Reply::Ready { version: version.to_owned(), losses }
                    }
                    Err(why) => Reply::Refuse(why),
                }
            }
            (Some(Request::Go(milliseconds)), Some(made)) => Reply::Done(made.go(Duration::from_millis(milliseconds))),
            (Some(Request::Quit), _) => break,
            (Some(Request::Go(_)), None) => Reply::Refuse("nothing is set up".to_owned()),
            (None, _) => Reply::Refuse(format!("`{line}` says nothing")),
        };
        writeln!(output, "{reply}")?;
        output.flush()?;
    }
    Ok(())
}

/// The most steps between two looks at the clock.
const MOST: u64 = 1 << 20;

/// A step that is not timed, then steps for about `time`, at least one. `run` takes so many.
pub fn timed(time: Duration, mut run: impl FnMut(u64)) -> Timed {
    run(1);
    let start = Start::now();
    let (mut steps, mut block) = (0, 1);
    while steps == 0 || start.wall() < time {
        run(block);
        steps += block;
        // So that the clock is looked at about fifty times; steps of nothing would double for ever.
        if start.wall() * 50 < time && block < MOST {
            block *= 2;
        }
    }
    let Cost { processor, wall } = start.cost();
    Timed { steps, processor, wall }
}

#[cfg(test)]
mod tests {
    use super::timed;
    use std::thread::sleep;
    use std::time::Duration;

    #[test]
    fn one_step_is_not_timed_and_all_others_are() {
        let mut taken = 0;
        let result = timed(Duration::from_millis(5), |steps| taken += steps);
        assert_eq!(taken, result.steps + 1);
        assert!(result.wall >= Duration::from_millis(5));
    }

    #[test]
    fn a_step_longer_than_the_time_is_taken_once() {
        let pause = Duration::from_millis(3);
        let result = timed(Duration::from_millis(1), |_| sleep(pause));
        assert_eq!(result.steps, 1);
        assert!(result.wall >= pause);
    }
}
