//! A further function of a network that yields what each of its layers yields: for those who look into it. Knows layers and models.

use nn_grammar::span::Span;

use crate::ir::Yielded;
use crate::layers::{self, Layer, Role};
use crate::model::{Body, Entry, Loop, Network, Port, Step, StepKind, Use, Wire};
use crate::signature::{Args, Argument, Value};

/// The name of that function, unless the text has one of this name: then with underscores behind it.
pub const NAME: &str = "each_layer";

/// Adds the function. Its outputs are called like the layers, `dense_1` or `repeat_1.*.dense_1`; those of a loop have a leading axis with
/// the steps.
pub fn add(network: &mut Network) {
    let mut body = network.body.clone();
    let found = instrument(&mut body);
    let Some(result) = joined(&mut body, &found) else { return };
    let mut name = NAME.to_owned();
    while network.entries.iter().any(|entry| entry.name == name) {
        name.push('_');
    }
    let output = body.step(result).shape.clone();
    let port = |(path, wire): &(String, Wire)| {
        let shape = body.step(*wire).shape.clone();
        Port { name: path.clone(), shape, classes: None, padded: false }
    };
    let outputs = found.iter().map(port).collect();
    network.entries.push(Entry { name, inputs: network.inputs.clone(), output, outputs, body, result });
}

/// What the layers of a body yield, by their names; the values of a loop leave it as sequences.
fn instrument(body: &mut Body) -> Vec<(String, Wire)> {
    let mut found = Vec::new();
    let mut emitted: Vec<(Wire, usize, String, Vec<usize>)> = Vec::new();
    for (index, step) in body.steps.iter_mut().enumerate() {
        match &mut step.kind {
            StepKind::Layer(layer) if !matches!(layer.layer.role, Role::Input | Role::Mask) => {
                found.push((layer.path.clone(), Wire(index)));
            }
            StepKind::Loop(inner) => {
                let Loop { body, emits, steps, .. } = &mut **inner;
                for (path, wire) in instrument(body) {
                    let shape = [&[*steps][..], &body.step(wire).shape].concat();
                    emits.push(wire);
                    emitted.push((Wire(index), emits.len() - 1, path, shape));
                }
            }
            _ => {}
        }
    }
    for (of, number, path, shape) in emitted {
        let wire = body.push(StepKind::Yielded(of, Yielded::Emitted(number)), shape);
        found.push((path, wire));
    }
    found
}

/// All values one behind the other.
fn joined(body: &mut Body, found: &[(String, Wire)]) -> Option<Wire> {
    let flat: Vec<Wire> = found.iter().map(|(_, wire)| flattened(body, *wire)).collect();
    let [first, .., _] = flat[..] else { return flat.first().copied() };
    let concat = layers::find("concat")?;
    let values = vec![Argument { value: Value::Axis(-1), span: None }];
    let args = Args { signature: &concat.signature, values, span: Span::default() };
    let input = body.step(first).shape.clone();
    let all = flat.iter().map(|wire| body.step(*wire).shape[0]).sum();
    let names = std::iter::once("a").chain(std::iter::repeat("b"));
    let operands = names.zip(flat).collect();
    Some(use_of(body, concat, args, operands, input, vec![all]))
}

fn flattened(body: &mut Body, wire: Wire) -> Wire {
    let Some(flatten) = layers::find("flatten") else { return wire };
    let input = body.step(wire).shape.clone();
    let values = input.iter().product();
    use_of(body, flatten, Args::none(&flatten.signature), vec![("x", wire)], input, vec![values])
}

fn use_of(
    body: &mut Body,
    layer: &'static Layer,
    args: Args,
    operands: Vec<(&'static str, Wire)>,
    input: Vec<usize>,
    output: Vec<usize>,
) -> Wire {
    let (path, text) = (format!("{NAME}.{}", layer.signature.name), layer.signature.name.to_owned());
    let one = Use { layer, args, path, text, operands, input, output: output.clone(), tensors: 0..0 };
    body.steps.push(Step { kind: StepKind::Layer(Box::new(one)), shape: output });
    Wire(body.steps.len() - 1)
}
