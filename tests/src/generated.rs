//! Runs generated code through the functions of its table, as training does.

use std::ops::Range;

use nn_runtime::program::{Segment, Single};
use nn_runtime::{Draws, Program, Real, Team};

/// What goes into a training step, in logical order.
#[derive(Clone, Debug)]
pub struct Inputs {
    /// The rows, one behind the other.
    pub input: Vec<f64>,
    /// The tensors, in the order of the program's table, each in row-major logical order.
    pub tensors: Vec<(String, Vec<f64>)>,
    /// The gradient of some loss with respect to the output.
    pub output_gradient: Vec<f64>,
    /// The seed of noise.
    pub seed: u64,
    /// The training step.
    pub step: u32,
}

/// What comes out of it, in logical order.
#[derive(Clone, Debug, Default)]
pub struct Outputs {
    /// The output in prediction.
    pub prediction: Vec<f64>,
    /// The output in training.
    pub output: Vec<f64>,
    /// The gradient of each parameter.
    pub gradients: Vec<(String, Vec<f64>)>,
    /// The new values of the state.
    pub state: Vec<(String, Vec<f64>)>,
}

fn real<T: Real>(values: &[f64]) -> Vec<T> {
    values.iter().map(|x| T::from_f64(*x)).collect()
}

fn wide<T: Real>(values: &[T]) -> Vec<f64> {
    values.iter().map(|x| x.to_f64()).collect()
}

/// The weights of a program in physical order.
///
/// # Panics
/// If a tensor is not one of the network.
pub fn weights<T: Real>(program: &'static Program<T>, tensors: &[(String, Vec<f64>)]) -> Vec<T> {
    let mut weights = vec![T::ZERO; program.weights];
    for (name, values) in tensors {
        nn_runtime::params::set(program, &mut weights, name, &real::<T>(values)).expect("a tensor of the network");
    }
    weights
}

/// One training step without an update, and a prediction.
///
/// # Panics
/// If the inputs do not fit the network.
pub fn run<T: Real>(program: &'static Program<T>, inputs: &Inputs) -> Outputs {
    let weights = weights(program, &inputs.tensors);
    let input: Vec<T> = real(&inputs.input);
    let rows = input.len() / program.inputs;
    let draws = Draws { seed: inputs.seed, step: inputs.step, row: 0 };
    // What is not written must not matter.
    let garbage = |values: usize| vec![T::from_f64(f64::NAN); values];
    let mut arena = garbage(program.train_arena.values(rows));
    let mut logits = garbage(rows * program.outputs);
    let mut state = garbage(nn_runtime::step::state_values(program));
    (program.forward)(&weights, &input, &mut logits, &mut state, &mut arena, draws, &Team::ALONE);
    let mut output = garbage(rows * program.outputs);
    (program.head_forward)(&logits, &mut output, &mut arena);
    let output_gradient: Vec<T> = real(&inputs.output_gradient);
    let mut d_logits = garbage(rows * program.outputs);
    (program.head_backward)(&logits, &output_gradient, &mut d_logits, &mut arena);
    let mut gradients = garbage(program.parameters);
    (program.backward)(&weights, &input, &d_logits, &mut gradients, &mut arena, draws, &Team::ALONE);
    let mut prediction = garbage(rows * program.outputs);
    let mut arena = garbage(program.predict_arena.values(rows));
    (program.predict)(&weights, &input, &mut prediction, &mut arena, &Team::ALONE);
    if let Some(many) = program.many {
        let mut beside = garbage(rows * program.outputs);
        (many.run)(&weights, &input, &mut beside, &mut garbage(many.arena.values(rows)), &Team::ALONE);
        let bits = |values: &[T]| values.iter().map(|x| x.to_f64().to_bits()).collect::<Vec<u64>>();
        assert_eq!(bits(&beside), bits(&prediction), "`{}`: rows side by side", program.name);
    }

    let logical = |single: &Single, physical: &[T]| -> (String, Vec<f64>) {
        let values = (0..single.len()).map(|at| physical[single.tensor().physical(at)].to_f64());
        (single.name().to_string(), values.collect())
    };
    let gradients_of = |single: Single| Some(logical(&single, &gradients[program.gradients_of(&single)?]));
    let state_of = |single: Single| {
        let place = single.place();
        let holds =
            |(weights, _): &(Range<usize>, Range<usize>)| weights.start <= place.start && place.end <= weights.end;
        let (weights, packed) = Segment::packed(program.written).find(holds)?;
        let start = packed.start + place.start - weights.start;
        Some(logical(&single, &state[start..start + place.len()]))
    };
    let named =
        (program.singles().filter_map(gradients_of).collect(), program.singles().filter_map(state_of).collect());
    Outputs { prediction: wide(&prediction), output: wide(&output), gradients: named.0, state: named.1 }
}
