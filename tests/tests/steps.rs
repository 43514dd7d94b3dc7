//! Trainings of several networks: what a step changes and what it leaves alone, its gradient, turns, and networks that follow others.

mod double {
    //! In double precision, so that differences of losses tell slopes.
    nn_runtime::network! {
        pub network Enc(x: [3], precision = f64) < dense(4, tanh), dense(2) >
        pub network Dec(z: [2], precision = f64) < dense(4, tanh), dense(3) >
        train both for E = Enc, D = Dec {
            step all {
                let y = D(E(x));
                minimize mean((y - x) * (y - x)) with sgd(lr = 0.1);
            }
            step last { minimize mean(abs(D(E(x)) - x)) over D.dense_2 with sgd(lr = 0.05); }
        }
    }
}

mod many {
    //! With data, and two steps.
    nn_runtime::network! {
        pub network Up < dense(3->2, tanh) >
        pub network Down < dense(2->3) >
        train halves for U = Up, D = Down {
            data csv("rows.csv") { x = standardize(columns[0..3]); }
            step up { minimize mean(abs(D(U(x)) - x)) over U with sgd(0.01); }
            step down { minimize mean(abs(D(U(x)) - x)) over D with sgd(0.01); }
            batch 100;
        }
    }
}

mod corpus {
    //! As users write them.
    nn_runtime::network! { file "corpus/pass/steps.nn" }
}

use std::collections::BTreeMap;

use nn_runtime::session::{self, Overrides, Quiet};
use nn_runtime::{Error, Network, Program, Rows, Targets, Trainer};

use crate::corpus::{Both, Rivals, Values};

const ROWS: [[f32; 3]; 8] = [
    [0.1, -0.4, 0.9],
    [0.7, 0.2, -0.3],
    [-0.8, 0.5, 0.4],
    [0.3, 0.3, 0.3],
    [-0.2, -0.9, 0.1],
    [0.6, -0.1, 0.8],
    [-0.5, 0.4, -0.7],
    [0.9, 0.8, 0.2],
];

/// The tensors of a network by name.
fn tensors<N: Network<Real = f32>>(net: &N) -> BTreeMap<String, Vec<f32>> {
    nn_runtime::params::iter(N::PROGRAM, net.weights())
        .map(|param| (param.name().to_string(), param.to_vec()))
        .collect()
}

/// The names of those that differ.
fn changed(before: &BTreeMap<String, Vec<f32>>, after: &BTreeMap<String, Vec<f32>>) -> Vec<String> {
    before.iter().filter(|(name, values)| after[*name] != **values).map(|(name, _)| name.clone()).collect()
}

fn program_of_step<T: nn_runtime::Real>(program: &Program<T>, name: &str) -> &'static Program<T> {
    let steps = program.training.expect("a training").steps;
    steps.iter().find(|step| step.name == name).expect("the step").program
}

#[test]
fn a_step_changes_what_it_is_over() {
    let mut net = Both::new(7);
    let before = tensors(&net);
    Trainer::new(&mut net).turn("last", &ROWS[..4]).expect("a step");
    assert_eq!(changed(&before, &tensors(&net)), ["D.dense_2.bias", "D.dense_2.weight"]);
    let mut net = Rivals::new(7);
    let before = tensors(&net);
    Trainer::new(&mut net).turn("c", &ROWS[..4]).expect("a step");
    assert!(changed(&before, &tensors(&net)).iter().all(|name| name.starts_with("C.")));
    let before = tensors(&net);
    Trainer::new(&mut net).turn("g", &ROWS[..4]).expect("a step");
    let names = changed(&before, &tensors(&net));
    let statistics = ["C.batch_norm_1.mean", "C.batch_norm_1.variance"];
    assert!(names.iter().all(|name| name.starts_with("G.") || statistics.contains(&name.as_str())), "{names:?}");
    assert!(names.iter().any(|name| name == "G.dense_1.weight"));
}

#[test]
fn what_is_outside_of_over_has_no_gradient_memory() {
    let all = program_of_step(Both::PROGRAM, "all");
    let last = program_of_step(Both::PROGRAM, "last");
    assert_eq!(all.parameters, 3 * 4 + 4 + 4 * 2 + 2 + 2 * 4 + 4 + 4 * 3 + 3);
    assert_eq!(last.parameters, 4 * 3 + 3);
    assert_eq!(nn_runtime::program::Segment::values(last.trained), last.parameters);
}

