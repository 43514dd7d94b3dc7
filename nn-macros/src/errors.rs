//! A diagnostic as a compile error of rustc: one `compile_error!` on the tokens to blame.

use nn_grammar::diagnostic::{Diagnostic, Label};
use nn_grammar::tokens::SpanTable;
use proc_macro2::{Delimiter, Group, Ident, Literal, Punct, Spacing, Span, TokenStream, TokenTree};

use crate::expand::token;

/// An error on tokens of the macro body. The other places are quoted: rustc gives macros one place for an error.
pub(crate) fn in_macro(diagnostic: &Diagnostic, spans: &SpanTable) -> TokenStream {
    let span = diagnostic.primary.span;
    let (first, last) = (spans.resolve(token(span.lo)), spans.resolve(token(span.hi.saturating_sub(1).max(span.lo))));
    let place = |label: &Label| {
        // Spans of several tokens cannot be joined on stable Rust: the tokens are quoted one behind the other.
        let tokens = label.span.lo..label.span.hi.max(label.span.lo + 1);
        let texts: Option<Vec<String>> = tokens.map(|index| spans.resolve(token(index)).source_text()).collect();
        // Something that is missing stands behind the last token.
        let behind = if label.span.lo == label.span.hi { "behind " } else { "" };
        Some(format!("{behind}`{}`: {}", quote(&texts?), label.text))
    };
    error(&message(diagnostic, &place), first, last)
}

/// The most characters that a message quotes of one place.
const MOST_QUOTED: usize = 60;

/// Tokens in the spacing of the language's formatter, cut where they are many.
fn quote(texts: &[String]) -> String {
    let mut quoted = String::new();
    for (index, text) in texts.iter().enumerate() {
        let before = if index == 0 { "" } else { texts[index - 1].as_str() };
        let words =
            |text: &str, at: Option<char>| !text.is_empty() && at.is_some_and(|c| c.is_alphanumeric() || c == '_');
        let touching = words(before, before.chars().next_back()) && words(text, text.chars().next());
        let arrow = before == "-" || text == "-";
        let angle = !arrow && ([before, text].contains(&"<") || text == ">");
        if touching || angle || [",", ":", ";", "="].contains(&before) || (text == "=" && !before.is_empty()) {
            quoted.push(' ');
        }
        quoted.push_str(text);
    }
    if quoted.chars().count() > MOST_QUOTED {
        quoted = quoted.chars().take(MOST_QUOTED).collect::<String>() + "…";
    }
    quoted
}

/// The message with its notes and its help, in the form of rustc's own.
pub(crate) fn message(diagnostic: &Diagnostic, place: &dyn Fn(&Label) -> Option<String>) -> String {
    let mut text = diagnostic.message.clone();
    for label in &diagnostic.secondary {
        let words = place(label).unwrap_or_else(|| label.text.clone());
        text += &format!("\n  = note: {words}");
    }
    for note in &diagnostic.notes {
        text += &format!("\n  = note: {note}");
    }
    if let Some(help) = &diagnostic.help {
        text += &format!("\n  = help: {help}");
    }
    text
}

/// `::core::compile_error! { "…" }`, which rustc shows from `first` to `last`.
pub(crate) fn error(message: &str, first: Span, last: Span) -> TokenStream {
    let punct = |c: char, spacing: Spacing| {
        let mut punct = Punct::new(c, spacing);
        punct.set_span(first);
        TokenTree::Punct(punct)
    };
    let ident = |name: &str| TokenTree::Ident(Ident::new(name, first));
    let mut literal = Literal::string(message);
    literal.set_span(last);
    let mut body = Group::new(Delimiter::Brace, TokenStream::from(TokenTree::Literal(literal)));
    body.set_span(last);
    [
        punct(':', Spacing::Joint),
        punct(':', Spacing::Alone),
        ident("core"),
        punct(':', Spacing::Joint),
        punct(':', Spacing::Alone),
        ident("compile_error"),
        punct('!', Spacing::Alone),
        TokenTree::Group(body),
    ]
    .into_iter()
    .collect()
}
