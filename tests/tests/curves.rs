//! 200 training steps from the same weights on the same batches: the losses of generated code and of PyTorch.

use nn_runtime::step::{Buffers, Moment, Setup, part_values, scratch_values, state_values, step};
use nn_runtime::{Clip, Loss, Optimizer, Penalty, Program, Rows, Targets, Team};
use nn_tests::goldens::{cases, name, named, numbers};
use nn_tests::{Any, COMPILED, assert_close, generated};
use serde_json::Value;

/// How far the losses may drift apart: errors of f32 grow from step to step.
const DRIFT: f64 = 1e-3;

#[test]
fn the_loss_falls_as_in_pytorch() {
    for case in &cases("curves") {
        let text = format!("curves/{}", name(case));
        let compiled = COMPILED.iter().find(|compiled| compiled.text == text).expect("a compiled text");
        let Any::F32(program) = compiled.program else { panic!("f32 is compiled first") };
        let (inputs, classes) = examples(case, program.inputs);
        let mut weights = generated::weights(program, &named(&case["parameters"]));
        let losses = train(program, &mut weights, &inputs, &classes, &batches(case));
        assert_eq!(losses.len(), 200);
        assert_close(&text, &losses, &numbers(&case["losses"]), DRIFT, 0.0);
    }
}

fn batches(case: &Value) -> Vec<Vec<usize>> {
    let batches = case["batches"].as_array().expect("a list of batches");
    batches.iter().map(|batch| numbers(batch).into_iter().map(|row| row as usize).collect()).collect()
}

/// The rows of the CSV file of a case, standardised over all rows, and their classes in the order of their names.
fn examples(case: &Value, inputs: usize) -> (Vec<f32>, Vec<usize>) {
    let path = format!("{}/../{}", env!("CARGO_MANIFEST_DIR"), case["csv"].as_str().expect("a path"));
    let text = std::fs::read_to_string(path).expect("a committed file");
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|line| line.split(',').collect()).collect();
    let mut columns = vec![Vec::new(); inputs];
    for row in &rows {
        for (column, cell) in columns.iter_mut().zip(row) {
            column.push(cell.parse::<f64>().expect("a number"));
        }
    }
    for column in &mut columns {
        let count = column.len() as f64;
        let mean = column.iter().sum::<f64>() / count;
        let deviation = (column.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / count).sqrt();
        column.iter_mut().for_each(|x| *x = if deviation == 0.0 { 0.0 } else { (*x - mean) / deviation });
    }
    let mut names: Vec<&str> = rows.iter().map(|row| row[inputs]).collect();
    names.sort_unstable();
    names.dedup();
    let class = |row: &Vec<&str>| names.iter().position(|name| *name == row[inputs]).expect("a name");
    let flat = (0..rows.len()).flat_map(|row| columns.iter().map(move |column| column[row] as f32)).collect();
    (flat, rows.iter().map(class).collect())
}

fn train(
    program: &'static Program<f32>,
    weights: &mut [f32],
    inputs: &[f32],
    classes: &[usize],
    batches: &[Vec<usize>],
) -> Vec<f64> {
    let setup = Setup {
        loss: Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] },
        optimizer: Optimizer::adam(),
        penalty: Penalty::default(),
        clip: Clip::default(),
        held: &[],
    };
    let zeros = |values| vec![0.0f32; values];
    let mut gradients = zeros(program.parameters);
    let (mut part, mut state) = (zeros(part_values(program, 16)), zeros(state_values(program)));
    let mut scratch = zeros(scratch_values(program, 16));
    let mut optimizer = zeros(setup.optimizer.state_values(program.parameters));
    let mut losses = Vec::new();
    for (at, batch) in batches.iter().enumerate() {
        let width = program.inputs;
        let rows: Vec<f32> = batch.iter().flat_map(|row| inputs[row * width..][..width].to_vec()).collect();
        let targets: Vec<usize> = batch.iter().map(|row| classes[*row]).collect();
        let mut buffers = Buffers {
            gradients: &mut gradients,
            part: &mut part,
            state: &mut state,
            scratch: &mut scratch,
            optimizer: &mut optimizer,
        };
        let moment = Moment { seed: 0, epoch: 1, step: at as u64 + 1, learning_rate: 0.01 };
        let batch = (Rows::new(&rows, width), Targets::from(&targets));
        losses.push(step(program, &setup, moment, weights, batch, &mut buffers, &Team::ALONE).expect("finite losses"));
    }
    losses
}
