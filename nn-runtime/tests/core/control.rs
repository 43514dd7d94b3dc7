//! What steers a training beside its steps: accumulated batches, averages of weights, hyper-parameters over time.

use crate::linear::{self, LINEAR, Line, SOFTMAX};
use nn_runtime::fit::{self, EpochStats, Observer, Run, Settings, State, StepStats};
use nn_runtime::program::{Arena, Head, Layout, Purpose, Segment, Tensor};
use nn_runtime::recipe::{Ema, Swa};
use nn_runtime::{
    Decay, Draws, Error, Hyper, Init, Network, Optimizer, Program, Rows, Schedule, Targets, Team, Trainer,
};
use std::ops::ControlFlow;

type Net = Line<f64, SOFTMAX>;

/// The weights after each step, and the run.
fn trained(settings: &Settings<'_>, epochs: usize) -> (Vec<Vec<f64>>, Run<f64>, Net) {
    struct Steps(Vec<Vec<f64>>);

    impl Observer<f64> for Steps {
        fn on_step(&mut self, _: &StepStats, state: &mut State<'_, f64>) -> ControlFlow<()> {
            self.0.push(state.weights().to_vec());
            ControlFlow::Continue(())
        }
    }

    let (inputs, classes) = linear::examples::<f64>(48);
    let (mut net, mut run, mut steps) = (Net::new(3), Run::default(), Steps(Vec::new()));
    let rows = (Rows::from(&inputs), Targets::from(&classes));
    fit::fit(Net::PROGRAM, settings, &mut run, net.weights_mut(), rows, epochs, &mut steps).expect("the data is valid");
    (steps.0, run, net)
}

fn settings() -> Settings<'static> {
    Settings { batch: 12, epochs: 4, ..Settings::of(Net::PROGRAM) }
}

#[track_caller]
fn close(a: &[f64], b: &[f64]) {
    assert_eq!(a.len(), b.len());
    for (a, b) in a.iter().zip(b) {
        assert!((a - b).abs() <= 1e-12 * (1.0 + b.abs()), "{a} and {b}");
    }
}

#[test]
fn accumulated_batches_are_one_that_is_as_large() {
    let (small, ..) = trained(&Settings { batch: 4, accumulate: 3, ..settings() }, 2);
    let (large, ..) = trained(&settings(), 2);
    assert_eq!((small.len(), large.len()), (8, 8));
    small.iter().zip(&large).for_each(|(small, large)| close(small, large));
    // Also if the last step has fewer batches, and the last batch fewer rows.
    let (small, ..) = trained(&Settings { batch: 7, accumulate: 5, ..settings() }, 2);
    let (large, ..) = trained(&Settings { batch: 35, ..settings() }, 2);
    assert_eq!((small.len(), large.len()), (4, 4));
    small.iter().zip(&large).for_each(|(small, large)| close(small, large));
    let (plain, ..) = trained(&Settings { batch: 4, ..settings() }, 2);
    assert_eq!(plain.len(), 24);
    let none = Settings { accumulate: 0, ..settings() }.check().expect_err("no batch is no step");
    assert_eq!(none.to_string(), "accumulate is 0, but it must be at least 1");
}

#[test]
fn a_moving_average_is_that_of_its_formula() {
    for (decay, warmup) in [(0.9, false), (0.99, true), (0.0, false)] {
        let (steps, run, _) = trained(&Settings { ema: Some(Ema { decay, warmup }), ..settings() }, 2);
        let mut expected = Net::new(3).weights().to_vec();
        for (step, weights) in (1..).zip(&steps) {
            let t = f64::from(step);
            let decay = if warmup { decay.min((1.0 + t) / (10.0 + t)) } else { decay };
            expected.iter_mut().zip(weights).for_each(|(mean, weight)| *mean = decay * *mean + (1.0 - decay) * weight);
        }
        close(run.averaged().expect("there is one"), &expected);
    }
    let (_, run, _) = trained(&settings(), 1);
    assert_eq!((run.averaged(), run.mean()), (None, None));
    assert!(Settings { ema: Some(Ema { decay: 1.0, warmup: false }), ..settings() }.check().is_err());
}

