//! A text with what is wrong with it, and from offsets to lines and columns; knows neither terminals nor JSON.

use std::ops::Range;
use std::path::{Path, PathBuf};

use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::sources::{self, Used};
use nn_grammar::span::Span;

/// A file and its mistakes.
#[derive(Debug)]
pub(crate) struct Mistakes {
    /// As the user named it.
    pub(crate) path: PathBuf,
    /// Its text.
    pub(crate) text: String,
    /// The texts that it uses.
    pub(crate) used: Vec<Used>,
    /// In the order in which they were found.
    pub(crate) diagnostics: Vec<Diagnostic>,
}

/// A place in one of the files.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Place<'a> {
    /// As the user would name the file.
    pub(crate) path: &'a Path,
    /// The text of the file.
    pub(crate) text: &'a str,
    /// Where in the text.
    pub(crate) span: Span,
}

/// A place in a text as people count: both from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Position {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

impl Mistakes {
    /// The mistake of a file that is not UTF-8. What cannot be shown is replaced, and the place to blame moves along.
    pub(crate) fn not_utf8(path: PathBuf, bytes: &[u8], mut diagnostic: Diagnostic) -> Self {
        debug_assert_eq!(diagnostic.code, Code::NotUtf8, "only this one has the offsets of another text");
        let at = diagnostic.primary.span.range().start;
        diagnostic.primary.span = Span::new(at, at + char::REPLACEMENT_CHARACTER.len_utf8());
        Self {
            path,
            text: String::from_utf8_lossy(bytes).into_owned(),
            used: Vec::new(),
            diagnostics: vec![diagnostic],
        }
    }

    /// Where a span lies.
    pub(crate) fn place(&self, span: Span) -> Place<'_> {
        match sources::text_of(&self.used, span) {
            Some(Used { path, text, start, .. }) => {
                let Range { start: low, end } = span.range();
                Place { path: Path::new(path), text, span: Span::new(low - start, end.saturating_sub(*start)) }
            }
            None => Place { path: &self.path, text: &self.text, span },
        }
    }
}

/// A span as a range of bytes that `text` can be cut at.
pub(crate) fn range(text: &str, span: Span) -> Range<usize> {
    let Range { start, end } = span.range();
    let start = boundary(text, start);
    start..boundary(text, end).max(start)
}

/// The last place up to `at` where the text can be cut.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Where a byte stands.
pub(crate) fn position(text: &str, at: usize) -> Position {
    let before = &text[..boundary(text, at)];
    let line = before.rfind('\n').map_or(0, |newline| newline + 1);
    Position { line: before.matches('\n').count() + 1, column: before[line..].chars().count() + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_counted_in_characters() {
        assert_eq!(position("ab\n日本x", 3 + 6), Position { line: 2, column: 3 });
        assert_eq!(position("ab\n", 99), Position { line: 2, column: 1 });
    }

    #[test]
    fn a_span_behind_the_end_is_cut() {
        assert_eq!(range("ab", Span::new(7, 9)), 2..2);
    }
}
