//! Rows that are changed and mixed when a batch is put together: which, how, and that it depends on nothing but step and place.

use crate::linear::{self, LINEAR, Line, SIZE, SOFTMAX};
use nn_runtime::augment::{Augment, Change, Fill, Part};
use nn_runtime::fit::{self, Run, Settings};
use nn_runtime::rng::{MIXUP, Stream};
use nn_runtime::{Error, Loss, Network, Optimizer, Rows, Schedule, Targets, Trainer};
use std::sync::Mutex;

type Net = Line<f64, LINEAR>;

/// Three pixels side by side.
const LINE: Part = Part { first: 0, shape: &[1, SIZE, 1] };
const MIRROR: Augment = Augment::flip().with_probability(1.0).of(LINE);

/// A network that yields its input.
fn identity() -> Net {
    let mut net = Net::new(1);
    net.weights_mut().fill(0.0);
    (0..SIZE).for_each(|at| net.weights_mut()[at * SIZE + at] = 1.0);
    net
}

/// Settings whose steps change nothing.
fn still<'a>(loss: Loss<'a>, augment: &'a [Augment], mixup: Option<f64>) -> Settings<'a> {
    let plain = Settings::of(Net::PROGRAM);
    let setup = nn_runtime::step::Setup { loss, optimizer: Optimizer::sgd(), ..plain.setup };
    Settings { setup, schedule: Schedule::constant(0.0), batch: 8, seed: 7, augment, mixup, ..plain }
}

/// What the loss is shown in two epochs: each output, which is the input of a row, with its target.
fn shown(augment: &[Augment], mixup: Option<f64>, change: impl Fn(&mut Settings<'_>)) -> Vec<(Vec<f64>, Vec<f64>)> {
    let seen = Mutex::new(Vec::new());
    let loss = |output: &[f64], target: Targets<'_, f64>, gradient: &mut [f64]| {
        let Targets::Values(target) = target else { panic!("values were given") };
        seen.lock().unwrap().push((output.to_vec(), target.to_vec()));
        gradient.fill(0.0);
        0.0
    };
    let (inputs, _) = linear::examples::<f64>(20);
    let mut settings = still(Loss::custom::<f64>(&loss), augment, mixup);
    change(&mut settings);
    let rows = (Rows::from(&inputs), Targets::from(&inputs));
    let mut net = identity();
    fit::fit(Net::PROGRAM, &settings, &mut Run::default(), net.weights_mut(), rows, 2, &mut ()).unwrap();
    let mut seen = seen.into_inner().unwrap();
    // Threads come in any order.
    seen.sort_by(|a, b| a.partial_cmp(b).unwrap());
    seen
}

#[test]
fn each_row_is_changed_and_its_target_is_not() {
    let rows = shown(&[MIRROR], None, |_| ());
    assert_eq!(rows.len(), 40);
    assert!(rows.iter().all(|(input, target)| (0..SIZE).all(|at| input[at] == target[SIZE - 1 - at])));
    let half = shown(&[Augment::flip().of(LINE)], None, |_| ());
    let mirrored = half.iter().filter(|(input, target)| input != target).count();
    assert!((8..=32).contains(&mirrored), "{mirrored} of 40");
    // One after the other, in the order of the list: moved to the right, then mirrored.
    let shift = Augment { change: Change::Shift { pixels: [0, 2], fill: Fill::Zero }, part: Some(LINE) };
    for (input, target) in shown(&[shift, MIRROR], None, |_| ()) {
        let by = (-2..=2_isize).find(|by| {
            let at = |place: usize| usize::try_from(place as isize - by).ok().and_then(|at| target.get(at));
            (0..SIZE).all(|place| input[SIZE - 1 - place] == at(place).copied().unwrap_or(0.0))
        });
        assert!(by.is_some(), "{input:?} of {target:?}");
    }
}

#[test]
fn what_is_drawn_depends_on_seed_and_step_and_not_on_threads() {
    let changes = [Augment::noise(0.1), Augment::shift(0).of(LINE), Augment::flip().of(LINE)];
    for mixup in [None, Some(0.4)] {
        let of = |threads, seed, batch| {
            shown(&changes, mixup, |settings| {
                (settings.threads, settings.seed, settings.batch) = (threads, seed, batch);
            })
        };
        let alone = of(1, 7, 20);
        assert_eq!(of(2, 7, 20), alone);
        assert_eq!(of(5, 7, 20), alone);
        assert_ne!(of(1, 8, 20), alone);
        // No row is seen twice alike.
        assert!(alone.windows(2).all(|two| two[0].0 != two[1].0));
    }
}