#[test]
fn a_mean_over_epochs_is_that_of_its_formula_and_has_a_rate_of_its_own() {
    let swa = Swa { from: 3, every: 2, lr: Some(0.5) };
    let settings = Settings { swa: Some(swa), epochs: 8, ..settings() };
    let (steps, run, _) = trained(&settings, 8);
    let (mean, epochs) = run.mean().expect("there is one");
    // After epochs 3, 5 and 7, of 4 steps each.
    let ends = [3, 5, 7].map(|epoch| &steps[4 * epoch - 1]);
    let expected: Vec<f64> = (0..mean.len()).map(|at| ends.iter().map(|end| end[at]).sum::<f64>() / 3.0).collect();
    assert_eq!(epochs, 3);
    close(mean, &expected);

    struct Rates(Vec<f64>);

    impl Observer<f64> for Rates {
        fn on_epoch(&mut self, stats: &EpochStats, _: &mut State<'_, f64>) -> ControlFlow<()> {
            self.0.push(stats.learning_rate);
            ControlFlow::Continue(())
        }
    }

    let (inputs, classes) = linear::examples::<f64>(48);
    let mut rates = Rates(Vec::new());
    let rows = (Rows::from(&inputs), Targets::from(&classes));
    fit::fit(Net::PROGRAM, &settings, &mut Run::default(), Net::new(3).weights_mut(), rows, 4, &mut rates)
        .expect("the data is valid");
    assert_eq!(rates.0, [1e-3, 1e-3, 0.5, 0.5]);
}

/// `y = w x`, with a running mean of `x`: a weight and a piece of state.
struct Running(Vec<f64>);

const KEEP: f64 = 0.9;

const fn tensor(name: &'static str, offset: usize, trained: bool) -> Tensor {
    Tensor {
        name,
        copies: &[],
        shape: &[1],
        offset,
        layout: Layout::RowMajor,
        init: Init::Constant(0.5),
        trained,
        purpose: Purpose::Own,
        l1: 0.0,
        l2: 0.0,
    }
}

impl Network for Running {
    type Real = f64;
    const PROGRAM: &'static Program<f64> = &Program {
        name: "Running",
        input: &[1],
        output: &[1],
        inputs: 1,
        outputs: 1,
        ids: &[],
        ports: &[],
        head: Head::Linear,
        tensors: &[tensor("scale", 0, true), tensor("mean", 1, false)],
        weights: 2,
        parameters: 1,
        trained: &[Segment { start: 0, len: 1 }],
        written: &[Segment { start: 1, len: 1 }],
        predict_arena: Arena::NONE,
        many: None,
        train_arena: Arena::NONE,
        shard: None,
        work: 1,
        predict: |weights, x, y, _, _: &Team| y.iter_mut().zip(x).for_each(|(y, x)| *y = weights[0] * x),
        forward: |weights, x, y, state, _, _: Draws, _: &Team| {
            y.iter_mut().zip(x).for_each(|(y, x)| *y = weights[0] * x);
            state[0] = KEEP * weights[1] + (1.0 - KEEP) * x.iter().sum::<f64>() / x.len() as f64;
        },
        head_forward: |logits, y, _| y.copy_from_slice(logits),
        head_backward: |_, d_y, d_logits, _| d_logits.copy_from_slice(d_y),
        backward: |_, x, d, gradient, _, _: Draws, _: &Team| {
            gradient[0] = x.iter().zip(d).map(|(x, d)| x * d).sum();
        },
        objective: None,
        entries: &[],
        training: None,
        recipe: None,
    };

    fn weights(&self) -> &[f64] {
        &self.0
    }

    fn weights_mut(&mut self) -> &mut [f64] {
        &mut self.0
    }
}

