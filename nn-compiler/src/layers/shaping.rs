//! The same values in another shape or order: `reshape`, `permute`, `transpose`, `slice`, `reverse`, `repeat_vector`, `expand`, `squeeze`.

use super::concat::{no_axis, no_axis_of};
use super::{BASE, Complaint, Incoming, Layer, Mask};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Signature};
use crate::words;
use nn_grammar::diagnostic::Code;

/// Other extents.
pub(super) static RESHAPE: Layer = Layer {
    signature: Signature {
        name: "reshape",
        doc: "The same values, the last axis fastest, with other extents: `reshape(7, 7, 16)`.",
        params: &[Param::required("extents", Kind::Dims, "the extents, whose product is the number of values")],
    },
    mask: Mask::Drops,
    output: |args, incoming| {
        let dims = args.dims("extents");
        let product = |dims: &[usize]| dims.iter().try_fold(1_usize, |product, extent| product.checked_mul(*extent));
        let values: usize = incoming.shape.iter().product();
        if product(dims) == Some(values) {
            return Ok(dims.to_vec());
        }
        // The extent that would fit, if one is wrong.
        let fits = |at: usize| {
            let others = product(&[&dims[..at], &dims[at + 1..]].concat())?;
            (others <= values && values.is_multiple_of(others)).then(|| {
                let mut dims = dims.to_vec();
                dims[at] = values / others;
                words::extents(&dims)
            })
        };
        let help = match (0..dims.len()).find_map(fits) {
            Some(extents) => format!("write `reshape({extents})`"),
            None => format!("choose extents whose product is {values}"),
        };
        let (from, to) = (words::shape(incoming.shape), words::shape(dims));
        let count = product(dims).map_or("more than any network has".to_owned(), |count| words::count(count, "value"));
        Err(Complaint {
            code: Code::WidthMismatch,
            message: format!("{from} has {}, and {to} has {count}", words::count(values, "value")),
            blame: Some("extents"),
            label: count,
            help,
        })
    },
    lower: |cx, args, x| {
        let rows = cx.graph.shape(x).rows;
        cx.graph.reshape(x, Shape { rows, dims: args.dims("extents").to_vec() })
    },
    ..BASE
};

/// Another order of axes.
pub(super) static PERMUTE: Layer = Layer {
    signature: Signature {
        name: "permute",
        doc: "The axes in another order: axis `i` of the result is axis `order[i]`: `permute(1, 0)` of `[a, b]` is `[b, a]`.",
        params: &[Param::required("order", Kind::Axes, "all axes, each once")],
    },
    mask: Mask::Drops,
    output: |args, incoming| {
        let rank = incoming.shape.len();
        match args.axes("order", rank) {
            Some(order) if order.len() == rank => Ok(order.iter().map(|axis| incoming.shape[*axis]).collect()),
            _ => {
                let own: Vec<usize> = (0..rank).rev().collect();
                Err(Complaint {
                    code: Code::OutOfRange,
                    message: format!("`permute` names each axis of {} once", words::shape(incoming.shape)),
                    blame: Some("order"),
                    label: format!("there are {}", words::count(rank, "axis")),
                    help: match rank {
                        0 | 1 => "leave it out".to_owned(),
                        _ => format!("write for example `permute({})`", words::extents(&own)),
                    },
                })
            }
        }
    },
    lower: |cx, args, x| {
        let rank = cx.graph.shape(x).dims.len();
        let order = args.axes("order", rank).expect("`output` has looked for them");
        let order: Vec<usize> = [0].into_iter().chain(order.into_iter().map(|axis| axis + 1)).collect();
        cx.graph.permute(x, &order)
    },
    ..BASE
};

/// The last two axes exchanged.
pub(super) static TRANSPOSE: Layer = Layer {
    signature: Signature {
        name: "transpose",
        doc: "The last two axes exchanged: `[…, m, n]` becomes `[…, n, m]`.",
        params: &[],
    },
    mask: Mask::Drops,
    output: |_, incoming| match incoming.shape {
        [leading @ .., m, n] => Ok([leading, &[*n, *m]].concat()),
        shape => Err(Complaint {
            code: Code::WrongRank,
            message: format!("`transpose` exchanges two axes, and {} has fewer", words::shape(shape)),
            blame: None,
            label: format!("there {}", if shape.is_empty() { "are no axes" } else { "is one axis" }),
            help: "leave it out, or give the value two axes with `expand` or `reshape`".to_owned(),
        }),
    },
    lower: |cx, _, x| {
        let rank = cx.graph.shape(x).rank();
        let mut order: Vec<usize> = (0..rank).collect();
        order.swap(rank - 2, rank - 1);
        cx.graph.permute(x, &order)
    },
    ..BASE
};

