//! `batch_norm(momentum, eps)`: normalises each channel over the batch.

use super::purpose::Purpose;
use super::{BASE, Layer, Lowering, Mode, TensorSpec, with_last_axis};
use crate::init::Init;
use crate::ir::{Binary, Graph, Value};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

/// Normalises each channel over the batch.
pub(super) static BATCH_NORM: Layer = Layer {
    signature: Signature {
        name: "batch_norm",
        doc: "Normalises each channel (last axis) over the batch and all other axes: `y = (x - mean) / sqrt(variance + eps) * scale + shift`. \
              Training uses the statistics of the batch (variance with divisor n) and moves the running ones, which prediction uses: \
              `running += momentum * (batch - running)`, variance with divisor n - 1. Source: Ioffe and Szegedy, Batch Normalization (2015), alg. 1 and 2.",
        params: &[
            Param::optional("momentum", Kind::Real(Range::UNIT), Preset::Real(0.1), "how fast running statistics move"),
            Param::optional("eps", Kind::Real(Range::POSITIVE), Preset::Real(1e-5), "added to the variance"),
        ],
    },
    tensors: |_, incoming| {
        let channels = [incoming.width()];
        vec![
            TensorSpec::parameter("scale", channels, Init::Ones).with(Purpose::Scale),
            TensorSpec::parameter("shift", channels, Init::Zeros).with(Purpose::Shift),
            TensorSpec::state("mean", channels, Init::Zeros).with(Purpose::Mean),
            TensorSpec::state("variance", channels, Init::Ones).with(Purpose::Variance),
        ]
    },
    output: with_last_axis,
    lower,
    ..BASE
};

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let &[scale, shift, running_mean, running_variance] = cx.tensors else { unreachable!("`tensors` lists four") };
    let (mean, variance) = match cx.mode {
        Mode::Predict => (running_mean, running_variance),
        Mode::Train => {
            let batch = Statistics::of(cx.graph, x);
            let momentum = args.real("momentum");
            let mean = blend(cx.graph, running_mean, batch.mean, momentum);
            let unbiased = batch.unbiased(cx.graph);
            let variance = blend(cx.graph, running_variance, unbiased, momentum);
            cx.new_state.extend([(2, mean), (3, variance)]);
            (batch.mean, batch.variance)
        }
    };
    let g = &mut *cx.graph;
    let mean = g.along_last(mean, x);
    let centred = g.sub(x, mean);
    let guarded = g.with(Binary::Add, variance, args.real("eps"));
    let deviation = g.sqrt(guarded);
    let factor = g.div(scale, deviation);
    let factor = g.along_last(factor, x);
    let scaled = g.mul(centred, factor);
    let shift = g.along_last(shift, x);
    g.add(scaled, shift)
}

/// Mean and variance of each channel over a batch, and over how many values.
struct Statistics {
    count: Value,
    mean: Value,
    variance: Value,
}

impl Statistics {
    fn of(g: &mut Graph, x: Value) -> Self {
        let shape = g.shape(x).clone();
        let others: Vec<usize> = (0..shape.rank() - 1).collect();
        let each = shape.len() / shape.dims[shape.dims.len() - 1];
        let batch = g.batch_size();
        let count = g.scale(batch, each as f64);
        let sum = g.sum(x, &others);
        let divisor = g.broadcast_to(count, sum, &[]);
        let mean = g.div(sum, divisor);
        let stretched = g.along_last(mean, x);
        let centred = g.sub(x, stretched);
        let square = g.mul(centred, centred);
        let squares = g.sum(square, &others);
        let variance = g.div(squares, divisor);
        Self { count, mean, variance }
    }

    /// The variance with divisor n - 1, or 1 for a single value.
    fn unbiased(&self, g: &mut Graph) -> Value {
        let less = g.with(Binary::Sub, self.count, 1.0);
        let divisor = g.with(Binary::Max, less, 1.0);
        let ratio = g.div(self.count, divisor);
        let ratio = g.broadcast_to(ratio, self.variance, &[]);
        g.mul(self.variance, ratio)
    }
}

/// `old + momentum * (new - old)`
fn blend(g: &mut Graph, old: Value, new: Value, momentum: f64) -> Value {
    let step = g.sub(new, old);
    let step = g.scale(step, momentum);
    g.add(old, step)
}
