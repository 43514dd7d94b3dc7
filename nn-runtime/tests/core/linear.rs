//! A network of one layer written by hand, as small as a program can be: `x W + b` with 3 inputs and 3 outputs, and any head.

use nn_runtime::program::{Arena, Head, Layout, Purpose, Segment, Tensor};
use nn_runtime::{Draws, Heap, Init, Network, Program, Real, network};

/// Inputs and outputs.
pub(crate) const SIZE: usize = 3;
/// Weights and biases.
pub(crate) const PARAMETERS: usize = SIZE * SIZE + SIZE;

pub(crate) const LINEAR: u8 = 0;
pub(crate) const SOFTMAX: u8 = 1;
pub(crate) const LOG_SOFTMAX: u8 = 2;
pub(crate) const SIGMOID: u8 = 3;

/// The network; `HEAD` is one of the constants above, `NOISE` adds `0.1 * normal` to the inputs in training.
pub(crate) struct Line<T, const HEAD: u8, const NOISE: bool = false>(pub(crate) Heap<T>);

impl<T: Real, const HEAD: u8, const NOISE: bool> Line<T, HEAD, NOISE> {
    pub(crate) fn new(seed: u64) -> Self {
        Line(network::initial(Self::PROGRAM, seed))
    }
}

/// The weight lies transposed, so that every test converts.
const TENSORS: &[Tensor] = &[
    Tensor {
        name: "dense_1.weight",
        copies: &[],
        shape: &[SIZE, SIZE],
        offset: 0,
        layout: Layout::Transposed,
        init: Init::GlorotUniform,
        purpose: Purpose::Own,
        trained: true,
        l1: 0.0,
        l2: 0.0,
    },
    Tensor {
        name: "dense_1.bias",
        copies: &[],
        shape: &[SIZE],
        offset: SIZE * SIZE,
        layout: Layout::RowMajor,
        init: Init::Constant(0.1),
        purpose: Purpose::Own,
        trained: true,
        l1: 0.01,
        l2: 0.02,
    },
];

impl<T: Real, const HEAD: u8, const NOISE: bool> Network for Line<T, HEAD, NOISE> {
    type Real = T;
    const PROGRAM: &'static Program<T> = &Program {
        name: "Line",
        input: &[SIZE],
        output: &[SIZE],
        inputs: SIZE,
        outputs: SIZE,
        ids: &[],
        ports: &[],
        head: match HEAD {
            SOFTMAX => Head::Softmax,
            LOG_SOFTMAX => Head::LogSoftmax,
            SIGMOID => Head::Sigmoid,
            _ => Head::Linear,
        },
        tensors: TENSORS,
        weights: PARAMETERS,
        parameters: PARAMETERS,
        trained: &[Segment { start: 0, len: PARAMETERS }],
        written: &[],
        predict_arena: Arena { per_row: SIZE, fixed: 0, block: 1 },
        many: None,
        train_arena: Arena { per_row: SIZE, fixed: 0, block: 1 },
        shard: Some(4),
        work: 1 << 20,
        predict: |weights, input, output, arena, _| {
            affine(weights, input, arena);
            head(HEAD, arena, output);
        },
        forward: |weights, input, logits, _, arena, draws, _| {
            disturb::<T, NOISE>(input, arena, draws);
            affine(weights, arena, logits);
        },
        head_forward: |logits, output, _| head(HEAD, logits, output),
        head_backward: |logits, d_output, d_logits, _| head_backward(HEAD, logits, d_output, d_logits),
        backward: |_, _, d_logits, gradients, arena, _, _| backward(arena, d_logits, gradients),
        recipe: None,
        objective: None,
        entries: &[],
        training: None,
    };

    fn weights(&self) -> &[T] {
        self.0.as_ref()
    }

    fn weights_mut(&mut self) -> &mut [T] {
        self.0.as_mut()
    }
}

fn disturb<T: Real, const NOISE: bool>(input: &[T], arena: &mut [T], draws: Draws) {
    for (i, (a, &x)) in arena.iter_mut().zip(input).enumerate() {
        *a = if NOISE { x + T::from_f64(0.1) * draws.normal(0, SIZE, i) } else { x };
    }
}

fn affine<T: Real>(weights: &[T], input: &[T], logits: &mut [T]) {
    let (weight, bias) = weights.split_at(SIZE * SIZE);
    for (x, y) in input.chunks_exact(SIZE).zip(logits.chunks_exact_mut(SIZE)) {
        for (out, y) in y.iter_mut().enumerate() {
            *y = bias[out];
            for (i, &x) in x.iter().enumerate() {
                *y += weight[out * SIZE + i] * x;
            }
        }
    }
}

fn head<T: Real>(head: u8, logits: &[T], output: &mut [T]) {
    for (x, y) in logits.chunks_exact(SIZE).zip(output.chunks_exact_mut(SIZE)) {
        let largest = x.iter().fold(x[0], |m, &x| if x > m { x } else { m });
        let sum = x.iter().fold(T::ZERO, |sum, &x| sum + (x - largest).exp());
        for (&x, y) in x.iter().zip(y) {
            *y = match head {
                SOFTMAX => (x - largest).exp() / sum,
                LOG_SOFTMAX => x - largest - sum.ln(),
                SIGMOID => nn_runtime::math::sigmoid(x),
                _ => x,
            };
        }
    }
}

fn head_backward<T: Real>(kind: u8, logits: &[T], d_output: &[T], d_logits: &mut [T]) {
    let rows = logits.chunks_exact(SIZE).zip(d_output.chunks_exact(SIZE)).zip(d_logits.chunks_exact_mut(SIZE));
    for ((x, d), dx) in rows {
        let mut y = [T::ZERO; SIZE];
        head(if kind == LOG_SOFTMAX { SOFTMAX } else { kind }, x, &mut y);
        let along = d.iter().zip(&y).fold(T::ZERO, |sum, (&d, &y)| sum + d * y);
        let total = d.iter().fold(T::ZERO, |sum, &d| sum + d);
        for i in 0..SIZE {
            dx[i] = match kind {
                SOFTMAX => y[i] * (d[i] - along),
                LOG_SOFTMAX => d[i] - y[i] * total,
                SIGMOID => d[i] * y[i] * (T::ONE - y[i]),
                _ => d[i],
            };
        }
    }
}

fn backward<T: Real>(input: &[T], d_logits: &[T], gradients: &mut [T]) {
    gradients.fill(T::ZERO);
    let (weight, bias) = gradients.split_at_mut(SIZE * SIZE);
    for (x, d) in input.chunks_exact(SIZE).zip(d_logits.chunks_exact(SIZE)) {
        for out in 0..SIZE {
            bias[out] += d[out];
            for i in 0..SIZE {
                weight[out * SIZE + i] += d[out] * x[i];
            }
        }
    }
}

/// `rows` inputs, and the class that each should have.
pub(crate) fn examples<T: Real>(rows: usize) -> (Vec<[T; SIZE]>, Vec<usize>) {
    let stream = nn_runtime::rng::Stream { seed: 99, stream: 0, step: 0 };
    let inputs: Vec<[T; SIZE]> = (0..rows)
        .map(|row| std::array::from_fn(|i| T::from_f64(2.0 * stream.uniform((row * SIZE + i) as u64) - 1.0)))
        .collect();
    let classes = inputs.iter().map(|x| (0..SIZE).fold(0, |best, i| if x[i] > x[best] { i } else { best })).collect();
    (inputs, classes)
}
