//! The edges and the size of grids: `zero_pad(pad)`, `crop(pad)` and `upsample(factor, mode)`.

use nn_grammar::diagnostic::Code;

use super::{BASE, Complaint, Incoming, Layer, Lowering, Mask, window};
use crate::ir::{Binary, Graph, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Padding, Param, Preset, Signature};
use crate::words;

/// Zeros around a grid.
pub(super) static ZERO_PAD: Layer = Layer {
    signature: Signature {
        name: "zero_pad",
        doc: "Zeros around a grid: inputs `[w, c]`, `[h, w, c]` or `[d, h, w, c]`; an axis of `n` becomes `before + n + behind`. \
              `y[i, c] = x[i - before, c]` inside, 0 outside. PyTorch lists the ends from the last axis to the first. \
              Source: Dumoulin and Visin, A guide to convolution arithmetic (2016), sec. 2.2.",
        params: &[Param::required(
            "pad",
            Kind::Padding,
            "entries at both ends of all axes, or a list with a number or a pair for each",
        )],
    },
    output: |args, incoming| {
        let ends = ends(args, incoming)?;
        let axis = |(n, (before, behind)): (&usize, &(usize, usize))| n.saturating_add(*before).saturating_add(*behind);
        Ok(incoming.shape.iter().zip(&ends).map(axis).chain([incoming.width()]).collect())
    },
    lower: |cx, args, x| {
        let ends = accepted(cx, args, x);
        ends.iter().enumerate().fold(x, |x, (number, ends)| surround(cx.graph, x, number + 1, *ends, 0.0))
    },
    mask: Mask::Drops,
    ..BASE
};

/// A grid without its edges.
pub(super) static CROP: Layer = Layer {
    signature: Signature {
        name: "crop",
        doc: "A grid without its edges: inputs `[w, c]`, `[h, w, c]` or `[d, h, w, c]`; an axis of `n` becomes `n - before - behind`. \
              `y[i, c] = x[i + before, c]`. It undoes `zero_pad` with the same argument, and is `F.pad` with negative numbers in PyTorch. \
              Source: Ronneberger, Fischer and Brox, U-Net (2015), sec. 2.",
        params: &[Param::required(
            "pad",
            Kind::Padding,
            "entries to leave out at both ends of all axes, or a list with a number or a pair for each",
        )],
    },
    output: |args, incoming| {
        let ends = ends(args, incoming)?;
        let axis = |(axis, (n, (before, behind))): (usize, (&usize, &(usize, usize)))| {
            let out = before.saturating_add(*behind);
            n.checked_sub(out).filter(|left| *left > 0).ok_or_else(|| nothing_left(incoming, axis, out))
        };
        let extents = incoming.shape.iter().zip(&ends).enumerate().map(axis);
        extents.chain([Ok(incoming.width())]).collect()
    },
    lower: |cx, args, x| {
        let ends = accepted(cx, args, x);
        let extents = cx.graph.shape(x).dims.clone();
        ends.iter().enumerate().fold(x, |x, (number, (before, behind))| {
            cx.graph.slice(x, number + 1, *before, 1, extents[number] - before - behind)
        })
    },
    mask: Mask::Drops,
    ..BASE
};

/// A grid with more places.
pub(super) static UPSAMPLE: Layer = Layer {
    signature: Signature {
        name: "upsample",
        doc: "A grid with `factor` times as many places on each axis: inputs `[w, c]`, `[h, w, c]` or `[d, h, w, c]`. `nearest` repeats each \
              entry: `y[i] = x[floor(i / factor)]`. `linear` (one axis) and `bilinear` (two) interpolate: `y[i] = (1 - t) x[j] + t x[j + 1]` at \
              `j + t = (i + 0.5) / factor - 0.5`, on each axis, with the entries at the edges repeated outwards: `align_corners = false` in \
              PyTorch. Source: Odena, Dumoulin and Olah, Deconvolution and Checkerboard Artifacts (2016).",
        params: &[
            Param::required("factor", Kind::Sizes(1), "one factor for all axes, or one for each"),
            Param::optional(
                "mode",
                Kind::Choice(&["nearest", "linear", "bilinear"]),
                Preset::Choice("nearest"),
                "`nearest`, `linear` or `bilinear`",
            ),
        ],
    },
    output: |args, incoming| {
        let factors = window::sizes(args, "factor", incoming)?;
        let axes = match args.choice("mode") {
            "linear" => 1,
            "bilinear" => 2,
            _ => factors.len(),
        };
        if axes != factors.len() {
            return Err(other_mode(args, incoming, factors.len()));
        }
        let axis = |(n, factor): (&usize, &usize)| n.saturating_mul(*factor);
        Ok(incoming.shape.iter().zip(&factors).map(axis).chain([incoming.width()]).collect())
    },
    lower: |cx, args, x| {
        let dims = cx.graph.shape(x).dims.clone();
        let incoming = Incoming { shape: &dims, others: &[], from: "" };
        let factors = window::sizes(args, "factor", &incoming).expect("`output` has accepted the factors");
        let stretch = if args.choice("mode") == "nearest" { repeated } else { interpolated };
        let wider = factors.iter().enumerate().filter(|(_, factor)| **factor > 1);
        wider.fold(x, |x, (number, factor)| stretch(cx.graph, x, number + 1, *factor))
    },
    mask: Mask::Drops,
    ..BASE
};

