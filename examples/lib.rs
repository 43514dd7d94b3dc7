//! The examples are the programs and texts in the folders beside this file: `cargo run --release -p nn-examples --example iris`.
