//! A network of burn with our examples.

use std::error::Error;
use std::path::Path;
use std::time::Duration;

use burn::optim::{AdamConfig, GradientsParams, ModuleOptimizer};
use burn::prelude::*;
use burn::tensor::activation::{log_softmax, softmax};
use nn_benches::material::{BATCHES, COMPARED, Examples, tensors, weights_file};
use nn_benches::protocol::{Mode, Timed};
use nn_benches::serve::{Contestant, Order, timed};
use nn_benches::task::Task;

use crate::layers::Weights;
use crate::models::{Gpt, Inputs, Iris, Lenet, Lstm, Mlp, Network, Resnet};

/// The contestant for an order.
pub(crate) fn contestant(order: &Order) -> Result<Box<dyn Contestant>, Box<dyn Error>> {
    Ok(match order.task.as_str() {
        "iris" => Box::new(Peer::<Iris>::new(order)?),
        "mlp" => Box::new(Peer::<Mlp>::new(order)?),
        "lenet" => Box::new(Peer::<Lenet>::new(order)?),
        "resnet" => Box::new(Peer::<Resnet>::new(order)?),
        "lstm" => Box::new(Peer::<Lstm>::new(order)?),
        "gpt" => Box::new(Peer::<Gpt>::new(order)?),
        other => return Err(format!("there is no task {other}").into()),
    })
}

/// A task in one mode.
struct Peer<N> {
    mode: Mode,
    weights: Weights,
    timed: N,
    /// Batches in training, else single examples, with the class of each target.
    rows: Vec<(Inputs, Tensor<2, Int>)>,
}

impl<N: Network> Peer<N> {
    fn new(order: &Order) -> Result<Self, Box<dyn Error>> {
        let (task, folder) = (Task::named(&order.task).ok_or("there is no such task")?, Path::new(&order.folder));
        let train = order.mode == Mode::Train;
        let device = if train { Device::flex().autodiff() } else { Device::flex() };
        let rows = rows(task, &Examples::read(&order.task, folder)?, if train { task.batch } else { 1 }, &device);
        let weights = Weights { tensors: tensors(&weights_file(folder, &order.task))?, device };
        Ok(Peer { mode: order.mode, timed: N::new(&weights, false), weights, rows })
    }

    /// The mean cross-entropy of a batch or an example.
    fn loss(&self, network: &N, number: usize) -> Tensor<1> {
        let (inputs, classes) = &self.rows[number % self.rows.len()];
        log_softmax(network.logits(inputs), 1).gather(1, classes.clone()).mean().neg()
    }

    fn step(&self, network: N, adam: &mut ModuleOptimizer, number: usize) -> (N, Tensor<1>) {
        let loss = self.loss(&network, number);
        let gradients = GradientsParams::from_grads(loss.backward(), &network);
        (adam.step(1e-3, network, gradients), loss)
    }
}

/// One that remembers nothing.
fn adam() -> ModuleOptimizer {
    AdamConfig::new().with_epsilon(1e-8).init()
}

impl<N: Network> Contestant for Peer<N> {
    fn losses(&mut self) -> Vec<f64> {
        let (mut network, mut adam) = (N::new(&self.weights, true), adam());
        let mut loss = |number| match self.mode {
            Mode::Train => {
                let (trained, loss) = self.step(network.clone(), &mut adam, number);
                network = trained;
                loss
            }
            Mode::Infer => self.loss(&network, number),
        };
        (0..COMPARED).map(|number| f64::from(loss(number).into_scalar::<f32>())).collect()
    }

    fn go(&mut self, time: Duration) -> Timed {
        let (mut network, mut adam, mut number) = (Some(self.timed.clone()), adam(), 0);
        timed(time, |steps| {
            for _ in 0..steps {
                match self.mode {
                    Mode::Train => {
                        let owned = network.take().expect("it is put back");
                        network = Some(self.step(owned, &mut adam, number).0);
                    }
                    Mode::Infer => {
                        let inputs = &self.rows[number % self.rows.len()].0;
                        std::hint::black_box(softmax(self.timed.logits(inputs), 1));
                    }
                }
                number += 1;
            }
        })
    }
}

/// The examples in parts of so many rows.
fn rows(task: &Task, examples: &Examples, size: usize, device: &Device) -> Vec<(Inputs, Tensor<2, Int>)> {
    let width: usize = task.input.iter().product();
    let classes: Vec<i64> = examples.classes.iter().map(|&class| class as i64).collect();
    let parts = examples.inputs.chunks_exact(size * width).zip(classes.chunks_exact(size * task.targets));
    let part = |(inputs, classes): (&[f32], &[i64])| {
        let data = TensorData::new(inputs.to_vec(), [&[size], task.input].concat());
        let inputs = match task.input.len() {
            1 if task.vocabulary.is_some() => {
                let ids = inputs.iter().map(|&id| id as i64).collect();
                Inputs::Ids(Tensor::from_data(TensorData::new(ids, [size, width]), device))
            }
            1 => Inputs::Rows(Tensor::from_data(data, device)),
            2 => Inputs::Steps(Tensor::from_data(data, device)),
            _ => {
                let images = Tensor::<4>::from_data(data, &device.clone().inner()).permute([0, 3, 1, 2]);
                Inputs::Images(Tensor::from_data(images.into_data(), device))
            }
        };
        let classes = TensorData::new(classes.to_vec(), [size * task.targets, 1]);
        (inputs, Tensor::from_data(classes, device))
    };
    parts.map(part).take(BATCHES * task.batch / size).collect()
}
