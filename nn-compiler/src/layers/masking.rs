//! `masking(value)`: says which steps of a sequence count.

use super::{BASE, Complaint, Incoming, Layer, Role};
use crate::ir::{Binary, Reduction};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use nn_grammar::diagnostic::Code;

/// Says which steps of a sequence count.
pub(super) static MASKING: Layer = Layer {
    signature: Signature {
        name: "masking",
        doc: "Says which steps of a sequence count: those of which any number differs from `value`. The sequence `[t, …]` goes on as it is, \
              and beside it its mask `[t]`, 1 or 0, which layers with an operand `mask` are given as long as the steps stay. \
              No gradient passes through a mask. Source: Keras, `Masking`, and `mask_zero` of its `Embedding` when it stands before an `embedding`.",
        params: &[Param::optional(
            "value",
            Kind::Real(Range::ANY),
            Preset::Real(0.0),
            "what all numbers of a step are that does not count",
        )],
    },
    role: Role::Mask,
    output,
    lower: |cx, args, x| {
        let g = &mut *cx.graph;
        let equal = g.with(Binary::Equal, x, args.real("value"));
        let one = g.constant_like(1.0, equal);
        let differs = g.sub(one, equal);
        let axes: Vec<usize> = (2..g.shape(x).rank()).collect();
        if axes.is_empty() { differs } else { g.reduce(Reduction::Max, differs, &axes) }
    },
    ..BASE
};

fn output(_: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    match incoming.shape {
        [steps, ..] => Ok(vec![*steps]),
        [] => Err(Complaint {
            code: Code::WrongRank,
            message: format!("`masking` takes a sequence `[t, …]`, but {} yields a single value", incoming.from),
            blame: None,
            label: "there are no steps".to_owned(),
            help: "mask the sequence that the value comes from".to_owned(),
        }),
    }
}
