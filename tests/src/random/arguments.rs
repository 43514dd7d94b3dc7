//! Arguments for anything with a signature, as text, from the kinds of its parameters alone.

use nn_compiler::layers::{LAYERS, Layer, Role};
use nn_compiler::signature::{Kind, Param};

use super::dice::Dice;

/// Numbers to choose from, for whatever range takes them.
const NUMBERS: [&str; 10] = ["0.3", "0.5", "0.1", "1.5", "0.75", "-0.4", "0", "1", "2", "1e-3"];

/// Initialisers to choose from.
const INITS: [&str; 8] =
    ["zeros", "ones", "he_normal", "normal(0, 0.5)", "uniform(-1, 1)", "orthogonal", "constant(0.3)", "lecun_uniform"];

/// The arguments of a use that works on a value of this shape: positional ones, then named ones.
pub fn arguments(dice: &mut Dice, params: &[Param], shape: &[usize]) -> Vec<String> {
    let mut stated = Vec::new();
    let mut by_position = true;
    for param in params {
        let wanted = param.default.is_none() || dice.chance(30);
        // A name is needed behind a parameter that is left out.
        if !wanted {
            by_position = false;
            continue;
        }
        by_position = by_position && (param.default.is_none() || dice.chance(50));
        let value = argument(dice, param, shape);
        stated.push(if by_position { value } else { format!("{} = {value}", param.name) });
    }
    stated
}

/// A value for a parameter; most of them are right, and some have to be refused.
fn argument(dice: &mut Dice, param: &Param, shape: &[usize]) -> String {
    let last = shape.last().copied().unwrap_or(1);
    let axes = shape.len().max(1);
    match param.kind {
        Kind::Dim => match dice.below(3) {
            0 => last.to_string(),
            _ => dice.between(1, 4).to_string(),
        },
        Kind::Dims => list(dice, axes, |dice| dice.between(1, 4).to_string()),
        Kind::Whole => dice.below(3).to_string(),
        Kind::Flow => match dice.below(4) {
            0 => format!("{last}->{}", dice.between(1, 5)),
            1 => last.to_string(),
            _ => dice.between(1, 5).to_string(),
        },
        Kind::Real(range) => {
            let fitting: Vec<&str> =
                NUMBERS.into_iter().filter(|text| text.parse().is_ok_and(|x: f64| range.takes(x))).collect();
            if fitting.is_empty() { "0.5".to_owned() } else { (*dice.pick(&fitting)).to_owned() }
        }
        Kind::Reals(_) => list(dice, last, |dice| (*dice.pick(&["1", "0.5", "2"])).to_owned()),
        Kind::Bool => dice.chance(50).to_string(),
        Kind::Choice(words) => (*dice.pick(words)).to_owned(),
        Kind::Activation => activation(dice),
        Kind::Init => (*dice.pick(&INITS)).to_owned(),
        Kind::Rate | Kind::Scheduled(_) => "0.1".to_owned(),
        Kind::Word => "loss".to_owned(),
        Kind::Schedule => "cosine(0.1)".to_owned(),
        Kind::Text => "\"text\"".to_owned(),
        Kind::Sizes(least) => {
            let size = move |dice: &mut Dice| dice.between(least, least.max(3)).to_string();
            if dice.chance(60) { size(dice) } else { list(dice, axes.max(2) - 1, size) }
        }
        Kind::Padding => match dice.below(5) {
            0 | 1 => "same".to_owned(),
            2 => "valid".to_owned(),
            3 => dice.below(3).to_string(),
            _ => list(dice, axes.max(2) - 1, |dice| format!("[{}, {}]", dice.below(3), dice.below(3))),
        },
        Kind::Axis => axis(dice, axes),
        Kind::Axes => match dice.below(3) {
            0 => list(dice, axes.min(2), |dice| axis(dice, axes)),
            _ => axis(dice, axes),
        },
    }
}

fn axis(dice: &mut Dice, axes: usize) -> String {
    if dice.chance(50) { dice.below(axes).to_string() } else { format!("-{}", dice.between(1, axes)) }
}

fn list(dice: &mut Dice, count: usize, one: impl Fn(&mut Dice) -> String) -> String {
    let all: Vec<String> = (0..count).map(|_| one(dice)).collect();
    format!("[{}]", all.join(", "))
}

/// A use of an activation.
pub fn activation(dice: &mut Dice) -> String {
    let activations: Vec<&Layer> = LAYERS.iter().copied().filter(|layer| layer.role == Role::Activation).collect();
    let layer = dice.pick(&activations);
    call(layer.signature.name, &arguments(dice, layer.signature.params, &[3]))
}

/// A call, without parentheses if it has no arguments.
pub fn call(name: &str, arguments: &[String]) -> String {
    if arguments.is_empty() { name.to_owned() } else { format!("{name}({})", arguments.join(", ")) }
}
