//! `nnc graph`: pictures of networks, to a file or the standard output.

use crate::nnc::Folder;

const TEXT: &str = "network Deep < dense(4->8, relu), repeat(3) < residual < dense(8, tanh) > >, dense(8->2, softmax) >
network Other < dense(1->1) >
";

#[test]
fn pictures_of_networks() {
    let folder = Folder::new("graph");
    folder.write("deep.nn", TEXT);
    insta::assert_snapshot!(folder.nnc(&["graph", "deep.nn", "--dot", "--network", "Deep"]).good());
    let shown = folder.nnc(&["graph", "deep.nn", "--network", "Deep"]).good();
    assert!(shown.starts_with("<svg xmlns=") && shown.ends_with("</svg>\n"), "{shown}");
    assert!(shown.contains(">dense(4-&gt;8, relu)</text>") && shown.contains(">repeat_1: 3 times</text>"), "{shown}");
    folder.nnc(&["graph", "deep.nn", "--svg", "--network", "Deep", "-o", "deep.svg"]).good();
    assert_eq!(folder.read("deep.svg"), shown, "the same picture each time");
}

#[test]
fn what_cannot_be_drawn_is_said() {
    let folder = Folder::new("graph_wrong");
    folder.write("deep.nn", TEXT);
    let several = folder.nnc(&["graph", "deep.nn"]);
    assert_eq!(
        (several.code, &*several.err),
        (2, "error: there are several networks: choose one with --network (Deep, Other)\n")
    );
    assert_eq!(folder.nnc(&["graph", "deep.nn", "--svg", "--dot", "--network", "Deep"]).code, 2);
    let nowhere = folder.nnc(&["graph", "deep.nn", "--network", "Deep", "-o", "none/deep.svg"]);
    assert!(
        nowhere.code == 1 && nowhere.err.starts_with("error: none/deep.svg: cannot be written: "),
        "{}",
        nowhere.err
    );
}
