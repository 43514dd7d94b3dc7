//! The grammar over Rust tokens, rule for rule that of `nn.pest`: whole bodies of macros, and rows in brackets.
//!
//! Where a token could begin or go on with two things, it is decided as pest decides it, here and nowhere else:
//!
//! * `<` opens a chain where a value, a body or a stage starts, and right behind the name or the arguments of a stage. Anywhere
//!   else it compares; brackets.rs has counted it accordingly before any rule runs.
//! * A word of [`reserved::STARTERS`](crate::reserved::STARTERS) never names a value: a statement, an `if` or a `scan` starts.
//! * `(` with `name =` in it is a tuple, any other a group. Behind the name of a block it opens parameters if they can be read,
//!   else inputs; behind the name of a clause a row of arguments, unless what follows `)` goes on with an expression.
//! * `..` in front of `,` or `]` is a range without an end.

mod clause;
mod expr;
mod graph;
mod item;

use super::Input;
use super::reader::{Reader, Stop};
use crate::ast::{Arg, Program};
use crate::words::Expected;

type Parse<T> = Result<T, Stop>;

impl<'p> Reader<'_, 'p> {
    /// The body of a macro.
    pub(super) fn input(&mut self) -> Parse<Input> {
        if self.peek(Expected::Chain) {
            let chain = self.chain(Expected::Chain)?;
            self.end()?;
            return Ok(Input::Anonymous(chain));
        }
        let start = self.start();
        if let Some(input) = self.file()? {
            self.end()?;
            return Ok(input);
        }
        self.items(start, true).map(Input::Program)
    }

    /// `file "model.nn"`, if it stands here.
    fn file(&mut self) -> Parse<Option<Input>> {
        if !(self.at_word("file") && self.literal_follows()) {
            return Ok(None);
        }
        self.eats_word("file");
        let Some((path, span)) = self.string() else { return self.stop(Expected::Path) };
        Ok(Some(Input::File { path, span }))
    }

    fn end(&mut self) -> Parse<()> {
        if self.is_empty() { Ok(()) } else { self.stop(Expected::End) }
    }

    /// A whole text.
    pub(super) fn program(&mut self) -> Parse<Program> {
        let start = self.start();
        self.items(start, false)
    }

    /// Items up to the end; the first may be a network without its word where `headless` says so.
    fn items(&mut self, start: usize, headless: bool) -> Parse<Program> {
        let mut items = Vec::new();
        while !self.is_empty() {
            self.state.expect(Expected::End);
            let headless = headless && items.is_empty() && self.start() == start;
            items.push(self.item(headless)?);
        }
        Ok(Program { items })
    }

    /// The arguments in parentheses that stand here.
    fn args(&mut self, open: Expected) -> Parse<Vec<Arg>> {
        self.parens(open, |reader| reader.arg())
    }

    /// A row in parentheses, separated by commas.
    fn parens<T>(&mut self, open: Expected, each: fn(&mut Reader<'_, 'p>) -> Parse<T>) -> Parse<Vec<T>> {
        self.group(open, Expected::CloseParen, |reader| reader.row(Expected::CloseParen, each))
    }

    /// What is separated by commas up to the end of the group, which `close` closes; a comma may follow the last.
    fn row<T>(&mut self, close: Expected, each: fn(&mut Reader<'_, 'p>) -> Parse<T>) -> Parse<Vec<T>> {
        let mut row = Vec::new();
        while !self.is_empty() {
            self.state.expect(close);
            row.push(each(self)?);
            if !self.eats(Expected::Comma) {
                break;
            }
        }
        Ok(row)
    }

    /// A row that is not empty.
    fn filled_row<T>(&mut self, close: Expected, each: fn(&mut Reader<'_, 'p>) -> Parse<T>) -> Parse<Vec<T>> {
        let mut row = vec![each(self)?];
        if self.eats(Expected::Comma) {
            row.extend(self.row(close, each)?);
        }
        Ok(row)
    }
}
