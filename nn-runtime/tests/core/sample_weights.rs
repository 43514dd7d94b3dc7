//! Rows that count differently: a row of weight 2 is as good as two, one of weight 0 as none, in each loss and in each way to train.

use crate::linear::{self, LINEAR, LOG_SOFTMAX, Line, SIGMOID, SIZE, SOFTMAX};
use nn_runtime::fit::{self, Run, Settings};
use nn_runtime::network::{evaluate, loss_and_gradients};
use nn_runtime::{Error, Loss, Metric, Network, Optimizer, Rows, Schedule, Targets, Trainer};

const WEIGHTS: [f64; 4] = [1.0, 2.0, 0.0, 3.0];
const ENTROPY: Loss<'_> = Loss::CrossEntropy { label_smoothing: 0.1, class_weights: &[0.5, 2.0, 1.25] };

/// As many copies of each row as its weight says.
fn copies<R: Clone>(rows: &[R]) -> Vec<R> {
    let copies = rows.iter().zip(WEIGHTS).map(|(row, weight)| vec![row.clone(); weight as usize]);
    copies.collect::<Vec<_>>().concat()
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-12, "{what}: {found} instead of {expected}");
}

/// Compares weights with copies: loss and gradients of a batch, and the loss of predictions.
fn check<const HEAD: u8, R: Clone>(loss: Loss<'_>, targets: &[R])
where
    for<'a> Targets<'a, f64>: From<&'a Vec<R>>,
{
    let net = Line::<f64, HEAD>::new(3);
    let program = Line::<f64, HEAD>::PROGRAM;
    let inputs: Vec<_> = linear::examples::<f64>(WEIGHTS.len()).0;
    let (targets, copied) = (targets.to_vec(), (copies(&inputs), copies(targets)));
    let rows = Rows::from(&inputs).weighted(&WEIGHTS);
    let of = |rows, targets| {
        let gradients = loss_and_gradients(program, net.weights(), rows, targets, loss).expect("the case is valid");
        let judged = evaluate(program, net.weights(), rows, targets, loss).expect("the case is valid");
        let all = [gradients.of("dense_1.weight"), gradients.of("dense_1.bias")]
            .map(|values| values.expect("a tensor"))
            .concat();
        (gradients.loss, judged, all)
    };
    let (found, judged, slopes) = of(rows, Targets::from(&targets));
    let (expected, judged_copies, slopes_of_copies) = of(Rows::from(&copied.0), Targets::from(&copied.1));
    assert_close(found, expected, loss.name());
    assert_close(judged, judged_copies, loss.name());
    slopes.iter().zip(slopes_of_copies).for_each(|(found, expected)| assert_close(*found, expected, loss.name()));
    // They do matter.
    assert!((of(Rows::from(&inputs), Targets::from(&targets)).0 - expected).abs() > 1e-4, "{}", loss.name());
}

#[test]
fn a_row_counts_as_often_as_its_weight_says() {
    let (ids, values) = ([2_usize, 0, 1, 1], [[0.5, -1.0, 2.0], [1.5, 0.25, -0.75], [9.0, 9.0, 9.0], [0.0, 3.0, 1.0]]);
    let shares = [[0.2, 0.3, 0.5], [0.7, 0.1, 0.2], [0.0, 0.0, 1.0], [0.3, 0.3, 0.4]];
    for loss in [Loss::Mse, Loss::Mae, Loss::Huber { delta: 0.5 }, Loss::LogCosh, Loss::Cosine] {
        check::<LINEAR, _>(loss, &values);
    }
    check::<LINEAR, _>(Loss::Hinge, &ids);
    check::<SIGMOID, _>(Loss::BinaryCrossEntropy, &shares);
    check::<SIGMOID, _>(Loss::Poisson, &values.map(|row| row.map(f64::abs)));
    for loss in [ENTROPY, Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] }] {
        check::<SOFTMAX, _>(loss, &ids);
        check::<LOG_SOFTMAX, _>(loss, &shares);
    }
    check::<SOFTMAX, _>(Loss::KlDivergence, &shares);
    let custom = |output: &[f64], target: Targets<'_, f64>, gradient: &mut [f64]| {
        let Targets::Values(target) = target else { panic!("values were given") };
        gradient.iter_mut().zip(output).zip(target).for_each(|((slope, y), t)| *slope = 4.0 * (y - t).powi(3));
        output.iter().zip(target).map(|(y, t)| (y - t).powi(4)).sum()
    };
    check::<LINEAR, _>(Loss::custom::<f64>(&custom), &values);
}

type Net = Line<f64, SOFTMAX>;

fn weights(rows: usize) -> Vec<f64> {
    (0..rows).map(|row| [0.5, 2.0, 0.0, 1.0, 0.25][row % 5]).collect()
}

