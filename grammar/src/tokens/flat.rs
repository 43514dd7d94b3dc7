//! Lays a tree of Rust tokens out flat, counts it, and judges its literals; knows no grammar.

use super::SpanTable;
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::token::{Kind, Token, is_pair};
use crate::{docs, lexer, literal};
use proc_macro2::{Delimiter, Group, Literal, Punct, Spacing, TokenStream, TokenTree, token_stream};
use std::str::FromStr;

/// A token stream, laid out.
pub(super) struct Flat {
    /// The same tokens without invisible groups and without negative literals, which quoting makes.
    pub(super) stream: TokenStream,
    /// The tokens as the language cuts them.
    pub(super) tokens: Vec<Token<'static>>,
    /// The index of each token of `stream`, as a span.
    pub(super) places: Vec<Span>,
    /// The place of each token of `stream`.
    pub(super) table: SpanTable,
    /// What no token of the language can be.
    pub(super) mistakes: Vec<Diagnostic>,
}

/// One Rust token.
struct Piece {
    kind: Kind,
    text: String,
    /// Whether it is a punctuation character that touches the next one.
    joint: bool,
}

/// A group that is being walked through.
struct Level {
    rest: token_stream::IntoIter,
    group: Option<Group>,
    done: TokenStream,
}

/// Lays `stream` out without recursion: it may be nested deeper than the stack is.
pub(super) fn flatten(stream: TokenStream) -> Flat {
    let (mut pieces, mut table) = (Vec::new(), SpanTable::default());
    let mut levels = vec![Level { rest: stream.into_iter(), group: None, done: TokenStream::new() }];
    let mut whole = TokenStream::new();
    while let Some(level) = levels.last_mut() {
        match level.rest.next() {
            Some(TokenTree::Group(group)) => {
                if let Some((open, _)) = brackets(group.delimiter()) {
                    pieces.push(symbol(open));
                    table.push(group.span_open());
                }
                let rest = group.stream().into_iter();
                levels.push(Level { rest, group: Some(group), done: TokenStream::new() });
            }
            Some(TokenTree::Literal(literal)) => {
                for tree in unsigned(literal) {
                    table.push(tree.span());
                    pieces.push(piece(&tree));
                    level.done.extend([tree]);
                }
            }
            Some(tree) => {
                table.push(tree.span());
                pieces.push(piece(&tree));
                level.done.extend([tree]);
            }
            None => {
                let Some(Level { group, done, .. }) = levels.pop() else { break };
                close(
                    group,
                    done,
                    levels.last_mut().map_or(&mut whole, |level| &mut level.done),
                    &mut pieces,
                    &mut table,
                );
            }
        }
    }
    let places = (0..pieces.len()).map(|index| Span::new(index, index + 1)).collect();
    let (tokens, mistakes) = cut(&pieces);
    Flat { stream: whole, tokens, places, table, mistakes }
}

/// Adds a group that has been walked through to the level around it.
fn close(
    group: Option<Group>,
    done: TokenStream,
    outer: &mut TokenStream,
    pieces: &mut Vec<Piece>,
    table: &mut SpanTable,
) {
    let Some((old, (_, closer))) = group.and_then(|old| brackets(old.delimiter()).map(|pair| (old, pair))) else {
        return outer.extend(done);
    };
    pieces.push(symbol(closer));
    table.push(old.span_close());
    let mut new = Group::new(old.delimiter(), done);
    new.set_span(old.span());
    outer.extend([TokenTree::Group(new)]);
}

fn brackets(delimiter: Delimiter) -> Option<(&'static str, &'static str)> {
    match delimiter {
        Delimiter::Parenthesis => Some(("(", ")")),
        Delimiter::Bracket => Some(("[", "]")),
        Delimiter::Brace => Some(("{", "}")),
        Delimiter::None => None,
    }
}

/// A literal, or the sign and the literal that a negative one stands for.
fn unsigned(literal: Literal) -> Vec<TokenTree> {
    let text = literal.to_string();
    let positive = text.strip_prefix('-').and_then(|text| Literal::from_str(text).ok());
    let Some(mut positive) = positive else { return vec![literal.into()] };
    positive.set_span(literal.span());
    let mut sign = Punct::new('-', Spacing::Alone);
    sign.set_span(literal.span());
    vec![sign.into(), positive.into()]
}

fn symbol(text: &str) -> Piece {
    Piece { kind: Kind::Symbol, text: text.to_owned(), joint: false }
}

