//! `nnc train`, `eval` and `predict`: the whole way, from a text to predictions. Others that compile Rust: `finetune`, `search`, `seeing`, `serve`.

use crate::nnc::Folder;

#[test]
fn iris_from_the_text_to_predictions() {
    let folder = Folder::new("train");
    folder.example("iris/iris.nn");
    folder.example("iris/iris.csv");
    let said = folder.nnc(&["train", "iris.nn", "-o", "run"]).good();
    assert!(said.contains("accuracy") && said.contains("run/weights.safetensors"), "{said}");
    let page = folder.read("run/report.html");
    for part in
        ["<h2>Curves</h2>", "<h2>ROC curves</h2>", "dense(4-&gt;16, tanh)", "<h2>Worst examples</h2>", "versicolor"]
    {
        assert!(page.contains(part), "{part}");
    }
    let report = folder.nnc(&["train", "iris.nn", "--seed", "7", "--epochs", "3", "-o", "short", "--json"]);
    assert!(!report.err.contains("compiling"), "the same text is compiled once: {}", report.err);
    let report: serde_json::Value = serde_json::from_str(&report.good()).expect("JSON");
    assert_eq!((report["settings"]["seed"].as_u64(), report["settings"]["epochs"].as_u64()), (Some(7), Some(3)));

    let found = folder.nnc(&["lr-find", "iris.nn", "-o", "found"]).good();
    assert!(found.contains("valley") && found.contains("found/lr-find.svg"), "{found}");
    assert!(folder.read("found/lr-find.json").contains("\"steepest\""));
    let kept = ["train", "iris.nn", "--checkpoint-every", "10", "--keep", "2", "-o", "kept"];
    folder.nnc(&kept).good();
    let again = folder.nnc(&[&kept[..], &["--resume"]].concat());
    assert!(again.err.contains("the training goes on from kept/checkpoints/step-"), "{}", again.err);
    again.good();
    assert_eq!(folder.nnc(&["train", "iris.nn", "--checkpoint-every", "5days"]).code, 2);

    let weights = "run/weights.safetensors";
    let measured = folder.nnc(&["eval", "iris.nn", "--weights", weights, "--json"]).good();
    let measured: serde_json::Value = serde_json::from_str(&measured).expect("JSON");
    assert_eq!(measured["rows"], 150);

    folder.write("rows.csv", "sepal_length,sepal_width,petal_length,petal_width\n5.1,3.5,1.4,0.2\n");
    let header = folder.read("iris.csv").lines().next().expect("a header").to_owned();
    let header = header.rsplit_once(',').expect("columns").0;
    folder.write("rows.csv", format!("{header}\n5.1,3.5,1.4,0.2\n"));
    let predicted = folder.nnc(&["predict", "iris.nn", "--weights", weights, "--input", "rows.csv"]).good();
    assert!(predicted.lines().nth(1).is_some_and(|row| row.starts_with("5.1,3.5,1.4,0.2,setosa,")), "{predicted}");
    let wrong = folder.nnc(&["predict", "iris.nn", "--weights", "iris.csv", "--input", "rows.csv"]);
    assert_eq!(wrong.code, 1, "{}", wrong.err);

    for (variable, value, says) in [
        ("NN_ISA", "sse9", "NN_ISA is `sse9`, and that is no instruction set; it can be one of portable, avx2, avx512"),
        ("NN_THREADS", "all", "NN_THREADS is `all`, but it must be a whole number from 1 on"),
    ] {
        let done = folder.nnc_with(&["eval", "iris.nn", "--weights", weights], &[(variable, value)]);
        let first = done.err.lines().next().expect("a message");
        assert_eq!((done.code, first), (2, &*format!("error: the environment variable {says}")));
        folder.nnc_with(&["train", "iris.nn", "--epochs", "1"], &[(variable, "")]).good();
    }
    folder.nnc_with(&["train", "iris.nn", "--epochs", "1"], &[("NN_ISA", "portable"), ("NN_THREADS", "1")]).good();
}

