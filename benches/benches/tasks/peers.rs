//! Who else takes part: which program speaks for which library, and what must be there for it.

use std::env;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;

use nn_benches::contestant::Entry;
use nn_benches::options::{Library, Options};

/// How each of the libraries takes part.
///
/// # Errors
/// What is missing, and how to get it.
pub(crate) fn entries(options: &Options) -> Result<Vec<Entry>, Box<dyn Error>> {
    let mut entries = Vec::new();
    for library in &options.peers {
        match library {
            Library::Torch => {
                let python = python(options, "torch")?;
                for how in ["eager", "compile"] {
                    entries.push(script(&python, &format!("torch-{how}"), "torch_peer.py", &[how]));
                }
            }
            Library::Jax => entries.push(script(&python(options, "jax")?, "jax", "jax_peer.py", &[])),
        }
    }
    Ok(entries)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn script(python: &Path, name: &str, file: &str, arguments: &[&str]) -> Entry {
    let file = folder().join(file).display().to_string();
    let arguments = [file.as_str()].iter().chain(arguments).map(|&argument| argument.to_owned()).collect();
    Entry { name: name.to_owned(), program: python.to_owned(), arguments }
}

/// The Python that has a library: that of the options, that of the environment, or that of `peers/venv`.
fn python(options: &Options, library: &str) -> Result<PathBuf, Box<dyn Error>> {
    let venv = folder().join("venv");
    let stated = options.python.clone().or_else(|| env::var_os("NN_PYTHON").map(PathBuf::from));
    let python = stated.unwrap_or_else(|| venv.join("bin/python"));
    let found = Command::new(&python).args(["-c", &format!("import {library}")]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return Ok(python);
    }
    let (venv, requirements) = (venv.display(), folder().join("requirements.txt"));
    Err(format!(
        "{} has no {library}. Make a folder for it:\n  python3 -m venv {venv}\n  {venv}/bin/pip install -r {}\n\
         or name another Python by --python or NN_PYTHON",
        python.display(),
        requirements.display()
    )
    .into())
}
