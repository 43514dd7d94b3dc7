//! `conv_transpose(in->filters, kernel, …)`: the adjoint of a convolution, which makes small grids large.

use super::conv::{self, params};
use super::window;
use super::{BASE, Layer, Mask};
use crate::ir::{ConvPart, Meeting, Sliding};
use crate::signature::{Args, Edge, Kind, Param, Preset, Signature};

/// A transposed convolution.
pub(super) static CONV_TRANSPOSE: Layer = Layer {
    signature: Signature {
        name: "conv_transpose",
        doc: "A transposed convolution: each entry of the input adds its window to the output, the adjoint of `conv` for the input. Inputs \
              `[w, c]`, `[h, w, c]` or `[d, h, w, c]`; an axis of `n` becomes \
              `(n - 1) * stride + (kernel - 1) * dilation + 1 - before - behind + output_padding`, or `n * stride` with `same` as in Keras. \
              `y[p * stride + t * dilation - before, f]` sums `x[p, c] * W[t, f, c]` over places `p`, window `t` and the channels `c` of the \
              group of `f`, plus `b[f]`; `W: [window.., f / groups, c]`, `b: [f]`. PyTorch has the weight as `[c, f / groups, window..]`. \
              Source: Dumoulin and Visin, A guide to convolution arithmetic (2016), ch. 4; Zeiler et al., Deconvolutional Networks (2010).",
        params: &[
            Param::required("filters", Kind::Flow, "`f`, or `c->f` to have the channels of the input checked"),
            params::KERNEL,
            params::ACTIVATION,
            Param::optional("stride", Kind::Sizes(1), Preset::Size(1), "from one window in the output to the next"),
            Param::optional(
                "pad",
                Kind::Padding,
                Preset::Padding(Edge::Valid),
                "entries taken away at the ends of the output: `valid` for none, `same` for `n * stride` in all, or entries",
            ),
            Param::optional(
                "output_padding",
                Kind::Sizes(0),
                Preset::Size(0),
                "entries more behind the output; less than the stride or the dilation",
            ),
            params::DILATION,
            params::GROUPS,
            params::BIAS,
            params::INIT,
            params::BIAS_INIT,
            params::L1,
            params::L2,
        ],
    },
    output: |args, incoming| {
        let axes = window::unslide(args, incoming)?;
        conv::channels(args, incoming)?;
        conv::groups(args, incoming)?;
        Ok(extents(&axes, args))
    },
    tensors: |args, incoming| {
        let filters = args.flow("filters").1;
        let windows = window::sizes(args, "kernel", incoming).expect("`output` has accepted the kernel");
        let shape = [windows, vec![filters / args.dim("groups"), incoming.width()]].concat();
        conv::tensors(args, shape, filters)
    },
    lower: |cx, args, x| {
        let dims = cx.graph.shape(x).dims.clone();
        let incoming = super::Incoming { shape: &dims, others: &[], from: "" };
        let axes = window::unslide(args, &incoming).expect("`output` has accepted the window");
        // The parts of the convolution whose adjoint it is: what goes in here comes out there.
        let (channels, filters) = (args.flow("filters").1, incoming.width());
        let meeting = Meeting { axes, groups: args.dim("groups"), channels, filters };
        let weight = cx.tensors[0];
        let y = cx.graph.conv(ConvPart::Input, weight, x, meeting);
        conv::biased(cx, y, 1)
    },
    mask: Mask::Drops,
    ..BASE
};

fn extents(axes: &[Sliding], args: &Args) -> Vec<usize> {
    axes.iter().map(|axis| axis.input).chain([args.flow("filters").1]).collect()
}
