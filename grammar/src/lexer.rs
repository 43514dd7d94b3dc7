//! Cuts a text into tokens and comments and finds what no token can be; knows no grammar.
//!
//! Both front ends read texts by it, so that a text has the same tokens, comments and spelling mistakes through both doors.

use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;
use crate::token::{Kind, Token, is_pair};
use crate::{docs, literal};

/// How deep comments may nest.
const MAX_COMMENT_DEPTH: usize = 64;

/// How many mistakes are reported: a text with more of them is no program.
const MAX_MISTAKES: usize = 16;

/// A text, cut.
pub(crate) struct Lexed<'s> {
    /// Its tokens; each `///` line is one.
    pub(crate) tokens: Vec<Token<'s>>,
    /// Its `//` and `/* */` comments.
    #[cfg_attr(not(feature = "text"), expect(dead_code, reason = "only the formatter keeps comments"))]
    pub(crate) comments: Vec<Span>,
}

/// Cuts `source`.
pub(crate) fn lex(source: &str) -> Result<Lexed<'_>, Vec<Diagnostic>> {
    let start = if source.starts_with('\u{FEFF}') { '\u{FEFF}'.len_utf8() } else { 0 };
    let mut lexer = Lexer { source, at: start, tokens: Vec::new(), comments: Vec::new(), mistakes: Vec::new() };
    while let Some(c) = lexer.rest().chars().next() {
        if let Err(last) = lexer.next(c) {
            lexer.mistakes.push(*last);
            break;
        }
        if lexer.mistakes.len() >= MAX_MISTAKES {
            break;
        }
    }
    if lexer.mistakes.is_empty() {
        Ok(Lexed { tokens: lexer.tokens, comments: lexer.comments })
    } else {
        Err(lexer.mistakes)
    }
}

/// Whether `text` is an identifier.
#[cfg(feature = "tokens")]
pub(crate) fn is_word(text: &str) -> bool {
    !text.is_empty() && text != "_" && !text.starts_with(|c: char| !is_start(c)) && text.chars().all(is_continue)
}

fn is_start(c: char) -> bool {
    c == '_' || unicode_ident::is_xid_start(c)
}

fn is_continue(c: char) -> bool {
    unicode_ident::is_xid_continue(c)
}

/// How much of the start of `rest` goes on a word.
fn word_length(rest: &str) -> usize {
    rest.find(|c| !is_continue(c)).unwrap_or(rest.len())
}

struct Lexer<'s> {
    source: &'s str,
    at: usize,
    tokens: Vec<Token<'s>>,
    comments: Vec<Span>,
    mistakes: Vec<Diagnostic>,
}

/// A mistake after which the rest of the text has no meaning.
type Last = Box<Diagnostic>;

