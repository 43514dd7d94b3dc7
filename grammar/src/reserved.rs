//! The constructs that the language keeps for later versions, and what is said when one is met.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

/// The words that may start neither an item nor a clause; `nn.pest` has the same list, and a test compares them.
pub(crate) const WORDS: [&str; 12] =
    ["use", "rule", "let", "param", "state", "const", "entry", "scan", "step", "every", "learn", "sample"];

/// Whether `word` is kept.
pub(crate) fn is_reserved(word: &str) -> bool {
    WORDS.contains(&word)
}

/// A kept word where an item or a clause starts.
pub(crate) fn word(word: &str, span: Span) -> Diagnostic {
    reserved(span, format!("`{word}`"), "a word that a later version of the language will use here")
}

/// `{` where a chain was expected.
pub(crate) fn graph_body(span: Span) -> Diagnostic {
    reserved(span, "a body in `{ }`".to_owned(), "a graph body, which this version does not have")
        .help("write the layers as a chain: `< dense(16, relu), dense(3) >`")
}

/// `(x)` after the parameters of a block.
pub(crate) fn block_inputs(span: Span) -> Diagnostic {
    reserved(span, "naming the inputs of a block".to_owned(), "named inputs, which this version does not have")
        .help("write the layers as a chain: `< dense(16, relu), dense(3) >`")
}

/// `x: [4]` among the settings of a network.
pub(crate) fn network_inputs(span: Span) -> Diagnostic {
    reserved(span, "naming the inputs of a network".to_owned(), "a named input, which this version does not have")
        .help("state the shape of the input by the first layer: `input(28, 28, 1)` or `dense(4->16)`")
}

/// `|>`
pub(crate) fn pipe(span: Span) -> Diagnostic {
    reserved(span, "`|>`".to_owned(), "the pipe, which this version does not have")
        .help("write the layers as a chain: `< dense(16, relu), dense(3) >`")
}

fn reserved(span: Span, what: String, label: &str) -> Diagnostic {
    Diagnostic::new(Code::Reserved, span, format!("{what} is reserved for a later version")).label(label)
}

#[cfg(test)]
mod tests {
    use super::WORDS;

    #[test]
    fn the_grammar_reserves_the_same_words() {
        let row = WORDS.map(|word| format!("\"{word}\"")).join(" | ");
        assert!(include_str!("nn.pest").contains(&format!("reserved = _{{ {row} }}\n")));
    }
}
