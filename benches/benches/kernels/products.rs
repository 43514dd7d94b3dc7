//! Products of matrices: dense layers forward and back, one row alone, and weights that lie in panels.

use std::hint::black_box;

use nn_runtime::Team;
use nn_runtime::isa::{self, Body, Dynamic, Isa};
use nn_runtime::kernels::gemm::PANEL;
use nn_runtime::kernels::{matmul, matmul_nt, matmul_panels, matmul_tn, to_panels};

use crate::{Case, Work, case, rows, values};

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    product::<128, 512, 784>(&mut cases);
    product::<64, 64, 64>(&mut cases);
    product::<16, 16, 16>(&mut cases);
    product::<1024, 512, 128>(&mut cases);
    product::<1, 512, 512>(&mut cases);
    panels::<128, 512, 784>(&mut cases);
    panels::<32, 512, 128>(&mut cases);
    panels::<1, 512, 512>(&mut cases);
    cases
}

/// A dense layer of `M` rows from `K` to `N` values: forward, and the gradients of its input and its weights.
fn product<const M: usize, const N: usize, const K: usize>(cases: &mut Vec<Case>) {
    let work = Work::Operations(2.0 * (M * N * K) as f64);
    let (x, w, dy) = (rows::<K>(M), rows::<N>(K), rows::<N>(M));
    let (x1, w1, dy1) = (x.clone(), w.clone(), dy.clone());
    let (mut y, mut dx, mut dw) = (rows::<N>(M), rows::<K>(M), rows::<N>(K));
    cases.push(case(format!("matmul forward {M}x{N}x{K}"), work, move || {
        isa::run(Forward { y: black_box(&mut y), x: &x1, w: &w });
    }));
    cases.push(case(format!("matmul dX {M}x{N}x{K}"), work, move || {
        isa::run(ForInput { dx: black_box(&mut dx), dy: &dy1, w: &w1 });
    }));
    cases.push(case(format!("matmul dW {M}x{N}x{K}"), work, move || {
        isa::run(ForWeights { dw: black_box(&mut dw), x: &x, dy: &dy });
    }));
}

/// `y = x w`, where generated code has it: in a function that is compiled for the instruction set, which small products become a part of.
struct Forward<'a, const K: usize, const N: usize> {
    y: &'a mut [[f32; N]],
    x: &'a [[f32; K]],
    w: &'a [[f32; N]],
}

impl<const K: usize, const N: usize> Body for Forward<'_, K, N> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        matmul(isa, &Team::ALONE, self.y, self.x, self.w);
    }
}

/// `dx = dy w^T`, likewise.
struct ForInput<'a, const K: usize, const N: usize> {
    dx: &'a mut [[f32; K]],
    dy: &'a [[f32; N]],
    w: &'a [[f32; N]],
}

impl<const K: usize, const N: usize> Body for ForInput<'_, K, N> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        matmul_nt(isa, &Team::ALONE, self.dx, self.dy, self.w);
    }
}

/// `dw = x^T dy`, likewise.
struct ForWeights<'a, const K: usize, const N: usize> {
    dw: &'a mut [[f32; N]],
    x: &'a [[f32; K]],
    dy: &'a [[f32; N]],
}

impl<const K: usize, const N: usize> Body for ForWeights<'_, K, N> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        matmul_tn(isa, &Team::ALONE, self.dw, self.x, self.dy);
    }
}

/// The same forward with weights that lie in panels, and what it takes to lay them there.
fn panels<const M: usize, const N: usize, const K: usize>(cases: &mut Vec<Case>) {
    let (x, w) = (rows::<K>(M), values(K * N));
    let (mut y, mut packed) = (rows::<N>(M), vec![0.0; K * N.next_multiple_of(PANEL)]);
    to_panels(Dynamic, &mut packed, &w, [K, N], false);
    let mut target = packed.clone();
    cases.push(case(format!("matmul in panels {M}x{N}x{K}"), Work::Operations(2.0 * (M * N * K) as f64), move || {
        matmul_panels(Dynamic, &Team::ALONE, black_box(&mut y), &x, &packed);
    }));
    cases.push(case(format!("to panels {K}x{N}"), Work::Elements((K * N) as f64), move || {
        to_panels(Dynamic, black_box(&mut target), &w, [K, N], false);
    }));
}
