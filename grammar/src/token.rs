//! The tokens that both front ends judge a text by: kind, spelling and place; knows neither bytes nor Rust tokens.

use crate::span::Span;
use std::borrow::Cow;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or a word of the language.
    Word,
    /// `4`, `1e-3`, `8KiB`
    Number,
    /// `"iris.csv"`
    Text,
    /// A `///` line.
    Doc,
    /// Everything else: brackets, operators, separators.
    Symbol,
}

/// One token.
#[derive(Clone, Debug)]
pub(crate) struct Token<'s> {
    /// What it is.
    pub(crate) kind: Kind,
    /// As it is written.
    pub(crate) text: Cow<'s, str>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// The symbols of two characters; all others have one.
const PAIRS: [&str; 8] = ["->", "..", "<=", "|>", ">=", "==", "!=", "*="];

/// Whether two characters that touch make one symbol.
pub(crate) fn is_pair(first: char, second: char) -> bool {
    PAIRS.iter().any(|pair| pair.chars().eq([first, second]))
}

/// Where the last token ends: the place at which something is missing when the text ends too early.
pub(crate) fn end(tokens: &[Token<'_>]) -> Span {
    let hi = tokens.last().map_or(0, |token| token.span.hi);
    Span { lo: hi, hi }
}
