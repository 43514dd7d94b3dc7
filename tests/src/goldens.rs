//! Reads the goldens: what PyTorch computes.

use nn_runtime::rng::Stream;
use serde_json::Value;

/// All cases of a file of `goldens/`.
///
/// # Panics
/// If the file is damaged.
pub fn cases(file: &str) -> Vec<Value> {
    let path = format!("{}/goldens/{file}.json", env!("CARGO_MANIFEST_DIR"));
    let json = std::fs::read_to_string(path).expect("a committed file");
    match serde_json::from_str(&json).expect("JSON") {
        Value::Array(cases) => cases,
        _ => panic!("{file}.json is no list"),
    }
}

/// All cases of networks: those of every file of `goldens/layers/`.
///
/// # Panics
/// If a file is damaged.
pub fn networks() -> Vec<Value> {
    let folder = format!("{}/goldens/layers", env!("CARGO_MANIFEST_DIR"));
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .expect("a committed folder")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    files.iter().flat_map(|file| cases(&format!("layers/{}", file.trim_end_matches(".json")))).collect()
}

/// The numbers of a list, or of a list of lists, one behind the other.
///
/// # Panics
/// If there is something else in it.
pub fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().unwrap_or_else(|| panic!("{other} is no number"))],
    }
}

/// The name of a case.
///
/// # Panics
/// If it has none.
pub fn name(case: &Value) -> &str {
    case["name"].as_str().expect("each case has a name")
}

/// The entries of an object of tensors, by name: lists of numbers, objects with `values`, or with the `seed` and the `scale` of
/// uniform values from `-scale` to `scale`.
pub fn named(value: &Value) -> Vec<(String, Vec<f64>)> {
    let entry = |(name, value): (&String, &Value)| {
        let values = match (&value["seed"], &value["values"]) {
            (Value::Number(seed), _) => by_rule(seed.as_u64().expect("a seed"), value),
            (_, Value::Null) => numbers(value),
            (_, values) => numbers(values),
        };
        (name.clone(), values)
    };
    value.as_object().into_iter().flatten().map(entry).collect()
}

/// The values of a tensor that are not stored: element `i` of stream 0 of its seed, drawn to `[-scale, scale)`.
fn by_rule(seed: u64, tensor: &Value) -> Vec<f64> {
    let scale = tensor["scale"].as_f64().expect("a scale");
    let len: f64 = numbers(&tensor["shape"]).iter().product();
    let stream = Stream { seed, stream: 0, step: 0 };
    (0..len as u64).map(|i| scale * (2.0 * stream.uniform(i) - 1.0)).collect()
}

/// What a golden stores of a list of numbers: all of them, or every so many of them.
pub fn stored(all: &[f64], golden: &Value) -> Vec<f64> {
    let every = golden["every"].as_u64().unwrap_or(1);
    all.iter().step_by(every as usize).copied().collect()
}
