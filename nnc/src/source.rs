//! From a path to a compiled text: reading, decoding, parsing, compiling; knows files and mistakes, no command.

use std::fs;
use std::path::{Path, PathBuf};

use nn_compiler::Compiled;
use nn_grammar::ast::{Clause, ClauseKind, Item, Program};
use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::text;

use crate::failure::Failure;
use crate::mistakes::{self, Mistakes};

/// A `.nn` file.
#[derive(Debug)]
pub(crate) struct Source {
    /// As the user named it.
    pub(crate) path: PathBuf,
    /// What it says.
    pub(crate) text: String,
}

impl Source {
    /// Reads a file.
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| Failure::file(path, "cannot be read", &error))?;
        match text::decode(&bytes) {
            Ok(text) => Ok(Self { path: path.to_owned(), text: text.to_owned() }),
            Err(diagnostic) => Err(Mistakes::not_utf8(path.to_owned(), &bytes, diagnostic).into()),
        }
    }

    /// Its syntax tree. Who writes a file of networks wants to use them: all are public.
    pub(crate) fn parse(&self) -> Result<Program, Mistakes> {
        let mut program = text::parse(&self.text).map_err(|diagnostics| self.mistakes(diagnostics))?;
        for item in &mut program.items {
            if let Item::Network(network) = item {
                network.public = true;
            }
        }
        Ok(program)
    }

    /// Its networks.
    pub(crate) fn compile(&self) -> Result<Vec<Compiled>, Mistakes> {
        nn_compiler::compile(&self.parse()?).map_err(|diagnostics| self.mistakes(diagnostics))
    }

    /// What is wrong with it.
    pub(crate) fn mistakes(&self, diagnostics: Vec<Diagnostic>) -> Mistakes {
        Mistakes { path: self.path.clone(), text: self.text.clone(), diagnostics }
    }

    /// The name of the file without its end: `iris`.
    pub(crate) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// The name of the file without its folder: `iris.nn`.
    pub(crate) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// A path of the text as one of this process: what is not absolute begins where the file lies.
    pub(crate) fn beside(&self, path: &str) -> PathBuf {
        self.path.parent().unwrap_or(Path::new("")).join(path)
    }

    /// Where the data of a network stands in the text: `iris.nn:8:10`.
    pub(crate) fn place_of_data(&self, network: &str) -> String {
        let data = |clause: &Clause| match &clause.kind {
            ClauseKind::Data { source, .. } => Some(source.span),
            ClauseKind::Minimize { .. } | ClauseKind::AtMost(_) | ClauseKind::Settings { .. } => None,
        };
        let items = self.parse().map(|program| program.items).unwrap_or_default();
        let span = items.iter().find_map(|item| match item {
            Item::Train(train) if train.network.text == network => train.clauses.iter().find_map(data),
            Item::Use(_) | Item::Train(_) | Item::Network(_) | Item::Block(_) => None,
        });
        let at = mistakes::position(&self.text, span.unwrap_or_default().range().start);
        format!("{}:{}:{}", self.path.display(), at.line, at.column)
    }
}