/// A network with a loop of kernels, and a batch of which the last step of an epoch has fewer rows.
const LOOP: &str = "network Told < dense(3->6, tanh), repeat(5) < dense(6, tanh) >, dense(2) >
train Told { data csv(\"rows.csv\") { x = columns[0..3]; y = columns[3..5]; } minimize mse with adam(lr = 0.01); batch 32; epochs 4; }
";

/// The cells of a line of a table: there are at least two spaces between them.
fn cells(line: &str) -> Vec<String> {
    line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).map(str::to_owned).collect()
}

/// The tables of a text by their titles: what their lines begin with, up to the column of this title.
fn tables(text: &str, until: &str) -> Vec<(String, Vec<Vec<String>>)> {
    let mut tables: Vec<(String, Vec<Vec<String>>)> = Vec::new();
    let (mut before, mut columns) = ("", None);
    for line in text.lines() {
        let cells = cells(line);
        match cells.iter().position(|cell| cell == until) {
            Some(column) => {
                let name = before.split([':', ' ']).next().expect("a word").to_owned();
                (columns, tables) = (Some(column), [tables, vec![(name, Vec::new())]].concat());
            }
            None if line.is_empty() => columns = None,
            None => {}
        }
        if let (Some(column), Some((_, lines))) = (columns, tables.last_mut()) {
            lines.push(cells.into_iter().take(column).collect());
        }
        before = line;
    }
    tables
}

#[test]
fn a_profile_measures_the_kernels_of_the_plan() {
    let folder = Folder::new("train_profile");
    folder.write("told.nn", LOOP);
    let rows: String =
        (0..100).map(|row| format!("{},{},{},{},{}\n", row % 7, row % 3, row % 5, row % 2, row % 4)).collect();
    folder.write("rows.csv", format!("a,b,c,d,e\n{rows}"));
    let train = ["train", "told.nn", "--threads", "2"];
    let said = folder.nnc(&[&train[..], &["--profile"]].concat()).good();

    // The same lines as in the plan, and further columns behind.
    let planned = tables(&folder.nnc(&["summary", "told.nn", "--plan"]).good(), "FLOPs");
    let planned: Vec<_> = planned.into_iter().filter(|(name, _)| name != "prediction" && !name.is_empty()).collect();
    let measured = tables(&said, "FLOPs");
    let names: Vec<&str> = measured.iter().map(|(name, _)| &**name).collect();
    assert_eq!(names, ["predict", "forward", "head_forward", "head_backward", "backward"], "{said}");
    for (name, lines) in &measured {
        let (_, expected) = planned.iter().find(|(other, _)| other == name).expect("the plan has it");
        let plain = |lines: &[Vec<String>]| -> Vec<Vec<String>> {
            lines
                .iter()
                .map(|line| line.iter().take(3).cloned().collect())
                .filter(|line: &Vec<String>| line[0] != "total")
                .collect()
        };
        assert_eq!(plain(lines), plain(expected), "{name}");
    }
    let titles = said.lines().find(|line| line.starts_with("part ")).map(cells).expect("titles");
    assert_eq!(titles, ["part", "kernel", "layout", "FLOPs", "bytes", "estimated", "measured", "share"]);
    for what in [
        "reading and encoding the data",
        "the optimizer",
        "everything else",
        "all",
        "The clock was read behind each kernel, ",
    ] {
        assert!(said.lines().any(|line| line.starts_with(what)), "{what} in\n{said}");
    }

    let report = folder.nnc(&[&train[..], &["--profile", "--json"]].concat());
    assert!(!report.err.contains("compiling"), "the same text is compiled once: {}", report.err);
    let report: serde_json::Value = serde_json::from_str(&report.good()).expect("JSON");
    let profile = &report["profile"];
    let list = |of: &serde_json::Value, what: &str| of[what].as_array().expect("a list").clone();
    let number = |of: &serde_json::Value, what: &str| of[what].as_f64().unwrap_or_else(|| panic!("{what} in {of}"));
    let functions = list(profile, "functions");
    let kernels: Vec<serde_json::Value> = functions.iter().flat_map(|function| list(function, "kernels")).collect();
    let shares: f64 = kernels.iter().chain(&list(profile, "sections")).map(|one| number(one, "share")).sum();
    assert!((shares - 1.0).abs() < 1e-9, "all is the wall-clock time: {shares}");
    let forward = functions.iter().find(|function| function["name"] == "forward").expect("a function");
    // 4 epochs of three batches of 32 rows and one of 4, each in as many calls as the plan says.
    let planned = |rows: &str| {
        let plan = folder.nnc(&["summary", "told.nn", "--plan", "--rows", rows, "--json"]).good();
        let plan: serde_json::Value = serde_json::from_str(&plan).expect("JSON");
        let functions = list(&plan[0]["plan"], "functions");
        number(functions.iter().find(|function| function["name"] == "forward").expect("a function"), "calls")
    };
    let calls = 4.0 * (3.0 * planned("32") + planned("4"));
    assert_eq!((number(forward, "calls"), number(forward, "rows")), (calls, 400.0));
    let kernels = list(forward, "kernels");
    let around = kernels.iter().position(|kernel| kernel["kernel"] == "5 steps").expect("a loop");
    assert_eq!((number(&kernels[around], "runs"), number(&kernels[around], "measured")), (0.0, 0.0));
    for kernel in kernels.iter().filter(|kernel| kernel["kernel"] != "5 steps") {
        let steps = if number(kernel, "depth") > 0.0 { 5.0 } else { 1.0 };
        assert_eq!(number(kernel, "runs"), calls * steps, "{kernel}");
        assert!(number(kernel, "estimated") > 0.0 && number(kernel, "measured") > 0.0, "{kernel}");
    }
    let first = kernels.iter().find(|kernel| kernel["kernel"] == "product B x 3 x 6").expect("a product");
    assert!((number(first, "flops") - 2.0 * 400.0 * 3.0 * 6.0).abs() < 1e-6, "{first}");

    // Without it there is another program, which measures nothing.
    let plain = folder.nnc(&[&train[..], &["--json"]].concat());
    assert!(plain.err.contains("compiling"), "{}", plain.err);
    let plain: serde_json::Value = serde_json::from_str(&plain.good()).expect("JSON");
    assert!(plain.get("profile").is_none());
    assert_eq!(plain["final"], report["final"], "a clock changes no number");
}

#[test]
fn a_loss_of_the_text_needs_no_targets() {
    let folder = Folder::new("train_stated");
    let network = "network Sparse(x: [3]) { let h = x |> dense(2, tanh); (xhat = h |> dense(3), h = h) }";
    let minimize = "minimize mse(xhat, x) + 0.01 * sum(abs(h)) with adam(lr = 0.05); metric far = mean(abs(xhat - x));";
    let data = "data csv(\"rows.csv\", header = true) { x = columns[0..3]; }";
    folder.write("sparse.nn", format!("{network} train Sparse {{ {data} {minimize} epochs 30; }}"));
    let rows: String = (0..40).map(|row| format!("{row},{},{}\n", row % 5, (row * 3) % 7)).collect();
    folder.write("rows.csv", format!("a,b,c\n{}", rows.replace(",", "e-2,")));
    let said = folder.nnc(&["train", "sparse.nn", "-o", "run", "--json"]).good();
    let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    let losses = report["epochs"].as_array().expect("epochs").iter().map(|epoch| epoch["train"]["loss"].as_f64());
    let losses: Vec<f64> = losses.map(|loss| loss.expect("a loss")).collect();
    assert!(losses[29] < losses[0] / 2.0, "{losses:?}");
    let weights = "run/weights.safetensors";
    let measured = folder.nnc(&["eval", "sparse.nn", "--weights", weights, "--json"]).good();
    assert!(measured.contains("\"far\""), "{measured}");
    let predicted = folder.nnc(&["predict", "sparse.nn", "--weights", weights, "--input", "rows.csv"]).good();
    let titles = predicted.lines().next().expect("a header");
    assert!(
        titles.ends_with("prediction_xhat_1,prediction_xhat_2,prediction_xhat_3,prediction_h_1,prediction_h_2"),
        "{titles}"
    );
}

#[test]
fn a_row_counts_as_much_as_its_column_of_weights_says() {
    let folder = Folder::new("train_weights");
    let text = |data: &str| {
        let data = format!("data csv({data}) {{ x = column(\"a\"); y = column(\"b\"); }}");
        format!(
            "network Line < dense(1->1) > train Line {{ {data} minimize mae with sgd(0.1); batch 100; epochs 40; }}"
        )
    };
    let rows: Vec<(usize, String)> = (0..12).map(|row| (row % 4, format!("{row}e-1,{}", (row * 7) % 5))).collect();
    let weighted: String = rows.iter().map(|(weight, row)| format!("{row},{weight}\n")).collect();
    let copied: String = rows.iter().map(|(weight, row)| format!("{row}\n").repeat(*weight)).collect();
    folder.write("weighted.csv", format!("a,b,days\n{weighted}"));
    folder.write("copied.csv", format!("a,b\n{copied}"));
    folder.write("weighted.nn", text("\"weighted.csv\", weight = \"days\""));
    folder.write("copied.nn", text("\"copied.csv\""));
    let losses = |name: &str| -> Vec<f64> {
        let said = folder.nnc(&["train", &format!("{name}.nn"), "-o", name, "--json"]).good();
        let report: serde_json::Value = serde_json::from_str(&said).expect("JSON");
        let epochs = report["epochs"].as_array().expect("epochs").clone();
        let of = |epoch: &serde_json::Value| epoch["train"]["loss"].as_f64().expect("a loss");
        epochs.iter().map(of).chain([report["final"]["train"]["loss"].as_f64().expect("a loss")]).collect()
    };
    let (weighted, copied) = (losses("weighted"), losses("copied"));
    assert!(weighted.iter().zip(&copied).all(|(a, b)| (a - b).abs() < 1e-5), "{weighted:?}\n{copied:?}");

    let weights = "weighted/weights.safetensors";
    let measured = folder.nnc(&["eval", "weighted.nn", "--weights", weights, "--json"]).good();
    let measured: serde_json::Value = serde_json::from_str(&measured).expect("JSON");
    let loss = measured["loss"].as_f64().expect("a loss");
    assert!((loss - weighted[40]).abs() < 1e-9, "{measured}");
    let refused = folder.nnc(&["eval", "weighted.nn", "--weights", weights, "--data", "copied.csv"]);
    assert!(refused.code == 1 && refused.err.contains("there is no column `days`"), "{}", refused.err);
    folder.write("new.csv", "a\n0.3\n");
    let predicted = folder.nnc(&["predict", "weighted.nn", "--weights", weights, "--input", "new.csv"]).good();
    assert_eq!(predicted.lines().count(), 2, "{predicted}");
    let all = folder.nnc(&["summary", "weighted.nn", "--all"]).good();
    assert!(all.contains("data.weight"), "{all}");
}

#[test]
fn missing_columns_and_rows_are_told_before_anything_is_compiled() {
    let folder = Folder::new("missing_columns");
    folder.write("rows.csv", "a,b,c\n1,2,3\n");
    let told = |source: &str, fields: &str| {
        let train = format!("train Sum {{ data csv({source}) {{ {fields} }} minimize mse with adam; }}");
        folder.write("sum.nn", format!("network Sum < dense(2->1) > {train}"));
        let cache = folder.path("cache").display().to_string();
        let [trained, tried] = ["train", "lr-find"].map(|command| {
            let done = folder.nnc_with(&[command, "sum.nn"], &[("NNC_CACHE", &cache)]);
            assert_eq!((done.code, &*done.out), (1, ""), "{}", done.err);
            assert!(!folder.path("cache").exists(), "{command} compiles nothing");
            done.err
        });
        assert_eq!(trained, tried);
        trained
    };
    let there = "(there are `a`, `b`, `c`)";
    let unknown = |name: &str| format!("error: rows.csv: there is no column `{name}` {there}\n");
    assert_eq!(told("\"rows.csv\"", "x = columns[0..2]; y = column(\"d\");"), unknown("d"));
    assert_eq!(
        told("\"rows.csv\"", "x = columns[2..4]; y = column(0);"),
        "error: rows.csv: there is no column 3: 3 columns, counted from 0\n"
    );
    assert_eq!(told("\"rows.csv\", weight = \"w\"", "x = columns[0..2]; y = column(\"c\");"), unknown("w"));
    let sequences = "\"rows.csv\", sequence = \"take\", length = 2";
    assert_eq!(told(sequences, "x = column(0); y = column(\"c\");"), unknown("take"));
    folder.write("rows.csv", "a,b,c\n");
    assert_eq!(
        told("\"rows.csv\"", "x = columns[0..2]; y = column(\"c\");"),
        "error: rows.csv: there is a header and no row below it\n"
    );
}

#[test]
fn the_full_screen_needs_a_terminal() {
    let folder = Folder::new("train_ui");
    folder.example("iris/iris.nn");
    folder.example("iris/iris.csv");
    let done = folder.nnc(&["train", "iris.nn", "--ui"]);
    let says = "error: --ui needs a terminal; without it the training is shown in lines\n";
    assert_eq!((done.code, &*done.err), (2, says));
}

#[test]
fn what_is_missing_is_missed_before_anything_is_compiled() {
    let folder = Folder::new("train_missing");
    folder.example("iris/iris.nn");
    let no_data = folder.nnc(&["train", "iris.nn"]);
    assert_eq!(no_data.code, 1);
    assert!(no_data.err.starts_with("error: iris.nn:8:10: the data `iris.csv` cannot be read: "), "{}", no_data.err);
    for arguments in [
        &["train", "iris.nn", "--data", "none.csv"][..],
        &["eval", "iris.nn", "--weights", "none"],
        &["predict", "iris.nn", "--weights", "none"],
    ] {
        let done = folder.nnc(arguments);
        assert_eq!(done.code, 1, "{}", done.err);
        assert!(done.err.starts_with("error: none"), "{}", done.err);
    }
    folder.write("plain.nn", "network A < dense(1->1) >");
    let plain = folder.nnc(&["train", "plain.nn"]);
    assert_eq!(plain.code, 1);
    assert!(plain.err.starts_with("error: plain.nn: there is no train section with data"), "{}", plain.err);
}