impl<'s> Lexer<'s> {
    fn rest(&self) -> &'s str {
        &self.source[self.at..]
    }

    /// Takes what starts with `c`, the next character.
    fn next(&mut self, c: char) -> Result<(), Last> {
        let rest = self.rest();
        match c {
            ' ' | '\t' | '\r' | '\n' => self.at += 1,
            _ if rest.starts_with("//") => self.line_comment(rest),
            _ if rest.starts_with("/*") => return self.block_comment(rest),
            '"' => return self.text(0),
            '\'' => self.single_quote(rest),
            '0'..='9' => self.number(rest),
            _ if is_start(c) => return self.word(rest),
            _ if c.is_ascii_graphic() && !matches!(c, '`' | '\\' | '#') => self.symbol(rest, c),
            _ => self.stray(c),
        }
        Ok(())
    }

    fn push(&mut self, kind: Kind, length: usize) {
        let span = Span::new(self.at, self.at + length);
        self.tokens.push(Token { kind, text: self.source[span.range()].into(), span });
        self.at += length;
    }

    /// Blames the next `length` bytes, and goes on after them.
    fn blame(&mut self, bad: literal::Bad, length: usize) {
        let span = Span::new(self.at + bad.range.start, self.at + bad.range.end);
        self.mistakes.push(bad.at(span));
        self.at += length;
    }

    fn line_comment(&mut self, rest: &str) {
        let line = rest.split('\n').next().unwrap_or(rest);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let span = Span::new(self.at, self.at + line.len());
        if line.starts_with("//!") {
            self.mistakes.push(docs::foreign("//!", span));
        } else if line.starts_with("///") && !line.starts_with("////") {
            if !line.contains('\r') {
                return self.push(Kind::Doc, line.len());
            }
            self.mistakes.push(docs::carriage_return(span));
        } else {
            self.comments.push(span);
        }
        self.at += line.len();
    }

    fn block_comment(&mut self, rest: &str) -> Result<(), Last> {
        let length = block_comment(rest).map_err(|unclosed| self.unclosed_comment(unclosed))?;
        let span = Span::new(self.at, self.at + length);
        let comment = &rest[..length];
        let opener = match comment {
            _ if comment.starts_with("/*!") => Some("/*!"),
            "/**/" => None,
            _ if comment.starts_with("/**") && !comment.starts_with("/***") => Some("/**"),
            _ => None,
        };
        match opener {
            Some(opener) => self.mistakes.push(docs::foreign(opener, span)),
            None => self.comments.push(span),
        }
        self.at += length;
        Ok(())
    }

    fn unclosed_comment(&self, unclosed: Unclosed) -> Last {
        let span = Span::new(self.at, self.at + 2);
        match unclosed {
            Unclosed::End => Box::new(unclosed_at_end("/*", "*/", span, self.source.trim_end().len())),
            Unclosed::TooDeep => Box::new(
                Diagnostic::new(
                    Code::TooDeep,
                    span,
                    format!("comments are nested more than {MAX_COMMENT_DEPTH} levels deep"),
                )
                .label("the outermost comment starts here"),
            ),
        }
    }

    /// Takes the string whose quote stands `prefix` bytes from here.
    fn text(&mut self, prefix: usize) -> Result<(), Last> {
        let rest = self.rest();
        let quoted = text_length(&rest[prefix..]).map_err(|end| self.unclosed_text(prefix, end))? + prefix;
        // In Rust a word that touches a closing quote belongs to the literal.
        let suffix = &rest[quoted..];
        let length = quoted + if suffix.starts_with(is_start) { word_length(suffix) } else { 0 };
        match literal::text(&rest[..length]) {
            Ok(_) => self.push(Kind::Text, length),
            Err(bad) => self.blame(bad, length),
        }
        Ok(())
    }

    /// The string opened `prefix` bytes from here ends with its line, `end` bytes later.
    fn unclosed_text(&self, prefix: usize, end: usize) -> Last {
        let lo = self.at + prefix;
        let end = lo + end;
        let at_end = self.source[end..].trim().is_empty();
        let label = if at_end { "the text ends here" } else { "the line ends here" };
        let mistake = Diagnostic::new(Code::Unclosed, Span::new(lo, lo + 1), "`\"` is not closed")
            .label("opened here")
            .also(Span::new(end, end), label);
        Box::new(mistake.help(r#"close it with `"`; a line break inside a text is written `\n`"#))
    }

    /// `'a'`, `'a` or a lone `'`.
    fn single_quote(&mut self, rest: &str) {
        let line = rest[1..].split('\n').next().unwrap_or("");
        let length = line.find('\'').map_or(1, |end| end + 2);
        self.blame(literal::quote(&rest[..length]), length);
    }

    fn number(&mut self, rest: &str) {
        let length = number_length(rest);
        match literal::number(&rest[..length]) {
            Ok(_) => self.push(Kind::Number, length),
            Err(bad) => self.blame(bad, length),
        }
    }

    fn word(&mut self, rest: &'s str) -> Result<(), Last> {
        let length = word_length(rest);
        let hashes = rest[length..].bytes().take_while(|byte| *byte == b'#').count();
        match rest[length + hashes..].chars().next() {
            // In Rust a word that touches a quote is the prefix of a literal.
            Some('"') => return self.text(length + hashes),
            Some('\'') if hashes == 0 => {
                let line = rest[length + 1..].split('\n').next().unwrap_or("");
                let whole = length + line.find('\'').map_or(1, |end| end + 2);
                self.blame(literal::quote(&rest[..whole]), whole);
            }
            _ => self.push(Kind::Word, length),
        }
        Ok(())
    }

    fn symbol(&mut self, rest: &str, first: char) {
        let second = rest.chars().nth(1);
        let pair = second.is_some_and(|second| is_pair(first, second));
        self.push(Kind::Symbol, if pair { 2 } else { 1 });
    }

    fn stray(&mut self, c: char) {
        self.mistakes.push(stray(c, Span::new(self.at, self.at + c.len_utf8())));
        self.at += c.len_utf8();
    }
}

/// A character that starts no token.
pub(crate) fn stray(c: char, span: Span) -> Diagnostic {
    let shown = if c.is_control() || c.is_whitespace() || c == '\u{FEFF}' {
        format!("the character U+{:04X}", u32::from(c))
    } else {
        format!("`{c}`")
    };
    let help = match c {
        '#' => Some("comments start with `//`"),
        '×' | '·' => Some("write `*` to multiply"),
        '−' | '–' => Some("write `-`"),
        '→' => Some("write `->`"),
        '≤' => Some("write `<=`"),
        '“' | '”' | '„' | '‘' | '’' | '`' => Some("write text in double quotes: `\"…\"`"),
        _ => None,
    };
    Diagnostic::new(Code::UnexpectedToken, span, format!("{shown} is not part of the language"))
        .label("no word, number or symbol of the language")
        .maybe_help(help.map(str::to_owned))
}

enum Unclosed {
    End,
    TooDeep,
}

/// The length of the block comment at the start of `rest`; they nest.
fn block_comment(rest: &str) -> Result<usize, Unclosed> {
    let bytes = rest.as_bytes();
    let (mut depth, mut at) = (0, 0);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => depth += 1,
            b"*/" => depth -= 1,
            _ => {
                at += 1;
                continue;
            }
        }
        at += 2;
        match depth {
            0 => return Ok(at),
            1..=MAX_COMMENT_DEPTH => {}
            _ => return Err(Unclosed::TooDeep),
        }
    }
    Err(Unclosed::End)
}

