//! Large networks: generated code grows with what a text says, not with how often it is repeated. Timings are printed by
//! `cargo test --release -p nn-tests --test scale -- --ignored --nocapture`; they decide nothing.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use nn_compiler::plan::placement::{Piece, extent, lower_bound, place};
use nn_compiler::{Style, check, compile, emit, grad, lower, opt, plan};
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
    let (few, many) = (rust(&repeated(4)), rust(&repeated(48)));
    assert!(many.to_string().contains("0 .. 48"), "the loop stands in the code");
    assert_eq!(count(few), count(many));
}

#[test]
fn code_grows_with_the_text() {
    let [few, more, most] = [20, 40, 60].map(|blocks| count(rust(&written(blocks))));
    let (first, second) = ((more - few) as f64, (most - more) as f64);
    assert!(second < 1.1 * first, "{few}, {more}, {most} tokens");
}

#[test]
#[ignore = "it prints timings"]
fn stages_of_deep_networks() {
    for (name, source) in [
        ("33 written blocks", written(33)),
        ("100 written blocks", written(100)),
        ("200 written blocks", written(200)),
        ("repeat(48)", repeated(48)),
    ] {
        println!("{name}: {}", stages(&source));
    }
}

/// How long each stage takes, the shortest of five runs.
fn stages(source: &str) -> String {
    let mut least = [Duration::MAX; 7];
    for _ in 0..5 {
        let mut times = vec![Instant::now()];
        let program = text::parse(source).expect("a text");
        times.push(Instant::now());
        let model = check::check(&program).expect("a program");
        times.push(Instant::now());
        let network = &model.networks[0];
        let lowered = lower::lower(network);
        times.push(Instant::now());
        let graphs = grad::gradients(lowered, network);
        times.push(Instant::now());
        let graphs = opt::optimize(graphs);
        times.push(Instant::now());
        let plan = plan::plan(network, &graphs);
        times.push(Instant::now());
        let tokens = emit::emit(network, &plan, Style::default());
        times.push(Instant::now());
        assert!(!tokens.is_empty());
        for (least, pair) in least.iter_mut().zip(times.windows(2)) {
            *least = (*least).min(pair[1] - pair[0]);
        }
    }
    let mut text = format!("{:.1?} in all:", least.iter().sum::<Duration>());
    for (stage, time) in ["parse", "check", "lower", "grad", "opt", "plan", "emit"].iter().zip(least) {
        write!(text, " {stage} {time:.1?}").expect("a string takes everything");
    }
    text
}

#[test]
#[ignore = "it prints a timing"]
fn ten_thousand_buffers() {
    // Of each layer a buffer that lives until the way back, and one that does not.
    let layer = |at: usize| {
        let len = 64 + at * 37 % 193;
        let kept = Piece { from: 2 * at, to: 20_000 - 2 * at, len, offset: 0 };
        [kept, Piece { from: 2 * at, to: 2 * at + 3, len: 2 * len, offset: 0 }]
    };
    let mut pieces: Vec<Piece> = (0..5_000).flat_map(layer).collect();
    let start = Instant::now();
    place(&mut pieces);
    let (taken, least) = (extent(&pieces), lower_bound(&pieces));
    println!("{} buffers: {:.1?}, {taken} values, at least {least}", pieces.len(), start.elapsed());
}
