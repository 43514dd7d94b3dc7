//! `nnc fmt`: what it changes, and what it only lists.

use std::path::{Path, PathBuf};

use crate::nnc::Folder;

#[test]
fn it_lists_then_writes_then_is_content() {
    let folder = Folder::new("fmt");
    folder.write("ugly.nn", "network A<dense( 2 ->1 )> // one neuron\n");
    folder.write("bad.nn", "network A < dense(2->1)");
    let listed = folder.nnc(&["fmt", "--check", "ugly.nn"]);
    assert_eq!((listed.code, &*listed.out), (1, "ugly.nn\n"));
    folder.nnc(&["fmt", "ugly.nn"]).good();
    assert_eq!(folder.read("ugly.nn"), "network A < dense(2->1) > // one neuron\n");
    assert_eq!(folder.nnc(&["fmt", "--check", "ugly.nn"]).good(), "");
    let bad = folder.nnc(&["fmt", "bad.nn", "ugly.nn"]);
    assert_eq!(bad.code, 1);
    assert!(bad.err.contains("bad.nn:1:"), "{}", bad.err);
    assert_eq!(folder.read("bad.nn"), "network A < dense(2->1)");
}

#[test]
fn the_examples_are_written_as_it_writes() {
    let examples = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect()
    };
    let folders = entries(&examples).into_iter().filter(|path| path.is_dir());
    let texts =
        folders.flat_map(|folder| entries(&folder)).filter(|path| path.extension().is_some_and(|end| end == "nn"));
    let texts: Vec<String> = texts.map(|path| path.display().to_string()).collect();
    assert!(texts.len() > 20, "{texts:?}");
    let check: Vec<&str> = ["fmt", "--check"].into_iter().chain(texts.iter().map(String::as_str)).collect();
    assert_eq!(Folder::new("fmt_examples").nnc(&check).good(), "");
}
