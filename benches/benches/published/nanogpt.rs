//! nanoGPT's recipe for a CPU: a character GPT of four blocks, 2,000 steps on 12 windows of 64 characters.

use std::error::Error;
use std::thread;

use nn_benches::published::{Published, Repeated};
use nn_runtime::fit::Settings;
use nn_runtime::network::evaluate;
use nn_runtime::rng::Stream;
use nn_runtime::{Network, Rows, Targets, Trainer};

use crate::networks::CharGpt;
use crate::{Bench, Plan};

const STEPS: usize = 2_000;
const BATCH: usize = 12;
/// Characters of a window.
const WINDOW: usize = 64;
const WIDTH: usize = 128;
/// How often losses are estimated, and by how many windows of each part.
const EVERY: usize = 250;
const WINDOWS: usize = 20 * BATCH;

/// Windows of a text, each with the characters that follow.
struct Windows {
    inputs: Vec<f32>,
    targets: Vec<usize>,
}

/// The time is that of the whole run: steps, and the losses on both parts every 250 steps, as nanoGPT estimates them.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Repeated, Box<dyn Error>> {
    let (text, characters) = text(bench)?;
    // Nine tenths to train, as nanoGPT does.
    let (train, validation) = text.split_at(text.len() / 10 * 9);
    let block = WINDOW * (12 * WIDTH * WIDTH + 2 * WINDOW * WIDTH);
    let forward = 4 * block + WINDOW * WIDTH * characters;
    let estimates = (STEPS / EVERY + 1) * 2 * WINDOWS;
    let plan = Plan {
        name: "nanogpt",
        threads: bench.options.threads,
        operations: (2 * forward * (3 * STEPS * BATCH + estimates)) as f64,
        parts: 1.0,
        published: Published {
            source: "nanoGPT (README, shakespeare_char on a CPU): \"~3 minutes\" on a MacBook whose processor it does not name. The text is another one \
                     here, with 81 characters for 65, and the last layer has weights of its own: losses are not to be compared"
                .to_owned(),
            seconds: 180.0,
            scaled: None,
            result: "val loss 1.88, another text".to_owned(),
        },
    };
    bench.repeat(plan, |start| {
        let mut net = CharGpt::new(1337);
        let mut losses = Vec::new();
        let mut trainer = Trainer::new(&mut net).steps_per_epoch(STEPS as u64).threads(bench.options.threads);
        for step in 0..=STEPS {
            if step % EVERY == 0 {
                losses = estimate(trainer.network(), [train, validation], step, bench.options.threads)?;
            }
            if step < STEPS {
                let Windows { inputs, targets } = windows(train, BATCH, step, 0);
                trainer.step(Rows::new(&inputs, WINDOW), Targets::Classes(&targets))?;
            }
        }
        let cost = start.cost();
        Ok((cost, vec![("train loss".to_owned(), losses[0]), ("val loss".to_owned(), losses[1])]))
    })
}

/// The mean losses on windows of both parts; at the same time where there is more than one thread.
fn estimate(net: &CharGpt, parts: [&[usize]; 2], step: usize, threads: usize) -> Result<Vec<f64>, Box<dyn Error>> {
    let loss = |part: &[usize]| {
        let Windows { inputs, targets } = windows(part, WINDOWS, step, 1);
        let (inputs, targets) = (Rows::new(&inputs, WINDOW), Targets::Classes(&targets));
        evaluate(CharGpt::PROGRAM, net.weights(), inputs, targets, Settings::of(CharGpt::PROGRAM).setup.loss)
    };
    let results = if threads == 1 {
        parts.map(loss)
    } else {
        thread::scope(|scope| {
            let others = scope.spawn(|| loss(parts[1]));
            [loss(parts[0]), others.join().expect("no panic in a prediction")]
        })
    };
    Ok(results.into_iter().collect::<Result<_, _>>()?)
}

/// Windows from random places.
fn windows(text: &[usize], count: usize, step: usize, stream: u32) -> Windows {
    let noise = Stream { seed: 1337, stream, step: step as u32 };
    let starts = (0..count).map(|at| (noise.uniform(at as u64) * (text.len() - WINDOW) as f64) as usize);
    let (mut inputs, mut targets) = (Vec::with_capacity(count * WINDOW), Vec::with_capacity(count * WINDOW));
    for start in starts {
        inputs.extend(text[start..start + WINDOW].iter().map(|&id| id as f32));
        targets.extend_from_slice(&text[start + 1..=start + WINDOW]);
    }
    Windows { inputs, targets }
}

/// The text as numbers of its characters, and how many characters there are.
fn text(bench: &Bench<'_>) -> Result<(Vec<usize>, usize), Box<dyn Error>> {
    let text = String::from_utf8(bench.file("chargpt", "austen.txt", "chargpt/fetch.sh")?)?;
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    if characters.len() > 81 || text.len() < 100 * WINDOW {
        return Err(format!("austen.txt has {} characters, and the network knows 81", characters.len()).into());
    }
    let id = |character: char| characters.binary_search(&character).expect("a character of the text");
    Ok((text.chars().map(id).collect(), characters.len()))
}
