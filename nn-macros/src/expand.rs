//! From the body of the macro to the items or the expression that take its place.

use std::path::Path;

use nn_compiler::{Style, check, emit};
use nn_grammar::ast::{Body, Chain, Item, Name, Network, Program};
use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::sources::Gathered;
use nn_grammar::span::Span;
use nn_grammar::tokens::{self, Input, Parsed, SpanTable};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::quote;

use crate::{errors, file};

/// The type of `network!(< … >)`.
const ANONYMOUS: &str = "Network";

pub(crate) fn network(body: TokenStream) -> TokenStream {
    let Parsed { input, spans } = tokens::parse(body.clone());
    match input {
        Ok(Input::Program(program)) => with_used(program, &spans),
        Ok(Input::Anonymous(chain)) => {
            let program = anonymous(chain);
            expression(&items(&program, |diagnostic| errors::in_macro(diagnostic, &spans)))
        }
        Ok(Input::File { path, span }) => file::items(&path, spans.resolve(span)),
        Err(diagnostics) => {
            let errors = diagnostics.iter().map(|diagnostic| errors::in_macro(diagnostic, &spans));
            let stubs = if opens_with_angle(&body) { named_stub(ANONYMOUS, false) } else { guessed_stubs(&body) };
            let all = quote!(#(#errors)* #stubs);
            if opens_with_angle(&body) { expression(&all) } else { all }
        }
    }
}

/// The items of a program in the body of a macro, with the blocks of the files that it uses: relative to the crate's `Cargo.toml`.
fn with_used(program: Program, spans: &SpanTable) -> TokenStream {
    let folder = Path::new("");
    let outlines = check::outline(&program);
    let Gathered { program, used } = file::gather(program, spans.len(), folder);
    let error = |diagnostic: &Diagnostic| match file::in_used(diagnostic, &used) {
        Some((message, by)) => {
            let place = spans.resolve(by);
            errors::error(&message, place, place)
        }
        None => errors::in_macro(diagnostic, spans),
    };
    let items = match program {
        Ok(program) => items(&program, error),
        Err(diagnostics) => {
            let stubs = outlines.into_iter().map(|outline| emit::stub(&outline));
            diagnostics.iter().map(error).chain(stubs).collect()
        }
    };
    let tracked = file::tracked(&used, folder);
    quote!(#items #tracked)
}

/// The items of a program, or its errors with a stand-in for each network.
pub(crate) fn items(program: &Program, error: impl Fn(&Diagnostic) -> TokenStream) -> TokenStream {
    match nn_compiler::compile(program) {
        Ok(networks) => emit(&networks, Style::default()),
        Err(diagnostics) => {
            let errors = diagnostics.iter().map(error);
            let stubs = check::outline(program).into_iter().map(|outline| emit::stub(&outline));
            quote!(#(#errors)* #(#stubs)*)
        }
    }
}

fn anonymous(chain: Chain) -> Program {
    let span = chain.span;
    let name = Name { text: ANONYMOUS.to_owned(), span };
    let body = Body::Chain(chain);
    let network = Network {
        docs: Vec::new(),
        public: false,
        name,
        inputs: Vec::new(),
        dims: Vec::new(),
        settings: Vec::new(),
        body,
        span,
    };
    Program { items: vec![Item::Network(network)] }
}

fn expression(items: &TokenStream) -> TokenStream {
    let name = quote::format_ident!("{ANONYMOUS}");
    quote!({ #items #name::new(0) })
}

fn opens_with_angle(body: &TokenStream) -> bool {
    matches!(body.clone().into_iter().next(), Some(TokenTree::Punct(punct)) if punct.as_char() == '<')
}

pub(crate) fn named_stub(name: &str, public: bool) -> TokenStream {
    emit::stub(&check::Outline { name: name.to_owned(), public, network: None })
}

/// Stand-ins for what looks like the name of a network in a body that cannot be parsed: a word behind `network` or `pub`,
/// or one that begins with a capital before anything else.
fn guessed_stubs(body: &TokenStream) -> TokenStream {
    let words: Vec<TokenTree> = body.clone().into_iter().collect();
    let word = |at: usize| match words.get(at) {
        Some(TokenTree::Ident(ident)) => ident.to_string(),
        _ => String::new(),
    };
    let mut names: Vec<(String, bool)> = Vec::new();
    for at in 0..words.len() {
        let name = word(at);
        let announced = at == 0 || ["network", "pub"].contains(&word(at - 1).as_str());
        let opens = match words.get(at + 1) {
            Some(TokenTree::Punct(punct)) => punct.as_char() == '<',
            Some(TokenTree::Group(group)) => group.delimiter() == Delimiter::Parenthesis,
            _ => false,
        };
        let capital = name.chars().next().is_some_and(char::is_uppercase) && name != "Self";
        if capital && announced && opens && !names.iter().any(|(known, _)| *known == name) {
            let public = (at >= 1 && word(at - 1) == "pub") || (at >= 2 && word(at - 2) == "pub");
            names.push((name, public));
        }
    }
    names.iter().map(|(name, public)| named_stub(name, *public)).collect()
}

/// Networks of a file are public with or without `pub`.
pub(crate) fn make_public(program: &mut Program) {
    for item in &mut program.items {
        if let Item::Network(network) = item {
            network.public = true;
        }
    }
}

/// The place of a token of the macro body, by index.
pub(crate) fn token(index: u32) -> Span {
    Span { lo: index, hi: index + 1 }
}
