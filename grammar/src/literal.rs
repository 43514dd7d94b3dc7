//! The rules for numbers and strings, and what is said when one is broken; knows neither tokens nor where a literal stands.

use crate::ast::{Number, Unit};
use crate::diagnostic::{Code, Diagnostic};
use crate::span::Span;

/// A literal that the language does not have.
#[derive(Debug, PartialEq)]
pub(crate) struct Bad {
    /// Which bytes of the literal are to blame.
    pub(crate) range: std::ops::Range<usize>,
    /// One sentence.
    pub(crate) message: String,
    /// What is to be seen there.
    pub(crate) label: String,
    /// What to do.
    pub(crate) help: Option<String>,
}

impl Bad {
    /// The diagnostic that blames `span`.
    pub(crate) fn at(self, span: Span) -> Diagnostic {
        Diagnostic::new(Code::BadLiteral, span, self.message).label(self.label).maybe_help(self.help)
    }
}

/// The help for every suffix that is no unit.
const UNITS: &str = "the units are `B`, `KiB`, `MiB` and `GiB`";

/// The unit of this name.
pub(crate) fn unit(word: &str) -> Option<Unit> {
    match word {
        "B" => Some(Unit::B),
        "KiB" => Some(Unit::KiB),
        "MiB" => Some(Unit::MiB),
        "GiB" => Some(Unit::GiB),
        _ => None,
    }
}

/// Reads a number with an attached unit: `4`, `1_000`, `0.5`, `1e-3`, `8KiB`.
pub(crate) fn number(text: &str) -> Result<Number, Bad> {
    let bytes = text.as_bytes();
    let mut at = digits(bytes, 0);
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(bytes, at + 1);
        if fraction == at + 1 {
            return Err(Bad {
                help: Some(format!("write `{}.0`", &text[..at])),
                ..bad_number(text, "a digit must follow the `.`")
            });
        }
        at = fraction;
    }
    let exponent = exponent(bytes, at);
    let suffix = &text[exponent..];
    match unit(suffix) {
        Some(unit) => Ok(Number { digits: text[..exponent].to_owned(), unit: Some(unit) }),
        None if suffix.is_empty() && exponent > 0 => Ok(Number { digits: text.to_owned(), unit: None }),
        None => Err(bad_suffix(text, exponent)),
    }
}

/// Where the digits that start at `at` end; they start with a digit and go on with digits and `_`.
fn digits(bytes: &[u8], at: usize) -> usize {
    if !bytes.get(at).is_some_and(u8::is_ascii_digit) {
        return at;
    }
    at + bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'_').count()
}

/// Where the exponent that may start at `at` ends.
fn exponent(bytes: &[u8], at: usize) -> usize {
    if !matches!(bytes.get(at), Some(b'e' | b'E')) {
        return at;
    }
    let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
    let end = digits(bytes, at + 1 + sign);
    if end == at + 1 + sign { at } else { end }
}

fn bad_number(text: &str, label: &str) -> Bad {
    Bad { range: 0..text.len(), message: format!("`{text}` is not a number"), label: label.to_owned(), help: None }
}

/// Blames what follows the digits.
fn bad_suffix(text: &str, at: usize) -> Bad {
    let (number, suffix) = text.split_at(at);
    let radix = match suffix.chars().next() {
        Some('x') if number == "0" => Some((16, "hexadecimal")),
        Some('o') if number == "0" => Some((8, "octal")),
        Some('b') if number == "0" => Some((2, "binary")),
        _ => None,
    };
    if let Some((radix, name)) = radix {
        let value = u64::from_str_radix(&suffix[1..].replace('_', ""), radix);
        let help = value.map_or_else(|_| "write it in decimal".to_owned(), |value| format!("write `{value}`"));
        return Bad { help: Some(help), ..bad_number(text, &format!("{name} numbers are not part of the language")) };
    }
    if matches!(suffix, "e" | "E") {
        return Bad {
            help: Some(format!("write `{number}e3`, for example")),
            ..bad_number(text, "the exponent has no digits")
        };
    }
    let times = suffix.strip_prefix('x').filter(|rest| number_alone(rest) && number_alone(number));
    let help = times.map_or_else(|| UNITS.to_owned(), |second| format!("write `{number}, {second}`"));
    Bad { help: Some(help), ..bad_number(text, &format!("`{suffix}` is not a unit")) }
}

