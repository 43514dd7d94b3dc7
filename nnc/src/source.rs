//! From a path to a compiled text: reading, decoding, parsing, compiling; knows files and mistakes, no command.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use nn_compiler::Compiled;
use nn_grammar::ast::{Clause, ClauseKind, Item, Program};
use nn_grammar::diagnostic::Diagnostic;
use nn_grammar::sources::{self, Gathered, Used};
use nn_grammar::text;

use crate::constants::{self, Set, Sets};
use crate::failure::Failure;
use crate::mistakes::{self, Mistakes};

/// A `.nn` file.
#[derive(Debug)]
pub(crate) struct Source {
    /// As the user named it.
    pub(crate) path: PathBuf,
    /// What it says, with other numbers for its constants.
    pub(crate) text: String,
    /// These numbers, for the constants of the texts that it uses.
    sets: Vec<Set>,
}

/// What every command that compiles one text takes.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Text {
    /// The .nn file
    file: PathBuf,
    #[command(flatten)]
    sets: Sets,
}

impl Text {
    /// Reads it, with other numbers for its constants.
    pub(crate) fn read(&self) -> Result<Source, Failure> {
        Source::read(&self.file, &self.sets.set)
    }
}

impl Source {
    /// Reads a file; its constants get the numbers of `sets`.
    pub(crate) fn read(path: &Path, sets: &[Set]) -> Result<Self, Failure> {
        let bytes = fs::read(path).map_err(|error| Failure::file(path, "cannot be read", &error))?;
        let text = match text::decode(&bytes) {
            Ok(text) => constants::replaced(text, sets),
            Err(diagnostic) => return Err(Mistakes::not_utf8(path.to_owned(), &bytes, diagnostic).into()),
        };
        let source = Self { path: path.to_owned(), text, sets: sets.to_vec() };
        source.knows(sets)?;
        Ok(source)
    }

    /// The same text with further numbers for its constants.
    pub(crate) fn with(&self, sets: &[Set]) -> Self {
        let all = self.sets.iter().chain(sets).cloned().collect();
        Self { path: self.path.clone(), text: constants::replaced(&self.text, sets), sets: all }
    }

    /// Whether there is a constant for each number. If the text has mistakes, these are told when it is compiled.
    fn knows(&self, sets: &[Set]) -> Result<(), Failure> {
        let items =
            if sets.is_empty() { Vec::new() } else { self.parse().map(|program| program.items).unwrap_or_default() };
        let names: Vec<&str> = items.iter().filter_map(constant).collect();
        match sets.iter().find(|set| !items.is_empty() && !names.contains(&&*set.name)) {
            Some(Set { name, .. }) => Err(Failure::Usage(format!(
                "--set: {} has no constant `{name}`: {}",
                self.path.display(),
                constants::suggestion(name, &names)
            ))),
            None => Ok(()),
        }
    }

    /// Its syntax tree with the blocks of the texts that it uses. Who writes a file of networks wants to use them: all are public.
    pub(crate) fn parse(&self) -> Result<Program, Mistakes> {
        self.gather().map(|(program, _)| program)
    }

    /// Its networks.
    pub(crate) fn compile(&self) -> Result<Vec<Compiled>, Mistakes> {
        let (program, used) = self.gather()?;
        nn_compiler::compile(&program).map_err(|diagnostics| self.mistakes(diagnostics, used))
    }

    /// Its networks, each with a function that yields what all its layers yield.
    pub(crate) fn compile_inspected(&self) -> Result<Vec<Compiled>, Mistakes> {
        let (program, used) = self.gather()?;
        nn_compiler::compile_inspected(&program).map_err(|diagnostics| self.mistakes(diagnostics, used))
    }

    /// The texts that it uses.
    pub(crate) fn used(&self) -> Vec<Used> {
        self.gather().map(|(_, used)| used).unwrap_or_default()
    }

