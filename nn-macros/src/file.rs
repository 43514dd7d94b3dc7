//! `file "model.nn"`: the text of a file; its mistakes are told with file, line and column, on the path in the macro.

use std::io;
use std::path::{Path, PathBuf};

use nn_grammar::ast::Program;
use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::sources::{self, Gathered, Used};
use nn_grammar::span as grammar;
use nn_grammar::tokens;
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors;
use crate::expand;

/// The items of the networks of a file.
pub(crate) fn items(path: &str, place: Span) -> TokenStream {
    let fail = |message: &str| errors::error(message, place, place);
    let full = root().join(path);
    let source = match std::fs::read(&full).map(String::from_utf8) {
        Ok(Ok(source)) => source,
        Ok(Err(error)) => {
            return fail(&format!(
                "`{path}` is not UTF-8: byte {} begins no character",
                error.utf8_error().valid_up_to()
            ));
        }
        Err(error) => {
            return fail(&format!(
                "cannot read `{path}`: {error}\n  = note: it is looked for in the folder of Cargo.toml"
            ));
        }
    };
    let here = |span| Place { path, source: &source, at: span };
    let (items, used) = match tokens::parse_source(&source) {
        Ok(mut program) => {
            expand::make_public(&mut program);
            let folder = Path::new(path).parent().unwrap_or(Path::new(""));
            let Gathered { program, used } = gather(program, source.len(), folder);
            let paths: Vec<String> = used.iter().map(|text| folder.join(&text.path).display().to_string()).collect();
            let error = |diagnostic: &Diagnostic| {
                fail(&located(diagnostic, &|span| match used.iter().rposition(|text| in_text(text, span)) {
                    Some(number) => {
                        Place { path: &paths[number], source: &used[number].text, at: within(&used[number], span) }
                    }
                    None => here(span),
                }))
            };
            let items = match program {
                Ok(program) => expand::items(&program, error),
                Err(diagnostics) => {
                    let stubs = names(&source).into_iter().map(|name| expand::named_stub(name, true));
                    diagnostics.iter().map(error).chain(stubs).collect()
                }
            };
            (items, tracked(&used, folder))
        }
        Err(diagnostics) => {
            let errors = diagnostics.iter().map(|diagnostic| fail(&located(diagnostic, &here)));
            let stubs = names(&source).into_iter().map(|name| expand::named_stub(name, true));
            (errors.chain(stubs).collect(), TokenStream::new())
        }
    };
    // So that the crate is compiled again when a file changes.
    let tracked = full.to_string_lossy();
    quote! {
        #items
        const _: &[u8] = ::core::include_bytes!(#tracked);
        #used
    }
}

/// The folder of the crate.
fn root() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default()
}

