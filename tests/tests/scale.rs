//! Large networks: generated code grows with what a text says, not with how often it is repeated.

use std::fmt::Write as _;

use nn_compiler::{Style, compile, emit};
use nn_grammar::text;
use proc_macro2::{TokenStream, TokenTree};

const BLOCK: &str = "residual < layer_norm, dense(64, gelu), dense(64) >";

/// So many blocks, each written out.
fn written(blocks: usize) -> String {
    let mut source = "network Deep < dense(8->64)".to_owned();
    for _ in 0..blocks {
        write!(source, ",\n    {BLOCK}").expect("a string takes everything");
    }
    source + ", dense(10, softmax) >"
}

/// So many blocks, written once.
fn repeated(blocks: usize) -> String {
    format!("network Deep < dense(8->64), repeat({blocks}) < {BLOCK} >, dense(10, softmax) >")
}

fn rust(source: &str) -> TokenStream {
    let networks = compile(&text::parse(source).expect("a text")).expect("a program");
    emit(&networks, Style::default())
}

/// Tokens, those within brackets included. Lines would not do: where they break depends on the digits of sizes.
fn count(tokens: TokenStream) -> usize {
    let one = |tree| match tree {
        TokenTree::Group(group) => 1 + count(group.stream()),
        TokenTree::Ident(_) | TokenTree::Punct(_) | TokenTree::Literal(_) => 1,
    };
    tokens.into_iter().map(one).sum()
}

#[test]
fn a_repeated_block_is_generated_once() {
    // Fewer would be a small network, which has a function for a single row as well.
    let (few, many) = (rust(&repeated(12)), rust(&repeated(48)));
    assert!(many.to_string().contains("0 .. 48"), "the loop stands in the code");
    assert_eq!(count(few), count(many));
}

#[test]
fn code_grows_with_the_text() {
    let [few, more, most] = [20, 40, 60].map(|blocks| count(rust(&written(blocks))));
    let (first, second) = ((more - few) as f64, (most - more) as f64);
    assert!(second < 1.1 * first, "{few}, {more}, {most} tokens");
}
