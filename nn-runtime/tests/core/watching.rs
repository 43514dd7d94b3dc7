//! A trainer with callbacks, validation, losses and metrics in Rust, streams of batches and a search for a learning rate.

use crate::linear::{self, LINEAR, Line, SOFTMAX};
use nn_runtime::recipe::{EarlyStop, Monitor, Swa};
use nn_runtime::trainer::{Batches, EpochStats, Examples, Judged, RangeTest, State, StepStats};
use nn_runtime::{Error, Loss, Metric, Network, Optimizer, Rows, Schedule, Targets, Trainer, network};
use std::ops::ControlFlow;

type Net = Line<f64, SOFTMAX>;
type Plain = Line<f64, LINEAR>;

#[test]
fn a_loss_in_rust_is_the_one_it_computes() -> Result<(), Error> {
    let mse = |y: &[f64], t: Targets<'_, f64>, d: &mut [f64]| {
        let Targets::Values(t) = t else { return f64::NAN };
        let mut sum = 0.0;
        for ((y, t), d) in y.iter().zip(t).zip(d) {
            *d = 2.0 * (y - t) / 3.0;
            sum += (y - t) * (y - t) / 3.0;
        }
        sum
    };
    let loss = Loss::custom::<f64>(&mse);
    let (inputs, _) = linear::examples::<f64>(30);
    let targets: Vec<[f64; 3]> = inputs.iter().map(|x| [x[0] * 2.0, x[1] - 1.0, 0.5]).collect();
    let (mut own, mut known) = (Plain::new(1), Plain::new(1));
    let ours = Trainer::new(&mut own).loss(loss).batch(7).threads(2).fit(&inputs, &targets, 3)?;
    let theirs = Trainer::new(&mut known).loss(Loss::Mse).batch(7).fit(&inputs, &targets, 3)?;
    for (a, b) in own.weights().iter().zip(known.weights()) {
        assert!((a - b).abs() < 1e-12, "{a} and {b}");
    }
    for (a, b) in ours.epochs.iter().zip(&theirs.epochs) {
        assert!((a.loss - b.loss).abs() < 1e-12, "{a:?} and {b:?}");
    }
    // One of another element type computes nothing.
    let single = |_: &[f32], _: Targets<'_, f32>, _: &mut [f32]| 0.0;
    let wrong = Trainer::new(&mut own).loss(Loss::custom::<f32>(&single)).fit(&inputs, &targets, 1);
    assert!(matches!(wrong, Err(Error::NotFinite { .. })), "{wrong:?}");
    Ok(())
}

#[test]
fn the_gradient_of_a_loss_in_rust_is_that_of_finite_differences() -> Result<(), Error> {
    // A pseudo-Huber loss, weighted by output.
    let bent = |y: &[f64], t: Targets<'_, f64>, d: &mut [f64]| {
        let Targets::Values(t) = t else { return f64::NAN };
        let mut sum = 0.0;
        for (at, ((y, t), d)) in y.iter().zip(t).zip(d).enumerate() {
            let (weight, root) = (1.0 + at as f64, (1.0 + (y - t) * (y - t)).sqrt());
            sum += weight * (root - 1.0);
            *d = weight * (y - t) / root;
        }
        sum
    };
    let loss = Loss::custom::<f64>(&bent);
    let (inputs, _) = linear::examples::<f64>(9);
    let targets: Vec<[f64; 3]> = inputs.iter().map(|x| [x[2], x[0] * x[1], 1.0]).collect();
    let rows = (Rows::from(&inputs), Targets::from(&targets));
    // A step of gradient descent at rate 1 is the gradient. The layers have penalties of their own, which the value has to have too.
    let mut net = Plain::new(4);
    let before = net.weights().to_vec();
    let mut trainer = Trainer::new(&mut net).loss(loss).optimizer(Optimizer::sgd()).schedule(Schedule::constant(1.0));
    trainer.step(&inputs, &targets)?;
    let gradient: Vec<f64> = before.iter().zip(net.weights()).map(|(before, after)| before - after).collect();
    let value = |weights: &[f64]| {
        let mut outputs = vec![0.0; 27];
        network::predict_rows(Plain::PROGRAM, weights, rows.0, &mut outputs).expect("the rows are valid");
        let penalty: f64 = weights[9..].iter().map(|w| 0.01 * w.abs() + 0.02 * w * w).sum();
        network::loss_of(Plain::PROGRAM, rows.0, &outputs, rows.1, loss) + penalty
    };
    for at in 0..before.len() {
        let shifted = |by: f64| {
            let mut weights = before.clone();
            weights[at] += by;
            value(&weights)
        };
        let difference = (shifted(1e-6) - shifted(-1e-6)) / 2e-6;
        assert!((difference - gradient[at]).abs() < 1e-7, "weight {at}: {difference} and {}", gradient[at]);
    }
    Ok(())
}

