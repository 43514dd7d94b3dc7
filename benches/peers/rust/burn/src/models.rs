//! The networks of the tasks in burn.

use burn::module::Param;
use burn::nn::conv::Conv2d;
use burn::nn::pool::{MaxPool2d, MaxPool2dConfig};
use burn::nn::{BatchNorm, Dropout, DropoutConfig, LayerNorm, Linear};
use burn::prelude::*;
use burn::tensor::activation::{gelu_approximate, relu, sigmoid, tanh};
use burn::tensor::module::{attention, embedding};
use burn::tensor::ops::AttentionModuleOptions;

use crate::layers::{Weights, laid_out};

/// Inputs as a network takes them: images with channels first.
#[derive(Clone, Debug)]
pub(crate) enum Inputs {
    Rows(Tensor<2>),
    Images(Tensor<4>),
    Steps(Tensor<3>),
    Ids(Tensor<2, Int>),
}

impl Inputs {
    fn rows(&self) -> Tensor<2> {
        let Inputs::Rows(rows) = self else { unreachable!("the task has rows") };
        rows.clone()
    }

    fn images(&self) -> Tensor<4> {
        let Inputs::Images(images) = self else { unreachable!("the task has images") };
        images.clone()
    }
}

/// A network of a task.
pub(crate) trait Network: Module + Clone {
    /// With our weights; what is compared has no dropout.
    fn new(weights: &Weights, compared: bool) -> Self;
    /// One row of logits for each target.
    fn logits(&self, inputs: &Inputs) -> Tensor<2>;
}

#[derive(Module, Debug)]
pub(crate) struct Iris {
    first: Linear,
    dropout: Dropout,
    second: Linear,
}

impl Network for Iris {
    fn new(weights: &Weights, compared: bool) -> Self {
        let dropout = DropoutConfig::new(if compared { 0.0 } else { 0.2 }).init();
        Iris { first: weights.dense("classifier_1.dense_1"), dropout, second: weights.dense("classifier_1.dense_2") }
    }

    fn logits(&self, inputs: &Inputs) -> Tensor<2> {
        self.second.forward(self.dropout.forward(relu(self.first.forward(inputs.rows()))))
    }
}

#[derive(Module, Debug)]
pub(crate) struct Mlp {
    layers: Vec<Linear>,
}

impl Network for Mlp {
    fn new(weights: &Weights, _: bool) -> Self {
        Mlp { layers: ["dense_1", "dense_2", "dense_3"].map(|name| weights.dense(name)).into() }
    }

    fn logits(&self, inputs: &Inputs) -> Tensor<2> {
        let x = relu(self.layers[0].forward(inputs.rows()));
        self.layers[2].forward(relu(self.layers[1].forward(x)))
    }
}

#[derive(Module, Debug)]
pub(crate) struct Lenet {
    convs: Vec<Conv2d>,
    pool: MaxPool2d,
    layers: Vec<Linear>,
}

impl Network for Lenet {
    fn new(weights: &Weights, _: bool) -> Self {
        let mut layers: Vec<Linear> = ["dense_1", "dense_2", "dense_3"].map(|name| weights.dense(name)).into();
        // A row is a place and a channel here, a channel and a place there.
        let first = layers[0].weight.val().reshape([4, 4, 16, 120]).permute([2, 0, 1, 3]).reshape([256, 120]);
        layers[0].weight = laid_out(first);
        let convs = ["conv_1", "conv_2"].map(|name| weights.conv(name, 0, 1)).into();
        Lenet { convs, pool: MaxPool2dConfig::new([2, 2]).with_strides([2, 2]).init(), layers }
    }

    fn logits(&self, inputs: &Inputs) -> Tensor<2> {
        let x = self.pool.forward(relu(self.convs[0].forward(inputs.images())));
        let x = self.pool.forward(relu(self.convs[1].forward(x))).flatten::<2>(1, 3);
        let x = relu(self.layers[0].forward(x));
        self.layers[2].forward(relu(self.layers[1].forward(x)))
    }
}

#[derive(Module, Debug)]
pub(crate) struct ConvNorm {
    conv: Conv2d,
    norm: BatchNorm,
}

impl ConvNorm {
    fn new(weights: &Weights, name: &str) -> Self {
        let (conv, norm) = (format!("{name}.conv_1"), format!("{name}.batch_norm_1"));
        ConvNorm { conv: weights.conv(&conv, 1, 1), norm: weights.batch_norm(&norm) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        self.norm.forward(self.conv.forward(x))
    }
}

#[derive(Module, Debug)]
pub(crate) struct Unit {
    first: ConvNorm,
    second: ConvNorm,
}

impl Unit {
    fn new(weights: &Weights, number: usize) -> Self {
        let part = |part| ConvNorm::new(weights, &format!("unit_{number}.residual_1.conv_norm_{part}"));
        Unit { first: part(1), second: part(2) }
    }

    fn forward(&self, x: Tensor<4>) -> Tensor<4> {
        relu(self.second.forward(relu(self.first.forward(x.clone()))) + x)
    }
}

#[derive(Module, Debug)]
pub(crate) struct Resnet {
    stem: ConvNorm,
    units: Vec<Unit>,
    conv: Conv2d,
    head: Linear,
}

impl Network for Resnet {
    fn new(weights: &Weights, _: bool) -> Self {
        Resnet {
            stem: ConvNorm::new(weights, "conv_norm_1"),
            units: (1..=3).map(|number| Unit::new(weights, number)).collect(),
            conv: weights.conv("conv_1", 1, 2),
            head: weights.dense("dense_1"),
        }
    }

