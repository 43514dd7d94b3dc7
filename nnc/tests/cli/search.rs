//! `nnc search` and `--set`: constants with other numbers, trials that are the same for any number at a time, and going on.

use serde_json::Value;

use crate::nnc::Folder;

/// Small enough that a trial takes no time.
const TEXT: &str = "let hidden = 4;

network Iris < dense(4->hidden, tanh), dense(3, softmax) >

train Iris {
    data csv(\"iris.csv\", header = true) { x = standardize(columns[0..4]); y = labels(column(\"species\")); }
    split train = 0.7, validation = 0.3, stratify;
    minimize cross_entropy with sgd(lr = 0.01);
    epochs 4;
    metric accuracy;
}

search Iris { vary lr = log(1e-3, 1), batch = [8, 32]; trials 6; seed 3; }
";

fn folder(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.write("iris.nn", TEXT);
    folder.example("iris/iris.csv");
    folder
}

/// The finished trials, without the time that they took.
fn trials(folder: &Folder, of: &str) -> Vec<Value> {
    let lines = folder.read(&format!("{of}/trials.jsonl"));
    let parsed = lines.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
    let timeless = |mut trial: Value| {
        trial.as_object_mut().expect("a trial").remove("seconds");
        trial
    };
    parsed.map(timeless).collect()
}

#[test]
fn a_constant_is_set_for_every_command_that_compiles() {
    let folder = folder("set");
    let said = folder.nnc(&["check", "iris.nn", "--set", "hidden=8"]).good();
    assert_eq!(said, "iris.nn: Iris [4] -> [3], 67 parameters\n");
    assert!(folder.nnc(&["summary", "iris.nn", "--set", "hidden=8"]).good().contains("67"));
    assert!(folder.nnc(&["expand", "iris.nn", "--stage", "ast", "--set", "hidden=8"]).good().contains("\"8\""));
    folder.nnc(&["build", "iris.nn", "--set", "hidden=8", "-o", "crate"]).good();
    assert!(folder.read("crate/iris.nn").starts_with("let hidden = 8;"), "the crate has the text that it was made of");
    for (set, says) in [
        ("hiden=8", "error: --set: iris.nn has no constant `hiden`: did you mean `hidden`?"),
        ("hidden=relu", "expected a constant and a number, as in hidden=32"),
    ] {
        let done = folder.nnc(&["check", "iris.nn", "--set", set]);
        assert!(done.code == 2 && done.err.contains(says), "{done:?}");
    }
    let wrong = folder.nnc(&["check", "iris.nn", "--set", "hidden=0.5"]);
    assert!(wrong.code == 1 && wrong.err.contains("not 0.5"), "{wrong:?}");
}

#[test]
fn a_search_is_the_same_for_any_number_of_trials_at_a_time_and_goes_on() {
    let folder = folder("search");
    let said = folder.nnc(&["search", "iris.nn", "--parallel", "1", "-o", "one"]).good();
    assert!(said.contains("rank") && said.contains("best: trial") && said.contains("--lr"), "{said}");
    let all = trials(&folder, "one");
    assert_eq!(all.len(), 6);
    assert!(all.iter().all(|trial| trial["score"].is_number() && trial["epochs"] == 4), "{all:?}");
    folder.nnc(&["search", "iris.nn", "--parallel", "2", "-o", "two"]).good();
    assert_eq!(trials(&folder, "two"), all);
    let picture = folder.read("one/search.svg");
    assert!(picture.starts_with("<svg") && picture.contains("loss by lr") && picture.contains("loss by batch"));
    let summary: Value = serde_json::from_str(&folder.read("one/search.json")).expect("JSON");
    let scores: Vec<f64> = summary["trials"]
        .as_array()
        .expect("trials")
        .iter()
        .map(|trial| trial["score"].as_f64().expect("a score"))
        .collect();
    assert!(scores.is_sorted(), "{scores:?}");
    // The best weights are those of the first.
    let best = summary["trials"][0]["trial"].as_u64().expect("a number") + 1;
    let weights = |of: &str| std::fs::read(folder.path(of)).expect("weights");
    assert_eq!(weights("one/best/weights.safetensors"), weights(&format!("one/trials/{best:04}/weights.safetensors")));

    // As if it had been stopped behind three trials: only the others run, and come to the same.
    let lines = folder.read("two/trials.jsonl");
    let three: String = lines.split_inclusive('\n').take(3).collect();
    folder.write("two/trials.jsonl", &three);
    let done = folder.nnc(&["search", "iris.nn", "-o", "two"]);
    assert!(done.err.contains("of which 3 are done") && !done.err.contains("trial 2:"), "{}", done.err);
    assert_eq!(trials(&folder, "two"), all);
    assert!(folder.read("two/trials.jsonl").starts_with(&three), "finished trials stay as they are");
    // More trials begin with the same ones.
    folder.nnc(&["search", "iris.nn", "--trials", "8", "-o", "two"]).good();
    assert_eq!(trials(&folder, "two")[..6], all);

    for (options, says) in [
        (&["--seed", "4"][..], "its seed is 3, and here it is 4"),
        (&["--vary", "lr = log(1e-3, 2)"], "its values of lr is log(1e-3, 1), and here it is log(1e-3, 2)"),
        (&["--set", "hidden=5"], "its text is another one"),
    ] {
        let done = folder.nnc(&[&["search", "iris.nn", "-o", "two"], options].concat());
        assert!(done.code == 1 && done.err.contains(says), "{done:?}");
    }
}

#[test]
fn halving_promotes_the_best_and_failed_trials_are_kept() {
    let folder = folder("search_halving");
    let options = [
        "--strategy",
        "halving(eta = 2)",
        "--epochs",
        "8",
        "--vary",
        "lr = [1e-6, 1e-3, 0.5, 1e38]",
        "--vary",
        "batch = [8]",
    ];
    folder.nnc(&[&["search", "iris.nn", "-o", "out"], &options[..]].concat()).good();
    let all = trials(&folder, "out");
    let of = |round: u64| all.iter().filter(move |trial| trial["round"] == round).collect::<Vec<_>>();
    assert_eq!([of(0).len(), of(1).len(), of(2).len()], [4, 2, 1], "{all:?}");
    assert_eq!(of(0).iter().map(|trial| trial["epochs"].as_u64()).max(), Some(Some(2)));
    let failed: Vec<_> = of(0).into_iter().filter(|trial| trial["score"].is_null()).collect();
    assert_eq!(failed.len(), 1, "{all:?}");
    assert!(failed[0]["failed"].as_str().is_some_and(|why| !why.is_empty()), "{failed:?}");
    // Those with the lowest loss go on, and the last of them has the whole training behind it.
    let mut scores: Vec<(f64, u64)> =
        of(0).iter().filter_map(|trial| Some((trial["score"].as_f64()?, trial["trial"].as_u64()?))).collect();
    scores.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut promoted: Vec<u64> = scores.iter().take(2).map(|(_, trial)| *trial).collect();
    promoted.sort_unstable();
    assert_eq!(of(1).iter().filter_map(|trial| trial["trial"].as_u64()).collect::<Vec<_>>(), promoted);
    assert_eq!((of(2)[0]["epochs"].as_u64(), of(2)[0]["settings"][0][1].as_str()), (Some(8), Some("0.5")));
    // What went on from a checkpoint is what a training in one go comes to.
    folder.nnc(&["train", "iris.nn", "--lr", "0.5", "--batch", "8", "--epochs", "8", "-o", "alone"]).good();
    let weights = |of: &str| std::fs::read(folder.path(of)).expect("weights");
    assert_eq!(weights("out/best/weights.safetensors"), weights("alone/weights.safetensors"));
}

#[test]
fn widths_and_depths_are_varied_and_trials_that_share_them_share_a_program() {
    let folder = folder("search_grid");
    let text =
        TEXT.replace("dense(4->hidden, tanh),", "dense(4->hidden, tanh), repeat(depth) < dense(hidden, tanh) >,");
    folder.write("iris.nn", format!("let depth = 1;\n{text}"));
    let vary = ["--vary", "hidden = [3, 5]", "--vary", "depth = 1..3", "--vary", "lr = [0.1, 0.2]"];
    let all = [&["search", "iris.nn", "-o", "found", "--strategy", "grid"][..], &vary].concat();
    // The section varies other things; there is no grid of those.
    folder.write("iris.nn", folder.read("iris.nn").split("search Iris").next().expect("a text"));
    let nothing = folder.nnc(&["search", "iris.nn"]);
    assert!(nothing.code == 2 && nothing.err.contains("say what to vary, as in --vary"), "{}", nothing.err);
    folder.nnc(&all).good();
    let trials = trials(&folder, "found");
    let of = |trial: &Value, name: &str| {
        let settings = trial["settings"].as_array().expect("pairs");
        let found = settings.iter().find(|pair| pair[0] == name).expect("a setting");
        found[1].as_str().expect("a number as text").to_owned()
    };
    let mut settings: Vec<String> =
        trials.iter().map(|trial| ["hidden", "depth", "lr"].map(|name| of(trial, name)).join(" ")).collect();
    settings.sort();
    settings.dedup();
    assert_eq!((trials.len(), settings.len()), (8, 8), "{trials:?}");
    for trial in &trials {
        let number = trial["trial"].as_u64().expect("a number") + 1;
        let report: Value =
            serde_json::from_str(&folder.read(&format!("found/trials/{number:04}/report.json"))).expect("JSON");
        let (hidden, depth) = (of(trial, "hidden"), of(trial, "depth"));
        let [hidden, depth]: [u64; 2] = [hidden, depth].map(|text| text.parse().expect("a number"));
        let parameters = 5 * hidden + depth * hidden * (hidden + 1) + 3 * (hidden + 1);
        assert_eq!(report["network"]["parameters"].as_u64(), Some(parameters), "{trial}");
    }
}

#[test]
fn trials_of_a_cross_validation_are_judged_by_the_mean_of_its_folds() {
    let folder = Folder::new("search_folds");
    folder.example("iris/iris.csv");
    let split = "split folds = 3, stratify;";
    folder.write("iris.nn", TEXT.replace("split train = 0.7, validation = 0.3, stratify;", split));
    let done = folder.nnc(&["search", "iris.nn", "--trials", "2", "-o", "found"]);
    assert!(!done.err.contains("no rows are kept for validation"), "{}", done.err);
    done.good();
    for trial in trials(&folder, "found") {
        let number = trial["trial"].as_u64().expect("a number");
        let summary = folder.read(&format!("found/trials/{:04}/folds.json", number + 1));
        let summary: Value = serde_json::from_str(&summary).expect("JSON");
        assert_eq!(summary["folds"].as_array().map(Vec::len), Some(3));
        assert_eq!(trial["score"], summary["validation"]["mean"]["loss"], "{trial}");
    }
    assert!(folder.path("found/best/fold-3/weights.safetensors").exists());
}
