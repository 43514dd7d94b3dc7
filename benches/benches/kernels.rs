//! How fast each kernel is beside the calibrator: `cargo bench -p nn-benches --bench kernels -- [part of a name]`.
//!
//! The same rounds as those of the tasks: all kernels take turns, so that an efficiency is told by what ran at the same moment.

use std::hint::black_box;
use std::io;
use std::time::Duration;

use nn_benches::calibrator::Calibrator;
use nn_benches::clock;
use nn_benches::protocol::{Mode, Timed};
use nn_benches::rounds::{Pace, Player, play};
use nn_benches::serve::timed;
use nn_benches::statistics::{kept, median};
use nn_runtime::isa::{Body, Dynamic, Isa};
use nn_runtime::kernels::conv::{Meeting, Sliding, input, kernel, output};
use nn_runtime::kernels::{gather, matmul, matmul_nt, matmul_tn, scatter_add};
use nn_runtime::loss::Case as LossCase;
use nn_runtime::program::Head;
use nn_runtime::{Loss, Optimizer, Targets, Team, math};

fn main() -> io::Result<()> {
    let part = std::env::args().skip(1).find(|argument| !argument.starts_with("--")).unwrap_or_default();
    let mut cases: Vec<Case> = [products(), convolutions(), tables(), elements()].into_iter().flatten().collect();
    cases.retain(|case| case.name.contains(&part));
    if let Some(&last) = clock::processors().last() {
        clock::keep_to(&[last]);
    }
    let calibrator = Calibrator::new();
    let pace = Pace { rounds: 15, milliseconds: 3 };
    let samples = play(&mut cases, pace, Mode::Train, 1, || calibrator.speed(1))?;
    println!("{:40} {:>10} {:>12} {:>10} {:>8}", "kernel", "us", "per second", "efficiency", "dropped");
    for (case, samples) in cases.iter().zip(&samples) {
        let dropped = samples.len() - kept(samples).count();
        match median(kept(samples).map(|sample| sample.seconds)) {
            Some(seconds) => {
                let efficiency = median(kept(samples).map(|sample| sample.efficiency(case.work.amount())));
                println!(
                    "{:40} {:10.2} {} {dropped:8}",
                    case.name,
                    seconds * 1e6,
                    case.work.shown(seconds, efficiency)
                );
            }
            None => println!("{:40} no steady round", case.name),
        }
    }
    Ok(())
}

/// How much a call does.
#[derive(Clone, Copy)]
enum Work {
    /// Floating-point operations of a product.
    Operations(f64),
    /// Elements, for what is no product.
    Elements(f64),
}

impl Work {
    fn amount(self) -> f64 {
        match self {
            Work::Operations(count) | Work::Elements(count) => count,
        }
    }

    /// Billions a second, and for products the part of the calibrator.
    fn shown(self, seconds: f64, efficiency: Option<f64>) -> String {
        let rate = self.amount() / seconds / 1e9;
        match (self, efficiency) {
            (Work::Operations(_), Some(part)) => format!("{rate:7.1} GFLOP {:8.1} %", part * 100.0),
            _ => format!("{rate:7.2} Gelem {:>10}", "-"),
        }
    }
}

/// A kernel with its operands.
struct Case {
    name: String,
    work: Work,
    run: Box<dyn FnMut()>,
}

impl Player for Case {
    fn go(&mut self, milliseconds: u64) -> io::Result<Timed> {
        let run = &mut self.run;
        Ok(timed(Duration::from_millis(milliseconds), |steps| (0..steps).for_each(|_| run())))
    }
}

fn case(name: impl Into<String>, work: Work, run: impl FnMut() + 'static) -> Case {
    Case { name: name.into(), work, run: Box::new(run) }
}

/// Small numbers of both signs.
fn values(count: usize) -> Vec<f32> {
    (0..count).map(|at| (at * 7919 % 1024) as f32 / 512.0 - 1.0).collect()
}

fn rows<const N: usize>(count: usize) -> Vec<[f32; N]> {
    values(count * N).as_chunks().0.to_vec()
}

fn products() -> Vec<Case> {
    let mut cases = Vec::new();
    product::<128, 512, 784>(&mut cases);
    product::<64, 64, 64>(&mut cases);
    product::<16, 16, 16>(&mut cases);
    product::<1024, 512, 128>(&mut cases);
    cases
}

/// A dense layer of `M` rows from `K` to `N` values: forward, and the gradients of its input and its weights.
fn product<const M: usize, const N: usize, const K: usize>(cases: &mut Vec<Case>) {
    let work = Work::Operations(2.0 * (M * N * K) as f64);
    let (x, w, dy) = (rows::<K>(M), rows::<N>(K), rows::<N>(M));
    let (x1, w1, dy1) = (x.clone(), w.clone(), dy.clone());
    let (mut y, mut dx, mut dw) = (rows::<N>(M), rows::<K>(M), rows::<N>(K));
    cases.push(case(format!("matmul forward {M}x{N}x{K}"), work, move || {
        matmul(Dynamic, &Team::ALONE, black_box(&mut y), &x1, &w);
    }));
    cases.push(case(format!("matmul dX {M}x{N}x{K}"), work, move || {
        matmul_nt(Dynamic, &Team::ALONE, black_box(&mut dx), &dy1, &w1);
    }));
    cases.push(case(format!("matmul dW {M}x{N}x{K}"), work, move || {
        matmul_tn(Dynamic, &Team::ALONE, black_box(&mut dw), &x, &dy);
    }));
}

