//! What is said about a stage that cannot stand where it does; decides nothing but whether it can.

use std::collections::BTreeMap;

use nn_grammar::ast::{Block, Call};
use nn_grammar::diagnostic::{Code, Diagnostic};

use super::chain::{COMBINATORS, Flow, Known};
use crate::layers::{self, Complaint, Head, Layer, Role};
use crate::signature::Args;
use crate::words;

/// Whether a mistake in a block can come from one use of it, not from its text alone.
pub(super) fn depends_on_use(code: Code) -> bool {
    use Code::{BadArithmetic, DoubleSoftmax, LateEmbedding, LateInput, OutOfRange, ResidualShape};
    use Code::{TooLarge, UnknownInput, WidthMismatch, WrongKind, WrongRank};
    let of_uses = [BadArithmetic, DoubleSoftmax, LateEmbedding, LateInput, OutOfRange, ResidualShape];
    of_uses.contains(&code) || [TooLarge, UnknownInput, WidthMismatch, WrongKind, WrongRank].contains(&code)
}

/// A layer where its role does not allow it.
pub(super) fn misplaced(layer: &Layer, args: &Args, text: &str, flow: &Flow) -> Option<Diagnostic> {
    let (from, span) = match &flow.from {
        Some((from, span)) => (from.as_str(), Some(*span)),
        None => ("", None),
    };
    match (layer.role, flow.head) {
        (Role::Input, _) if span.is_some() || !flow.first => {
            let message = format!("{text} stands behind {from}, and only the first stage can state the input");
            let diagnostic = Diagnostic::new(Code::LateInput, args.span, message).label("not the first stage");
            Some(diagnostic.also(span?, "stands before it").help("put it first, or leave it out"))
        }
        (Role::Ids, _) if !flow.first && flow.ids.is_none() => {
            let message = format!("{text} reads ids, but {from} yields numbers");
            let diagnostic = Diagnostic::new(Code::LateEmbedding, args.span, message);
            Some(diagnostic.also(span?, "yields numbers").help("put it first, or directly behind `input`"))
        }
        (Role::Head(second), Some((first, at))) if is_softmax(first) && is_softmax(second) => {
            let message =
                "a softmax of a softmax: the second would see numbers between 0 and 1, and learning would stall";
            let diagnostic = Diagnostic::new(Code::DoubleSoftmax, args.span, message);
            Some(diagnostic.label("the second").also(at, "the first").help("leave one of them out"))
        }
        _ => None,
    }
}

fn is_softmax(head: Head) -> bool {
    matches!(head, Head::Softmax | Head::LogSoftmax)
}

pub(super) fn unknown_input(layer: &Layer, args: &Args, text: &str) -> Diagnostic {
    let message = format!("{text} stands first, and nothing says what one input looks like");
    let help = if layer.signature.name == "dense" {
        let width = args.flow("width").1;
        format!("state the input width, as in `dense(4->{width})`, or begin with `input(4)`")
    } else {
        "begin with `input(4)`, or with a layer that states its input, such as `dense(4->16)`".to_owned()
    };
    Diagnostic::new(Code::UnknownInput, args.span, message).label("the input shape is unknown").help(help)
}

pub(super) fn diagnose(complaint: &Complaint, args: &Args, input: &[usize], flow: &Flow) -> Diagnostic {
    let span = complaint.blame.map_or(args.span, |name| args.span_of(name));
    let mut diagnostic = Diagnostic::new(complaint.code, span, complaint.message.clone())
        .label(complaint.label.clone())
        .help(complaint.help.clone());
    if let Some((_, at)) = &flow.from
        && flow.shape != Known::Hidden
    {
        diagnostic = diagnostic.also(*at, format!("yields {}", words::shape(input)));
    }
    diagnostic
}

/// A parameter of the block, or a constant, where a stage is expected.
pub(super) fn not_a_stage(call: &Call, constant: bool) -> Diagnostic {
    let name = &call.name.text;
    let message = match constant {
        true => format!("`{name}` is a constant, and a number is not a stage"),
        false => format!("`{name}` is a parameter of the block, and a parameter is not a stage"),
    };
    Diagnostic::new(Code::UnknownLayer, call.name.span, message)
        .label("not a stage")
        .help(format!("use it as an argument, as in `dense(16, {name})`"))
}

/// No layer or block has this name.
pub(super) fn unknown_layer(call: &Call, blocks: &BTreeMap<&str, &Block>) -> Diagnostic {
    let name = &call.name.text;
    let layers = layers::LAYERS.iter().map(|layer| layer.signature.name);
    let known: Vec<&str> = layers.chain(COMBINATORS).chain(blocks.keys().copied()).collect();
    let help = match words::nearest(name, known.iter().copied()) {
        Some(word) => format!("did you mean `{word}`?"),
        None => "docs/layers.md lists the layers; a block of your own is declared as `block name < … >`".to_owned(),
    };
    Diagnostic::new(Code::UnknownLayer, call.name.span, format!("there is no layer or block `{name}`"))
        .label("unknown")
        .help(help)
}
