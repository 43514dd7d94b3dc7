//! `nnc check`: all mistakes of some files, for people or for programs; knows no stage behind checking.

use std::io::Write;
use std::path::PathBuf;

use nn_compiler::Compiled;
use nn_grammar::ast::Item;
use nn_grammar::diagnostic::{self, Code};
use serde::Serialize;

use crate::constants::Sets;
use crate::failure::{Failure, WRONG};
use crate::mistakes::{self, Mistakes, Position};
use crate::source::Source;
use crate::words;

/// Checks texts without running them
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The .nn files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    sets: Sets,
    /// Print the mistakes as JSON on the standard output
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let mut found = Vec::new();
    let mut unreadable = Vec::new();
    for file in &arguments.files {
        match Source::read(file, &arguments.sets.set).and_then(|source| Ok(judged(&source)?)) {
            Ok(said) if !arguments.json => writeln!(out, "{}: {said}", file.display())?,
            Ok(_) => {}
            Err(Failure::Mistakes(mistakes)) => found.extend(mistakes),
            Err(Failure::Wrong(message)) => unreadable.push((file.display().to_string(), message)),
            Err(other) => return Err(other),
        }
    }
    if arguments.json {
        let good = found.is_empty() && unreadable.is_empty();
        let diagnostics = found.iter().flat_map(diagnostics).chain(unreadable.into_iter().map(Diagnostic::unreadable));
        serde_json::to_writer_pretty(&mut *out, &Report { good, diagnostics: diagnostics.collect() })
            .map_err(|error| Failure::Output(error.into()))?;
        writeln!(out)?;
        return if good { Ok(()) } else { Err(Failure::Said(WRONG)) };
    }
    let several: Vec<Failure> = unreadable.into_iter().map(|(_, message)| Failure::Wrong(message)).collect();
    let mistakes = (!found.is_empty()).then_some(Failure::Mistakes(found));
    out.flush()?;
    match several.into_iter().chain(mistakes).map(Failure::report).max() {
        Some(code) => Err(Failure::Said(code)),
        None => Ok(()),
    }
}

/// What is in a text. Blocks alone are good: other texts use them.
fn judged(source: &Source) -> Result<String, Mistakes> {
    let mistakes = match source.compile() {
        Ok(networks) => return Ok(described(&networks)),
        Err(mistakes) => mistakes,
    };
    let alone = mistakes.diagnostics.iter().all(|diagnostic| diagnostic.code == Code::NoNetwork);
    let blocks = source.parse()?.items.iter().filter(|item| matches!(item, Item::Block(_))).count();
    if alone && blocks > 0 { Ok(words::count(blocks, "block")) } else { Err(mistakes) }
}

/// `Iris [4] -> [3], 131 parameters`.
fn described(networks: &[Compiled]) -> String {
    let one = |Compiled { network, plan, .. }: &Compiled| {
        let parameters = words::count(plan.parameters, "parameter");
        format!("{} {:?} -> {:?}, {parameters}", network.name, network.input, network.output)
    };
    networks.iter().map(one).collect::<Vec<_>>().join("; ")
}

#[derive(Serialize)]
struct Report {
    good: bool,
    diagnostics: Vec<Diagnostic>,
}

#[derive(Serialize)]
struct Diagnostic {
    code: &'static str,
    message: String,
    file: String,
    #[serde(flatten)]
    place: Option<Place>,
    label: String,
    labels: Vec<Label>,
    notes: Vec<String>,
    help: Option<String>,
}

#[derive(Serialize)]
struct Label {
    /// If it is not that of the diagnostic.
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<String>,
    #[serde(flatten)]
    place: Place,
    text: String,
}

/// In the file of the diagnostic, or of the label if that names one. Lines and columns count from 1, columns in characters; the end is behind the last character.
#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Diagnostic {
    fn unreadable((file, message): (String, String)) -> Self {
        let (label, labels, notes) = (String::new(), Vec::new(), Vec::new());
        Self { code: "unreadable", message, file, place: None, label, labels, notes, help: None }
    }
}

fn diagnostics(file: &Mistakes) -> impl Iterator<Item = Diagnostic> + '_ {
    let place = |span| {
        let mistakes::Place { path, text, span } = file.place(span);
        let range = mistakes::range(text, span);
        let Position { line, column } = mistakes::position(text, range.start);
        let end = mistakes::position(text, range.end);
        (path.display().to_string(), Place { line, column, end_line: end.line, end_column: end.column })
    };
    file.diagnostics.iter().map(move |diagnostic| {
        let (file, primary) = place(diagnostic.primary.span);
        let label = |label: &diagnostic::Label| {
            let (other, place) = place(label.span);
            Label { file: Some(other).filter(|other| *other != file), place, text: label.text.clone() }
        };
        Diagnostic {
            code: diagnostic.code.name(),
            message: diagnostic.message.clone(),
            labels: diagnostic.secondary.iter().map(label).collect(),
            file,
            place: Some(primary),
            label: diagnostic.primary.text.clone(),
            notes: diagnostic.notes.clone(),
            help: diagnostic.help.clone(),
        }
    })
}
