//! Formatting keeps every comment and changes nothing twice.

mod programs;

use nn_grammar::printer::{format, print};
use nn_grammar::text;
use proptest::prelude::*;

/// Where tokens of a printed program start and end, outside strings and `///` lines.
fn gaps(source: &str) -> Vec<usize> {
    let (mut gaps, mut in_text, mut in_docs, mut escaped) = (vec![0], false, false, false);
    let mut word = false;
    for (at, c) in source.char_indices() {
        let (was_text, was_docs) = (in_text, in_docs);
        let pair = at > 0
            && source
                .get(at - 1..at + 1)
                .is_some_and(|two| ["->", "..", "<=", ">=", "==", "!=", "*=", "|>", "//"].contains(&two));
        match c {
            '"' if !in_docs && !escaped => in_text = !in_text,
            '/' if !in_text && source[at..].starts_with("///") => in_docs = true,
            '\n' => in_docs = false,
            _ => {}
        }
        escaped = in_text && c == '\\' && !escaped;
        // `1e-3` and `0.5` are one token: no gap after a word's or number's first character.
        let part = c.is_alphanumeric()
            || matches!(c, '_' | '.')
            || (matches!(c, '+' | '-') && source[..at].ends_with(['e', 'E']));
        if !(was_text || was_docs || pair || word && part) {
            gaps.push(at);
        }
        word = part;
    }
    gaps
}

fn comment() -> impl Strategy<Value = String> {
    prop_oneof![
        3 => "// [a-z]{0,5}\n",
        2 => "/\\* [a-z]{0,5} \\*/",
        1 => "\n\n?// [a-z]{0,5}\n\n?\n?",
        1 => "\n/\\* [a-z]{0,5}\n   /\\* [a-z] \\*/ \\*/\n?",
        1 => Just(" //// not docs\n".to_owned()),
        1 => Just("/**/".to_owned()),
    ]
}

/// A printed program with comments between its tokens, and the comments.
fn commented() -> impl Strategy<Value = (String, Vec<String>)> {
    let inserts = prop::collection::vec((any::<prop::sample::Index>(), comment()), 1..8);
    (programs::program(), inserts).prop_map(|(program, inserts)| {
        let printed = print(&program);
        let gaps = gaps(&printed);
        let mut inserts: Vec<(usize, String)> =
            inserts.into_iter().map(|(index, comment)| (gaps[index.index(gaps.len())], comment)).collect();
        inserts.sort_by_key(|(at, _)| *at);
        let comments = inserts.iter().map(|(_, comment)| comment.trim().to_owned()).collect();
        let mut source = printed;
        for (at, comment) in inserts.iter().rev() {
            source.insert_str(*at, comment);
        }
        (format!("  {source}"), comments)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn comments_are_kept((source, comments) in commented()) {
        let program = text::parse(&source);
        prop_assume!(program.is_ok());
        let formatted = format(&source).expect("what can be read can be formatted");
        prop_assert_eq!(text::parse(&formatted), program);
        let mut rest = formatted.as_str();
        for comment in &comments {
            let at = rest.find(comment.as_str());
            prop_assert!(at.is_some(), "{:?} is not in\n{}\nof\n{}", comment, formatted, source);
            rest = &rest[at.unwrap_or(0) + comment.len()..];
        }
        // Where it would lose something the formatter gives the source back, and this one starts with blanks.
        prop_assert!(!formatted.starts_with(' '), "not formatted: {}", source);
        prop_assert_eq!(format(&formatted), Ok(formatted.clone()), "of\n{}", source);
    }
}

#[track_caller]
fn formats(source: &str, formatted: &str) {
    assert_eq!(format(source).as_deref(), Ok(formatted));
    assert_eq!(format(formatted).as_deref(), Ok(formatted));
}

#[test]
fn a_short_chain_stays_on_its_line() {
    formats("network  Iris<dense( 4 -> 16,relu ,) ,relu,>", "network Iris < dense(4->16, relu), relu >\n");
    formats("network A<>block b()<c()<>,<>>", "network A < >\n\nblock b < c < >, < > >\n");
}

#[test]
fn a_line_has_a_hundred_columns() {
    let chain = |stages: &str| format!("network N < relu, {stages} >");
    let (fits, breaks) = (chain(&"a".repeat(80)), chain(&"a".repeat(81)));
    assert_eq!(fits.len(), 100);
    formats(&fits, &format!("{fits}\n"));
    formats(&breaks, &format!("network N <\n    relu,\n    {},\n>\n", "a".repeat(81)));
}

#[test]
fn a_long_chain_has_a_line_for_each_stage() {
    let source = "network Iris(precision = f64, memory <= 64KiB) < dense(4->16, relu), residual < dense(16, relu), dense(16) >, dense(16->3, softmax) >";
    let formatted = "\
network Iris(precision = f64, memory <= 64 KiB) <
    dense(4->16, relu),
    residual < dense(16, relu), dense(16) >,
    dense(16->3, softmax),
>
";
    formats(source, formatted);
}

#[test]
fn long_arguments_have_a_line_each() {
    let source = "train A { minimize cross_entropy(label_smoothing = 0.1, class_weights = [1.000, 2.000, 3.000, 4.000, 5.000, 6.000, 7.000]) with adam(0.01); }";
    let formatted = "\
train A {
    minimize cross_entropy(
        label_smoothing = 0.1,
        class_weights = [1.000, 2.000, 3.000, 4.000, 5.000, 6.000, 7.000],
    ) with adam(0.01);
}
";
    formats(source, formatted);
}

#[test]
fn comments_stay_where_they_belong() {
    let source = "\
// A file.

// About A.
/// Documented.
network A< // the input
 dense(4->16), // wide
 // narrow
 dense(16 -> 3 /* classes */)
 // nothing more
>   // end of A
/* B */ block b < relu, /* last */ softmax >


train A { batch 16; // small


  // long
  epochs 200; split /* parts */ train = 0.8, test = 0.2; // sum
  data csv(\"a.csv\") { x = a; /* target */ y = b; // labels
  }
  // the end
}
// over
";
    let formatted = "\
// A file.

// About A.
/// Documented.
network A <
    // the input
    dense(4->16), // wide
    // narrow
    dense(
        16->3,
        /* classes */
    ),
    // nothing more
> // end of A

/* B */
block b <
    relu,
    /* last */
    softmax,
>

train A {
    batch 16; // small

    // long
    epochs 200;
    split
        /* parts */
        train = 0.8,
        test = 0.2; // sum
    data csv(\"a.csv\") {
        x = a;
        /* target */
        y = b; // labels
    }
    // the end
}
// over
";
    formats(source, formatted);
}

#[test]
fn needed_parentheses_stay_and_others_go() {
    let source = "block b < f((a + b) * (c * d), -(x), -(a + b), (a->b)[0], ((4))->(16), (a..b)->c, a - (b - c)) >";
    let formatted = "block b < f((a + b) * (c * d), -x, -(a + b), (a->b)[0], 4->16, a..b->c, a - (b - c)) >\n";
    formats(source, formatted);
}
