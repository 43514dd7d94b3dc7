//! Texts that mean harm or make no sense: the compiler answers each of them, and soon.

use std::path::Path;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use nn_compiler::{Style, check, compile, emit};
use nn_grammar::ast::Program;
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::text;
use proptest::prelude::*;

/// How long any answer may take, in a build without optimisation.
const SOON: Duration = Duration::from_secs(5);

/// How long this thread has computed so far; where the system does not say, how long it has been since the first call. Other programs
/// on a busy machine do not count.
pub(crate) fn computed() -> Duration {
    static FIRST: LazyLock<Instant> = LazyLock::new(Instant::now);
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let running = times.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok());
    running.map_or_else(|| FIRST.elapsed(), Duration::from_nanos)
}

/// What is said about a text, in the thread of a macro: with the stack that threads have unless they ask for more.
fn said(source: String) -> Vec<Diagnostic> {
    let judge = move || {
        let start = computed();
        let said = text::parse(&source).and_then(|program| compile(&program).map(|_| ())).err().unwrap_or_default();
        (said, computed() - start)
    };
    let judged = std::thread::Builder::new().stack_size(2 << 20).spawn(judge).expect("a thread").join();
    let (said, taken) = judged.expect("no panic");
    assert!(taken < SOON, "it took {taken:?}");
    said
}

fn codes(source: String) -> Vec<Code> {
    said(source).into_iter().map(|diagnostic| diagnostic.code).collect()
}

#[test]
fn blocks_that_double_at_each_level_are_refused() {
    for last in ["relu", "dense(4)", "lstm", ""] {
        let mut source = format!("network A < input(4), b0 > block b40 < {last} >\n");
        for level in 0..40 {
            source += &format!("block b{level} < b{next}, b{next} >\n", next = level + 1);
        }
        let said = codes(source);
        assert!(said.contains(&Code::TooLarge) || !["relu", "dense(4)"].contains(&last), "{last}: {said:?}");
        assert!(!said.is_empty());
    }
}

#[test]
fn a_long_row_of_blocks_is_refused() {
    for count in [200, 2_000] {
        let mut source = format!("network A < input(4), b0 > block b{count} < relu >\n");
        for level in 0..count {
            source += &format!("block b{level} < b{} >\n", level + 1);
        }
        assert_eq!(codes(source), [Code::TooDeep]);
    }
}

#[test]
fn repetitions_of_repetitions_are_refused() {
    for last in ["relu", "dense(4)", "lstm", "", "< relu >"] {
        let nested = format!("{}{last}{}", "repeat(10_000) < ".repeat(20), " >".repeat(20));
        let source = format!("block a < {nested} > network A < input(4), a > network B < input(4), a >");
        assert!(!codes(source).is_empty());
    }
}

#[test]
fn a_wide_cycle_of_blocks_is_told_once() {
    let mut source = "network A < input(4), b0 >\n".to_owned();
    for block in 0..500 {
        source += &format!("block b{block} < b{}, b{}, relu >\n", (block + 1) % 500, (block + 7) % 500);
    }
    assert_eq!(codes(source), [Code::RecursiveBlock]);
}

#[test]
fn sizes_beyond_all_integers_are_refused() {
    for size in ["9_007_199_254_740_993", "18446744073709551615", "1e18", "1e308", "9e15 * 9e15", "2e9 * 2e9"] {
        for source in [
            format!("network A < dense(4->{size}) >"),
            format!("network A < dense({size}->{size}) >"),
            format!("network A < input({size}, {size}, {size}), flatten, dense(3) >"),
            format!("network A < embedding({size}->{size}) >"),
            format!("network A < dense(4->3), repeat({size}) < relu > >"),
            format!("network A < dense(4->3), batch_norm > train A {{ minimize mse with sgd(0.1); batch {size}; }}"),
        ] {
            let said = said(source.clone());
            let refused = said.iter().all(|one| [Code::TooLarge, Code::OutOfRange].contains(&one.code));
            assert!(refused && !said.is_empty(), "{source}: {said:?}");
        }
    }
}

#[test]
fn a_divisor_of_many_channels_is_suggested_soon() {
    // A prime number of channels: no number of groups that could be tried divides it.
    for groups in ["2_147_483_628", "9e15"] {
        let source = format!("network A < input(2_147_483_629), group_norm({groups}), dense(1) >");
        assert_eq!(codes(source), [Code::WidthMismatch]);
    }
}

