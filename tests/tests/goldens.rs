//! Generated code against PyTorch: every layer and activation, forward and every gradient.

use std::collections::{BTreeMap, BTreeSet};

use nn_compiler::layers::LAYERS;
use nn_tests::generated::{Inputs, run};
use nn_tests::goldens::{self, name, named, networks, numbers, stored};
use nn_tests::{Any, COMPILED, assert_close, evaluator};

/// Within 1e-5 of each value; for values near 0 within 1e-6 of the largest of their tensor.
const RELATIVE: f64 = 1e-5;
const ABSOLUTE: f64 = 1e-6;

#[test]
fn every_layer_agrees_with_pytorch() {
    let cases = networks();
    assert!(cases.len() >= 80, "only {} cases", cases.len());
    for case in &cases {
        let text = format!("layers/{}", name(case));
        let mut found = 0;
        for compiled in COMPILED.iter().filter(|compiled| compiled.text == text && compiled.network == "N") {
            let inputs = Inputs {
                input: numbers(&case["input_rows"]),
                tensors: named(&case["parameters"]),
                output_gradient: match &case["output_gradient"] {
                    serde_json::Value::Null => vec![0.0; numbers(&case["output"]).len()],
                    given => numbers(given),
                },
                seed: case["seed"].as_u64().unwrap_or(0),
                step: u32::try_from(case["step"].as_u64().unwrap_or(1)).expect("a step"),
            };
            let (outputs, precision) = match compiled.program {
                Any::F32(program) => (run(program, &inputs), "f32"),
                Any::F64(program) => (run(program, &inputs), "f64"),
            };
            let what = |part: &str| format!("{text} ({precision}): {part}");
            if case["mode"] == "predict" {
                assert_close(&what("output"), &outputs.prediction, &numbers(&case["output"]), RELATIVE, ABSOLUTE);
            } else {
                assert_close(&what("output"), &outputs.output, &numbers(&case["output"]), RELATIVE, ABSOLUTE);
                assert_named(&what("gradient"), &outputs.gradients, &case["gradients"]);
                assert_named(&what("state"), &outputs.state, &case["new_state"]);
            }
            found += 1;
        }
        assert_eq!(found, 2, "{text} is compiled in both precisions");
    }
}

/// Two configurations at least, of which a loss may have its own file.
#[test]
fn every_layer_has_two_cases() {
    let mut cases: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for compiled in COMPILED.iter().filter(|compiled| compiled.text.starts_with("layers/")) {
        let network = evaluator::compiled(compiled.source, compiled.network).network;
        for used in network.uses() {
            cases.entry(used.layer.signature.name).or_default().insert(compiled.text);
        }
    }
    let losses = goldens::cases("losses");
    let stated = |layer: &str| {
        losses
            .iter()
            .filter(|case| {
                case["loss"].as_str().is_some_and(|loss| loss == layer || loss.starts_with(&format!("{layer}(")))
            })
            .count()
    };
    let counted = |layer: &str| cases.get(layer).map_or(0, BTreeSet::len) + stated(layer);
    // It states a shape and computes nothing.
    let names = LAYERS.iter().map(|layer| layer.signature.name).filter(|name| *name != "input");
    let missing: Vec<&str> = names.filter(|name| counted(name) < 2).collect();
    assert!(missing.is_empty(), "less than two cases of {}", missing.join(", "));
}

fn assert_named(what: &str, got: &[(String, Vec<f64>)], want: &serde_json::Value) {
    let want = want.as_object().expect("tensors by name");
    assert_eq!(got.len(), want.len(), "{what}: another number of tensors");
    for (name, golden) in want {
        let (_, found) = got.iter().find(|(known, _)| known == name).unwrap_or_else(|| panic!("{what}: no `{name}`"));
        let values = if golden.is_object() { &golden["values"] } else { golden };
        assert_close(&format!("{what} of {name}"), &stored(found, golden), &numbers(values), RELATIVE, ABSOLUTE);
        if let Some(squares) = golden["squares"].as_f64() {
            let all: f64 = found.iter().map(|x| x * x).sum();
            assert_close(&format!("{what} of {name}, squared"), &[all], &[squares], 2.0 * RELATIVE, 0.0);
        }
    }
}
