//! Normalisation of each example by itself: `rms_norm`, `group_norm`, `instance_norm`, on channels-last values.

use nn_grammar::diagnostic::Code;

use super::purpose::Purpose;
use super::{BASE, Complaint, Incoming, Layer, Lowering, TensorSpec, with_last_axis};
use crate::init::Init;
use crate::ir::{Binary, Graph, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

const fn eps(default: f64) -> Param {
    Param::optional("eps", Kind::Real(Range::POSITIVE), Preset::Real(default), "added before the root")
}

/// Divides by the root of the mean square.
pub(super) static RMS_NORM: Layer = Layer {
    signature: Signature {
        name: "rms_norm",
        doc: "Divides by the root of the mean square over the last axis: `y = x / sqrt(mean(x^2) + eps) * scale`. \
              Unlike PyTorch's by default, `eps` does not depend on the precision. Source: Zhang and Sennrich, Root Mean Square \
              Layer Normalization (2019), eq. 4.",
        params: &[eps(1e-5)],
    },
    output: with_last_axis,
    tensors: |_, incoming| vec![TensorSpec::parameter("scale", [incoming.width()], Init::Ones).with(Purpose::Scale)],
    lower: |cx, args, x| {
        let g = &mut *cx.graph;
        let last = g.shape(x).rank() - 1;
        let width = g.shape(x).dims[last - 1] as f64;
        let square = g.mul(x, x);
        let sum = g.sum(square, &[last]);
        let mean = g.scale(sum, 1.0 / width);
        let factor = reciprocal_root(g, mean, args.real("eps"));
        let factor = g.across_last(factor, x);
        let normal = g.mul(x, factor);
        let scale = g.along_last(cx.tensors[0], x);
        g.mul(normal, scale)
    },
    ..BASE
};

/// Normalises groups of channels.
pub(super) static GROUP_NORM: Layer = Layer {
    signature: Signature {
        name: "group_norm",
        doc: "Normalises each example over all places and the channels of a group: `y = (x - mean) / sqrt(variance + eps) * scale + shift`, \
              variance with divisor n, `scale` and `shift` by channel. Source: Wu and He, Group Normalization (2018), eq. 1.",
        params: &[Param::required("groups", Kind::Dim, "how many groups; divides the channels"), eps(1e-5)],
    },
    output: |args, incoming| {
        let shape = with_last_axis(args, incoming)?;
        let (groups, channels) = (args.dim("groups"), incoming.width());
        if channels.is_multiple_of(groups) {
            return Ok(shape);
        }
        let fitting = fitting(groups, channels);
        Err(Complaint {
            code: Code::WidthMismatch,
            message: format!(
                "{} of `group_norm` cannot share the {} of {}",
                words::count(groups, "group"),
                words::count(channels, "channel"),
                incoming.from
            ),
            blame: Some("groups"),
            label: format!("{groups} does not divide {channels}"),
            help: format!("write `{fitting}`: {fitting} * {} = {channels}", channels / fitting),
        })
    },
    tensors: scale_and_shift,
    lower: |cx, args, x| by_groups(cx, args.dim("groups"), args.real("eps"), x),
    ..BASE
};

/// Normalises each channel of each example.
pub(super) static INSTANCE_NORM: Layer = Layer {
    signature: Signature {
        name: "instance_norm",
        doc: "Normalises each channel of each example over all its places, as `group_norm` with a group for each channel. Unlike \
              PyTorch's by default, it has `scale` and `shift`. Source: Ulyanov et al., Instance Normalization (2016), eq. 4.",
        params: &[eps(1e-5)],
    },
    output: |args, incoming| match incoming.shape {
        [] | [_] => Err(Complaint {
            code: Code::WrongRank,
            message: format!("`instance_norm` normalises over places, and {} has none", words::shape(incoming.shape)),
            blame: None,
            label: "needs `[…, channels]` with an axis of places".to_owned(),
            help: "use `layer_norm`, which normalises over the last axis".to_owned(),
        }),
        _ => with_last_axis(args, incoming),
    },
    tensors: scale_and_shift,
    lower: |cx, args, x| {
        let channels = *cx.graph.shape(x).dims.last().expect("`output` has looked for an axis");
        by_groups(cx, channels, args.real("eps"), x)
    },
    ..BASE
};

/// Up to how many groups are tried to find a number that divides the channels: a text may state any.
const MOST_TRIED: usize = 1024;

/// The largest number of groups up to the one that was written, and up to [`MOST_TRIED`], that divides the channels.
fn fitting(groups: usize, channels: usize) -> usize {
    let most = groups.min(channels).min(MOST_TRIED);
    (1..=most).rev().find(|groups| channels.is_multiple_of(*groups)).unwrap_or(1)
}

fn scale_and_shift(_: &Args, incoming: &Incoming<'_>) -> Vec<TensorSpec> {
    let width = [incoming.width()];
    vec![
        TensorSpec::parameter("scale", width, Init::Ones).with(Purpose::Scale),
        TensorSpec::parameter("shift", width, Init::Zeros).with(Purpose::Shift),
    ]
}

/// `1 / sqrt(x + eps)`
fn reciprocal_root(g: &mut Graph, x: Value, eps: f64) -> Value {
    let guarded = g.with(Binary::Add, x, eps);
    let root = g.sqrt(guarded);
    g.recip(root)
}

/// Normalises over places and the channels of each group: as `[places, groups, channels of one]`, over the first and the last axis.
fn by_groups(cx: &mut Lowering<'_>, groups: usize, eps: f64, x: Value) -> Value {
    let g = &mut *cx.graph;
    let shape = g.shape(x).clone();
    let (channels, places) = shape.dims.split_last().expect("`output` has looked for an axis");
    let (places, each): (usize, usize) = (places.iter().product(), channels / groups);
    let grouped = g.reshape(x, Shape::batched(1, [places, groups, each]));
    let count = (places * each) as f64;
    let mean = |g: &mut Graph, x: Value| {
        let sum = g.sum(x, &[1, 3]);
        let mean = g.scale(sum, 1.0 / count);
        (mean, g.broadcast_to(mean, x, &[0, 2]))
    };
    let (_, centre) = mean(g, grouped);
    let centred = g.sub(grouped, centre);
    let square = g.mul(centred, centred);
    let (variance, _) = mean(g, square);
    let factor = reciprocal_root(g, variance, eps);
    let factor = g.broadcast_to(factor, grouped, &[0, 2]);
    let normal = g.mul(centred, factor);
    let normal = g.reshape(normal, shape);
    let scale = g.along_last(cx.tensors[0], x);
    let scaled = g.mul(normal, scale);
    let shift = g.along_last(cx.tensors[1], x);
    g.add(scaled, shift)
}
