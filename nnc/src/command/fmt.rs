//! `nnc fmt`: the canonical text of files; knows files, no syntax.

use std::io::Write;
use std::path::PathBuf;

use nn_grammar::printer;

use crate::atomic;
use crate::failure::{Failure, WRONG};
use crate::source::Source;

/// Writes texts in their canonical form
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The .nn files
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Change nothing; list the files that would change, and end with 1 if there are any
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(arguments: &Arguments, out: &mut dyn Write) -> Result<(), Failure> {
    let mut codes = Vec::new();
    for file in &arguments.files {
        let formatted = Source::read(file, &[]).and_then(|source| {
            let formatted = printer::format(&source.text).map_err(|mistakes| source.mistakes(mistakes, Vec::new()))?;
            Ok((formatted != source.text).then_some(formatted))
        });
        match formatted {
            Ok(None) => {}
            Ok(Some(_)) if arguments.check => {
                writeln!(out, "{}", file.display())?;
                codes.push(WRONG);
            }
            Ok(Some(formatted)) => {
                let written = atomic::write(file, formatted.as_bytes());
                codes.extend(
                    written.err().map(|error| Failure::file(file, "cannot be written", &error)).map(Failure::report),
                );
            }
            Err(failure) => codes.push(failure.report()),
        }
    }
    out.flush()?;
    codes.into_iter().max().map_or(Ok(()), |code| Err(Failure::Said(code)))
}
