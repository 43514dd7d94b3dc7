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
            Library::Burn => entries.extend(built("burn")?),
            Library::Candle => entries.extend(built("candle")?),
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

/// A peer of the workspace `peers/rust`, as its makers ship it, and where the machine has AVX-512 once more with these instructions in its
/// products. Built first; that takes minutes the first time.
fn built(library: &str) -> Result<Vec<Entry>, Box<dyn Error>> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name("peers");
    let package = format!("nn-peer-{library}");
    let mut entries = Vec::new();
    for (name, features) in [(library.to_owned(), ""), (format!("{library}-avx512"), "avx512")] {
        if !features.is_empty() && !has_avx512() {
            continue;
        }
        let target = target.join(if features.is_empty() { "shipped" } else { features });
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo.args([
            "build",
            "--release",
            "--locked",
            "--package",
            &package,
            "--features",
            features,
            "--manifest-path",
        ]);
        cargo.arg(folder().join("rust/Cargo.toml")).arg("--target-dir").arg(&target);
        if !cargo.status()?.success() {
            return Err(format!("{library} cannot be built").into());
        }
        entries.push(Entry { name, program: target.join("release").join(&package), arguments: Vec::new() });
    }
    Ok(entries)
}

/// Whether this machine has AVX-512.
fn has_avx512() -> bool {
    #[cfg(target_arch = "x86_64")]
    let has = std::arch::is_x86_feature_detected!("avx512f");
    #[cfg(not(target_arch = "x86_64"))]
    let has = false;
    has
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
