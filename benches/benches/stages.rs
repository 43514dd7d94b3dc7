//! How long each stage of the compiler takes, from text to Rust: `cargo bench -p nn-benches --bench stages`.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use nn_benches::{repeated, written};
use nn_compiler::plan::placement::{Piece, extent, lower_bound, place};
use nn_compiler::{Style, check, emit, grad, lower, opt, plan};
use nn_grammar::text;

fn main() {
    for (name, source) in [
        ("101 layers in 50 written blocks", written(50)),
        ("201 layers in 100 written blocks", written(100)),
        ("101 layers, repeat(50)", repeated(50)),
    ] {
        println!("{name}: {}", stages(&source));
    }
    println!("{}", ten_thousand_buffers());
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
        let tokens = emit::emit(network, &plan, &[], Style::default());
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

/// How long the placement of many buffers takes, and how well it does.
fn ten_thousand_buffers() -> String {
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
    format!("{} buffers: {:.1?}, {taken} values, at least {least}", pieces.len(), start.elapsed())
}
