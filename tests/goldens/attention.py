"""Cases for attention and for layers that tell positions, and a block of GPT as a whole network."""

import math

import numpy as np
import torch
import torch.nn.functional as F

import network as n
import philox
from activations import ACTIVATIONS
from cases import collect
from network import Stage
from writing import f32

PARTS = ("query", "key", "value", "output")


def graph(c, name, text, run, **of_case):
    """A case whose text is a whole network of values with names."""
    c.add(name, Stage("", run), **of_case)
    c.cases[-1]["nn"] = text


def angles(steps, width):
    """`p / 10000^(2i/width)`: `[t, ceil(width / 2)]`."""
    pairs = torch.arange(0, width, 2, dtype=torch.float64)
    return torch.arange(steps, dtype=torch.float64)[:, None] / 10000 ** (pairs / width)


def turned(x):
    """Pairs of the last axis of `[…, t, c]` as complex numbers, turned by their positions."""
    turns = torch.polar(torch.ones(1, dtype=torch.float64), angles(*x.shape[-2:]))
    pairs = torch.view_as_complex(x.unflatten(-1, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * turns.to(pairs.dtype)).flatten(-2)


def projections(scope, widths, bias):
    """Weights and biases of a use, in PyTorch's orientation."""
    name, tensor, width = scope.name("multi_head_attention"), scope.store.tensor, widths[0]
    weights, biases = [], []
    for part, fan_in in zip(PARTS, widths):
        weights.append(tensor(f"{name}.{part}_weight", lambda g: 0.25 * g.standard_normal((fan_in, width))).T)
        if bias:
            biases.append(tensor(f"{name}.{part}_bias", lambda g: 0.3 * g.standard_normal(width)))
    return weights, biases


def attend(scope, heads, x, key=None, value=None, mask=None, causal=False, dropout=0.0, rotary=False, bias=True):
    """`multi_head_attention`: by PyTorch's module where it has the options, else by its `scaled_dot_product_attention`."""
    key = x if key is None else key
    value = key if value is None else value
    weights, biases = projections(scope, [x.shape[-1], key.shape[-1], value.shape[-1], x.shape[-1]], bias)
    if not rotary and not dropout:
        return by_module(heads, [x, key, value], mask, causal, weights, biases)
    assert mask is None
    cut = lambda x, part: F.linear(x, weights[part], biases[part] if bias else None).unflatten(-1, (heads, -1)).transpose(1, 2)
    q, k, v = cut(x, 0), cut(key, 1), cut(value, 2)
    if rotary:
        q, k = turned(q), turned(k)
    if dropout and scope.store.train:
        assert not causal
        shares = torch.softmax(q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1]), -1)
        keep = scope.store.noise(philox.uniforms, shares.shape) >= dropout
        y = (shares * keep / (1.0 - dropout)) @ v
    else:
        y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    return F.linear(y.transpose(1, 2).flatten(2), weights[3], biases[3] if bias else None)


def by_module(heads, sequences, mask, causal, weights, biases):
    x, key, value = sequences
    module = torch.nn.MultiheadAttention(
        x.shape[-1], heads, bias=bool(biases), batch_first=True, kdim=key.shape[-1], vdim=value.shape[-1], dtype=x.dtype)
    held = {"out_proj.weight": weights[3]}
    if module._qkv_same_embed_dim:
        held["in_proj_weight"] = torch.cat(weights[:3])
    else:
        held |= {f"{part[0]}_proj_weight": weight for part, weight in zip(PARTS[:3], weights)}
    if biases:
        held |= {"in_proj_bias": torch.cat(biases[:3]), "out_proj.bias": biases[3]}
    later = torch.ones(x.shape[1], key.shape[1], dtype=torch.bool).triu(1) if causal else None
    options = {"need_weights": False, "attn_mask": later, "key_padding_mask": None if mask is None else mask == 0}
    return torch.func.functional_call(module, held, (x, key, value), options)[0]


def multi_head_attention(heads, **options):
    text = ", ".join([str(heads)] + [f"{key} = {str(value).lower()}" for key, value in options.items()])
    return Stage(f"multi_head_attention({text})", lambda x, scope: attend(scope, heads, x, **options))


def one_head(query, key, value, mask):
    """`attention` with a mask of keys; 0 where no key counts, which PyTorch has no result for."""
    some = (mask != 0).any(-1)
    safe = (mask != 0) | ~some[:, None]
    y = F.scaled_dot_product_attention(query, key, value, attn_mask=safe[:, None, :])
    return torch.where(some[:, None, None], y, torch.zeros_like(y))


def learned_positions():
    def run(x, scope):
        name = scope.name("learned_positions")
        return x + scope.store.tensor(f"{name}.weight", lambda g: 0.5 * g.standard_normal(x.shape[1:]))

    return Stage("learned_positions", run)


def waves(x, scope):
    angle = angles(*x.shape[1:])
    both = torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, : x.shape[-1]]
    return x + both.to(x.dtype)


sinusoidal_positions = Stage("sinusoidal_positions", waves)
rotary_positions = Stage("rotary_positions", lambda x, scope: turned(x))


def cut(x, *shapes):
    """The values of a row that lie one behind the other."""
    sizes = [math.prod(shape) for shape in shapes]
    return [part.reshape(-1, *shape) for part, shape in zip(x.split(sizes, 1), shapes)]


