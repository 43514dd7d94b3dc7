//! `normalize`: each channel has its own mean and deviation, in training, prediction and serving alike.
#![cfg(feature = "train")]

use std::fs;
use std::path::PathBuf;

use nn_runtime::data::{self, Answers, Demand, Encodings, Fields, Precision, Queries};
use nn_runtime::recipe::{Columns, Data, Encoding, Field, IdxFiles, Source, Split};

const FILES: Source = Source::Idx(Some(IdxFiles { images: "images", labels: None, test: None }));
const HALVES: Split = Split { train: 0.5, validation: 0.5, test: 0.0, stratify: false, shuffle: false, folds: None };
/// Images of one line of two pixels with two channels.
const NET: Demand<'static> =
    Demand { network: "Net", inputs: 4, outputs: 4, width: 2, ids: &[], stated: None, precision: Precision::F32 };
const MEASURED: &[Field] = &[image(Encoding::Normalize { channels: 2, stated: &[] })];
const STATED: &[Field] = &[image(Encoding::Normalize { channels: 2, stated: &[(1.0, 2.0), (100.0, 50.0)] })];
const ONE_FOR_ALL: &[Field] = &[image(Encoding::Normalize { channels: 2, stated: &[(10.0, 10.0)] })];

const fn image(encoding: Encoding) -> Field {
    Field { encoding, columns: Columns::Array("image", None) }
}

const fn data(fields: &'static [Field]) -> Data {
    Data { path: "", source: FILES, x: fields, y: fields }
}

/// Four images; the training has the first two. Its channels are 1, 3, 5, 7 and 100, 100, 200, 200.
const BYTES: [u8; 16] = [1, 100, 3, 100, 5, 200, 7, 200, 4, 150, 255, 0, 9, 9, 9, 9];

fn idx(examples: u8, bytes: &[u8]) -> Vec<u8> {
    let shape = [[0, 0, 0, examples], [0, 0, 0, 1], [0, 0, 0, 2], [0, 0, 0, 2]].concat();
    [&[0, 0, 8, 4], &shape[..], bytes].concat()
}

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("nn-channels-{}-{name}", std::process::id()));
    fs::create_dir_all(&path).unwrap();
    fs::write(path.join("images"), idx(4, &BYTES)).unwrap();
    path
}

#[test]
fn means_and_deviations_come_from_the_training_rows_of_each_channel() {
    let folder = folder("measured");
    let loaded = data::load::<f32>(&folder, &data(MEASURED), HALVES, 1, &NET).unwrap();
    let of = |pixel: f64, other: f64| [(pixel - 4.0) / 5_f64.sqrt(), (other - 150.0) / 50.0].map(|value| value as f32);
    let expected = [of(1.0, 100.0), of(3.0, 100.0), of(5.0, 200.0), of(7.0, 200.0)].concat();
    assert_eq!(loaded.train.inputs, expected);
    assert_eq!(loaded.train.targets, Answers::Values(expected));
    let kept = [of(4.0, 150.0), of(255.0, 0.0), of(9.0, 9.0), of(9.0, 9.0)].concat();
    assert_eq!(loaded.validation.inputs, kept);

    // What is predicted later, from files and over HTTP, through the encodings as they are saved.
    let json = loaded.encodings.to_json().unwrap();
    let encodings = Encodings::from_json(&json).unwrap();
    let source = Box::new(std::io::Cursor::new(idx(1, &BYTES[8..12])));
    let mut queries = Queries::new("image".into(), source, &encodings, &NET).unwrap();
    let asked: Vec<f32> = queries.batch(9).unwrap().unwrap().inputs.iter().map(|value| *value as f32).collect();
    assert_eq!(asked, kept[..4]);
    let mut posted = Vec::new();
    let example = serde_json::json!({ "image": [[[4, 150], [255, 0]]] });
    Fields::new(Some(&encodings), &NET).encode(&example, &mut posted).unwrap();
    assert_eq!(posted.iter().map(|value| *value as f32).collect::<Vec<_>>(), kept[..4]);
    // Outputs go back into the unit of their channel.
    let decoded: Vec<f64> = encodings.targets().iter().map(|column| column.fitted.decode(1.0)).collect();
    assert_eq!(decoded, [4.0 + 5_f64.sqrt(), 200.0, 4.0 + 5_f64.sqrt(), 200.0]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn stated_means_and_deviations_are_taken_as_they_are() {
    let folder = folder("stated");
    let of = |fields| data::load::<f32>(&folder, &data(fields), HALVES, 1, &NET).unwrap().train.inputs;
    assert_eq!(of(STATED), [0.0, 0.0, 1.0, 0.0, 2.0, 2.0, 3.0, 2.0]);
    assert_eq!(of(ONE_FOR_ALL), [-0.9, 9.0, -0.7, 9.0, -0.5, 19.0, -0.3, 19.0]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_channel_that_is_constant_becomes_0() {
    let folder = folder("constant");
    fs::write(folder.join("images"), idx(2, &[1, 9, 3, 9, 5, 9, 7, 9])).unwrap();
    let all = Split { train: 1.0, validation: 0.0, ..HALVES };
    let inputs = data::load::<f32>(&folder, &data(MEASURED), all, 1, &NET).unwrap().train.inputs;
    assert!(inputs.iter().skip(1).step_by(2).all(|value| *value == 0.0), "{inputs:?}");
    assert!(inputs.iter().step_by(2).all(|value| *value != 0.0));
    fs::remove_dir_all(folder).unwrap();
}
