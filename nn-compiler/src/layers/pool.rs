//! Poolings over windows, `max_pool(window)` and `avg_pool(window)`, and over all places, `global_max_pool` and `global_avg_pool`.

use nn_grammar::diagnostic::Code;

use super::{BASE, Complaint, Incoming, Layer, Mask, grid, window};
use crate::ir::{Graph, Reduction, Sliding, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Signature};
use crate::words;

const WINDOW: Param = Param::required("window", Kind::Sizes(1), "one extent for all axes, or one for each");
const STRIDE: Param = Param::optional(
    "stride",
    Kind::Sizes(1),
    Preset::NoSizes,
    "from one place of the window to the next; the window where it is not stated",
);
const PADDED_COUNT: Param = Param::optional(
    "count_padding",
    Kind::Bool,
    Preset::Bool(true),
    "whether entries of padding count in the mean, as zeros",
);

/// The largest value of each window.
pub(super) static MAX_POOL: Layer = Layer {
    signature: Signature {
        name: "max_pool",
        doc: "The largest value of each window, channel by channel: inputs `[w, c]`, `[h, w, c]` or `[d, h, w, c]`, outputs the places of the \
              window with the same channels. `y[p, c] = max(x[p * stride + t - before, c])` over the window `t`; padding never is the largest. \
              Equal maxima share the gradient (in PyTorch and Keras the first gets it). What does not fill a last window is left out, as in \
              PyTorch. Source: Scherer, Müller and Behnke (2010), sec. 3.",
        params: &[WINDOW, STRIDE, window::PAD],
    },
    output,
    lower: |cx, args, x| {
        let axes = axes(args, &cx.graph.shape(x).dims);
        let padded = padded(cx.graph, x, &axes, f64::NEG_INFINITY);
        reduced(cx.graph, padded, &axes, Reduction::Max)
    },
    mask: Mask::Drops,
    ..BASE
};

/// The mean of each window.
pub(super) static AVG_POOL: Layer = Layer {
    signature: Signature {
        name: "avg_pool",
        doc: "The mean of each window, channel by channel: inputs `[w, c]`, `[h, w, c]` or `[d, h, w, c]`, outputs the places of the window \
              with the same channels. `y[p, c] = sum(x[p * stride + t - before, c]) / n` over the window `t`; `n` is the size of the window, \
              padding included as in PyTorch; with `count_padding = false` only entries of the input count, as in Keras. \
              Source: LeCun, Bottou, Bengio and Haffner (1998), sec. II.B.",
        params: &[WINDOW, STRIDE, window::PAD, PADDED_COUNT],
    },
    output,
    lower: |cx, args, x| {
        let axes = axes(args, &cx.graph.shape(x).dims);
        let padded = padded(cx.graph, x, &axes, 0.0);
        let sum = reduced(cx.graph, padded, &axes, Reduction::Sum);
        let around = axes.iter().any(|axis| ends(axis) != (0, 0));
        if around && !args.bool("count_padding") {
            return divided_by_counts(cx.graph, sum, &axes);
        }
        let size: usize = axes.iter().map(|axis| axis.window).product();
        cx.graph.scale(sum, 1.0 / size as f64)
    },
    mask: Mask::Drops,
    ..BASE
};

/// The largest value of each channel.
pub(super) static GLOBAL_MAX_POOL: Layer = Layer {
    signature: Signature {
        name: "global_max_pool",
        doc: "The largest value of each channel over all places: inputs `[…, c]`, outputs `[c]`. `y[c] = max(x[.., c])`. Equal maxima share \
              the gradient. Source: Oquab, Bottou, Laptev and Sivic (2015), sec. 3.2.",
        params: &[],
    },
    output: global,
    lower: |cx, _, x| {
        let places: Vec<usize> = (1..cx.graph.shape(x).rank() - 1).collect();
        cx.graph.reduce(Reduction::Max, x, &places)
    },
    mask: Mask::Drops,
    ..BASE
};

