//! A training that is killed, interrupted or out of room goes on from its newest good checkpoint and ends in the same bytes.
#![cfg(feature = "double")]

mod linear;

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use linear::{Folder, IRIS, RECIPE, STUBBORN, WILD, iris_csv};
use nn_runtime::cli::{AnyProgram, run_with};
use nn_runtime::fit::StepStats;
use nn_runtime::recipe::{Control, EarlyStop, Ema, Monitor, Plateau, Recipe, Source, Swa};
use nn_runtime::report::EpochReport;
use nn_runtime::session::{self, Checkpoints, Ended, Every, Overrides, Quiet, Watch};
use nn_runtime::{Augment, Hyper, Optimizer, Program, Schedule};
use serde_json::Value;

/// The folder that a process of its own trains into.
const CHILD: &str = "NN_TEST_RESUME";
/// A training long enough to be killed at many moments.
const LONG: [&str; 6] = ["--epochs", "300", "--checkpoint-every", "2", "--keep", "3"];

/// Exit code, standard output, standard error of a training of `network` into a folder.
fn train_of(network: AnyProgram, folder: &str, more: &[&str]) -> (u8, String, String) {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let data = iris_csv();
    let arguments = [&["nn", "train", "--data", &data, "-o", folder], more].concat();
    let arguments = arguments.into_iter().map(Into::into).collect();
    let code = run_with(&[network], arguments, &mut out, &mut err);
    (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
}

fn train(folder: &Folder, more: &[&str]) -> (u8, String, String) {
    train_of(AnyProgram::F32(&IRIS), &folder.at(""), more)
}

/// The weights, and the report without times.
fn results(folder: &Folder) -> (Vec<u8>, Value) {
    let mut report: Value = serde_json::from_slice(&std::fs::read(folder.at("report.json")).unwrap()).unwrap();
    report.as_object_mut().unwrap().remove("times");
    for epoch in report["epochs"].as_array_mut().unwrap() {
        epoch.as_object_mut().unwrap().remove("seconds");
    }
    (std::fs::read(folder.at("weights.safetensors")).unwrap(), report)
}

/// The checkpoints of a folder, from the oldest on.
fn checkpoints(folder: &Folder) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder.at("checkpoints")).into_iter().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "checkpoint"));
    paths.sort();
    paths
}

/// This test is the process that others start and kill; alone it does nothing.
#[test]
fn child() {
    if let Ok(folder) = std::env::var(CHILD) {
        let (code, _, err) = train_of(AnyProgram::F32(&IRIS), &folder, &[&LONG[..], &["--resume"]].concat());
        eprintln!("{err}");
        std::process::exit(code.into());
    }
}

