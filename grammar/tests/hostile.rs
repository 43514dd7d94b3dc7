//! No text and no tokens make a front end panic, hang or overflow; both doors say the same about the same mistake.

mod programs;

use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::printer::{format, print};
use nn_grammar::{text, tokens};
use proc_macro2::TokenStream;
use proptest::prelude::*;
use std::str::FromStr;
use std::time::{Duration, Instant};

/// Everything that a message shows, and where.
fn shown(diagnostics: &[Diagnostic]) -> Vec<String> {
    diagnostics.iter().map(|diagnostic| format!("{diagnostic:?}")).collect()
}

/// Reads `source` through every door; what the doors that know the text say must agree.
fn agree(source: &str) -> Result<(), TestCaseError> {
    let by_text = text::parse(source);
    let by_tokens = tokens::parse_source(source);
    match (&by_text, &by_tokens) {
        (Ok(left), Ok(right)) => prop_assert_eq!(left, right),
        (Err(left), Err(right)) => prop_assert_eq!(shown(left), shown(right), "{}", source),
        _ => prop_assert!(false, "{:?}\n{:?}\n{}", by_text, by_tokens, source),
    }
    if let Ok(stream) = TokenStream::from_str(source) {
        let parsed = tokens::parse(stream);
        if let Err(diagnostics) = &parsed.input {
            for diagnostic in diagnostics {
                parsed.spans.resolve(diagnostic.primary.span);
            }
        }
    }
    let formatted = format(source);
    prop_assert_eq!(formatted.is_ok(), by_text.is_ok());
    Ok(())
}

fn fragment() -> impl Strategy<Value = String> {
    let known = prop::sample::select(vec![
        "network",
        "block",
        "train",
        "pub",
        "data",
        "minimize",
        "with",
        "memory",
        "let",
        "state",
        "emit",
        "sample",
        "entry",
        "dim",
        "scan",
        "in",
        "if",
        "else",
        "use",
        "class",
        "step",
        "Iris",
        "dense",
        "x",
        "KiB",
        "<",
        ">",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        ";",
        ":",
        "=",
        "<=",
        "->",
        "..",
        "+",
        "-",
        "*",
        "/",
        "|>",
        ".",
        "#",
        "'",
        "\"",
        "4",
        "0.5",
        "1e-3",
        "8KiB",
        "28x28",
        "0x1F",
        "\"a\"",
        "r\"a\"",
        "\"\\q\"",
        "'a'",
        "// c\n",
        "/* c */",
        "/*",
        "///d\n",
        "//! d\n",
        "/** d */",
        "@",
        "~",
        ">=",
        "!=",
        "!",
        "?",
        "`",
        "×",
        "\u{a0}",
        "_",
        "r#a",
        "1.",
        "..=",
        "==",
        "\r\n",
        "\\",
        "a'b",
        "b'x'",
        "\u{feff}",
        "/// a\rb\n",
        "// a\rb\n",
    ]);
    prop_oneof![8 => known.prop_map(str::to_owned), 1 => any::<char>().prop_map(String::from), 1 => "[a-z0-9 ]{1,4}"]
}

/// A printed program with a few of its characters or words exchanged.
fn mutated() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), 0..4_usize, option_fragment());
    (programs::program(), prop::collection::vec(change, 1..4)).prop_map(|(program, changes)| {
        let mut source = print(&program);
        for (index, length, insert) in changes {
            let at = floor(&source, index.index(source.len() + 1));
            let end = floor(&source, (at + length).min(source.len())).max(at);
            source.replace_range(at..end, &insert);
        }
        source
    })
}

fn option_fragment() -> impl Strategy<Value = String> {
    prop_oneof![1 => Just(String::new()), 2 => fragment().prop_map(|fragment| format!(" {fragment} ")), 1 => fragment()]
}