/// A program with the blocks of the texts that it uses; paths begin in `folder` of the crate, which is that of the project.
pub(crate) fn gather(program: Program, end: usize, folder: &Path) -> Gathered {
    let folder = root().join(folder);
    let inside = |path: &Path| -> io::Result<bool> { Ok(path.canonicalize()?.starts_with(folder.canonicalize()?)) };
    let mut load = |path: &str| {
        let full = folder.join(path);
        match inside(&full) {
            Ok(true) => {}
            Ok(false) => return Err("it lies outside of the folder of the project".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        std::fs::read_to_string(&full).map_err(|error| error.to_string())
    };
    sources::gather(program, end, &mut load, tokens::parse_source)
}

/// What makes the crate depend on the texts that it uses.
pub(crate) fn tracked(used: &[Used], folder: &Path) -> TokenStream {
    let bytes = used.iter().map(|text| {
        let full = root().join(folder).join(&text.path);
        let full = full.to_string_lossy();
        quote!(
            const _: &[u8] = ::core::include_bytes!(#full);
        )
    });
    bytes.collect()
}

fn in_text(text: &Used, span: grammar::Span) -> bool {
    span.range().start >= text.start
}

/// A span as one of the text itself.
fn within(text: &Used, span: grammar::Span) -> grammar::Span {
    let range = span.range();
    grammar::Span::new(range.start - text.start, range.end.saturating_sub(text.start))
}

/// A mistake in a text that the body of a macro uses: told on the line that uses it.
pub(crate) fn in_used(diagnostic: &Diagnostic, used: &[Used]) -> Option<(String, grammar::Span)> {
    let text = sources::text_of(used, diagnostic.primary.span)?;
    let message = located(diagnostic, &|span| match sources::text_of(used, span) {
        Some(text) => Place { path: &text.path, source: &text.text, at: within(text, span) },
        None => Place { path: "", source: "", at: span },
    });
    Some((message, text.by))
}

/// What follows the word `network` in a text that cannot be parsed, and is spelled as the name of one.
fn names(source: &str) -> Vec<&str> {
    let words: Vec<&str> = source
        .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
        .filter(|word| !word.is_empty())
        .collect();
    let mut names: Vec<&str> = Vec::new();
    for pair in words.windows(2) {
        let name = pair[1];
        let camel = name.starts_with(char::is_uppercase) && name.is_ascii() && name != "Self";
        if pair[0] == "network" && camel && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// A place in a file.
struct Place<'a> {
    path: &'a str,
    source: &'a str,
    at: grammar::Span,
}

impl Place<'_> {
    /// `iris.nn:3:14`; nothing for a place that is in no file.
    fn words(&self) -> Option<String> {
        if self.path.is_empty() {
            return None;
        }
        let before = self.source.get(..self.at.lo as usize).unwrap_or(self.source);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        Some(format!("{}:{line}:{column}", self.path))
    }
}

/// A message with the line and column of each of its places in a file.
fn located<'a>(diagnostic: &Diagnostic, place: &dyn Fn(grammar::Span) -> Place<'a>) -> String {
    let text = errors::message(diagnostic, &|label| Some(format!("{}: {}", place(label.span).words()?, label.text)));
    format!("{}: {text}", place(diagnostic.primary.span).words().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::items;
    use proc_macro2::Span;

    /// What the macro makes of a file of the corpus of mistakes.
    fn expanded(name: &str) -> String {
        items(&format!("../tests/corpus/fail/{name}.nn"), Span::call_site()).to_string()
    }

    #[test]
    fn a_mistake_is_told_with_its_line_and_column() {
        let rust = expanded("width_mismatch");
        assert!(rust.contains("corpus/fail/width_mismatch.nn:1:42: `dense(32->3)` takes 32 values"), "{rust}");
        assert!(rust.contains("= note: ../tests/corpus/fail/width_mismatch.nn:1:29: yields [16]"), "{rust}");
        assert_eq!((rust.matches("compile_error").count(), rust.matches("pub struct Iris").count()), (1, 1));
    }

    #[test]
    fn a_mistake_of_a_used_file_is_told_there() {
        let rust = items("../tests/corpus/used/net_of_a_mistake.nn", Span::call_site()).to_string();
        assert!(rust.contains("corpus/used/parts/mistaken.nn:1:40: `dense(5->8)` takes 5 values"), "{rust}");
        assert!(
            rust.contains("= note: ../tests/corpus/used/net_of_a_mistake.nn:3:25: `mistaken` is used here"),
            "{rust}"
        );
        assert_eq!((rust.matches("compile_error").count(), rust.matches("pub struct Net").count()), (1, 1));
    }

    #[test]
    fn a_text_that_cannot_be_parsed_has_its_types() {
        let rust = expanded("unclosed_chain");
        assert!(rust.contains("unclosed_chain.nn:1:14: `<` is not closed"), "{rust}");
        assert_eq!((rust.matches("compile_error").count(), rust.matches("pub struct Iris").count()), (1, 1));
    }

    #[test]
    fn a_file_that_is_no_text_or_none_at_all_is_named() {
        let rust = expanded("not_utf8");
        assert!(rust.contains("not_utf8.nn` is not UTF-8: byte 5 begins no character"), "{rust}");
        let rust = expanded("nowhere");
        assert!(rust.contains("cannot read `../tests/corpus/fail/nowhere.nn`"), "{rust}");
    }
}
