//! The instruction set that is looked up at each kernel.

use super::{Body, Isa, Lanes, Portable};

/// Kernels of the instruction set in use, chosen at each call, around loops that are compiled for any machine.
#[derive(Clone, Copy, Debug)]
pub struct Dynamic;

impl Lanes<f32> for Dynamic {
    type Vector = <Portable as Lanes<f32>>::Vector;
}

impl Lanes<f64> for Dynamic {
    type Vector = <Portable as Lanes<f64>>::Vector;
}

impl Isa for Dynamic {
    const COMPILED: bool = false;

    #[inline(always)]
    fn call<B: Body>(self, body: B) -> B::Output {
        body.run(self)
    }
}
