//! One step of each optimizer for as many parameters as LeNet and the MLP have, and the limits on gradients.

use std::hint::black_box;

use nn_runtime::{Clip, Optimizer, Team};

use crate::{Case, Work, case, values};

const OPTIMIZERS: [(&str, Optimizer); 11] = [
    ("sgd", Optimizer::sgd()),
    ("momentum", Optimizer::momentum()),
    ("nesterov", Optimizer::nesterov()),
    ("adagrad", Optimizer::adagrad()),
    ("rmsprop", Optimizer::rmsprop()),
    ("adam", Optimizer::adam()),
    ("adamw", Optimizer::adamw()),
    ("adamax", Optimizer::adamax()),
    ("nadam", Optimizer::nadam()),
    ("adadelta", Optimizer::adadelta()),
    ("lion", Optimizer::lion()),
];

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for count in [44_426, 669_706] {
        for (name, optimizer) in OPTIMIZERS {
            let (mut weights, gradients) = (values(count), values(count));
            let mut state = vec![0.0; optimizer.state_values(count)];
            let mut step = 0;
            cases.push(case(format!("{name} {count}"), Work::Elements(count as f64), move || {
                step += 1;
                // So small that weights stay where they are, however many steps there are.
                optimizer.update(&Team::ALONE, black_box(&mut weights), &gradients, &mut state, step, 1e-9);
            }));
        }
        let mut gradients = values(count);
        let clip = Clip { norm: Some(1e9), value: Some(1e9) };
        cases.push(case(format!("clip {count}"), Work::Elements(count as f64), move || {
            clip.apply(black_box(&mut gradients));
        }));
    }
    cases
}
