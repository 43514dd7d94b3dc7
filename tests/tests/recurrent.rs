//! A recurrent layer against the same equations written out in a text, with the same weights.

use nn_runtime::Program;
use nn_tests::generated::{Inputs, Outputs, run};
use nn_tests::{Any, COMPILED, assert_close, numbers};

const STEPS: usize = 5;
const CHANNELS: usize = 3;
const UNITS: usize = 4;
const ROWS: usize = 7;

/// Dense layers of the text by the gate that they are part of, in the order of the layer's gates.
const FROM_INPUT: [&str; 3] = ["wr", "wz", "wn"];
const FROM_STATE: [&str; 3] = ["ur", "uz", "un"];

fn program(network: &str) -> &'static Program<f64> {
    let found = COMPILED.iter().find_map(|case| match case.program {
        Any::F64(program) if case.text == "corpus/recurrent" && case.network == network => Some(program),
        _ => None,
    });
    found.expect("a network of the corpus")
}

fn named<'a>(all: &'a [(String, Vec<f64>)], name: &str) -> &'a [f64] {
    let found = all.iter().find(|(known, _)| known == name);
    &found.unwrap_or_else(|| panic!("no {name} among the tensors")).1
}

/// Matrices `[rows, UNITS]` side by side.
fn side_by_side(parts: [&[f64]; 3]) -> Vec<f64> {
    let rows = parts[0].len() / UNITS;
    (0..rows).flat_map(|row| parts.iter().flat_map(move |part| part[row * UNITS..][..UNITS].to_vec())).collect()
}

/// What the tensors of the written-out network are in the layer's: weights and gradients alike.
fn joined(hand: &[(String, Vec<f64>)]) -> Vec<(&'static str, Vec<f64>)> {
    let gate = |name: &str, part: &str| named(hand, &format!("hand_gru_1.{name}.dense_1.{part}"));
    let of = |names: [&str; 3], part: &str| side_by_side(names.map(|name| gate(name, part)));
    vec![
        ("dense_1.weight", named(hand, "dense_1.weight").to_vec()),
        ("dense_1.bias", named(hand, "dense_1.bias").to_vec()),
        ("gru_1.input_weight", of(FROM_INPUT, "weight")),
        ("gru_1.recurrent_weight", of(FROM_STATE, "weight")),
        ("gru_1.bias", of(FROM_INPUT, "bias")),
        ("gru_1.recurrent_bias", gate("un", "bias").to_vec()),
    ]
}

fn outputs(program: &'static Program<f64>, tensors: Vec<(String, Vec<f64>)>) -> Outputs {
    let output_gradient = numbers(ROWS * STEPS * UNITS, 2);
    run(program, &Inputs { input: numbers(ROWS * STEPS * CHANNELS, 1), tensors, output_gradient, seed: 1, step: 1 })
}

#[test]
fn gru_is_what_a_text_with_its_equations_is() {
    let (by_hand, built_in) = (program("ByHand"), program("BuiltIn"));
    let tensor = |(at, name, len): (usize, String, usize)| (name, numbers(len, 10 + at as u64));
    let names = by_hand.singles().enumerate().map(|(at, single)| (at, single.name().to_string(), single.len()));
    let hand_tensors: Vec<(String, Vec<f64>)> = names.map(tensor).collect();
    let weights = joined(&hand_tensors);
    let names: Vec<String> = built_in.singles().map(|single| single.name().to_string()).collect();
    assert_eq!(names, weights.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let tensors = weights.into_iter().map(|(name, values)| (name.to_owned(), values)).collect();
    let (want, got) = (outputs(by_hand, hand_tensors), outputs(built_in, tensors));
    assert_close("prediction", &got.prediction, &want.prediction, 1e-6, 1e-9);
    assert_close("output", &got.output, &want.output, 1e-6, 1e-9);
    for (name, want) in joined(&want.gradients) {
        assert_close(name, named(&got.gradients, name), &want, 1e-6, 1e-9);
    }
}
