//! `nnc check`: mistakes as people and programs read them.

use crate::nnc::Folder;

const BAD: &str = "/// Which iris?
network Iris < dense(4->16, relu), dens(8), dropout(1.5) >

train Iris {
\tdata csv(\"iris.csv\") { x = columns[0..4]; y = labels(column(4)); }
\tminimize cross_entropy with adam(lr = 0.01);
}
";
const WIDTHS: &str = "network Net < dense(4->16),\n    relu,\n    dense(17->3) >\n";

#[test]
fn every_mistake_is_shown_where_it_is() {
    let folder = Folder::new("check");
    folder.write("bad.nn", BAD);
    folder.write("widths.nn", WIDTHS);
    folder.write("good.nn", "network Good < dense(2->1) >");
    let done = folder.nnc(&["check", "bad.nn", "good.nn", "widths.nn"]);
    assert_eq!((done.code, &*done.out), (1, "good.nn: Good [2] -> [1], 3 parameters\n"));
    insta::assert_snapshot!(done.err);
}

#[test]
fn programs_get_json() {
    let folder = Folder::new("check_json");
    folder.write("widths.nn", WIDTHS);
    let done = folder.nnc(&["check", "--json", "widths.nn", "missing.nn"]);
    assert_eq!((done.code, &*done.err), (1, ""));
    insta::assert_snapshot!(done.out);
    folder.write("good.nn", "network Good < dense(2->1) >");
    assert_eq!(folder.nnc(&["check", "--json", "good.nn"]).good(), "{\n  \"good\": true,\n  \"diagnostics\": []\n}\n");
}

#[test]
fn files_that_are_no_texts_end_with_1() {
    let folder = Folder::new("check_files");
    folder.write("bytes.nn", b"network A < dense(2->1) >\n// \xff\xfe");
    folder.write("empty.nn", "");
    std::fs::create_dir(folder.path("folder.nn")).expect("an empty folder");
    for file in ["bytes.nn", "empty.nn", "folder.nn", "missing.nn"] {
        for command in ["check", "build", "train", "summary", "expand", "fmt"] {
            let done = folder.nnc(&[command, file]);
            // An empty text is formatted as it is.
            let code = if (command, file) == ("fmt", "empty.nn") { 0 } else { 1 };
            assert_eq!(done.code, code, "{command} {file}: {}", done.err);
            assert!(done.err.contains(file) || code == 0, "{}", done.err);
        }
    }
    let done = folder.nnc(&["check", "bytes.nn", "empty.nn"]);
    insta::assert_snapshot!(done.err);
}
