//! The words that the language keeps: some for later versions, some because a statement or an expression starts with them.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

/// The words that may start neither an item nor a clause; `nn.pest` has the same list, and a test compares them.
pub(crate) const WORDS: [&str; 2] = ["rule", "learn"];

/// The words that start a statement or go on with an expression of their own, and so name no value: a reader could not tell
/// `next` the value from `next` the word. `nn.pest` has the same list, and a test compares them.
pub(crate) const STARTERS: [&str; 13] =
    ["if", "else", "scan", "let", "param", "const", "state", "emit", "sample", "entry", "dim", "in", "with"];

/// The words that a statement starts with; `nn.pest` has the same list, and a test compares them.
#[cfg(any(feature = "tokens", test))]
pub(crate) const STATEMENTS: [&str; 8] = ["let", "param", "const", "state", "emit", "sample", "entry", "dim"];

/// Whether `word` is kept for a later version.
pub(crate) fn is_reserved(word: &str) -> bool {
    WORDS.contains(&word)
}

/// Whether `word` can name no value.
pub(crate) fn is_starter(word: &str) -> bool {
    STARTERS.contains(&word)
}

/// A kept word where an item or a clause starts.
pub(crate) fn word(word: &str, span: Span) -> Diagnostic {
    Diagnostic::new(Code::Reserved, span, format!("`{word}` is reserved for a later version"))
        .label("a word that a later version of the language will use here")
}

#[cfg(test)]
mod tests {
    use super::{STARTERS, STATEMENTS, WORDS};

    /// The alternatives of the rule `name`, as `nn.pest` would write `words`.
    fn rule(name: &str, words: &[&str]) -> String {
        let row: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
        format!("{name} = _{{ {} }}\n", row.join(" | "))
    }

    #[test]
    fn the_grammar_keeps_the_same_words() {
        let grammar = include_str!("nn.pest");
        assert!(grammar.contains(&rule("reserved", &WORDS)));
        assert!(grammar.contains(&rule("starter ", &STARTERS)));
        assert!(grammar.contains(&rule("statements", &STATEMENTS)));
    }
}