#[test]
fn running_statistics_are_computed_anew_and_go_through_accumulated_batches() {
    let inputs: Vec<[f64; 1]> = (0..20).map(|row| [f64::from(row)]).collect();
    let targets = vec![[1.0]; 20];
    let rows = (Rows::from(&inputs), Targets::from(&targets));
    let settings = Settings { batch: 5, ..Settings::of(Running::PROGRAM) };
    let mut weights = [0.5, 1e6];
    fit::recompute_state(Running::PROGRAM, &settings, &mut weights, rows).expect("the data is valid");
    close(&weights, &[0.5, 9.5]);

    // One step on four batches: the mean has gone through all of them.
    let settings = Settings { accumulate: 4, ..settings };
    let mut weights = [0.5, 0.0];
    fit::fit(Running::PROGRAM, &settings, &mut Run::default(), &mut weights, rows, 1, &mut ()).expect("it trains");
    let once = Settings {
        batch: 5,
        setup: nn_runtime::step::Setup { optimizer: Optimizer::sgd(), ..settings.setup },
        schedule: Schedule::constant(0.0),
        accumulate: 1,
        ..settings
    };
    let mut four = [0.5, 0.0];
    fit::fit(Running::PROGRAM, &once, &mut Run::default(), &mut four, rows, 1, &mut ()).expect("it trains");
    assert_eq!(weights[1], four[1]);
    assert_ne!(weights[0], four[0]);
}

#[test]
fn hyper_parameters_change_as_their_schedules_say() {
    // What a training by hand does with each step's own value.
    let schedule = Schedule::linear(0.5, 0.9);
    let per_step = |step: u64| schedule.at(step, 4, 8);
    assert_eq!([per_step(1), per_step(5)], [0.5, 0.7]);
    let optimizer = Optimizer::momentum();
    let schedules = [(Hyper::Momentum, schedule), (Hyper::WeightDecay, Schedule::cosine(0.1, 0.0))];
    let setup = nn_runtime::step::Setup { optimizer, ..settings().setup };
    let settings = Settings { setup, schedules: &schedules, epochs: 2, batch: 12, ..settings() };
    let (steps, ..) = trained(&settings, 2);
    let constant = Settings { schedules: &[], ..settings };
    let (others, ..) = trained(&constant, 2);
    assert_ne!(steps, others);
    // The same with the values of each step as constants, on the same rows in the same order.
    let (inputs, classes) = linear::examples::<f64>(48);
    let (mut net, mut run) = (Net::new(3), Run::default());
    for step in 1..=8 {
        struct One;
        impl Observer<f64> for One {
            fn on_step(&mut self, _: &StepStats, _: &mut State<'_, f64>) -> ControlFlow<()> {
                ControlFlow::Break(())
            }
        }
        let mut now = constant;
        let momentum = per_step(step);
        now.setup.optimizer.rule = nn_runtime::Rule::Momentum { momentum };
        now.setup.optimizer.weight_decay = Schedule::cosine(0.1, 0.0).at(step, 4, 8);
        let rows = (Rows::from(&inputs), Targets::from(&classes));
        fit::fit(Net::PROGRAM, &now, &mut run, net.weights_mut(), rows, 2, &mut One).expect("the data is valid");
        assert_eq!(net.weights(), &steps[step as usize - 1][..], "step {step}");
    }
}