def attention_cases(c):
    def pointer(x, scope):
        query, key, value, mask = cut(x, (3, 4), (5, 4), (5, 2), (5,))
        query, key, value = (n.dense(width).run(part, scope) for part, width in ((query, 4), (key, 4), (value, 3)))
        return one_head(query, key, value, mask > 0.5)

    text = """network N(query: [3, 4], keys: [5, 4], values: [5, 2], present: [5]) {
    attention(query |> dense(4), keys |> dense(4), values |> dense(3), mask = greater(present, 0.5))
}"""
    graph(c, "attention_mask", text, pointer, width=47)
    graph(c, "attention_no_key", text, pointer, width=47, rows=2, inputs=with_masks(47, [[0, 0, 0, 0, 0], [0, 1, 0, 1, 1]]))

    def itself(x, scope):
        q, v = n.dense(6).run(x, scope), n.dense(3).run(x, scope)
        return F.scaled_dot_product_attention(q, x, v, is_causal=True)

    text = "network N(x: [5, 6]) { attention(x |> dense(6), x, x |> dense(3), causal = true) }"
    graph(c, "attention_causal", text, itself, shape=(5, 6))


def with_masks(width, masks):
    """Rows of random values that end in masks."""
    rows = f32(np.random.default_rng(7).standard_normal((len(masks), width)))
    rows[:, -len(masks[0]) :] = masks
    return rows


def multi_head_cases(c):
    a = ACTIVATIONS
    c.add("mha_self", n.source(5, 6), n.dense(8), multi_head_attention(2), shape=(5, 6))
    c.add("mha_causal", n.source(5, 6), a["prelu"], multi_head_attention(3, causal=True, bias=False), shape=(5, 6))
    c.add("mha_dropout", n.source(4, 6), a["prelu"], multi_head_attention(2, dropout=0.25), n.dropout(0.5), shape=(4, 6))
    c.add("mha_rotary", n.source(6, 8), a["prelu"], multi_head_attention(2, causal=True, rotary=True), shape=(6, 8))

    def cross(x, scope):
        query, key, mask = cut(x, (3, 4), (5, 6), (5,))
        query = n.dense(8).run(query, scope)
        key = n.dense(6).run(key, scope)
        return attend(scope, 4, query, key, mask=mask)

    text = """network N(query: [3, 4], keys: [5, 6], present: [5]) {
    multi_head_attention(query |> dense(8), keys |> dense(6), heads = 4, mask = present)
}"""
    graph(c, "mha_cross_padding", text, cross, width=47, inputs=with_masks(47, [[1, 1, 1, 0, 0], [1, 0, 1, 1, 1], [1, 1, 1, 1, 1]]))

    def values(x, scope):
        query, key, value = cut(x, (3, 4), (2, 6), (2, 5))
        value = n.dense(3).run(value, scope)
        return attend(scope, 2, query, key, value, causal=True, bias=False)

    text = """network N(query: [3, 4], keys: [2, 6], values: [2, 5]) {
    multi_head_attention(query, heads = 2, causal = true, bias = false, key = keys, value = values |> dense(3))
}"""
    graph(c, "mha_cross_values", text, values, width=34)


def position_cases(c):
    a = ACTIVATIONS
    c.add("learned_positions", n.source(4, 3), a["prelu"], learned_positions(), n.dense(2), shape=(4, 3))
    c.add("sinusoidal_positions", n.source(7, 5), a["prelu"], sinusoidal_positions, n.dense(2), shape=(7, 5))
    c.add("sinusoidal_positions_one", n.source(1, 4), sinusoidal_positions, n.dense(2), shape=(1, 4))
    c.add("rotary_positions", n.source(7, 6), a["prelu"], rotary_positions, shape=(7, 6))
    c.add("rotary_positions_pair", n.source(3, 2), n.dense(2), rotary_positions, n.dense(3), shape=(3, 2))


def quiet(width, activation=None):
    """`dense` with small weights: deep networks of large ones are more than f32 can follow."""
    dense = n.dense(width, activation)

    def run(x, scope):
        name = f"{scope.prefix}dense_{scope.counts['dense'] + 1}.weight"
        scope.store.tensor(name, lambda g: 0.2 * g.standard_normal((x.shape[-1], width)))
        return dense.run(x, scope)

    return Stage(dense.text, run)


def gpt_cases(c):
    def classes(x, scope):
        return torch.softmax(quiet(5).run(x, scope.inside(scope.name("time_distributed"))), -1)

    head = n.layer_norm(), Stage("time_distributed < dense(5, softmax) >", classes)
    block = (
        n.residual(n.layer_norm(), multi_head_attention(4, causal=True)),
        n.residual(n.layer_norm(), quiet(16, ACTIVATIONS["gelu"]), quiet(8)),
    )
    start = n.embedding(5, 8), learned_positions()
    c.add("gpt_block", n.source(5), *start, *block, *head, shape=(5,), ids=5, rows=2)
    c.add("gpt_blocks", n.source(3), *start, n.repeat(2, *block), *head, shape=(3,), ids=5, rows=2)


def cases():
    return collect("attention", (attention_cases, multi_head_cases, position_cases, gpt_cases))
