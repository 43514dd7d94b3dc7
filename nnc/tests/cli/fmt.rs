//! `nnc fmt`: what it changes, and what it only lists.

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
