//! Convolutions: forward, and the gradients of the input and of the kernel.

use std::hint::black_box;

use nn_runtime::Team;
use nn_runtime::isa::Dynamic;
use nn_runtime::kernels::conv::{Meeting, Sliding, input, kernel, output};
use nn_runtime::kernels::lanes::conv as lanes;

use crate::{Case, Work, case, values};

pub(crate) fn cases() -> Vec<Case> {
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
    let meeting = Meeting { axes: [flat, axis, axis], groups: 1, channels, filters };
    let (taps, places) = (window * window * channels * filters, rows * places * places);
    let work = Work::Operations(2.0 * (places * taps) as f64);
    let arrays = || (values(rows * extent * extent * channels), values(taps), values(places * filters));
    let mut add = |what: &str, run: Box<dyn FnMut()>| cases.push(case(format!("conv {what} {name}"), work, run));
    let (x, w, mut y) = arrays();
    add("forward", Box::new(move || output(Dynamic, &Team::ALONE, &meeting, black_box(&mut y), &x, &w)));
    let (mut dx, w, dy) = arrays();
    add("dX", Box::new(move || input(Dynamic, &Team::ALONE, &meeting, black_box(&mut dx), &w, &dy)));
    let (x, mut dw, dy) = arrays();
    add("dW", Box::new(move || kernel(Dynamic, &Team::ALONE, &meeting, black_box(&mut dw), &x, &dy)));
    // The same of rows side by side, as the training of narrow layers has them.
    let (x, w, mut y) = arrays();
    add("forward side by side", Box::new(move || lanes::output(Dynamic, &meeting, black_box(&mut y), &x, &w)));
    let (mut dx, w, dy) = arrays();
    add("dX side by side", Box::new(move || lanes::input(Dynamic, &meeting, black_box(&mut dx), &w, &dy)));
    let (x, mut dw, dy) = arrays();
    add("dW side by side", Box::new(move || lanes::kernel(Dynamic, &meeting, black_box(&mut dw), &x, &dy)));
}