#[test]
fn callbacks_see_every_step_and_change_what_comes() -> Result<(), Error> {
    let (inputs, classes) = linear::examples::<f64>(40);
    let (mut steps, mut epochs, mut rates) = (0, Vec::new(), Vec::new());
    let mut net = Net::new(2);
    let per_row = |outputs: &[f64], targets: Targets<'_, f64>| outputs.len() as f64 / targets.len() as f64;
    let mut on_step = |stats: &StepStats, state: &mut State<'_, f64>| {
        steps += 1;
        rates.push(stats.learning_rate);
        assert_eq!(state.run().steps, stats.step);
        if stats.step == 4 {
            state.set_rate_factor(0.5);
        }
        ControlFlow::Continue(())
    };
    let mut on_epoch = |stats: &EpochStats, judged: Option<&Judged>, state: &mut State<'_, f64>| {
        let judged = judged.expect("there are rows to validate");
        assert_eq!((&*judged.metrics[0].0, &*judged.metrics[1].0, judged.metrics[1].1), ("accuracy", "rows", 3.0));
        epochs.push((stats.epoch, judged.loss));
        if stats.epoch == 3 {
            state.weights_mut().fill(0.25);
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    };
    let history = Trainer::new(&mut net)
        .batch(10)
        .validation(&inputs, &classes)?
        .metrics(&[Metric::Accuracy])
        .metric("rows", &per_row)
        .on_step(&mut on_step)
        .on_epoch(&mut on_epoch)
        .fit(&inputs, &classes, 9)?;
    assert_eq!((steps, history.epochs.len(), history.validation.len()), (12, 3, 3));
    assert_eq!((rates[3], rates[4]), (1e-3, 5e-4));
    assert_eq!(
        epochs.iter().map(|(_, loss)| *loss).collect::<Vec<_>>(),
        history.validation.iter().map(|j| j.loss).collect::<Vec<_>>()
    );
    assert!(net.weights().iter().all(|weight| *weight == 0.25));
    Ok(())
}

#[test]
fn early_stopping_restores_the_best_weights_of_any_figure() -> Result<(), Error> {
    let (inputs, classes) = linear::examples::<f64>(40);
    // It gets better for three epochs, and then worse.
    let figures = std::cell::Cell::new(0.0);
    let mut at_third = Vec::new();
    let mut net = Net::new(2);
    let monitor = Monitor { name: "made up", larger: true };
    let made_up = |_: &[f64], _: Targets<'_, f64>| {
        figures.set(figures.get() + 1.0);
        -f64::abs(figures.get() - 3.0)
    };
    let mut on_epoch = |stats: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f64>| {
        if stats.epoch == 3 {
            at_third = state.weights().to_vec();
        }
        ControlFlow::Continue(())
    };
    let history = Trainer::new(&mut net)
        .validation(&inputs, &classes)?
        .metric("made up", &made_up)
        .early_stop(EarlyStop { monitor, ..EarlyStop::after(2) })
        .on_epoch(&mut on_epoch)
        .fit(&inputs, &classes, 20)?;
    assert_eq!((history.epochs.len(), history.best_epoch, history.stopped_early), (5, 3, true));
    assert_eq!(net.weights(), at_third);
    // Epochs before `from` cost no patience, and what is good enough ends at once.
    let late = EarlyStop { baseline: Some(-1.0), from: 6, ..EarlyStop::after(4) };
    let history = Trainer::new(&mut net).early_stop(late).fit(&inputs, &classes, 20)?;
    assert_eq!((history.epochs.len(), history.stopped_early), (9, true));
    let met = EarlyStop { target: Some(f64::MAX), ..EarlyStop::after(4) };
    let history = Trainer::new(&mut net).early_stop(met).fit(&inputs, &classes, 20)?;
    assert_eq!((history.epochs.len(), history.stopped_early), (1, true));
    // What never reaches the baseline stops as soon as patience ends.
    let baseline = EarlyStop { baseline: Some(-1.0), ..EarlyStop::after(4) };
    let history = Trainer::new(&mut net).early_stop(baseline).fit(&inputs, &classes, 20)?;
    assert_eq!(history.epochs.len(), 4);
    Ok(())
}

/// The batches of some rows in their order, with epochs that grow by one batch each.
struct Growing<'a> {
    inputs: &'a [[f64; 3]],
    classes: &'a [usize],
    epoch: usize,
    next: usize,
    fails: bool,
}

impl Batches<f64> for Growing<'_> {
    fn begin(&mut self, epoch: usize) -> Result<(), Error> {
        (self.epoch, self.next) = (epoch, 0);
        Ok(())
    }

    fn next(&mut self) -> Result<Option<Examples<'_, f64>>, Error> {
        if self.fails && self.epoch == 2 {
            return Err(Error::Source { why: "the disk is gone".into() });
        }
        if self.next == self.epoch {
            return Ok(None);
        }
        let place = self.next * 8..(self.next + 1) * 8;
        self.next += 1;
        Ok(Some((Rows::from(&self.inputs[place.clone()]), Targets::from(&self.classes[place]))))
    }
}

