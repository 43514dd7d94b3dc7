//! `attention(query, key, value, mask)`: scaled dot-product attention, and what layers with several heads share with it.

use nn_grammar::diagnostic::Code;

use super::add::stretch;
use super::{BASE, Complaint, Incoming, Layer, Lowering, Mode, Operands};
use crate::ir::{Binary, Distribution, Graph, Reduction, Value};
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Signature};
use crate::words;

/// Scaled dot-product attention.
pub(super) static ATTENTION: Layer = Layer {
    signature: Signature {
        name: "attention",
        doc: "Scaled dot-product attention: `softmax(Q K^T / sqrt(c)) V`, softmax over the keys. `query` is `[t, c]`, `key` `[s, c]`, \
              `value` `[s, v]`; the output is `[t, v]`. `mask` is `[s]`, 0 for keys that do not count; where none counts, the output \
              is 0. Source: Vaswani et al., Attention Is All You Need (2017), eq. 1. PyTorch's \
              `scaled_dot_product_attention` gives NaN where no key counts.",
        params: &[CAUSAL],
    },
    operands: Operands { names: &["query", "key", "value", "mask"], required: 3, more: false },
    output,
    lower,
    ..BASE
};

/// Whether queries see what comes after them.
pub(super) const CAUSAL: Param =
    Param::optional("causal", Kind::Bool, Preset::Bool(false), "query `i` sees the keys 0 to `i` only");

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let others = sequences(args, incoming)?;
    let (query, key) = (incoming.shape, others.key);
    if query[1] != key[1] {
        return Err(Complaint {
            code: Code::WidthMismatch,
            message: format!(
                "queries and keys of `attention` are multiplied, but the widths of {} and {} differ",
                words::shape(query),
                words::shape(key)
            ),
            blame: None,
            label: format!("queries of width {} meet keys of width {}", query[1], key[1]),
            help: format!("bring both to one width: `dense({})` in front of the keys", query[1]),
        });
    }
    Ok(vec![query[0], others.value[1]])
}

/// The shapes of keys and values.
pub(super) struct Sequences<'a> {
    pub(super) key: &'a [usize],
    pub(super) value: &'a [usize],
}

/// Finds keys and values among the operands, and compares the shapes of all: sequences, as long as each other, with a mask for them.
pub(super) fn sequences<'a>(args: &Args, incoming: &Incoming<'a>) -> Result<Sequences<'a>, Complaint> {
    let layer = args.signature.name;
    let others = |name: &str| incoming.others.iter().find(|(known, _)| *known == name).map(|(_, shape)| *shape);
    let complain =
        |code, message: String, label: String, help: String| Err(Complaint { code, message, blame: None, label, help });
    if others("value").is_some() && others("key").is_none() {
        let message = format!("`{layer}` is given a `value` without a `key`");
        let help = "keys say how much of each value is taken: give both, or only `key`".to_owned();
        return complain(Code::MissingArgument, message, "there is no `key`".to_owned(), help);
    }
    let key = others("key").unwrap_or(incoming.shape);
    let value = others("value").unwrap_or(key);
    for (shape, what) in [(incoming.shape, incoming.from), (key, "its `key`"), (value, "its `value`")] {
        if shape.len() != 2 {
            let message = format!("`{layer}` works on sequences [t, c], but {what} yields {}", words::shape(shape));
            let help = "the first axis counts the steps, the second holds their channels".to_owned();
            return complain(Code::WrongRank, message, "two axes are needed here".to_owned(), help);
        }
    }
    if key[0] != value[0] {
        let (keys, values) = (words::shape(key), words::shape(value));
        let message = format!("`{layer}` takes a value for each key, but keys are {keys} and values {values}");
        let label = format!("{} and {}", words::count(key[0], "key"), words::count(value[0], "value"));
        return complain(Code::WidthMismatch, message, label, "both need the same first axis".to_owned());
    }
    if let Some(mask) = others("mask").filter(|mask| *mask != &key[..1]) {
        let (mask, keys) = (words::shape(mask), words::shape(key));
        let message = format!("the mask of `{layer}` is {mask}, but its keys are {keys}");
        let help = format!("a mask has a number for each key: [{}]", key[0]);
        return complain(Code::WidthMismatch, message, "the mask is that of the keys".to_owned(), help);
    }
    Ok(Sequences { key, value })
}

