//! Finds brackets without partner and nesting that is too deep, before any parser recurses; knows no grammar.

use crate::diagnostic::{Code, Diagnostic};
use crate::reserved::is_starter;
use crate::span::Span;
use crate::token::{Kind, Token, end};

/// How many brackets and operators may stand within each other: no tree is deeper, so no recursion over one overflows.
pub(crate) const MAX_DEPTH: usize = 64;

/// A bracket whose partner has not come yet.
struct Open<'t> {
    text: &'t str,
    span: Span,
    /// The operators since the last separator in it: each makes the tree one deeper.
    operators: usize,
    /// What a `,` does not end: each `if` and `scan`, which goes on with expressions, and each `<` that compares.
    heads: usize,
    /// The first closing bracket of another kind that came inside it.
    stray: Option<&'t Token<'t>>,
    /// Whether a stage is being read: behind `|>`, `<` opens the chain of a stage.
    stage: bool,
}

/// Checks that brackets match and that nothing is nested too deeply.
pub(crate) fn check(tokens: &[Token<'_>]) -> Result<(), Box<Diagnostic>> {
    let mut scan = Scan { open: vec![Open::new("", Span::default())], depth: 0, constant: false };
    for (index, token) in tokens.iter().enumerate() {
        let before = index.checked_sub(1).map(|index| &tokens[index]);
        let after = tokens.get(index + 1);
        match (token.kind, &*token.text) {
            (Kind::Word, "if" | "scan") => scan.head(),
            (Kind::Word, "let") => scan.constant |= scan.open.len() == 1,
            (Kind::Symbol, "<") if scan.compares(token, before) => scan.head(),
            (Kind::Symbol, ">") if scan.compares(token, before) => scan.operators(),
            (Kind::Symbol, "<" | "(" | "[" | "{") => scan.open(token),
            (Kind::Symbol, ">" | ")" | "]" | "}") => scan.close(token, after)?,
            (Kind::Symbol, "," | "=" | ":") => scan.separate(),
            (Kind::Symbol, ";") => scan.finish_statement(),
            (Kind::Symbol, "|>") => scan.pipe(),
            (Kind::Symbol, "+" | "-" | "*" | "/" | "@" | "." | "->" | ".." | "==" | "!=" | "<=" | ">=") => {
                scan.operators();
            }
            _ => {}
        }
        if scan.depth > MAX_DEPTH {
            return Err(Box::new(too_deep(token.span)));
        }
    }
    scan.finish(end(tokens))
}

/// The brackets that are open; the first stands for the text itself.
struct Scan<'t> {
    open: Vec<Open<'t>>,
    depth: usize,
    /// Whether the item at hand is a number with a name: an expression outside of all brackets.
    constant: bool,
}

impl<'t> Open<'t> {
    fn new(text: &'t str, span: Span) -> Self {
        Self { text, span, operators: 0, heads: 0, stray: None, stage: false }
    }
}

impl<'t> Scan<'t> {
    /// Whether a `<` or `>` compares: between operands of an expression, where no chain can begin or end.
    fn compares(&self, token: &Token<'_>, before: Option<&Token<'_>>) -> bool {
        let Some(top) = self.open.last() else { return false };
        let expression = self.constant && self.open.len() == 1;
        if !(matches!(top.text, "(" | "[" | "{") || expression) || top.stage {
            return false;
        }
        let operand = before.is_some_and(|before| match before.kind {
            Kind::Word => !is_starter(&before.text),
            Kind::Number | Kind::Text => true,
            Kind::Doc => false,
            Kind::Symbol => matches!(&*before.text, ")" | "]"),
        });
        token.text == ">" || operand
    }

    /// A stage follows, which may have a chain of its own.
    fn pipe(&mut self) {
        self.operators();
        if let Some(top) = self.top() {
            top.stage = true;
        }
    }

