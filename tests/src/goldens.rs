//! Reads the goldens: what PyTorch computes.

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

/// The entries of an object of lists of numbers, by name.
pub fn named(value: &Value) -> Vec<(String, Vec<f64>)> {
    let entry = |(name, value): (&String, &Value)| {
        let values = if value.is_object() { &value["values"] } else { value };
        (name.clone(), numbers(values))
    };
    value.as_object().into_iter().flatten().map(entry).collect()
}
