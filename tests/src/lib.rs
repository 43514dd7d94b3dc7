//! What the tests share: the compiled corpus, and one way to run a network through generated code and through the evaluator.

pub mod evaluator;
pub mod generated;
pub mod goldens;
pub mod random;

use nn_runtime::Program;

/// A network of the corpus, compiled.
#[derive(Clone, Copy, Debug)]
pub struct Compiled {
    /// The text that it stands in: `corpus/chain`, `layers/dense_bias`.
    pub text: &'static str,
    /// That text.
    pub source: &'static str,
    /// Its name.
    pub network: &'static str,
    /// Its generated code.
    pub program: Any,
}

/// Generated code in one of the precisions.
#[derive(Clone, Copy, Debug)]
pub enum Any {
    /// In `f32`.
    F32(&'static Program<f32>),
    /// In `f64`.
    F64(&'static Program<f64>),
}

/// Generated code must not give a single warning to those who deny them.
#[deny(warnings)]
mod networks {
    use super::{Any, Compiled};
    include!(concat!(env!("OUT_DIR"), "/networks.rs"));
}

pub use networks::COMPILED;

/// Numbers between -1.5 and 1.5, the same on every run, none of them 0.
pub fn numbers(count: usize, seed: u64) -> Vec<f64> {
    let stream = nn_runtime::rng::Stream { seed, stream: 7, step: 1 };
    (0..count).map(|at| (stream.uniform(at as u64) - 0.5) * 3.0 + 1e-3).collect()
}

/// Whether two lists of numbers agree: `|got - want| <= relative * |want| + absolute * max(1, largest |want|)`.
///
/// # Panics
/// With the place of the first that do not.
pub fn assert_close(what: &str, got: &[f64], want: &[f64], relative: f64, absolute: f64) {
    assert_eq!(got.len(), want.len(), "{what}: another number of values");
    let largest = want.iter().fold(1.0f64, |most, x| most.max(x.abs()));
    for (at, (got, want)) in got.iter().zip(want).enumerate() {
        let close = (got - want).abs() <= relative * want.abs() + absolute * largest;
        assert!(close || (got.is_nan() && want.is_nan()), "{what}: value {at} is {got}, expected {want}");
    }
}
