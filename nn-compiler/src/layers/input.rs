//! `input(d1, d2, …)`: states the shape of one example.

use nn_grammar::diagnostic::Code;

use super::{BASE, Complaint, Incoming, Layer, Role};
use crate::signature::{Args, Kind, Param, Signature};
use crate::words;

/// States the shape of one example, where no layer does.
pub(super) static INPUT: Layer = Layer {
    signature: Signature {
        name: "input",
        doc: "States the shape of one example: `input(28, 28, 1)`. It stands first and computes nothing.",
        params: &[Param::required("shape", Kind::Dims, "the extents of one example, channels last, without the batch")],
    },
    role: Role::Input,
    input: |args| Some(args.dims("shape").to_vec()),
    output,
    lower: |_, _, x| x,
    ..BASE
};

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let stated = args.dims("shape");
    if stated == incoming.shape {
        return Ok(stated.to_vec());
    }
    Err(Complaint {
        code: Code::WidthMismatch,
        message: format!("`input` states {}, but it is given {}", words::shape(stated), words::shape(incoming.shape)),
        blame: Some("shape"),
        label: String::new(),
        help: "state the shape of one example".to_owned(),
    })
}
