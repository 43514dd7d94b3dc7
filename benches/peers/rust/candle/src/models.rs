//! The networks of the tasks in candle, as functions of their weights.
//!
//! Written with what is fastest here and has a gradient: candle's normalisation and softmax of one piece have none, so they serve
//! predictions only, and the gradient of its `max_pool2d` is that of a mean where a window has one maximum, so windows are maxima of axes.

use std::collections::BTreeMap;

use candle_core::{D, Module, ModuleT, Result, Tensor};
use candle_nn::BatchNorm;
use candle_nn::ops::{dropout, layer_norm, layer_norm_slow, sigmoid, softmax, softmax_last_dim};

/// The logits of inputs.
pub(crate) type Forward = fn(&Weights, &Tensor) -> Result<Tensor>;

/// What is timed, and what losses are compared of.
pub(crate) fn forward(task: &str) -> Option<[Forward; 2]> {
    Some(match task {
        "iris" => [iris, iris_plain],
        "mlp" => [mlp; 2],
        "lenet" => [lenet; 2],
        "resnet" => [resnet; 2],
        "lstm" => [lstm; 2],
        "gpt" => [gpt; 2],
        _ => return None,
    })
}

/// Weights by name, and what is made of them once.
pub(crate) struct Weights {
    tensors: BTreeMap<String, Tensor>,
    norms: BTreeMap<String, BatchNorm>,
    /// Zeros, and minus infinity for what comes later.
    mask: Tensor,
    train: bool,
}

impl Weights {
    pub(crate) fn new(tensors: BTreeMap<String, Tensor>, train: bool) -> Result<Self> {
        let mut norms = BTreeMap::new();
        for (name, mean) in &tensors {
            if let Some(norm) = name.strip_suffix(".mean") {
                let part = |part: &str| tensors[&format!("{norm}.{part}")].clone();
                let (count, mean) = (mean.dim(0)?, mean.copy()?);
                let made = BatchNorm::new_with_momentum(
                    count,
                    mean,
                    part("variance").copy()?,
                    part("scale"),
                    part("shift"),
                    1e-5,
                    0.1,
                )?;
                norms.insert(norm.to_owned(), made);
            }
        }
        let mask: Vec<f32> = (0..64 * 64).map(|at| if at % 64 > at / 64 { f32::NEG_INFINITY } else { 0.0 }).collect();
        let mask = Tensor::from_vec(mask, (64, 64), &candle_core::Device::Cpu)?;
        Ok(Weights { tensors, norms, mask, train })
    }

    fn get(&self, name: &str, part: &str) -> &Tensor {
        &self.tensors[&format!("{name}.{part}")]
    }

    fn dense(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        x.matmul(self.get(name, "weight"))?.broadcast_add(self.get(name, "bias"))
    }

    fn conv(&self, name: &str, x: &Tensor, pad: usize, stride: usize) -> Result<Tensor> {
        let y = x.conv2d(self.get(name, "weight"), pad, stride, 1, 1)?;
        match self.tensors.get(&format!("{name}.bias")) {
            Some(bias) => y.broadcast_add(&bias.reshape((1, (), 1, 1))?),
            None => Ok(y),
        }
    }

    fn layer_norm(&self, name: &str, x: &Tensor) -> Result<Tensor> {
        let norm = if self.train { layer_norm_slow } else { layer_norm };
        norm(x, self.get(name, "scale"), self.get(name, "shift"), 1e-5)
    }
}

/// Our tensors in the layout of candle: kernels with filters first, the first dense layer of LeNet behind channels that lie first, and the
/// three projections of an attention as one.
pub(crate) fn adapted(task: &str, mut tensors: BTreeMap<String, Tensor>) -> Result<BTreeMap<String, Tensor>> {
    for (name, tensor) in &mut tensors {
        if tensor.rank() == 4 {
            *tensor = tensor.permute((3, 2, 0, 1))?.contiguous()?;
        } else if task == "lenet" && name == "dense_1.weight" {
            *tensor = tensor.reshape((4, 4, 16, 120))?.permute((2, 0, 1, 3))?.contiguous()?.reshape((256, 120))?;
        }
    }
    if task == "gpt" {
        for number in 1..=4 {
            let name = attention(number);
            for (kind, axis) in [("weight", 1), ("bias", 0)] {
                let parts = ["query", "key", "value"].map(|part| tensors[&format!("{name}.{part}_{kind}")].clone());
                ["query", "key", "value"].iter().for_each(|part| {
                    tensors.remove(&format!("{name}.{part}_{kind}"));
                });
                tensors.insert(format!("{name}.{kind}"), Tensor::cat(&parts, axis)?);
            }
        }
    }
    Ok(tensors)
}

fn iris_with(weights: &Weights, x: &Tensor, rate: f32) -> Result<Tensor> {
    let x = weights.dense("classifier_1.dense_1", x)?.relu()?;
    let x = if weights.train && rate > 0.0 { dropout(&x, rate)? } else { x };
    weights.dense("classifier_1.dense_2", &x)
}

fn iris(weights: &Weights, x: &Tensor) -> Result<Tensor> {
    iris_with(weights, x, 0.2)
}

fn iris_plain(weights: &Weights, x: &Tensor) -> Result<Tensor> {
    iris_with(weights, x, 0.0)
}