/// That process.
fn process(folder: &Folder) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["child", "--exact", "--nocapture"]).env(CHILD, folder.at(""));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_process_that_is_killed_at_50_moments_ends_in_the_same_bytes() {
    let (whole, killed) = (Folder::new(), Folder::new());
    let (code, _, err) = train(&whole, &LONG);
    assert_eq!(code, 0, "{err}");
    let (mut random, mut kills, mut moments) = (0x2545_F491_4F6C_DD1D_u64, 0, Vec::new());
    let begin = Instant::now();
    let mut longest = 45_000;
    while kills < 50 || moments.len() < 10 {
        let mut child = process(&killed).spawn().unwrap();
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        sleep(Duration::from_micros(5_000 + random % longest));
        if child.try_wait().unwrap().is_some() {
            // It came to its end: from the beginning again.
            std::fs::remove_dir_all(killed.at("checkpoints")).unwrap();
            continue;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        let moment = checkpoints(&killed).last().cloned();
        if moments.last() == Some(&moment) {
            // The machine is busy: a process that never lives until its next checkpoint would never come to the end.
            longest += longest / 10;
        } else {
            moments.push(moment);
        }
    }
    eprintln!("{kills} kills in {:?}, at {} states of the training", begin.elapsed(), moments.len());
    assert!(process(&killed).status().unwrap().success());
    let ((weights, report), (expected, expected_report)) = (results(&killed), results(&whole));
    assert_eq!(weights, expected);
    assert_eq!(report, expected_report);
    assert_eq!(checkpoints(&killed).len(), 3);
    let left: Vec<_> =
        std::fs::read_dir(killed.at("checkpoints")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(left.len(), 4, "three checkpoints and the best weights, nothing half written: {left:?}");
}

const STEERED: Recipe = Recipe {
    optimizer: Optimizer::momentum(),
    early_stop: Some(EarlyStop { monitor: ACCURACY, ..EarlyStop::after(30) }),
    epochs: 40,
    control: Control {
        schedules: &[(Hyper::Momentum, Schedule::linear(0.5, 0.9))],
        plateau: Some(Plateau {
            factor: 0.5,
            patience: 2,
            min_delta: 0.05,
            min_lr: 1e-3,
            cooldown: 1,
            monitor: Monitor::LOSS,
        }),
        accumulate: 2,
        ema: Some(Ema { decay: 0.9, warmup: true }),
        ..Control::NONE
    },
    ..RECIPE
};
/// Its table has a column of sample weights.
static WEIGHTED: Program<f32> = linear::iris(&OF_DAYS);
static OF_DAYS: Recipe = {
    let mut recipe = RECIPE;
    if let Some(data) = &mut recipe.data
        && let Source::Csv(csv) = &mut data.source
    {
        csv.weight = Some("days");
    }
    recipe
};
const ACCURACY: Monitor = Monitor { name: "accuracy", larger: true };
static AVERAGED: Program<f32> = linear::iris(&STEERED);
static FRESH: Program<f32> = linear::iris(&Recipe {
    control: Control { augment: &[Augment::noise(0.1)], mixup: Some(0.4), ..STEERED.control },
    ..STEERED
});
static MEAN: Program<f32> = linear::iris(&Recipe {
    early_stop: None,
    control: Control { ema: None, swa: Some(Swa { from: 20, every: 3, lr: Some(0.01) }), ..STEERED.control },
    ..STEERED
});

/// Ends a training after some steps.
struct After(u64);

impl Watch for After {
    fn on_step(&mut self, step: &StepStats) -> ControlFlow<()> {
        if step.step >= self.0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

#[test]
fn averages_plateaus_patience_and_changes_of_rows_go_on_where_they_were() {
    for program in [&AVERAGED, &MEAN, &FRESH] {
        let folder = Folder::new();
        let checkpoints = |resume| {
            let every = Some(Every::Steps(7));
            Checkpoints { folder: folder.at("checkpoints").into(), resume, every, keep: None }
        };
        let overrides = |checkpoints| Overrides { data: Some(iris_csv().into()), checkpoints, ..Overrides::default() };
        let whole = session::train(program, &overrides(None), &mut Quiet).unwrap();
        let rates: Vec<f64> = whole.report.epochs.iter().map(|epoch| epoch.learning_rate).collect();
        assert!(rates.iter().any(|rate| *rate < 0.05), "the plateau was reached: {rates:?}");
        for stop in [1, 6, 17, 40, 63, 64, 65, 90, 100] {
            let stopped = session::train(program, &overrides(Some(checkpoints(stop > 1))), &mut After(stop)).unwrap();
            assert!(matches!(stopped.ended, Ended::Interrupted | Ended::Early), "{:?}", stopped.ended);
        }
        let resumed = session::train(program, &overrides(Some(checkpoints(true))), &mut Quiet).unwrap();
        assert_eq!(resumed.weights, whole.weights);
        assert_eq!(resumed.report.last, whole.report.last);
        let timeless = |epochs: &[EpochReport]| -> Vec<EpochReport> {
            epochs.iter().map(|epoch| EpochReport { seconds: 0.0, ..epoch.clone() }).collect()
        };
        assert_eq!(timeless(&resumed.report.epochs), timeless(&whole.report.epochs));
        assert_eq!(resumed.report.averaged_epochs, whole.report.averaged_epochs);
    }
    let mean = session::train(&MEAN, &Overrides { data: Some(iris_csv().into()), ..Overrides::default() }, &mut Quiet);
    assert_eq!(mean.unwrap().report.averaged_epochs, Some(7));
}

#[test]
fn what_is_monitored_decides_which_weights_are_kept() {
    let overrides = Overrides { data: Some(iris_csv().into()), ..Overrides::default() };
    let trained = session::train(&AVERAGED, &overrides, &mut Quiet).unwrap().report;
    assert_eq!(trained.chosen_by, "highest validation accuracy");
    let accuracy = |epoch: &EpochReport| epoch.validation.as_ref().unwrap().find("accuracy").unwrap();
    let best = trained.epochs.iter().map(accuracy).fold(0.0, f64::max);
    let first = trained.epochs.iter().find(|epoch| accuracy(epoch) == best).unwrap();
    assert_eq!(trained.best_epoch, first.epoch);
    assert_eq!(trained.last.validation.unwrap().figures.find("accuracy"), Some(best));
}

/// Rates so large that the loss goes up and down.
static LAST: Program<f32> = linear::iris(&Recipe {
    schedule: Schedule::constant(2.0),
    early_stop: Some(EarlyStop { restore_best: false, ..EarlyStop::after(30) }),
    epochs: 40,
    control: Control::NONE,
    ..STEERED
});
/// A loss that never falls by so much, with a rate that stays but for the plateau.
static FLAT: Program<f32> = linear::iris(&Recipe {
    schedule: Schedule::constant(0.08),
    epochs: 16,
    early_stop: None,
    control: Control {
        plateau: Some(Plateau {
            factor: 0.5,
            patience: 2,
            min_delta: 100.0,
            min_lr: 0.015,
            cooldown: 3,
            monitor: Monitor::LOSS,
        }),
        ..Control::NONE
    },
    ..RECIPE
});

#[test]
fn without_the_best_the_last_weights_are_kept() {
    let overrides = Overrides { data: Some(iris_csv().into()), ..Overrides::default() };
    let trained = session::train(&LAST, &overrides, &mut Quiet).unwrap().report;
    let loss = |epoch: &EpochReport| epoch.validation.as_ref().unwrap().loss;
    assert_eq!((trained.best_epoch, &*trained.chosen_by), (trained.epochs.len(), "last epoch"));
    let last = trained.epochs.last().unwrap();
    assert_eq!(trained.last.validation.unwrap().figures.loss, loss(last));
    assert!(trained.epochs.iter().any(|epoch| loss(epoch) < loss(last)), "another one was better");
}

#[test]
fn a_plateau_waits_cools_down_and_ends_at_the_least_rate() {
    let overrides = Overrides { data: Some(iris_csv().into()), ..Overrides::default() };
    let epochs = session::train(&FLAT, &overrides, &mut Quiet).unwrap().report.epochs;
    let rates: Vec<f64> = epochs.iter().map(|epoch| epoch.learning_rate).collect();
    // The first epoch is the best; two that are not; three to cool down and two that are not; the same again.
    let expected = [&[0.08; 3][..], &[0.04; 5], &[0.02; 5], &[0.015; 3]].concat();
    assert!(rates.iter().zip(&expected).all(|(rate, expected)| (rate - expected).abs() < 1e-12), "{rates:?}");
    assert_eq!(rates.len(), expected.len());
}

#[test]
fn without_a_checkpoint_it_says_so_and_begins_and_by_default_nothing_is_left() {
    let (whole, resumed) = (Folder::new(), Folder::new());
    assert_eq!(train(&whole, &[]).0, 0);
    let (code, _, err) = train(&resumed, &["--resume"]);
    assert_eq!(code, 0, "{err}");
    let folder = Path::new(&resumed.at("")).join("checkpoints").display().to_string();
    assert!(err.contains(&format!("there is no checkpoint in {folder}: the training begins")), "{err}");
    assert_eq!(results(&resumed), results(&whole));
    assert_eq!(resumed.names(), ["epochs.csv", "loss.svg", "report.html", "report.json", "weights.safetensors"]);
}

#[test]
fn a_training_that_is_done_goes_on_if_more_epochs_are_asked_for() {
    let (whole, twice) = (Folder::new(), Folder::new());
    let every = ["--checkpoint-every", "1h"];
    assert_eq!(train(&whole, &[&every[..], &["--epochs", "30"]].concat()).0, 0);
    assert_eq!(train(&twice, &[&every[..], &["--epochs", "20"]].concat()).0, 0);
    let (code, _, err) = train(&twice, &[&every[..], &["--epochs", "30", "--resume"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("there were to be 20 epochs, and now there are to be 30"), "{err}");
    assert!(err.contains("step 120, behind epoch 20"), "{err}");
    assert_eq!(results(&twice), results(&whole));
    // And once more, when there is nothing left to do.
    assert_eq!(train(&twice, &[&every[..], &["--epochs", "30", "--resume"]].concat()).0, 0);
    assert_eq!(results(&twice), results(&whole));
}

#[test]
fn a_training_whose_numbers_explode_keeps_its_checkpoints() {
    let folder = Folder::new();
    let (code, _, err) = train_of(AnyProgram::F32(&WILD), &folder.at(""), &["--checkpoint-every", "1", "--keep", "9"]);
    assert_eq!(code, 1, "{err}");
    let kept = checkpoints(&folder);
    let (again, _, err) =
        train_of(AnyProgram::F32(&WILD), &folder.at(""), &["--checkpoint-every", "1", "--keep", "9", "--resume"]);
    assert_eq!((again, checkpoints(&folder)), (1, kept), "{err}");
}

#[test]
fn a_training_that_was_stopped_early_stays_so() {
    let folder = Folder::new();
    let network = AnyProgram::F32(&STUBBORN);
    let arguments = ["--checkpoint-every", "4", "--epochs", "100"];
    assert_eq!(train_of(network, &folder.at(""), &arguments).0, 0);
    let before = results(&folder);
    assert_eq!(train_of(network, &folder.at(""), &[&arguments[..], &["--resume"]].concat()).0, 0);
    assert_eq!(results(&folder), before);
}

#[test]
fn a_damaged_checkpoint_is_passed_over_with_a_warning() {
    let (whole, folder) = (Folder::new(), Folder::new());
    let arguments = ["--checkpoint-every", "5", "--keep", "2", "--epochs", "20"];
    let resume = [&arguments[..], &["--resume"]].concat();
    assert_eq!(train(&whole, &arguments).0, 0);
    assert_eq!(train(&folder, &arguments).0, 0);
    let paths = checkpoints(&folder);
    assert_eq!(paths.len(), 2);
    let mut bytes = std::fs::read(&paths[1]).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 4;
    std::fs::write(&paths[1], &bytes).unwrap();
    let (code, _, err) = train(&folder, &resume);
    assert_eq!(code, 0, "{err}");
    let warning = format!(
        "warning: {}: the checkpoint is damaged: its checksum is not that of its bytes; an older one is used",
        paths[1].display()
    );
    assert!(err.contains(&warning) && err.contains(&paths[0].display().to_string()), "{err}");
    assert_eq!(results(&folder), results(&whole));

    for path in checkpoints(&folder) {
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(&path, &bytes[..bytes.len() - 9]).unwrap();
    }
    let (code, _, err) = train(&folder, &resume);
    let told = err.lines().last().unwrap();
    assert_eq!(code, 1, "{err}");
    assert!(
        told.ends_with("none of the checkpoints here is whole; without --resume the training begins anew"),
        "{told}"
    );
}

#[test]
fn a_checkpoint_of_another_training_is_refused_and_stays() {
    let folder = Folder::new();
    let arguments = ["--checkpoint-every", "50", "--epochs", "10"];
    assert_eq!(train(&folder, &arguments).0, 0);
    let (paths, before) = (checkpoints(&folder), results(&folder));
    let bytes = std::fs::read(paths.last().unwrap()).unwrap();
    let refused = |network: AnyProgram, more: &[&str], says: &str| {
        let (code, _, err) = train_of(network, &folder.at(""), &[&arguments[..], &["--resume"], more].concat());
        assert_eq!(code, 1, "{err}");
        let told = err.lines().last().unwrap();
        assert!(told.starts_with("error: ") && told.contains(says), "{says}: {told}");
        assert_eq!(std::fs::read(paths.last().unwrap()).unwrap(), bytes);
    };
    let iris = AnyProgram::F32(&IRIS);
    refused(
        iris,
        &["--batch", "8"],
        "its batch is 16, and here it is 8; make it the same, or begin anew without --resume",
    );
    refused(iris, &["--seed", "1"], "its seed is 42, and here it is 1");
    refused(iris, &["--lr", "0.5"], "its learning rate is ");
    refused(AnyProgram::F32(&STUBBORN), &[], "its early_stop is ");
    refused(AnyProgram::F64(&linear::IRIS_F64), &[], "its precision is f32, and here it is f64");
    let other = std::fs::read_to_string(iris_csv()).unwrap().replacen("5.1", "5.2", 1);
    refused(iris, &["--data", &folder.write("other.csv", &other)], "its data is ");
    let weighted = |weight: &str| {
        let lines = other.lines().enumerate();
        let lines = lines.map(|(at, line)| format!("{line},{}\n", if at == 0 { "days" } else { weight }));
        folder.write(&format!("weighted-{weight}.csv"), &lines.collect::<String>())
    };
    let aside = Folder::new();
    let days = |weight: &str, more: &[&str]| {
        train_of(
            AnyProgram::F32(&WEIGHTED),
            &aside.at(""),
            &[&arguments[..], &["--data", &weighted(weight)], more].concat(),
        )
    };
    assert_eq!(days("2", &[]).0, 0);
    let (code, _, err) = days("3", &["--resume"]);
    assert!(code == 1 && err.contains("its data is "), "{err}");
    let newer = String::from_utf8_lossy(&bytes).into_owned().replacen("checkpoint 1\n", "checkpoint 2\n", 1);
    assert!(newer.starts_with("nn-runtime checkpoint 2"));
    let mut changed = bytes.clone();
    changed["nn-runtime checkpoint ".len()] = b'2';
    std::fs::write(paths.last().unwrap(), &changed).unwrap();
    let (code, _, err) = train(&folder, &[&arguments[..], &["--resume"]].concat());
    assert_eq!(code, 1, "{err}");
    assert!(err.contains("the checkpoint has format 2, and this version reads format 1"), "{err}");
    assert_eq!(results(&folder), before);
}

#[test]
#[cfg(unix)]
fn where_there_is_no_room_the_last_checkpoint_stays_and_is_used() {
    let (whole, folder) = (Folder::new(), Folder::new());
    assert_eq!(train(&whole, &LONG).0, 0);
    // Files of at most 16 KiB; a write beyond that fails.
    let exe = std::env::current_exe().unwrap();
    let limited = format!("trap '' XFSZ; ulimit -f 32; exec {} child --exact --nocapture", exe.display());
    let output = Command::new("sh").args(["-c", &limited]).env(CHILD, folder.at("")).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("the checkpoint cannot be written: File too large"), "{err}");
    assert!(err.contains("; the training goes on"), "{err}");
    assert!(err.lines().any(|line| line.starts_with("error: ") && line.contains("cannot be written")), "{err}");
    let left = checkpoints(&folder);
    assert_eq!(left.len(), 3, "{left:?}");
    assert!(!folder.names().iter().any(|name| name.ends_with(".part")), "{:?}", folder.names());
    let (code, _, err) = train(&folder, &[&LONG[..], &["--resume"]].concat());
    assert_eq!(code, 0, "{err}");
    assert!(err.contains(&format!("the training goes on from {}", left[2].display())), "{err}");
    assert_eq!(results(&folder), results(&whole));
}

#[test]
fn a_folder_that_cannot_be_written_to_is_found_before_the_training() {
    let folder = Folder::new();
    // Also for root, who may write everywhere: a file is no folder.
    let file = folder.write("file", "");
    let (code, _, err) = train_of(AnyProgram::F32(&IRIS), &file, &[]);
    assert_eq!((code, err.lines().count()), (1, 1), "{err}");
    assert!(err.starts_with(&format!("error: {file}: cannot be written: ")), "{err}");
}

#[test]
fn a_limited_training_goes_on_where_it_stopped() {
    let (whole, parts) = (Folder::new(), Folder::new());
    assert_eq!(train(&whole, &["--epochs", "12"]).0, 0);
    let (code, out, err) = train(&parts, &["--epochs", "12", "--max-steps", "31"]);
    assert!(code == 0 && out.contains("stopped at its limit, after 5 of 12 epochs"), "{out}");
    assert!(err.contains("a checkpoint of step 31 is written; --resume goes on from it"), "{err}");
    // The time of before counts.
    let (code, out, _) = train(&parts, &["--epochs", "12", "--resume", "--max-time", "0.000001s"]);
    assert!(code == 0 && out.contains("stopped at its limit, after 5 of 12 epochs"), "{out}");
    assert_eq!(train(&parts, &["--epochs", "12", "--resume"]).0, 0);
    assert_eq!(results(&parts), results(&whole));
    let (code, _, err) = train(&parts, &["--max-time", "5days"]);
    assert!(code == 2 && err.contains("--max-time takes a time such as 5min, 30s or 1h, not \"5days\""), "{err}");
}

#[test]
fn times_between_checkpoints_are_read_in_their_units() {
    let folder = Folder::new();
    for good in ["1", "500", "5min", "0.5min", "30s", "1h"] {
        assert_eq!(train(&folder, &["--epochs", "1", "--checkpoint-every", good]).0, 0, "{good}");
    }
    // So short a time has always passed; so long a one never, but for the end.
    for (every, count) in [("0.0000001min", 3), ("1h", 1)] {
        let folder = Folder::new();
        assert_eq!(train(&folder, &["--epochs", "4", "--keep", "3", "--checkpoint-every", every]).0, 0);
        assert_eq!(checkpoints(&folder).len(), count, "{every}");
    }
    for wrong in ["0", "-1", "5days", "min", "1.5", ""] {
        let (code, _, err) = train(&folder, &["--checkpoint-every", wrong]);
        assert_eq!(code, 2, "{wrong}: {err}");
        assert!(err.contains("takes a number of steps such as 500, or a time such as 5min, 30s or 1h"), "{err}");
    }
}
