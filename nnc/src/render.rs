//! Mistakes as people read them on a terminal; knows diagnostics, not where they come from.

use std::env;
use std::io::{self, IsTerminal};

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};
use nn_grammar::diagnostic::Diagnostic;

use crate::mistakes::{self, Mistakes};

/// Whether messages may be coloured: on a terminal, unless the user refuses (<https://no-color.org>).
pub(crate) fn colours() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb");
    !refused && !dumb && io::stderr().is_terminal()
}

/// All mistakes of some files, then how many there are.
pub(crate) fn files(files: &[Mistakes], colours: bool) -> String {
    let renderer = if colours { Renderer::styled() } else { Renderer::plain() };
    let mut text = String::new();
    for file in files {
        for diagnostic in &file.diagnostics {
            text += &one(&renderer, file, diagnostic);
            text += "\n\n";
        }
    }
    let count: usize = files.iter().map(|file| file.diagnostics.len()).sum();
    text + &format!("{count} {}\n", if count == 1 { "mistake" } else { "mistakes" })
}

fn one(renderer: &Renderer, file: &Mistakes, diagnostic: &Diagnostic) -> String {
    let places = [(AnnotationKind::Primary, &diagnostic.primary)]
        .into_iter()
        .chain(diagnostic.secondary.iter().map(|label| (AnnotationKind::Context, label)));
    // One snippet for each file, that of the place to blame first.
    let mut snippets: Vec<(String, Snippet<'_, _>)> = Vec::new();
    for (kind, label) in places {
        let place = file.place(label.span);
        let path = place.path.display().to_string();
        let annotation = kind.span(mistakes::range(place.text, place.span));
        let annotation = if label.text.is_empty() { annotation } else { annotation.label(&*label.text) };
        match snippets.iter().position(|(known, _)| *known == path) {
            Some(at) => {
                let (path, snippet) = snippets.remove(at);
                snippets.insert(at, (path, snippet.annotation(annotation)));
            }
            None => snippets.push((path.clone(), Snippet::source(place.text).path(path).annotation(annotation))),
        }
    }
    let notes = diagnostic.notes.iter().map(|note| Element::from(Level::NOTE.message(&**note)));
    let help = diagnostic.help.iter().map(|help| Element::from(Level::HELP.message(&**help)));
    let title = Level::ERROR.primary_title(&*diagnostic.message).id(diagnostic.code.name());
    let snippets = snippets.into_iter().map(|(_, snippet)| snippet);
    renderer.render(&[title.elements(snippets).elements(notes).elements(help)])
}
