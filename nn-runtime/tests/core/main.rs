//! The core of the runtime on a network written by hand: gradients, training, memory.
#![cfg(feature = "std")]

mod allocation;
mod control;
mod copies;
mod fresh;
mod goldens;
mod gradients;
mod ids;
mod linear;
mod odd;
mod sample_weights;
mod training;
mod watching;