/// Some entries of an axis, perhaps not all of a range.
pub(super) static SLICE: Layer = Layer {
    signature: Signature {
        name: "slice",
        doc: "Entries `start`, `start + step`, … before `stop` of an axis; `x[2..5]` is a short form for steps of 1.",
        params: &[
            Param::required("axis", Kind::Axis, "which axis"),
            Param::required("start", Kind::Whole, "the first entry, counted from 0"),
            Param::required("stop", Kind::Whole, "the entry before which it ends"),
            Param::optional("step", Kind::Dim, Preset::Dim(1), "from one entry to the next"),
        ],
    },
    mask: Mask::Drops,
    output: |args, incoming| {
        let rank = incoming.shape.len();
        let axis = args.axis("axis", rank).ok_or_else(|| no_axis(args, "axis", rank))?;
        let (start, stop, extent) = (args.whole("start"), args.whole("stop"), incoming.shape[axis]);
        if start >= stop || stop > extent as u64 {
            return Err(Complaint {
                code: Code::OutOfRange,
                message: match start >= stop {
                    true => format!("there are no entries from {start} to before {stop}"),
                    false => format!("entries {start} to before {stop} are not on an axis of {extent}"),
                },
                blame: Some(if start >= stop { "start" } else { "stop" }),
                label: format!("axis {axis} has {extent}"),
                help: format!("`start` is below `stop`, and `stop` at most {extent}"),
            });
        }
        let mut shape = incoming.shape.to_vec();
        shape[axis] = ((stop - start) as usize).div_ceil(args.dim("step"));
        Ok(shape)
    },
    lower: |cx, args, x| {
        let rank = cx.graph.shape(x).dims.len();
        let axis = args.axis("axis", rank).expect("`output` has looked for it");
        let (start, stop) = (args.whole("start") as usize, args.whole("stop") as usize);
        let count = (stop - start).div_ceil(args.dim("step"));
        // With one entry, its step may be anything.
        let step = if count == 1 { 1 } else { args.dim("step") as isize };
        cx.graph.slice(x, axis + 1, start, step, count)
    },
    ..BASE
};

/// The entries of an axis from the last to the first.
pub(super) static REVERSE: Layer = Layer {
    signature: Signature {
        name: "reverse",
        doc: "The entries of an axis from the last to the first.",
        params: &[Param::optional("axis", Kind::Axis, Preset::Axis(0), "which axis")],
    },
    mask: Mask::Drops,
    output: |args, incoming| {
        let rank = incoming.shape.len();
        args.axis("axis", rank).map(|_| incoming.shape.to_vec()).ok_or_else(|| no_axis(args, "axis", rank))
    },
    lower: |cx, args, x| {
        let dims = cx.graph.shape(x).dims.clone();
        let axis = args.axis("axis", dims.len()).expect("`output` has looked for it");
        cx.graph.slice(x, axis + 1, dims[axis] - 1, -1, dims[axis])
    },
    ..BASE
};

/// A value again and again on a new first axis.
pub(super) static REPEAT_VECTOR: Layer = Layer {
    signature: Signature {
        name: "repeat_vector",
        doc: "The value `n` times on a new first axis: `[c]` becomes `[n, c]`.",
        params: &[Param::required("n", Kind::Dim, "how many times")],
    },
    mask: Mask::Drops,
    output: |args, incoming| Ok([&[args.dim("n")], incoming.shape].concat()),
    lower: |cx, args, x| {
        let shape = cx.graph.shape(x).clone();
        let dims = [&[args.dim("n")], &shape.dims[..]].concat();
        let axes: Vec<usize> = [0].into_iter().chain(2..=shape.rank()).collect();
        cx.graph.broadcast(x, Shape { rows: shape.rows, dims }, &axes)
    },
    ..BASE
};

/// A new axis.
pub(super) static EXPAND: Layer = Layer {
    signature: Signature {
        name: "expand",
        doc: "A new axis of extent 1: `[4]` becomes `[1, 4]`, or with `axis = -1` `[4, 1]`.",
        params: &[Param::optional("axis", Kind::Axis, Preset::Axis(0), "where it stands in the result")],
    },
    mask: Mask::Drops,
    output: |args, incoming| {
        let rank = incoming.shape.len() + 1;
        let axis = args.axis("axis", rank).ok_or_else(|| no_axis_of(args, "axis", rank, "result"))?;
        let mut shape = incoming.shape.to_vec();
        shape.insert(axis, 1);
        Ok(shape)
    },
    lower: |cx, args, x| {
        let mut shape = cx.graph.shape(x).clone();
        let axis = args.axis("axis", shape.dims.len() + 1).expect("`output` has looked for it");
        shape.dims.insert(axis, 1);
        cx.graph.reshape(x, shape)
    },
    ..BASE
};

/// An axis of extent 1 less.
pub(super) static SQUEEZE: Layer = Layer {
    signature: Signature {
        name: "squeeze",
        doc: "Without an axis of extent 1: `[1, 4]` becomes `[4]`.",
        params: &[Param::optional("axis", Kind::Axis, Preset::Axis(0), "which axis")],
    },
    mask: Mask::Drops,
    output: squeezed,
    lower: |cx, args, x| {
        let mut shape = cx.graph.shape(x).clone();
        let axis = args.axis("axis", shape.dims.len()).expect("`output` has looked for it");
        shape.dims.remove(axis);
        cx.graph.reshape(x, shape)
    },
    ..BASE
};

fn squeezed(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let rank = incoming.shape.len();
    let axis = args.axis("axis", rank).ok_or_else(|| no_axis(args, "axis", rank))?;
    let mut shape = incoming.shape.to_vec();
    match shape.remove(axis) {
        1 => Ok(shape),
        extent => Err(Complaint {
            code: Code::WidthMismatch,
            message: format!(
                "`squeeze` removes an axis of extent 1, and axis {axis} of {} has {extent}",
                words::shape(incoming.shape)
            ),
            blame: Some("axis"),
            label: format!("has {extent} entries"),
            help: "choose one of them with a slice such as `x[0]`, or reduce the axis with `sum` or `mean`".to_owned(),
        }),
    }
}
