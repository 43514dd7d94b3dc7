"""Cases for layers and activations: outputs, gradients of all parameters and new state, in f64 from f32 values."""

import numpy as np
import torch

import network as n
from activations import ACTIVATIONS, KINKS
from writing import f32

RELATIVE, ABSOLUTE = 1e-5, 1e-6


def run(stage, store, rows, dtype, train, seed, step):
    """Output, and leaves output and tensors in the store for a backward pass."""
    store.dtype, store.train, store.seed, store.step = dtype, train, seed, step
    store.tensors, store.new_state, store.noise_layers = {}, {}, 0
    return stage.run(torch.tensor(rows, dtype=dtype), n.Scope(store))


def gradients(store, output, output_gradient):
    """name -> flat gradient of every parameter; zeros where nothing flows or where terms cancel to rounding noise."""
    output.backward(torch.tensor(output_gradient, dtype=output.dtype))
    trained = {name: tensor for name, tensor in store.tensors.items() if name not in store.state}
    flat = {name: np.zeros(t.numel()) if t.grad is None else t.grad.flatten().numpy() for name, t in trained.items()}
    return {name: np.where(np.abs(values) < 1e-13, 0.0, values) for name, values in flat.items()}


def disagreement(got, want):
    """The largest difference, in units of what a case may differ by: 1e-5 of the value plus 1e-6 of the largest value beside it."""
    got, want = np.asarray(got, dtype=np.float64), np.asarray(want)
    allowed = RELATIVE * np.abs(want) + ABSOLUTE * np.max(np.abs(want), initial=1.0)
    return float(np.max(np.abs(got - want) / allowed, initial=0.0))


class Cases:
    """Collects cases, and how far the same network in f32 is from each."""

    def __init__(self):
        self.cases = []
        self.worst = {}

    def add(self, name, *stages, rows=3, width=None, shape=None, ids=None, inputs=None, values=None,
            train=True, seed=1, step=1, before=""):
        """A network on `rows` random rows of `width` values (`shape` with more axes), of ids below `ids`, or on `inputs`."""
        generator = np.random.default_rng(hash_of(name))
        store = n.Store(generator, {key: f32(value) for key, value in (values or {}).items()})
        shape = tuple(shape or (width,))
        if inputs is None:
            draw = generator.integers(0, ids, (rows, *shape)) if ids else f32(generator.standard_normal((rows, *shape)))
            inputs = np.asarray(draw, dtype=np.float64)
        stage = n.chain(stages)
        output = run(stage, store, inputs, torch.float64, train, seed, step)
        output_gradient = f32(generator.standard_normal(tuple(output.shape)))
        flat_inputs = inputs.reshape(len(inputs), -1)
        case = {
            "name": name,
            "nn": f"{before}network N {stage.text}",
            "mode": "train" if train else "predict",
            "seed": seed,
            "step": step,
            "random": store.noise_layers > 0,
            "input_rows": flat_inputs.astype(int) if ids else flat_inputs,
            "parameters": {key: {"shape": list(t.shape), "values": store.values[key].flatten()} for key, t in store.tensors.items()},
            "output": output.detach().numpy().reshape(len(inputs), -1),
        }
        if train:
            case["output_gradient"] = output_gradient.reshape(len(inputs), -1)
            case["gradients"] = gradients(store, output, output_gradient)
            case["new_state"] = {key: value.numpy() for key, value in store.new_state.items()}
        self.cases.append(case)
        self.worst[name] = self.in_f32(case, stage, store, inputs, output_gradient, train, seed, step)

    def in_f32(self, case, stage, store, inputs, output_gradient, train, seed, step):
        """The disagreement of PyTorch's own f32 with the case."""
        output = run(stage, store, inputs, torch.float32, train, seed, step)
        worst = disagreement(output.detach().numpy().reshape(len(inputs), -1), case["output"])
        if train:
            for key, gradient in gradients(store, output, output_gradient).items():
                worst = max(worst, disagreement(gradient, case["gradients"][key]))
        return worst


def hash_of(name):
    """A seed from a name: the same in every run, unlike `hash`."""
    return int.from_bytes(name.encode(), "big") % (2**63)


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
    """All cases; fails if PyTorch's own f32 is further from one than a case may be."""
    c = Cases()
    for add in (dense_cases, embedding_cases, noise_cases, norm_cases, combinator_cases, activation_cases):
        add(c)
    worst = sorted(c.worst.items(), key=lambda item: -item[1])[:5]
    assert worst[0][1] < 0.5, worst
    print("layers in f32, furthest (1 = what is allowed):", ", ".join(f"{name} {value:.2f}" for name, value in worst))
    return c.cases
