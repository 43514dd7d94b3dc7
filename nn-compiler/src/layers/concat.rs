//! Joining values: `concat(a, b)` along an axis they have, `stack(a, b)` along a new one.

use super::add::stretch;
use super::{BASE, Complaint, Incoming, Layer, Lowering, Mask, Operands};
use crate::ir::Value;
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Signature, Value as Argument};
use crate::words;
use nn_grammar::diagnostic::Code;

/// Values one behind the other on an axis.
pub(super) static CONCAT: Layer = Layer {
    signature: Signature {
        name: "concat",
        doc: "All values, one behind the other on an axis; their other axes are equal.",
        params: &[Param::optional("axis", Kind::Axis, Preset::Axis(-1), "the axis on which they lie")],
    },
    operands: Operands::MANY,
    mask: Mask::KeepsWithAxes,
    output,
    lower: |cx, args, x| {
        let rank = cx.graph.shape(x).dims.len();
        let axis = args.axis("axis", rank).expect("`output` has looked for it");
        let (parts, batched) = alike(cx, x);
        cx.graph.concat(&parts, axis + usize::from(batched))
    },
    ..BASE
};

/// Values along a new axis.
pub(super) static STACK: Layer = Layer {
    signature: Signature {
        name: "stack",
        doc: "All values, which have one shape, along a new axis.",
        params: &[Param::optional("axis", Kind::Axis, Preset::Axis(0), "where the new axis stands in the result")],
    },
    operands: Operands::MANY,
    mask: Mask::Drops,
    output: |args, incoming| {
        let rank = incoming.shape.len() + 1;
        let axis = args.axis("axis", rank).ok_or_else(|| no_axis_of(args, "axis", rank, "result"))?;
        if let Some((_, other)) = incoming.others.iter().find(|(_, shape)| *shape != incoming.shape) {
            return Err(unequal(args, incoming.shape, other, "values of one shape can be stacked"));
        }
        let mut shape = incoming.shape.to_vec();
        shape.insert(axis, 1 + incoming.others.len());
        Ok(shape)
    },
    lower: |cx, args, x| {
        let rank = cx.graph.shape(x).dims.len() + 1;
        let axis = args.axis("axis", rank).expect("`output` has looked for it");
        let (parts, batched) = alike(cx, x);
        let parts: Vec<Value> = parts
            .into_iter()
            .map(|part| {
                let mut shape = cx.graph.shape(part).clone();
                shape.dims.insert(axis, 1);
                cx.graph.reshape(part, shape)
            })
            .collect();
        cx.graph.concat(&parts, axis + usize::from(batched))
    },
    ..BASE
};

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let rank = incoming.shape.len();
    let axis = args.axis("axis", rank).ok_or_else(|| no_axis(args, "axis", rank))?;
    let mut shape = incoming.shape.to_vec();
    for (_, other) in incoming.others {
        let fits = other.len() == rank && (0..rank).all(|at| at == axis || other[at] == shape[at]);
        if !fits {
            let help = match other.len() == rank {
                true => format!("all axes but axis {axis} must be equal"),
                false => "both need as many axes; `expand` adds one".to_owned(),
            };
            return Err(unequal(args, incoming.shape, other, &help));
        }
        shape[axis] = shape[axis].saturating_add(other[axis]);
    }
    Ok(shape)
}

fn unequal(args: &Args, a: &[usize], b: &[usize], help: &str) -> Complaint {
    let (a, b) = (words::shape(a), words::shape(b));
    Complaint {
        code: Code::WidthMismatch,
        message: format!("`{}` cannot join {a} and {b}", args.signature.name),
        blame: None,
        label: format!("{a} meets {b}"),
        help: help.to_owned(),
    }
}

/// That a value has no such axis.
pub(super) fn no_axis(args: &Args, name: &'static str, rank: usize) -> Complaint {
    no_axis_of(args, name, rank, "value")
}

/// That a value, or the result with its new axis, has no such axis.
pub(super) fn no_axis_of(args: &Args, name: &'static str, rank: usize, whose: &str) -> Complaint {
    let axes = match rank {
        0 if args.signature.name == CONCAT.signature.name => "join single values with `stack`".to_owned(),
        0 => "a single value has no axes".to_owned(),
        1 => "there is one axis, `0`".to_owned(),
        _ => format!("axes are `0` to `{}`, or `-1` to `-{rank}`, each at most once", rank - 1),
    };
    let extent = rank as i64;
    let what = match &args.argument(name).value {
        Argument::Axes(axes) if axes.iter().all(|axis| (-extent..extent).contains(axis)) => "twice",
        _ => "that is not there",
    };
    Complaint {
        code: Code::OutOfRange,
        message: format!("`{}` names an axis {what}", args.signature.name),
        blame: Some(name),
        label: format!("the {whose} has {}", words::count(rank, "axis")),
        help: axes,
    }
}

/// All operands with the batch, if one of them has it; and whether they have.
fn alike(cx: &mut Lowering<'_>, x: Value) -> (Vec<Value>, bool) {
    let values: Vec<Value> = [x].into_iter().chain(cx.others.iter().map(|(_, value)| *value)).collect();
    let rows = values.iter().map(|value| cx.graph.shape(*value).rows).max().unwrap_or(0);
    let stretched = values.into_iter().map(|value| {
        let dims = cx.graph.shape(value).dims.clone();
        stretch(cx.graph, value, &Shape { rows, dims })
    });
    (stretched.collect(), rows > 0)
}
