//! `nnc build`: which files it writes, and which it leaves alone.

use std::fs;
use std::path::Path;

use crate::nnc::Folder;

/// All files below a folder, with their contents.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        if path.is_dir() {
            found.extend(files(&path).into_iter().map(|(below, content)| (format!("{name}/{below}"), content)));
        } else {
            found.push((name, fs::read(&path).expect("a file")));
        }
    }
    found.sort();
    found
}

#[test]
fn the_same_text_gives_the_same_bytes_everywhere() {
    let folder = Folder::new("build");
    folder.example("iris/iris.nn");
    folder.nnc(&["build", "iris.nn"]).good();
    folder.nnc(&["build", &folder.path("iris.nn").display().to_string(), "-o", "far/away"]).good();
    let (one, other) = (files(&folder.path("iris")), files(&folder.path("far/away")));
    assert!(one == other, "the folder or the path of the text shows in the crate");
    let names: Vec<&str> =
        one.iter().map(|(name, _)| &**name).filter(|name| !name.starts_with("nn-runtime/src")).collect();
    let expected = [
        ".nnc-build",
        "Cargo.lock",
        "Cargo.toml",
        "README.md",
        "iris.nn",
        "nn-runtime/Cargo.toml",
        "src/graphs/Iris.svg",
        "src/lib.rs",
        "src/main.rs",
    ];
    assert_eq!(names, expected);
    insta::assert_snapshot!("manifest", folder.read("iris/Cargo.toml"));
    insta::assert_snapshot!("readme", folder.read("iris/README.md"));
    insta::assert_snapshot!("program", folder.read("iris/src/main.rs"));
}

#[test]
fn the_runtime_stands_alone() {
    let folder = Folder::new("build_runtime");
    folder.write("one.nn", "network One < dense(2->1) >");
    folder.nnc(&["build", "one.nn"]).good();
    let manifest = folder.read("one/nn-runtime/Cargo.toml");
    for word in ["workspace = true", "path =", "nn-macros", "dev-dependencies"] {
        assert!(!manifest.contains(word), "`{word}` in\n{manifest}");
    }
    assert!(!folder.path("one/src/main.rs").exists(), "there is no data to run it on");
    let lock = folder.read("one/Cargo.lock");
    assert!(lock.contains("name = \"libm\"") && !lock.contains("name = \"nn-macros\""), "{lock}");
}

#[test]
fn only_what_it_wrote_is_written_over() {
    let folder = Folder::new("build_over");
    folder.example("iris/iris.nn");
    folder.nnc(&["build", "iris.nn"]).good();
    // Without its train section there is no program any more.
    let text = folder.read("iris.nn");
    let (network, _) = text.split_once("train Iris").expect("a train section");
    folder.write("iris.nn", network);
    folder.nnc(&["build", "iris.nn"]).good();
    assert!(!folder.path("iris/src/main.rs").exists());
    // What a person changed stays.
    folder.write("iris/README.md", "mine");
    let refused = folder.nnc(&["build", "iris.nn"]);
    assert_eq!(refused.code, 1);
    assert!(refused.err.contains("         README.md\n"), "{}", refused.err);
    assert_eq!(folder.read("iris/README.md"), "mine");
    // A folder of somebody else stays as it is.
    fs::create_dir(folder.path("foreign")).expect("an empty folder");
    folder.write("foreign/notes.txt", "mine");
    assert_eq!(folder.nnc(&["build", "iris.nn", "-o", "foreign"]).code, 1);
    assert_eq!(files(&folder.path("foreign")).len(), 1);
    // A file is no folder.
    assert_eq!(folder.nnc(&["build", "iris.nn", "-o", "iris.nn"]).code, 1);
}

#[test]
fn the_runtime_has_the_readers_that_the_text_asks_for_and_no_more() {
    let folder = Folder::new("build_features");
    let images = "x = image; y = labels(label);";
    let arrays = "x = array(\"x\"); y = labels(array(\"y\"));";
    for (name, precision, data, features) in [
        ("idx", "f32", format!("idx(\"digits\") {{ {images} }}"), "\"cli\", \"images\""),
        ("npz", "f32", format!("npz(\"digits.npz\") {{ {arrays} }}"), "\"cli\", \"archives\""),
        ("double", "f64", format!("images(\"digits\") {{ {images} }}"), "\"cli\", \"double\", \"images\""),
    ] {
        let text = format!(
            "network One(precision = {precision}, x: [2, 2]) {{ x |> flatten |> dense(2, softmax) }}\n\
             train One {{ data {data} minimize cross_entropy with adam; }}\n"
        );
        folder.write(&format!("{name}.nn"), &text);
        folder.nnc(&["build", &format!("{name}.nn")]).good();
        let manifest = folder.read(&format!("{name}/Cargo.toml"));
        assert!(manifest.contains(&format!("features = [{features}] }}")), "{name}:\n{manifest}");
    }
    // Networks that are trained in steps read what these read.
    let steps = "network One(x: [2, 2]) { x |> flatten |> dense(1) }
train both for A = One { data idx(\"digits\") { x = image; } step a { minimize mean(A(x)) with adam; } }";
    folder.write("steps.nn", steps);
    folder.nnc(&["build", "steps.nn"]).good();
    let manifest = folder.read("steps/Cargo.toml");
    assert!(manifest.contains("features = [\"cli\", \"images\"] }"), "{manifest}");
}