/// The weights after some epochs of 40 rows.
fn trained(sample_weights: &[f64], change: impl Fn(&mut Settings<'_>)) -> Vec<f64> {
    let (inputs, classes) = linear::examples::<f64>(40);
    let mut settings = Settings { batch: 8, seed: 7, schedule: Schedule::constant(0.1), ..Settings::of(Net::PROGRAM) };
    settings.setup.loss = ENTROPY;
    change(&mut settings);
    let mut net = Net::new(1);
    let rows = (Rows::from(&inputs).weighted(sample_weights), Targets::from(&classes));
    fit::fit(Net::PROGRAM, &settings, &mut Run::default(), net.weights_mut(), rows, 3, &mut ()).expect("epochs");
    net.weights().to_vec()
}

#[test]
fn weights_are_shuffled_with_their_rows_for_any_number_of_threads() {
    for mixup in [None, Some(0.4)] {
        let of = |threads, batch, accumulate| {
            trained(&weights(40), |settings| {
                (settings.mixup, settings.threads, settings.batch, settings.accumulate) =
                    (mixup, threads, batch, accumulate);
            })
        };
        let alone = of(1, 8, 1);
        assert_eq!(of(3, 8, 1), alone);
        assert!(alone.iter().zip(of(1, 4, 2)).all(|(a, b)| (a - b).abs() < 1e-12));
        assert_ne!(trained(&[], |settings| settings.mixup = mixup), alone);
        // Only their proportions matter, and equal ones are none.
        let scaled: Vec<f64> = weights(40).iter().map(|weight| 8.0 * weight).collect();
        assert_eq!(trained(&scaled, |settings| settings.mixup = mixup), alone);
        assert_eq!(
            trained(&[1.0; 40], |settings| settings.mixup = mixup),
            trained(&[], |settings| settings.mixup = mixup)
        );
    }
}

#[test]
fn rows_of_weight_0_teach_nothing() {
    let none = trained(&[0.0; 40], |settings| settings.setup.optimizer = Optimizer::sgd());
    // The bias has penalties.
    assert_eq!(none[..SIZE * SIZE], Net::new(1).weights()[..SIZE * SIZE]);
    // What they hold does not matter either.
    let (inputs, classes) = linear::examples::<f64>(4);
    let mut other = inputs.clone();
    other[2] = [1e3, -1e3, 5e2];
    let step = |inputs: &[[f64; SIZE]]| {
        let mut net = Net::new(1);
        let rows = Rows::from(inputs).weighted(&WEIGHTS);
        Trainer::new(&mut net).step(rows, &classes).expect("a step");
        net.weights().to_vec()
    };
    assert_eq!(step(&inputs), step(&other));
    let infinite = |output: &[f64], target: Targets<'_, f64>, gradient: &mut [f64]| {
        let Targets::Classes([class]) = target else { panic!("classes were given") };
        gradient.fill(if *class == classes[2] { f64::NAN } else { 1.0 });
        if *class == classes[2] { f64::INFINITY } else { output[*class] }
    };
    let (rows, only) = (Rows::from(&inputs), [0.0, 0.0, 0.0, 1.0]);
    let of = |weights: &[f64]| {
        loss_and_gradients(
            Net::PROGRAM,
            Net::new(1).weights(),
            rows.weighted(weights),
            Targets::from(&classes),
            Loss::custom::<f64>(&infinite),
        )
    };
    assert!(of(&only).is_ok_and(|found| found.loss.is_finite()));
}

/// The loss of an epoch is that of all its rows, however they lie in batches.
#[test]
fn the_loss_of_an_epoch_is_weighted_over_its_batches() {
    let (inputs, classes) = linear::examples::<f64>(40);
    let weights: Vec<f64> = (0..40).map(|row| if row % 7 == 0 { 100.0 } else { 0.001 }).collect();
    let rows = Rows::from(&inputs).weighted(&weights);
    let mut net = Net::new(1);
    let plain = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    let mut still = Trainer::new(&mut net).learning_rate(0.0).optimizer(Optimizer::sgd()).batch(3).loss(plain);
    let history = still.fit(rows, &classes, 1).expect("an epoch");
    let whole = loss_and_gradients(Net::PROGRAM, net.weights(), rows, Targets::from(&classes), plain);
    assert_close(history.epochs[0].loss, whole.expect("a loss").loss, "an epoch");
}

#[test]
fn losses_of_validation_are_weighted_and_metrics_are_not() {
    let (inputs, classes) = linear::examples::<f64>(4);
    let judged = |rows: Rows<'_, f64>, targets: &Vec<usize>| {
        let mut net = Net::new(1);
        let trainer = Trainer::new(&mut net).learning_rate(0.0).metrics(&[Metric::Accuracy]);
        let history = trainer.validation(rows, targets).expect("they fit").fit(&inputs, &classes, 1).expect("an epoch");
        history.validation[0].clone()
    };
    let (copied, copied_classes) = (copies(&inputs), copies(&classes));
    let (found, of_copies) =
        (judged(Rows::from(&inputs).weighted(&WEIGHTS), &classes), judged(Rows::from(&copied), &copied_classes));
    assert_close(found.loss, of_copies.loss, "validation");
    assert_eq!(found.metrics, judged(Rows::from(&inputs), &classes).metrics);
}

#[test]
fn weights_that_are_none_are_refused() {
    let (inputs, classes) = linear::examples::<f64>(4);
    let refused = |weights: &[f64]| {
        let mut net = Net::new(1);
        let rows = Rows::from(&inputs).weighted(weights);
        let error = Trainer::new(&mut net).fit(rows, &classes, 1).expect_err("they are wrong");
        assert_eq!(net.weights(), Net::new(1).weights());
        error
    };
    assert_eq!(refused(&[1.0; 3]), Error::SampleWeights { rows: 4, found: 3 });
    let error = refused(&[1.0, 1.0, -2.0, 1.0]);
    assert_eq!(error.to_string(), "the sample weight of row 2 is -2: it must be finite and not negative");
    assert!(matches!(refused(&[1.0, f64::INFINITY, 1.0, 1.0]), Error::SampleWeight { row: 1, .. }));
}
