//! Training is the same for any number of threads and any way to cut it; mistakes leave the weights as they were.

use crate::linear::{self, LINEAR, Line, SOFTMAX};
use nn_runtime::fit::{self, EpochStats, Observer, Run, Settings, State, StepStats};
use nn_runtime::{
    Clip, Error, History, Loss, Network, Optimizer, Penalty, Rows, Schedule, Targets, Trainer, network, params,
};
use std::ops::ControlFlow;

type Noisy = Line<f32, SOFTMAX, true>;

fn trained(threads: usize) -> (Noisy, History) {
    let mut net = Noisy::new(1);
    let (inputs, classes) = linear::examples::<f32>(103);
    let history = Trainer::new(&mut net)
        .optimizer(Optimizer::nadam().weight_decay(0.01))
        .schedule(Schedule::cosine(0.05, 0.001).warmup(1.0))
        .clip(Clip { value: None, norm: Some(0.5) })
        .penalty(Penalty { l1: 1e-4, l2: 1e-4 })
        .batch(30)
        .seed(9)
        .threads(threads)
        .fit(&inputs, &classes, 5)
        .expect("the data is valid");
    (net, history)
}

#[test]
fn threads_do_not_change_a_bit() {
    let (one, history) = trained(1);
    assert_eq!(history.epochs.len(), 5);
    assert!(history.epochs[4].loss < history.epochs[0].loss);
    for threads in [2, 3, 7, 0] {
        let (net, other) = trained(threads);
        assert_eq!(one.weights(), net.weights(), "{threads} threads");
        assert_eq!(history, other, "{threads} threads");
    }
}

#[test]
fn the_seed_decides() {
    let (inputs, classes) = linear::examples::<f32>(40);
    let run = |seed| {
        let mut net = Noisy::new(1);
        Trainer::new(&mut net).seed(seed).fit(&inputs, &classes, 2).expect("the data is valid");
        net
    };
    assert_eq!(run(1).weights(), run(1).weights());
    assert_ne!(run(1).weights(), run(2).weights());
}

#[test]
fn two_calls_go_on_where_one_would_have_been() {
    let (inputs, classes) = linear::examples::<f32>(40);
    let (mut whole, mut halves) = (Noisy::new(1), Noisy::new(1));
    let schedule = Schedule::cosine(0.02, 0.0);
    Trainer::new(&mut whole).schedule(schedule).fit(&inputs, &classes, 4).expect("the data is valid");
    let mut trainer = Trainer::new(&mut halves).schedule(schedule).epochs(4);
    trainer.fit(&inputs, &classes, 2).expect("the data is valid");
    let history = trainer.fit(&inputs, &classes, 2).expect("the data is valid");
    assert_eq!(history.epochs[0].epoch, 3);
    assert_eq!(whole.weights(), halves.weights());
}

#[test]
fn a_step_is_the_sum_of_its_shards() {
    let mut net = Line::<f64, SOFTMAX>::new(1);
    let (inputs, classes) = linear::examples::<f64>(10);
    let before = net.weights().to_vec();
    let program = Line::<f64, SOFTMAX>::PROGRAM;
    let loss = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    let whole =
        network::loss_and_gradients(program, &before, Rows::from(&inputs), Targets::from(&classes), loss).unwrap();
    let mut sum = [0.0; linear::PARAMETERS];
    let mut total = 0.0;
    for (inputs, classes) in inputs.chunks(4).zip(classes.chunks(4)) {
        let part = network::loss_and_gradients(program, &before, inputs.into(), classes.into(), loss).unwrap();
        let share = inputs.len() as f64 / 10.0;
        total += part.loss * share;
        sum.iter_mut().zip(&part.physical).for_each(|(sum, g)| *sum += g * share);
    }
    assert!((whole.loss - total).abs() < 1e-12);
    assert!(whole.physical.iter().zip(sum).all(|(a, b)| (a - b).abs() < 1e-12));

    let stepped =
        Trainer::new(&mut net).optimizer(Optimizer::sgd()).learning_rate(0.5).step(&inputs, &classes).unwrap();
    assert_eq!(stepped, whole.loss);
    for ((after, before), gradient) in net.weights().iter().zip(&before).zip(&whole.physical) {
        assert_eq!(*after, before - 0.5 * gradient);
    }
}

#[test]
fn a_loss_that_is_not_finite_leaves_the_weights() {
    let mut net = Line::<f32, LINEAR>::new(1);
    let before = net.weights().to_vec();
    let mut trainer = Trainer::new(&mut net).learning_rate(0.1);
    let error = trainer.step(&[[f32::MAX, 1.0, 1.0]], &[[0.0_f32, 0.0, 0.0]]).expect_err("the loss overflows");
    let Error::NotFinite { epoch: 0, step: 1, learning_rate: 0.1, tensor, .. } = error else {
        panic!("{error:?}");
    };
    assert_eq!(tensor, "dense_1.weight");
    assert_eq!(net.weights(), before);
    let error = Trainer::new(&mut net).fit(&[[f32::NAN, 1.0, 1.0]], &[[0.0_f32; 3]], 3).expect_err("the loss is NaN");
    assert!(error.to_string().starts_with("the loss is NaN in epoch 1 at step 1 with learning rate 0.001;"), "{error}");
    assert_eq!(net.weights(), before);
}

