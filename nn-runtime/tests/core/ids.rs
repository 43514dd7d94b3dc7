//! Several inputs that are ids, with numbers between them: what is no id is refused by name of its place, wherever it stands.

use nn_runtime::program::{Arena, Head, Ids, Layout, Purpose, Segment, Tensor};
use nn_runtime::{Error, Init, Loss, Network, Program, Rows, Targets, Trainer, network};

/// `y = w (sum of the row)` of an id below 3, two numbers, and two ids below 5.
struct Pair([f64; 1]);

const TENSOR: Tensor = Tensor {
    name: "scale_1.scale",
    copies: &[],
    shape: &[1],
    offset: 0,
    layout: Layout::RowMajor,
    init: Init::Ones,
    purpose: Purpose::Own,
    trained: true,
    l1: 0.0,
    l2: 0.0,
};

fn scaled(weights: &[f64], input: &[f64], output: &mut [f64]) {
    output.iter_mut().zip(input.chunks(5)).for_each(|(y, row)| *y = weights[0] * row.iter().sum::<f64>());
}

static PROGRAM: Program<f64> = Program {
    name: "Pair",
    input: &[5],
    output: &[1],
    inputs: 5,
    outputs: 1,
    ids: &[
        Ids { first: 0, values: 1, vocabulary: 3, padded: false },
        Ids { first: 3, values: 2, vocabulary: 5, padded: false },
    ],
    ports: &[],
    head: Head::Linear,
    tensors: &[TENSOR],
    weights: 1,
    parameters: 1,
    trained: &[Segment { start: 0, len: 1 }],
    written: &[],
    predict_arena: Arena::NONE,
    many: None,
    train_arena: Arena::NONE,
    shard: None,
    work: 1 << 20,
    predict: |weights, input, output, _, _| scaled(weights, input, output),
    forward: |weights, input, logits, _, _, _, _| scaled(weights, input, logits),
    head_forward: |logits, output, _| output.copy_from_slice(logits),
    head_backward: |_, d_output, d_logits, _| d_logits.copy_from_slice(d_output),
    backward: |_, input, d_logits, gradients, _, _, _| {
        gradients[0] = input.chunks(5).zip(d_logits).map(|(row, d)| row.iter().sum::<f64>() * d).sum();
    },
    recipe: None,
    objective: None,
    entries: &[],
    training: None,
};

impl Network for Pair {
    type Real = f64;
    const PROGRAM: &'static Program<f64> = &PROGRAM;

    fn weights(&self) -> &[f64] {
        &self.0
    }

    fn weights_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }
}

/// Both parts of the first id, its numbers, and both ends of the others.
const GOOD: [f64; 5] = [2.0, -7.5, 1e6, 0.0, 4.0];

/// What prediction, the loss, its gradients, a training step and whole epochs say of a good row and one with `value` at `column`.
fn refusals(column: usize, value: f64) -> [Error; 5] {
    let mut x = [GOOD; 2];
    x[1][column] = value;
    let mut net = Pair([2.0]);
    let predicted = network::predict_rows(&PROGRAM, &net.0, Rows::from(&x), &mut [0.0; 2]);
    let (rows, targets, loss) = (Rows::from(&x), Targets::from(&[1.0; 2]), Loss::Mse);
    let judged = network::evaluate(&PROGRAM, &net.0, rows, targets, loss).map(|_| ());
    let gradients = network::loss_and_gradients(&PROGRAM, &net.0, rows, targets, loss).map(|_| ());
    let step = Trainer::new(&mut net).step(&x, &[1.0; 2]).map(|_| ());
    let fitted = Trainer::new(&mut net).fit(&x, &[1.0; 2], 1).map(|_| ());
    assert_eq!(net.0, [2.0], "the weights are as before");
    [predicted, judged, gradients, step, fitted].map(|outcome| outcome.expect_err("a value is no id"))
}

#[test]
fn what_is_no_id_is_refused_wherever_it_stands() {
    for (column, vocabulary) in [(0, 3), (3, 5), (4, 5)] {
        for value in [-1.0, 0.5, vocabulary as f64, 1e300, f64::INFINITY] {
            let expected = Error::IdOutOfVocabulary { row: 1, column, id: value, vocabulary };
            assert!(refusals(column, value).iter().all(|error| *error == expected), "{value} at {column}");
        }
    }
}

#[test]
fn nan_is_no_id() {
    for column in [0, 3, 4] {
        for error in refusals(column, f64::NAN) {
            let Error::IdOutOfVocabulary { row: 1, column: told, id, .. } = error else { panic!("{error:?}") };
            assert!(told == column && id.is_nan());
        }
    }
}

#[test]
fn ids_and_the_numbers_between_them_are_taken() {
    let mut net = Pair([1.0]);
    let x = [GOOD, [0.0, 0.5, -0.5, 4.0, 0.0]];
    assert_eq!(network::predict_batch::<_, 5, 1>(&net, &x), [[999_998.5], [4.0]]);
    Trainer::new(&mut net).learning_rate(1e-15).fit(&x, &[0.0; 2], 1).expect("all are ids or numbers");
    let bad = [GOOD, [0.0, 0.5, -0.5, 4.0, 5.0]];
    let outputs = network::predict_batch::<_, 5, 1>(&net, &bad);
    assert!(outputs[0][0].is_finite() && outputs[1][0].is_nan(), "only the row of the bad id");
}
