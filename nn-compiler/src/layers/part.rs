//! `part`: some entries of one axis, which `x[2..5]` and `x[3]` stand for.

use super::{BASE, Complaint, Incoming, Layer, Mask};
use crate::signature::{Args, Argument, Kind, Param, Preset, Signature, Value};
use nn_grammar::diagnostic::Code;
use nn_grammar::span::Span;

/// Some entries of one axis.
pub(crate) static PART: Layer = Layer {
    signature: Signature {
        name: "part",
        doc: "Entries `start` to before `start + count` of an axis, counted from 0 without the batch: what `x[2..5]` stands for. \
              With `keep = false` and one entry, as in `x[3]`, the axis disappears.",
        params: &[
            Param::required("axis", Kind::Whole, "which axis"),
            Param::required("start", Kind::Whole, "the first entry"),
            Param::required("count", Kind::Dim, "how many entries"),
            Param::optional("keep", Kind::Bool, Preset::Bool(true), "whether the axis stays"),
        ],
    },
    mask: Mask::Drops,
    output,
    lower: |cx, args, x| {
        let axis = args.whole("axis") as usize + 1;
        let start = args.whole("start") as usize;
        if args.bool("keep") {
            cx.graph.slice(x, axis, start, 1, args.dim("count"))
        } else {
            cx.graph.entry(x, axis, start)
        }
    },
    ..BASE
};

/// The arguments of one entry, whose axis disappears.
pub fn entry(axis: u64, at: u64, span: Span) -> Args {
    let values = [Value::Whole(axis), Value::Whole(at), Value::Dim(1), Value::Bool(false)];
    let values = values.into_iter().map(|value| Argument { value, span: None }).collect();
    Args { signature: &PART.signature, values, span }
}

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let (axis, start, count) = (args.whole("axis"), args.whole("start"), args.dim("count") as u64);
    let complain = |message, blame: &'static str| {
        let (label, help) = (String::new(), "axes and entries are counted from 0".to_owned());
        Err(Complaint { code: Code::OutOfRange, message, blame: Some(blame), label, help })
    };
    let rank = incoming.shape.len();
    let Some(extent) = incoming.shape.get(axis.min(1 << 32) as usize) else {
        return complain(format!("there is no axis {axis} in {}", crate::words::shape(incoming.shape)), "axis");
    };
    if start.saturating_add(count) > *extent as u64 {
        return complain(
            format!("entries {start} to {} are not on an axis of {extent}", start.saturating_add(count)),
            "start",
        );
    }
    if !args.bool("keep") && count > 1 {
        return complain(format!("{count} entries cannot lose their axis"), "count");
    }
    let mut shape = incoming.shape.to_vec();
    match args.bool("keep") {
        true => shape[axis as usize] = count as usize,
        false => {
            shape.remove(axis as usize);
        }
    }
    debug_assert!(shape.len() <= rank, "a part has no new axes");
    Ok(shape)
}
