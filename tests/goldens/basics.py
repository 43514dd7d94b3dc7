"""Cases for dense and embedding layers, activations, noise, norms and combinators."""

import numpy as np

import network as n
from activations import ACTIVATIONS, KINKS
from cases import collect
from writing import f32


def activation_cases(c):
    """Each activation on given inputs (the dense before it is the identity), between layers, and at its kinks."""
    kinked = ("prelu", "leaky", "elu")
    for key, activation in ACTIVATIONS.items():
        middle = 0.75 if key in KINKS or key.startswith(kinked) else 0.0
        given = {
            "values": [[-3.5, -2.0, -1.0, -0.25, 0.3], [middle, 0.5, -0.5, 4.0, 2.5]],
            "large": [[-60.0, -20.0, 1.0, 20.0, 60.0], [30.0, -1.0, -60.0, -30.0, 2.0]],
        }
        for kind, inputs in given.items():
            identity = {"dense_1.weight": np.eye(5)}
            c.add(f"{key}_{kind}", n.dense(5, bias=False, into=5), activation, inputs=f32(inputs), values=identity)
        c.add(f"{key}_argument", n.dense(4, activation, into=3), n.dense(2), width=3)
    for key, places in KINKS.items():
        inputs = f32([[0.5, *places, -0.5], [*places, 1.5, 0.25]])
        width = inputs.shape[1]
        layer = n.dense(width, bias=False, into=width)
        c.add(f"{key}_at_kink", layer, ACTIVATIONS[key], inputs=inputs, values={"dense_1.weight": np.eye(width)})


def dense_cases(c):
    a = ACTIVATIONS
    c.add("dense_alone", n.dense(3, into=4), width=4)
    c.add("dense_without_bias", n.dense(3, bias=False, into=4), width=4)
    c.add("dense_one_to_one", n.dense(1, into=1), width=1, rows=1)
    c.add("dense_behind_dense", n.source(3), n.dense(5), n.dense(2, bias=False), width=3)
    c.add("dense_deep", n.dense(6, a["relu"], into=4), n.dense(5, a["tanh"]), n.dense(3, a["softmax"]), width=4, rows=5)
    c.add("dense_seventy_rows", n.dense(3, a["tanh"], into=4), n.dense(2), width=4, rows=70)
    c.add("dense_wide", n.dense(19, a["relu"], into=37), n.dense(1, a["sigmoid"]), width=37, rows=2)
    c.add("dense_activation_stages", n.dense(4, into=3), a["relu"], n.dense(2), a["log_softmax"], width=3)


def embedding_cases(c):
    relu = ACTIVATIONS["relu"]
    c.add("embedding_ids", n.source(5), n.embedding(6, 3), n.flatten, n.dense(2), width=5, ids=6)
    c.add("embedding_ids_hidden", n.source(4), n.embedding(9, 2), n.flatten, n.dense(3, relu), n.dense(2), width=4, ids=9, rows=4)
    c.add("embedding_one_id", n.embedding(5, 4), n.dense(3), width=1, ids=5, rows=6)
    c.add("embedding_one_id_with_input", n.source(1), n.embedding(4, 3), n.dense(2, bias=False), width=1, ids=4, rows=4)
    c.add("flatten_matrix", n.source(2, 3), n.flatten, n.dense(2), shape=(2, 3))
    c.add("flatten_three_axes", n.source(2, 3, 2), n.flatten, n.dense(3, ACTIVATIONS["tanh"]), n.dense(1), shape=(2, 3, 2))


def noise_cases(c):
    tanh = ACTIVATIONS["tanh"]
    for kind, layer in (("dropout", n.dropout), ("gaussian_noise", n.gaussian_noise)):
        c.add(f"{kind}_between", n.dense(6, into=4), layer(0.3), n.dense(2), width=4, seed=7, step=3)
        c.add(f"{kind}_first", n.source(5), layer(0.5), n.dense(2), width=5, rows=4, seed=2**40 + 5, step=1)
        c.add(f"{kind}_twice", n.dense(5, tanh, into=3), layer(0.25), n.dense(4), layer(0.5), n.dense(2), width=3, seed=42, step=200)
        c.add(f"{kind}_on_sequence", n.source(3), n.embedding(5, 3), layer(0.4), n.flatten, n.dense(2), width=3, ids=5, seed=3, step=2)
        c.add(f"{kind}_seventy_rows", n.dense(3, tanh, into=2), layer(0.2), n.dense(1), width=2, rows=70, seed=11, step=5)
        c.add(f"{kind}_predict", n.dense(6, into=4), layer(0.3), n.dense(2), width=4, train=False)
    c.add("dropout_and_noise", n.dense(4, into=3), n.gaussian_noise(0.1), n.dropout(0.5), n.dense(2), width=3, seed=9, step=4)


