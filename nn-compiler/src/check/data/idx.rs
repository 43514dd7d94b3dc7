//! Folders of IDX files, as MNIST is published: the files that are meant, and the names `image` and `label`.

use nn_grammar::ast::{Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::super::value::Env;
use super::arrays::{self, Array};
use super::{Reader, one};
use crate::recipe::{Columns, Field, IdxFiles, Source};
use crate::signature::{Args, Kind, Param, Preset, Signature};

const fn file(name: &'static str, doc: &'static str) -> Param {
    Param::optional(name, Kind::Text, Preset::Text(""), doc)
}

/// `idx("mnist")`, `idx(images = "…", labels = "…")`
pub(super) static IDX: Reader = Reader {
    signature: Signature {
        name: "idx",
        doc: "Files in the format of MNIST.",
        params: &[
            file("path", "the folder, relative to the text; that of the text if not stated"),
            file("images", "the images that are trained on; the four files of MNIST if not stated"),
            file("labels", "their labels"),
            file("test_images", "the images that are tested on"),
            file("test_labels", "their labels"),
        ],
    },
    source,
    fields,
    agree: |_, _, _| Ok(()),
    examples: ["x = image / 255;", "y = label;"],
    alone: true,
};

fn source(args: &Args) -> Result<(String, Source), Diagnostic> {
    let stated = |name: &str| Some(args.text(name).to_owned()).filter(|text| !text.is_empty());
    let path = stated("path").unwrap_or_else(|| ".".to_owned());
    let needs = |name: &str, other: &str| match (stated(name), stated(other)) {
        (Some(_), None) => {
            let message = format!("`{name}` is stated, but not `{other}`");
            Err(Diagnostic::new(Code::MissingArgument, args.span_of(name), message)
                .help(format!("add `{other} = \"…\"`, the file that it belongs to")))
        }
        _ => Ok(()),
    };
    needs("labels", "images")?;
    needs("test_images", "images")?;
    needs("test_labels", "test_images")?;
    if let (Some(_), Some(_), None) = (stated("labels"), stated("test_images"), stated("test_labels")) {
        needs("test_images", "test_labels")?;
    }
    let Some(images) = stated("images") else {
        if stated("path").is_none() {
            let message = "`idx` needs a folder, or files in it";
            return Err(Diagnostic::new(Code::MissingArgument, args.span, message)
                .help("write `idx(\"mnist\")` or `idx(images = \"…\", labels = \"…\")`"));
        }
        return Ok((path, Source::Idx(None)));
    };
    let test = stated("test_images").map(|images| (images, stated("test_labels")));
    Ok((path, Source::Idx(Some(IdxFiles { images, labels: stated("labels"), test }))))
}

fn fields(expr: &Expr, args: Option<&Args>, env: &Env) -> Result<Vec<Field>, Vec<Diagnostic>> {
    let empty = |name: &str| args.is_some_and(|args| args.text(name).is_empty());
    let unlabelled = args.is_some() && !empty("images") && empty("labels");
    pictures(expr, !unlabelled, env)
}

/// The fields of images, which may have labels.
pub(super) fn pictures(expr: &Expr, labelled: bool, env: &Env) -> Result<Vec<Field>, Vec<Diagnostic>> {
    let find = |expr: &Expr| {
        let ExprKind::Name(name) = &expr.kind else { return None };
        match name.as_str() {
            "image" => Some(Ok(Array::Numbers(Columns::Array("image".to_owned(), None)))),
            "label" if !labelled => {
                let message = "there is no `label`: `idx` names images and no labels";
                Some(Err(Diagnostic::new(Code::MissingArgument, expr.span, message).help("add `labels = \"…\"`")))
            }
            "label" => Some(Ok(Array::Classes(Columns::Array("label".to_owned(), None)))),
            _ => None,
        }
    };
    if let ExprKind::Name(name) = &expr.kind
        && find(expr).is_none()
    {
        let message = format!("there is no array `{name}` here");
        return Err(one(
            Diagnostic::new(Code::WrongKind, expr.span, message).help("the arrays are `image` and `label`")
        ));
    }
    arrays::fields(expr, &find, "image", env)
}
