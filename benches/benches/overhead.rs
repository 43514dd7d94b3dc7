//! What all that goes on around a training costs: `cargo bench -p nn-benches --bench overhead`.
//!
//! LeNet on as many images as MNIST has, ten epochs, on one thread: once with `Trainer::fit` and nothing else, once as `nnc train` does it, with
//! progress, validation and metrics after each epoch, a checkpoint every 100 steps and the figures in the end. Processor time, in turns.

use std::error::Error;
use std::fs;
use std::path::Path;

use nn_benches::clock::Start;
use nn_runtime::cli::{AnyProgram, run_with};
use nn_runtime::rng::Stream;
use nn_runtime::{Rows, Trainer, network};

network! {
    network LeNet <
        input(28, 28, 1),
        conv(6, 5, relu),
        max_pool(2),
        conv(16, 5, relu),
        max_pool(2),
        flatten,
        dense(120, relu),
        dense(84, relu),
        dense(10, softmax),
    >

    train LeNet {
        data idx("mnist") { x = image / 255; y = labels(label); }
        split train = 0.95, validation = 0.05, shuffle = false;
        minimize cross_entropy with adam(lr = 0.001);
        batch 128;
        epochs 10;
        metric accuracy, f1, confusion;
        checkpoint(every = 100, keep = 3);
    }
}

const IMAGES: usize = 60_000;
const TRAINED: usize = IMAGES / 100 * 95;
const ROUNDS: usize = 5;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("nn-overhead-{}", std::process::id()));
    fs::create_dir_all(folder.join("mnist"))?;
    let (images, labels) = material();
    write(&folder.join("mnist"), &images, &labels)?;
    let inputs: Vec<f32> = images.iter().map(|pixel| f32::from(*pixel) / 255.0).collect();
    let classes: Vec<usize> = labels.iter().map(|label| usize::from(*label)).collect();
    let mut parts = Vec::new();
    for round in 1..=ROUNDS {
        let alone = alone(&inputs, &classes)?;
        let whole = whole(&folder)?;
        parts.push(whole / alone - 1.0);
        println!("round {round}: {alone:.2} s of computation alone, {whole:.2} s as nnc train does it");
    }
    fs::remove_dir_all(&folder)?;
    parts.sort_by(f64::total_cmp);
    println!(
        "progress, metrics, checkpoints and reports: {:.1} % of the computation, the median",
        parts[ROUNDS / 2] * 100.0
    );
    Ok(())
}

/// Images whose classes can be learned, more or less: noise, brighter in a band that belongs to the class.
fn material() -> (Vec<u8>, Vec<u8>) {
    let labels: Vec<u8> = (0..IMAGES).map(|image| (image % 10) as u8).collect();
    let mut noise = vec![0_usize; IMAGES * 784];
    noise.iter_mut().enumerate().for_each(|(place, value)| *value = place % 256);
    Stream { seed: 1, stream: 1, step: 0 }.shuffle(&mut noise);
    let bright = |place: usize| (place % 784) / 28 / 3 == usize::from(labels[place / 784]);
    let pixel =
        |(place, value): (usize, &usize)| if bright(place) { (value / 2 + 128) as u8 } else { (value / 2) as u8 };
    (noise.iter().enumerate().map(pixel).collect(), labels)
}

/// The four files of MNIST.
fn write(folder: &Path, images: &[u8], labels: &[u8]) -> std::io::Result<()> {
    let header = |kind: u8, extents: &[u32]| -> Vec<u8> {
        let extents_in_bytes = extents.iter().flat_map(|extent| extent.to_be_bytes());
        [0, 0, 8, kind].into_iter().chain(extents_in_bytes).collect()
    };
    for (name, rows) in [("train", IMAGES), ("t10k", 1000)] {
        let count = rows as u32;
        let pixels = [header(3, &[count, 28, 28]), images[..rows * 784].to_vec()].concat();
        fs::write(folder.join(format!("{name}-images-idx3-ubyte")), pixels)?;
        fs::write(
            folder.join(format!("{name}-labels-idx1-ubyte")),
            [header(1, &[count]), labels[..rows].to_vec()].concat(),
        )?;
    }
    Ok(())
}

/// Seconds of the same steps and nothing else.
fn alone(inputs: &[f32], classes: &[usize]) -> Result<f64, Box<dyn Error>> {
    let mut net = LeNet::new(0);
    let start = Start::now();
    let rows = Rows::new(&inputs[..TRAINED * 784], 784);
    Trainer::new(&mut net).threads(1).fit(rows, &classes[..TRAINED], 10)?;
    Ok(start.cost().processor.as_secs_f64())
}

/// Seconds of the whole training but for the reading of the data.
fn whole(folder: &Path) -> Result<f64, Box<dyn Error>> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let [data, output] = ["mnist", "out"].map(|name| folder.join(name).display().to_string());
    let arguments = ["nn", "train", "--threads", "1", "--data", &data, "-o", &output].map(Into::into).to_vec();
    let start = Start::now();
    let code = run_with(&[AnyProgram::F32(LeNet::PROGRAM)], arguments, &mut out, &mut err);
    let all = start.cost().processor.as_secs_f64();
    if code != 0 {
        return Err(String::from_utf8_lossy(&err).into_owned().into());
    }
    let report: serde_json::Value = serde_json::from_slice(&fs::read(folder.join("out/report.json"))?)?;
    Ok(all - report["times"]["data"].as_f64().ok_or("the report has no times")?)
}
