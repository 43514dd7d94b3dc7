//! Layers that tell a sequence its positions: learned, as waves, and as rotations.

use nn_grammar::diagnostic::Code;

use super::purpose::Purpose;
use super::{BASE, Complaint, Incoming, Layer, Lowering, TensorSpec};
use crate::init::Init;
use crate::ir::{Binary, Graph, Value};
use crate::shape::Shape;
use crate::signature::{Args, Signature};
use crate::words;

/// A learned vector for each position.
pub(super) static LEARNED_POSITIONS: Layer = Layer {
    signature: Signature {
        name: "learned_positions",
        doc: "Adds a learned vector to each step: `y = x + W`, `W: [t, c]`, which begins as `normal(0, 0.02)`. Inputs and outputs are \
              `[t, c]`. Source: Gehring et al., Convolutional Sequence to Sequence Learning (2017), sec. 3.1; the beginning is that \
              of Radford et al., Improving Language Understanding by Generative Pre-Training (2018).",
        params: &[],
    },
    output: sequence,
    tensors: |_, incoming| {
        let init = Init::Normal { mean: 0.0, std: 0.02 };
        vec![TensorSpec::parameter("weight", incoming.shape, init).with(Purpose::Table)]
    },
    lower: |cx, _, x| {
        let table = cx.tensors[0];
        add_to_all(cx.graph, x, table)
    },
    ..BASE
};

/// The most numbers that tables of angles may have: they stand in generated code.
const MOST_ANGLES: usize = 1 << 20;

/// Waves.
pub(super) static SINUSOIDAL_POSITIONS: Layer = Layer {
    signature: Signature {
        name: "sinusoidal_positions",
        doc: "Adds waves to each step `p`: `sin(p / 10000^(2i/c))` to channel `2i`, the cosine to channel `2i + 1`. Inputs and outputs \
              are `[t, c]`; nothing is learned. Source: Vaswani et al., Attention Is All You Need (2017), sec. 3.5.",
        params: &[],
    },
    output: |args, incoming| {
        let shape = sequence(args, incoming)?;
        tables_fit(args, shape[0], shape[1].div_ceil(2))?;
        Ok(shape)
    },
    lower: sinusoidal,
    ..BASE
};

/// Rotations.
pub(super) static ROTARY_POSITIONS: Layer = Layer {
    signature: Signature {
        name: "rotary_positions",
        doc: "Turns each pair of channels of step `p` by the angle `a = p / 10000^(2i/c)`: `y[2i] = x[2i] cos(a) - x[2i+1] sin(a)`, \
              `y[2i+1] = x[2i+1] cos(a) + x[2i] sin(a)`. Inputs and outputs are `[t, c]` with an even `c`. Source: Su et al., \
              RoFormer: Enhanced Transformer with Rotary Position Embedding (2021), eq. 34. Some libraries pair channel `i` with \
              `i + c/2` instead.",
        params: &[],
    },
    output: |args, incoming| {
        let shape = sequence(args, incoming)?;
        if shape[1].is_multiple_of(2) {
            tables_fit(args, shape[0], shape[1] / 2)?;
            return Ok(shape);
        }
        Err(Complaint {
            code: Code::WidthMismatch,
            message: format!(
                "`rotary_positions` turns pairs of channels, but {} yields {}",
                incoming.from,
                words::shape(&shape)
            ),
            blame: None,
            label: format!("{} is odd", shape[1]),
            help: format!("`dense({})` before it makes their number even", shape[1].saturating_add(1)),
        })
    },
    lower: |cx, _, x| {
        let g = &mut *cx.graph;
        let shape = g.shape(x).clone();
        let (steps, pairs) = (shape.dims[0], shape.dims[1] / 2);
        let turns = rotation(g, steps, pairs);
        let x = g.reshape(x, Shape::batched(1, [steps, pairs, 2]));
        let y = rotate(g, x, turns);
        g.reshape(y, shape)
    },
    ..BASE
};

/// Asks for `[t, c]`, and keeps it.
fn sequence(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    if incoming.shape.len() == 2 {
        return Ok(incoming.shape.to_vec());
    }
    Err(Complaint {
        code: Code::WrongRank,
        message: format!(
            "`{}` works on sequences [t, c], but {} yields {}",
            args.signature.name,
            incoming.from,
            words::shape(incoming.shape)
        ),
        blame: None,
        label: "two axes are needed here".to_owned(),
        help: "the first axis counts the steps, the second holds their channels".to_owned(),
    })
}