fn floor(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

#[test]
fn arguments_of_a_clause_with_a_word_of_the_language() {
    for source in ["train A { a(b = 1, with c = 2); }", "train A { a(with b = 2); }", "train A { a(b = 1, c d); }"] {
        agree(source).expect("the same from all doors");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_characters(source in "\\PC{0,60}") {
        agree(&source)?;
    }

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        match text::decode(&bytes) {
            Ok(source) => agree(source)?,
            Err(diagnostic) => prop_assert_eq!(diagnostic.code, Code::NotUtf8),
        }
    }

    #[test]
    fn any_fragments(fragments in prop::collection::vec(fragment(), 0..30)) {
        agree(&fragments.join(" "))?;
        agree(&fragments.concat())?;
        agree(&format!("network N < {} >", fragments.join(" ")))?;
        agree(&format!("train N {{ {} }}", fragments.join(" ")))?;
        agree(&format!("network N {{ {} }}", fragments.join(" ")))?;
        agree(&format!("network N({}) {{ x }}", fragments.join(" ")))?;
        agree(&format!("block b({}) {{ x }}", fragments.join(" ")))?;
        agree(&format!("block b()(x) {{ x[{}] }}", fragments.join(" ")))?;
    }

    #[test]
    fn programs_with_slips(source in mutated()) {
        agree(&source)?;
    }
}

/// How long this thread has computed; where the system does not say, how long it has been since `start`. Other programs on a
/// busy machine do not count.
fn computed(start: Instant) -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let running = times.split(' ').next().and_then(|nanoseconds| nanoseconds.parse().ok());
    running.map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// Reads `source` through both doors and expects one message with `code` from each, soon.
fn refused(source: &str, code: Code) {
    let start = Instant::now();
    let before = computed(start);
    let doors = [text::parse(source), tokens::parse_source(source)];
    for door in doors {
        let codes: Vec<Code> = door.expect_err("it is no program").iter().map(|diagnostic| diagnostic.code).collect();
        assert_eq!(codes, [code]);
    }
    let taken = computed(start) - before;
    assert!(taken < Duration::from_secs(5), "it took {taken:?}");
}

#[test]
fn deep_nesting_is_refused() {
    for bracket in ["<", "(", "[", "{", "a<", "f(", "-", "a+", "a->", "a[1]", "if ", "scan a in ", "a<=", "a."] {
        refused(&format!("network N < f({}", bracket.repeat(100_000)), Code::TooDeep);
    }
    refused(&"/*".repeat(100_000), Code::TooDeep);
    refused(&format!("train N {{ a {}1; }}", "1-".repeat(100_000)), Code::TooDeep);
    refused(&format!("train N {{ a {} }}", "< b, c ".repeat(100_000)), Code::TooDeep);
    let bodies = ["if a { b } else ", "scan a in b, c in ", "if a { b } else { c } + ", "x |> a @ "];
    for part in bodies {
        refused(&format!("network N {{ {} }}", part.repeat(100_000)), Code::TooDeep);
    }
}

#[test]
fn deep_tokens_are_refused() {
    let source = format!("network N < f{}{} >", "(".repeat(20_000), ")".repeat(20_000));
    let stream = TokenStream::from_str(&source).expect("these are Rust tokens");
    let codes: Vec<Code> =
        tokens::parse(stream).input.expect_err("it is no program").iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [Code::TooDeep]);
}

#[test]
fn the_deepest_nesting_that_is_allowed_is_read() {
    let chains = format!("network N {}a{}", "< r ".repeat(63) + "<", ">".repeat(64));
    let operators = format!("network N < f({}1) >", "-".repeat(62));
    let groups = format!("network N < f({}1{}) >", "(".repeat(62), ")".repeat(62));
    let lists = format!("train N {{ a {}1{}; }}", "[".repeat(63), "]".repeat(63));
    let calls = format!("network N < {}1{} >", "f(".repeat(63), ")".repeat(63));
    let indices = format!("train N {{ a {}1{}; }}", "a[-".repeat(31), "]".repeat(31));
    for source in [chains, operators, groups, lists, calls, indices] {
        let program = text::parse(&source).expect("64 are allowed");
        assert_eq!(tokens::parse_source(&source), Ok(program.clone()));
        assert_eq!(text::parse(&print(&program)), Ok(program));
    }
}

#[test]
fn long_garbage_is_refused() {
    refused(&"x ".repeat(500_000), Code::UnexpectedToken);
    refused(&"\"".repeat(1_000_001), Code::Unclosed);
    refused(&"9".repeat(1_000_000), Code::UnexpectedToken);
    refused(&format!("network N < {} >", "a b, ".repeat(200_000)), Code::UnexpectedToken);
    refused(&format!("network N < f({}) > 5", "a, ".repeat(50_000)), Code::TextAfterEnd);
    let many = text::parse(&"`".repeat(1_000_000)).expect_err("it is no program");
    assert!(many.len() <= 16, "{} messages", many.len());
}
