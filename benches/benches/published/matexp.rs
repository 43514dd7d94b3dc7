//! The exponential of a 2x2 matrix, learned by 10,000 steps of Adam over all examples: the first example of SimpleChains' announcement.

use std::error::Error;

use nn_benches::published::{Published, Repeated};
use nn_runtime::network::evaluate;
use nn_runtime::rng::Stream;
use nn_runtime::{Loss, Network, Rows, Targets, Trainer};

use crate::networks::MatrixExponential;
use crate::{Bench, Plan};

const STEPS: usize = 10_000;
const EXAMPLES: usize = 10_000;
/// Multiply-adds of an example on the way forward, and those of the first layer, whose input needs no gradient.
const FORWARD: usize = 4 * 32 + 32 * 16 + 16 * 4;
const FIRST: usize = 4 * 32;

/// Matrices, row by row, with their exponentials.
struct Matrices {
    inputs: Vec<[f32; 4]>,
    targets: Vec<[f32; 4]>,
}

/// The time is that of the 10,000 steps.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Repeated, Box<dyn Error>> {
    let (train, test) = (matrices(1), matrices(2));
    let plan = Plan {
        name: "matexp",
        threads: bench.options.threads,
        operations: (2 * (3 * FORWARD - FIRST) * EXAMPLES * STEPS) as f64,
        parts: 1.0,
        published: Published {
            source: "SimpleChains (its documentation, small MLP): i7-1165G7, 4 cores; by the announcement i9-10980XE, 18 cores, 0.412 s; EPYC 7513, \
                     32 cores, 0.72 s. PyTorch there: 15.3 s and more"
                .to_owned(),
            seconds: 1.64,
            scaled: None,
            result: String::new(),
        },
    };
    bench.repeat(plan, |start| {
        let mut net = MatrixExponential::new(1);
        let mut trainer = Trainer::new(&mut net).threads(bench.options.threads);
        for _ in 0..STEPS {
            trainer.step(rows(&train.inputs), Targets::Values(train.targets.as_flattened()))?;
        }
        let cost = start.cost();
        let loss = |part: &Matrices| {
            let targets = Targets::Values(part.targets.as_flattened());
            evaluate(MatrixExponential::PROGRAM, net.weights(), rows(&part.inputs), targets, Loss::Mse)
        };
        Ok((cost, vec![("train mse".to_owned(), loss(&train)?), ("test mse".to_owned(), loss(&test)?)]))
    })
}

fn rows(values: &[[f32; 4]]) -> Rows<'_, f32> {
    Rows::new(values.as_flattened(), 4)
}

/// Matrices of normal numbers, always the same for a seed.
fn matrices(seed: u64) -> Matrices {
    let noise = Stream { seed, stream: 0, step: 0 };
    let matrix = |at: usize| [0, 1, 2, 3].map(|place| noise.normal((4 * at + place) as u64));
    let inputs: Vec<[f64; 4]> = (0..EXAMPLES).map(matrix).collect();
    let single = |values: [f64; 4]| values.map(|value| value as f32);
    Matrices {
        targets: inputs.iter().map(|&input| single(exponential(input))).collect(),
        inputs: inputs.into_iter().map(single).collect(),
    }
}

/// The exponential of `[a, b; c, d]`: with the half trace `s` and `q^2 = ((a - d) / 2)^2 + b c`, it is
/// `e^s (cosh q + sinh q / q (A - s))`, of which `cos` and `sin` are left where `q^2` is negative.
/// Source: Bernstein and So, Some Explicit Formulas for the Matrix Exponential (1993), corollary 2.4.
fn exponential([a, b, c, d]: [f64; 4]) -> [f64; 4] {
    let (s, half) = (f64::midpoint(a, d), (a - d) / 2.0);
    let square = half * half + b * c;
    let q = square.abs().sqrt();
    let (even, odd) = if q < 1e-8 {
        (1.0, 1.0)
    } else if square > 0.0 {
        (q.cosh(), q.sinh() / q)
    } else {
        (q.cos(), q.sin() / q)
    };
    [even + odd * half, odd * b, odd * c, even - odd * half].map(|value| s.exp() * value)
}
