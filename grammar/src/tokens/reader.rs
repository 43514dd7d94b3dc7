//! Reads tokens one by one from syn, counts them, and remembers what would have been accepted at the place it stands at.

use crate::ast::Name;
use crate::diagnostic::Diagnostic;
use crate::lexer::is_word;
use crate::reserved::{is_reserved, is_starter};
use crate::span::Span;
use crate::token::is_pair;
use crate::words::Expected;
use crate::{docs, literal};
use proc_macro2::{Delimiter, Spacing};
use syn::buffer::Cursor;
use syn::ext::IdentExt;
use syn::parse::discouraged::Speculative;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{Ident, LitStr, Token};

/// The text does not go on as the grammar does: `State` knows where, and what was expected.
#[derive(Debug)]
pub(super) struct Stop;

/// What all readers of one text share.
pub(super) struct State<'p> {
    /// The place of each Rust token.
    places: &'p [Span],
    /// How many Rust tokens have been read.
    next: usize,
    /// How many had been read at the farthest place where something else was expected.
    reached: usize,
    /// What would have been accepted there.
    pub(super) expected: Vec<Expected>,
    /// Mistakes that did not stop the reading.
    pub(super) mistakes: Vec<Diagnostic>,
}

impl<'p> State<'p> {
    pub(super) fn new(places: &'p [Span]) -> Self {
        Self { places, next: 0, reached: 0, expected: Vec::new(), mistakes: Vec::new() }
    }

    /// Where the farthest token that nothing accepted starts; behind all of them at the end.
    pub(super) fn here(&self) -> u32 {
        let end = self.places.last().map_or(0, |last| last.hi);
        self.places.get(self.reached).map_or(end, |place| place.lo)
    }

    /// Remembers that `what` would have been accepted next, unless something was missing farther on: as pest does it.
    pub(super) fn expect(&mut self, what: Expected) {
        if self.next > self.reached {
            self.expected.clear();
            self.reached = self.next;
        }
        if self.next == self.reached {
            self.expected.push(what);
        }
    }
}

/// A position in one group of tokens.
pub(super) struct Reader<'r, 'p> {
    input: ParseStream<'r>,
    pub(super) state: &'r mut State<'p>,
}

impl<'r, 'p> Reader<'r, 'p> {
    pub(super) fn new(input: ParseStream<'r>, state: &'r mut State<'p>) -> Self {
        Self { input, state }
    }

    /// Where the next token starts.
    pub(super) fn start(&self) -> usize {
        self.state.next
    }

    /// The place of the tokens from `start` to here.
    pub(super) fn since(&self, start: usize) -> Span {
        let row = self.state.places.get(start..self.state.next).unwrap_or_default();
        row.first().zip(row.last()).map_or_else(Span::default, |(first, last)| first.to(*last))
    }

    fn advance(&mut self, count: usize) {
        self.state.next += count;
    }

    /// What `rule` makes of the tokens here; if they do not fit, nothing is read, and another rule can be tried.
    pub(super) fn attempt<T>(&mut self, rule: impl FnOnce(&mut Reader<'_, 'p>) -> Result<T, Stop>) -> Option<T> {
        let fork = self.input.fork();
        let (next, mistakes) = (self.state.next, self.state.mistakes.len());
        let outcome = rule(&mut Reader { input: &fork, state: self.state });
        if outcome.is_ok() {
            self.input.advance_to(&fork);
        } else {
            self.state.next = next;
            self.state.mistakes.truncate(mistakes);
        }
        outcome.ok()
    }

    /// Stops here, where `what` would have been accepted.
    pub(super) fn stop<T>(&mut self, what: Expected) -> Result<T, Stop> {
        self.state.expect(what);
        Err(Stop)
    }

    /// Whether nothing is left in this group.
    pub(super) fn is_empty(&self) -> bool {
        self.input.is_empty()
    }

    /// Whether the next token is `what`; if not, remembers that it would have been accepted.
    pub(super) fn sees(&mut self, what: Expected) -> bool {
        let seen = self.peek(what);
        if !seen {
            self.state.expect(what);
        }
        seen
    }

    /// Whether the next token is `what`.
    pub(super) fn peek(&self, what: Expected) -> bool {
        let cursor = self.input.cursor();
        match (spelling(what), delimiter(what)) {
            (Some(spelling), _) => self.at_word(spelling) || at_symbol(cursor, spelling),
            (None, Some(delimiter)) => at_group(cursor, delimiter),
            (None, None) => false,
        }
    }

