//! Weights that PyTorch and Keras have written give what PyTorch and Keras compute: through a map, in files of both kinds.
#![cfg(all(feature = "archives", feature = "macros"))]

use std::path::{Path, PathBuf};

use nn_runtime::program::{Program, Single};
use nn_runtime::weights::{Array, Convention, Dtype, Exported, Origin, Slot, Stored, export, load_from, write};
use nn_runtime::{Rows, network};
use serde_json::Value;

network! { pub network Mlp < dense(3->4, relu), dense(4, tanh), dense(2) > }
network! {
    pub network Images <
        input(8, 7, 2), conv(4, 3, groups = 2), batch_norm, relu, separable_conv(6, 3, multiplier = 2, bias = false), group_norm(2),
        prelu(shared = false), depthwise_conv(2), dropout(0.5), flatten, dense(3)
    >
}
network! { pub network Decoder < dense(3->24, relu), reshape(2, 3, 4), conv_transpose(2, 3, stride = 2) > }
network! { pub network Series < input(6, 2), conv(3, 3, tanh), flatten, dense(2) > }
network! { pub network Lstm < input(4, 3), lstm(4, layers = 2, bidirectional = true, returns = every), dense(2) > }
network! { pub network Gru < input(4, 3), gru(4, layers = 2, bidirectional = true, returns = every), dense(2) > }
network! { pub network Rnn < input(4, 3), rnn(4, returns = every), dense(2) > }
network! {
    pub network Encoder <
        input(3), embedding(5->4), learned_positions,
        repeat(2) <
            residual < multi_head_attention(2) >, layer_norm, residual < dense(6, relu), dense(4) >, layer_norm
        >,
        rms_norm
    >
}
network! {
    pub network KerasImages <
        input(7, 6, 2), conv(4, 3, groups = 2), batch_norm, relu, separable_conv(6, 3, multiplier = 2), prelu(shared = false),
        depthwise_conv(2, 2), conv_transpose(3, 2, stride = 2), flatten, dense(3)
    >
}
network! { pub network KerasLstm < input(4, 3), lstm(4, bidirectional = true, returns = every), dense(2) > }
network! { pub network KerasGru < input(4, 3), gru(4, returns = every), dense(2) > }
network! {
    pub network KerasEncoder < input(3), embedding(5->4), residual < multi_head_attention(2) >, layer_norm >
}

type Map = &'static [(&'static str, &'static str)];

const MLP: Map = &[("0", "dense_1"), ("2", "dense_2"), ("4", "dense_3")];
const IMAGES: Map = &[
    ("features.0", "conv_1"),
    ("features.1", "batch_norm_1"),
    ("features.3", "separable_conv_1"),
    ("features.4", "group_norm_1"),
    ("features.5", "prelu_1"),
    ("features.6", "depthwise_conv_1"),
    ("head", "dense_1"),
];
const ENCODER: Map = &[
    ("tokens", "embedding_1"),
    ("positions", "learned_positions_1"),
    ("layers.layers.0.self_attn", "repeat_1.1.residual_1.multi_head_attention_1"),
    ("layers.layers.0.norm1", "repeat_1.1.layer_norm_1"),
    ("layers.layers.0.linear1", "repeat_1.1.residual_2.dense_1"),
    ("layers.layers.0.linear2", "repeat_1.1.residual_2.dense_2"),
    ("layers.layers.0.norm2", "repeat_1.1.layer_norm_2"),
    ("layers.layers.1.self_attn", "repeat_1.2.residual_1.multi_head_attention_1"),
    ("layers.layers.1.norm1", "repeat_1.2.layer_norm_1"),
    ("layers.layers.1.linear1", "repeat_1.2.residual_2.dense_1"),
    ("layers.layers.1.linear2", "repeat_1.2.residual_2.dense_2"),
    ("layers.layers.1.norm2", "repeat_1.2.layer_norm_2"),
    ("norm", "rms_norm_1"),
];
const KERAS_IMAGES: Map = &[
    ("sequential/conv", "conv_1"),
    ("sequential/bn", "batch_norm_1"),
    ("sequential/sep", "separable_conv_1"),
    ("sequential/prelu", "prelu_1"),
    ("sequential/dw", "depthwise_conv_1"),
    ("sequential/up", "conv_transpose_1"),
    ("sequential/head/kernel", "dense_1.kernel"),
    ("sequential/head/bias", "dense_1.bias"),
];
const KERAS_ENCODER: Map =
    &[("tokens", "embedding_1"), ("attention", "residual_1.multi_head_attention_1"), ("norm", "layer_norm_1")];

