//! `dense(in->out, activation)`: a fully connected layer, `y = x W + b` over the last axis.

use nn_grammar::diagnostic::Code;

use super::purpose::Purpose;
use super::{BASE, Complaint, Incoming, Layer, Lowering, TensorSpec, with_last_axis};
use crate::init::Init;
use crate::ir::Value;
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

/// A fully connected layer.
pub(super) static DENSE: Layer = Layer {
    signature: Signature {
        name: "dense",
        doc: "A fully connected layer over the last axis: `y = x W + b`, `W: [in, out]`, `b: [out]`. \
              Inputs `[…, in]`, outputs `[…, out]`. Source: Goodfellow, Bengio and Courville, Deep Learning (2016), eq. 6.3.",
        params: &[
            Param::required("width", Kind::Flow, "`out`, or `in->out` to have the input width checked"),
            Param::optional("activation", Kind::Activation, Preset::Linear, "applied to the result"),
            Param::optional("bias", Kind::Bool, Preset::Bool(true), "whether `b` is added"),
            Param::optional("init", Kind::Init, Preset::Init(Init::GlorotUniform), "how `W` begins"),
            Param::optional("bias_init", Kind::Init, Preset::Init(Init::Zeros), "how `b` begins"),
            Param::optional(
                "l1",
                Kind::Real(Range::NOT_NEGATIVE),
                Preset::Real(0.0),
                "adds `l1 * sum(|W|)` to the loss",
            ),
            Param::optional(
                "l2",
                Kind::Real(Range::NOT_NEGATIVE),
                Preset::Real(0.0),
                "adds `l2 * sum(W^2)` to the loss",
            ),
        ],
    },
    input: |args| args.flow("width").0.map(|width| vec![width]),
    output,
    tensors,
    lower,
    ..BASE
};

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let (name, (stated, out)) = (args.signature.name, args.flow("width"));
    let shape = with_last_axis(args, incoming)?;
    let (last, leading) = shape.split_last().expect("a last axis has been asked for");
    if let Some(stated) = stated.filter(|stated| stated != last) {
        let total: usize = incoming.shape.iter().product();
        let yields = match leading {
            [] => last.to_string(),
            _ => format!("{}, whose last axis has {last}", words::shape(incoming.shape)),
        };
        let help = if stated == total && !leading.is_empty() {
            let extents: Vec<String> = incoming.shape.iter().map(usize::to_string).collect();
            format!("put `flatten` before it: {} = {total}", extents.join(" * "))
        } else {
            format!("write `{last}->{out}`, or `{out}` alone to take the width from the neighbour")
        };
        return Err(Complaint {
            code: Code::WidthMismatch,
            message: format!("`{name}({stated}->{out})` takes {stated} values, but {} yields {yields}", incoming.from),
            blame: Some("width"),
            label: format!("{stated} are stated here"),
            help,
        });
    }
    Ok([leading, &[out]].concat())
}

fn tensors(args: &Args, incoming: &Incoming<'_>) -> Vec<TensorSpec> {
    let (fan_in, fan_out) = (incoming.width(), args.flow("width").1);
    let weight = TensorSpec {
        l1: args.real("l1"),
        l2: args.real("l2"),
        ..TensorSpec::parameter("weight", [fan_in, fan_out], args.init("init")).with(Purpose::KERNEL)
    };
    let bias =
        args.bool("bias").then(|| TensorSpec::parameter("bias", [fan_out], args.init("bias_init")).with(Purpose::BIAS));
    [weight].into_iter().chain(bias).collect()
}

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let g = &mut *cx.graph;
    let (shape, out) = (g.shape(x).clone(), args.flow("width").1);
    let (fan_in, leading) = shape.dims.split_last().expect("`output` has asked for an axis");
    let rows = shape.rows * leading.iter().product::<usize>();
    let matrix = if leading.is_empty() { x } else { g.reshape(x, Shape::batched(rows, [*fan_in])) };
    let product = g.dot(matrix, false, cx.tensors[0], false);
    let product = if leading.is_empty() {
        product
    } else {
        g.reshape(product, Shape::batched(shape.rows, [leading, &[out]].concat()))
    };
    match cx.tensors.get(1) {
        Some(bias) => {
            let bias = g.along_last(*bias, product);
            g.add(product, bias)
        }
        None => product,
    }
}