/// The texts that compile, cut into words, symbols and spaces.
fn pieces() -> Vec<Vec<String>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/pass");
    let mut paths: Vec<_> =
        std::fs::read_dir(folder).expect("the corpus").map(|entry| entry.expect("a file").path()).collect();
    paths.sort();
    paths.iter().map(|path| cut(&std::fs::read_to_string(path).expect("a text"))).collect()
}

fn cut(source: &str) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let kind = |letter: char| (letter.is_alphanumeric() || letter == '_', letter.is_whitespace());
    for letter in source.chars() {
        match pieces.last_mut() {
            Some(piece)
                if piece.chars().next_back().map(kind) == Some(kind(letter)) && kind(letter) != (false, false) =>
            {
                piece.push(letter);
            }
            _ => pieces.push(letter.to_string()),
        }
    }
    pieces
}

/// A change of a text: what is done, and where.
#[derive(Clone, Debug)]
enum Change {
    Delete(prop::sample::Index),
    Double(prop::sample::Index),
    Swap(prop::sample::Index, prop::sample::Index),
    Replace(prop::sample::Index, &'static str),
}

const REPLACEMENTS: [&str; 24] = [
    "0",
    "1",
    "-1",
    "2.5",
    "1e30",
    "999999999",
    "1 / 0",
    "relu",
    "softmax",
    "dense",
    "repeat",
    "residual",
    "input",
    "unit",
    "width",
    "true",
    "\"a\"",
    "64 KiB",
    "3->3",
    "0..2",
    "[1, 2]",
    "< >",
    "()",
    "columns",
];

fn change() -> impl Strategy<Value = Change> {
    let index = any::<prop::sample::Index>;
    prop_oneof![
        index().prop_map(Change::Delete),
        index().prop_map(Change::Double),
        (index(), index()).prop_map(|(a, b)| Change::Swap(a, b)),
        (index(), prop::sample::select(&REPLACEMENTS[..])).prop_map(|(at, word)| Change::Replace(at, word)),
    ]
}

fn apply(pieces: &mut Vec<String>, change: &Change) {
    if pieces.is_empty() {
        return;
    }
    let at = |index: &prop::sample::Index| index.index(pieces.len());
    match change {
        Change::Delete(index) => drop(pieces.remove(at(index))),
        Change::Double(index) => pieces.insert(at(index), pieces[at(index)].clone()),
        Change::Swap(a, b) => {
            let (a, b) = (at(a), at(b));
            pieces.swap(a, b);
        }
        Change::Replace(index, word) => {
            let index = at(index);
            pieces[index] = (*word).to_owned();
        }
    }
}

/// What the macro does with a program: compile it, or offer the outlines of its networks.
fn judge(program: &Program) -> Result<(), Vec<Diagnostic>> {
    match compile(program) {
        Ok(networks) => {
            let rust = emit(&networks, Style::default());
            assert!(syn::parse2::<syn::File>(rust).is_ok(), "what is emitted is no Rust");
            Ok(())
        }
        Err(diagnostics) => {
            for outline in check::outline(program) {
                let stub = emit::stub(&outline);
                assert!(syn::parse2::<syn::File>(stub).is_ok(), "the stand-in is no Rust");
            }
            Err(diagnostics)
        }
    }
}

#[test]
fn a_name_that_rust_keeps_has_no_stand_in() {
    for name in ["true", "struct", "Self", "yield"] {
        let program = text::parse(&format!("network {name} < dense(2->1) >")).expect("a text");
        assert!(judge(&program).is_err(), "{name}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_changed_text_is_answered(
        text in any::<prop::sample::Index>(),
        changes in prop::collection::vec(change(), 1..5),
    ) {
        let texts = pieces();
        let mut pieces = text.get(&texts).clone();
        changes.iter().for_each(|change| apply(&mut pieces, change));
        let source: String = pieces.concat();
        let start = computed();
        if let Err(diagnostics) = text::parse(&source).and_then(|program| judge(&program)) {
            prop_assert!(!diagnostics.is_empty(), "refused without a word");
            for diagnostic in &diagnostics {
                let place = diagnostic.primary.span.range();
                prop_assert!(place.end <= source.len() && place.start <= place.end, "{place:?} of {}", source.len());
                prop_assert!(source.is_char_boundary(place.start) && source.is_char_boundary(place.end));
                let twin = diagnostics.iter().filter(|other| {
                    other.code == diagnostic.code && other.primary.span.range() == place
                });
                prop_assert_eq!(twin.count(), 1, "{} is told twice", diagnostic.code.name());
            }
        }
        let taken = computed() - start;
        prop_assert!(taken < SOON, "it took {taken:?}");
    }
}
