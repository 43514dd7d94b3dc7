//! Prints a syntax tree as canonical text, with the comments of the text it was read from; knows no layer.
//!
//! What fits stands on one line of 100 columns; what does not is broken, one part a line. Statements always have lines of
//! their own.

mod breaks;
mod clause;
mod comments;
mod expr;
mod flat;
mod graph;
mod item;
mod layout;
mod lines;
mod piece;
mod tightness;

use crate::ast::{Call, Expr, Program};
use comments::Comments;
use layout::Printer;

/// The canonical text of `program`: reading it gives `program` again, and printing that gives this text again.
pub fn print(program: &Program) -> String {
    write(program, Comments::none())
}

/// The canonical text of one call on one line, for messages: `dense(4->16, relu)`.
pub fn call(call: &Call) -> String {
    flat::call(call)
}

/// The canonical text of an expression on one line, for messages.
pub fn expr(expr: &Expr) -> String {
    flat::value(expr)
}

fn write(program: &Program, comments: Comments<'_>) -> String {
    let mut printer = Printer::new(comments);
    printer.program(program);
    printer.finish()
}

/// The canonical text of a `.nn` text, with its comments and with single blank lines where it has blank lines.
///
/// A comment on a line of its own comes before the construct it precedes or stands in, one at the end of a line stays at the end.
/// Formatting what was formatted changes nothing.
///
/// # Errors
///
/// What `text::parse` says about the text.
#[cfg(feature = "text")]
pub fn format(source: &str) -> Result<String, Vec<crate::diagnostic::Diagnostic>> {
    let lexed = crate::lexer::lex(source)?;
    let program = crate::text::parse_lexed(source, &lexed)?;
    let formatted = write(&program, Comments::new(source, &lexed));
    // Rather an ugly text than a lost word: the print must say the same.
    Ok(if says_the_same(&formatted, &program, source, &lexed) { formatted } else { source.to_owned() })
}

/// Whether `formatted` has the tree `program`, and the comments and `///` lines of `source`.
#[cfg(feature = "text")]
fn says_the_same(formatted: &str, program: &Program, source: &str, lexed: &crate::lexer::Lexed<'_>) -> bool {
    let texts = |source: &str, lexed: &crate::lexer::Lexed<'_>| -> Vec<String> {
        lexed.comments.iter().map(|span| source[span.range()].trim_end().to_owned()).collect()
    };
    let docs = |lexed: &crate::lexer::Lexed<'_>| {
        lexed.tokens.iter().filter(|token| token.kind == crate::token::Kind::Doc).count()
    };
    crate::lexer::lex(formatted).is_ok_and(|again| {
        texts(formatted, &again) == texts(source, lexed)
            && docs(&again) == docs(lexed)
            && crate::text::parse_lexed(formatted, &again).is_ok_and(|again| again == *program)
    })
}
