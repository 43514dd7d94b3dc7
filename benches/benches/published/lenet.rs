//! LeNet on MNIST, 10 epochs of Adam at 3e-4: the second example of SimpleChains' announcement.

use std::error::Error;

use nn_benches::published::{Published, Repeated};
use nn_benches::task::Task;
use nn_runtime::network::predict_rows;
use nn_runtime::{Network, Rows, Targets, Trainer};

use crate::networks::LeNet;
use crate::{Bench, Plan};

const EPOCHS: usize = 10;
const BATCH: usize = 128;
/// Values of an image.
const PLACES: usize = 28 * 28;

/// Images as values from 0 to 1, with what they show.
struct Digits {
    images: Vec<f32>,
    labels: Vec<usize>,
}

/// Trains on all 60,000 images; the time is that of the 10 epochs, shuffles included. Then it is judged by the 10,000 others.
pub(crate) fn run(bench: &Bench<'_>) -> Result<Repeated, Box<dyn Error>> {
    let (train, test) = (digits(bench, "train")?, digits(bench, "t10k")?);
    let task = Task::named("lenet").expect("a task");
    let plan = Plan {
        name: "lenet",
        threads: bench.options.threads,
        operations: task.step_operations() as f64 / task.batch as f64 * (EPOCHS * train.labels.len()) as f64,
        parts: 1.0,
        published: Published {
            source: "SimpleChains (Elrod et al., julialang.org, 14 April 2022), the second run, which compiles nothing: i7-1165G7, 4 cores; \
                     i9-10980XE, 18 cores, 1.23 s; EPYC 7513, 32 cores, 3.08 s. PyTorch there, images read while it trains: 10.8 s, 14.9 s"
                .to_owned(),
            seconds: 5.32,
            scaled: None,
            result: "0.979 to 0.983".to_owned(),
        },
    };
    bench.repeat(plan, |start| {
        let mut net = LeNet::new(1);
        let history = Trainer::new(&mut net)
            .learning_rate(3e-4)
            .batch(BATCH)
            .seed(1)
            .threads(bench.options.threads)
            .fit(Rows::new(&train.images, PLACES), Targets::Classes(&train.labels), EPOCHS)?;
        let cost = start.cost();
        let loss = history.epochs.last().map_or(f64::NAN, |epoch| epoch.loss);
        Ok((cost, vec![("test accuracy".to_owned(), accuracy(&net, &test)?), ("train loss".to_owned(), loss)]))
    })
}

/// Which part of the images is told right.
fn accuracy(net: &LeNet, digits: &Digits) -> Result<f64, Box<dyn Error>> {
    let mut outputs = vec![0.0; 10 * digits.labels.len()];
    predict_rows(LeNet::PROGRAM, net.weights(), Rows::new(&digits.images, PLACES), &mut outputs)?;
    let right = |(output, label): &(&[f32], &usize)| output.iter().all(|&other| other <= output[**label]);
    Ok(outputs.chunks_exact(10).zip(&digits.labels).filter(right).count() as f64 / digits.labels.len() as f64)
}

/// The images of one part with their labels.
fn digits(bench: &Bench<'_>, part: &str) -> Result<Digits, Box<dyn Error>> {
    let read = |file: &str, header: usize| -> Result<Vec<u8>, Box<dyn Error>> {
        let bytes = bench.file("lenet/mnist", file, "lenet/fetch.sh")?;
        // Two bytes of zeros, the kind of values, the number of axes, and four bytes for each axis.
        let known = bytes.len() > header && bytes[..4] == [0, 0, 8, (header / 4 - 1) as u8];
        known.then(|| bytes[header..].to_vec()).ok_or_else(|| format!("{file} is no file of MNIST").into())
    };
    let images = read(&format!("{part}-images-idx3-ubyte"), 16)?;
    let labels: Vec<usize> = read(&format!("{part}-labels-idx1-ubyte"), 8)?.into_iter().map(usize::from).collect();
    if images.len() != PLACES * labels.len() || labels.iter().any(|&label| label > 9) {
        return Err(format!("{part}: images and labels do not belong to each other").into());
    }
    Ok(Digits { images: images.into_iter().map(|value| f32::from(value) / 255.0).collect(), labels })
}
