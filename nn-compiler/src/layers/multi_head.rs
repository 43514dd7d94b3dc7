//! `multi_head_attention(heads)`: attention by several heads at once, with projections of queries, keys, values and output.

use nn_grammar::diagnostic::Code;

use super::attention::{CAUSAL, attend, for_each_example, sequences};
use super::positions::{rotate, rotation, tables_fit};
use super::purpose::{Projected, Purpose};
use super::{BASE, Complaint, Incoming, Layer, Lowering, Operands, TensorSpec};
use crate::init::Init;
use crate::ir::Value;
use crate::shape::Shape;
use crate::signature::{Args, Kind, Param, Preset, Range, Signature};
use crate::words;

/// Attention by several heads.
pub(super) static MULTI_HEAD_ATTENTION: Layer = Layer {
    signature: Signature {
        name: "multi_head_attention",
        doc: "Attention by several heads: `concat(head_1, …) W_output + b_output`, `head_i = attention(x W_query + b_query, key W_key + \
              b_key, value W_value + b_value)` on columns `i * c / heads` to `(i + 1) * c / heads` of the projections. `x` is `[t, c]`, \
              `key` `[s, k]`, `value` `[s, v]`, `mask` `[s]` with 0 for keys that do not count; the output is `[t, c]`. Without `value` \
              it is `key`, without both they are `x`. Source: Vaswani et al., Attention Is All You Need (2017), sec. 3.2.2. As \
              PyTorch's `MultiheadAttention`, except that each projection has its own weight, begun by glorot_uniform, and that a query \
              without any key attends to nothing instead of NaN.",
        params: &[
            Param::required("heads", Kind::Dim, "how many heads; divides `c`"),
            CAUSAL,
            Param::optional(
                "dropout",
                Kind::Real(Range::BELOW_ONE),
                Preset::Real(0.0),
                "the probability that a weight of attention is set to 0 in training",
            ),
            Param::optional(
                "rotary",
                Kind::Bool,
                Preset::Bool(false),
                "whether queries and keys of each head are turned as by `rotary_positions`",
            ),
            Param::optional("bias", Kind::Bool, Preset::Bool(true), "whether the projections add biases"),
        ],
    },
    operands: Operands { names: &["x", "key", "value", "mask"], required: 1, more: false },
    output,
    tensors,
    lower,
    ..BASE
};

/// The projections in their order.
const WEIGHTS: [&str; 4] = ["query_weight", "key_weight", "value_weight", "output_weight"];
/// What they add.
const BIASES: [&str; 4] = ["query_bias", "key_bias", "value_bias", "output_bias"];
/// What they are of.
const PROJECTED: [Projected; 4] = [Projected::Query, Projected::Key, Projected::Value, Projected::Output];

/// Up to how many heads are tried to find one that divides the channels.
const MOST_TRIED: usize = 1024;

fn output(args: &Args, incoming: &Incoming<'_>) -> Result<Vec<usize>, Complaint> {
    let others = sequences(args, incoming)?;
    let (width, heads) = (incoming.width(), args.dim("heads"));
    if !width.is_multiple_of(heads) {
        let fitting =
            (1..=heads.min(width).min(MOST_TRIED)).rev().find(|heads| width.is_multiple_of(*heads)).unwrap_or(1);
        return Err(Complaint {
            code: Code::WidthMismatch,
            message: format!(
                "{} of `multi_head_attention` cannot share the {} of {}",
                words::count(heads, "head"),
                words::count(width, "channel"),
                incoming.from
            ),
            blame: Some("heads"),
            label: format!("{heads} does not divide {width}"),
            help: format!("write `{fitting}`: {fitting} * {} = {width}", width / fitting),
        });
    }
    let each = width / heads;
    if args.bool("rotary") && !each.is_multiple_of(2) {
        return Err(Complaint {
            code: Code::WidthMismatch,
            message: format!("rotary positions turn pairs of channels, but each head has {each}"),
            blame: Some("rotary"),
            label: format!("{width} / {heads} = {each} is odd"),
            help: "choose `heads` so that each has an even number of channels".to_owned(),
        });
    }
    if args.bool("rotary") {
        tables_fit(args, incoming.shape[0].max(others.key[0]), each / 2)?;
    }
    Ok(incoming.shape.to_vec())
}