fn lower(cx: &mut Lowering<'_>, args: &Args, query: Value) -> Value {
    let key = cx.other("key").expect("it is required");
    let value = cx.other("value").expect("it is required");
    let [query, key, value] = [query, key, value].map(|x| for_each_example(cx.graph, x));
    let width = cx.graph.shape(query).dims[1];
    let query = cx.graph.scale(query, 1.0 / (width as f64).sqrt());
    attend(cx, [query, key, value], 1, args.bool("causal"), None)
}

/// A value with the batch: one that is the same for all examples is repeated.
pub(super) fn for_each_example(g: &mut Graph, x: Value) -> Value {
    let shape = Shape::batched(1, g.shape(x).dims.clone());
    stretch(g, x, &shape)
}

/// `softmax(Q K^T) V` for `heads` matrices of each example: queries `[heads B, t, d]`, which are scaled already, keys
/// `[heads B, s, d]` and values `[heads B, s, e]` give `[heads B, t, e]`. The mask is the operand of that name; with `dropout`,
/// a rate and a stream, weights are dropped in training.
pub(super) fn attend(
    cx: &mut Lowering<'_>,
    [query, key, value]: [Value; 3],
    heads: usize,
    causal: bool,
    dropout: Option<(f64, u32)>,
) -> Value {
    let mask = cx.other("mask");
    let train = cx.mode == Mode::Train;
    let g = &mut *cx.graph;
    let scores = g.dot(query, false, key, true);
    let flat = g.shape(scores).clone();
    // Heads lie behind the batch, so that a mask and random numbers are about examples.
    let scores = g.reshape(scores, Shape::batched(1, [&[heads], &flat.dims[..]].concat()));
    let counts = counting(g, scores, causal, mask);
    let weights = softmax_among(g, scores, counts, mask.is_some());
    let weights = match dropout.filter(|_| train) {
        Some((rate, stream)) => {
            let draw = g.random_like(Distribution::Uniform, stream, weights);
            let kept = g.with(Binary::GreaterEqual, draw, rate);
            let scaled = g.scale(weights, 1.0 / (1.0 - rate));
            let zero = g.constant_like(0.0, weights);
            g.select(kept, scaled, zero)
        }
        None => weights,
    };
    let weights = g.reshape(weights, flat);
    g.dot(weights, false, value, false)
}

/// Which scores `[B, heads, t, s]` count, as numbers that are not 0; `None` if all do.
fn counting(g: &mut Graph, scores: Value, causal: bool, mask: Option<Value>) -> Option<Value> {
    let seen = causal.then(|| {
        let (query, key) = (g.iota_like(2, scores), g.iota_like(3, scores));
        g.binary(Binary::GreaterEqual, query, key)
    });
    let present = mask.map(|mask| {
        let axes: &[usize] = if g.shape(mask).is_batched() { &[0, 3] } else { &[3] };
        g.broadcast_to(mask, scores, axes)
    });
    match (seen, present) {
        (Some(seen), Some(present)) => {
            let never = g.constant_like(0.0, scores);
            Some(g.select(seen, present, never))
        }
        (seen, present) => seen.or(present),
    }
}

/// Softmax over the last axis among the scores that count; if it may be that none counts in a row, such rows are 0.
fn softmax_among(g: &mut Graph, scores: Value, counts: Option<Value>, may_be_none: bool) -> Value {
    // Below every score, yet finite: differences of such are no NaN, and neither are gradients.
    let lowest = f64::from(f32::MIN);
    let scores = match counts {
        Some(counts) => {
            let low = g.constant_like(lowest, scores);
            g.select(counts, scores, low)
        }
        None => scores,
    };
    let largest = g.reduce(Reduction::Max, scores, &[3]);
    let largest = g.stop(largest);
    let shift = g.across_last(largest, scores);
    let shifted = g.sub(scores, shift);
    let exponentials = g.exp(shifted);
    let sum = g.sum(exponentials, &[3]);
    let mut factor = g.recip(sum);
    if may_be_none {
        let bound = g.constant_like(lowest, largest);
        let some = g.greater(largest, bound);
        let none = g.constant_like(0.0, factor);
        factor = g.select(some, factor, none);
    }
    let factor = g.across_last(factor, scores);
    g.mul(exponentials, factor)
}
