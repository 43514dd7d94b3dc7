//! Says what is wrong at the place where a parser could not go on; both parsers hand it that place and what they expected there.

use crate::diagnostic::{Code, Diagnostic};
use crate::reserved;
use crate::token::{Kind, Token, end};
use crate::words::{Expected, list};

/// The diagnostic for a parser that stopped at `at` (in the unit of the tokens' spans), where it would have accepted `expected`.
pub(crate) fn explain(tokens: &[Token<'_>], at: u32, expected: &[Expected]) -> Diagnostic {
    let index = tokens.partition_point(|token| token.span.hi <= at);
    let Some(found) = tokens.get(index) else {
        return ends_early(tokens, expected);
    };
    let place = Place { tokens, index, found, expected };
    place.reserved().or_else(|| place.after_end()).unwrap_or_else(|| place.unexpected())
}

fn ends_early(tokens: &[Token<'_>], expected: &[Expected]) -> Diagnostic {
    let list = list(expected);
    let layers = expected.iter().any(|expected| matches!(expected, Expected::Body | Expected::Chain));
    Diagnostic::new(Code::UnexpectedEnd, end(tokens), format!("expected {list}, but the text ends"))
        .label(format!("expected {list}"))
        .maybe_help(layers.then(|| "write the layers after the name: `< dense(4->16, relu), dense(3) >`".to_owned()))
}

struct Place<'t> {
    tokens: &'t [Token<'t>],
    index: usize,
    found: &'t Token<'t>,
    expected: &'t [Expected],
}

/// What stands between two values.
const OPERATORS: [&str; 10] = ["+", "-", "*", "/", "@", "==", "!=", ">", ">=", "<="];

