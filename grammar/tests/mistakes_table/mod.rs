//! The mistakes, one a row.

mod chains;
mod clauses;
mod expressions;
mod graphs;
mod items;
mod literals;

use nn_grammar::diagnostic::Code;

/// A text with one mistake, and what is said about it.
pub(crate) struct Mistake {
    /// The text.
    pub(crate) source: &'static str,
    /// Which mistake it is.
    pub(crate) code: Code,
    /// What the first label points at.
    pub(crate) blames: &'static str,
    /// The message.
    pub(crate) message: &'static str,
    /// The words of the first label.
    pub(crate) label: &'static str,
    /// The help.
    pub(crate) help: Option<&'static str>,
}

/// Every kind of mistake, at least once.
pub(crate) fn mistakes() -> impl Iterator<Item = &'static Mistake> {
    let tables = [
        items::MISTAKES,
        chains::MISTAKES,
        literals::MISTAKES,
        clauses::MISTAKES,
        graphs::MISTAKES,
        expressions::MISTAKES,
    ];
    tables.into_iter().flatten()
}