def norm_cases(c):
    a = ACTIVATIONS
    other = n.batch_norm("batch_norm(momentum = 0.3, eps = 0.001)", 0.3, 1e-3)
    for train, mode in ((True, "train"), (False, "predict")):
        c.add(f"batch_norm_{mode}", n.dense(4, bias=False, into=3), n.batch_norm(), n.dense(2), width=3, rows=6, train=train)
        c.add(f"batch_norm_first_{mode}", n.source(3), other, n.dense(2), width=3, rows=5, train=train)
        c.add(f"batch_norm_matrix_{mode}", n.source(4, 3), n.batch_norm(), n.flatten, n.dense(2), shape=(4, 3), train=train)
        c.add(f"batch_norm_embedding_{mode}", n.source(3), n.embedding(6, 2), other, n.flatten, n.dense(2), width=3, ids=6, rows=4, train=train)
    c.add("batch_norm_twice", n.dense(4, bias=False, into=3), n.batch_norm(), a["tanh"], n.dense(3, bias=False), n.batch_norm(), width=3, rows=8)
    c.add("batch_norm_seventy_rows", n.dense(3, bias=False, into=2), n.batch_norm(), a["relu"], n.dense(2), width=2, rows=70)
    c.add("layer_norm", n.dense(4, into=3), n.layer_norm(), n.dense(2), width=3)
    c.add("layer_norm_eps", n.source(5), n.layer_norm("layer_norm(eps = 0.01)", 0.01), n.dense(2), width=5)
    c.add("layer_norm_matrix", n.source(2, 4), n.layer_norm(), n.flatten, n.dense(2), shape=(2, 4))
    c.add("layer_norm_embedding", n.source(3), n.embedding(5, 4), n.layer_norm(), n.flatten, n.dense(2), width=3, ids=5)


def combinator_cases(c):
    a = ACTIVATIONS
    c.add("residual", n.dense(4, into=3), n.residual(n.dense(4, a["relu"], into=4)), n.dense(2), width=3)
    c.add("residual_two_stages", n.source(3), n.residual(n.dense(6, a["tanh"]), n.dense(3)), n.dense(2), width=3)
    c.add("residual_nested", n.dense(3, into=2), n.residual(n.dense(3), n.residual(n.dense(3, a["tanh"])), n.batch_norm()), width=2, rows=5)
    c.add("residual_twice", n.source(3), n.residual(n.dense(3, a["silu"])), n.residual(n.dense(3), a["prelu"]), width=3)
    c.add("repeat", n.dense(4, into=3), n.repeat(3, n.dense(4, a["tanh"])), n.dense(2), width=3)
    c.add("repeat_residual", n.source(3), n.repeat(2, n.residual(n.dense(3, a["tanh"]), n.layer_norm())), n.dense(1), width=3)
    c.add("repeat_dropout", n.source(3), n.repeat(2, n.dense(3, a["relu"]), n.dropout(0.4)), n.dense(2), width=3, seed=5, step=9)
    unit = lambda width: n.block("unit", width, n.dense(width, a["tanh"]), n.layer_norm("layer_norm(eps = 0.01)", 0.01))
    text = "block unit(c: dim) < dense(c, tanh), layer_norm(eps = 0.01) >\n"
    c.add("block_twice", n.dense(4, into=3), unit(6), unit(5), width=3, before=text)
    c.add("block_in_repeat", n.source(3), n.repeat(2, unit(3)), n.dense(2), width=3, before=text)


def cases():
    return collect("basics", (dense_cases, embedding_cases, noise_cases, norm_cases, combinator_cases, activation_cases))