/// The entries that `pad` names for each spatial axis.
fn ends(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<(usize, usize)>, Complaint> {
    match args.padding("pad") {
        Padding::Entries(pairs) => window::entries(args, "pad", pairs, incoming),
        Padding::Edge(_) => Err(Complaint {
            code: Code::WrongKind,
            message: format!(
                "`pad` of `{}` is a number of entries, not a rule: no window slides here",
                args.signature.name
            ),
            blame: Some("pad"),
            label: "expected a number, or a list such as `[1, 1]` or `[[1, 2], [0, 1]]`".to_owned(),
            help: "`same` and `valid` are for convolutions and poolings".to_owned(),
        }),
    }
}

fn accepted(cx: &Lowering<'_>, args: &Args, x: Value) -> Vec<(usize, usize)> {
    let incoming = Incoming { shape: &cx.graph.shape(x).dims, others: &[], from: "" };
    ends(args, &incoming).expect("`output` has accepted the entries")
}

fn nothing_left(incoming: &Incoming<'_>, axis: usize, out: usize) -> Complaint {
    let n = incoming.shape[axis];
    Complaint {
        code: Code::WidthMismatch,
        message: format!(
            "`crop` leaves out {out} entries of axis {axis} of {}, which has {n}",
            words::shape(incoming.shape)
        ),
        blame: Some("pad"),
        label: "nothing would be left".to_owned(),
        help: format!("leave out at most {} in all on that axis", n - 1),
    }
}

fn other_mode(args: &Args, incoming: &Incoming<'_>, axes: usize) -> Complaint {
    let (mode, shape) = (args.choice("mode"), words::shape(incoming.shape));
    let works_on = if mode == "linear" { "[w, c]" } else { "[h, w, c]" };
    let help = match axes {
        1 => "write `mode = linear` for one axis",
        2 => "write `mode = bilinear` for two axes",
        _ => "write `mode = nearest`, which works on any number of axes",
    };
    Complaint {
        code: Code::WrongRank,
        message: format!("`{mode}` works on {works_on}, but {} yields {shape}", incoming.from),
        blame: Some("mode"),
        label: "for another number of axes".to_owned(),
        help: help.to_owned(),
    }
}

/// A value with so many entries before and behind an axis.
pub(super) fn surround(g: &mut Graph, x: Value, axis: usize, (before, behind): (usize, usize), fill: f64) -> Value {
    let fill = g.constant(fill);
    let around = |g: &mut Graph, count: usize| {
        let shape = g.shape(x).with_axis(axis, count);
        (count > 0).then(|| g.broadcast(fill, shape, &[]))
    };
    let (before, behind) = (around(g, before), around(g, behind));
    let parts: Vec<Value> = before.into_iter().chain([x]).chain(behind).collect();
    if parts.len() == 1 { x } else { g.concat(&parts, axis) }
}

/// The shape in which an axis is divided into so many entries of another behind it.
fn divided(shape: &Shape, axis: usize, inner: usize) -> Shape {
    let mut divided = shape.clone();
    divided.dims.insert(axis, inner);
    divided
}

/// Each entry of an axis as often as the factor says.
fn repeated(g: &mut Graph, x: Value, axis: usize, factor: usize) -> Value {
    let shape = g.shape(x).clone();
    let axes: Vec<usize> = (0..shape.rank()).map(|at| if at > axis { at + 1 } else { at }).collect();
    let divided = g.broadcast(x, divided(&shape, axis, factor), &axes);
    g.reshape(divided, shape.with_axis(axis, shape.dims[axis - 1] * factor))
}

/// Between each entry of an axis and the next, as many points as the factor says, then those within half an entry of the ends.
///
/// With the edges repeated outwards there are `n + 1` gaps. The points of an output lie at `(k + 0.5) / factor` of a gap if the
/// factor is even, at `k / factor` if it is odd, so that every gap has `factor` of them, and the first `ceil(factor / 2)` lie
/// outside of the output.
fn interpolated(g: &mut Graph, x: Value, axis: usize, factor: usize) -> Value {
    let shape = g.shape(x).clone();
    let n = shape.dims[axis - 1];
    let (first, last) = (g.slice(x, axis, 0, 1, 1), g.slice(x, axis, n - 1, 1, 1));
    let edged = g.concat(&[first, x, last], axis);
    let gaps = shape.with_axis(axis, n + 1);
    let points = divided(&gaps, axis, factor);
    let axes: Vec<usize> = (0..shape.rank()).map(|at| if at > axis { at + 1 } else { at }).collect();
    let side = |g: &mut Graph, start: usize| {
        let side = g.slice(edged, axis, start, 1, n + 1);
        g.broadcast(side, points.clone(), &axes)
    };
    let (left, right) = (side(g, 0), side(g, 1));
    let number = g.iota_like(axis + 1, left);
    let number = if factor.is_multiple_of(2) { g.with(Binary::Add, number, 0.5) } else { number };
    let along = g.scale(number, 1.0 / factor as f64);
    let one = g.constant_like(1.0, along);
    let rest = g.sub(one, along);
    let (left, right) = (g.mul(left, rest), g.mul(right, along));
    let all = g.add(left, right);
    let all = g.reshape(all, shape.with_axis(axis, (n + 1) * factor));
    g.slice(all, axis, factor.div_ceil(2), 1, n * factor)
}
