//! Texts as characters: windows of them, the names `chars` and `next(chars)`, and whether a network reads them.

use nn_grammar::ast::{Arg, Call, Expr, ExprKind};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::super::Sink;
use super::super::value::{Env, describe};
use super::{Reader, Spans, data_width, one};
use crate::model::Network;
use crate::recipe::{Columns, Data, Encoding, Field, Source, Text};
use crate::signature::{Args, Kind, Param, Preset, Signature};
use crate::words;

/// `text("austen.txt", window = 64)`
pub(super) static TEXT: Reader = Reader {
    signature: Signature {
        name: "text",
        doc: "The characters of a text.",
        params: &[
            Param::required("path", Kind::Text, "the file, relative to the text of the network"),
            Param::required("window", Kind::Dim, "characters of one input"),
            Param::optional(
                "stride",
                Kind::Dim,
                Preset::Dim(0),
                "characters from the beginning of a window to that of the next; the window if not stated",
            ),
        ],
    },
    source,
    fields,
    agree,
    examples: ["x = chars;", "y = next(chars);"],
    alone: false,
};

fn source(args: &Args) -> Result<(String, Source), Diagnostic> {
    let window = args.dim("window");
    let stride = if args.argument("stride").span.is_some() { args.dim("stride") } else { window };
    Ok((args.text("path").to_owned(), Source::Text(Text { window, stride })))
}

/// The name of the targets that lie one character behind.
const NEXT: &str = "next";

fn fields(expr: &Expr, _: Option<&Args>, _: &Env) -> Result<Vec<Field>, Vec<Diagnostic>> {
    let chars = |expr: &Expr| matches!(&expr.kind, ExprKind::Name(name) if name == "chars");
    let name = match &expr.kind {
        _ if chars(expr) => "chars",
        ExprKind::Call(Call { name, args, chain: None, .. }) if name.text == NEXT => match &args[..] {
            [Arg { name: None, value }] if chars(value) => NEXT,
            _ => {
                let message = "`next` takes `chars`, the characters of the text";
                let diagnostic = Diagnostic::new(Code::WrongKind, expr.span, message);
                return Err(one(diagnostic.help("write `next(chars)`")));
            }
        },
        _ => {
            let message = format!("expected `chars` or `next(chars)`, not {}", describe(expr));
            let diagnostic = Diagnostic::new(Code::WrongKind, expr.span, message).label("not characters");
            return Err(one(diagnostic.help("a text is made of `chars`, which are ids for an `embedding`")));
        }
    };
    Ok(vec![Field { encoding: Encoding::Labels, columns: Columns::Array(name.to_owned(), None) }])
}

fn agree(_: &Args, data: &Data, spans: &Spans) -> Result<(), Diagnostic> {
    match &data.x[..] {
        [Field { columns: Columns::Array(name, _), .. }] if name == NEXT => {
            let message = "`x` is `next(chars)`, but what follows is what the network is to learn";
            let diagnostic = Diagnostic::new(Code::WrongKind, spans.x, message);
            Err(diagnostic.help("write `x = chars;` and `y = next(chars);`"))
        }
        _ => Ok(()),
    }
}

/// Whether the network takes ids, as many as a window has, and tells characters apart in each place of it or in one.
pub(super) fn fits(text: &Text, spans: &Spans, network: &Network, sink: &mut Sink) {
    let window = text.window;
    let inputs: usize = network.input.iter().product();
    let outputs: usize = network.output.iter().product();
    let places = outputs / network.output.last().copied().unwrap_or(1);
    if network.vocabulary.is_none() {
        let message = format!("`x` is ids of characters, but `{}` takes numbers", network.name);
        let diagnostic = Diagnostic::new(Code::DataWidth, spans.x, message).also(network.span, "has no embedding");
        sink.report(diagnostic.help(format!("begin it with `input({window}), embedding(96->16)`")));
    }
    if window != inputs {
        let window = words::count(window, "character");
        let message = format!("`x` has {window}, but `{}` takes {inputs}", network.name);
        sink.report(data_width(message, spans.x, network, &format!("takes {}", words::shape(&network.input))));
    } else if places != window && places != 1 {
        let ids = words::count(window, "class id");
        let message =
            format!("`y` is {ids} for each example, but `{}` tells classes apart in {places} places", network.name);
        let yields = format!("yields {}", words::shape(&network.output));
        let help = "it takes one place for each character of the window, or one for the last";
        sink.report(data_width(message, spans.y, network, &yields).help(help));
    }
}
