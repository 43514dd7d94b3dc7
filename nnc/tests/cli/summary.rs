//! `nnc summary`: the table, every argument, and JSON.

use crate::nnc::Folder;

const TEXT: &str = "/// With state and a way around.
network Deep < dense(4->8, relu), residual < batch_norm, dense(8) >, dense(8->2, softmax) >

train Deep {
    data csv(\"deep.csv\") { x = columns[0..4]; y = labels(column(4)); }
    minimize cross_entropy with momentum(lr = 0.1);
    batch 64;
    epochs 10;
}
";

#[test]
fn sizes_and_costs() {
    let folder = Folder::new("summary");
    folder.write("deep.nn", TEXT);
    insta::assert_snapshot!(folder.nnc(&["summary", "deep.nn", "--all"]).good());
}

#[test]
fn programs_get_json() {
    let folder = Folder::new("summary_json");
    folder.write("small.nn", "network Small < dense(2->1, sigmoid) >");
    insta::assert_snapshot!(folder.nnc(&["summary", "small.nn", "--json"]).good());
}
