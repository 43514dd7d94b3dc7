//! The evidence lower bound of a trained variational autoencoder on the pictures to test on, with draws from what its encoder says.
//!
//! `cargo run --release -p nn-examples --example elbo -- vae out/Vae/weights.safetensors`; with `convvae` that of `convvae.nn`

use std::error::Error;
use std::path::Path;

use nn_runtime::Program;
use nn_runtime::data::{Demand, Examples, load};
use nn_runtime::rng::Stream;

nn_runtime::network! { file "vae/vae.nn" }
nn_runtime::network! { file "vae/convvae.nn" }

const PIXELS: usize = 784;
/// Numbers that a picture becomes: as many means, then as many logarithms of variances.
const CODE: usize = 16;
/// Draws for each picture.
const DRAWS: u32 = 10;

type Picture = [f32; PIXELS];

/// The pictures to test on, in the words of the text.
fn pictures(program: &Program<f32>) -> Result<Examples<f32>, Box<dyn Error>> {
    let recipe = program.recipe.ok_or("the text has a train section")?;
    let data = recipe.data.ok_or("the train section has data")?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("vae").join(data.path);
    Ok(load(&folder, &data, recipe.split, recipe.seed, &Demand::of(program))?.test)
}

/// `-ln p(x | z)` of pixels that are white with the probability `x`, in nats.
fn missed(x: &Picture, probabilities: &Picture) -> f64 {
    let pixels = x.iter().zip(probabilities).map(|(x, p)| (f64::from(*x), f64::from(*p).clamp(1e-7, 1.0 - 1e-7)));
    pixels.map(|(x, p)| -x * p.ln() - (1.0 - x) * (1.0 - p).ln()).sum()
}

/// How far a normal distribution is from the standard one, in nats (Kingma and Welling 2014, appendix B).
fn divergence(code: &[f32; 2 * CODE]) -> f64 {
    let (mu, logvar) = code.split_at(CODE);
    let parts = mu.iter().zip(logvar).map(|(mu, logvar)| (f64::from(*mu), f64::from(*logvar)));
    parts.map(|(mu, logvar)| (logvar.exp() + mu * mu - 1.0 - logvar) / 2.0).sum()
}

/// A number drawn from the distribution of each picture.
fn drawn(codes: &[[f32; 2 * CODE]], draw: u32) -> Vec<[f32; CODE]> {
    let noise = Stream { seed: 1, stream: 1, step: draw };
    let one = |(row, code): (usize, &[f32; 2 * CODE])| {
        std::array::from_fn(|i| {
            let eps = noise.normal((row * CODE + i) as u64) as f32;
            code[i] + (code[CODE + i] / 2.0).exp() * eps
        })
    };
    codes.iter().enumerate().map(one).collect()
}

fn report(
    program: &Program<f32>,
    encode: impl Fn(&[Picture]) -> Vec<[f32; 2 * CODE]>,
    decode: impl Fn(&[[f32; CODE]]) -> Vec<Picture>,
) -> Result<(), Box<dyn Error>> {
    let examples = pictures(program)?;
    let (pictures, _) = examples.inputs.as_chunks::<PIXELS>();
    let codes = encode(pictures);
    let divergence = codes.iter().map(divergence).sum::<f64>() / codes.len() as f64;
    let mut sum = 0.0;
    for draw in 0..DRAWS {
        let decoded = decode(&drawn(&codes, draw));
        sum += pictures.iter().zip(&decoded).map(|(x, p)| missed(x, p)).sum::<f64>();
    }
    let missed = sum / f64::from(DRAWS) / codes.len() as f64;
    println!("{} pictures, {DRAWS} draws of each, nats for a picture:", codes.len());
    println!("ELBO {:.1} = -{missed:.1} (reconstruction) - {divergence:.1} (divergence)", -missed - divergence);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["vae", weights] => {
            let net = Vae::load(weights)?;
            report(Vae::PROGRAM, |x| net.encode_batch(x), |z| net.decode_batch(z))
        }
        ["convvae", weights] => {
            let net = ConvVae::load(weights)?;
            report(ConvVae::PROGRAM, |x| net.encode_batch(x), |z| net.decode_batch(z))
        }
        _ => Err("usage: elbo vae|convvae WEIGHTS".into()),
    }
}
