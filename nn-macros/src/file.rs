//! `file "model.nn"`: the text of a file; its mistakes are told with file, line and column, on the path in the macro.

use std::path::PathBuf;

use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::tokens;
use proc_macro2::{Span, TokenStream};
use quote::quote;

use crate::errors;
use crate::expand;

/// The items of the networks of a file.
pub(crate) fn items(path: &str, place: Span) -> TokenStream {
    let fail = |message: &str| errors::error(message, place, place);
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let full = root.join(path);
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
    let error = |diagnostic: &Diagnostic| fail(&located(diagnostic, path, &source));
    let items = match tokens::parse_source(&source) {
        Ok(mut program) => {
            expand::make_public(&mut program);
            expand::items(&program, error)
        }
        Err(diagnostics) => {
            let errors = diagnostics.iter().map(error);
            let stubs = names(&source).into_iter().map(|name| expand::named_stub(name, true));
            errors.chain(stubs).collect()
        }
    };
    // So that the crate is compiled again when the file changes.
    let tracked = full.to_string_lossy();
    quote! {
        #items
        const _: &[u8] = ::core::include_bytes!(#tracked);
    }
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

/// A message with the line and column of each of its places in the file.
fn located(diagnostic: &Diagnostic, path: &str, source: &str) -> String {
    let at = |offset: u32| {
        let before = source.get(..offset as usize).unwrap_or(source);
        let line = before.matches('\n').count() + 1;
        let column = before.chars().rev().take_while(|letter| *letter != '\n').count() + 1;
        format!("{path}:{line}:{column}")
    };
    let text = errors::message(diagnostic, &|label| Some(format!("{}: {}", at(label.span.lo), label.text)));
    format!("{}: {text}", at(diagnostic.primary.span.lo))
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
