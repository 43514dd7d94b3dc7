//! Files hold whole records; with NN_TENSORBOARD set to a Python that has the package `tensorboard`, that reads them too.
//!
//! `python3 -m venv v && v/bin/pip install tensorboard`, then `NN_TENSORBOARD=v/bin/python cargo test -p nn-runtime --lib tensorboard`.

use std::path::{Path, PathBuf};
use std::string::String;
use std::vec::Vec;

use super::TensorBoard;
use crate::fit::StepStats;
use crate::report::{EpochReport, Figures};
use crate::session::Watch;

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(std::format!("nn-tensorboard-{}-{name}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

fn written(folder: &Path) -> PathBuf {
    let mut board = TensorBoard::create(folder).expect("a folder");
    for step in 1..=300 {
        let loss = 1.0 / step as f64;
        assert!(board.on_step(&StepStats { epoch: 1, step, rows: 2, loss, learning_rate: 0.125 }).is_continue());
    }
    let validation = Some(Figures { loss: 0.5, metrics: Vec::from([(String::from("accuracy"), 0.75)]) });
    let epoch = EpochReport {
        epoch: 1,
        steps: 300,
        learning_rate: 0.125,
        step_loss: 0.25,
        steps_in_turn: Vec::new(),
        seconds: 1.0,
        train: None,
        validation,
    };
    assert!(board.on_epoch(&epoch, true).is_continue());
    board.histogram("weights/dense_1", 1, -1.0, &[0.0, 1.0, 2.0], &[3.0, 0.0, 5.0]);
    board.text("settings", 0, "**bold** ünïcode");
    let path = board.path().to_path_buf();
    drop(board);
    path
}

#[test]
fn a_file_is_a_row_of_whole_records() {
    let folder = folder("records");
    let bytes = std::fs::read(written(&folder)).expect("a file");
    let (mut rest, mut count) = (&bytes[..], 0);
    while !rest.is_empty() {
        let length = u64::from_le_bytes(rest[..8].try_into().expect("8 bytes")) as usize;
        assert_eq!(super::record::framed(&rest[12..12 + length]), &rest[..length + 16], "checksums");
        rest = &rest[length + 16..];
        count += 1;
    }
    // The version, two scalars of each step, five of the epoch, a histogram and a text.
    assert_eq!(count, 1 + 600 + 5 + 2);
    assert_ne!(
        TensorBoard::create(&folder).expect("again").path(),
        TensorBoard::create(&folder).expect("again").path()
    );
    std::fs::remove_dir_all(&folder).expect("it is ours");
}

#[test]
fn a_folder_that_cannot_be_is_an_error() {
    let folder = folder("file");
    std::fs::write(&folder, "").expect("a file");
    assert!(TensorBoard::create(&folder).is_err());
    std::fs::remove_file(&folder).expect("it is ours");
}

const READER: &str = "
import sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
all = EventAccumulator(sys.argv[1], size_guidance={'scalars': 0, 'histograms': 0, 'tensors': 0})
all.Reload()
steps = all.Scalars('step/loss')
assert [e.step for e in steps] == list(range(1, 301)), len(steps)
assert abs(steps[99].value - 0.01) < 1e-6
assert all.Scalars('epoch/validation/accuracy')[0].value == 0.75
histogram = all.Histograms('weights/dense_1')[0].histogram_value
assert (histogram.min, histogram.max, histogram.num) == (-1.0, 2.0, 8.0), histogram
assert list(histogram.bucket_limit) == [0.0, 1.0, 2.0] and list(histogram.bucket) == [3.0, 0.0, 5.0]
assert all.Tensors('settings')[0].tensor_proto.string_val[0].decode() == '**bold** ünïcode'
print('read')
";

#[test]
fn the_real_tensorboard_reads_it() {
    let Some(python) = std::env::var_os("NN_TENSORBOARD") else {
        std::println!("skipped: set NN_TENSORBOARD to a Python that has the package tensorboard");
        return;
    };
    let folder = folder("python");
    written(&folder);
    let done = std::process::Command::new(python).args(["-c", READER]).arg(&folder).output().expect("Python runs");
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert!(done.status.success() && done.stdout == b"read\n", "{said}");
    std::fs::remove_dir_all(&folder).expect("it is ours");
}