fn convolutions() -> Vec<Case> {
    let mut cases = Vec::new();
    convolution(&mut cases, "lenet 1", (128, 28, 5, 0), (1, 6));
    convolution(&mut cases, "lenet 2", (128, 12, 5, 0), (6, 16));
    convolution(&mut cases, "resnet 32", (32, 32, 3, 1), (32, 32));
    convolution(&mut cases, "resnet 64", (32, 16, 3, 1), (64, 64));
    cases
}

/// A square convolution with stride 1: rows, extent, window and padding; channels in and out.
fn convolution(
    cases: &mut Vec<Case>,
    name: &str,
    (rows, extent, window, pad): (usize, usize, usize, usize),
    (channels, filters): (usize, usize),
) {
    let places = extent + 2 * pad - window + 1;
    let flat = Sliding { input: 1, window: 1, places: 1, stride: 1, dilation: 1, before: 0 };
    let axis = Sliding { input: extent, window, places, before: pad, ..flat };
    let meeting = Meeting { axes: [axis, axis, flat], groups: 1, channels, filters };
    let (taps, places) = (window * window * channels * filters, rows * places * places);
    let work = Work::Operations(2.0 * (places * taps) as f64);
    let arrays = || (values(rows * extent * extent * channels), values(taps), values(places * filters));
    let (x, w, mut y) = arrays();
    cases
        .push(case(format!("conv forward {name}"), work, move || output(Dynamic, &meeting, black_box(&mut y), &x, &w)));
    let (mut dx, w, dy) = arrays();
    cases.push(case(format!("conv dX {name}"), work, move || input(Dynamic, &meeting, black_box(&mut dx), &w, &dy)));
    let (x, mut dw, dy) = arrays();
    cases.push(case(format!("conv dW {name}"), work, move || kernel(Dynamic, &meeting, black_box(&mut dw), &x, &dy)));
}

fn tables() -> Vec<Case> {
    let ids: Vec<f32> = (0..1024).map(|at| (at * 37 % 96) as f32).collect();
    let work = Work::Elements(1024.0 * 128.0);
    let (table, mut found, more) = (rows::<128>(96), rows::<128>(1024), ids.clone());
    let (mut sums, gradients) = (rows::<128>(96), rows::<128>(1024));
    vec![
        case("gather 1024 of 96x128", work, move || gather(black_box(&mut found), &table, &ids)),
        case("scatter_add 1024 to 96x128", work, move || scatter_add(black_box(&mut sums), &gradients, &more)),
    ]
}

fn elements() -> Vec<Case> {
    let mut cases = vec![cross_entropy()];
    for (name, function) in [("exp", Function::Exp), ("tanh", Function::Tanh), ("sigmoid", Function::Sigmoid)] {
        let (x, mut y) = (values(4096), values(4096));
        cases.push(case(format!("{name} 4096"), Work::Elements(4096.0), move || {
            nn_runtime::isa::run(Elements { function, x: &x, y: black_box(&mut y) });
        }));
    }
    for count in [44_426, 669_706] {
        let optimizer = Optimizer::adam();
        let (mut weights, gradients) = (values(count), values(count));
        let mut state = vec![0.0; optimizer.state_values(count)];
        let mut step = 0;
        cases.push(case(format!("adam {count}"), Work::Elements(count as f64), move || {
            step += 1;
            optimizer.update(&Team::ALONE, black_box(&mut weights), &gradients, &mut state, step, 1e-3);
        }));
    }
    cases
}

/// A function of single numbers.
#[derive(Clone, Copy)]
enum Function {
    Exp,
    Tanh,
    Sigmoid,
}

/// A loop as generated code has it.
struct Elements<'a> {
    function: Function,
    x: &'a [f32],
    y: &'a mut [f32],
}

impl Body for Elements<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let pairs = self.y.iter_mut().zip(self.x);
        match self.function {
            Function::Exp => pairs.for_each(|(y, &x)| *y = math::exp(x)),
            Function::Tanh => pairs.for_each(|(y, &x)| *y = math::tanh(x)),
            Function::Sigmoid => pairs.for_each(|(y, &x)| *y = math::sigmoid(x)),
        }
    }
}

/// The loss of the GPT with its gradient, from logits.
fn cross_entropy() -> Case {
    let (rows, width) = (1024, 96);
    let (logits, output, mut gradient) = (values(rows * width), values(rows * width), values(rows * width));
    let classes: Vec<usize> = (0..rows).map(|row| row % width).collect();
    let loss = Loss::CrossEntropy { label_smoothing: 0.0, class_weights: &[] };
    case("softmax and cross_entropy 1024x96", Work::Elements((rows * width) as f64), move || {
        let (targets, weight) = (Targets::Classes(&classes), rows as f64);
        let case = LossCase { head: Head::Softmax, width, logits: &logits, output: &output, targets, weight };
        black_box(loss.evaluate(&case, black_box(&mut gradient)));
    })
}