fn mlp(weights: &Weights, x: &Tensor) -> Result<Tensor> {
    let x = weights.dense("dense_1", x)?.relu()?;
    let x = weights.dense("dense_2", &x)?.relu()?;
    weights.dense("dense_3", &x)
}

/// Windows of 2 x 2 places.
fn pool(weights: &Weights, x: &Tensor) -> Result<Tensor> {
    if !weights.train {
        return x.max_pool2d(2);
    }
    let (b, c, h, w) = x.dims4()?;
    x.reshape((b, c, h / 2, 2, w / 2, 2))?.max(5)?.max(3)
}

fn lenet(weights: &Weights, x: &Tensor) -> Result<Tensor> {
    let x = pool(weights, &weights.conv("conv_1", x, 0, 1)?.relu()?)?;
    let x = pool(weights, &weights.conv("conv_2", &x, 0, 1)?.relu()?)?;
    let x = weights.dense("dense_1", &x.flatten_from(1)?)?.relu()?;
    let x = weights.dense("dense_2", &x)?.relu()?;
    weights.dense("dense_3", &x)
}

fn conv_norm(weights: &Weights, name: &str, x: &Tensor) -> Result<Tensor> {
    let x = weights.conv(&format!("{name}.conv_1"), x, 1, 1)?;
    weights.norms[&format!("{name}.batch_norm_1")].forward_t(&x, weights.train)
}

fn unit(weights: &Weights, number: usize, x: &Tensor) -> Result<Tensor> {
    let y = conv_norm(weights, &format!("unit_{number}.residual_1.conv_norm_1"), x)?.relu()?;
    let y = conv_norm(weights, &format!("unit_{number}.residual_1.conv_norm_2"), &y)?;
    (x + y)?.relu()
}

fn resnet(weights: &Weights, x: &Tensor) -> Result<Tensor> {
    let x = conv_norm(weights, "conv_norm_1", x)?.relu()?;
    let x = unit(weights, 2, &unit(weights, 1, &x)?)?;
    let x = weights.conv("conv_1", &x, 1, 2)?.relu()?;
    weights.dense("dense_1", &unit(weights, 3, &x)?.mean((2, 3))?)
}

/// The product with the input step by step: the gradient of a part of one product for all steps would be as large as all of it.
fn lstm(weights: &Weights, x: &Tensor) -> Result<Tensor> {
    let (b, steps, _) = x.dims3()?;
    let [w, u, bias] = ["input_weight", "recurrent_weight", "bias"].map(|part| weights.get("lstm_1", part));
    let mut h = Tensor::zeros((b, 128), x.dtype(), x.device())?;
    let mut c = h.clone();
    for step in 0..steps {
        let products = (x.narrow(1, step, 1)?.squeeze(1)?.contiguous()?.matmul(w)? + h.matmul(u)?)?;
        let gates = products.broadcast_add(bias)?.chunk(4, 1)?;
        c = ((sigmoid(&gates[1])? * c)? + (sigmoid(&gates[0])? * gates[2].tanh()?)?)?;
        h = (sigmoid(&gates[3])? * c.tanh()?)?;
    }
    weights.dense("dense_1", &h)
}

/// The name of an attention of the GPT.
fn attention(number: usize) -> String {
    format!("repeat_1.{number}.residual_1.multi_head_attention_1")
}

fn attend(weights: &Weights, number: usize, x: &Tensor) -> Result<Tensor> {
    let (name, (b, t, width)) = (attention(number), x.dims3()?);
    let flat = weights.dense(&name, &x.reshape((b * t, width))?)?;
    let parts = flat.reshape((b, t, 3, 4, width / 4))?.permute((2, 0, 3, 1, 4))?.contiguous()?;
    let [q, k, v] = [parts.get(0)?, parts.get(1)?, parts.get(2)?];
    let scores = (q.matmul(&k.t()?)? * (4.0 / width as f64).sqrt())?.broadcast_add(&weights.mask)?;
    let shares = if weights.train { softmax(&scores, D::Minus1)? } else { softmax_last_dim(&scores)? };
    let y = shares.matmul(&v)?.transpose(1, 2)?.contiguous()?.reshape((b * t, width))?;
    let y = y.matmul(weights.get(&name, "output_weight"))?.broadcast_add(weights.get(&name, "output_bias"))?;
    y.reshape((b, t, width))
}

fn gpt(weights: &Weights, ids: &Tensor) -> Result<Tensor> {
    let (b, t) = ids.dims2()?;
    let embedding = candle_nn::Embedding::new(weights.get("embedding_1", "weight").clone(), 128);
    let mut x = embedding.forward(ids)?.broadcast_add(weights.get("learned_positions_1", "weight"))?;
    for number in 1..=4 {
        let name = format!("repeat_1.{number}");
        x = (&x + attend(weights, number, &weights.layer_norm(&format!("{name}.residual_1.layer_norm_1"), &x)?)?)?;
        let y = weights.layer_norm(&format!("{name}.residual_2.layer_norm_1"), &x)?.reshape((b * t, 128))?;
        let y = weights.dense(&format!("{name}.residual_2.mlp_1.dense_1"), &y)?.gelu()?;
        let y = weights.dense(&format!("{name}.residual_2.mlp_1.dense_2"), &y)?;
        x = (x + y.reshape((b, t, 128))?)?;
    }
    let x = weights.layer_norm("layer_norm_1", &x)?.reshape((b * t, 128))?;
    x.matmul(weights.get("dense_1", "weight"))
}
