//! Two doors, one language: a text means the same, or is wrong in the same way, as a file and in a macro.

use std::path::Path;
use std::str::FromStr;

use nn_compiler::{Style, compile, emit};
use nn_grammar::ast::Program;
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::tokens::{self, Input};
use nn_grammar::{printer, text};
use proc_macro2::TokenStream;

/// The texts of a folder of the corpus with their names; files that are no text are left out.
fn texts(folder: &str) -> Vec<(String, String)> {
    let entries = std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(folder));
    let mut paths: Vec<_> = entries.expect("the corpus").map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    let named = |path: &Path| {
        let source = String::from_utf8(std::fs::read(path).expect("a file")).ok()?;
        Some((path.file_name()?.to_string_lossy().into_owned(), source))
    };
    paths.iter().filter_map(|path| named(path)).collect()
}

/// What a program of one of the doors compiles to.
fn rust(program: Result<Program, Vec<Diagnostic>>) -> Result<String, Vec<Diagnostic>> {
    let networks = compile(&program?)?;
    Ok(emit(&networks, Style::default()).to_string())
}

#[test]
fn a_mistake_is_told_alike_to_the_byte() {
    for (name, source) in texts("fail") {
        let from_text = rust(text::parse(&source)).expect_err("it is wrong");
        let from_tokens = rust(tokens::parse_source(&source)).expect_err("it is wrong");
        // Spans are equal to each other wherever they are; as text they differ.
        assert_eq!(format!("{from_text:#?}"), format!("{from_tokens:#?}"), "{name}");
    }
}

#[test]
fn a_mistake_is_told_alike_in_a_macro() {
    let mut judged = 0;
    for (name, source) in texts("fail") {
        // What rustc itself refuses never reaches a macro.
        let Ok(stream) = TokenStream::from_str(&source) else { continue };
        // A macro may leave the first `network` out, so that it expects something else there.
        if ["misspelled_network.nn", "comment_with_a_hash.nn"].contains(&name.as_str()) {
            continue;
        }
        let in_macro = match tokens::parse(stream).input {
            Ok(Input::Program(program)) => compile(&program).map(|_| ()),
            Ok(_) => panic!("{name} is no whole text"),
            Err(diagnostics) => Err(diagnostics),
        };
        let in_text = text::parse(&source).and_then(|program| compile(&program).map(|_| ()));
        let said = |result: Result<(), Vec<Diagnostic>>| words(&result.expect_err("it is wrong"));
        assert_eq!(said(in_macro), said(in_text), "{name}");
        judged += 1;
    }
    assert!(judged > 150, "{judged} mistakes were judged");
}

/// All of diagnostics but where they point, which a macro counts in tokens.
fn words(diagnostics: &[Diagnostic]) -> Vec<(Code, Vec<String>)> {
    let words = |one: &Diagnostic| {
        let labels = [&one.primary].into_iter().chain(&one.secondary).map(|label| label.text.clone());
        let rest = one.notes.iter().chain(&one.help).cloned();
        (one.code, [one.message.clone()].into_iter().chain(labels).chain(rest).collect())
    };
    diagnostics.iter().map(words).collect()
}

#[test]
fn a_text_compiles_to_the_same_bytes() {
    let texts = texts("pass");
    assert!(!texts.is_empty());
    for (name, source) in texts {
        let first = rust(text::parse(&source)).unwrap_or_else(|mistakes| panic!("{name}: {mistakes:?}"));
        assert_eq!(first, rust(text::parse(&source)).expect("it compiles"), "{name} the second time");
        assert_eq!(first, rust(tokens::parse_source(&source)).expect("it compiles"), "{name} by way of tokens");
        let stream = TokenStream::from_str(&source).expect("Rust tokens");
        let Ok(Input::Program(program)) = tokens::parse(stream).input else { panic!("{name} is no whole text") };
        assert_eq!(first, rust(Ok(program)).expect("it compiles"), "{name} in a macro");
        let printed = printer::print(&text::parse(&source).expect("it is right"));
        assert_eq!(first, rust(text::parse(&printed)).expect("it compiles"), "{name} printed");
    }
}
