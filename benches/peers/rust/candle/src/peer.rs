//! A network of candle with our weights and examples.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::time::Duration;

use candle_core::{D, Device, Result, Tensor, Var};
use candle_nn::loss::cross_entropy;
use candle_nn::ops::softmax_last_dim;
use candle_nn::{AdamW, Optimizer, ParamsAdamW};
use nn_benches::material::{BATCHES, COMPARED, Examples, tensors, weights_file};
use nn_benches::protocol::{Mode, Timed};
use nn_benches::serve::{Contestant, Order, timed};
use nn_benches::task::Task;

use crate::models::{Forward, Weights, adapted, forward};

/// Adam, of which candle has the variant that shrinks weights; here by nothing.
const ADAM: ParamsAdamW = ParamsAdamW { lr: 1e-3, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };

/// A task in one mode.
pub(crate) struct Peer {
    mode: Mode,
    /// What is timed, and what losses are compared of: iris without dropout.
    forward: [Forward; 2],
    /// The weights at the begin.
    initial: BTreeMap<String, Tensor>,
    vars: BTreeMap<String, Var>,
    /// Batches in training, else single examples, as inputs with classes.
    rows: Vec<(Tensor, Tensor)>,
    /// The losses of the first steps or examples.
    losses: Vec<f64>,
}

impl Peer {
    /// Reads what all contestants begin with.
    pub(crate) fn new(order: &Order) -> std::result::Result<Self, Box<dyn Error>> {
        let name = order.task.as_str();
        let (task, forward) = Task::named(name).zip(forward(name)).ok_or_else(|| format!("there is no task {name}"))?;
        let folder = Path::new(&order.folder);
        let mut initial = BTreeMap::new();
        for (name, tensor) in tensors(&weights_file(folder, name))? {
            initial.insert(name, Tensor::from_vec(tensor.values, tensor.shape, &Device::Cpu)?);
        }
        let initial = adapted(name, initial)?;
        let mut vars = BTreeMap::new();
        for (name, tensor) in &initial {
            vars.insert(name.clone(), Var::from_tensor(tensor)?);
        }
        let rows = rows(task, &Examples::read(name, folder)?, order.mode)?;
        let mut peer = Peer { mode: order.mode, forward, initial, vars, rows, losses: Vec::new() };
        peer.losses = peer.first_losses()?;
        Ok(peer)
    }

    /// The weights at the begin, and an optimizer that remembers nothing.
    fn reset(&self) -> Result<(Weights, AdamW)> {
        for (name, var) in &self.vars {
            var.set(&self.initial[name])?;
        }
        let train = self.mode == Mode::Train;
        let tensor = |var: &Var| if train { var.as_tensor().clone() } else { var.as_detached_tensor() };
        let tensors = self.vars.iter().map(|(name, var)| (name.clone(), tensor(var))).collect();
        let trained = self.vars.iter().filter(|(name, _)| !name.ends_with(".mean") && !name.ends_with(".variance"));
        Ok((Weights::new(tensors, train)?, AdamW::new(trained.map(|(_, var)| var.clone()).collect(), ADAM)?))
    }

    fn loss(&self, forward: Forward, weights: &Weights, number: usize) -> Result<Tensor> {
        let (inputs, classes) = &self.rows[number % self.rows.len()];
        let logits = forward(weights, inputs)?;
        cross_entropy(&logits.flatten_to(D::Minus2)?, &classes.flatten_all()?)
    }

    fn step(&self, forward: Forward, weights: &Weights, adam: &mut AdamW, number: usize) -> Result<Tensor> {
        let loss = self.loss(forward, weights, number)?;
        adam.backward_step(&loss)?;
        Ok(loss)
    }

    fn predict(&self, weights: &Weights, number: usize) -> Result<Tensor> {
        softmax_last_dim(&self.forward[0](weights, &self.rows[number % self.rows.len()].0)?)
    }

    fn first_losses(&self) -> Result<Vec<f64>> {
        let (weights, mut adam) = self.reset()?;
        let loss = |number| match self.mode {
            Mode::Train => self.step(self.forward[1], &weights, &mut adam, number),
            Mode::Infer => self.loss(self.forward[0], &weights, number),
        };
        (0..COMPARED).map(loss).map(|loss| Ok(f64::from(loss?.to_scalar::<f32>()?))).collect()
    }
}

impl Contestant for Peer {
    fn losses(&mut self) -> Vec<f64> {
        self.losses.clone()
    }

    fn go(&mut self, time: Duration) -> Timed {
        let (weights, mut adam) = self.reset().expect("it has been possible for the losses");
        let mut number = 0;
        timed(time, |steps| {
            for _ in 0..steps {
                let result = match self.mode {
                    Mode::Train => self.step(self.forward[0], &weights, &mut adam, number),
                    Mode::Infer => self.predict(&weights, number),
                };
                result.expect("it has been possible for the losses");
                number += 1;
            }
        })
    }
}

/// The examples as candle wants them: images with channels first, ids as whole numbers.
fn rows(task: &Task, examples: &Examples, mode: Mode) -> Result<Vec<(Tensor, Tensor)>> {
    let count = BATCHES * task.batch;
    let inputs = Tensor::from_slice(&examples.inputs, [&[count], task.input].concat(), &Device::Cpu)?;
    let inputs = match task.input.len() {
        1 if task.vocabulary.is_some() => inputs.to_dtype(candle_core::DType::U32)?,
        3 => inputs.permute((0, 3, 1, 2))?.contiguous()?,
        _ => inputs,
    };
    let classes: Vec<u32> = examples.classes.iter().map(|&class| class as u32).collect();
    let classes = Tensor::from_vec(classes, (count, task.targets), &Device::Cpu)?;
    let size = if mode == Mode::Train { task.batch } else { 1 };
    let part = |at| Ok((inputs.narrow(0, at, size)?.copy()?, classes.narrow(0, at, size)?.copy()?));
    (0..count).step_by(size).map(part).collect()
}
