//! The rules of ARCHITECTURE.md that a program can check.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The modules of nn-compiler; each may use only those before it.
const ORDER: [&str; 19] = [
    "words",
    "shape",
    "init",
    "signature",
    "ir",
    "adjoint",
    "layers",
    "recipe",
    "model",
    "check",
    "inspect",
    "lower",
    "grad",
    "opt",
    "slope",
    "plan",
    "limits",
    "emit",
    "lib",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().expect("the workspace")
}

/// All Rust files that a person wrote, below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut entries: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() && !["target", ".git"].contains(&name.as_str()) {
            found.extend(files(&path));
        } else if name.ends_with(".rs") {
            found.push(path);
        }
    }
    found
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn data_flows_one_way() {
    let source = root().join("nn-compiler/src");
    for path in files(&source) {
        let relative = path.strip_prefix(&source).expect("below the source");
        let first = relative.components().next().expect("a part").as_os_str().to_string_lossy().into_owned();
        let module = first.trim_end_matches(".rs");
        let Some(place) = ORDER.iter().position(|known| *known == module) else {
            // The evaluator and the reference stand beside the pipeline.
            assert!(["evaluate", "reference"].contains(&module), "{module} has no place in the order");
            continue;
        };
        let text = read(&path);
        let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
        for used in code.split("crate::").skip(1) {
            let used: String = used.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            if let Some(other) = ORDER.iter().position(|known| *known == used) {
                assert!(other <= place, "{} uses `{used}`, which comes later", relative.display());
            }
        }
    }
}

#[test]
fn every_file_says_its_job_and_is_short() {
    for path in files(&root()) {
        let text = read(&path);
        let generated = ["ui", "snapshots"].iter().any(|part| path.components().any(|at| at.as_os_str() == *part));
        if generated {
            continue;
        }
        let shown = path.strip_prefix(root()).expect("below the root").display().to_string();
        assert!(text.starts_with("//!"), "{shown} does not open with a sentence on its job");
        let data = shown.contains("tests/") && shown.contains("table");
        assert!(data || text.lines().count() <= 500, "{shown} has {} lines", text.lines().count());
    }
}

#[test]
fn unsafe_stands_only_in_kernels_and_the_calibrator() {
    // Kernels, the registers that they compute with, and the threads that share them out.
    let allowed = [
        "nn-runtime/src/kernels",
        "nn-runtime/src/isa",
        "nn-runtime/src/team",
        "benches/src/calibrator.rs",
        "tests/tests/architecture.rs",
    ];
    for path in files(&root()) {
        let shown = path.strip_prefix(root()).expect("below the root").display().to_string();
        let kernels = allowed.iter().any(|start| shown.starts_with(start));
        let word = format!("{}{} {{", "un", "safe");
        assert!(
            kernels || !read(&path).contains(&word),
            "{shown} has a block that only kernels and the calibrator may have"
        );
    }
}

#[test]
fn the_compiler_iterates_over_no_hash_map_and_reads_no_file() {
    for path in files(&root().join("nn-compiler/src")) {
        let text = read(&path);
        for word in ["HashMap", "HashSet", "std::fs", "std::env", "proc_macro::", "RefCell"] {
            assert!(!text.contains(word), "{} uses {word}", path.display());
        }
    }
}

#[test]
fn the_macro_depends_on_little() {
    let output = Command::new(env!("CARGO"))
        .args(["tree", "-p", "nn-macros", "-e", "normal", "--prefix", "none", "--offline"])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let tree = String::from_utf8(output.stdout).expect("UTF-8");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut crates: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    crates.sort_unstable();
    crates.dedup();
    let expected = ["nn-compiler", "nn-grammar", "nn-macros", "proc-macro2", "quote", "syn", "unicode-ident"];
    assert_eq!(crates, expected);
}
