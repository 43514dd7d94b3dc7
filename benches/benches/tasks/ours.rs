//! Our contestant: the networks of `benches/tasks`, trained and asked through the interface that users have.

use std::error::Error;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use nn_benches::material::{BATCHES, COMPARED, Examples, weights_file};
use nn_benches::protocol::{Mode, Timed};
use nn_benches::serve::{self, Contestant, Order};
use nn_benches::task::Task;
use nn_runtime::fit::Settings;
use nn_runtime::network::predict_rows;
use nn_runtime::{Network, Program, Rows, Targets, Trainer, weights};

use crate::networks;

/// Answers the driver.
///
/// # Errors
/// If standard input or output breaks.
pub(crate) fn serve() -> std::io::Result<()> {
    serve::serve(concat!("nn-", env!("CARGO_PKG_VERSION")), |order| {
        contestant(order).map_err(|error| error.to_string())
    })
}

/// Writes the initial weights of a task, those of seed 1.
///
/// # Errors
/// If they cannot be written.
pub(crate) fn write_weights(task: &Task, folder: &Path) -> Result<(), Box<dyn Error>> {
    let program = program(task.name).ok_or("there is no such task")?;
    let mut values = vec![0.0; program.weights];
    nn_runtime::params::initialise(program, &mut values, 1);
    Ok(weights::save(&weights_file(folder, task.name), program, &values, None)?)
}

fn program(task: &str) -> Option<&'static Program<f32>> {
    Some(match task {
        "iris" => networks::Iris::PROGRAM,
        "mlp" => networks::Mlp::PROGRAM,
        "lenet" => networks::LeNet::PROGRAM,
        "resnet" => networks::ResNet::PROGRAM,
        "lstm" => networks::Lstm::PROGRAM,
        "gpt" => networks::Gpt::PROGRAM,
        _ => return None,
    })
}

fn contestant(order: &Order) -> Result<Box<dyn Contestant>, Box<dyn Error>> {
    Ok(match order.task.as_str() {
        // Two networks, as dropout draws other numbers in each library.
        "iris" => Box::new(Ours::new(order, networks::Iris::new(1), networks::IrisPlain::new(1))?),
        "mlp" => Box::new(Ours::new(order, networks::Mlp::new(1), networks::Mlp::new(1))?),
        "lenet" => Box::new(Ours::new(order, networks::LeNet::new(1), networks::LeNet::new(1))?),
        "resnet" => Box::new(Ours::new(order, networks::ResNet::new(1), networks::ResNet::new(1))?),
        "lstm" => Box::new(Ours::new(order, networks::Lstm::new(1), networks::Lstm::new(1))?),
        "gpt" => Box::new(Ours::new(order, networks::Gpt::new(1), networks::Gpt::new(1))?),
        other => return Err(format!("there is no task `{other}`").into()),
    })
}

/// A network that is timed, and one with the same weights whose losses are compared.
struct Ours<N, C> {
    timed: N,
    compared: C,
    initial: Vec<f32>,
    examples: Examples,
    mode: Mode,
    threads: usize,
}

impl<N: Network<Real = f32>, C: Network<Real = f32>> Ours<N, C> {
    fn new(order: &Order, mut timed: N, compared: C) -> Result<Self, Box<dyn Error>> {
        let folder = Path::new(&order.folder);
        let examples = Examples::read(&order.task, folder)?;
        weights::load(&weights_file(folder, &order.task), N::PROGRAM, timed.weights_mut())?;
        let initial = timed.weights().to_vec();
        Ok(Ours { timed, compared, initial, examples, mode: order.mode, threads: order.threads })
    }

    /// Training steps.
    fn steps(&mut self, time: Duration) -> Timed {
        let mut trainer = Trainer::new(&mut self.timed).threads(self.threads);
        let mut number = 0;
        serve::timed(time, |steps| {
            for _ in 0..steps {
                let batch = batch::<N>(&self.examples, number);
                trainer.step(batch.0, batch.1).expect("a loss that is finite");
                number += 1;
            }
        })
    }

    /// Predictions for one example each.
    fn predictions(&self, time: Duration) -> Timed {
        let mut output = vec![0.0; N::PROGRAM.outputs];
        let examples = self.examples.inputs.len() / N::PROGRAM.inputs;
        let mut number = 0;
        serve::timed(time, |steps| {
            for _ in 0..steps {
                predict::<N>(&self.timed, &self.examples, number % examples, &mut output);
                number += 1;
            }
        })
    }
}

impl<N: Network<Real = f32>, C: Network<Real = f32>> Contestant for Ours<N, C> {
    fn losses(&mut self) -> Vec<f64> {
        self.compared.weights_mut().copy_from_slice(&self.initial);
        match self.mode {
            Mode::Train => {
                let mut trainer = Trainer::new(&mut self.compared);
                let steps = (0..COMPARED).map(|number| batch::<C>(&self.examples, number));
                steps.map(|(inputs, classes)| trainer.step(inputs, classes).map_or(f64::NAN, f64::from)).collect()
            }
            Mode::Infer => (0..COMPARED).map(|row| example_loss::<C>(&self.compared, &self.examples, row)).collect(),
        }
    }

    fn go(&mut self, time: Duration) -> Timed {
        self.timed.weights_mut().copy_from_slice(&self.initial);
        match self.mode {
            Mode::Train => self.steps(time),
            Mode::Infer => self.predictions(time),
        }
    }
}

/// Rows of the examples, with their classes.
fn rows<'e, N: Network<Real = f32>>(examples: &'e Examples, rows: Range<usize>) -> (Rows<'e, f32>, Targets<'e, f32>) {
    let inputs = N::PROGRAM.inputs;
    let each = examples.classes.len() / (examples.inputs.len() / inputs);
    let values = &examples.inputs[rows.start * inputs..rows.end * inputs];
    (Rows::new(values, inputs), Targets::Classes(&examples.classes[rows.start * each..rows.end * each]))
}

/// The batch of a step, counted from 0.
fn batch<N: Network<Real = f32>>(examples: &Examples, step: usize) -> (Rows<'_, f32>, Targets<'_, f32>) {
    let size = Settings::of(N::PROGRAM).batch;
    let start = step % BATCHES * size;
    rows::<N>(examples, start..start + size)
}

fn predict<N: Network<Real = f32>>(network: &N, examples: &Examples, row: usize, output: &mut [f32]) {
    let (inputs, _) = rows::<N>(examples, row..row + 1);
    predict_rows(N::PROGRAM, network.weights(), inputs, output).expect("an example of the network");
}

/// The cross-entropy of one example, by its probabilities.
fn example_loss<N: Network<Real = f32>>(network: &N, examples: &Examples, row: usize) -> f64 {
    let mut output = vec![0.0; N::PROGRAM.outputs];
    predict::<N>(network, examples, row, &mut output);
    let (_, Targets::Classes(classes)) = rows::<N>(examples, row..row + 1) else { return f64::NAN };
    let positions = output.chunks_exact(output.len() / classes.len()).zip(classes);
    let losses: f64 = positions.map(|(output, &class)| -f64::from(output[class]).ln()).sum();
    losses / classes.len() as f64
}