#[test]
fn a_step_goes_down_the_slope_of_its_loss() {
    use crate::double::Both;
    let rows: Vec<[f64; 3]> = ROWS.iter().map(|row| row.map(f64::from)).collect();
    for (number, (name, rate)) in [("all", 0.1), ("last", 0.05)].into_iter().enumerate() {
        let net = Both::new(11);
        let loss = |net: &Both| net.predict_batch(&rows).iter().map(|out| out[number]).sum::<f64>() / rows.len() as f64;
        let mut stepped = net.clone();
        let told = Trainer::new(&mut stepped).turn(name, &rows).expect("a step");
        assert!((told - loss(&net)).abs() < 1e-12);
        for param in net.params() {
            let over = name == "all" || param.name().to_string().starts_with("D.dense_2");
            let moved = stepped.params().find(|other| other.name() == param.name()).expect("the same tensors").to_vec();
            for (at, value) in param.to_vec().into_iter().enumerate() {
                let beside = |by: f64| {
                    let mut net = net.clone();
                    let mut values = param.to_vec();
                    values[at] += by;
                    net.set_param(&param.name().to_string(), &values).expect("a tensor");
                    loss(&net)
                };
                let slope = if over { (beside(1e-6) - beside(-1e-6)) / 2e-6 } else { 0.0 };
                let expected = value - rate * slope;
                assert!(
                    (moved[at] - expected).abs() < 1e-9,
                    "{name}: {} {at}: {} is not {expected}",
                    param.name(),
                    moved[at]
                );
            }
        }
    }
}

#[test]
fn steps_take_turns_as_the_text_says() {
    let mut by_fit = Both::new(5);
    Trainer::new(&mut by_fit).fit(&ROWS[..], &[] as &[f32], 1).expect("an epoch");
    // The same by hand, in the order of that epoch.
    let mut order: Vec<usize> = (0..ROWS.len()).collect();
    let shuffle = nn_runtime::rng::Stream { seed: 3, stream: nn_runtime::rng::SHUFFLE, step: 1 };
    shuffle.shuffle(&mut order);
    let batches: Vec<Vec<[f32; 3]>> = order.chunks(4).map(|rows| rows.iter().map(|row| ROWS[*row]).collect()).collect();
    let mut by_hand = Both::new(5);
    let mut trainer = Trainer::new(&mut by_hand);
    trainer.turn("all", &batches[0]).expect("a step");
    for step in ["all", "last", "last"] {
        trainer.turn(step, &batches[1]).expect("a step");
    }
    assert_eq!(tensors(&by_fit), tensors(&by_hand));
}

#[test]
fn threads_change_no_bit() {
    let trained = |threads: usize| {
        let mut net = Rivals::new(5);
        let history = Trainer::new(&mut net).threads(threads).fit(&ROWS[..], &[] as &[f32], 3).expect("epochs");
        (tensors(&net), history.epochs)
    };
    assert_eq!(trained(1), trained(3));
}

#[test]
fn steps_have_noise_of_their_own() {
    let program = |name| program_of_step(Rivals::PROGRAM, name);
    let net = Rivals::new(5);
    let seeds: Vec<f32> = ["c", "g"]
        .map(|name| {
            let mut net = net.clone();
            Trainer::new(&mut net).turn(name, &ROWS[..4]).expect("a step")
        })
        .to_vec();
    assert_ne!(seeds[0], seeds[1]);
    assert_eq!(program("g").inputs, 3);
}

/// Examples of a state, a reward and the state after it.
fn moves() -> Vec<[f32; 7]> {
    ROWS.iter().zip(ROWS.iter().skip(1)).map(|(s, t)| [s[0], s[1], s[2], s[0] - t[1], t[0], t[1], t[2]]).collect()
}

