//! Layers of images answer every shape and every number: with an output of the shape that they state, or with a mistake.

use nn_compiler::compile;
use nn_grammar::text;

/// Inputs of one to five axes, among them very long ones.
const INPUTS: [&str; 9] = [
    "5",
    "1, 1",
    "7, 2",
    "9_007_199_254_740_991, 1",
    "4, 6, 2",
    "1, 2_000_000_000, 1",
    "3, 4, 2, 2",
    "2, 1, 1, 6",
    "2, 3, 2, 3, 2",
];

/// Sizes of all kinds: for all axes, for some, and beyond all memory.
const SIZES: [&str; 6] = ["1", "2", "[2, 1]", "[1, 3, 2]", "2_000_000_000", "9_000_000_000_000_000"];

/// Paddings of all kinds.
const PADS: [&str; 6] = ["same", "valid", "1", "[[0, 2], 1]", "3_000_000_000", "9_000_000_000_000_000"];

/// Each layer with these sizes and this padding.
fn stages(size: &str, other: &str, pad: &str) -> Vec<String> {
    vec![
        format!("conv(4, {size}, stride = {other}, pad = {pad}, groups = 2)"),
        format!("conv(6, {size}, dilation = {other}, pad = {pad})"),
        format!("depthwise_conv({size}, 3, stride = {other}, pad = {pad})"),
        format!("separable_conv(2, {size}, dilation = {other}, pad = {pad})"),
        format!("conv_transpose(2, {size}, stride = {other}, pad = {pad}, output_padding = 1)"),
        format!("conv_transpose(2, {size}, dilation = {other}, pad = {pad})"),
        format!("max_pool({size}, stride = {other}, pad = {pad})"),
        format!("avg_pool({size}, pad = {pad}, count_padding = false)"),
        format!("zero_pad({pad})"),
        format!("crop({pad})"),
        format!("upsample({size}, mode = linear)"),
        format!("upsample({size}, mode = bilinear)"),
        format!("upsample({size})"),
        "global_max_pool".to_owned(),
        "global_avg_pool".to_owned(),
    ]
}

#[test]
fn every_shape_and_every_number_is_answered() {
    let (mut good, mut bad) = (0, 0);
    for input in INPUTS {
        for (at, size) in SIZES.iter().enumerate() {
            for (turn, pad) in PADS.iter().enumerate() {
                let other = SIZES[(at + turn) % SIZES.len()];
                for stage in stages(size, other, pad) {
                    let source = format!("network N < input({input}), {stage} >");
                    let program = text::parse(&source).expect("a text");
                    match compile(&program) {
                        Ok(_) => good += 1,
                        Err(mistakes) => {
                            assert!(!mistakes.is_empty(), "{source}");
                            bad += 1;
                        }
                    }
                }
            }
        }
    }
    assert!(good > 200 && bad > 1000, "{good} networks and {bad} mistakes");
}

#[test]
fn outputs_have_the_extents_of_tensorflow_and_pytorch() {
    let output = |input: &str, stage: &str| {
        let program = text::parse(&format!("network N < input({input}), {stage} >")).expect("a text");
        compile(&program).expect("a network")[0].network.output.clone()
    };
    assert_eq!(output("28, 28, 1", "conv(6, 5)"), [24, 24, 6]);
    assert_eq!(output("7, 8, 3", "conv(6, 3, stride = 2, pad = same)"), [4, 4, 6]);
    assert_eq!(output("7, 8, 3", "conv(6, 3, stride = 2, pad = 1, dilation = 2)"), [3, 3, 6]);
    assert_eq!(output("9, 4, 7, 3", "max_pool([2, 1, 3])"), [4, 4, 2, 3]);
    assert_eq!(output("7, 5, 3", "avg_pool(2, pad = same)"), [4, 3, 3]);
    assert_eq!(output("7, 3", "conv_transpose(5, 3, stride = 2, pad = 1, output_padding = 1)"), [14, 5]);
    assert_eq!(output("7, 3", "conv_transpose(5, 2, stride = 3, pad = same)"), [21, 5]);
    assert_eq!(output("7, 4, 3", "depthwise_conv(3, 4)"), [5, 2, 12]);
    assert_eq!(output("7, 4, 3", "zero_pad([1, [0, 2]])"), [9, 6, 3]);
    assert_eq!(output("7, 4, 3", "upsample([2, 3])"), [14, 12, 3]);
    assert_eq!(output("7, 4, 3", "global_max_pool"), [3]);
}