impl Place<'_> {
    fn expects(&self, what: Expected) -> bool {
        self.expected.contains(&what)
    }

    fn before(&self) -> Option<&Token<'_>> {
        self.tokens[..self.index].last()
    }

    fn after(&self) -> Option<&Token<'_>> {
        self.tokens.get(self.index + 1)
    }

    /// A word that a later version of the language will use here.
    fn reserved(&self) -> Option<Diagnostic> {
        let starts = self.expects(Expected::Item) || self.expects(Expected::Clause);
        let word = &*self.found.text;
        (starts && reserved::is_reserved(word)).then(|| reserved::word(word, self.found.span))
    }

    /// Something that is no item, behind a complete program.
    fn after_end(&self) -> Option<Diagnostic> {
        let complete = self.expects(Expected::End) && self.index > 0;
        if !complete || self.found.kind == Kind::Doc || self.misspelled_item().is_some() {
            return None;
        }
        let items = self.expects(Expected::Item);
        let end = if items { "the end of the last item" } else { "the end" };
        let message = format!("{} stands after {end}", self.shown());
        let mistake = Diagnostic::new(Code::TextAfterEnd, self.found.span, message).label(if items {
            "not part of any item"
        } else {
            "nothing may follow here"
        });
        let help = "another item starts with `network`, `block`, `train`, `search`, `let` or `use`".to_owned();
        Some(mistake.maybe_help(self.help().or(items.then_some(help))))
    }

    fn unexpected(&self) -> Diagnostic {
        let list = list(self.expected);
        if self.found.kind == Kind::Doc {
            return Diagnostic::new(Code::UnexpectedToken, self.found.span, "a `///` line cannot stand here")
                .label(format!("expected {list}"))
                .help("write `//` for a comment; `///` documents the network, block or train section after it");
        }
        Diagnostic::new(Code::UnexpectedToken, self.found.span, format!("expected {list}, but found {}", self.shown()))
            .label(format!("expected {list}"))
            .maybe_help(self.help())
    }

    /// What was found, short enough for a message.
    fn shown(&self) -> String {
        let text: String = self.found.text.chars().take(40).collect();
        let cut = if text.len() < self.found.text.len() { "…" } else { "" };
        format!("`{text}{cut}`")
    }

    /// What to do about the commonest mistakes.
    fn help(&self) -> Option<String> {
        let found = &*self.found.text;
        let next = self.after().map_or("", |token| &*token.text);
        match self.found.kind {
            Kind::Symbol if found == "." && self.after().is_some_and(|next| next.kind == Kind::Number) => {
                Some(format!("a number starts with a digit: `0.{next}`"))
            }
            Kind::Symbol
                if OPERATORS.contains(&found) && self.expects(Expected::Chain) && !self.expects(Expected::Value) =>
            {
                Some(format!("`|>` takes all that stands before it: write `(x |> layer) {found} …`, with parentheses"))
            }
            Kind::Symbol if found == ";" => self.semicolon(),
            Kind::Symbol if found == "=" && self.expects(Expected::Semicolon) && !self.in_statement() => {
                self.before().filter(|before| before.kind == Kind::Word).map(|clause| match &*clause.text {
                    "memory" => "write a limit with `<=`, as in `memory <= 64 KiB;`".to_owned(),
                    clause => format!("a clause has no `=`: write `{clause} {next};`"),
                })
            }
            Kind::Number if self.expects(Expected::LayerArguments) => {
                self.before().map(|layer| format!("arguments stand in parentheses: `{}({found})`", layer.text))
            }
            Kind::Number if self.expects(Expected::Layer) && self.in_limit() => {
                Some("`<` opens a chain; “at most” is written `<=`".to_owned())
            }
            Kind::Word if self.expects(Expected::Item) => self.item(next),
            Kind::Word if self.expects(Expected::Value) && reserved::is_starter(found) => {
                Some(format!("`{found}` is a word of the language and names no value"))
            }
            Kind::Word | Kind::Symbol if self.expects(Expected::CloseChain) && self.expects(Expected::Comma) => {
                (self.found.kind == Kind::Word || matches!(found, "<" | "|>"))
                    .then(|| "`,` separates the layers of a chain".to_owned())
            }
            _ => self.missing(),
        }
    }

    /// What to do where something is missing, whatever was found instead.
    fn missing(&self) -> Option<String> {
        let before = self.before().map_or("", |before| &*before.text);
        Some(match () {
            () if self.expects(Expected::Semicolon)
                && self.expects_only(Expected::Semicolon)
                && before.starts_with('"') =>
            {
                "`use` and its file end with `;`".to_owned()
            }
            () if self.expects(Expected::Semicolon) && self.in_statement() => {
                "every statement ends with `;`".to_owned()
            }
            () if self.expects(Expected::Semicolon) => "every clause ends with `;`".to_owned(),
            () if self.expects(Expected::Chain) && self.expects(Expected::CloseBrace) => {
                "`|>` stands between a value and each of its layers".to_owned()
            }
            () if self.expects(Expected::Else) => {
                "an `if` has a value: say with `else` what it is otherwise".to_owned()
            }
            () if self.expects(Expected::Type) => "a type is `[32, 32, 3]`, `class(10)` or `class(10)[64]`".to_owned(),
            () => return None,
        })
    }

    /// Whether `memory <` stands before the place: a chain, where a limit was meant.
    fn in_limit(&self) -> bool {
        let [.., start, word, angle] = &self.tokens[..self.index] else { return false };
        matches!(&*start.text, "{" | "}" | ";") && word.kind == Kind::Word && angle.text == "<"
    }

    /// Whether nothing but `what` is expected.
    fn expects_only(&self, what: Expected) -> bool {
        self.expected.iter().all(|expected| *expected == what)
    }

    /// Whether the place is in a statement of a body: its first word tells.
    fn in_statement(&self) -> bool {
        let mut depth = 0_usize;
        let mut first = None;
        for token in self.tokens[..self.index].iter().rev() {
            match &*token.text {
                "}" => depth += 1,
                "{" if depth > 0 => depth -= 1,
                ";" | "{" if depth == 0 => break,
                _ => {}
            }
            first = Some(token);
        }
        first.is_some_and(|first| reserved::is_starter(&first.text))
    }

    fn semicolon(&self) -> Option<String> {
        let help = if self.expects(Expected::Clause) {
            "remove the `;`: the clause before it ends with `}`"
        } else if self.expects(Expected::Statement) {
            "remove the `;`: there is no statement before it"
        } else if self.expects(Expected::CloseChain) {
            "`,` separates the layers of a chain"
        } else if self.expects(Expected::CloseBrace) {
            "the result of a body has no `;`; a value that is used later has a name: `let h = …;`"
        } else {
            return self.missing();
        };
        Some(help.to_owned())
    }

    /// The word of an item that `found` comes close to.
    fn misspelled_item(&self) -> Option<&'static str> {
        let word = self.found.kind == Kind::Word && self.expects(Expected::Item);
        let words = ["network", "block", "train", "search", "pub", "use"];
        words.into_iter().find(|item| word && *item != self.found.text && distance(item, &self.found.text) <= 2)
    }

    fn item(&self, next: &str) -> Option<String> {
        if let Some(word) = self.misspelled_item() {
            return Some(format!("did you mean `{word}`?"));
        }
        if reserved::is_starter(&self.found.text) {
            return Some(format!("`{}` belongs into the body of a network or of a block", self.found.text));
        }
        let named = matches!(next, "<" | "(" | "{");
        named.then(|| format!("a network starts with its word: `network {}`", self.found.text))
    }
}

/// The number of letters to insert, remove or replace (Levenshtein 1966), for short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(32).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}
