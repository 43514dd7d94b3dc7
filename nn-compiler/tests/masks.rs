//! Which values a mask goes on beside: those that have the steps it speaks of.

use nn_compiler::compile;
use nn_grammar::text;

/// How many steps the mask has that a gru behind `value` is given; `m` is a sequence `[4, 3]` with a mask.
fn steps_of_mask(value: &str) -> Option<usize> {
    let source = format!(
        "network N(x: [4, 3], y: [4, 3], w: [2, 4], s: [4, 4]) {{ let m = x |> masking; let z = {value}; z |> gru(2) }}"
    );
    let program = text::parse(&source).expect("a text of the language");
    let compiled = compile(&program).unwrap_or_else(|mistakes| panic!("{value}: {mistakes:?}"));
    let network = &compiled[0].network;
    let uses = network.uses();
    let gru = uses.last().expect("there are layers");
    assert_eq!(gru.layer.signature.name, "gru");
    let (_, mask) = gru.operands.iter().find(|(name, _)| *name == "mask")?;
    Some(network.body.step(*mask).shape[0])
}

#[test]
fn values_with_the_same_steps_keep_a_mask() {
    for value in [
        "m",
        "2 * m",
        "m + y",
        "y + m",
        "add(y, m)",
        "m * y[0]",
        "y[0] * m",
        "concat(m, y)",
        "m @ s[0..3]",
        "m |> tanh |> dense(2)",
        "maximum(y, s[0..1][0][0], m)",
    ] {
        assert_eq!(steps_of_mask(value), Some(4), "{value}");
    }
}

#[test]
fn values_with_other_steps_lose_it() {
    for value in [
        "y",
        "concat(m, y, axis = 0)",
        "w @ m",
        "s @ m",
        "m[0..2]",
        "m |> reverse",
        "m |> transpose",
        "stack(m, y)[0]",
        "m[0..1] + y",
        "sum(m, axis = 1) + s",
        "y + stop(y)",
    ] {
        assert_eq!(steps_of_mask(value), None, "{value}");
    }
}
