//! The parser that pest makes of `nn.pest`; a module of its own, because its rules are nobody else's.

/// The parser.
#[derive(pest_derive::Parser)]
#[grammar = "nn.pest"]
pub(super) struct Grammar;
