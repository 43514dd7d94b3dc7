//! How fast each kernel is beside the calibrator: `cargo bench -p nn-benches --bench kernels -- [part of a name]`.
//!
//! The same rounds as those of the tasks: all kernels take turns, so that an efficiency is told by what ran at the same moment.

mod convolutions;
mod elements;
mod layers;
mod optimizers;
mod products;
mod tables;

use std::error::Error;
use std::io;
use std::time::Duration;

use nn_benches::calibrator::Calibrator;
use nn_benches::clock;
use nn_benches::protocol::{Mode, Timed};
use nn_benches::rounds::{Pace, Player, play};
use nn_benches::serve::timed;
use nn_benches::statistics::{kept, median};

fn main() -> Result<(), Box<dyn Error>> {
    let part = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let families = [
        products::cases(),
        convolutions::cases(),
        tables::cases(),
        elements::cases(),
        layers::cases(),
        optimizers::cases(),
    ];
    let mut cases: Vec<Case> = families.into_iter().flatten().collect();
    cases.retain(|case| case.name.contains(&part));
    clock::keep_to_last(&clock::processors(), 1)?;
    let calibrator = Calibrator::new();
    let pace = Pace { rounds: 15, milliseconds: 3 };
    let samples = play(&mut cases, pace, Mode::Train, 1, || calibrator.speed(1))?;
    println!("{:40} {:>10} {:>12} {:>10} {:>8}", "kernel", "us", "per second", "efficiency", "dropped");
    for (case, samples) in cases.iter().zip(&samples) {
        let dropped = samples.len() - kept(samples).count();
        match median(kept(samples).map(|sample| sample.seconds)) {
            Some(seconds) => {
                let efficiency = median(kept(samples).map(|sample| sample.efficiency(case.work.amount())));
                println!(
                    "{:40} {:10.2} {} {dropped:8}",
                    case.name,
                    seconds * 1e6,
                    case.work.shown(seconds, efficiency)
                );
            }
            None => println!("{:40} no steady round", case.name),
        }
    }
    Ok(())
}

/// How much a call does.
#[derive(Clone, Copy)]
enum Work {
    /// Floating-point operations of a product.
    Operations(f64),
    /// Elements, for what is no product.
    Elements(f64),
}

impl Work {
    fn amount(self) -> f64 {
        match self {
            Work::Operations(count) | Work::Elements(count) => count,
        }
    }

    /// Billions a second, and for products the part of the calibrator.
    fn shown(self, seconds: f64, efficiency: Option<f64>) -> String {
        let rate = self.amount() / seconds / 1e9;
        match (self, efficiency) {
            (Work::Operations(_), Some(part)) => format!("{rate:7.1} GFLOP {:8.1} %", part * 100.0),
            _ => format!("{rate:7.2} Gelem {:>10}", "-"),
        }
    }
}

/// A kernel with its operands.
struct Case {
    name: String,
    work: Work,
    run: Box<dyn FnMut()>,
}

impl Player for Case {
    fn go(&mut self, milliseconds: u64) -> io::Result<Timed> {
        let run = &mut self.run;
        Ok(timed(Duration::from_millis(milliseconds), |steps| (0..steps).for_each(|_| run())))
    }
}

fn case(name: impl Into<String>, work: Work, run: impl FnMut() + 'static) -> Case {
    Case { name: name.into(), work, run: Box::new(run) }
}

/// Small numbers of both signs.
fn values(count: usize) -> Vec<f32> {
    (0..count).map(|at| (at * 7919 % 1024) as f32 / 512.0 - 1.0).collect()
}

fn rows<const N: usize>(count: usize) -> Vec<[f32; N]> {
    values(count * N).as_chunks().0.to_vec()
}
