//! The rules for `///` lines that both front ends keep; knows nothing of what is documented.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

/// The text of a doc line, given what follows its slashes: without one leading space and without blanks at the end.
pub(crate) fn line(after_slashes: &str) -> String {
    after_slashes.strip_prefix(' ').unwrap_or(after_slashes).trim_end().to_owned()
}

/// A doc comment of Rust that this language does not have: `//!`, `/** … */` or `/*! … */`.
pub(crate) fn foreign(opener: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::UnexpectedToken, span, format!("`{opener}` comments are not part of the language"))
        .label("not a comment of this language")
        .help("write `///` before a network, block or train section to document it, or `//` for a comment")
}

/// A carriage return in the middle of a `///` line, which Rust refuses too.
pub(crate) fn carriage_return(span: Span) -> Diagnostic {
    Diagnostic::new(Code::UnexpectedToken, span, "this `///` line contains a carriage return")
        .label("a carriage return stands in this line")
        .help("remove it, or start a new `///` line")
}
