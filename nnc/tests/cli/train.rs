//! `nnc train`, `eval` and `predict`: the whole way, from a text to predictions. The only tests that compile Rust.

use crate::nnc::Folder;

#[test]
fn iris_from_the_text_to_predictions() {
    let folder = Folder::new("train");
    folder.example("iris/iris.nn");
    folder.example("iris/iris.csv");
    let said = folder.nnc(&["train", "iris.nn", "-o", "run"]).good();
    assert!(said.contains("accuracy") && said.contains("run/weights.safetensors"), "{said}");
    let report = folder.nnc(&["train", "iris.nn", "--seed", "7", "--epochs", "3", "-o", "short", "--json"]);
    assert!(!report.err.contains("compiling"), "the same text is compiled once: {}", report.err);
    let report: serde_json::Value = serde_json::from_str(&report.good()).expect("JSON");
    assert_eq!((report["settings"]["seed"].as_u64(), report["settings"]["epochs"].as_u64()), (Some(7), Some(3)));

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
