//! Reductions over axes: `sum(x, axis = -1)`, `mean`, `max`, `min`, `variance`, `norm`.

use super::concat::no_axis;
use super::{BASE, Complaint, Incoming, Layer, Mask};
use crate::ir::{Graph, Reduction, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Signature};

macro_rules! reductions {
    ($($name:ident = $text:literal, $doc:literal, $reduce:expr;)+) => {
        $(
            #[doc = $doc]
            pub(super) static $name: Layer = Layer {
                signature: Signature {
                    name: $text,
                    doc: $doc,
                    params: &[
                        Param::optional("axis", Kind::Axes, Preset::AllAxes, "the axes that disappear; all leave a single value"),
                        Param::optional("keep", Kind::Bool, Preset::Bool(false), "whether the axes stay, with an extent of 1"),
                    ],
                },
                mask: Mask::Drops,
                output,
                lower: |cx, args, x| {
                    let shape = cx.graph.shape(x).clone();
                    let axes = args.axes("axis", shape.dims.len()).expect("`output` has looked for them");
                    let count: usize = axes.iter().map(|axis| shape.dims[*axis]).product();
                    // The batch stands in front.
                    let mut axes: Vec<usize> = axes.into_iter().map(|axis| axis + 1).collect();
                    axes.sort_unstable();
                    let reduce: fn(&mut Graph, Value, &[usize], f64) -> Value = $reduce;
                    let reduced = if axes.is_empty() { of_one(cx.graph, $text, x) } else { reduce(cx.graph, x, &axes, count as f64) };
                    if args.bool("keep") {
                        let dims = kept(&shape.dims, &axes);
                        return cx.graph.reshape(reduced, Shape { rows: shape.rows, dims });
                    }
                    reduced
                },
                ..BASE
            };
        )+
    };
}

reductions! {
    SUM = "sum", "The sum over axes.", |g, x, axes, _| g.sum(x, axes);
    MEAN = "mean", "The mean over axes.", |g, x, axes, count| mean(g, x, axes, count);
    MAX = "max", "The largest value over axes; equal ones share the gradient.", |g, x, axes, _| g.reduce(Reduction::Max, x, axes);
    MIN = "min", "The least value over axes; equal ones share the gradient.", |g, x, axes, _| {
        let negative = g.neg(x);
        let largest = g.reduce(Reduction::Max, negative, axes);
        g.neg(largest)
    };
    VARIANCE = "variance", "The mean of `(x - mean)^2` over axes, divisor n.", |g, x, axes, count| {
        let centre = mean(g, x, axes, count);
        let others: Vec<usize> = (0..g.shape(x).rank()).filter(|axis| !axes.contains(axis)).collect();
        let centre = g.broadcast_to(centre, x, &others);
        let deviation = g.sub(x, centre);
        let square = g.mul(deviation, deviation);
        mean(g, square, axes, count)
    };
    NORM = "norm", "The Euclidean length over axes, the root of the sum of squares; its gradient at 0 is 0.", |g, x, axes, _| {
        let square = g.mul(x, x);
        let sum = g.sum(square, axes);
        // 0 is computed as sqrt(1) - 1, whose slope is finite; all else is unchanged.
        let zero = g.constant_like(0.0, sum);
        let is_zero = g.equal(sum, zero);
        let safe = g.add(sum, is_zero);
        let root = g.sqrt(safe);
        g.sub(root, is_zero)
    };
}

fn mean(g: &mut Graph, x: Value, axes: &[usize], count: f64) -> Value {
    let sum = g.sum(x, axes);
    g.scale(sum, 1.0 / count)
}

/// What a reduction makes of a single value.
fn of_one(g: &mut Graph, name: &str, x: Value) -> Value {
    match name {
        "variance" => g.constant_like(0.0, x),
        "norm" => g.abs(x),
        _ => x,
    }
}

/// The shape with an extent of 1 on axes that are counted with the batch.
fn kept(dims: &[usize], axes: &[usize]) -> Vec<usize> {
    dims.iter().enumerate().map(|(axis, extent)| if axes.contains(&(axis + 1)) { 1 } else { *extent }).collect()
}

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let shape = incoming.shape;
    let axes = args.axes("axis", shape.len()).ok_or_else(|| no_axis(args, "axis", shape.len()))?;
    let each = shape.iter().enumerate();
    Ok(match args.bool("keep") {
        true => each.map(|(axis, extent)| if axes.contains(&axis) { 1 } else { *extent }).collect(),
        false => each.filter(|(axis, _)| !axes.contains(axis)).map(|(_, extent)| *extent).collect(),
    })
}