#[test]
fn every_hyper_parameter_reaches_its_place() {
    for (hyper, optimizer) in [
        (Hyper::Momentum, Optimizer::momentum()),
        (Hyper::Momentum, Optimizer::nesterov()),
        (Hyper::Beta1, Optimizer::adam()),
        (Hyper::Beta2, Optimizer::adamw()),
        (Hyper::Beta1, Optimizer::adamax()),
        (Hyper::Beta2, Optimizer::nadam()),
        (Hyper::Beta1, Optimizer::lion()),
        (Hyper::Alpha, Optimizer::rmsprop()),
        (Hyper::Rho, Optimizer::adadelta()),
        (Hyper::Eps, Optimizer::adagrad()),
        (Hyper::MomentumDecay, Optimizer::nadam()),
        (Hyper::WeightDecay, Optimizer::sgd()),
    ] {
        let (mut changed, mut penalty, mut clip) = (optimizer, Default::default(), Default::default());
        hyper.set(&mut changed, &mut penalty, &mut clip, 0.123);
        assert_ne!(changed, optimizer, "{}", hyper.name());
        assert!(format!("{changed:?}").contains("0.123"), "{changed:?}");
    }
    let (mut optimizer, mut penalty, mut clip) = (Optimizer::sgd(), nn_runtime::Penalty::default(), Default::default());
    for (value, hyper) in (1..).zip([Hyper::L1, Hyper::L2, Hyper::ClipValue, Hyper::ClipNorm]) {
        hyper.set(&mut optimizer, &mut penalty, &mut clip, f64::from(value));
    }
    assert_eq!((penalty.l1, penalty.l2, clip.value, clip.norm), (1.0, 2.0, Some(3.0), Some(4.0)));
    Hyper::Rho.set(&mut optimizer, &mut penalty, &mut clip, 1.0);
    assert_eq!(optimizer, Optimizer::sgd());
}

#[test]
fn warm_restarts_lines_and_powers_have_their_values() {
    // torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(T_0 = 2, T_mult = 2, eta_min = 0.01), two steps an epoch.
    let decay = Decay::CosineRestarts { epochs: 2.0, factor: 2.0, min: 0.01 };
    let restarts = Schedule { decay, ..Schedule::constant(0.1) };
    let cosine = |part: f64| 0.01 + 0.09 * 0.5 * (1.0 + (std::f64::consts::PI * part).cos());
    for (step, part) in [(1, 0.0), (2, 0.25), (4, 0.75), (5, 0.0), (6, 0.125), (12, 0.875), (13, 0.0), (17, 0.25)] {
        let found = restarts.at(step, 2, 1000);
        assert!((found - cosine(part)).abs() < 1e-12, "step {step}: {found}");
    }
    let same = Schedule::cosine_restarts(1.0, 3.0, 1.0);
    assert_eq!((same.at(1, 1, 99), same.at(4, 1, 99), same.at(7, 1, 99)), (1.0, 1.0, 1.0));
    let line = Schedule::linear(1.0, 0.0);
    assert_eq!([1, 2, 3, 4, 5].map(|step| line.at(step, 1, 4)), [1.0, 0.75, 0.5, 0.25, 0.25]);
    let decay = Decay::Polynomial { to: 0.5, power: 2.0, epochs: 2.0 };
    let short = Schedule { decay, ..Schedule::constant(1.5) };
    assert_eq!([1, 2, 3, 4].map(|step| short.at(step, 1, 9)), [1.5, 0.75, 0.5, 0.5]);
}

#[test]
fn learning_rates_are_multiplied_by_a_factor() -> Result<(), Error> {
    struct Halves;

    impl Observer<f64> for Halves {
        fn on_epoch(&mut self, stats: &EpochStats, state: &mut State<'_, f64>) -> ControlFlow<()> {
            assert_eq!(stats.learning_rate, 1e-3 * state.run().rate_factor);
            state.set_rate_factor(state.run().rate_factor / 2.0);
            ControlFlow::Continue(())
        }
    }

    let (inputs, classes) = linear::examples::<f64>(48);
    let mut run = Run::default();
    let rows = (Rows::from(&inputs), Targets::from(&classes));
    fit::fit(Net::PROGRAM, &settings(), &mut run, Net::new(3).weights_mut(), rows, 3, &mut Halves)?;
    assert_eq!(run.rate_factor, 0.125);
    let mut other = Line::<f64, LINEAR>::new(1);
    Trainer::new(&mut other).step(&inputs, &[[0.0; 3]; 48])?;
    Ok(())
}