/// The network of a case, and the map from the names in its file.
fn case(name: &str) -> (&'static Program<f32>, Map) {
    match name {
        "torch_images" => (Images::PROGRAM, IMAGES),
        "torch_decoder" => (Decoder::PROGRAM, &[("fc", "dense_1"), ("up", "conv_transpose_1")]),
        "torch_series" => (Series::PROGRAM, &[("conv", "conv_1"), ("fc", "dense_1")]),
        "torch_lstm" => (Lstm::PROGRAM, &[("rnn", "lstm_1"), ("fc", "dense_1")]),
        "torch_gru" => (Gru::PROGRAM, &[("rnn", "gru_1"), ("fc", "dense_1")]),
        "torch_rnn" => (Rnn::PROGRAM, &[("rnn", "rnn_1"), ("fc", "dense_1")]),
        "torch_encoder" => (Encoder::PROGRAM, ENCODER),
        "keras_images" => (KerasImages::PROGRAM, KERAS_IMAGES),
        "keras_lstm" => (KerasLstm::PROGRAM, &[("sequential_1/rnn", "lstm_1"), ("sequential_1/fc", "dense_1")]),
        "keras_gru" => (KerasGru::PROGRAM, &[("sequential_2/rnn", "gru_1"), ("sequential_2/fc", "dense_1")]),
        "keras_rnn" => (Rnn::PROGRAM, &[("sequential_3/rnn", "rnn_1"), ("sequential_3/fc", "dense_1")]),
        "keras_encoder" => (KerasEncoder::PROGRAM, KERAS_ENCODER),
        mlp if mlp.starts_with("torch_mlp") => (Mlp::PROGRAM, MLP),
        other => panic!("{other} has no network"),
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/goldens/weights")
}

fn cases() -> Vec<Value> {
    let json = std::fs::read_to_string(folder().join("cases.json")).expect("a committed file");
    serde_json::from_str::<Value>(&json).expect("JSON").as_array().expect("a list").clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    match value {
        Value::Array(items) => items.iter().flat_map(numbers).collect(),
        other => vec![other.as_f64().expect("a number")],
    }
}

fn convention(case: &Value) -> Convention {
    if case["convention"] == "keras" { Convention::Keras } else { Convention::PyTorch }
}

fn slots(program: &Program<f32>) -> Vec<Slot> {
    let slot = |single: Single| Slot {
        name: single.name().to_string(),
        shape: single.shape().to_vec(),
        purpose: single.tensor().purpose,
    };
    program.singles().map(slot).collect()
}

#[track_caller]
fn check(case: &Value, program: &Program<f32>, weights: &[f32]) {
    let inputs: Vec<f32> = numbers(&case["inputs"]).into_iter().map(|x| x as f32).collect();
    let expected = numbers(&case["outputs"]);
    let mut outputs = vec![0.0; expected.len()];
    let rows = Rows::new(&inputs, program.inputs);
    network::predict_rows(program, weights, rows, &mut outputs).expect("inputs of the network");
    for (got, want) in outputs.iter().zip(&expected) {
        let close = (f64::from(*got) - want).abs() <= 1e-5 * want.abs().max(1.0);
        assert!(close, "{}: {got} is not {want}\n{outputs:?}\n{expected:?}", case["name"]);
    }
}

#[test]
fn files_of_others_give_what_others_compute() {
    let cases = cases();
    assert_eq!(cases.len(), 16);
    for golden in &cases {
        let (program, map) = case(golden["name"].as_str().expect("a name"));
        let path = folder().join(golden["file"].as_str().expect("a file")).display().to_string();
        let origin = Origin { path: &path, convention: Some(convention(golden)), map, renew: &[] };
        let mut weights = vec![f32::NAN; program.weights];
        load_from(&origin, program, &mut weights).unwrap_or_else(|error| panic!("{error}"));
        check(golden, program, &weights);
    }
}

#[test]
fn what_goes_to_others_comes_back() {
    for golden in &cases() {
        let (program, map) = case(golden["name"].as_str().expect("a name"));
        let stored = Stored::open(&folder().join(golden["file"].as_str().expect("a file"))).expect("a good file");
        let origin = Origin { convention: Some(convention(golden)), map, ..Origin::of("") };
        let slots = slots(program);
        let adopted = stored.adopt(program.name, &slots, &origin).expect("its weights");
        let values: Vec<Vec<f64>> = adopted.values.into_iter().map(|values| values.expect("nothing is new")).collect();
        for (convention, end) in [
            (Convention::Nn, "npz"),
            (Convention::PyTorch, "safetensors"),
            (Convention::Keras, "npz"),
            (Convention::Keras, "safetensors"),
        ] {
            let exported = export(&slots, &values, convention);
            let name = golden["name"].as_str().expect("a name");
            let path =
                std::env::temp_dir().join(format!("nn-weights-{}-{name}-{convention}.{end}", std::process::id()));
            let bytes = |values: &[f64]| values.iter().flat_map(|value| value.to_le_bytes()).collect();
            let array = |tensor: Exported| Array {
                bytes: bytes(&tensor.values),
                name: tensor.name,
                dtype: Dtype::F64,
                shape: tensor.shape,
            };
            write(&path, exported.into_iter().map(array).collect(), None, None).expect("it is written");
            let stored = Stored::open(&path).expect("it was just written");
            let origin = Origin { convention: Some(convention), ..Origin::of("") };
            let again = stored.adopt(program.name, &slots, &origin).unwrap_or_else(|error| panic!("{error}"));
            std::fs::remove_file(&path).expect("it is there");
            let again: Vec<Vec<f64>> = again.values.into_iter().flatten().collect();
            assert_eq!(again, values, "{name}, {convention}");
        }
    }
}

#[test]
fn shapes_tell_the_convention_and_squares_do_not() {
    let path = folder().join("torch_series.safetensors").display().to_string();
    let map = &[("conv", "conv_1"), ("fc", "dense_1")];
    let mut weights = vec![0.0; Series::PROGRAM.weights];
    let found = load_from(&Origin { map, ..Origin::of(&path) }, Series::PROGRAM, &mut weights).expect("it fits");
    assert_eq!(found, Convention::PyTorch);
    let square = std::env::temp_dir().join(format!("nn-weights-{}-square.safetensors", std::process::id()));
    let array = |name: &str, shape: &[usize]| Array {
        name: name.to_owned(),
        dtype: Dtype::F32,
        shape: shape.to_vec(),
        bytes: (0..shape.iter().product::<usize>()).flat_map(|value| (value as f32).to_le_bytes()).collect(),
    };
    network! { network Square < dense(2->2) > }
    write(&square, vec![array("dense_1.weight", &[2, 2]), array("dense_1.bias", &[2])], None, None).expect("written");
    let file = square.display().to_string();
    let mut weights = vec![0.0_f32; 6];
    let error = load_from(&Origin::of(&file), Square::PROGRAM, &mut weights).expect_err("both fit").to_string();
    let told =
        "`dense_1.weight` can be read in more than one way: say whose weights they are, `as pytorch` or `as keras`";
    assert_eq!((error, &weights[..]), (format!("{file}: {told}"), &[0.0; 6][..]));
    let mut net = Square::new(0);
    let said = Origin { convention: Some(Convention::PyTorch), ..Origin::of(&file) };
    assert_eq!(net.load_weights(&said).expect("it fits"), Convention::PyTorch);
    assert_eq!(net.predict(&[1.0, 0.0]), [0.0, 3.0]);
    assert_eq!(Square::load_from(&said, 0).expect("it fits").predict(&[0.0, 1.0]), [1.0, 4.0]);
    std::fs::remove_file(&square).expect("it is there");
}
