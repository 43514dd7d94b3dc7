//! Random programs of the language: how they are made, run as generated code, compared with the evaluator, and shrunk.
//! It knows no particular layer: what there is to call comes from the compiler's table.

pub mod arguments;
pub mod case;
pub mod chains;
pub mod crates;
pub mod dice;
pub mod edits;
pub mod expressions;
pub mod generator;
pub mod judge;
pub mod loops;
pub mod probe;
pub mod shrink;
