//! Keeps a pole upright by double Q-learning: acts, remembers, and trains the network of `dqn.nn` on what it remembers.
//!
//! `cargo run --release -p nn-examples --example dqn` writes `returns.svg` into the folder that it names.

mod cartpole;

use std::error::Error;
use std::path::Path;

use nn_runtime::Trainer;
use nn_runtime::plot::{Curve, lines};
use nn_runtime::rng::Stream;

use cartpole::{LONGEST, State, begin, push};

nn_runtime::network! { file "dqn/dqn.nn" }

/// A row of the training: state, action as 1 and 0, reward, the state after it, whether it goes on from there.
type Move = [f32; Dqn::INPUTS];

/// Moves that are remembered; the oldest are forgotten first.
const MEMORY: usize = 50_000;
/// Moves before learning begins.
const FIRST: usize = 1000;
/// Part of the moves in which the chance of a move at random falls to its least.
const EXPLORING: f64 = 0.2;
const LEAST_CHANCE: f64 = 0.02;

/// Random numbers from 0 to 1, one behind the other.
struct Dice {
    stream: Stream,
    thrown: u64,
}

impl Dice {
    fn new(seed: u64) -> Self {
        Self { stream: Stream { seed, stream: 1, step: 0 }, thrown: 0 }
    }

    fn throw(&mut self) -> f64 {
        self.thrown += 1;
        self.stream.uniform(self.thrown)
    }

    /// A number from 0 to below `count`.
    fn choose(&mut self, count: usize) -> usize {
        (self.throw() * count as f64) as usize
    }

    fn state(&mut self) -> State {
        begin([self.throw(), self.throw(), self.throw(), self.throw()])
    }
}

/// What the network holds for the better push.
fn best(values: &Value, state: &State) -> usize {
    let [left, right] = values.predict(state);
    usize::from(right > left)
}

fn remembered(state: State, action: usize, after: State, stands: bool) -> Move {
    let (left, right) = if action == 0 { (1.0, 0.0) } else { (0.0, 1.0) };
    let goes_on = f32::from(u8::from(stands));
    let mut row = [0.0; Dqn::INPUTS];
    row[Dqn::INPUT_S].copy_from_slice(&state);
    row[Dqn::INPUT_ACTION].copy_from_slice(&[left, right]);
    row[Dqn::INPUT_REWARD].copy_from_slice(&[1.0]);
    row[Dqn::INPUT_AFTER].copy_from_slice(&after);
    row[Dqn::INPUT_GOES_ON].copy_from_slice(&[goes_on]);
    row
}

/// Acts for so many moves and learns from each; the returns of the episodes, in their order.
fn learn(net: &mut Dqn, moves: usize, dice: &mut Dice) -> Result<Vec<f64>, nn_runtime::Error> {
    // The learning rate falls over all steps, as `linear` in the text says.
    let mut trainer = Trainer::new(net).epochs(1).steps_per_epoch((moves - FIRST) as u64);
    let (mut memory, mut batch): (Vec<Move>, Vec<Move>) = (Vec::new(), Vec::new());
    let (mut state, mut lasted, mut returns) = (dice.state(), 0, Vec::new());
    for number in 0..moves {
        let chance = 1.0 - (1.0 - LEAST_CHANCE) * (number as f64 / (EXPLORING * moves as f64)).min(1.0);
        let action = if dice.throw() < chance { dice.choose(2) } else { best(&trainer.network().q(), &state) };
        let (after, stands) = push(state, action);
        let row = remembered(state, action, after, stands);
        if memory.len() < MEMORY {
            memory.push(row);
        } else {
            memory[number % MEMORY] = row;
        }
        (state, lasted) = (after, lasted + 1);
        // An episode that is cut off at its longest would have gone on: only the fall is an end that is learnt.
        if !stands || lasted == LONGEST {
            returns.push(lasted as f64);
            (state, lasted) = (dice.state(), 0);
        }
        if number >= FIRST {
            batch.clear();
            batch.extend((0..Dqn::BATCH).map(|_| memory[dice.choose(memory.len())]));
            trainer.step(&batch[..], &[] as &[f32])?;
        }
    }
    Ok(returns)
}

/// The returns of episodes that the network plays without chance.
fn play(values: &Value, episodes: usize, dice: &mut Dice) -> Vec<f64> {
    let episode = |_| {
        let mut state = dice.state();
        let fallen = (1..LONGEST).find(|_| {
            let (after, stands) = push(state, best(values, &state));
            state = after;
            !stands
        });
        fallen.unwrap_or(LONGEST) as f64
    };
    (0..episodes).map(episode).collect()
}

fn mean(numbers: &[f64]) -> f64 {
    numbers.iter().sum::<f64>() / numbers.len() as f64
}

fn main() -> Result<(), Box<dyn Error>> {
    let seed = std::env::args().nth(1).map_or(Ok(1), |seed| seed.parse())?;
    let mut net = Dqn::new(seed);
    let returns = learn(&mut net, 40_000, &mut Dice::new(seed))?;
    println!("{} episodes of learning", returns.len());
    let played = play(&net.q(), 100, &mut Dice::new(!seed));
    let least = played.iter().copied().fold(f64::INFINITY, f64::min);
    println!("100 episodes without chance: mean return {:.1}, least {least}", mean(&played));

    let smooth = (1..=returns.len()).map(|end| mean(&returns[end.saturating_sub(20)..end])).collect();
    let curves = [Curve { name: "return", values: returns }, Curve { name: "mean of 20", values: smooth }];
    let picture = Path::new("out/dqn/returns.svg");
    std::fs::create_dir_all("out/dqn")?;
    std::fs::write(picture, lines("Returns while learning", ("episode", "return"), &curves))?;
    println!("{}", picture.display());
    net.q().save("out/dqn/Q.safetensors")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Dice, Dqn, learn, mean, play};

    #[test]
    fn it_learns_to_balance() {
        let mut net = Dqn::new(1);
        let before = mean(&play(&net.q(), 20, &mut Dice::new(2)));
        learn(&mut net, 6000, &mut Dice::new(1)).expect("steps");
        let after = mean(&play(&net.q(), 20, &mut Dice::new(2)));
        assert!(before < 40.0 && after > 100.0, "{before} {after}");
    }
}