/// The length of the string at the start of `rest`, with both quotes; or where its line ends.
fn text_length(rest: &str) -> Result<usize, usize> {
    let mut escaped = true;
    for (at, c) in rest.char_indices() {
        match c {
            '\n' => return Err(rest[..at].trim_end_matches('\r').len()),
            '"' if !escaped => return Ok(at + 1),
            '\\' if !escaped => escaped = true,
            _ => escaped = false,
        }
    }
    Err(rest.len())
}

/// The length of the number at the start of `rest`, as Rust cuts it, with everything that touches it.
fn number_length(rest: &str) -> usize {
    let bytes = rest.as_bytes();
    let run = |at: usize| at + bytes[at..].iter().take_while(|b| b.is_ascii_digit() || **b == b'_').count();
    let mut at = run(0);
    if bytes.get(at) == Some(&b'.') && !rest[at + 1..].starts_with(|c| c == '.' || is_start(c)) {
        at = run(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        let digits = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = run(digits);
        if bytes[digits..end].iter().any(u8::is_ascii_digit) {
            at = end;
        }
    }
    at + word_length(&rest[at..])
}

/// `opener` has no partner before the text ends at `end`.
fn unclosed_at_end(opener: &str, closer: &str, span: Span, end: usize) -> Diagnostic {
    Diagnostic::new(Code::Unclosed, span, format!("`{opener}` is not closed"))
        .label("opened here")
        .also(Span::new(end, end), "the text ends here")
        .help(format!("close it with `{closer}`"))
}
