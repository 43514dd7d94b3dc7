//! The `.nn` language: one syntax tree, two parsers (text with pest, Rust tokens with syn), one printer, one kind of diagnostic.
//!
//! Nothing here knows a layer, a shape or a network: that is the compiler's.

pub mod ast;
pub mod diagnostic;
pub mod span;