    fn logits(&self, inputs: &Inputs) -> Tensor<2> {
        let x = relu(self.stem.forward(inputs.images()));
        let x = self.units[1].forward(self.units[0].forward(x));
        let x = self.units[2].forward(relu(self.conv.forward(x)));
        self.head.forward(x.flatten::<3>(2, 3).mean_dim(2).squeeze_dim::<2>(2))
    }
}

/// With one product for all gates; burn's own layer has one for each.
#[derive(Module, Debug)]
pub(crate) struct Lstm {
    input: Linear,
    recurrent: Param<Tensor<2>>,
    head: Linear,
}

impl Network for Lstm {
    fn new(weights: &Weights, _: bool) -> Self {
        let bias = Some(weights.param("lstm_1.bias"));
        let input = Linear { weight: weights.param("lstm_1.input_weight"), bias };
        Lstm { input, recurrent: weights.param("lstm_1.recurrent_weight"), head: weights.dense("dense_1") }
    }

    fn logits(&self, inputs: &Inputs) -> Tensor<2> {
        let Inputs::Steps(steps) = inputs else { unreachable!("the task has steps") };
        let [rows, count, _] = steps.dims();
        let mut h = Tensor::<2>::zeros([rows, 128], &steps.device());
        let mut c = h.clone();
        for step in 0..count {
            let x = steps.clone().narrow(1, step, 1).squeeze_dim::<2>(1);
            let gates = (self.input.forward(x) + h.matmul(self.recurrent.val())).chunk(4, 1);
            c = sigmoid(gates[1].clone()) * c + sigmoid(gates[0].clone()) * tanh(gates[2].clone());
            h = sigmoid(gates[3].clone()) * tanh(c.clone());
        }
        self.head.forward(h)
    }
}

#[derive(Module, Debug)]
pub(crate) struct Block {
    norms: Vec<LayerNorm>,
    /// The three projections as one.
    projections: Linear,
    output: Linear,
    layers: Vec<Linear>,
}

impl Block {
    fn new(weights: &Weights, number: usize) -> Self {
        let name = format!("repeat_1.{number}");
        let attention = format!("{name}.residual_1.multi_head_attention_1");
        let parts = ["query", "key", "value"];
        let matrices = parts.map(|part| weights.tensor::<2>(&format!("{attention}.{part}_weight")));
        let biases = parts.map(|part| weights.tensor::<1>(&format!("{attention}.{part}_bias")));
        Block {
            norms: [1, 2].map(|at| weights.layer_norm(&format!("{name}.residual_{at}.layer_norm_1"))).into(),
            projections: Linear {
                weight: laid_out(Tensor::cat(matrices.into(), 1)),
                bias: Some(laid_out(Tensor::cat(biases.into(), 0))),
            },
            output: Linear {
                weight: weights.param(&format!("{attention}.output_weight")),
                bias: Some(weights.param(&format!("{attention}.output_bias"))),
            },
            layers: [1, 2].map(|at| weights.dense(&format!("{name}.residual_2.mlp_1.dense_{at}"))).into(),
        }
    }

    fn attend(&self, x: Tensor<3>) -> Tensor<3> {
        let [b, t, width] = x.dims();
        let parts = self.projections.forward(x).reshape([b, t, 3, 4, width / 4]).permute([2, 0, 3, 1, 4]);
        let [q, k, v] = [0, 1, 2].map(|part| parts.clone().narrow(0, part, 1).squeeze_dim::<4>(0));
        let options = AttentionModuleOptions { is_causal: true, ..Default::default() };
        let y = attention(q, k, v, None, None, options);
        self.output.forward(y.swap_dims(1, 2).reshape([b, t, width]))
    }

    fn forward(&self, x: Tensor<3>) -> Tensor<3> {
        let x = x.clone() + self.attend(self.norms[0].forward(x));
        let y = gelu_approximate(self.layers[0].forward(self.norms[1].forward(x.clone())));
        x + self.layers[1].forward(y)
    }
}

#[derive(Module, Debug)]
pub(crate) struct Gpt {
    embedding: Param<Tensor<2>>,
    positions: Param<Tensor<2>>,
    blocks: Vec<Block>,
    norm: LayerNorm,
    head: Linear,
}

impl Network for Gpt {
    fn new(weights: &Weights, _: bool) -> Self {
        Gpt {
            embedding: weights.param("embedding_1.weight"),
            positions: weights.param("learned_positions_1.weight"),
            blocks: (1..=4).map(|number| Block::new(weights, number)).collect(),
            norm: weights.layer_norm("layer_norm_1"),
            head: weights.dense("dense_1"),
        }
    }

    fn logits(&self, inputs: &Inputs) -> Tensor<2> {
        let Inputs::Ids(ids) = inputs else { unreachable!("the task has ids") };
        let x = embedding(self.embedding.val(), ids.clone()) + self.positions.val().unsqueeze();
        let x = self.blocks.iter().fold(x, |x, block| block.forward(x));
        self.head.forward(self.norm.forward(x).flatten::<2>(0, 1))
    }
}
