//! Every layer answers every shape, a single value among them: with an output, or with a mistake, but never with a panic.

use std::panic::catch_unwind;

use nn_compiler::compile;
use nn_compiler::layers::{LAYERS, Layer};
use nn_compiler::signature::Kind;
use nn_grammar::text;

/// What a layer may be given: from a single value to three axes, and ids.
const VALUES: [&str; 7] = ["sum(x)", "one", "three", "x", "image", "ids", "volume"];

/// The inputs that [`VALUES`] are made of.
const INPUTS: &str = "x: [2, 3], one: [1], three: [3], image: [2, 3, 4], ids: class(5)[3], volume: [2, 2, 3, 2]";

/// Arguments that stand in for those that must be stated; one of several turns.
fn stated(kind: &Kind, turn: usize) -> String {
    let axis = ["0", "-1", "1"][turn];
    match kind {
        Kind::Dim | Kind::Dims => ["2", "1", "3"][turn].to_owned(),
        Kind::Whole => turn.to_string(),
        Kind::Flow => ["3", "4->3", "1->2"][turn].to_owned(),
        Kind::Real(_) | Kind::Rate | Kind::Scheduled(_) => "0.5".to_owned(),
        Kind::Reals(_) => "[1, 2]".to_owned(),
        Kind::Bool => "true".to_owned(),
        Kind::Choice(words) => words[turn % words.len()].to_owned(),
        Kind::Activation => ["relu", "softmax", "prelu"][turn].to_owned(),
        Kind::Init => "ones".to_owned(),
        Kind::Schedule => "constant(1)".to_owned(),
        Kind::Text => "\"a\"".to_owned(),
        Kind::Word => "a".to_owned(),
        Kind::Sizes(_) => ["1", "2", "[1, 2]"][turn].to_owned(),
        Kind::Padding => ["1", "same", "valid"][turn].to_owned(),
        Kind::Axis | Kind::Axes => axis.to_owned(),
    }
}

/// Uses of a layer: with the arguments that it needs, and with an argument for each parameter once.
fn uses(layer: &Layer, operands: &str) -> Vec<String> {
    let params = layer.signature.params;
    let mut uses = Vec::new();
    for turn in 0..3 {
        let argument = |at: usize| format!(", {} = {}", params[at].name, stated(&params[at].kind, turn));
        let needed: Vec<usize> = (0..params.len()).filter(|at| params[*at].default.is_none()).collect();
        let base: String = needed.iter().map(|at| argument(*at)).collect();
        uses.push(format!("{}({operands}{base})", layer.signature.name));
        for at in (0..params.len()).filter(|at| params[*at].default.is_some()) {
            uses.push(format!("{}({operands}{base}{})", layer.signature.name, argument(at)));
        }
    }
    uses
}

/// All operands that a layer might be given: each value, and where it works on several, each pair.
fn operands(layer: &Layer) -> Vec<String> {
    let others = layer.operands.required.saturating_sub(1);
    let with = |a: &str, b: &str| [vec![a], vec![b; others]].concat().join(", ");
    let seconds = if others == 0 { &VALUES[..1] } else { &VALUES[..] };
    VALUES.iter().flat_map(|a| seconds.iter().map(|b| with(a, b))).collect()
}

/// Whether a text compiles; `None` if that panics.
fn answered(source: &str) -> Option<bool> {
    let program = text::parse(source).expect("a text");
    catch_unwind(move || compile(&program).is_ok()).ok()
}

#[test]
fn every_layer_answers_every_shape() {
    let (mut good, mut bad, mut panics) = (0, 0, Vec::new());
    for layer in LAYERS {
        for call in operands(layer).iter().flat_map(|operands| uses(layer, operands)) {
            let source = format!("network N({INPUTS}) {{ {call} }}");
            match answered(&source) {
                Some(true) => good += 1,
                Some(false) => bad += 1,
                None => panics.push(call),
            }
        }
    }
    assert!(panics.is_empty(), "these panic: {panics:#?}");
    assert!(good > 1000 && bad > 1000, "{good} networks and {bad} mistakes");
}
