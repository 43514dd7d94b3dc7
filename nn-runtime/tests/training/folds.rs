//! A network is trained once for each fold, through the command line of a generated program and from Rust.

use std::ops::ControlFlow;

use crate::linear::{self, Folder, IRIS, RECIPE, iris_csv};
use nn_runtime::Program;
use nn_runtime::cli::{AnyProgram, run_with};
use nn_runtime::recipe::{Folds, Recipe};
use nn_runtime::report::EpochReport;
use nn_runtime::session::{self, Ended, Overrides, Quiet, SessionError, Watch};
use serde_json::Value;

/// The text says that there are folds.
static IN_FOLDS: Program<f32> = linear::iris(&FOLDED);
static FOLDED: Recipe = {
    let mut recipe = RECIPE;
    recipe.split.folds = Some(Folds { count: 3, held: 0 });
    recipe.split.train = 0.8;
    recipe.split.validation = 0.0;
    recipe.epochs = 5;
    recipe
};

fn train(network: &'static Program<f32>, folder: &Folder, more: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let (data, output) = (iris_csv(), folder.at(""));
    let arguments = [&["nn", "train", "--data", &data, "-o", &output], more].concat();
    let code =
        run_with(&[AnyProgram::F32(network)], arguments.into_iter().map(Into::into).collect(), &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn summary(folder: &Folder) -> Value {
    serde_json::from_slice(&std::fs::read(folder.at("folds.json")).unwrap()).unwrap()
}

fn overrides() -> Overrides {
    Overrides { data: Some(iris_csv().into()), ..Overrides::default() }
}

#[test]
fn each_fold_has_a_folder_and_all_have_a_summary() {
    let folder = Folder::new();
    let (code, out, err) = train(&IRIS, &folder, &["--folds", "4", "--epochs", "6"]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(folder.names(), ["fold-1", "fold-2", "fold-3", "fold-4", "folds.json"]);
    let summary = summary(&folder);
    let folds = summary["folds"].as_array().unwrap();
    assert_eq!(folds.iter().map(|fold| fold["rows"].as_u64().unwrap()).collect::<Vec<_>>(), [30; 4]);
    let losses: Vec<f64> = folds.iter().map(|fold| fold["validation"]["loss"].as_f64().unwrap()).collect();
    assert!(losses.windows(2).any(|pair| pair[0] != pair[1]), "each held back other rows: {losses:?}");
    let mean = losses.iter().sum::<f64>() / 4.0;
    assert!((summary["validation"]["mean"]["loss"].as_f64().unwrap() - mean).abs() < 1e-12);
    assert!(summary["test"]["deviation"]["accuracy"].is_number(), "the rows of the test are in no fold");
    for line in ["Iris: 4 of 4 folds", "fold 4 ", "mean ", "deviation, test rows", "`--folds 1`"] {
        assert!(out.contains(line), "{out}");
    }
    assert!(
        err.contains("fold 3 of 4\nIris: 15 parameters; ")
            && err.contains("90 rows to train on, 30 to validate, 30 to test"),
        "{err}"
    );
}

#[test]
fn what_is_done_is_not_done_again() {
    let (whole, halted) = (Folder::new(), Folder::new());
    let settings = ["--folds", "3", "--epochs", "4"];
    assert_eq!(train(&IRIS, &whole, &settings).0, 0);
    assert_eq!(train(&IRIS, &halted, &settings).0, 0);
    // As if it had been killed in the third fold.
    let mut known = summary(&halted);
    known["folds"].as_array_mut().unwrap().pop();
    halted.write("folds.json", &known.to_string());
    let again = [&settings[..], &["--resume"]].concat();
    let (code, _, err) = train(&IRIS, &halted, &again);
    assert!(code == 0 && err.contains("fold 2 of 3 is done already\nfold 3 of 3\nIris"), "{err}");
    assert_eq!(summary(&halted), summary(&whole));
    // Other settings are another cross-validation.
    let (code, _, err) = train(&IRIS, &halted, &["--folds", "3", "--epochs", "5", "--resume"]);
    assert!(code == 0 && !err.contains("done already"), "{err}");
}

#[test]
fn the_text_can_say_it_and_the_command_line_otherwise() {
    let (folds, alone) = (Folder::new(), Folder::new());
    assert_eq!(train(&IN_FOLDS, &folds, &[]).0, 0);
    assert_eq!(folds.names(), ["fold-1", "fold-2", "fold-3", "folds.json"]);
    let (code, _, err) = train(&IN_FOLDS, &alone, &["--folds", "1"]);
    assert!(code == 0 && err.contains("120 rows to train on, 30 to test"), "{err}");
    assert!(alone.names().contains(&"weights.safetensors".to_owned()));
}

#[test]
fn a_program_can_do_it_as_well() {
    let more = Overrides { epochs: Some(5), ..overrides() };
    let (summary, trained) = session::cross_validate(&IRIS, &more, 3, &mut Quiet).unwrap();
    assert_eq!((summary.folds.len(), trained.len()), (3, 3));
    let one = session::train(&IRIS, &more.of_fold(3, 1), &mut Quiet).unwrap();
    assert_eq!(one.weights, trained[1].weights, "each is a training like any other");

    struct Impatient(usize);
    impl Watch for Impatient {
        fn on_epoch(&mut self, _: &EpochReport, _: bool) -> ControlFlow<()> {
            self.0 += 1;
            if self.0 > 6 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }
    }
    let (summary, trained) = session::cross_validate(&IRIS, &more, 3, &mut Impatient(0)).unwrap();
    assert_eq!((summary.folds.len(), &trained[1].ended), (2, &Ended::Interrupted));
    let wrong = session::cross_validate(&IRIS, &more, 1, &mut Quiet).unwrap_err();
    assert_eq!(wrong, SessionError::NoFolds { count: 1 });
    let wrong = session::cross_validate(&IRIS, &more, 200, &mut Quiet).unwrap_err().to_string();
    assert!(wrong.ends_with("200 folds of 120 rows would be empty"), "{wrong}");
}
