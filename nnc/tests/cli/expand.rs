//! `nnc expand`: each stage.

use crate::nnc::Folder;

const TEXT: &str = "/// One neuron.\nnetwork One < dense(2->1, sigmoid) >\n";

fn stage(stage: &str) -> String {
    let folder = Folder::new(&format!("expand_{stage}"));
    folder.write("one.nn", TEXT);
    folder.nnc(&["expand", "one.nn", "--stage", stage]).good()
}

#[test]
fn the_model_and_its_operations() {
    insta::assert_snapshot!("model", stage("model"));
    insta::assert_snapshot!("graph", stage("graph"));
}

#[test]
fn the_other_stages() {
    for (at, word) in
        [("ast", "Program {"), ("grad", "yield Gradient(0)"), ("plan", "train arena:"), ("rust", "/// One neuron.")]
    {
        let shown = stage(at);
        assert!(shown.contains(word), "{at}:\n{shown}");
    }
}

#[test]
fn rust_is_the_default_and_says_where_it_comes_from() {
    let folder = Folder::new("expand");
    folder.write("one.nn", TEXT);
    let shown = folder.nnc(&["expand", "one.nn"]).good();
    assert!(shown.starts_with("//! Networks of `one.nn`: [`One`].\n"), "{shown}");
    assert!(shown.contains("// dense_1: dense(2->1"), "{shown}");
    assert!(!shown.contains("nn_comment"), "{shown}");
}
