"""Collects cases of networks: outputs, gradients of all parameters and new state, in f64 from f32 values."""

import numpy as np
import torch

import network as n
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
            train=True, seed=1, step=1, before="", by_rule=False):
        """A network on `rows` random rows of `width` values (`shape` with more axes), of ids below `ids`, or on `inputs`.

        With `by_rule`, large parameters are not stored: they follow a rule, and of their gradients a sample is stored."""
        generator = np.random.default_rng(hash_of(name))
        store = n.Store(generator, {key: f32(value) for key, value in (values or {}).items()}, by_rule=by_rule)
        shape = tuple(shape or (width,))
        if inputs is None:
            draw = generator.integers(0, ids, (rows, *shape)) if ids else f32(generator.standard_normal((rows, *shape)))
            inputs = np.asarray(draw, dtype=np.float64)
        # A graph is a whole body; everything else is a chain of stages.
        stage = stages[0] if stages[0].text.startswith("(") else n.chain(stages)
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
            "parameters": {key: {"shape": list(t.shape), **contents(store, key)} for key, t in store.tensors.items()},
            "output": output.detach().numpy().reshape(len(inputs), -1),
        }
        if train:
            case["output_gradient"] = output_gradient.reshape(len(inputs), -1)
            case["gradients"] = gradients(store, output, output_gradient)
            case["new_state"] = {key: value.numpy() for key, value in store.new_state.items()}
        self.worst[name] = self.in_f32(case, stage, store, inputs, output_gradient, train, seed, step)
        for key in store.rules if train else ():
            case["gradients"][key] = sample(case["gradients"][key])
        self.cases.append(case)

    def in_f32(self, case, stage, store, inputs, output_gradient, train, seed, step):
        """The disagreement of PyTorch's own f32 with the case."""
        output = run(stage, store, inputs, torch.float32, train, seed, step)
        worst = disagreement(output.detach().numpy().reshape(len(inputs), -1), case["output"])
        if train:
            for key, gradient in gradients(store, output, output_gradient).items():
                worst = max(worst, disagreement(gradient, case["gradients"][key]))
        return worst


def contents(store, name):
    """The values of a tensor, or the rule that they follow."""
    return store.rules.get(name) or {"values": store.values[name].flatten()}


def sample(gradient):
    """About a hundred values, evenly spread, and the sum of the squares of all."""
    every = -(-len(gradient) // 100) | 1
    return {"every": every, "values": gradient[::every], "squares": float(np.sum(gradient**2))}


def hash_of(name):
    """A seed from a name: the same in every run, unlike `hash`."""
    return int.from_bytes(name.encode(), "big") % (2**63)


def collect(title, families):
    """All cases of functions that add to a `Cases`; fails if PyTorch's own f32 is further from one than a case may be."""
    c = Cases()
    for add in families:
        add(c)
    worst = sorted(c.worst.items(), key=lambda item: -item[1])[:5]
    assert worst[0][1] < 0.5, worst
    print(f"{title} in f32, furthest (1 = what is allowed):", ", ".join(f"{name} {value:.2f}" for name, value in worst))
    return c.cases