fn number_alone(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Reads a string with its quotes, and resolves its escapes.
pub(crate) fn text(literal: &str) -> Result<String, Bad> {
    let open = literal.find(['"', '\'']).unwrap_or(0);
    if literal[open..].starts_with('\'') {
        return Err(quote(literal));
    }
    if open > 0 {
        return Err(prefix(literal, &literal[..open]));
    }
    let end = literal.rfind('"').filter(|end| *end > 0).unwrap_or(literal.len());
    if end + 1 < literal.len() {
        return Err(text_suffix(literal, end + 1));
    }
    let inner = literal.get(1..end).unwrap_or("");
    let mut out = String::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(c) = rest.chars().next() {
        if c == '\r' {
            return Err(return_in_text());
        }
        if c != '\\' {
            out.push(c);
            rest = &rest[c.len_utf8()..];
            continue;
        }
        let (c, length) = escape(rest).map_err(|length| bad_escape(rest, 1 + inner.len() - rest.len(), length))?;
        out.push(c);
        rest = &rest[length..];
    }
    Ok(out)
}

/// The character that the escape at the start of `rest` stands for, and its length; or the length of what is wrong.
fn escape(rest: &str) -> Result<(char, usize), usize> {
    let mut chars = rest.chars().skip(1);
    let plain = match chars.next() {
        Some('n') => '\n',
        Some('r') => '\r',
        Some('t') => '\t',
        Some('\\') => '\\',
        Some('"') => '"',
        Some('0') => '\0',
        Some('u') => return unicode(rest),
        other => return Err(1 + other.map_or(0, char::len_utf8)),
    };
    Ok((plain, 2))
}

/// `\u{1F600}`: one to six hexadecimal digits.
fn unicode(rest: &str) -> Result<(char, usize), usize> {
    let code = rest.strip_prefix("\\u{").ok_or(2_usize)?;
    let length = code.bytes().take(7).take_while(u8::is_ascii_hexdigit).count();
    let closed = code[length..].starts_with('}');
    let whole = 3 + length + usize::from(closed);
    if !closed || !(1..=6).contains(&length) {
        return Err(whole);
    }
    let value = u32::from_str_radix(&code[..length], 16).map_err(|_| whole)?;
    char::from_u32(value).map(|c| (c, whole)).ok_or(whole)
}

fn bad_escape(rest: &str, at: usize, length: usize) -> Bad {
    let escape = &rest[..length];
    Bad {
        range: at..at + length,
        message: format!("`{escape}` is not an escape"),
        label: "not an escape of this language".to_owned(),
        help: Some(r#"the escapes are `\n`, `\r`, `\t`, `\\`, `\"`, `\0` and `\u{…}`"#.to_owned()),
    }
}

/// A carriage return that stands in a string as it is.
fn return_in_text() -> Bad {
    Bad {
        range: 0..1,
        message: "this text contains a carriage return".to_owned(),
        label: "a carriage return stands in this text".to_owned(),
        help: Some(r"write `\r` for it".to_owned()),
    }
}

/// A word that touches the end of a string.
fn text_suffix(literal: &str, at: usize) -> Bad {
    Bad {
        range: at..literal.len(),
        message: format!("`{}` touches the text before it", &literal[at..]),
        label: "a text has no suffix".to_owned(),
        help: Some("put a space or a `,` between them".to_owned()),
    }
}

/// A text or character in single quotes.
pub(crate) fn quote(literal: &str) -> Bad {
    Bad {
        range: 0..literal.len(),
        message: "single quotes are not part of the language".to_owned(),
        label: "not a text of this language".to_owned(),
        help: Some("write text in double quotes: `\"…\"`".to_owned()),
    }
}

/// A raw string, byte string or C string.
pub(crate) fn prefix(literal: &str, prefix: &str) -> Bad {
    let prefix = prefix.trim_end_matches('#');
    Bad {
        range: 0..literal.len(),
        message: format!("a text has no prefix `{prefix}`"),
        label: "not a text of this language".to_owned(),
        help: Some("write text in double quotes: `\"…\"`".to_owned()),
    }
}
