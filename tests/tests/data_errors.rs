//! What is said about data and weights that do not fit: a file of `corpus/fail_data` for each mistake, its message a snapshot.
//!
//! To accept what is said now, after reading it: `INSTA_UPDATE=always cargo test -p nn-tests --test data_errors`.

use std::path::Path;

use nn_runtime::session::{Overrides, Quiet, evaluate, train};
use nn_runtime::weights::Stored;

nn_runtime::network! { file "corpus/pass/iris.nn" }
nn_runtime::network! { network Digits < dense(64->32, relu), dense(32->10, softmax) > }

/// What training on a file of the corpus says.
fn said(name: &str) -> String {
    let data = Path::new("corpus/fail_data").join(name);
    match train(Iris::PROGRAM, &Overrides { data: Some(data), epochs: Some(1), ..Overrides::default() }, &mut Quiet) {
        Ok(_) => panic!("{name} is accepted"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn every_file_has_its_message() {
    let mut names: Vec<String> = std::fs::read_dir("corpus/fail_data")
        .expect("the corpus")
        .map(|entry| entry.expect("a file").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let all: String = names.iter().map(|name| format!("{}\n\n", said(name))).collect();
    insta::assert_snapshot!("data", all);
}

#[test]
fn a_label_that_training_never_saw_is_told() {
    let bytes = trained_weights();
    let stored = Stored::from_bytes("weights.safetensors".to_owned(), bytes).expect("they were just written");
    let data = Path::new("corpus/fail_data/too_many_classes.csv");
    let error = evaluate(Iris::PROGRAM, &stored, data, 1).expect_err("one class is new");
    insta::assert_snapshot!("unseen_label", error.to_string());
}

#[test]
fn weights_that_do_not_fit_are_told() {
    let bytes = trained_weights();
    let open = |bytes: &[u8]| Stored::from_bytes("weights.safetensors".to_owned(), bytes.to_vec());
    let mut weights = vec![0.0f32; Digits::WEIGHTS];
    let other = open(&bytes).and_then(|stored| stored.copy_to(Digits::PROGRAM, &mut weights));
    let truncated = open(&bytes[..bytes.len() / 2]);
    let mut flipped = bytes.clone();
    let last = flipped.len() - 5;
    flipped[last] ^= 0x10;
    let mut weights = vec![0.0f32; Iris::WEIGHTS];
    let corrupted = open(&flipped).and_then(|stored| stored.copy_to(Iris::PROGRAM, &mut weights));
    let all = [
        other.expect_err("another network").to_string(),
        truncated.map(drop).expect_err("half a file").to_string(),
        corrupted.expect_err("a flipped bit").to_string(),
    ];
    insta::assert_snapshot!("weights", all.join("\n\n"));
}

/// The bytes of the weights of a short training on the committed data.
fn trained_weights() -> Vec<u8> {
    let overrides =
        Overrides { data: Some("../examples/iris/iris.csv".into()), epochs: Some(1), ..Overrides::default() };
    let trained = train(Iris::PROGRAM, &overrides, &mut Quiet).expect("the data is good");
    let name = format!("nn-data-errors-{}-{:?}.safetensors", std::process::id(), std::thread::current().id());
    let path = std::env::temp_dir().join(name);
    let encodings = trained.encodings.to_json().expect("they are plain");
    nn_runtime::weights::save(&path, Iris::PROGRAM, &trained.weights, Some(&encodings)).expect("it is written");
    let bytes = std::fs::read(&path).expect("it was written");
    std::fs::remove_file(&path).expect("it can be removed");
    bytes
}
