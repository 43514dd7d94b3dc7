//! The token front end: from the tokens of a macro body to the syntax tree, with token indices; knows no files and no pest.

#![expect(
    clippy::redundant_closure_for_method_calls,
    reason = "a rule runs on readers of any lifetime: a closure can, the path of a method cannot"
)]

mod flat;
mod grammar;
mod reader;
mod spans;

pub use spans::SpanTable;

use crate::ast::{Chain, Program};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::token::Token;
use crate::{brackets, lexer, mistake};
use flat::Flat;
use proc_macro2::TokenStream;
use reader::{Reader, State, Stop};
use std::str::FromStr;
use syn::parse::{ParseStream, Parser};

/// What the body of a macro can be.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A `.nn` text; its first network may be written without the word `network`: `pub Iris < … >`.
    Program(Program),
    /// `< … >`: one network without a name.
    Anonymous(Chain),
    /// `file "model.nn"`
    File {
        /// The path as it is written.
        path: String,
        /// The string.
        span: Span,
    },
}

/// The body of a macro, read.
#[derive(Debug)]
pub struct Parsed {
    /// What it says, or what is wrong with it; spans count tokens.
    pub input: Result<Input, Vec<Diagnostic>>,
    /// Where its tokens stand.
    pub spans: SpanTable,
}

/// Reads the body of a macro.
///
/// Each identifier, punctuation character, literal and bracket counts one in spans; a `///` line is `#[doc = "…"]`.
pub fn parse(tokens: TokenStream) -> Parsed {
    let Flat { stream, tokens, places, table, mistakes } = flat::flatten(tokens);
    let checked = if mistakes.is_empty() { balanced(&tokens) } else { Err(mistakes) };
    let input = checked.and_then(|()| read(stream, &tokens, &places, |reader| reader.input()));
    Parsed { input, spans: table }
}

/// Reads the text of a `.nn` file by way of Rust tokens; for procedural macros, which do not have the text front end.
///
/// # Errors
///
/// The mistakes in its spelling, or the first one in its syntax; their spans are byte offsets.
pub fn parse_source(source: &str) -> Result<Program, Vec<Diagnostic>> {
    let lexed = lexer::lex(source)?;
    balanced(&lexed.tokens)?;
    let stream = TokenStream::from_str(source).map_err(|_| vec![unreadable(source)])?;
    let flat = flat::flatten(stream);
    let places = flat::places(&lexed.tokens);
    if places.len() != flat.places.len() {
        return Err(vec![unreadable(source)]);
    }
    read(flat.stream, &lexed.tokens, &places, |reader| reader.program())
}

/// A text that Rust cuts into other tokens than this crate does.
fn unreadable(source: &str) -> Diagnostic {
    Diagnostic::new(Code::BadLiteral, Span::new(0, source.len()), "the text cannot be read as Rust tokens")
}

/// Checks brackets and depth, before syn recurses.
fn balanced(tokens: &[Token<'_>]) -> Result<(), Vec<Diagnostic>> {
    brackets::check(tokens).map_err(|mistake| vec![*mistake])
}

/// Runs `rule` over all of `stream`; `places` has the place of each of its tokens.
fn read<T>(
    stream: TokenStream,
    tokens: &[Token<'_>],
    places: &[Span],
    rule: fn(&mut Reader<'_, '_>) -> Result<T, Stop>,
) -> Result<T, Vec<Diagnostic>> {
    let mut state = State::new(places);
    let mut outcome = Err(Stop);
    let parser = |input: ParseStream<'_>| {
        outcome = rule(&mut Reader::new(input, &mut state));
        Ok(())
    };
    // What syn itself says is not wanted: it only repeats that the rule stopped early.
    drop(parser.parse2(stream));
    match outcome {
        Ok(input) if state.mistakes.is_empty() => Ok(input),
        Ok(_) => Err(state.mistakes),
        Err(Stop) => Err(vec![mistake::explain(tokens, state.here(), &state.expected)]),
    }
}