fn piece(tree: &TokenTree) -> Piece {
    let text = tree.to_string();
    match tree {
        TokenTree::Ident(_) => Piece { kind: Kind::Word, text, joint: false },
        TokenTree::Punct(punct) => Piece { kind: Kind::Symbol, text, joint: punct.spacing() == Spacing::Joint },
        TokenTree::Literal(_) | TokenTree::Group(_) => {
            let number = text.starts_with(|c: char| c.is_ascii_digit());
            Piece { kind: if number { Kind::Number } else { Kind::Text }, text, joint: false }
        }
    }
}

/// Makes tokens of the language of Rust tokens.
fn cut(pieces: &[Piece]) -> (Vec<Token<'static>>, Vec<Diagnostic>) {
    let (mut tokens, mut mistakes) = (Vec::new(), Vec::new());
    let mut at = 0;
    while let Some(piece) = pieces.get(at) {
        let length = length(&pieces[at..]);
        let span = Span::new(at, at + length);
        let is_doc = piece.text == "#" && length > 1;
        mistakes.extend(if is_doc { doc_mistake(&pieces[at..at + length], span) } else { mistake(piece, span) });
        let kind = if is_doc { Kind::Doc } else { piece.kind };
        let text = if is_doc {
            format!("///{}", doc_text(&pieces[at..at + length]))
        } else if kind == Kind::Symbol {
            pieces[at..at + length].iter().map(|piece| piece.text.as_str()).collect()
        } else {
            piece.text.clone()
        };
        tokens.push(Token { kind, text: text.into(), span });
        at += length;
    }
    (tokens, mistakes)
}

/// How many Rust tokens make the token at the start of `pieces`.
fn length(pieces: &[Piece]) -> usize {
    let starts =
        |row: &[&str]| row.iter().zip(pieces).all(|(text, piece)| *text == piece.text) && pieces.len() > row.len() + 1;
    match pieces {
        _ if starts(&["#", "[", "doc", "="]) => 6,
        _ if starts(&["#", "!", "[", "doc", "="]) => 7,
        [first, second, ..] if first.joint && second.kind == Kind::Symbol => {
            let pair = first.text.chars().next().zip(second.text.chars().next());
            if pair.is_some_and(|(first, second)| is_pair(first, second)) { 2 } else { 1 }
        }
        _ => 1,
    }
}

/// The text of `#[doc = "…"]`, as it stood after the slashes.
fn doc_text(pieces: &[Piece]) -> String {
    let literal = &pieces[pieces.len() - 2].text;
    syn::parse_str::<syn::LitStr>(literal).map(|text| text.value()).unwrap_or_default()
}

fn doc_mistake(pieces: &[Piece], span: Span) -> Option<Diagnostic> {
    if pieces.len() == 7 {
        return Some(docs::foreign("//!", span));
    }
    let text = doc_text(pieces);
    let carriage_return = || text.contains('\r').then(|| docs::carriage_return(span));
    text.contains('\n').then(|| docs::foreign("/**", span)).or_else(carriage_return)
}

/// What is wrong with the spelling of one token.
fn mistake(piece: &Piece, span: Span) -> Option<Diagnostic> {
    match piece.kind {
        Kind::Number => literal::number(&piece.text).err().map(|bad| bad.at(span)),
        Kind::Text if piece.text.contains('\n') && piece.text.starts_with('"') => Some(broken_line(span)),
        Kind::Text => literal::text(&piece.text).err().map(|bad| bad.at(span)),
        Kind::Symbol if piece.text == "'" => Some(literal::quote("'").at(span)),
        Kind::Symbol if piece.text == "#" => Some(lexer::stray('#', span)),
        Kind::Word if piece.text.starts_with("r#") => Some(lexer::stray('#', span)),
        _ => None,
    }
}

/// A string that goes on in another line.
fn broken_line(span: Span) -> Diagnostic {
    Diagnostic::new(Code::Unclosed, span, "`\"` is not closed")
        .label("opened here")
        .also(span, "the line ends here")
        .help(r#"close it with `"`; a line break inside a text is written `\n`"#)
}

/// The place in the text of each Rust token that the text's tokens make.
pub(super) fn places(tokens: &[Token<'_>]) -> Vec<Span> {
    let count = |token: &Token<'_>| match token.kind {
        Kind::Doc => 6,
        Kind::Symbol => token.text.len(),
        _ => 1,
    };
    tokens.iter().flat_map(|token| std::iter::repeat_n(token.span, count(token))).collect()
}
