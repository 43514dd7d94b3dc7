//! `embedding(vocabulary->width)`: a learned vector for each id.

use super::purpose::Purpose;
use super::{BASE, Complaint, Incoming, Layer, Lowering, Role, TensorSpec};
use crate::init::Init;
use crate::ir::Value;
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use nn_grammar::diagnostic::Code;

/// A table of learned vectors.
pub(super) static EMBEDDING: Layer = Layer {
    signature: Signature {
        name: "embedding",
        doc: "A learned vector for each id: inputs are `[t]` ids below `vocabulary`, outputs `[t, width]`. It reads the input of the \
              network, one id where no `input` says how many. Source: Bengio et al., A Neural Probabilistic Language Model (2003), sec. 2.",
        params: &[
            Param::required("width", Kind::Flow, "`vocabulary->width`"),
            Param::optional(
                "init",
                Kind::Init,
                Preset::Init(Init::Normal { mean: 0.0, std: 1.0 }),
                "how the table begins",
            ),
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
    role: Role::Ids,
    input: |_| Some(vec![1]),
    output,
    tensors,
    lower,
    ..BASE
};

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let (vocabulary, width) = args.flow("width");
    let complain = |code, message, label: &str, help: &str| {
        Err(Complaint { code, message, blame: Some("width"), label: label.to_owned(), help: help.to_owned() })
    };
    let Some(vocabulary) = vocabulary else {
        return complain(
            Code::MissingArgument,
            "`embedding` does not say how many ids there are".to_owned(),
            "only the width is stated",
            &format!("write `embedding(1000->{width})` for the ids 0 to 999"),
        );
    };
    if incoming.shape.len() != 1 {
        let shape = crate::words::shape(incoming.shape);
        return complain(
            Code::WrongRank,
            format!("`embedding` takes one axis of ids, but {} yields {shape}", incoming.from),
            "",
            "state the number of ids of one example, as in `input(12)`",
        );
    }
    debug_assert!(vocabulary > 0, "kinds are checked before shapes");
    Ok(vec![incoming.shape[0], width])
}

fn tensors(args: &Args, _: &Incoming<'_>) -> Vec<TensorSpec> {
    let (vocabulary, width) = args.flow("width");
    let shape = [vocabulary.expect("`output` has asked for it"), width];
    let weight = TensorSpec::parameter("weight", shape, args.init("init")).with(Purpose::Table);
    vec![TensorSpec { l1: args.real("l1"), l2: args.real("l2"), ..weight }]
}

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let shape = cx.graph.shape(x).clone();
    let ids = shape.rows * shape.dims[0];
    let ids = cx.graph.reshape(x, Shape::batched(ids, []));
    let rows = cx.graph.gather(cx.tensors[0], ids);
    cx.graph.reshape(rows, Shape::batched(shape.rows, [shape.dims[0], args.flow("width").1]))
}
