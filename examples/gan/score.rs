//! What the network of `examples/fashion` holds for pictures that a generator makes, beside those of the data.
//!
//! `cargo run --release -p nn-examples --example score -- FASHION GENERATOR…` with files of weights: of `Fashion`, and of generators of `gan.nn` or
//! `wgan-gp.nn`, whose networks are the same.

use std::error::Error;
use std::path::Path;

use nn_runtime::data::{Demand, load};
use nn_runtime::rng::Stream;

nn_runtime::network! { file "gan/gan.nn" }
nn_runtime::network! { file "fashion/fashion.nn" }

/// Pictures of each.
const COUNT: usize = 10_000;
const CLASSES: usize = Fashion::OUTPUTS;

/// The score of Salimans et al., "Improved techniques for training GANs" (2016), sec. 4, with the ten classes of clothes: the exponential of the mean
/// divergence of what is said of a picture from what is said of all. It is 10 where each picture is surely of one class, and all classes are equally
/// frequent, and 1 where all pictures look the same.
fn score(said: &[[f32; CLASSES]]) -> f64 {
    let frequent = frequencies(said);
    let term = |(p, q): (f64, f64)| if p > 0.0 { p * (p / q).ln() } else { 0.0 };
    let one = |p: &[f32; CLASSES]| p.iter().zip(frequent).map(|(p, q)| term((f64::from(*p), q))).sum::<f64>();
    (said.iter().map(one).sum::<f64>() / said.len() as f64).exp()
}

/// The mean probability of each class.
fn frequencies(said: &[[f32; CLASSES]]) -> [f64; CLASSES] {
    std::array::from_fn(|class| said.iter().map(|p| f64::from(p[class])).sum::<f64>() / said.len() as f64)
}

fn tell(name: &str, said: &[[f32; CLASSES]]) {
    let sure = said.iter().map(|p| f64::from(p.iter().copied().fold(0.0, f32::max))).sum::<f64>() / said.len() as f64;
    let parts = frequencies(said).map(|part| format!("{:.0}", 100.0 * part)).join(" ");
    println!("{name}: score {:.2}, mean largest probability {sure:.3}, classes in percent {parts}", score(said));
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let fashion = Fashion::load(arguments.next().ok_or("usage: score FASHION GENERATOR…")?)?;

    let recipe = Fashion::PROGRAM.recipe.ok_or("the text has a train section")?;
    let data = recipe.data.ok_or("the train section has data")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fashion").join(data.path);
    let test = load::<f32>(&folder, &data, recipe.split, recipe.seed, &Demand::of(Fashion::PROGRAM))?.test;
    let (pictures, _) = test.inputs.as_chunks::<{ Fashion::INPUTS }>();
    tell("pictures to test on", &fashion.predict_batch(pictures));

    let noise = Stream { seed: 1, stream: 1, step: 0 };
    let noise: Vec<[f32; Generator::INPUTS]> = (0..COUNT)
        .map(|row| std::array::from_fn(|i| noise.normal((row * Generator::INPUTS + i) as u64) as f32))
        .collect();
    for path in arguments {
        let generator = Generator::load(&path)?;
        // Generators make numbers from -1 to 1, and the classifier takes them from 0 to 1.
        let made: Vec<_> = generator.predict_batch(&noise).iter().map(|one| one.map(|x| (x + 1.0) / 2.0)).collect();
        tell(&path, &fashion.predict_batch(&made));
    }
    Ok(())
}
