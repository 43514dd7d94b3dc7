//! What all that goes on around a training costs: `cargo bench -p nn-benches --bench overhead`.
//!
//! LeNet on as many images as MNIST has, on one thread: `Trainer::fit` and nothing else; the same with the outputs and the loss of validation rows after each
//! epoch; and all that `nnc train` does, with progress, metrics, a checkpoint every 500 steps, and figures and a report in the end. The three in turns,
//! some epochs of each; told are medians over the rounds, of times and of what two of a round are to each other: the machine is faster in some rounds
//! than in others.

use std::error::Error;
use std::fs;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

use nn_runtime::cli::{AnyProgram, run_with};
use nn_runtime::rng::Stream;
use nn_runtime::trainer::{EpochStats, Judged, State};
use nn_runtime::{Rows, Trainer, network};
use serde_json::Value;

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
        epochs 8;
        metric accuracy, f1, confusion;
        checkpoint(every = 500, keep = 3);
    }
}

const IMAGES: usize = 60_000;
const TRAINED: usize = IMAGES / 100 * 95;
const EPOCHS: usize = 8;
const ROUNDS: usize = 7;

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::temp_dir().join(format!("nn-overhead-{}", std::process::id()));
    fs::create_dir_all(folder.join("mnist"))?;
    let (images, labels) = material();
    write(&folder.join("mnist"), &images, &labels)?;
    let inputs: Vec<f32> = images.iter().map(|pixel| f32::from(*pixel) / 255.0).collect();
    let classes: Vec<usize> = labels.iter().map(|label| usize::from(*label)).collect();
    let (mut rounds, mut ends) = (Vec::new(), Vec::new());
    for round in 1..=ROUNDS {
        // Each begins a round as often as the others.
        let mut epoch = [0.0; 3];
        for turn in 0..3 {
            let arm = (round + turn) % 3;
            let seconds = match arm {
                0 => fitted(&inputs, &classes, false)?,
                1 => fitted(&inputs, &classes, true)?,
                _ => {
                    let (seconds, end) = whole(&folder)?;
                    ends.push(end);
                    seconds
                }
            };
            epoch[arm] = seconds.iter().sum::<f64>() / seconds.len() as f64;
        }
        rounds.push(epoch);
        println!("round {round} of {ROUNDS}: {:.3}, {:.3} and {:.3} s", epoch[0], epoch[1], epoch[2]);
    }
    fs::remove_dir_all(&folder)?;
    let of = |figure: fn(&[f64; 3]) -> f64| median(rounds.iter().map(figure).collect());
    let [computed, validated, trained] = [of(|epoch| epoch[0]), of(|epoch| epoch[1]), of(|epoch| epoch[2])];
    let (validation, rest) = (of(|epoch| epoch[1] / epoch[0] - 1.0), of(|epoch| (epoch[2] - epoch[1]) / epoch[0]));
    println!("{computed:.3} s  an epoch of {TRAINED} rows, computation alone");
    println!("{validated:.3} s  with the loss of {} validation rows: {:.1} %", IMAGES - TRAINED, 100.0 * validation);
    println!("{trained:.3} s  as nnc train does it: {:.1} % for progress, metrics and checkpoints", 100.0 * rest);
    let end = median(ends);
    println!("{end:.3} s  once, behind the last epoch: figures of 14,000 rows, report, pictures");
    Ok(())
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
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

/// Seconds of each epoch of the same steps, without or with validation rows.
fn fitted(inputs: &[f32], classes: &[usize], validates: bool) -> Result<Vec<f64>, Box<dyn Error>> {
    let mut net = LeNet::new(0);
    let (mut seconds, mut before) = (Vec::new(), Instant::now());
    let mut call = |_: &EpochStats, _: Option<&Judged>, _: &mut State<'_, f32>| {
        seconds.push(before.elapsed().as_secs_f64());
        before = Instant::now();
        ControlFlow::Continue(())
    };
    let (train, validation) = inputs.split_at(TRAINED * 784);
    let mut trainer = Trainer::new(&mut net).threads(1).on_epoch(&mut call);
    if validates {
        trainer = trainer.validation(Rows::new(validation, 784), &classes[TRAINED..])?;
    }
    trainer.fit(Rows::new(train, 784), &classes[..TRAINED], EPOCHS)?;
    Ok(seconds)
}

/// Seconds of each epoch of the whole training, and of what is done behind the last.
fn whole(folder: &Path) -> Result<(Vec<f64>, f64), Box<dyn Error>> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let [data, output] = ["mnist", "out"].map(|name| folder.join(name).display().to_string());
    let arguments = ["nn", "train", "--threads", "1", "--data", &data, "-o", &output].map(Into::into).to_vec();
    let begin = Instant::now();
    let code = run_with(&[AnyProgram::F32(LeNet::PROGRAM)], arguments, &mut out, &mut err);
    let all = begin.elapsed().as_secs_f64();
    if code != 0 {
        return Err(String::from_utf8_lossy(&err).into_owned().into());
    }
    let report: Value = serde_json::from_slice(&fs::read(folder.join("out/report.json"))?)?;
    let number = |value: &Value| value.as_f64().ok_or("the report has times");
    let epochs = report["epochs"].as_array().ok_or("the report has epochs")?;
    let epochs = epochs.iter().map(|epoch| number(&epoch["seconds"])).collect::<Result<Vec<f64>, _>>()?;
    Ok((epochs, all - number(&report["times"]["data"])? - number(&report["times"]["training"])?))
}
