//! `gumbel_softmax(temperature)`: a choice among classes that gradients pass.

use super::{BASE, Layer, Lowering, Mode, with_last_axis};
use crate::ir::{Binary, Distribution, Value};
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};

/// A random choice that gradients pass.
pub(super) static GUMBEL_SOFTMAX: Layer = Layer {
    signature: Signature {
        name: "gumbel_softmax",
        doc: "In training `softmax((x + g) / temperature)` over the last axis with Gumbel noise `g = -ln(-ln u)`; with `hard`, 1 at its \
              largest value and 0 elsewhere, with the gradient of the soft one. In prediction `softmax(x / temperature)`. Source: Jang, Gu \
              and Poole, Categorical Reparameterization with Gumbel-Softmax (2017), eq. 2.",
        params: &[
            Param::optional("temperature", Kind::Real(Range::POSITIVE), Preset::Real(1.0), "small ones choose sharply"),
            Param::optional("hard", Kind::Bool, Preset::Bool(false), "whether the result is 0 and 1 in training"),
        ],
    },
    output: with_last_axis,
    lower,
    ..BASE
};

/// The least number whose logarithm is taken.
const LEAST: f64 = 1e-20;

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let stream = cx.stream();
    let training = cx.mode == Mode::Train;
    let g = &mut *cx.graph;
    let noisy = if training {
        let draw = g.random_like(Distribution::Uniform, stream, x);
        let mut noise = draw;
        for _ in 0..2 {
            let guarded = g.with(Binary::Max, noise, LEAST);
            let ln = g.ln(guarded);
            noise = g.neg(ln);
        }
        g.add(x, noise)
    } else {
        x
    };
    let scaled = g.scale(noisy, 1.0 / args.real("temperature"));
    let soft = (super::softmax::SOFTMAX.lower)(cx, &Args::none(&super::softmax::SOFTMAX.signature), scaled);
    if !(training && args.bool("hard")) {
        return soft;
    }
    let g = &mut *cx.graph;
    let last = g.shape(soft).rank() - 1;
    let largest = g.reduce(crate::ir::Reduction::Max, soft, &[last]);
    let largest = g.across_last(largest, soft);
    let hard = g.equal(soft, largest);
    let difference = g.sub(hard, soft);
    let difference = g.stop(difference);
    g.add(soft, difference)
}
