//! Deep networks to time the compiler with.

use std::fmt::Write as _;

/// A residual network of so many blocks of two dense layers, each written out, and a last dense layer.
pub fn written(blocks: usize) -> String {
    let mut source = "network Deep < input(64)".to_owned();
    for _ in 0..blocks {
        write!(source, ",\n    residual < layer_norm, dense(64, relu), dense(64) >")
            .expect("a string takes everything");
    }
    source + ", dense(10, softmax) >"
}

/// The same, written once.
pub fn repeated(blocks: usize) -> String {
    format!(
        "network Deep < input(64), repeat({blocks}) < residual < layer_norm, dense(64, relu), dense(64) > >, dense(10, softmax) >"
    )
}
