//! Arrays as numpy writes them: the archive or the folder, and `array("x")`.

use nn_grammar::ast::{Arg, Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::arrays::{self, Array};
use super::{Reader, Spans};
use crate::recipe::{Arrays, Columns, Data, Field, Source};
use crate::signature::{Args, Kind, Param, Signature};

/// `npz("digits.npz")`
pub(super) static NPZ: Reader = Reader {
    signature: Signature {
        name: "npz",
        doc: "Arrays in an archive of numpy.",
        params: &[Param::required("path", Kind::Text, "the file, relative to the text")],
    },
    source: |args| Ok((args.text("path").to_owned(), Source::Arrays(Arrays::Npz))),
    ..NPY
};

/// `npy("digits")`
pub(super) static NPY: Reader = Reader {
    signature: Signature {
        name: "npy",
        doc: "Arrays in files of numpy.",
        params: &[Param::required("path", Kind::Text, "the folder, relative to the text")],
    },
    source: |args| Ok((args.text("path").to_owned(), Source::Arrays(Arrays::Npy))),
    fields: |expr, _, env| arrays::fields(expr, &find, "array(\"x\")", env),
    agree,
    examples: ["x = array(\"x\") / 255;", "y = labels(array(\"y\"));"],
    alone: true,
};

/// `array("x")`, `array("x_train", test = "x_test")`
fn find(expr: &Expr) -> Option<Result<Array, Diagnostic>> {
    let ExprKind::Call(call) = &expr.kind else { return None };
    if call.name.text != "array" {
        return None;
    }
    let text = |arg: &Arg| match &arg.value.kind {
        ExprKind::Text(text) if !text.is_empty() => Some(text.clone()),
        _ => None,
    };
    let named = match &call.args[..] {
        [train @ Arg { name: None, .. }] => text(train).map(|train| Columns::Array(train, None)),
        [train @ Arg { name: None, .. }, test @ Arg { name: Some(name), .. }] if name.text == "test" => {
            text(train).zip(text(test)).map(|(train, test)| Columns::Array(train, Some(test)))
        }
        _ => None,
    };
    Some(named.map(Array::Numbers).ok_or_else(|| {
        let message = "`array` takes the name of an array, and perhaps that of one to test on";
        Diagnostic::new(Code::WrongKind, expr.span, message)
            .help("write `array(\"x\")` or `array(\"x_train\", test = \"x_test\")`")
    }))
}

/// Either all arrays have one to test on, or none.
fn agree(_args: &Args, data: &Data, spans: &Spans) -> Result<(), Diagnostic> {
    let tested = |field: &Field| matches!(field.columns, Columns::Array(_, Some(_)));
    let (x, y) =
        (data.x.iter().filter(|field| tested(field)).count(), data.y.iter().filter(|field| tested(field)).count());
    if x + y == 0 || x + y == data.x.len() + data.y.len() {
        return Ok(());
    }
    let (with, without) = if x == data.x.len() { (spans.x, spans.y) } else { (spans.y, spans.x) };
    let message = "an array has no other to test on, and another one has";
    Err(Diagnostic::new(Code::MissingArgument, without, message)
        .also(with, "has one to test on")
        .help("write `array(\"…\", test = \"…\")` for all"))
}
