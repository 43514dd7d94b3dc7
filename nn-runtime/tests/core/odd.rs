//! What a plain layer does not show: state, a batch that is not cut, scratch memory beyond the stack, ids, and a panic in a kernel.

use nn_runtime::program::{Arena, Head, Ids, Layout, Purpose, Segment, Tensor};
use nn_runtime::{Draws, Error, Init, Network, Optimizer, Program, Rows, Team, Trainer, network};

/// `y = w x`; the state adds up the rows it has seen; an input of 9 panics. `CUT` cuts a batch into single rows.
struct Odd<const CUT: bool>([f64; 2]);

const fn tensor(name: &'static str, offset: usize, trained: bool) -> Tensor {
    Tensor {
        name,
        copies: &[],
        shape: &[1],
        offset,
        layout: Layout::RowMajor,
        init: Init::Ones,
        purpose: Purpose::Own,
        trained,
        l1: 0.0,
        l2: 0.0,
    }
}

const TENSORS: &[Tensor] = &[tensor("scale_1.scale", 0, true), tensor("scale_1.seen", 1, false)];

const fn program(shard: Option<usize>, weights: usize) -> Program<f64> {
    Program {
        name: "Odd",
        input: &[1],
        output: &[1],
        inputs: 1,
        outputs: 1,
        ids: &[Ids { first: 0, values: 1, vocabulary: 10, padded: false }],
        ports: &[],
        head: Head::Linear,
        tensors: TENSORS.split_at(weights).0,
        weights,
        parameters: 1,
        trained: &[Segment { start: 0, len: 1 }],
        written: if weights == 2 { &[Segment { start: 1, len: 1 }] } else { &[] },
        predict_arena: Arena { per_row: 5000, fixed: 10, block: 1 },
        many: None,
        train_arena: Arena::NONE,
        shard,
        work: 1 << 20,
        predict: |weights, input, output, arena, _| {
            assert_eq!(arena.len(), 5000 * input.len() + 10);
            output.iter_mut().zip(input).for_each(|(y, x)| *y = weights[0] * x);
        },
        forward,
        head_forward: |logits, output, _| output.copy_from_slice(logits),
        head_backward: |_, d_output, d_logits, _| d_logits.copy_from_slice(d_output),
        backward: |_, input, d_logits, gradients, _, _, _| {
            gradients[0] = input.iter().zip(d_logits).map(|(x, d)| x * d).sum();
        },
        recipe: None,
        objective: None,
        entries: &[],
        training: None,
    }
}

fn forward(weights: &[f64], input: &[f64], logits: &mut [f64], state: &mut [f64], _: &mut [f64], _: Draws, _: &Team) {
    assert!(!input.contains(&9.0), "a kernel panics");
    logits.iter_mut().zip(input).for_each(|(y, x)| *y = weights[0] * x);
    if let [seen] = state {
        *seen = weights[1] + input.len() as f64;
    }
}

impl<const CUT: bool> Network for Odd<CUT> {
    type Real = f64;
    const PROGRAM: &'static Program<f64> = if CUT { &program(Some(1), 1) } else { &program(None, 2) };

    fn weights(&self) -> &[f64] {
        &self.0[..Self::PROGRAM.weights]
    }

    fn weights_mut(&mut self) -> &mut [f64] {
        &mut self.0[..Self::PROGRAM.weights]
    }
}

#[test]
fn state_is_updated_once_for_each_batch() {
    let mut net = Odd::<false>([1.0, 0.0]);
    let x = [[1.0], [2.0], [3.0], [4.0], [5.0]];
    let mut trainer = Trainer::new(&mut net).optimizer(Optimizer::sgd()).learning_rate(0.01).batch(2).threads(3);
    trainer.fit(&x, &[2.0, 4.0, 6.0, 8.0, 10.0], 2).expect("the data is valid");
    assert_eq!(net.0[1], 10.0);
    assert!(net.0[0] > 1.0);
}

#[test]
fn a_panic_of_a_helper_reaches_the_caller() {
    // The order of the rows decides who meets the 9: this thread for some seeds, a helper for others.
    for (threads, seed) in [1, 2, 4].into_iter().flat_map(|threads| (0..8).map(move |seed| (threads, seed))) {
        let outcome = std::panic::catch_unwind(|| {
            let mut net = Odd::<true>([1.0, 0.0]);
            let x = [[1.0], [9.0], [3.0], [4.0]];
            Trainer::new(&mut net).batch(4).seed(seed).threads(threads).fit(&x, &[0.0; 4], 1).map(|_| ())
        });
        let panic = outcome.expect_err("it panics");
        assert_eq!(panic.downcast_ref::<&str>(), Some(&"a kernel panics"), "{threads} threads, seed {seed}");
    }
}

#[test]
fn large_scratch_memory_is_kept_by_the_thread() {
    let net = Odd::<false>([2.0, 0.0]);
    let x: Vec<[f64; 1]> = (0..100).map(|i| [f64::from(i % 10)]).collect();
    let mut outputs = [0.0; 100];
    let mut predict = || {
        network::predict_rows(Odd::<false>::PROGRAM, net.weights(), Rows::from(&x), &mut outputs)
            .expect("the rows are valid");
    };
    predict();
    assert_eq!(allocation_counter::measure(predict).count_total, 0);
    assert_eq!(outputs[13], 6.0);
}

#[test]
fn an_id_that_is_none_is_refused_or_becomes_nan() {
    let net = Odd::<false>([2.0, 0.0]);
    let x = [[1.0], [10.0], [1.5]];
    let error = network::predict_rows(Odd::<false>::PROGRAM, net.weights(), Rows::from(&x), &mut [0.0; 3])
        .expect_err("10 is none");
    assert_eq!(error, Error::IdOutOfVocabulary { row: 1, column: 0, id: 10.0, vocabulary: 10 });
    assert_eq!(error.to_string(), "row 1, column 0: the input 10 is not an id; ids are the whole numbers from 0 to 9");
    let outputs = network::predict_batch::<_, 1, 1>(&net, &x);
    assert_eq!(outputs[0], [2.0]);
    assert!(outputs[1][0].is_nan() && outputs[2][0].is_nan());
}
