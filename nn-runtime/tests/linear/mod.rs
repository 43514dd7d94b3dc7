//! A network written by hand as the compiler would write it: `Iris < dense(4->3, softmax) >`, and files for tests.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

use nn_runtime::loss::Loss;
use nn_runtime::metric::Metric;
use nn_runtime::optim::{Clip, Optimizer, Penalty, Schedule};
use nn_runtime::program::{Arena, Head, Layout, Purpose, Segment, Tensor};
use nn_runtime::recipe::{
    Columns, Control, Csv, Data, EarlyStop, Encoding, Field, Grouping, Header, Missing, Recipe, Source, Split,
};
use nn_runtime::{Draws, Init, Program, Real, Team};

const I: usize = 4;
const O: usize = 3;

const TENSORS: &[Tensor] = &[
    Tensor {
        name: "dense_1.weight",
        copies: &[],
        shape: &[I, O],
        offset: 0,
        layout: Layout::RowMajor,
        init: Init::GlorotUniform,
        purpose: Purpose::Own,
        trained: true,
        l1: 0.0,
        l2: 0.0,
    },
    Tensor {
        name: "dense_1.bias",
        copies: &[],
        shape: &[O],
        offset: I * O,
        layout: Layout::RowMajor,
        init: Init::Zeros,
        purpose: Purpose::Own,
        trained: true,
        l1: 0.0,
        l2: 0.0,
    },
];

pub(crate) const RECIPE: Recipe = Recipe {
    data: Some(Data {
        path: "iris.csv",
        source: Source::Csv(Csv {
            header: Header::Auto,
            separator: b',',
            missing: Missing::Error,
            grouping: Grouping::Rows,
            weight: None,
            test: None,
        }),
        x: &[Field { encoding: Encoding::Standardize, columns: Columns::Range(0, 4) }],
        y: &[Field { encoding: Encoding::Labels, columns: Columns::Names(&["species"]) }],
    }),
    split: Split { train: 0.6, validation: 0.2, test: 0.2, stratify: true, shuffle: true, folds: None },
    loss: Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] },
    optimizer: Optimizer::adam(),
    schedule: Schedule::constant(0.05),
    penalty: Penalty { l1: 0.0, l2: 0.0 },
    clip: Clip { value: None, norm: None },
    batch: 16,
    epochs: 60,
    seed: 42,
    early_stop: Some(EarlyStop::after(50)),
    metrics: &[Metric::Accuracy, Metric::F1, Metric::Confusion],
    control: Control::NONE,
};

pub(crate) const fn iris<T: Real>(recipe: &'static Recipe) -> Program<T> {
    Program {
        name: "Iris",
        input: &[I],
        output: &[O],
        inputs: I,
        outputs: O,
        ids: &[],
        ports: &[],
        head: Head::Softmax,
        tensors: TENSORS,
        weights: I * O + O,
        parameters: I * O + O,
        trained: &[Segment { start: 0, len: I * O + O }],
        written: &[],
        predict_arena: Arena::NONE,
        many: None,
        train_arena: Arena::NONE,
        shard: Some(32),
        work: 1 << 20,
        predict,
        forward,
        head_forward,
        head_backward,
        backward,
        objective: None,
        entries: &[],
        training: None,
        recipe: Some(recipe),
    }
}

pub(crate) static IRIS: Program<f32> = iris(&RECIPE);
pub(crate) static IRIS_F64: Program<f64> = iris(&RECIPE);
/// Asks for improvements that are larger than any loss.
pub(crate) static STUBBORN: Program<f32> =
    iris(&Recipe { early_stop: Some(EarlyStop { min_delta: 100.0, ..EarlyStop::after(3) }), ..RECIPE });
/// Steps so large that the loss overflows.
pub(crate) static WILD: Program<f32> = iris(&Recipe {
    optimizer: Optimizer { rule: nn_runtime::optim::Rule::Sgd, weight_decay: 0.0 },
    schedule: Schedule::constant(1e38),
    ..RECIPE
});

fn dense<T: Real>(w: &[T], x: &[T], y: &mut [T]) {
    for (x, y) in x.chunks_exact(I).zip(y.chunks_exact_mut(O)) {
        for (j, y) in y.iter_mut().enumerate() {
            *y = x.iter().enumerate().fold(w[I * O + j], |sum, (i, x)| sum + *x * w[i * O + j]);
        }
    }
}

fn softmax<T: Real>(y: &mut [T]) {
    for y in y.chunks_exact_mut(O) {
        let largest = y.iter().fold(y[0], |a, b| if *b > a { *b } else { a });
        let sum = y.iter_mut().fold(T::ZERO, |sum, y| {
            *y = (*y - largest).exp();
            sum + *y
        });
        y.iter_mut().for_each(|y| *y /= sum);
    }
}

fn predict<T: Real>(w: &[T], x: &[T], y: &mut [T], _: &mut [T], _: &Team) {
    dense(w, x, y);
    softmax(y);
}

fn forward<T: Real>(w: &[T], x: &[T], logits: &mut [T], _: &mut [T], _: &mut [T], _: Draws, _: &Team) {
    dense(w, x, logits);
}

fn head_forward<T: Real>(logits: &[T], y: &mut [T], _: &mut [T]) {
    y.copy_from_slice(logits);
    softmax(y);
}

/// Never called: cross entropy is computed from logits.
fn head_backward<T: Real>(_: &[T], _: &[T], _: &mut [T], _: &mut [T]) {}

fn backward<T: Real>(_: &[T], x: &[T], d_logits: &[T], d_w: &mut [T], _: &mut [T], _: Draws, _: &Team) {
    d_w.fill(T::ZERO);
    for (x, d) in x.chunks_exact(I).zip(d_logits.chunks_exact(O)) {
        for (j, d) in d.iter().enumerate() {
            x.iter().enumerate().for_each(|(i, x)| d_w[i * O + j] += *x * *d);
            d_w[I * O + j] += *d;
        }
    }
}

/// A folder for one test, removed in the end.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let path = std::env::temp_dir().join(format!("nn-runtime-training-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    /// The path of a file in it, as an argument.
    pub(crate) fn at(&self, name: &str) -> String {
        self.0.join(name).display().to_string()
    }

    pub(crate) fn write(&self, name: &str, text: &str) -> String {
        std::fs::write(self.0.join(name), text).unwrap();
        self.at(name)
    }

    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Fisher's flowers, as the examples have them.
pub(crate) fn iris_csv() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/iris/iris.csv").display().to_string()
}
