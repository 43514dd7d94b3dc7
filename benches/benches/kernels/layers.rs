//! Loops that are kernels of generated code alone: normalisations, softmax, pools, attention and recurrent cells, each as the one layer of a
//! network, as predictions and as training steps with a mean squared error.

use std::hint::black_box;

use nn_runtime::network::predict_rows;
use nn_runtime::{Loss, Network, Optimizer, Rows, Targets, Trainer};

use crate::{Case, Work, case, values};

nn_runtime::network! {
    network Softmax < input(96), softmax >
    network Gelu < input(512), gelu >
    network LayerNorm < input(128), layer_norm >
    network BatchNorm < input(16, 16, 32), batch_norm >
    network MaxPool < input(24, 24, 6), max_pool(2) >
    network MeanPool < input(16, 16, 64), global_avg_pool >
    network Attention < input(64, 128), multi_head_attention(4, causal = true) >
    network Lstm < input(64, 32), lstm(128) >
    network Gru < input(64, 32), gru(128) >
}

/// Multiply-adds of an example of [`Attention`]: four projections, and the products with all keys and values.
const ATTENTION: usize = 64 * (4 * 128 * 128 + 2 * 64 * 128);
/// Those of a recurrent layer for each gate.
const GATE: usize = 64 * (32 + 128) * 128;

pub(crate) fn cases() -> Vec<Case> {
    let elements = |rows: usize, values: usize| Work::Elements((rows * values) as f64);
    let products = |rows: usize, each: usize| Work::Operations(2.0 * (rows * each) as f64);
    // Forward, and two gradients of each product; the input of the network needs none, which is a part of the projections.
    let steps = |rows: usize, each: usize, input: usize| Work::Operations(2.0 * (rows * (3 * each - input)) as f64);
    vec![
        prediction("softmax 1024x96", Softmax::new(1), 1024, elements(1024, 96)),
        prediction("gelu 1024x512", Gelu::new(1), 1024, elements(1024, 512)),
        prediction("layer_norm 1024x128", LayerNorm::new(1), 1024, elements(1024, 128)),
        step("layer_norm step 1024x128", LayerNorm::new(1), 1024, elements(1024, 128)),
        prediction("batch_norm 32x16x16x32", BatchNorm::new(1), 32, elements(32, 16 * 16 * 32)),
        step("batch_norm step 32x16x16x32", BatchNorm::new(1), 32, elements(32, 16 * 16 * 32)),
        prediction("max_pool 128x24x24x6", MaxPool::new(1), 128, elements(128, 24 * 24 * 6)),
        prediction("mean pool 32x16x16x64", MeanPool::new(1), 32, elements(32, 16 * 16 * 64)),
        prediction("attention 16x64x128", Attention::new(1), 16, products(16, ATTENTION)),
        step("attention step 16x64x128", Attention::new(1), 16, steps(16, ATTENTION, 3 * 64 * 128 * 128)),
        prediction("lstm 32x64x32 to 128", Lstm::new(1), 32, products(32, 4 * GATE)),
        step("lstm step 32x64x32 to 128", Lstm::new(1), 32, steps(32, 4 * GATE, 4 * 64 * 32 * 128)),
        prediction("gru 32x64x32 to 128", Gru::new(1), 32, products(32, 3 * GATE)),
        step("gru step 32x64x32 to 128", Gru::new(1), 32, steps(32, 3 * GATE, 3 * 64 * 32 * 128)),
    ]
}

fn prediction<N: Network<Real = f32> + 'static>(name: &str, net: N, rows: usize, work: Work) -> Case {
    let inputs = values(rows * N::PROGRAM.inputs);
    let mut outputs = vec![0.0; rows * N::PROGRAM.outputs];
    case(name, work, move || {
        let inputs = Rows::new(&inputs, N::PROGRAM.inputs);
        predict_rows(N::PROGRAM, net.weights(), inputs, black_box(&mut outputs)).expect("rows of the network");
    })
}

fn step<N: Network<Real = f32> + 'static>(name: &str, net: N, rows: usize, work: Work) -> Case {
    let (inputs, targets) = (values(rows * N::PROGRAM.inputs), values(rows * N::PROGRAM.outputs));
    // A case lives as long as the program, and its trainer borrows the network.
    let trainer = Trainer::new(Box::leak(Box::new(net)));
    let mut trainer = trainer.loss(Loss::Mse).optimizer(Optimizer::sgd()).learning_rate(1e-9);
    case(name, work, move || {
        let inputs = Rows::new(&inputs, N::PROGRAM.inputs);
        trainer.step(inputs, Targets::Values(black_box(&targets))).expect("a loss that is finite");
    })
}
