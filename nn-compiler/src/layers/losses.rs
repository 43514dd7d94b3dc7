//! Losses as functions of two values, for expressions of a train section: each is a single value for an example, the mean over
//! what is compared. The runtime has the same ones by name, fused with the head of a network.

use nn_grammar::diagnostic::Code;

use super::add::{stretch, stretched};
use super::{BASE, Complaint, Incoming, Layer, Lowering, Mask, Operands};
use crate::ir::{Binary, Graph, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

/// What is compared: an output and its target.
const PAIR: Operands = Operands { names: &["y", "t"], required: 2, more: false };

/// Probabilities are kept this far from 0, so that their logarithm is finite.
const LEAST: f64 = 1e-7;

macro_rules! losses {
    ($($name:ident = $text:literal, $doc:literal, [$($param:expr),*], $output:ident, $lower:expr;)+) => {
        $(
            #[doc = $doc]
            pub(super) static $name: Layer = Layer {
                signature: Signature { name: $text, doc: $doc, params: &[$($param),*] },
                operands: PAIR,
                mask: Mask::Drops,
                output: $output,
                lower: |cx, args, y| {
                    let t = cx.other("t").expect("a loss compares two values");
                    let y = for_each_example(cx.graph, y, t);
                    let lower: fn(&mut Lowering<'_>, &Args, Value, Value) -> Value = $lower;
                    lower(cx, args, y, t)
                },
                ..BASE
            };
        )+
    };
}

losses! {
    MSE = "mse", "Mean squared error: the mean of `(y - t)^2`.", [], alike, |cx, _, y, t| {
        let d = difference(cx.graph, y, t);
        let square = cx.graph.mul(d, d);
        mean(cx.graph, square)
    };
    MAE = "mae", "Mean absolute error: the mean of `|y - t|`.", [], alike, |cx, _, y, t| {
        let d = difference(cx.graph, y, t);
        let size = cx.graph.abs(d);
        mean(cx.graph, size)
    };
    HUBER = "huber", "The mean of `(y - t)^2 / 2` within `delta`, and of `delta (|y - t| - delta / 2)` beyond. Source: Huber (1964).",
        [Param::optional("delta", Kind::Real(Range::POSITIVE), Preset::Real(1.0), "where the parabola becomes a line")],
        alike, |cx, args, y, t| {
        let delta = args.real("delta");
        let d = difference(cx.graph, y, t);
        let g = &mut *cx.graph;
        let size = g.abs(d);
        // With m = min(|d|, delta) both cases are m (|d| - m / 2).
        let inner = g.with(Binary::Min, size, delta);
        let half = g.scale(inner, 0.5);
        let rest = g.sub(size, half);
        let value = g.mul(inner, rest);
        mean(g, value)
    };
    LOG_COSH = "log_cosh", "The mean of `ln cosh (y - t)`.", [], alike, |cx, _, y, t| {
        let d = difference(cx.graph, y, t);
        let g = &mut *cx.graph;
        // |d| + ln(1 + e^(-2 |d|)) - ln 2, which does not overflow.
        let size = g.abs(d);
        let twice = g.scale(size, -2.0);
        let soft = g.softplus(twice);
        let sum = g.add(size, soft);
        let value = g.with(Binary::Sub, sum, std::f64::consts::LN_2);
        mean(g, value)
    };
    BCE = "binary_cross_entropy", "The mean of `-t ln y - (1 - t) ln (1 - y)` for probabilities `y`, clipped to `1e-7..=1 - 1e-7`.", [], alike,
        |cx, _, y, t| {
        let (y, t) = pair(cx.graph, y, t);
        let g = &mut *cx.graph;
        let low = g.with(Binary::Max, y, LEAST);
        let y = g.with(Binary::Min, low, 1.0 - LEAST);
        let ln = g.ln(y);
        let hit = g.mul(t, ln);
        let one = g.constant_like(1.0, y);
        let rest = g.sub(one, y);
        let ln = g.ln(rest);
        let other = g.sub(one, t);
        let miss = g.mul(other, ln);
        let sum = g.add(hit, miss);
        let value = g.neg(sum);
        mean(g, value)
    };
    BCE_LOGITS = "bce_logits", "Binary cross-entropy from logits: the mean of `ln(1 + e^y) - t y`.", [], alike, |cx, _, y, t| {
        let (y, t) = pair(cx.graph, y, t);
        let g = &mut *cx.graph;
        let soft = g.softplus(y);
        let hit = g.mul(t, y);
        let value = g.sub(soft, hit);
        mean(g, value)
    };
    CROSS_ENTROPY = "cross_entropy", "The mean over positions of `-sum t ln y`, `y: [..., k]` probabilities, `t` of the same shape, or a \
        class id for each position. `ln y` is clipped at `1e-7`; from logits, `cross_entropy_logits` is exact.", [], classes,
        |cx, _, y, t| {
        let g = &mut *cx.graph;
        let clipped = g.with(Binary::Max, y, LEAST);
        let ln = g.ln(clipped);
        expected(g, ln, t)
    };
    CROSS_ENTROPY_LOGITS = "cross_entropy_logits", "The mean over positions of `-sum t ln softmax(y)`, `y: [..., k]`, `t` of the same shape, \
        or a class id for each position.", [], classes, |cx, _, y, t| {
        let ln = (super::softmax::LOG_SOFTMAX.lower)(cx, &Args::none(&super::softmax::LOG_SOFTMAX.signature), y);
        expected(cx.graph, ln, t)
    };
    KL_DIVERGENCE = "kl_divergence", "The mean over positions of `sum t (ln t - ln y)` for distributions `y` and `t` over the last axis \
        (Kullback and Leibler 1951).", [], alike, |cx, _, y, t| {
        let (y, t) = pair(cx.graph, y, t);
        let g = &mut *cx.graph;
        let logarithm = |g: &mut Graph, p| {
            let clipped = g.with(Binary::Max, p, LEAST);
            g.ln(clipped)
        };
        let (ln_t, ln_y) = (logarithm(g, t), logarithm(g, y));
        let ratio = g.sub(ln_t, ln_y);
        let value = g.mul(t, ratio);
        over_positions(g, value)
    };
    HINGE = "hinge", "The mean of `max(0, 1 - t y)`, `t` -1 or 1 (Cortes and Vapnik 1995).", [], alike, |cx, _, y, t| {
        let (y, t) = pair(cx.graph, y, t);
        let g = &mut *cx.graph;
        let product = g.mul(y, t);
        let one = g.constant_like(1.0, y);
        let margin = g.sub(one, product);
        let value = g.relu(margin);
        mean(g, value)
    };
    POISSON = "poisson", "The mean of `y - t ln (y + 1e-8)`, `y` a rate and `t` a count.", [], alike, |cx, _, y, t| {
        let (y, t) = pair(cx.graph, y, t);
        let g = &mut *cx.graph;
        let guarded = g.with(Binary::Add, y, 1e-8);
        let ln = g.ln(guarded);
        let count = g.mul(t, ln);
        let value = g.sub(y, count);
        mean(g, value)
    };
}

/// What the same value is for all examples is repeated for each, if what it is compared with differs from one to the next.
fn for_each_example(g: &mut Graph, y: Value, t: Value) -> Value {
    let (rows, dims) = (g.shape(t).rows, g.shape(y).dims.clone());
    if g.shape(y).is_batched() { y } else { stretch(g, y, &Shape { rows, dims }) }
}

/// Both values in the shape that they can be stretched to.
fn pair(g: &mut Graph, y: Value, t: Value) -> (Value, Value) {
    let both = stretched(g, &[y, t]);
    (both[0], both[1])
}

fn difference(g: &mut Graph, y: Value, t: Value) -> Value {
    let (y, t) = pair(g, y, t);
    g.sub(y, t)
}

/// The mean over all values of an example.
fn mean(g: &mut Graph, x: Value) -> Value {
    let shape = g.shape(x).clone();
    let first = usize::from(shape.is_batched());
    let axes: Vec<usize> = (first..shape.rank()).collect();
    let count: usize = shape.dims.iter().product();
    let sum = if axes.is_empty() { x } else { g.sum(x, &axes) };
    g.scale(sum, 1.0 / count as f64)
}

/// The sum over the last axis, and the mean over the others.
fn over_positions(g: &mut Graph, x: Value) -> Value {
    let width = g.shape(x).dims.last().copied().unwrap_or(1);
    let value = mean(g, x);
    g.scale(value, width as f64)
}

/// The mean over positions of `-sum t ln y`, given the logarithms.
fn expected(g: &mut Graph, ln: Value, t: Value) -> Value {
    let shape = g.shape(ln).clone();
    let t = if g.shape(t).dims == shape.dims { stretch(g, t, &shape) } else { one_hot(g, ln, t) };
    let value = g.mul(t, ln);
    let sum = over_positions(g, value);
    g.neg(sum)
}

/// 1 at the class of each position, else 0.
fn one_hot(g: &mut Graph, like: Value, ids: Value) -> Value {
    let shape = g.shape(like).clone();
    let positions = shape.dims[..shape.dims.len() - 1].to_vec();
    let rows = g.shape(ids).rows;
    let ids = g.reshape(ids, Shape { rows, dims: positions.clone() });
    let ids = stretch(g, ids, &Shape { rows: shape.rows, dims: positions });
    let ids = g.across_last(ids, like);
    let classes = g.iota_like(shape.rank() - 1, like);
    g.equal(classes, ids)
}

/// For losses of two values that can be stretched to each other.
fn alike(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    (super::add::ADD.output)(args, incoming)?;
    Ok(Vec::new())
}

/// For losses of distributions over the last axis, and distributions or classes.
fn classes(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let (y, t) = (incoming.shape, incoming.other("t").unwrap_or_default());
    let name = args.signature.name;
    let Some((_, positions)) = y.split_last() else {
        return Err(Complaint {
            code: Code::WrongRank,
            message: format!("`{name}` compares distributions over the last axis, and `y` is a single value"),
            blame: None,
            label: "has no axes".to_owned(),
            help: "give it the scores of all classes".to_owned(),
        });
    };
    let count = |shape: &[usize]| shape.iter().product::<usize>();
    let by_class = t == positions || (count(t) == 1 && count(positions) == 1);
    if t == y || by_class {
        return Ok(Vec::new());
    }
    let (y, t, each) = (words::shape(y), words::shape(t), words::shape(positions));
    Err(Complaint {
        code: Code::WidthMismatch,
        message: format!("`{name}` compares {y} with {t}"),
        blame: None,
        label: format!("{y} meets {t}"),
        help: format!("the target is a distribution {y}, or class ids {each}"),
    })
}
