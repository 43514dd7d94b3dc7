//! The `.nn` language: one syntax tree, two parsers (text with pest, Rust tokens with syn), one printer, one kind of diagnostic.
//!
//! Nothing here knows a layer, a shape or a network: that is the compiler's.

pub mod ast;
pub mod diagnostic;
pub mod printer;
pub mod sources;
pub mod span;
#[cfg(feature = "text")]
pub mod text;
#[cfg(feature = "tokens")]
pub mod tokens;

#[cfg(any(feature = "text", feature = "tokens"))]
mod brackets;
#[cfg(any(feature = "text", feature = "tokens"))]
mod docs;
#[cfg(any(feature = "text", feature = "tokens"))]
mod lexer;
#[cfg(any(feature = "text", feature = "tokens"))]
mod literal;
#[cfg(any(feature = "text", feature = "tokens"))]
mod mistake;
#[cfg(any(feature = "text", feature = "tokens"))]
mod precedence;
#[cfg(any(feature = "text", feature = "tokens"))]
mod reserved;
#[cfg(any(feature = "text", feature = "tokens"))]
mod token;
#[cfg(any(feature = "text", feature = "tokens"))]
mod words;
