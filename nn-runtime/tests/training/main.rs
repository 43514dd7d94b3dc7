//! A network written by hand is trained, evaluated and asked, all through the command line of a generated program.
#![cfg(feature = "double")]

mod folds;
#[path = "../linear/mod.rs"]
mod linear;

use std::ops::ControlFlow;

use linear::{Folder, IRIS, IRIS_F64, STUBBORN, WILD, iris_csv};
use nn_runtime::cli::{AnyProgram, run_with};
use nn_runtime::fit::StepStats;
use nn_runtime::report::EpochReport;
use nn_runtime::session::{self, Ended, Overrides, Quiet, Watch};
use serde_json::Value;

const NETWORKS: &[AnyProgram] = &[AnyProgram::F32(&IRIS)];

/// Exit code, standard output, standard error.
fn call(networks: &[AnyProgram], arguments: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let arguments = std::iter::once("nn").chain(arguments.iter().copied()).map(Into::into).collect();
    let code = run_with(networks, arguments, &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

#[track_caller]
fn good(networks: &[AnyProgram], arguments: &[&str]) -> String {
    let (code, out, err) = call(networks, arguments);
    assert_eq!(code, 0, "{err}");
    out
}

/// A training in a folder.
fn trained(folder: &Folder, more: &[&str]) -> String {
    let (data, output) = (iris_csv(), folder.at(""));
    good(NETWORKS, &[&["train", "--data", &data, "-o", &output], more].concat())
}

fn report(folder: &Folder) -> Value {
    serde_json::from_str(&std::fs::read_to_string(folder.at("report.json")).unwrap()).unwrap()
}

#[test]
fn iris_is_learned_and_everything_is_written() {
    let folder = Folder::new();
    let summary = trained(&folder, &[]);
    assert_eq!(folder.names(), ["epochs.csv", "loss.svg", "report.html", "report.json", "weights.safetensors"]);
    let report = report(&folder);
    assert!(report["final"]["test"]["accuracy"].as_f64().unwrap() >= 0.9, "{report:#}");
    assert_eq!((&report["data"]["train"], &report["data"]["test"]), (&90.into(), &30.into()));
    assert_eq!(
        report["final"]["test"]["confusion"]["labels"],
        serde_json::json!(["setosa", "versicolor", "virginica"])
    );
    let epochs = report["epochs"].as_array().unwrap();
    let table = std::fs::read_to_string(folder.at("epochs.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert!(
        lines[0].starts_with("epoch,steps,learning_rate,step_loss,seconds,validation_loss,validation_accuracy"),
        "{table}"
    );
    assert_eq!(lines.len(), 1 + epochs.len());
    assert!(lines[60].starts_with("60,360,0.05,"), "{table}");
    let losses: Vec<f64> = epochs.iter().map(|epoch| epoch["validation"]["loss"].as_f64().unwrap()).collect();
    let best = losses.iter().copied().fold(f64::INFINITY, f64::min);
    let kept = report["best_epoch"].as_u64().unwrap() as usize;
    assert_eq!((losses[kept - 1], report["final"]["validation"]["loss"].as_f64().unwrap()), (best, best));
    for line in [
        "Iris: trained for 60 epochs in ",
        "confusion: actual class on the left, predicted class above",
        "weights.safetensors",
    ] {
        assert!(summary.contains(line), "{summary}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_for_any_number_of_threads() {
    let (one, many, other) = (Folder::new(), Folder::new(), Folder::new());
    trained(&one, &["--threads", "1", "--batch", "90"]);
    trained(&many, &["--threads", "3", "--batch", "90"]);
    trained(&other, &["--seed", "7", "--batch", "90"]);
    let bytes = |folder: &Folder| std::fs::read(folder.at("weights.safetensors")).unwrap();
    assert_eq!(bytes(&one), bytes(&many));
    assert_ne!(bytes(&one), bytes(&other));
}

#[test]
fn predictions_take_raw_rows_and_give_labels() {
    let folder = Folder::new();
    trained(&folder, &[]);
    let weights = folder.at("weights.safetensors");
    let rows = folder.write(
        "rows.csv",
        "petal_length,petal_width,note,sepal_length,sepal_width\n1.4,0.2,\"a, b\",5.1,3.5\n6.0,2.5,c,6.3,3.3\n",
    );
    let out = good(NETWORKS, &["predict", "--weights", &weights, "--input", &rows]);
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(
        lines[0],
        "petal_length,petal_width,note,sepal_length,sepal_width,prediction,probability_setosa,probability_versicolor,probability_virginica"
    );
    assert!(lines[1].starts_with("1.4,0.2,\"a, b\",5.1,3.5,setosa,0.9"), "{out}");
    assert!(lines[2].starts_with("6.0,2.5,c,6.3,3.3,virginica,"), "{out}");
    let json = good(NETWORKS, &["predict", "--weights", &weights, "--input", &rows, "--json"]);
    let first: Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!(first["prediction"], "setosa");
    assert!(first["probability_setosa"].as_f64().unwrap() > 0.9);

    let target = folder.at("answers.csv");
    let none = good(NETWORKS, &["predict", "--weights", &weights, "--input", &iris_csv(), "--output", &target]);
    assert_eq!((none.as_str(), std::fs::read_to_string(&target).unwrap().lines().count()), ("", 151));
    let bad = folder.write("bad.csv", "1,2,3,4\n5,6,7,x\n");
    let (code, _, err) =
        call(NETWORKS, &["predict", "--weights", &weights, "--input", &bad, "--output", &folder.at("none.csv")]);
    assert_eq!((code, err), (1, format!("error: {bad}:2:7: column 3: `x` is not a number\n")));
    assert!(!folder.names().iter().any(|name| name.contains("none.csv")), "nothing is half-written");
}

#[test]
fn evaluation_agrees_with_the_report() {
    let folder = Folder::new();
    trained(&folder, &[]);
    let (weights, data) = (folder.at("weights.safetensors"), iris_csv());
    let json: Value =
        serde_json::from_str(&good(NETWORKS, &["eval", "--weights", &weights, "--data", &data, "--json"])).unwrap();
    let report = report(&folder);
    let part = |name: &str| {
        let part = &report["final"][name];
        part["loss"].as_f64().unwrap() * part["rows"].as_f64().unwrap()
    };
    let mean = (part("train") + part("validation") + part("test")) / 150.0;
    assert!((json["loss"].as_f64().unwrap() - mean).abs() < 1e-6, "{json:#}");
    let text = good(NETWORKS, &["eval", "--weights", &weights, "--data", &data]);
    assert!(text.contains("accuracy") && text.contains("setosa"), "{text}");
}

#[test]
fn a_loss_that_is_not_finite_ends_the_run_and_keeps_the_best_weights() {
    let folder = Folder::new();
    let (code, out, err) =
        call(&[AnyProgram::F32(&WILD)], &["train", "--data", &iris_csv(), "-o", &folder.at(""), "--json"]);
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["ended"], "not finite");
    let message = err.lines().last().unwrap();
    for part in ["epoch", "step", "learning rate", "gradient", "dense_1", "are kept"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(message.starts_with("error: the loss is "), "{message}");
    good(NETWORKS, &["eval", "--weights", &folder.at("weights.safetensors"), "--data", &iris_csv()]);
}

/// Ends a training after some epochs, or in the middle of the next.
struct Impatient {
    epochs: usize,
    within: bool,
}

impl Watch for Impatient {
    fn on_step(&mut self, step: &StepStats) -> ControlFlow<()> {
        if self.within && step.epoch > self.epochs { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }

    fn on_epoch(&mut self, epoch: &EpochReport, _: bool) -> ControlFlow<()> {
        if !self.within && epoch.epoch == self.epochs { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn an_interrupted_run_keeps_the_best_weights_so_far() {
    let overrides = Overrides { data: Some(iris_csv().into()), ..Overrides::default() };
    let after = session::train(&IRIS, &overrides, &mut Impatient { epochs: 5, within: false }).unwrap();
    let within = session::train(&IRIS, &overrides, &mut Impatient { epochs: 5, within: true }).unwrap();
    assert_eq!((after.ended, within.ended), (Ended::Interrupted, Ended::Interrupted));
    assert_eq!((after.report.epochs.len(), within.report.epochs.len()), (5, 5));
    assert_eq!(after.weights, within.weights);
    let never = session::train(&IRIS, &overrides, &mut Impatient { epochs: 0, within: true }).unwrap();
    assert_eq!((never.report.best_epoch, never.report.epochs.len()), (0, 0));
}

#[test]
fn a_run_that_gets_no_better_stops_early() {
    let overrides = Overrides { data: Some(iris_csv().into()), epochs: Some(500), ..Overrides::default() };
    let trained = session::train(&STUBBORN, &overrides, &mut Quiet).unwrap();
    // The loss of the first epoch counts as an improvement, and the three that follow do not.
    assert_eq!((trained.ended, trained.report.epochs.len()), (Ended::Early, 4));
}

#[test]
fn double_precision_trains_too_and_its_weights_are_not_those_of_single_precision() {
    let (folder, networks) = (Folder::new(), [AnyProgram::F64(&IRIS_F64)]);
    good(&networks, &["train", "--data", &iris_csv(), "-o", &folder.at("")]);
    let weights = folder.at("weights.safetensors");
    good(&networks, &["eval", "--weights", &weights, "--data", &iris_csv()]);
    let (code, _, err) = call(NETWORKS, &["eval", "--weights", &weights, "--data", &iris_csv()]);
    let expected =
        format!("error: {weights}: `dense_1.weight` has values of type F64, and the network computes in F32\n");
    assert_eq!((code, err), (1, expected));
}

#[test]
fn wrong_usage_is_2_and_wrong_data_is_1() {
    #[track_caller]
    fn check(arguments: &[&str], code: u8, message: &str) {
        let (found, _, err) = call(NETWORKS, arguments);
        assert_eq!((found, err.lines().next().unwrap_or_default()), (code, message));
    }
    let (or, and) = if cfg!(feature = "serve") {
        (", predict, draw or serve", ", draw, serve")
    } else {
        (", predict or draw", ", draw")
    };
    check(&[], 2, &format!("error: a command is missing: train, lr-find, eval{or}"));
    let there = format!("there are train, lr-find, eval, predict{and}");
    check(&["trian"], 2, &format!("error: there is no command `trian`; did you mean `train`? ({there})"));
    check(
        &["eval", "--weigths", "w"],
        2,
        "error: there is no option `--weigths`; did you mean `--weights`? (there are --network, --weights, --data, --threads, --json)",
    );
    check(&["eval"], 2, "error: eval needs --weights FILE");
    check(&["train", "--epochs", "0"], 2, "error: --epochs takes a whole number from 1 on, not `0`");
    check(&["train", "--lr", "fast"], 2, "error: --lr takes a positive number, not `fast`");
    check(&["train", "--seed"], 2, "error: missing argument for option '--seed'");
    check(&["train", "model"], 2, "error: unexpected argument `model`");
    check(
        &["train", "--network", "Irsi"],
        2,
        "error: there is no network `Irsi`; did you mean `Iris`? (there are Iris)",
    );
    let folder = Folder::new();
    check(
        &["train", "--data", "no.csv", "-o", &folder.at("")],
        1,
        "error: no.csv: cannot be read: No such file or directory (os error 2)",
    );
    check(&["eval", "--weights", "no.w"], 1, "error: no.w: cannot be read: No such file or directory (os error 2)");
    assert!(good(NETWORKS, &["--help"]).contains("Networks: Iris"));
    assert!(good(NETWORKS, &["train", "-h"]).contains("nn predict --weights FILE"));
}

/// A pipe whose reader has gone.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_closed_pipe_is_no_fault() {
    let folder = Folder::new();
    trained(&folder, &[]);
    let arguments = ["nn", "predict", "--weights", &folder.at("weights.safetensors"), "--input", &iris_csv()];
    let mut err = Vec::new();
    let code = run_with(NETWORKS, arguments.iter().map(Into::into).collect(), &mut Closed, &mut err);
    assert_eq!((code, err), (0, Vec::new()));
}

#[test]
fn learning_rates_are_tried_and_the_loss_falls_where_it_says() {
    let folder = Folder::new();
    let data = iris_csv();
    let output = folder.at("");
    let arguments = ["lr-find", "--data", &data, "-o", &output];
    let said = good(NETWORKS, &arguments);
    assert!(said.starts_with("Iris: ") && said.contains("begin with this one"), "{said}");
    assert_eq!(folder.names(), ["lr-find.json", "lr-find.svg"]);
    let report: Value = serde_json::from_str(&std::fs::read_to_string(folder.at("lr-find.json")).unwrap()).unwrap();
    let points = report["points"].as_array().unwrap();
    assert!((20..=100).contains(&points.len()), "{}", points.len());
    let number = |of: &Value| of.as_f64().unwrap();
    assert!((number(&points[0]["rate"]) - 1e-7).abs() < 1e-12);
    let growth = number(&points[1]["rate"]) / number(&points[0]["rate"]);
    assert!((growth - 1e8_f64.powf(1.0 / 99.0)).abs() < 1e-9, "{growth}");
    for suggested in ["steepest", "valley"] {
        assert!((1e-6..1.0).contains(&number(&report[suggested])), "{report}");
    }
    let few = ["--json", "--steps", "20", "--from", "1e-5", "--to", "1e-4"];
    let json: Value = serde_json::from_str(&good(NETWORKS, &[&arguments[..], &few].concat())).unwrap();
    assert_eq!((json["points"].as_array().unwrap().len(), &json["exploded"]), (20, &false.into()));
    let (code, _, err) = call(NETWORKS, &[&arguments[..], &["--from", "1", "--to", "0.5"]].concat());
    assert_eq!((code, &*err), (1, "error: the last rate is 0.5, but it must be above the first\n"));
}
