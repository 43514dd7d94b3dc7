//! Diagnostics as a person reads them, in the style of rustc and without colours.

use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use nn_grammar::diagnostic::{Code, Diagnostic, Label};
use nn_grammar::span::Span;

/// All mistakes of a file, then how many they are.
pub(crate) fn all(file: &str, bytes: &[u8], diagnostics: &[Diagnostic]) -> String {
    let source = String::from_utf8_lossy(bytes);
    let mut text: String = diagnostics.iter().map(|diagnostic| one(file, &source, diagnostic) + "\n\n").collect();
    let count = diagnostics.len();
    text += &format!("{count} {}\n", if count == 1 { "mistake" } else { "mistakes" });
    text
}

fn one(file: &str, source: &str, diagnostic: &Diagnostic) -> String {
    let place = |label: &Label| match diagnostic.code {
        // Its span counts bytes of the file; what is shown is a text.
        Code::NotUtf8 => shown(label.span),
        _ => label.span.range(),
    };
    let annotation = |kind: AnnotationKind, label: &Label| {
        let annotation = kind.span(place(label));
        if label.text.is_empty() { annotation } else { annotation.label(label.text.clone()) }
    };
    let snippet = Snippet::source(source)
        .path(file)
        .annotation(annotation(AnnotationKind::Primary, &diagnostic.primary))
        .annotations(diagnostic.secondary.iter().map(|label| annotation(AnnotationKind::Context, label)));
    let notes = diagnostic.notes.iter().map(|note| Element::from(Level::NOTE.message(note)));
    let help = diagnostic.help.iter().map(|help| Element::from(Level::HELP.message(help)));
    let title = Level::ERROR.primary_title(&diagnostic.message).id(diagnostic.code.name());
    Renderer::plain().render(&[title.element(snippet).elements(notes).elements(help)])
}

/// The replacement character that stands for the bytes of `span`: the first of the text.
fn shown(span: Span) -> Range<usize> {
    let start = span.range().start;
    start..start + char::REPLACEMENT_CHARACTER.len_utf8()
}
