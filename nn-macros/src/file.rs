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
        Err(diagnostics) => diagnostics.iter().map(error).collect(),
    };
    // So that the crate is compiled again when the file changes.
    let tracked = full.to_string_lossy();
    quote! {
        #items
        const _: &[u8] = ::core::include_bytes!(#tracked);
    }
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