    /// Its syntax tree, and the texts that it uses.
    pub(crate) fn gather(&self) -> Result<(Program, Vec<Used>), Mistakes> {
        let first = text::parse(&self.text).map_err(|diagnostics| self.mistakes(diagnostics, Vec::new()))?;
        let mut load = |path: &str| self.load(path);
        let Gathered { program, used } = sources::gather(first, self.text.len(), &mut load, text::parse);
        match program {
            Ok(mut program) => {
                for item in &mut program.items {
                    if let Item::Network(network) = item {
                        network.public = true;
                    }
                }
                Ok((program, used))
            }
            Err(diagnostics) => Err(self.mistakes(diagnostics, used)),
        }
    }

    /// A text that this one uses. A link must not lead out of the folder either.
    fn load(&self, path: &str) -> Result<String, String> {
        let folder = self.path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."));
        let inside =
            |path: &Path| -> io::Result<bool> { Ok(fs::canonicalize(path)?.starts_with(fs::canonicalize(folder)?)) };
        let full = folder.join(path);
        match inside(&full) {
            Ok(true) => {}
            Ok(false) => return Err("it lies outside of the folder of the project".to_owned()),
            Err(error) => return Err(error.to_string()),
        }
        let bytes = fs::read(&full).map_err(|error| error.to_string())?;
        let text = text::decode(&bytes).map(|text| constants::replaced(text, &self.sets));
        text.map_err(|_| "it is not UTF-8".to_owned())
    }

    /// What is wrong with it, or with what it uses.
    pub(crate) fn mistakes(&self, diagnostics: Vec<Diagnostic>, mut used: Vec<Used>) -> Mistakes {
        for text in &mut used {
            text.path = self.beside(&text.path).display().to_string();
        }
        Mistakes { path: self.path.clone(), text: self.text.clone(), used, diagnostics }
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
            _ => None,
        };
        let items = self.parse().map(|program| program.items).unwrap_or_default();
        let span = items.iter().find_map(|item| match item {
            Item::Train(train) if train.type_name() == network => train.clauses.iter().find_map(data),
            _ => None,
        });
        let at = mistakes::position(&self.text, span.unwrap_or_default().range().start);
        format!("{}:{}:{}", self.path.display(), at.line, at.column)
    }
}

/// The name of a constant.
fn constant(item: &Item) -> Option<&str> {
    match item {
        Item::Constant(constant) => Some(&constant.name.text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::Source;
    use std::path::PathBuf;

    fn layers(text: &str) -> Vec<(String, Vec<usize>)> {
        let source = Source { path: PathBuf::from("a.nn"), text: text.to_owned(), sets: Vec::new() };
        let compiled = source.compile_inspected().unwrap_or_else(|_| panic!("{text}"));
        let entry = compiled[0].network.entries.last().expect("the function is there");
        let outputs: usize = entry.outputs.iter().map(|port| port.shape.iter().product::<usize>()).sum();
        assert_eq!(outputs, entry.output_values(), "all values, one behind the other");
        entry.outputs.iter().map(|port| (port.name.clone(), port.shape.clone())).collect()
    }

    #[test]
    fn an_inspected_network_tells_what_its_layers_yield() {
        let found = layers("network A < input(6), repeat(5) < residual < dense(6, tanh) > >, dense(2, softmax) >");
        let named: Vec<(&str, &[usize])> = found.iter().map(|(name, shape)| (&**name, &**shape)).collect();
        let expected: [(&str, &[usize]); 5] = [
            ("dense_1", &[2]),
            ("softmax_1", &[2]),
            ("repeat_1.*.residual_1.dense_1", &[5, 6]),
            ("repeat_1.*.residual_1.tanh_1", &[5, 6]),
            ("repeat_1.*.residual_1", &[5, 6]),
        ];
        assert_eq!(named, expected);
        assert_eq!(layers("network A < dense(3->1) >").len(), 1, "of one layer nothing is joined");
        layers("network A(x: [4]) { entry each_layer(z: [2]) = z |> dense(1); x |> dense(2) |> dense(3) }");
    }
}
