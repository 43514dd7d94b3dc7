//! Layers that a training leaves as they are, for good or for some epochs, and rates that change at an epoch.

mod texts {
    //! The same network, trained in several ways.
    nn_runtime::network! {
        pub network Net(x: [2], precision = f64) < dense(4, tanh), batch_norm, dense(3, tanh), dense(1) >

        train Net { minimize mse with momentum(lr = 0.1); batch 4; }

        train head for Net {
            freeze all;
            unfreeze last 1;
            minimize mse with momentum(lr = 0.1);
            batch 4;
        }

        train later for Net {
            freeze all;
            unfreeze last 1;
            minimize mse with momentum(lr = 0.1);
            batch 4;
            at epoch 2 { unfreeze last 2; lr *= 0.5; }
            at epoch 3 { freeze dense_3; lr *= 0.1; }
        }
    }
}

use std::collections::BTreeMap;

use nn_runtime::fit::{self, EpochStats, Observer, Run, Settings, State};
use nn_runtime::{Network, Rows, Targets};
use texts::{Head, Later, Net};

const INPUTS: [[f64; 2]; 8] =
    [[0.1, -0.4], [0.7, 0.2], [-0.8, 0.5], [0.3, 0.3], [-0.2, -0.9], [0.6, -0.1], [-0.5, 0.4], [0.9, 0.8]];
const TARGETS: [[f64; 1]; 8] = [[0.2], [-0.4], [0.9], [0.1], [-0.7], [0.5], [0.3], [-0.1]];

type Tensors = BTreeMap<String, Vec<f64>>;

fn tensors<N: Network<Real = f64>>(weights: &[f64]) -> Tensors {
    nn_runtime::params::iter(N::PROGRAM, weights).map(|param| (param.name().to_string(), param.to_vec())).collect()
}

/// The weights and the rates after each epoch.
struct Epochs<N> {
    seen: Vec<(Tensors, f64)>,
    network: std::marker::PhantomData<N>,
}

impl<N: Network<Real = f64>> Observer<f64> for Epochs<N> {
    fn on_epoch(&mut self, stats: &EpochStats, state: &mut State<'_, f64>) -> std::ops::ControlFlow<()> {
        self.seen.push((tensors::<N>(state.weights()), stats.learning_rate));
        std::ops::ControlFlow::Continue(())
    }
}

/// What weights come to in some epochs, the beginning first.
fn trained<N: Network<Real = f64>>(weights: &[f64], epochs: usize) -> Vec<(Tensors, f64)> {
    let mut weights = weights.to_vec();
    let mut seen = Epochs::<N> { seen: vec![(tensors::<N>(&weights), 0.0)], network: std::marker::PhantomData };
    let settings = Settings::of(N::PROGRAM);
    let rows = (Rows::from(&INPUTS[..]), Targets::from(&TARGETS[..]));
    fit::fit(N::PROGRAM, &settings, &mut Run::default(), &mut weights, rows, epochs, &mut seen).expect("epochs");
    seen.seen
}

/// The parameters that differ; running statistics go on.
fn changed(before: &Tensors, after: &Tensors) -> Vec<String> {
    let differs =
        |name: &&String| before[*name] != after[*name] && !name.ends_with(".mean") && !name.ends_with(".variance");
    before.keys().filter(differs).cloned().collect()
}

#[test]
fn frozen_layers_stay_and_have_no_gradient() {
    let net = Head::new(3);
    let epochs = trained::<Head>(net.weights(), 2);
    assert_eq!(changed(&epochs[0].0, &epochs[2].0), ["dense_3.bias", "dense_3.weight"]);
    assert_eq!(Head::PROGRAM.parameters, 3 + 1);
    assert!(Net::PROGRAM.parameters > Head::PROGRAM.parameters);
    assert_eq!(Net::PROGRAM.weights, Head::PROGRAM.weights);
}

#[test]
fn layers_thaw_and_freeze_at_their_epochs() {
    let net = Later::new(3);
    let epochs = trained::<Later>(net.weights(), 4);
    let of = |epoch: usize| changed(&epochs[epoch - 1].0, &epochs[epoch].0);
    assert_eq!(of(1), ["dense_3.bias", "dense_3.weight"]);
    assert_eq!(of(2), ["dense_2.bias", "dense_2.weight", "dense_3.bias", "dense_3.weight"]);
    assert_eq!(of(3), ["dense_2.bias", "dense_2.weight"]);
    assert_eq!(of(4), of(3));
    let rates: Vec<f64> = epochs[1..].iter().map(|(_, rate)| *rate).collect();
    let expected = [0.1, 0.05, 0.005, 0.005];
    assert!(rates.iter().zip(expected).all(|(rate, expected)| (rate - expected).abs() < 1e-12), "{rates:?}");
    // What is never trained has no gradient.
    assert_eq!(Later::PROGRAM.parameters, 4 * 3 + 3 + 3 + 1);
}

#[test]
fn held_layers_move_as_if_they_alone_were_trained() {
    // The first epoch of `later` is that of `head`, whose program has no gradients of the layers that are held.
    let net = Net::new(3);
    let copied = |program: &'static nn_runtime::Program<f64>| {
        let mut weights = vec![0.0; program.weights];
        for param in net.params() {
            nn_runtime::params::set(program, &mut weights, &param.name().to_string(), &param.to_vec())
                .expect("a tensor");
        }
        weights
    };
    let head = trained::<Head>(&copied(Head::PROGRAM), 1);
    let later = trained::<Later>(&copied(Later::PROGRAM), 1);
    assert_eq!(head[1].0, later[1].0);
}