#[test]
fn a_stream_of_batches_trains_as_steps_do() -> Result<(), Error> {
    let (inputs, classes) = linear::examples::<f64>(40);
    let growing = |fails| Growing { inputs: &inputs, classes: &classes, epoch: 0, next: 0, fails };
    let (mut streamed, mut stepped) = (Net::new(5), Net::new(5));
    let history = Trainer::new(&mut streamed).fit_batches(&mut growing(false), 3)?;
    assert_eq!(history.epochs.iter().map(|epoch| epoch.steps).collect::<Vec<_>>(), [1, 3, 6]);
    let mut trainer = Trainer::new(&mut stepped);
    for place in [0, 0, 1, 0, 1, 2] {
        trainer.step(&inputs[place * 8..place * 8 + 8], &classes[place * 8..place * 8 + 8])?;
    }
    assert_eq!(streamed.weights(), stepped.weights());
    let error = Trainer::new(&mut streamed).fit_batches(&mut growing(true), 3).expect_err("it fails");
    assert_eq!(error.to_string(), "the source of the batches failed: the disk is gone");
    let empty = Trainer::new(&mut streamed).fit_batches(&mut Growing { inputs: &[], ..growing(false) }, 0)?;
    assert!(empty.epochs.is_empty());
    Ok(())
}

#[test]
fn a_search_for_a_learning_rate_changes_nothing() -> Result<(), Error> {
    let (inputs, classes) = linear::examples::<f64>(64);
    let mut net = Net::new(5);
    let before = net.weights().to_vec();
    let trainer = Trainer::new(&mut net).batch(16).optimizer(Optimizer::sgd());
    let found = trainer.find_learning_rate(&inputs, &classes, &RangeTest { to: 1e3, ..RangeTest::default() })?;
    assert!(found.points.len() > 50 && found.points.len() <= 100, "{}", found.points.len());
    let steepest = found.steepest.expect("the loss falls");
    assert!((1e-4..100.0).contains(&steepest), "{steepest}");
    for wrong in [
        RangeTest { from: 0.0, ..RangeTest::default() },
        RangeTest { steps: 1, ..RangeTest::default() },
        RangeTest { smoothing: 1.0, ..RangeTest::default() },
    ] {
        assert!(matches!(trainer.find_learning_rate(&inputs, &classes, &wrong), Err(Error::Setting { .. })));
    }
    assert_eq!(trainer.network().weights(), before);
    Ok(())
}

#[test]
fn the_average_takes_the_place_of_the_weights() -> Result<(), Error> {
    let (inputs, classes) = linear::examples::<f64>(16);
    let mut net = Net::new(5);
    let mut ends = Vec::new();
    let mut on_epoch = |_: &EpochStats, _: Option<&Judged>, state: &mut State<'_, f64>| {
        ends.push(state.weights()[0]);
        ControlFlow::Continue(())
    };
    let mut trainer = Trainer::new(&mut net).swa(Swa { from: 2, every: 1, lr: None }).on_epoch(&mut on_epoch);
    trainer.fit(&inputs, &classes, 3)?;
    trainer.use_average(&inputs, &classes)?;
    assert!((net.weights()[0] - (ends[1] + ends[2]) / 2.0).abs() < 1e-12);
    Ok(())
}

#[test]
#[cfg(feature = "train")]
fn a_trainer_goes_on_from_its_checkpoint() -> Result<(), Error> {
    let folder = std::env::temp_dir().join(format!("nn-runtime-trainer-{}", std::process::id()));
    let (inputs, classes) = linear::examples::<f64>(40);
    let trained = |stop: u64, resume: bool, seed: u64| {
        let mut net = Net::new(6);
        let mut on_step = |stats: &StepStats, _: &mut State<'_, f64>| {
            if stats.step == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let history = Trainer::new(&mut net)
            .batch(8)
            .seed(seed)
            .validation(&inputs, &classes)?
            .early_stop(EarlyStop::after(3))
            .checkpoints(&folder, 2, 1, resume)
            .on_step(&mut on_step)
            .fit(&inputs, &classes, 6)?;
        Ok((net.weights().to_vec(), history))
    };
    let whole = trained(0, false, 1)?;
    std::fs::remove_dir_all(&folder).expect("it was written");
    trained(13, false, 1)?;
    let resumed = trained(0, true, 1)?;
    assert_eq!(resumed, whole);
    let other: Result<_, Error> = trained(0, true, 2);
    let message = other.expect_err("another seed").to_string();
    assert!(message.contains("its seed is 1, and here it is 2"), "{message}");
    std::fs::remove_dir_all(&folder).expect("it was written");
    Ok(())
}