#[test]
fn networks_follow_others() {
    let moves = moves();
    let mut net = Values::new(9);
    let mut expected_average: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    let mut expected_copy: BTreeMap<String, Vec<f32>> = BTreeMap::new();
    let of = |net: &Values, role: &str| -> BTreeMap<String, Vec<f32>> {
        tensors(net)
            .into_iter()
            .filter_map(|(name, values)| Some((name.strip_prefix(role)?.to_owned(), values)))
            .collect()
    };
    let leader = of(&net, "Q.");
    expected_average.extend(leader.clone());
    expected_copy.extend(leader);
    let mut trainer = Trainer::new(&mut net);
    for batch in 1..=7 {
        trainer.step(&moves[..4], &[] as &[f32]).expect("a batch");
        let now = trainer.network();
        let leader = of(now, "Q.");
        for (name, values) in &mut expected_average {
            values
                .iter_mut()
                .zip(&leader[name])
                .for_each(|(average, value)| *average += (1.0 - 0.9f64) as f32 * (value - *average));
        }
        if batch % 3 == 0 {
            expected_copy = leader;
        }
        assert_eq!(of(now, "T."), expected_copy, "after batch {batch}");
        assert_eq!(of(now, "M."), expected_average, "after batch {batch}");
    }
}

#[test]
fn a_network_of_a_training_stands_by_itself() {
    let mut net = Both::new(5);
    Trainer::new(&mut net).fit(&ROWS[..], &[] as &[f32], 2).expect("epochs");
    let (encoder, decoder) = (net.e(), net.d());
    let out = decoder.predict(&encoder.predict(&ROWS[0]));
    let loss = out.iter().zip(&ROWS[0]).map(|(y, x)| (y - x) * (y - x)).sum::<f32>() / 3.0;
    let [told, ..] = net.predict(&ROWS[0]);
    assert!((told - loss).abs() < 1e-6);
}

#[test]
fn a_step_that_there_is_not_is_named() {
    let mut net = Both::new(5);
    let error = Trainer::new(&mut net).turn("lst", &ROWS[..4]).expect_err("no such step");
    assert_eq!(error.to_string(), "there is no step `lst`; there are all, last");
    let mut alone = net.e();
    let error = Trainer::new(&mut alone).turn("all", &ROWS[..4]).expect_err("no steps");
    assert_eq!(error.to_string(), "there is no step `all`: the network is trained by itself, in one");
}

/// Figures that decide on nothing look at some of many rows: after each epoch at those that the last ones look at as well.
#[test]
fn figures_of_many_rows_are_those_of_a_sample() {
    let path = std::env::temp_dir().join(format!("nn-steps-{}.csv", std::process::id()));
    let rows: String = (0..12_000).map(|row| format!("{},{},{}\n", row % 7, row % 11, row % 13)).collect();
    std::fs::write(&path, format!("a,b,c\n{rows}")).expect("the folder of the test");
    let overrides = Overrides { data: Some(path.clone()), epochs: Some(1), ..Overrides::default() };
    let report = session::train(many::Halves::PROGRAM, &overrides, &mut Quiet).expect("a training").report;
    std::fs::remove_file(path).expect("it is there");
    assert_eq!((report.data.train, report.last.train.rows), (12_000, 10_000));
    assert_eq!(report.epochs[0].train.as_ref().expect("figures").loss, report.last.train.figures.loss);
}

#[test]
fn a_training_takes_no_targets() {
    let mut net = Both::new(5);
    let targets = [[0.0_f32; 3]; 8];
    let error = Trainer::new(&mut net).fit(&ROWS[..], &targets[..], 1).expect_err("targets");
    assert!(matches!(error, Error::TargetCount { expected: 0, .. }), "{error}");
    let rows = Rows::from(&ROWS[..]);
    assert!(nn_runtime::step::check(Both::PROGRAM, &nn_runtime::Loss::Output, rows, Targets::Values(&[])).is_ok());
}

#[test]
fn a_training_stands_in_the_body_of_a_function_too() {
    nn_runtime::network! {
        network Enc(x: [3], precision = f64) < dense(4, tanh), dense(2) >
        network Dec(z: [2], precision = f64) < dense(4, tanh), dense(3) >
        train within for E = Enc, D = Dec {
            step all {
                let y = D(E(x));
                minimize mean((y - x) * (y - x)) with sgd(lr = 0.1);
            }
        }
    }
    let rows = ROWS.map(|row| row.map(f64::from));
    let (mut within, mut beside) = (Within::new(3), double::Both::new(3));
    Trainer::new(&mut within).turn("all", &rows[..]).expect("a step");
    Trainer::new(&mut beside).turn("all", &rows[..]).expect("a step");
    assert_eq!(within.d().params().count(), 4);
    assert_eq!(within.weights(), beside.weights());
}