#[test]
fn accumulated_batches_are_changed_as_one_that_is_as_large() {
    for mixup in [None, Some(0.4)] {
        let of = |batch, accumulate| {
            shown(&[Augment::noise(0.1)], mixup, |settings| {
                (settings.batch, settings.accumulate) = (batch, accumulate);
            })
        };
        assert_eq!(of(4, 4), of(16, 1));
        assert_ne!(of(4, 4), of(4, 1));
    }
}

/// The row that one is mixed with, and the share of the first: the rules of `rng` and of Devroye's generator, once more.
fn mixture(alpha: f64, seed: u64, step: u32, place: usize, rows: usize) -> (usize, f64) {
    let word = Stream { seed, stream: MIXUP + 1, step }.block(0)[0];
    let behind = 1 + (f64::from(word) / 2_f64.powi(32) * (rows - 1) as f64) as usize;
    let [u, v, ..] = Stream { seed, stream: MIXUP, step }.block(place as u64);
    let unit = |word: u32| (f64::from(word) + 1.0) / 2_f64.powi(32);
    let q = (unit(u).powf(-1.0 / alpha) - 1.0).sqrt() * (std::f64::consts::TAU * unit(v)).cos();
    ((place + behind) % rows, 0.5 * (1.0 + q / (1.0 + q * q).sqrt()))
}

#[test]
fn inputs_and_targets_are_mixed_with_the_same_share() {
    let rows = shown(&[], Some(1.0), |settings| settings.batch = 20);
    // Targets are the inputs, so their mixtures are the same too.
    assert!(rows.iter().all(|(input, target)| input == target));
    let (inputs, _) = linear::examples::<f64>(20);
    let mut order: Vec<usize> = (0..20).collect();
    let mut expected = Vec::new();
    for epoch in 1..=2_u32 {
        (0..20).for_each(|at| order[at] = at);
        Stream { seed: 7, stream: nn_runtime::rng::SHUFFLE, step: epoch }.shuffle(&mut order);
        for place in 0..20 {
            let (partner, share) = mixture(1.0, 7, epoch, place, 20);
            let (one, other) = (inputs[order[place]], inputs[order[partner]]);
            expected.push((0..SIZE).map(|at| share * one[at] + (1.0 - share) * other[at]).collect::<Vec<f64>>());
        }
    }
    expected.sort_by(|a, b| a.partial_cmp(b).unwrap());
    for (found, expected) in rows.iter().zip(&expected) {
        assert!(found.0.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-12), "{found:?} for {expected:?}");
    }
    // A mixture is of changed rows: mirrored ones here.
    let mirrored = shown(&[MIRROR], Some(1.0), |settings| settings.batch = 20);
    assert!(mirrored.iter().all(|(input, target)| (0..SIZE).all(|at| input[at] == target[SIZE - 1 - at])));
}

/// The loss of one step on all rows, and what it is by its definition: the shares of the losses against both classes.
fn losses<const HEAD: u8>(
    loss: Loss<'_>,
    of: impl Fn(&[f64; SIZE], usize) -> (f64, f64),
    classes: &[usize],
) -> [f64; 2] {
    let mut net = Line::<f64, HEAD>::new(3);
    net.weights_mut()[SIZE * SIZE..].fill(0.0);
    let (inputs, _) = linear::examples::<f64>(classes.len());
    let weights = net.weights().to_vec();
    let logits =
        |x: &[f64; SIZE]| std::array::from_fn(|out| (0..SIZE).map(|at| weights[out * SIZE + at] * x[at]).sum());
    let (mut sum, mut divisor) = (0.0, 0.0);
    for place in 0..classes.len() {
        let (partner, share) = mixture(0.3, 5, 1, place, classes.len());
        let mixed: [f64; SIZE] =
            std::array::from_fn(|at| share * inputs[place][at] + (1.0 - share) * inputs[partner][at]);
        for (class, share) in [(classes[place], share), (classes[partner], 1.0 - share)] {
            let (value, weight) = of(&logits(&mixed), class);
            sum += share * weight * value;
            divisor += share * weight;
        }
    }
    // Penalties of the layer are 0 on biases of 0.
    let mut trainer = Trainer::new(&mut net).loss(loss).mixup(0.3).seed(5).optimizer(Optimizer::sgd());
    [trainer.step(&inputs, classes).unwrap(), sum / divisor]
}

fn cross_entropy(logits: &[f64; SIZE], class: usize) -> f64 {
    logits.iter().map(|x| x.exp()).sum::<f64>().ln() - logits[class]
}

