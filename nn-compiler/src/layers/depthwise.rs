//! `depthwise_conv(kernel, multiplier)`: a convolution of each channel by itself; `separable_conv(in->filters, kernel)`: the same with a
//! mix of the channels behind it.

use super::conv::{self, params};
use super::purpose::Purpose;
use super::window::{self, PAD};
use super::{BASE, Incoming, Layer, Lowering, Mask, TensorSpec};
use crate::ir::{ConvPart, Meeting, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Signature};

const MULTIPLIER: Param = Param::optional("multiplier", Kind::Dim, Preset::Dim(1), "filters for each channel");

/// A convolution of each channel by itself.
pub(super) static DEPTHWISE_CONV: Layer = Layer {
    signature: Signature {
        name: "depthwise_conv",
        doc: "A convolution of each channel by itself, with `m = multiplier` filters for each: inputs `[w, c]`, `[h, w, c]` or `[d, h, w, c]`, \
              outputs the places of the window with `c * m` channels. `y[p, i * m + j] = sum(x[p * stride + t * dilation - before, i] * \
              W[t, 0, i * m + j]) + b[i * m + j]`; `W: [window.., 1, c * m]`, `b: [c * m]`. It is `conv` with as many groups as channels, which \
              is how PyTorch writes it. Source: Sifre, Rigid-Motion Scattering for Image Classification (2014), sec. 6.2.",
        params: &[
            params::KERNEL,
            MULTIPLIER,
            params::ACTIVATION,
            params::STRIDE,
            params::DILATION,
            PAD,
            params::BIAS,
            params::INIT,
            params::BIAS_INIT,
            params::L1,
            params::L2,
        ],
    },
    output: |args, incoming| Ok(window::shape(&window::slide(args, incoming, "kernel")?, multiplied(args, incoming))),
    tensors: |args, incoming| {
        let mut all = conv::tensors(args, weight_shape(args, incoming), multiplied(args, incoming));
        all[0].purpose = by_itself(args);
        all
    },
    lower: |cx, args, x| {
        let y = depthwise(cx, args, x);
        conv::biased(cx, y, 1)
    },
    mask: Mask::Drops,
    ..BASE
};

/// A convolution of each channel by itself, then a mix of the channels.
pub(super) static SEPARABLE_CONV: Layer = Layer {
    signature: Signature {
        name: "separable_conv",
        doc: "A convolution of each channel by itself with `m = multiplier` filters for each, then a mix of all channels at each place: inputs \
              `[w, c]`, `[h, w, c]` or `[d, h, w, c]`, outputs the places of the window with `f` filters. \
              `z[p, i * m + j] = sum(x[p * stride + t * dilation - before, i] * D[t, 0, i * m + j])` and `y = z W + b`; \
              `D` is `depthwise: [window.., 1, c * m]`, `W` is `pointwise: [c * m, f]`, `b: [f]`; as in Keras, nothing stands between the two. \
              `init`, `l1` and `l2` are for both. Source: Chollet, Xception (2017), sec. 3.",
        params: &[
            Param::required("filters", Kind::Flow, "`f`, or `c->f` to have the channels of the input checked"),
            params::KERNEL,
            params::ACTIVATION,
            params::STRIDE,
            params::DILATION,
            MULTIPLIER,
            PAD,
            params::BIAS,
            params::INIT,
            params::BIAS_INIT,
            params::L1,
            params::L2,
        ],
    },
    output: |args, incoming| {
        let axes = window::slide(args, incoming, "kernel")?;
        conv::channels(args, incoming)?;
        Ok(window::shape(&axes, args.flow("filters").1))
    },
    tensors: |args, incoming| {
        let filters = args.flow("filters").1;
        let mut all = conv::tensors(args, weight_shape(args, incoming), filters);
        let shape = vec![multiplied(args, incoming), filters];
        let purpose = Purpose::Pointwise { axes: incoming.shape.len() - 1 };
        let pointwise = TensorSpec { name: "pointwise".into(), shape, purpose, ..all[0].clone() };
        all[0] = TensorSpec { name: "depthwise".into(), purpose: by_itself(args), ..all[0].clone() };
        all.insert(1, pointwise);
        all
    },
    lower: |cx, args, x| {
        let z = depthwise(cx, args, x);
        let y = mixed(cx, z, args.flow("filters").1);
        conv::biased(cx, y, 2)
    },
    mask: Mask::Drops,
    ..BASE
};

/// Channels of the result; too many saturate, and are refused as an output that is too large.
fn multiplied(args: &Args, incoming: &Incoming<'_>) -> usize {
    incoming.width().saturating_mul(args.dim("multiplier"))
}

fn by_itself(args: &Args) -> Purpose {
    Purpose::Depthwise { multiplier: args.dim("multiplier") }
}

fn weight_shape(args: &Args, incoming: &Incoming<'_>) -> Vec<usize> {
    let windows = window::sizes(args, "kernel", incoming).expect("`output` has accepted the kernel");
    [windows, vec![1, multiplied(args, incoming)]].concat()
}

/// Each channel convolved by itself with the first tensor.
fn depthwise(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let axes = conv::accepted(cx, args, x);
    let channels = *cx.graph.shape(x).dims.last().expect("there are channels");
    let filters = channels * args.dim("multiplier");
    let weight = cx.tensors[0];
    cx.graph.conv(ConvPart::Output, x, weight, Meeting { axes, groups: channels, channels, filters })
}

/// The channels of each place times the second tensor.
fn mixed(cx: &mut Lowering<'_>, z: Value, filters: usize) -> Value {
    let shape = cx.graph.shape(z).clone();
    let (channels, places) = shape.dims.split_last().expect("there are channels");
    let rows = shape.rows * places.iter().product::<usize>();
    let matrix = cx.graph.reshape(z, Shape::batched(rows, [*channels]));
    let product = cx.graph.dot(matrix, false, cx.tensors[1], false);
    cx.graph.reshape(product, Shape::batched(shape.rows, [places, &[filters]].concat()))
}