    fn top(&mut self) -> Option<&mut Open<'t>> {
        self.open.last_mut()
    }

    fn open(&mut self, token: &'t Token<'t>) {
        self.open.push(Open::new(&token.text, token.span));
        self.depth += 1;
    }

    fn operators(&mut self) {
        self.depth += 1;
        if let Some(top) = self.top() {
            top.operators += 1;
        }
    }

    fn head(&mut self) {
        self.depth += 1;
        if let Some(top) = self.top() {
            top.heads += 1;
        }
    }

    /// Nothing of the statement goes on.
    fn finish_statement(&mut self) {
        self.separate();
        self.constant &= self.open.len() > 1;
        if let Some(top) = self.top() {
            let heads = std::mem::take(&mut top.heads);
            self.depth -= heads;
        }
    }

    fn separate(&mut self) {
        if let Some(top) = self.top() {
            top.stage = false;
            let operators = std::mem::take(&mut top.operators);
            self.depth -= operators;
        }
    }

    fn close(&mut self, token: &'t Token<'t>, after: Option<&Token<'_>>) -> Result<(), Box<Diagnostic>> {
        if self.open.last().is_some_and(|top| partner(top.text) == token.text) {
            return self.closed(&token.text, after);
        }
        let deeper = self.open.iter().any(|open| partner(open.text) == token.text);
        match self.open.last_mut() {
            Some(top) if deeper => Err(Box::new(unclosed(top, token))),
            Some(top) if !top.text.is_empty() => {
                top.stray.get_or_insert(token);
                Ok(())
            }
            _ => Err(Box::new(stray(token))),
        }
    }

    /// The innermost bracket has met its partner.
    fn closed(&mut self, closer: &str, after: Option<&Token<'_>>) -> Result<(), Box<Diagnostic>> {
        if let Some(closed) = self.open.pop() {
            self.depth -= 1 + closed.operators + closed.heads;
            if let Some(token) = closed.stray {
                return Err(Box::new(stray(token)));
            }
        }
        match closer {
            // An index makes the expression before it one deeper.
            "]" => self.operators(),
            // No expression goes on with a word, except an `if` with its `else`: a clause or an item has ended.
            "}" if after.is_none_or(|after| matches!(after.kind, Kind::Word | Kind::Doc) && after.text != "else") => {
                self.finish_statement();
            }
            _ => {}
        }
        Ok(())
    }

    fn finish(&self, end: Span) -> Result<(), Box<Diagnostic>> {
        match self.open.last() {
            Some(top) if !top.text.is_empty() => Err(Box::new(match top.stray {
                Some(token) => unclosed(top, token),
                None => unclosed_at_end(top, end),
            })),
            _ => Ok(()),
        }
    }
}

/// The bracket that `closer` closes.
fn opener(closer: &str) -> &'static str {
    ["<", "(", "[", "{"].into_iter().find(|opener| partner(opener) == closer).unwrap_or("")
}

/// The bracket that closes `opener`.
fn partner(opener: &str) -> &'static str {
    match opener {
        "<" => ">",
        "(" => ")",
        "[" => "]",
        "{" => "}",
        _ => "",
    }
}

fn unclosed_bracket(open: &Open<'_>) -> Diagnostic {
    Diagnostic::new(Code::Unclosed, open.span, format!("`{}` is not closed", open.text))
        .label("opened here")
        .help(format!("close it with `{}`", partner(open.text)))
}

fn unclosed(open: &Open<'_>, closer: &Token<'_>) -> Diagnostic {
    unclosed_bracket(open)
        .also(closer.span, format!("`{}` is expected before this `{}`", partner(open.text), closer.text))
}

fn unclosed_at_end(open: &Open<'_>, end: Span) -> Diagnostic {
    unclosed_bracket(open).also(end, "the text ends here")
}

fn stray(closer: &Token<'_>) -> Diagnostic {
    Diagnostic::new(Code::UnexpectedToken, closer.span, format!("`{}` closes nothing", closer.text))
        .label("no bracket is open for it")
        .help(format!("remove it, or open it with `{}`", opener(&closer.text)))
}

fn too_deep(span: Span) -> Diagnostic {
    Diagnostic::new(
        Code::TooDeep,
        span,
        format!("more than {MAX_DEPTH} brackets and operators stand within each other"),
    )
    .label("too deep here")
    .help("move an inner part into a `block` of its own")
}
