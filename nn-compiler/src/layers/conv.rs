//! `conv(in->filters, kernel, …)`: a convolution of channels-last values over one, two or three axes.

use nn_grammar::diagnostic::Code;

use super::purpose::Purpose;
use super::window::{self, PAD};
use super::{BASE, Complaint, Incoming, Layer, Lowering, Mask, TensorSpec};
use crate::init::Init;
use crate::ir::{ConvPart, Meeting, Sliding, Value};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

/// Parameters that all convolutions have in common.
pub(super) mod params {
    use super::{Init, Kind, Param, Preset, Range};

    /// The window.
    pub(crate) const KERNEL: Param =
        Param::required("kernel", Kind::Sizes(1), "the window: one extent for all axes, or one for each");
    /// What follows.
    pub(crate) const ACTIVATION: Param =
        Param::optional("activation", Kind::Activation, Preset::Linear, "applied to the result");
    /// The stride.
    pub(crate) const STRIDE: Param =
        Param::optional("stride", Kind::Sizes(1), Preset::Size(1), "from one place of the window to the next");
    /// The dilation.
    pub(crate) const DILATION: Param =
        Param::optional("dilation", Kind::Sizes(1), Preset::Size(1), "from one entry of the window to the next");
    /// Groups of channels.
    pub(crate) const GROUPS: Param =
        Param::optional("groups", Kind::Dim, Preset::Dim(1), "groups of channels that do not see each other");
    /// Whether there is a bias.
    pub(crate) const BIAS: Param = Param::optional("bias", Kind::Bool, Preset::Bool(true), "whether `b` is added");
    /// How the weight begins.
    pub(crate) const INIT: Param =
        Param::optional("init", Kind::Init, Preset::Init(Init::GlorotUniform), "how `W` begins");
    /// How the bias begins.
    pub(crate) const BIAS_INIT: Param =
        Param::optional("bias_init", Kind::Init, Preset::Init(Init::Zeros), "how `b` begins");
    /// A penalty.
    pub(crate) const L1: Param =
        Param::optional("l1", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "adds `l1 * sum(|W|)` to the loss");
    /// A penalty.
    pub(crate) const L2: Param =
        Param::optional("l2", Kind::Real(Range::NOT_NEGATIVE), Preset::Real(0.0), "adds `l2 * sum(W^2)` to the loss");
}

/// A convolution.
pub(super) static CONV: Layer = Layer {
    signature: Signature {
        name: "conv",
        doc: "A convolution of channels-last values: inputs `[w, c]`, `[h, w, c]` or `[d, h, w, c]`, outputs the places of the window with \
              `f` filters. `y[p, f] = sum(x[p * stride + t * dilation - before, c] * W[t, c, f]) + b[f]` over the window `t` and the channels \
              `c` of the group of `f`; `W: [window.., c / groups, f]`, `b: [f]`. `same` pads as TensorFlow does: `ceil(n / stride)` places, \
              what is odd behind. PyTorch has channels first and the weight as `[f, c / groups, window..]`. Source: Goodfellow, Bengio and \
              Courville, Deep Learning (2016), eq. 9.8; groups: Krizhevsky, Sutskever and Hinton (2012), sec. 3.2; dilation: Yu and Koltun (2016).",
        params: &[
            Param::required("filters", Kind::Flow, "`f`, or `c->f` to have the channels of the input checked"),
            params::KERNEL,
            params::ACTIVATION,
            params::STRIDE,
            params::DILATION,
            params::GROUPS,
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
        channels(args, incoming)?;
        groups(args, incoming)?;
        Ok(window::shape(&axes, args.flow("filters").1))
    },
    tensors: |args, incoming| {
        let filters = args.flow("filters").1;
        let inner = incoming.width() / args.dim("groups");
        let windows = window::sizes(args, "kernel", incoming).expect("`output` has accepted the kernel");
        tensors(args, [windows, vec![inner, filters]].concat(), filters)
    },
    lower: |cx, args, x| {
        let axes = accepted(cx, args, x);
        let filters = args.flow("filters").1;
        let shape = cx.graph.shape(x);
        let channels = *shape.dims.last().expect("there are channels");
        let meeting = Meeting { axes, groups: args.dim("groups"), channels, filters };
        let weight = cx.tensors[0];
        let y = cx.graph.conv(ConvPart::Output, x, weight, meeting);
        biased(cx, y, 1)
    },
    mask: Mask::Drops,
    ..BASE
};

/// The channels are those that are stated, if any are.
pub(super) fn channels(args: &Args, incoming: &Incoming<'_>) -> Result<(), Complaint> {
    let (stated, filters) = args.flow("filters");
    let (name, found) = (args.signature.name, incoming.width());
    match stated.filter(|stated| *stated != found) {
        None => Ok(()),
        Some(stated) => Err(Complaint {
            code: Code::WidthMismatch,
            message: format!(
                "`{name}({stated}->{filters})` takes {}, but {} yields {}, whose last axis has {found}",
                words::count(stated, "channel"),
                incoming.from,
                words::shape(incoming.shape)
            ),
            blame: Some("filters"),
            label: format!("{stated} are stated here"),
            help: format!("write `{found}->{filters}`, or `{filters}` alone to take the channels from the neighbour"),
        }),
    }
}

/// The groups divide channels and filters.
pub(super) fn groups(args: &Args, incoming: &Incoming<'_>) -> Result<(), Complaint> {
    let (groups, channels, filters) = (args.dim("groups"), incoming.width(), args.flow("filters").1);
    let undivided = match (channels.is_multiple_of(groups), filters.is_multiple_of(groups)) {
        (true, true) => return Ok(()),
        (false, _) => format!("the {} that {} yields", words::count(channels, "channel"), incoming.from),
        (true, false) => format!("its {}", words::count(filters, "filter")),
    };
    let common = greatest_common_divisor(channels, filters);
    let help = match common {
        1 => format!("{channels} and {filters} have no divisor in common but 1: leave `groups` out"),
        _ => format!("take a divisor of {channels} and {filters}, such as {common}"),
    };
    Err(Complaint {
        code: Code::WidthMismatch,
        message: format!("`{}` cannot split {undivided} into {groups} groups", args.signature.name),
        blame: Some("groups"),
        label: "does not divide them".to_owned(),
        help,
    })
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// The weight of a convolution, and its bias if it has one.
pub(super) fn tensors(args: &Args, shape: Vec<usize>, filters: usize) -> Vec<TensorSpec> {
    let weight = TensorSpec {
        l1: args.real("l1"),
        l2: args.real("l2"),
        ..TensorSpec::parameter("weight", shape, args.init("init")).with(Purpose::KERNEL)
    };
    let bias =
        args.bool("bias").then(|| TensorSpec::parameter("bias", [filters], args.init("bias_init")).with(Purpose::BIAS));
    [weight].into_iter().chain(bias).collect()
}

/// How the window slides over a value that `output` has accepted.
pub(super) fn accepted(cx: &Lowering<'_>, args: &Args, x: Value) -> Vec<Sliding> {
    let incoming = Incoming { shape: &cx.graph.shape(x).dims, others: &[], from: "" };
    window::slide(args, &incoming, "kernel").expect("`output` has accepted the window")
}

/// The result with the bias, which is the tensor of this number if there is one.
pub(super) fn biased(cx: &mut Lowering<'_>, y: Value, number: usize) -> Value {
    match cx.tensors.get(number) {
        Some(bias) => {
            let bias = cx.graph.along_last(*bias, y);
            cx.graph.add(y, bias)
        }
        None => y,
    }
}
