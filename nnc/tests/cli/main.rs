//! nnc as its user meets it: every command, its messages and its exit codes.

mod build;
mod check;
mod expand;
mod finetune;
mod fmt;
mod graph;
mod nnc;
mod search;
mod seeing;
mod serve;
mod summary;
mod train;
mod uses;
mod weights;

use nnc::Folder;

#[test]
fn the_help_lists_the_commands() {
    let shown = Folder::new("help").nnc(&["--help"]).good();
    insta::assert_snapshot!(shown);
}

#[test]
fn every_command_has_help() {
    let folder = Folder::new("helps");
    let commands = [
        "new", "check", "build", "train", "lr-find", "eval", "predict", "serve", "weights", "search", "summary",
        "graph", "draw", "expand", "fmt",
    ];
    for command in commands {
        let shown = folder.nnc(&[command, "--help"]).good();
        assert!(shown.contains(&format!("Usage: nnc {command}")), "{shown}");
    }
    insta::assert_snapshot!(folder.nnc(&["train", "--help"]).good());
}

#[test]
fn wrong_usage_ends_with_2() {
    let folder = Folder::new("usage");
    folder.write("two.nn", TWO);
    folder.write("data.csv", "a,b\n0,1\n");
    for arguments in [
        &[][..],
        &["chek", "two.nn"],
        &["check"],
        &["train", "two.nn", "--epochs", "0"],
        &["train", "two.nn", "--lr", "-1"],
        &["train", "two.nn"],
        &["train", "two.nn", "--network", "C"],
        &["eval", "two.nn"],
        &["expand", "two.nn", "--stage", "asm"],
        &["predict", "two.nn", "--weights", "data.csv", "--format", "xml"],
        &["predict", "two.nn", "--weights", "data.csv", "--on-error", "drop"],
        &["serve", "two.nn"],
        &["serve", "two.nn", "--weights", "data.csv", "--host", "nowhere"],
        &["serve", "two.nn", "--weights", "data.csv", "--max-body", "1MB"],
        &["serve", "two.nn", "--weights", "data.csv", "--timeout", "0"],
    ] {
        let done = folder.nnc(arguments);
        assert_eq!(done.code, 2, "{arguments:?}: {}", done.err);
    }
    let several = folder.nnc(&["train", "two.nn"]).err;
    assert_eq!(several, "error: several networks can be trained: choose one with --network (A, B)\n");
}

const TWO: &str = "network A < dense(1->1) > network B < dense(1->1) >
train A { data csv(\"data.csv\") { x = column(0); y = column(1); } minimize mse with sgd(0.1); }
train B { data csv(\"data.csv\") { x = column(0); y = column(1); } minimize mse with sgd(0.1); }
";

#[test]
fn what_new_makes_is_good_and_formatted() {
    let folder = Folder::new("new");
    folder.remove("2-flower");
    let said = folder.nnc(&["new", "2-flower"]).good();
    assert!(said.contains("nnc train 2-flower/nn-2-flower.nn"), "{said}");
    folder.nnc(&["fmt", "--check", "2-flower/nn-2-flower.nn"]).good();
    let said = folder.nnc(&["check", "2-flower/nn-2-flower.nn"]).good();
    assert_eq!(said, "2-flower/nn-2-flower.nn: Nn2Flower [2] -> [2], 82 parameters\n");
    let again = folder.nnc(&["new", "2-flower"]);
    assert_eq!((again.code, &*again.err), (1, "error: 2-flower: there is such a file or folder already\n"));
}