#[test]
fn of_classes_the_loss_is_the_mixture_of_the_losses() {
    let classes: Vec<usize> = (0..13).map(|row| row % SIZE).collect();
    let plain = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    let [found, expected] = losses::<SOFTMAX>(plain, |x, class| (cross_entropy(x, class), 1.0), &classes);
    assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    let weights = [1.0, 0.25, 3.0];
    let weighted = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &weights };
    let [found, expected] = losses::<SOFTMAX>(weighted, |x, class| (cross_entropy(x, class), weights[class]), &classes);
    assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
    let smooth = Loss::CrossEntropy { label_smoothing: 0.1, class_weights: &[] };
    let smoothed = |x: &[f64; SIZE], class| {
        let spread = (0..SIZE).map(|any| cross_entropy(x, any)).sum::<f64>() / SIZE as f64;
        (0.9 * cross_entropy(x, class) + 0.1 * spread, 1.0)
    };
    let [found, expected] = losses::<SOFTMAX>(smooth, smoothed, &classes);
    assert!((found - expected).abs() < 1e-12, "{found} for {expected}");
}

#[test]
fn validation_rows_stay_as_they_are() {
    let (inputs, _) = linear::examples::<f64>(12);
    let mut net = identity();
    let changes = [Augment::noise(3.0)];
    let history = Trainer::new(&mut net)
        .loss(Loss::Mse)
        .optimizer(Optimizer::sgd())
        .learning_rate(0.0)
        .augment(&changes)
        .mixup(1.0)
        .validation(&inputs, &inputs)
        .unwrap()
        .fit(&inputs, &inputs, 2)
        .unwrap();
    assert!(history.validation.iter().all(|judged| judged.loss == 0.0), "the network yields its input");
    assert!(history.epochs.iter().all(|epoch| epoch.loss > 1.0), "{:?}", history.epochs);
}

#[test]
fn a_batch_of_one_row_is_not_mixed() {
    let rows = shown(&[], Some(1.0), |settings| settings.batch = 1);
    let (inputs, _) = linear::examples::<f64>(20);
    assert!(rows.iter().all(|(input, _)| inputs.iter().any(|known| known[..] == input[..])));
}

#[test]
fn what_cannot_be_changed_or_mixed_is_refused() {
    let (inputs, classes) = linear::examples::<f64>(4);
    let step = |augment: &[Augment], mixup: Option<f64>, loss: Loss<'_>| {
        let mut net = Line::<f64, SOFTMAX>::new(1);
        let mut trainer = Trainer::new(&mut net).augment(augment).loss(loss);
        trainer = match mixup {
            Some(alpha) => trainer.mixup(alpha),
            None => trainer,
        };
        trainer.step(&inputs, &classes).map(drop).unwrap_err().to_string()
    };
    let entropy = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    let augmented = |augment: Augment| step(&[augment], None, entropy);
    let no_image = "inputs of shape [3]: an image is [height, width, channels]";
    assert_eq!(augmented(Augment::flip()), format!("`flip` cannot change {no_image}"));
    assert_eq!(augmented(Augment::crop(2)), format!("`crop` cannot change {no_image}"));
    let far = Part { first: 2, shape: &[1, 2, 1] };
    assert_eq!(
        augmented(Augment::flip().of(far)),
        "`flip` cannot change inputs of shape [1, 2, 1]: a row of the network has fewer values"
    );
    assert_eq!(augmented(Augment::noise(0.0)), "the deviation of `noise` is 0, but it must be above 0");
    assert_eq!(
        augmented(Augment::flip().with_probability(1.5).of(LINE)),
        "the probability of `flip` is 1.5, but it must be from 0 to 1"
    );
    assert_eq!(augmented(Augment::shift(1).of(LINE)), "`shift` is 1, but it must be less than the image is large");
    assert_eq!(augmented(Augment::rotate(181.0).of(LINE)), "`rotate` is 181, but it must be above 0 and at most 180");
    assert_eq!(
        augmented(Augment::crop(2).of(LINE)),
        "`crop` is 2, but it must be from 1 to what the image has with its `pad`"
    );
    assert_eq!(step(&[], Some(0.0), entropy), "`mixup` is 0, but it must be above 0");
    assert_eq!(
        step(&[], Some(0.2), Loss::Hinge),
        "`mixup` cannot mix the rows of this training: `hinge` knows two targets, and none between them"
    );
    let custom = |_: &[f64], _: Targets<'_, f64>, _: &mut [f64]| 0.0;
    assert_eq!(
        step(&[], Some(0.2), Loss::custom::<f64>(&custom)),
        "`mixup` cannot mix the rows of this training: its loss is a function of class ids, and between two of them is none"
    );
    let mut net = Line::<f64, SOFTMAX>::new(1);
    let wrong = [Augment::flip()];
    let error = Trainer::new(&mut net).augment(&wrong).fit(&inputs, &classes, 1).unwrap_err();
    assert!(matches!(error, Error::Augment { change: "flip", .. }));
}
