//! What recurrent layers take, yield and hold.

use super::MOST_LAYERS;
use super::cells::Cell;
use crate::init::Init;
use crate::layers::purpose::{CellPart, Direction, Purpose};
use crate::layers::{Complaint, Incoming, TensorSpec};
use crate::signature::Args;
use crate::words;
use nn_grammar::diagnostic::Code;

/// The directions of each layer: whether the last step comes first.
pub(super) fn directions(args: &Args) -> Vec<bool> {
    if args.bool("bidirectional") { vec![false, true] } else { vec![args.bool("reverse")] }
}

/// The width of what a layer yields.
fn width(args: &Args) -> usize {
    args.dim("units").saturating_mul(directions(args).len())
}

/// `[units]` or `[t, units]` for a sequence `[t, c]`.
pub(super) fn output(cell: &Cell, args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let [steps, _] = incoming.shape[..] else { return Err(no_sequence(args, incoming)) };
    if args.bool("bidirectional") && args.bool("reverse") {
        return Err(Complaint {
            code: Code::OutOfRange,
            message: "a layer in both directions cannot be reversed as well".to_owned(),
            blame: Some("reverse"),
            label: "says nothing beside `bidirectional = true`".to_owned(),
            help: "leave one of them out".to_owned(),
        });
    }
    let layers = args.dim("layers");
    if layers > MOST_LAYERS {
        return Err(Complaint {
            code: Code::TooLarge,
            message: format!("`{}` stacks at most {MOST_LAYERS} layers, not {layers}", args.signature.name),
            blame: Some("layers"),
            label: "too many".to_owned(),
            help: format!("write at most `layers = {MOST_LAYERS}`, or several layers behind each other"),
        });
    }
    if let Some(mask) = incoming.other("mask").filter(|mask| *mask != [steps]) {
        return Err(unfit_operand("mask", mask, steps, "one value for each of the steps"));
    }
    for name in cell.carried {
        if let Some(initial) = incoming.other(name) {
            initial_fits(args, name, initial)?;
        }
    }
    Ok(match args.choice("returns") {
        "every" => vec![steps, width(args)],
        "carried" => vec![width(args).saturating_mul(cell.carried.len())],
        _ => vec![width(args)],
    })
}

fn no_sequence(args: &Args, incoming: &Incoming<'_>) -> Complaint {
    let (name, units) = (args.signature.name, args.dim("units"));
    let shape = words::shape(incoming.shape);
    let help = match incoming.shape {
        [] => "it needs two axes, as in `input(20, 4)`: steps, then values".to_owned(),
        [_] => "give it an input such as `input(20, 4)`: steps, then values; a recurrent layer before it yields a sequence with `returns = every`"
            .to_owned(),
        [_, step @ ..] => {
            let values = step.iter().fold(1usize, |all, extent| all.saturating_mul(*extent));
            format!("put `time_distributed < flatten >` before it: each step becomes {}", words::count(values, "value"))
        }
    };
    Complaint {
        code: Code::WrongRank,
        message: format!("`{name}({units})` takes a sequence `[t, c]`, but {} yields {shape}", incoming.from),
        blame: None,
        label: "needs an axis of steps and one of values".to_owned(),
        help,
    }
}

fn unfit_operand(name: &str, shape: &[usize], wanted: usize, what: &str) -> Complaint {
    let shape = words::shape(shape);
    Complaint {
        code: Code::WidthMismatch,
        message: format!("`{name}` is {shape}, and [{wanted}] is needed: {what}"),
        blame: None,
        label: format!("`{name}` is {shape}"),
        help: format!("give it the shape [{wanted}]"),
    }
}

/// A state before the first step is for one layer in one direction.
fn initial_fits(args: &Args, name: &str, initial: &[usize]) -> Result<(), Complaint> {
    let units = args.dim("units");
    for (param, several) in [("layers", args.dim("layers") > 1), ("bidirectional", args.bool("bidirectional"))] {
        if several {
            return Err(Complaint {
                code: Code::OperandCount,
                message: format!("`{name}` is the state of one layer in one direction, and there are several here"),
                blame: Some(param),
                label: "each would need a state of its own".to_owned(),
                help: "write the layers behind each other, and give each its state".to_owned(),
            });
        }
    }
    if initial == [units] {
        Ok(())
    } else {
        Err(unfit_operand(name, initial, units, "one value for each of the units"))
    }
}

/// For each layer and direction `input_weight`, `recurrent_weight` and the biases.
pub(super) fn tensors(cell: &Cell, args: &Args, incoming: &Incoming<'_>) -> Vec<TensorSpec> {
    let units = args.dim("units");
    let wide = units.saturating_mul(cell.gates);
    let mut all = Vec::new();
    for layer in 1..=args.dim("layers") {
        let entering = if layer == 1 { incoming.width() } else { width(args) };
        for number in 0..directions(args).len() {
            let before = if number == 1 { "backward_" } else { "" };
            let behind = if layer > 1 { format!("_{layer}") } else { String::new() };
            let direction = match (directions(args).len(), number) {
                (1, _) => Direction::Only,
                (_, 0) => Direction::Forward,
                _ => Direction::Backward,
            };
            let mut tensor = |part, name: &str, shape: &[usize], init| {
                let purpose = Purpose::Recurrent { part, gates: cell.gates, layer: layer - 1, direction };
                all.push(TensorSpec::parameter(format!("{before}{name}{behind}"), shape, init).with(purpose));
            };
            tensor(CellPart::Input, "input_weight", &[entering, wide], Init::GlorotUniform);
            tensor(CellPart::State, "recurrent_weight", &[units, wide], Init::Orthogonal { gain: 1.0 });
            if args.bool("bias") {
                tensor(CellPart::Bias, "bias", &[wide], Init::Zeros);
                if cell.recurrent_bias {
                    tensor(CellPart::StateBias, "recurrent_bias", &[units], Init::Zeros);
                }
            }
        }
    }
    all
}