/// The mean of each channel.
pub(super) static GLOBAL_AVG_POOL: Layer = Layer {
    signature: Signature {
        name: "global_avg_pool",
        doc: "The mean of each channel over all places: inputs `[…, c]`, outputs `[c]`. `y[c] = sum(x[.., c]) / n`. \
              Source: Lin, Chen and Yan, Network In Network (2013), sec. 3.2.",
        params: &[],
    },
    output: global,
    lower: |cx, _, x| {
        let shape = cx.graph.shape(x).clone();
        let (_, extents) = shape.dims.split_last().expect("`output` has asked for two axes");
        let places: Vec<usize> = (1..shape.rank() - 1).collect();
        let sum = cx.graph.sum(x, &places);
        cx.graph.scale(sum, 1.0 / extents.iter().product::<usize>() as f64)
    },
    mask: Mask::Drops,
    ..BASE
};

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let axes = window::slide(args, incoming, "window")?;
    match axes.iter().enumerate().find(|(_, axis)| too_far(axis)) {
        Some((number, axis)) => Err(empty_windows(args, incoming, number, axis)),
        None => Ok(window::shape(&axes, incoming.width())),
    }
}

/// Whether there is so much padding that a window may lie in it as a whole, or more than there is input.
fn too_far(axis: &Sliding) -> bool {
    let (before, behind) = ends(axis);
    before.max(behind) >= axis.window || before.max(behind) > axis.input
}

fn empty_windows(args: &Args, incoming: &Incoming<'_>, number: usize, axis: &Sliding) -> Complaint {
    let (before, behind) = ends(axis);
    let most = (axis.window - 1).min(axis.input);
    Complaint {
        code: Code::WidthMismatch,
        message: format!(
            "`{}` pads axis {number} of {} with {}, more than windows of {} can have there",
            args.signature.name,
            words::shape(incoming.shape),
            before.max(behind),
            axis.window
        ),
        blame: Some("pad"),
        label: "windows would lie outside of the input".to_owned(),
        help: format!("take a padding of at most {most} at each end of that axis"),
    }
}

/// The padding before and behind an axis, as far as windows reach.
fn ends(axis: &Sliding) -> (usize, usize) {
    let reach = (axis.places - 1) * axis.stride + window::span(axis.window, axis.dilation);
    (axis.before, reach.saturating_sub(axis.before).saturating_sub(axis.input))
}

fn axes(args: &Args, shape: &[usize]) -> Vec<Sliding> {
    let incoming = Incoming { shape, others: &[], from: "" };
    window::slide(args, &incoming, "window").expect("`output` has accepted the window")
}

/// A value with entries around it, as far as windows reach.
fn padded(g: &mut Graph, x: Value, axes: &[Sliding], fill: f64) -> Value {
    axes.iter().enumerate().fold(x, |x, (number, axis)| grid::surround(g, x, number + 1, ends(axis), fill))
}

/// Each window reduced to one value.
fn reduced(g: &mut Graph, padded: Value, axes: &[Sliding], reduction: Reduction) -> Value {
    let mut windows = padded;
    for (number, axis) in axes.iter().enumerate() {
        windows = g.windows(windows, 2 * number + 1, (axis.places, axis.stride), (axis.window, 1));
    }
    let taps: Vec<usize> = (0..axes.len()).map(|number| 2 * number + 2).collect();
    g.reduce(reduction, windows, &taps)
}

/// Sums divided by how many entries of the input each window has: the product of how many it has on each axis.
fn divided_by_counts(g: &mut Graph, sum: Value, axes: &[Sliding]) -> Value {
    let mut mean = sum;
    for (number, axis) in axes.iter().enumerate() {
        let one = g.constant(1.0);
        let ones = g.broadcast(one, Shape::fixed([axis.input]), &[]);
        let ones = grid::surround(g, ones, 0, ends(axis), 0.0);
        let windows = g.windows(ones, 0, (axis.places, axis.stride), (axis.window, 1));
        let counts = g.sum(windows, &[1]);
        let shares = g.recip(counts);
        let shares = g.broadcast_to(shares, mean, &[number + 1]);
        mean = g.mul(mean, shares);
    }
    mean
}

fn global(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    if incoming.shape.len() >= 2 {
        return Ok(vec![incoming.width()]);
    }
    Err(Complaint {
        code: Code::WrongRank,
        message: format!(
            "`{}` works on places with channels, but {} yields {}",
            args.signature.name,
            incoming.from,
            words::shape(incoming.shape)
        ),
        blame: None,
        label: "two axes or more are needed here".to_owned(),
        help: "the last axis holds the channels, and all before it are reduced: leave this stage out".to_owned(),
    })
}
