//! What is said about each mistake of spelling and syntax: the same words through every door.

mod mistakes_table;

use mistakes_table::{Mistake, mistakes};
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::{text, tokens};
use proc_macro2::TokenStream;
use std::str::FromStr;

/// The only message that a front end gives.
#[track_caller]
fn only<T>(read: Result<T, Vec<Diagnostic>>, source: &str) -> Diagnostic {
    match read {
        Ok(_) => panic!("{source} was accepted"),
        Err(diagnostics) => match <[Diagnostic; 1]>::try_from(diagnostics) {
            Ok([diagnostic]) => diagnostic,
            Err(diagnostics) => panic!("{source} gave {} messages", diagnostics.len()),
        },
    }
}

fn says(mistake: &Mistake, diagnostic: &Diagnostic) {
    let said =
        (diagnostic.code, diagnostic.message.as_str(), diagnostic.primary.text.as_str(), diagnostic.help.as_deref());
    assert_eq!(said, (mistake.code, mistake.message, mistake.label, mistake.help), "{}", mistake.source);
}

#[test]
fn each_mistake_has_its_words_in_a_text() {
    for mistake in mistakes() {
        for diagnostic in [
            only(text::parse(mistake.source), mistake.source),
            only(tokens::parse_source(mistake.source), mistake.source),
        ] {
            says(mistake, &diagnostic);
            assert_eq!(&mistake.source[diagnostic.primary.span.range()], mistake.blames, "{}", mistake.source);
        }
    }
}

#[test]
fn each_mistake_has_the_same_words_in_a_macro() {
    let mut judged = 0;
    for mistake in mistakes() {
        // What rustc itself refuses never reaches a macro; and a macro accepts what only a file must spell out.
        let Ok(stream) = TokenStream::from_str(mistake.source) else { continue };
        let parsed = tokens::parse(stream);
        if mistake.source == "Iris < relu >" || mistake.source.starts_with("/**") {
            assert!(parsed.input.is_ok());
            continue;
        }
        let diagnostic = only(parsed.input, mistake.source);
        says(mistake, &diagnostic);
        judged += 1;
    }
    assert!(judged > 80, "{judged} mistakes were judged");
}

#[test]
fn a_second_label_shows_the_other_place() {
    let second = |source: &str| {
        let diagnostic = only(text::parse(source), source);
        let label = diagnostic.secondary.into_iter().next().unwrap_or_else(|| panic!("{source} has one label"));
        (label.span.range(), label.text)
    };
    assert_eq!(second("network A < relu"), (16..16, "the text ends here".to_owned()));
    assert_eq!(second("network A < f([1 ) >"), (17..18, "`]` is expected before this `)`".to_owned()));
    assert_eq!(second("network A < f(\"a) >\n"), (19..19, "the text ends here".to_owned()));
    assert_eq!(second("network A < f(\"a), \n relu >"), (19..19, "the line ends here".to_owned()));
    assert_eq!(second("/* a"), (4..4, "the text ends here".to_owned()));
    assert_eq!(second("network A < f(a..b..c) >"), (15..17, "the first one".to_owned()));
}

#[test]
fn misspelled_literals_are_reported_together() {
    let source = "network A < dense(0x10, 'a', 1.), f(\"\\q\") > `";
    let codes: Vec<Code> =
        text::parse(source).expect_err("it has mistakes").into_iter().map(|diagnostic| diagnostic.code).collect();
    assert_eq!(codes, [Code::BadLiteral, Code::BadLiteral, Code::BadLiteral, Code::BadLiteral, Code::UnexpectedToken]);
}

#[test]
fn every_reserved_word_is_named() {
    for word in ["rule", "learn"] {
        for source in [format!("{word} x"), format!("train A {{ {word} x; }}"), format!("network A < > {word}")] {
            let diagnostic = only(text::parse(&source), &source);
            assert_eq!(diagnostic, only(tokens::parse_source(&source), &source));
            assert_eq!((diagnostic.code, &source[diagnostic.primary.span.range()]), (Code::Reserved, word));
        }
        let source = format!("network A < {word}({word} = {word}) > block {word} < > train {word} {{ a {word}; }}");
        assert!(text::parse(&source).is_ok(), "`{word}` is free as a name");
    }
}

#[test]
fn a_word_of_the_language_names_no_value() {
    let words =
        ["if", "else", "scan", "let", "param", "const", "state", "emit", "sample", "entry", "dim", "in", "with"];
    for word in words {
        for source in [format!("network A < f({word}) >"), format!("train A {{ a 1 + {word}; }}")] {
            let diagnostic = only(text::parse(&source), &source);
            assert_eq!(diagnostic, only(tokens::parse_source(&source), &source));
            assert!(diagnostic.message.starts_with("expected a "), "{source}: {}", diagnostic.message);
        }
        let source = format!("network A({word}: [4]) < {word}({word} = a) > train {word} {{ {word} {word} = 1; }}");
        assert_eq!(text::parse(&source), tokens::parse_source(&source));
        assert!(text::parse(&source).is_ok(), "`{word}` is free as another name");
    }
}

#[test]
fn bytes_that_are_no_text_are_named_by_their_place() {
    assert_eq!(text::decode("größe".as_bytes()), Ok("größe"));
    let diagnostic = text::decode(b"network \xff A").expect_err("it is not UTF-8");
    assert_eq!((diagnostic.code, diagnostic.primary.span.range()), (Code::NotUtf8, 8..9));
    assert_eq!(diagnostic.message, "the file is not UTF-8 text: byte 8 is the first bad one");
    let cut = text::decode(b"gr\xc3").expect_err("its last character is cut");
    assert_eq!(cut.primary.span.range(), 2..3);
}

#[test]
fn other_forms_of_a_macro_have_mistakes_too() {
    let said = |source: &str| {
        let stream = TokenStream::from_str(source).expect("these are Rust tokens");
        let parsed = tokens::parse(stream);
        let diagnostic = only(parsed.input, source);
        (diagnostic.code, diagnostic.primary.span.range(), diagnostic.message)
    };
    let after = |what: &str| format!("`{what}` stands after the end");
    assert_eq!(said("< relu > relu"), (Code::TextAfterEnd, 3..4, after("relu")));
    assert_eq!(said("file \"a.nn\" 5"), (Code::TextAfterEnd, 2..3, after("5")));
    assert_eq!(said("file 5").0, Code::UnexpectedToken);
    assert_eq!(said("pub Iris").0, Code::UnexpectedEnd);
    assert_eq!(said("Iris < relu > Other < relu >").0, Code::TextAfterEnd);
    assert_eq!(said("< relu").0, Code::Unclosed);
    assert_eq!(said("#![doc = \"a\"] Iris < relu >").0, Code::UnexpectedToken);
}