/// Stops after an epoch, and panics at a step if asked to.
struct Watcher {
    epochs: usize,
    panic_at: u64,
}

impl Observer<f32> for Watcher {
    fn on_step(&mut self, stats: &StepStats, _: &mut State<'_, f32>) -> ControlFlow<()> {
        assert_ne!(stats.step, self.panic_at, "asked to");
        ControlFlow::Continue(())
    }

    fn on_epoch(&mut self, _: &EpochStats, state: &mut State<'_, f32>) -> ControlFlow<()> {
        assert_eq!(state.weights().len(), linear::PARAMETERS);
        self.epochs += 1;
        if self.epochs == 2 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

fn watched(panic_at: u64, threads: usize) -> usize {
    let mut net = Noisy::new(1);
    let (inputs, classes) = linear::examples::<f32>(40);
    let settings = Settings { threads, ..Settings::of(Noisy::PROGRAM) };
    let mut watcher = Watcher { epochs: 0, panic_at };
    let rows = (Rows::from(&inputs), Targets::from(&classes));
    fit::fit(Noisy::PROGRAM, &settings, &mut Run::default(), net.weights_mut(), rows, 9, &mut watcher)
        .expect("the data is valid");
    watcher.epochs
}

#[test]
fn an_observer_can_stop_and_a_panic_of_its_ends_everything() {
    assert_eq!(watched(0, 1), 2);
    assert_eq!(watched(0, 3), 2);
    for threads in [1, 3] {
        assert!(std::panic::catch_unwind(|| watched(2, threads)).is_err());
    }
}

/// The mean of the squares is just an f32, the gradients are small; with the penalty the loss is one of f64 only.
#[test]
fn a_loss_that_only_f32_is_too_small_for_is_not_finite() {
    let mut net = Line::<f32, LINEAR>::new(1);
    let before = net.weights().to_vec();
    let (inputs, targets) = ([[0.0_f32; 3]; 1], [[1.8e19_f32, 1.8e19, 1.8e19]; 1]);
    let program = Line::<f32, LINEAR>::PROGRAM;
    let rows = (Rows::from(&inputs), Targets::from(&targets));
    let loss = network::evaluate(program, &before, rows.0, rows.1, Loss::Mse).expect("it is finite in f64");
    assert!(loss.is_finite() && loss < f64::from(f32::MAX), "{loss}");
    let penalty = Penalty { l1: 1e38, l2: 0.0 };
    let mut trainer = Trainer::new(&mut net).loss(Loss::Mse).penalty(penalty);
    let error = trainer.step(&inputs, &targets).expect_err("the loss is no f32");
    assert!(error.to_string().starts_with("the loss is inf at step 1 with learning rate 0.001;"), "{error}");
    assert_eq!(net.weights(), before);
}

#[test]
fn a_loss_with_gradients_that_only_f32_is_too_small_for_is_not_finite() {
    let program = Line::<f32, LINEAR>::PROGRAM;
    // Weights of 0, and biases so large that their penalty of 0.01 |b| + 0.02 b^2 is no f32.
    let weights: [f32; linear::PARAMETERS] = std::array::from_fn(|i| if i < 9 { 0.0 } else { 1e20 });
    let targets = [[1e20_f32, 1e20, 1e20]];
    let batch = (Rows::from(&[[0.0_f32; 3]]), Targets::from(&targets));
    let error = network::loss_and_gradients(program, &weights, batch.0, batch.1, Loss::Mse).expect_err("it is no f32");
    assert_eq!(error.to_string(), "the loss is inf; the largest gradient is 3999999937226998000 in `dense_1.bias`");
}

#[test]
fn a_learning_rate_is_finite_and_not_negative() {
    let (inputs, classes) = linear::examples::<f32>(4);
    for lr in [-0.1, f64::NAN, f64::INFINITY] {
        let mut net = Noisy::new(1);
        let before = net.weights().to_vec();
        let mut trainer = Trainer::new(&mut net).learning_rate(lr);
        let expected = format!("the learning rate is {lr}, but it must be finite and not negative");
        assert_eq!(trainer.step(&inputs, &classes).expect_err("it is a mistake").to_string(), expected);
        assert_eq!(trainer.fit(&inputs, &classes, 1).expect_err("it is a mistake").to_string(), expected);
        assert_eq!(net.weights(), before);
    }
    let mut net = Noisy::new(1);
    Trainer::new(&mut net).learning_rate(0.0).step(&inputs, &classes).expect("0 is a learning rate");
}

#[test]
fn mistakes_name_their_numbers() {
    let mut net = Noisy::new(1);
    let mut trainer = Trainer::new(&mut net);
    let message = |error: Result<f32, Error>| error.expect_err("it is a mistake").to_string();
    assert_eq!(
        message(trainer.step(&[[1.0_f32, 2.0]], &[0_usize])),
        "the network takes rows of 3 values, but these have 2"
    );
    assert_eq!(
        message(trainer.step(&[[1.0_f32, 2.0, 3.0]], &[3_usize])),
        "target 0 is class 3, but there are 3 classes, counted from 0"
    );
    assert_eq!(
        message(trainer.step(&[[1.0_f32, 2.0, 3.0]], &[0_usize, 1])),
        "1 rows need 1 class ids as targets, but there are 2"
    );
    let none: &[[f32; 3]] = &[];
    assert_eq!(message(trainer.step(none, &[0_usize; 0])), "the batch has no rows");
}

#[test]
fn parameters_are_read_and_set_in_logical_order() {
    let mut net = Noisy::new(1);
    let values: Vec<f32> = (0..9).map(|i| i as f32).collect();
    params::set(Noisy::PROGRAM, net.weights_mut(), "dense_1.weight", &values).expect("the length is right");
    let weight = params::find(Noisy::PROGRAM, net.weights(), "dense_1.weight").expect("it has one");
    assert_eq!(weight.to_vec(), values);
    assert_eq!(net.weights()[..4], [0.0, 3.0, 6.0, 1.0]);
    let error = params::set(Noisy::PROGRAM, net.weights_mut(), "dense_1.bias", &values).expect_err("too long");
    assert_eq!(error.to_string(), "the parameter `dense_1.bias` of shape [3] has 3 values, but 9 were given");
}

#[test]
fn a_row_is_predicted_with_the_same_bits_alone_and_in_a_batch() {
    let net = Noisy::new(4);
    let (inputs, _) = linear::examples::<f32>(1000);
    let together: Vec<[f32; 3]> = network::predict_batch(&net, &inputs);
    for (input, output) in inputs.iter().zip(&together) {
        assert_eq!(network::predict::<_, 3, 3>(&net, input), *output);
    }
    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| assert_eq!(network::predict_batch::<_, 3, 3>(&net, &inputs), together));
        }
    });
}