/// Refuses sequences whose tables of angles would be too large.
pub(super) fn tables_fit(args: &Args, steps: usize, pairs: usize) -> Result<(), Complaint> {
    let (coarse, fine) = split(steps);
    if (coarse + fine).saturating_mul(pairs) <= MOST_ANGLES / 2 {
        return Ok(());
    }
    Err(Complaint {
        code: Code::TooLarge,
        message: format!("`{}` has too many angles: {pairs} for each of {steps} steps", args.signature.name),
        blame: None,
        label: "too many steps or channels".to_owned(),
        help: format!(
            "their tables may have {MOST_ANGLES} numbers: twice the root of the steps, for each pair of channels"
        ),
    })
}

/// About the root of a number of steps, and how often it takes that to cover them: how many coarse and how many fine positions.
fn split(steps: usize) -> (usize, usize) {
    let fine = steps.isqrt().max(1);
    (steps.div_ceil(fine), fine)
}

/// A table `[t, c]` added to each example.
fn add_to_all(g: &mut Graph, x: Value, table: Value) -> Value {
    let table = g.broadcast_to(table, x, &[1, 2]);
    g.add(x, table)
}

fn sinusoidal(cx: &mut Lowering<'_>, _: &Args, x: Value) -> Value {
    let g = &mut *cx.graph;
    let [steps, width] = g.shape(x).dims[..] else { unreachable!("`output` has asked for a sequence") };
    let pairs = width.div_ceil(2);
    let waves = turns(g, steps, pairs, width).map(|wave| g.reshape(wave, Shape::fixed([steps, pairs, 1])));
    let [cos, sin] = waves;
    let both = g.concat(&[sin, cos], 2);
    let table = g.reshape(both, Shape::fixed([steps, 2 * pairs]));
    let table = g.slice(table, 1, 0, 1, width);
    add_to_all(g, x, table)
}

/// Cosines and sines `[t, pairs]` of the angles by which `pairs` pairs of channels are turned at each step.
pub(super) fn rotation(g: &mut Graph, steps: usize, pairs: usize) -> [Value; 2] {
    turns(g, steps, pairs, 2 * pairs)
}

/// Cosines and sines `[t, pairs]` of the angles `p / 10000^(2i/width)`.
///
/// A table of all of them would be as long as the sequence. Positions are sums `a n + b` instead, with `n` about the root of
/// their number, and the angles are added: `cos(x + y) = cos x cos y - sin x sin y`. That is exact where `f32` has lost
/// the fraction of a large angle.
fn turns(g: &mut Graph, steps: usize, pairs: usize, width: usize) -> [Value; 2] {
    let (coarse, fine) = split(steps);
    let whole = Shape::fixed([coarse, fine, pairs]);
    let mut table = |count: usize, stride: usize, axis: usize, wave: fn(f64) -> f64| {
        let angle = |at: usize| {
            let (position, pair) = ((at / pairs * stride) as f64, (at % pairs) as f64);
            wave(position / 10000f64.powf(2.0 * pair / width as f64))
        };
        let values = g.literal((0..count * pairs).map(angle).collect(), &[count, pairs]);
        g.broadcast(values, whole.clone(), &[axis, 2])
    };
    let [cos_a, sin_a] = [f64::cos, f64::sin].map(|wave| table(coarse, fine, 0, wave));
    let [cos_b, sin_b] = [f64::cos, f64::sin].map(|wave| table(fine, 1, 1, wave));
    let mut sum = |op: Binary, [a, b, c, d]: [Value; 4]| {
        let (left, right) = (g.mul(a, b), g.mul(c, d));
        let all = g.binary(op, left, right);
        let all = g.reshape(all, Shape::fixed([coarse * fine, pairs]));
        g.slice(all, 0, 0, 1, steps)
    };
    [sum(Binary::Sub, [cos_a, cos_b, sin_a, sin_b]), sum(Binary::Add, [sin_a, cos_b, cos_a, sin_b])]
}

/// Turns the pairs on the last axis of `[B, t, …, pairs, 2]` by angles with these cosines and sines `[t, pairs]`.
pub(super) fn rotate(g: &mut Graph, x: Value, [cos, sin]: [Value; 2]) -> Value {
    let last = g.shape(x).rank() - 1;
    let [cos, sin] = [cos, sin].map(|wave| g.broadcast_to(wave, x, &[1, last - 1]));
    let partner = g.slice(x, last, 1, -1, 2);
    // The first of a pair loses the sine's part, the second gains it.
    let which = g.iota_like(last, x);
    let doubled = g.scale(which, 2.0);
    let sign = g.with(Binary::Sub, doubled, 1.0);
    let sin = g.mul(sin, sign);
    let (along, across) = (g.mul(x, cos), g.mul(partner, sin));
    g.add(along, across)
}
