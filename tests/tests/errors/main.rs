//! What is said about every mistake: each file of `corpus/fail` makes one, and its messages are a snapshot.

mod hostile;
mod render;
mod shapes;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::Duration;

use insta::assert_snapshot;
use nn_compiler::compile;
use nn_grammar::diagnostic::{Code, Diagnostic};
use nn_grammar::sources::gather;
use nn_grammar::text;

/// How to accept what is said now.
const BLESS: &str =
    "read each message as its user will; to accept them: INSTA_UPDATE=always cargo test -p nn-tests --test errors";

/// The names and bytes of all files, in order.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus/fail");
    let entries = std::fs::read_dir(folder).expect("the corpus");
    let mut files: Vec<_> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    let name = |path: &Path| path.file_stem().expect("a name").to_string_lossy().into_owned();
    files.iter().map(|path| (name(path), std::fs::read(path).expect("a file"))).collect()
}

/// The mistakes of a text.
///
/// # Panics
/// If it has none.
fn mistakes(name: &str, bytes: &[u8]) -> Vec<Diagnostic> {
    let source = match text::decode(bytes) {
        Ok(source) => source,
        Err(diagnostic) => return vec![diagnostic],
    };
    // The files of the corpus stand alone: what they use is never there.
    let alone =
        |program| gather(program, source.len(), &mut |_| Err("it does not exist".to_owned()), text::parse).program;
    match text::parse(source).and_then(alone).and_then(|program| compile(&program)) {
        Ok(_) => panic!("{name}.nn compiles"),
        Err(diagnostics) => diagnostics,
    }
}

#[test]
fn every_mistake_has_its_message() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_snapshot_path("snapshots");
    let mut changed = Vec::new();
    for (name, bytes) in corpus() {
        let check = || {
            let said = render::all(&format!("{name}.nn"), &bytes, &mistakes(&name, &bytes));
            settings.bind(|| assert_snapshot!(name.clone(), said));
        };
        // All files are judged, not only those up to the first that differs.
        if catch_unwind(AssertUnwindSafe(check)).is_err() {
            changed.push(name);
        }
    }
    assert!(changed.is_empty(), "other messages than before: {}\n{BLESS}", changed.join(", "));
}

#[test]
fn every_code_has_a_file() {
    let shown: BTreeSet<Code> =
        corpus().iter().flat_map(|(name, bytes)| mistakes(name, bytes)).map(|diagnostic| diagnostic.code).collect();
    let missing: Vec<&str> = Code::ALL.iter().filter(|code| !shown.contains(code)).map(|code| code.name()).collect();
    assert!(missing.is_empty(), "no file of corpus/fail makes the mistake {}", missing.join(", "));
}

#[test]
fn one_mistake_has_one_message() {
    for (name, bytes) in corpus() {
        let found = mistakes(&name, &bytes);
        let several = name.starts_with("several_");
        assert!(several || found.len() == 1, "{name}.nn has {} messages", found.len());
    }
}

#[test]
fn a_message_says_what_and_where() {
    for (name, bytes) in corpus() {
        for diagnostic in mistakes(&name, &bytes) {
            let message = &diagnostic.message;
            assert!(message.starts_with(|c: char| !c.is_uppercase()), "{name}: `{message}` begins with a capital");
            assert!(!message.ends_with('.') && !message.contains('\n'), "{name}: `{message}` is not one phrase");
            let labels = [&diagnostic.primary].into_iter().chain(&diagnostic.secondary);
            for span in labels.map(|label| label.span.range()) {
                assert!(span.start <= span.end && span.end <= bytes.len(), "{name}: {span:?} is outside of the text");
            }
        }
    }
}

#[test]
fn what_is_too_large_is_refused_at_once() {
    let huge = ["width_of_10_to_the_12", "width_of_10_to_the_30", "repeat_of_a_repeat_without_end", "batch_too_large"];
    for (name, bytes) in corpus().into_iter().filter(|(name, _)| huge.contains(&name.as_str())) {
        let start = hostile::computed();
        mistakes(&name, &bytes);
        let taken = hostile::computed() - start;
        assert!(taken < Duration::from_secs(2), "{name} took {taken:?}");
    }
}