    /// Takes the word or symbol `what` if it stands next.
    pub(super) fn eats(&mut self, what: Expected) -> bool {
        let seen = self.sees(what);
        spelling(what).is_some_and(|spelling| seen && (self.eats_word(spelling) || self.eats_operator(spelling)))
    }

    /// Takes the symbol `what`, which must stand next.
    pub(super) fn needs(&mut self, what: Expected) -> Result<(), Stop> {
        if self.eats(what) { Ok(()) } else { Err(Stop) }
    }

    /// Drops one token tree.
    fn skip(&self) {
        let skipped =
            self.input.step(|cursor| cursor.token_tree().map(|(_, rest)| ((), rest)).ok_or_else(|| cursor.error("")));
        debug_assert!(skipped.is_ok(), "a token that was seen can be skipped");
    }

    /// The word that stands next.
    pub(super) fn word(&self) -> Option<String> {
        let (ident, _) = self.input.cursor().ident()?;
        let text = ident.to_string();
        is_word(&text).then_some(text)
    }

    /// Whether `word` stands next.
    pub(super) fn at_word(&self, word: &str) -> bool {
        self.word().is_some_and(|next| next == word)
    }

    /// Takes the word `word` if it stands next.
    pub(super) fn eats_word(&mut self, word: &str) -> bool {
        let seen = self.at_word(word);
        if seen {
            self.skip();
            self.advance(1);
        }
        seen
    }

    /// Takes a name, which must stand next and is a `role`.
    pub(super) fn name(&mut self, role: Expected) -> Result<Name, Stop> {
        let start = self.start();
        let taken = |word: &str| match role {
            Expected::Clause => is_reserved(word),
            Expected::Value => is_starter(word),
            _ => false,
        };
        if self.word().is_none_or(|word| taken(&word)) {
            return self.stop(role);
        }
        let Ok(ident) = self.input.call(Ident::parse_any) else { return self.stop(role) };
        self.advance(1);
        Ok(Name { text: ident.to_string(), span: self.since(start) })
    }

    /// Takes a literal if one stands next; gives its spelling.
    pub(super) fn literal_text(&mut self) -> Option<String> {
        let (literal, _) = self.input.cursor().literal()?;
        self.skip();
        self.advance(1);
        Some(literal.to_string())
    }

    /// Takes an operator or sign of this spelling if it stands next; says nothing of what it expected.
    pub(super) fn eats_operator(&mut self, symbol: &str) -> bool {
        if !at_symbol(self.input.cursor(), symbol) {
            return false;
        }
        for _ in symbol.chars() {
            self.skip();
        }
        self.advance(symbol.len());
        true
    }

    /// Whether an operator of this spelling stands next.
    pub(super) fn at_operator(&self, symbol: &str) -> bool {
        at_symbol(self.input.cursor(), symbol)
    }

    /// Whether the symbol `what` stands behind the next token.
    pub(super) fn peek_second(&self, what: Expected) -> bool {
        let after = self.input.cursor().token_tree();
        after.zip(spelling(what)).is_some_and(|((_, rest), spelling)| at_symbol(rest, spelling))
    }

    /// Whether a word and then the symbol `what` are the first in the group that stands next.
    pub(super) fn group_starts_with_word(&self, what: Expected) -> bool {
        let inside = self.input.cursor().group(Delimiter::Parenthesis).map(|(inside, ..)| inside);
        let word = inside.and_then(|inside| inside.ident()).filter(|(word, _)| is_word(&word.to_string()));
        word.zip(spelling(what)).is_some_and(|((_, rest), spelling)| at_symbol(rest, spelling))
    }

    /// Whether a literal stands behind the next token.
    pub(super) fn literal_follows(&self) -> bool {
        self.input.cursor().token_tree().is_some_and(|(_, rest)| rest.literal().is_some())
    }

    /// Whether the name of a network stands next, with what can follow it; after `pub` the name alone is enough.
    pub(super) fn name_of_network_follows(&self, public: bool) -> bool {
        let after = self.input.cursor().token_tree().map(|(_, rest)| rest);
        let opens = after.is_some_and(|rest| {
            at_symbol(rest, "<") || [Delimiter::Parenthesis, Delimiter::Brace].iter().any(|open| at_group(rest, *open))
        });
        self.word().is_some_and(|word| {
            opens || public && !matches!(word.as_str(), "block" | "train" | "search" | "let" | "use")
        })
    }