fn tensors(args: &Args, incoming: &Incoming<'_>) -> Vec<TensorSpec> {
    let width = incoming.width();
    let key = incoming.other("key").map_or(width, |shape| shape[1]);
    let value = incoming.other("value").map_or(key, |shape| shape[1]);
    let mut all = Vec::new();
    for (part, from) in [width, key, value, width].into_iter().enumerate() {
        let (heads, packed) = (args.dim("heads"), key == width && value == width);
        let purpose = Purpose::Projection { of: PROJECTED[part], heads, packed };
        all.push(TensorSpec::parameter(WEIGHTS[part], [from, width], Init::GlorotUniform).with(purpose));
        if args.bool("bias") {
            all.push(TensorSpec::parameter(BIASES[part], [width], Init::Zeros).with(purpose));
        }
    }
    all
}

fn lower(cx: &mut Lowering<'_>, args: &Args, x: Value) -> Value {
    let (heads, causal, rate) = (args.dim("heads"), args.bool("causal"), args.real("dropout"));
    let dropout = (rate > 0.0).then(|| (rate, cx.stream()));
    let key = cx.other("key").unwrap_or(x);
    let value = cx.other("value").unwrap_or(key);
    let [x, key, value] = [x, key, value].map(|x| for_each_example(cx.graph, x));
    let shape = cx.graph.shape(x).clone();
    let each = shape.dims[1] / heads;
    let split = |cx: &mut Lowering<'_>, part: usize, x: Value, rotary: bool| {
        let x = into_heads(cx, args, part, x, rotary);
        if part == 0 { cx.graph.scale(x, 1.0 / (each as f64).sqrt()) } else { x }
    };
    let rotary = args.bool("rotary");
    let query = split(cx, 0, x, rotary);
    let key = split(cx, 1, key, rotary);
    let value = split(cx, 2, value, false);
    let result = attend(cx, [query, key, value], heads, causal, dropout);
    let g = &mut *cx.graph;
    let result = g.reshape(result, Shape::batched(1, [heads, shape.dims[0], each]));
    let result = g.permute(result, &[0, 2, 1, 3]);
    let result = g.reshape(result, shape.clone());
    project(cx, args, 3, result, &shape.dims)
}

/// A projection of `[B, t, c]` cut into heads: `[heads B, t, c / heads]`; with `rotary`, each is turned by its positions.
fn into_heads(cx: &mut Lowering<'_>, args: &Args, part: usize, x: Value, rotary: bool) -> Value {
    let steps = cx.graph.shape(x).dims[0];
    let heads = args.dim("heads");
    let width = cx.graph.shape(cx.tensors[0]).dims[1];
    let each = width / heads;
    let parts = if rotary { vec![steps, heads, each / 2, 2] } else { vec![steps, heads, each] };
    let mut y = project(cx, args, part, x, &parts);
    let g = &mut *cx.graph;
    if rotary {
        let turns = rotation(g, steps, each / 2);
        y = rotate(g, y, turns);
    }
    let order: &[usize] = if rotary { &[0, 2, 1, 3, 4] } else { &[0, 2, 1, 3] };
    let y = g.permute(y, order);
    g.reshape(y, Shape::batched(heads, [steps, each]))
}

/// `x W + b` of `[B, t, k]`, seen as `[B, parts]`, of which the first is `t`.
fn project(cx: &mut Lowering<'_>, args: &Args, part: usize, x: Value, parts: &[usize]) -> Value {
    let bias = args.bool("bias");
    let weight = cx.tensors[if bias { 2 * part } else { part }];
    let g = &mut *cx.graph;
    let [steps, from] = g.shape(x).dims[..] else { unreachable!("`output` has asked for sequences") };
    let matrix = g.reshape(x, Shape::batched(steps, [from]));
    let product = g.dot(matrix, false, weight, false);
    let product = g.reshape(product, Shape::batched(1, parts));
    if !bias {
        return product;
    }
    let b = g.reshape(cx.tensors[2 * part + 1], Shape::fixed(&parts[1..]));
    let axes: Vec<usize> = (2..=parts.len()).collect();
    let b = g.broadcast_to(b, product, &axes);
    g.add(product, b)
}
