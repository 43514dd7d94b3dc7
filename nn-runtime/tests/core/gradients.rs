//! The gradient of every loss with every head it fits, against finite differences in f64.

use crate::linear::{self, LINEAR, LOG_SOFTMAX, Line, SIGMOID, SIZE, SOFTMAX};
use nn_runtime::program::Head;
use nn_runtime::{Loss, Network, Rows, Targets, network};

/// Enough for two shards, the second one short.
const ROWS: usize = 6;
const STEP: f64 = 1e-6;
const WEIGHTS: &[f64] = &[0.5, 2.0, 1.25];
const LOSSES: [Loss<'_>; 11] = [
    Loss::Mse,
    Loss::Mae,
    Loss::Huber { delta: 0.7 },
    Loss::LogCosh,
    Loss::BinaryCrossEntropy,
    Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] },
    Loss::CrossEntropy { label_smoothing: 0.2, class_weights: WEIGHTS },
    Loss::KlDivergence,
    Loss::Hinge,
    Loss::Poisson,
    Loss::Cosine,
];

fn value<N: Network<Real = f64>>(weights: &[f64], x: &[[f64; SIZE]], t: Targets<'_, f64>, loss: Loss<'_>) -> f64 {
    network::loss_and_gradients(N::PROGRAM, weights, Rows::from(x), t, loss).expect("the batch is a valid one").loss
}

fn assert_gradient<N: Network<Real = f64>>(net: &N, x: &[[f64; SIZE]], targets: Targets<'_, f64>, loss: Loss<'_>) {
    let found = network::loss_and_gradients(N::PROGRAM, net.weights(), Rows::from(x), targets, loss)
        .expect("the batch is a valid one");
    let mut weights = net.weights().to_vec();
    for (i, &gradient) in found.physical.iter().enumerate() {
        let middle = weights[i];
        weights[i] = middle + STEP;
        let above = value::<N>(&weights, x, targets, loss);
        weights[i] = middle - STEP;
        let below = value::<N>(&weights, x, targets, loss);
        weights[i] = middle;
        let slope = (above - below) / (2.0 * STEP);
        let head = N::PROGRAM.head;
        assert!((slope - gradient).abs() < 1e-7, "{loss:?} with {head:?}, parameter {i}: {gradient}, but {slope}");
    }
}

fn check_head<const HEAD: u8>() {
    let net = Line::<f64, HEAD>::new(3);
    let (mut inputs, classes) = linear::examples::<f64>(ROWS);
    if HEAD == LINEAR {
        // Binary cross-entropy and poisson take outputs between 0 and 1 that are no logits.
        inputs.iter_mut().flatten().for_each(|x| *x *= 0.05);
    }
    let soft: Vec<f64> =
        classes.iter().flat_map(|&c| (0..SIZE).map(move |i| if c == i { 0.7 } else { 0.15 })).collect();
    let signs: Vec<f64> = soft.iter().map(|&t| if t > 0.5 { 1.0 } else { -1.0 }).collect();
    let head = Line::<f64, HEAD>::PROGRAM.head;
    let mut checked = 0;
    for loss in LOSSES {
        // Negative outputs are no rates.
        if loss == Loss::Poisson && head == Head::LogSoftmax {
            continue;
        }
        for targets in [Targets::Classes(&classes), Targets::Values(&soft), Targets::Values(&signs)] {
            if loss.check(head, ROWS, SIZE, SIZE, targets).is_ok() {
                assert_gradient(&net, &inputs, targets, loss);
                checked += 1;
            }
        }
    }
    assert!(checked >= 10, "only {checked} cases fit {head:?}");
}

#[test]
fn losses_of_outputs() {
    check_head::<LINEAR>();
}

#[test]
fn losses_of_probabilities() {
    check_head::<SOFTMAX>();
}

#[test]
fn losses_of_log_probabilities() {
    check_head::<LOG_SOFTMAX>();
}

#[test]
fn losses_of_sigmoids() {
    check_head::<SIGMOID>();
}

#[test]
fn gradients_have_their_logical_names_and_order() {
    let net = Line::<f64, SOFTMAX>::new(3);
    let (inputs, classes) = linear::examples::<f64>(ROWS);
    let loss = LOSSES[5];
    let batch = (Rows::from(&inputs), Targets::from(&classes));
    let found = network::loss_and_gradients(Line::<f64, SOFTMAX>::PROGRAM, net.weights(), batch.0, batch.1, loss)
        .expect("the batch is a valid one");
    let weight = found.of("dense_1.weight").expect("it has one");
    // Row 0, column 1 of the logical matrix lies at column 1, row 0 of the transposed one.
    assert_eq!(weight[1], found.physical[SIZE]);
    assert_eq!(found.iter().map(|g| g.name()).collect::<Vec<_>>(), ["dense_1.weight", "dense_1.bias"]);
    let message = found.of("dense_2.bias").expect_err("it has none").to_string();
    assert_eq!(message, "there is no parameter `dense_2.bias`; there are dense_1.weight, dense_1.bias");
}
