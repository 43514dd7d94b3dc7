//! Layers of burn with our weights.

use std::collections::BTreeMap;

use burn::module::{Param, RunningState};
use burn::nn::conv::{Conv2d, Conv2dConfig};
use burn::nn::{BatchNorm, BatchNormConfig, LayerNorm, LayerNormConfig, Linear, PaddingConfig2d};
use burn::prelude::*;
use nn_benches::material;

/// Our tensors by name, and where burn's shall be.
pub(crate) struct Weights {
    pub(crate) tensors: BTreeMap<String, material::Tensor>,
    pub(crate) device: Device,
}

impl Weights {
    pub(crate) fn tensor<const D: usize>(&self, name: &str) -> Tensor<D> {
        let material::Tensor { shape, values } = &self.tensors[name];
        Tensor::from_data(TensorData::new(values.clone(), shape.clone()), &self.device)
    }

    pub(crate) fn param<const D: usize>(&self, name: &str) -> Param<Tensor<D>> {
        Param::from_tensor(self.tensor(name))
    }

    pub(crate) fn dense(&self, name: &str) -> Linear {
        let bias = format!("{name}.bias");
        let bias = self.tensors.contains_key(&bias).then(|| self.param(&bias));
        Linear { weight: self.param(&format!("{name}.weight")), bias }
    }

    /// A convolution, whose kernel has filters first in burn.
    pub(crate) fn conv(&self, name: &str, pad: usize, stride: usize) -> Conv2d {
        let kernel: Tensor<4> = self.tensor::<4>(&format!("{name}.weight")).permute([3, 2, 0, 1]);
        let [filters, channels, height, width] = kernel.dims();
        let padding = if pad == 0 { PaddingConfig2d::Valid } else { PaddingConfig2d::Explicit(pad, pad, pad, pad) };
        let config = Conv2dConfig::new([channels, filters], [height, width]).with_stride([stride; 2]);
        let mut conv = config.with_padding(padding).init(&self.device);
        conv.weight = laid_out(kernel);
        let bias = format!("{name}.bias");
        conv.bias = self.tensors.contains_key(&bias).then(|| self.param(&bias));
        conv
    }

    pub(crate) fn batch_norm(&self, name: &str) -> BatchNorm {
        let shift = self.param(&format!("{name}.shift"));
        let mut norm = BatchNormConfig::new(shift.dims()[0]).init(&self.device);
        (norm.gamma, norm.beta) = (self.param(&format!("{name}.scale")), shift);
        norm.running_mean = RunningState::new(self.tensor(&format!("{name}.mean")));
        norm.running_var = RunningState::new(self.tensor(&format!("{name}.variance")));
        norm
    }

    pub(crate) fn layer_norm(&self, name: &str) -> LayerNorm {
        let shift = self.param(&format!("{name}.shift"));
        let mut norm = LayerNormConfig::new(shift.dims()[0]).init(&self.device);
        (norm.gamma, norm.beta) = (self.param(&format!("{name}.scale")), Some(shift));
        norm
    }
}

/// A parameter whose values lie in the order of its axes, whatever they came from.
pub(crate) fn laid_out<const D: usize>(tensor: Tensor<D>) -> Param<Tensor<D>> {
    let device = tensor.device();
    Param::from_data(tensor.into_data(), &device)
}
