//! Projects of several files: `use` in every command, and mistakes told in the file that makes them.

use crate::nnc::Folder;

const NET: &str = "use \"parts/tower.nn\";\n\nnetwork Net < input(4), tower(8), dense(3, softmax) >\n";
const TOWER: &str = "use \"../hidden.nn\";

// Two layers.
block tower(width: dim) < hidden(width), hidden(width) >

network Alone < hidden(4->2) >
";
const HIDDEN: &str = "// One layer.\nblock hidden(width: dim) < dense(width, tanh), layer_norm >\n";

/// A project of three files, the last with this text.
fn project(name: &str, hidden: &str) -> Folder {
    let folder = Folder::new(name);
    std::fs::create_dir(folder.path("parts")).expect("target can be written");
    folder.write("net.nn", NET);
    folder.write("parts/tower.nn", TOWER);
    folder.write("hidden.nn", hidden);
    folder
}

/// What `nnc check net.nn` says against a project.
fn refused(folder: &Folder) -> String {
    let done = folder.nnc(&["check", "net.nn"]);
    assert_eq!((done.code, &*done.out), (1, ""));
    done.err
}

#[test]
fn commands_read_all_files() {
    let folder = project("uses", HIDDEN);
    assert_eq!(folder.nnc(&["check", "net.nn"]).good(), "net.nn: Net [4] -> [3], 171 parameters\n");
    assert_eq!(folder.nnc(&["check", "hidden.nn"]).good(), "hidden.nn: 1 block\n");
    assert_eq!(folder.nnc(&["fmt", "--check", "net.nn", "parts/tower.nn", "hidden.nn"]).good(), "");
    let rust = folder.nnc(&["expand", "net.nn"]).good();
    assert!(rust.contains("tower_1.hidden_2.layer_norm_1.scale") && rust.contains("pub struct Net"), "{rust}");
    assert!(!rust.contains("Alone"), "networks of other files stay their own");
    let summary = folder.nnc(&["summary", "net.nn", "--all"]).good();
    assert!(summary.contains("tower_1.hidden_1.dense_1"), "{summary}");
    // The same from elsewhere: paths begin at the text, not at the current folder.
    let path = folder.path("net.nn").display().to_string();
    assert!(
        Folder::new("uses_elsewhere").nnc(&["check", &path]).good().ends_with(": Net [4] -> [3], 171 parameters\n")
    );
}

#[test]
fn a_crate_takes_its_files_along() {
    let folder = project("uses_build", HIDDEN);
    folder.nnc(&["build", "net.nn"]).good();
    for (file, text) in [("net.nn", NET), ("parts/tower.nn", TOWER), ("hidden.nn", HIDDEN)] {
        assert_eq!(folder.read(&format!("net/{file}")), text);
    }
    // Another text of a block is another crate.
    let before = folder.read("net/src/lib.rs");
    folder.write("hidden.nn", HIDDEN.replace("tanh", "relu"));
    folder.nnc(&["build", "net.nn"]).good();
    assert_ne!(folder.read("net/src/lib.rs"), before);
}

#[test]
fn a_mistake_stands_in_the_file_that_makes_it() {
    let folder = project("uses_mistakes", &HIDDEN.replace("layer_norm", "dense(5->width)"));
    let elaborated = refused(&folder);
    folder.write("hidden.nn", HIDDEN.replace("layer_norm", "layer_norms"));
    let unknown = refused(&folder);
    folder.write("hidden.nn", HIDDEN.replace("tanh)", "tanh"));
    let parsed = refused(&folder);
    insta::assert_snapshot!([elaborated, unknown, parsed].join("\n"));
    let json = folder.nnc(&["check", "--json", "net.nn"]);
    let json: serde_json::Value = serde_json::from_str(&json.out).expect("JSON");
    let first = &json["diagnostics"][0];
    assert_eq!((first["file"].as_str(), first["line"].as_u64()), (Some("hidden.nn"), Some(2)));
}

#[test]
fn what_cannot_be_used_is_told_on_its_line() {
    let folder = project("uses_refused", HIDDEN);
    folder.write("hidden.nn", format!("use \"parts/tower.nn\";\n{HIDDEN}"));
    let circle = refused(&folder);
    folder.write("net.nn", NET.replace("parts/tower", "net"));
    let itself = refused(&folder);
    folder.write("net.nn", NET.replace("parts/tower", "parts/towers"));
    let missing = refused(&folder);
    folder.write("net.nn", NET.replace("parts/tower", "../uses/hidden"));
    let outside = refused(&folder);
    folder.write("net.nn", NET.replace(".nn\";", ".nn\""));
    let unended = refused(&folder);
    folder.write("net.nn", NET);
    folder.write("hidden.nn", b"// \xff");
    let bytes = refused(&folder);
    insta::assert_snapshot!([circle, itself, missing, outside, unended, bytes].join("\n"));
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out() {
    let folder = project("uses_link", HIDDEN);
    let other = Folder::new("uses_link_other");
    other.write("hidden.nn", HIDDEN);
    std::fs::remove_file(folder.path("hidden.nn")).expect("it is there");
    std::os::unix::fs::symlink(other.path("hidden.nn"), folder.path("hidden.nn")).expect("target can be written");
    let said = refused(&folder);
    assert!(said.contains("`hidden.nn` cannot be used: it lies outside of the folder of the project"), "{said}");
}