    /// Whether one of `symbols` or a `[` stands behind the group that stands next.
    pub(super) fn symbol_after_group(&self, symbols: &[&str]) -> bool {
        let after = self.input.cursor().token_tree().map(|(_, rest)| rest);
        after.is_some_and(|rest| {
            symbols.iter().any(|symbol| at_symbol(rest, symbol)) || at_group(rest, Delimiter::Bracket)
        })
    }

    /// Takes the `///` lines that stand next.
    pub(super) fn docs(&mut self) -> Result<Vec<String>, Stop> {
        let mut lines = Vec::new();
        while self.input.peek(Token![#]) && self.input.peek2(syn::token::Bracket) {
            self.skip();
            let Ok(content) = square(self.input) else { return Err(Stop) };
            let line =
                content.call(Ident::parse_any).and_then(|_| content.parse::<Token![=]>()).and_then(|_| content.parse());
            let Ok(line) = line.map(|line: LitStr| line.value()) else { return Err(Stop) };
            lines.push(docs::line(&line));
            self.advance(6);
        }
        Ok(lines)
    }

    /// Takes a bracketed group, which must stand next; `inside` reads all of what is in it, and stops at what is left.
    pub(super) fn group<T>(
        &mut self,
        open: Expected,
        close: Expected,
        inside: impl FnOnce(&mut Reader<'_, 'p>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let content = match close {
            Expected::CloseParen => round(self.input),
            Expected::CloseBracket => square(self.input),
            _ => curly(self.input),
        };
        let Ok(content) = content else { return self.stop(open) };
        self.advance(1);
        let mut reader = Reader { input: &content, state: self.state };
        let value = inside(&mut reader)?;
        if !reader.is_empty() {
            return reader.stop(close);
        }
        self.advance(1);
        Ok(value)
    }

    /// Takes a string if one stands next.
    pub(super) fn string(&mut self) -> Option<(String, Span)> {
        let (literal, _) = self.input.cursor().literal()?;
        let text = Some(literal.to_string()).filter(|text| text.starts_with('"'))?;
        let start = self.start();
        self.literal_text();
        literal::text(&text).ok().map(|text| (text, self.since(start)))
    }
}

fn at_group(cursor: Cursor<'_>, delimiter: Delimiter) -> bool {
    cursor.group(delimiter).is_some()
}

/// Whether the symbol that stands next, cut as the language cuts it, is `symbol`: `=` is no part of `==`.
fn at_symbol(cursor: Cursor<'_>, symbol: &str) -> bool {
    let Some((first, rest)) = cursor.punct() else { return false };
    let second = rest.punct().filter(|_| first.spacing() == Spacing::Joint).map(|(second, _)| second.as_char());
    let second = second.filter(|second| is_pair(first.as_char(), *second));
    symbol.chars().eq([first.as_char()].into_iter().chain(second))
}

/// How the word or symbol `what` is written.
fn spelling(what: Expected) -> Option<&'static str> {
    Some(match what {
        Expected::Comma => ",",
        Expected::Semicolon => ";",
        Expected::Colon => ":",
        Expected::Is | Expected::NamedIs => "=",
        Expected::AtMost => "<=",
        Expected::Tilde => "~",
        Expected::Dot => ".",
        Expected::Body | Expected::Chain => "<",
        Expected::CloseChain => ">",
        Expected::Times => "*=",
        Expected::For => "for",
        Expected::From => "from",
        Expected::As => "as",
        Expected::Map => "map",
        Expected::Over => "over",
        Expected::Last => "last",
        Expected::Batch => "batch",
        Expected::Batches => "batches",
        Expected::Epoch => "epoch",
        Expected::With => "with",
        Expected::In => "in",
        Expected::If => "if",
        Expected::Else => "else",
        _ => return None,
    })
}

/// The brackets that `what` opens.
fn delimiter(what: Expected) -> Option<Delimiter> {
    Some(match what {
        Expected::Settings | Expected::Parameters | Expected::LayerArguments | Expected::Arguments => {
            Delimiter::Parenthesis
        }
        Expected::Index => Delimiter::Bracket,
        Expected::OpenBrace => Delimiter::Brace,
        _ => return None,
    })
}

fn round<'s>(input: &ParseBuffer<'s>) -> syn::Result<ParseBuffer<'s>> {
    let content;
    syn::parenthesized!(content in input);
    Ok(content)
}

fn square<'s>(input: &ParseBuffer<'s>) -> syn::Result<ParseBuffer<'s>> {
    let content;
    syn::bracketed!(content in input);
    Ok(content)
}

fn curly<'s>(input: &ParseBuffer<'s>) -> syn::Result<ParseBuffer<'s>> {
    let content;
    syn::braced!(content in input);
    Ok(content)
}