#[test]
fn the_loss_of_predictions_is_that_of_training_without_noise_and_penalties() {
    let net = Line::<f64, SOFTMAX>::new(2);
    let program = Line::<f64, SOFTMAX>::PROGRAM;
    let (inputs, classes) = linear::examples::<f64>(50);
    let loss = Loss::CrossEntropy { label_smoothing: 0.1, class_weights: &[1.0, 2.0, 0.5] };
    let batch = (Rows::from(&inputs), Targets::from(&classes));
    let evaluated = network::evaluate(program, net.weights(), batch.0, batch.1, loss).expect("the data is valid");
    let trained = network::loss_and_gradients(program, net.weights(), batch.0, batch.1, loss).expect("it is valid");
    // Three biases of 0.1 with l1 = 0.01 and l2 = 0.02.
    assert!((trained.loss - evaluated - (3.0 * 0.1 * 0.01 + 3.0 * 0.01 * 0.02)).abs() < 1e-12);
}

/// Ends at a step.
struct Until(u64);

impl Observer<f32> for Until {
    fn on_step(&mut self, stats: &StepStats, _: &mut State<'_, f32>) -> ControlFlow<()> {
        if stats.step == self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn an_epoch_that_was_left_goes_on_where_it_was() {
    let (inputs, classes) = linear::examples::<f32>(50);
    let settings = Settings { batch: 8, epochs: 3, ..Settings::of(Noisy::PROGRAM) };
    let trained = |stops: &[u64]| {
        let mut net = Noisy::new(1);
        let (mut run, mut history) = (Run::default(), History::default());
        let rows = (Rows::from(&inputs), Targets::from(&classes));
        for stop in stops {
            let left = settings.epochs - run.whole_epochs();
            fit::fit(Noisy::PROGRAM, &settings, &mut run, net.weights_mut(), rows, left, &mut Until(*stop))
                .expect("the data is valid");
            assert_eq!(run.steps, *stop);
        }
        let left = settings.epochs - run.whole_epochs();
        fit::fit(Noisy::PROGRAM, &settings, &mut run, net.weights_mut(), rows, left, &mut history)
            .expect("the data is valid");
        assert_eq!((run.steps, run.epochs, run.under_way), (21, 3, None));
        (net.weights().to_vec(), history.epochs.last().copied())
    };
    let whole = trained(&[]);
    for stops in [&[3][..], &[1, 2, 6], &[7], &[13, 14], &[20], &[21]] {
        let (weights, last) = trained(stops);
        assert_eq!(weights, whole.0, "{stops:?}");
        assert_eq!(last, whole.1, "{stops:?}");
    }
}
