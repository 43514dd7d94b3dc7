//! Predictions and training steps allocate nothing, once their buffers exist.

use crate::linear::{self, Line, SOFTMAX};
use allocation_counter::measure;
use nn_runtime::augment::{Augment, Part};
use nn_runtime::fit::{self, Observer, Run, Settings, State, StepStats};
use nn_runtime::{Network, Optimizer, Rows, Targets, Trainer, network};
use std::ops::ControlFlow;

type Net = Line<f32, SOFTMAX, true>;

#[test]
fn predictions() {
    let net = Net::new(1);
    let (inputs, _) = linear::examples::<f32>(100);
    let mut outputs = [[0.0; 3]; 100];
    let mut all = || {
        network::predict::<_, 3, 3>(&net, &inputs[0]);
        network::predict_rows(Net::PROGRAM, net.weights(), Rows::from(&inputs), outputs.as_flattened_mut())
            .expect("the rows are valid");
    };
    assert_eq!(measure(&mut all).count_total, 0);
}

#[test]
fn steps() {
    let mut net = Net::new(1);
    let (inputs, classes) = linear::examples::<f32>(10);
    let mut trainer = Trainer::new(&mut net).optimizer(Optimizer::adamw());
    trainer.step(&inputs, &classes).expect("the data is valid");
    let more = measure(|| {
        for _ in 0..5 {
            trainer.step(&inputs, &classes).expect("the data is valid");
        }
    });
    assert_eq!(more.count_total, 0);
}

/// Watches without allocating.
struct Count(u64);

impl Observer<f32> for Count {
    fn on_step(&mut self, _: &StepStats, _: &mut State<'_, f32>) -> ControlFlow<()> {
        self.0 += 1;
        ControlFlow::Continue(())
    }
}

#[test]
fn epochs() {
    let mut net = Net::new(1);
    let (inputs, classes) = linear::examples::<f32>(50);
    let rows = (Rows::from(&inputs), Targets::from(&classes));
    let plain = Settings { batch: 12, ..Settings::of(Net::PROGRAM) };
    let line = Part { first: 0, shape: &[1, 3, 1] };
    let augment = [Augment::flip().of(line), Augment::rotate(9.0).of(line), Augment::noise(0.1)];
    for settings in [plain, Settings { augment: &augment, mixup: Some(0.2), ..plain }] {
        let mut run = Run::default();
        let mut count = Count(0);
        let mut epochs = |epochs| {
            fit::fit(Net::PROGRAM, &settings, &mut run, net.weights_mut(), rows, epochs, &mut count)
                .expect("the data is valid");
        };
        epochs(1);
        assert_eq!(measure(|| epochs(10)).count_total, 0);
        assert_eq!(count.0, 11 * 5);
    }
}
