"""Networks of the language in PyTorch: each stage is its text beside the function it stands for."""

import math
from collections import Counter
from dataclasses import dataclass, field

import numpy as np
import torch
import torch.nn.functional as F

import philox
from writing import f32

# Tensors of more values than that follow a rule, where a case asks for it.
LARGE = 256


@dataclass
class Stage:
    """A piece of a chain: `run(x, scope)` gives its output for a batch."""

    text: str
    run: object


@dataclass
class Store:
    """What a network holds, and how it is being run."""

    generator: np.random.Generator
    values: dict = field(default_factory=dict)  # name -> f64 array that f32 holds exactly
    state: set = field(default_factory=set)
    # Whether large tensors follow a rule instead of being stored, and the rule of each: seed and scale.
    by_rule: bool = False
    rules: dict = field(default_factory=dict)
    # Of the current run:
    dtype: object = torch.float64
    train: bool = True
    seed: int = 0
    step: int = 0
    tensors: dict = field(default_factory=dict)
    new_state: dict = field(default_factory=dict)
    noise_layers: int = 0
    # The repetitions around, the outermost first: how many there are, and which it is.
    steps: list = field(default_factory=list)

    def tensor(self, name, make, state=False):
        """The tensor `name`; made by `make(generator)` the first time a network runs."""
        if name not in self.values:
            self.values[name] = self.made(name, f32(make(self.generator)))
            if state:
                self.state.add(name)
        if name not in self.tensors:
            self.tensors[name] = torch.tensor(self.values[name], dtype=self.dtype, requires_grad=not state)
        return self.tensors[name]

    def made(self, name, values):
        """The values of a new tensor: those given, or those of a rule if there are many."""
        if not self.by_rule or values.size <= LARGE:
            return values
        seed, fan_in = len(self.rules) + 1, values.size // values.shape[-1]
        scale = 2.0 ** math.floor(math.log2(math.sqrt(3.0 / fan_in)))
        self.rules[name] = {"seed": seed, "scale": scale}
        return (scale * (2.0 * philox.uniforms(seed, 0, 0, 0, values.size) - 1.0)).reshape(values.shape)

    def noise(self, draw, shape):
        """The next layer's random numbers: value (row, element) is number row * width + element of its stream.

        All repetitions of a `repeat` share a stream; which it is stands between row and element."""
        stream = philox.NOISE + self.noise_layers
        self.noise_layers += 1
        counts = [count for count, _ in self.steps]
        values = draw(self.seed, stream, self.step, 0, int(np.prod([*shape, *counts])))
        values = values.reshape([shape[0], *counts, *shape[1:]])
        return torch.tensor(values[(slice(None), *(step for _, step in self.steps))], dtype=self.dtype)


@dataclass
class Scope:
    """Names inside one chain: kinds are counted from 1."""

    store: Store
    prefix: str = ""
    counts: Counter = field(default_factory=Counter)

    def name(self, kind):
        self.counts[kind] += 1
        return f"{self.prefix}{kind}_{self.counts[kind]}"

    def inside(self, name):
        return Scope(self.store, name + ".")


def chain(stages):
    """Stages one after the other."""

    def run(x, scope):
        for stage in stages:
            x = stage.run(x, scope)
        return x

    return Stage("< " + ", ".join(stage.text for stage in stages) + " >", run)


def source(*shape):
    return Stage(f"input({', '.join(map(str, shape))})", lambda x, scope: x)


def dense(width, activation=None, bias=True, into=None):
    """y = x W + b; `into` writes the width of the input too."""

    def run(x, scope):
        name, store = scope.name("dense"), scope.store
        y = x @ store.tensor(f"{name}.weight", lambda g: 0.6 * g.standard_normal((x.shape[-1], width)))
        if bias:
            y = y + store.tensor(f"{name}.bias", lambda g: 0.3 * g.standard_normal(width))
        return activation.run(y, scope) if activation else y

    widths = f"{into}->{width}" if into else f"{width}"
    arguments = [widths] + ([activation.text] if activation else []) + ([] if bias else ["bias = false"])
    return Stage(f"dense({', '.join(arguments)})", run)


def embedding(vocabulary, width):
    def run(x, scope):
        weight = scope.store.tensor(f"{scope.name('embedding')}.weight", lambda g: g.standard_normal((vocabulary, width)))
        ids = x.long()
        return F.embedding(ids[:, 0] if ids.shape[1] == 1 else ids, weight)

    return Stage(f"embedding({vocabulary}->{width})", run)


flatten = Stage("flatten", lambda x, scope: x.flatten(1))


def dropout(rate):
    def run(x, scope):
        if not scope.store.train:
            return x
        keep = scope.store.noise(philox.uniforms, x.shape) >= rate
        return x * keep / (1.0 - rate)

    return Stage(f"dropout({rate})", run)


def gaussian_noise(std):
    def run(x, scope):
        return x + std * scope.store.noise(philox.normals, x.shape) if scope.store.train else x

    return Stage(f"gaussian_noise({std})", run)


def norm_tensors(store, name, width):
    scale = store.tensor(f"{name}.scale", lambda g: 1.0 + 0.3 * g.standard_normal(width))
    return scale, store.tensor(f"{name}.shift", lambda g: 0.3 * g.standard_normal(width))


def batch_norm(text="batch_norm", momentum=0.1, eps=1e-5):
    def run(x, scope):
        store, name, width = scope.store, scope.name("batch_norm"), x.shape[-1]
        scale, shift = norm_tensors(store, name, width)
        mean = store.tensor(f"{name}.mean", lambda g: 0.4 * g.standard_normal(width), state=True).clone()
        variance = store.tensor(f"{name}.variance", lambda g: g.uniform(0.4, 1.6, width), state=True).clone()
        y = F.batch_norm(x.reshape(-1, width), mean, variance, scale, shift, store.train, momentum, eps)
        if store.train:
            store.new_state.update({f"{name}.mean": mean, f"{name}.variance": variance})
        return y.reshape(x.shape)

    return Stage(text, run)


def layer_norm(text="layer_norm", eps=1e-5):
    def run(x, scope):
        scale, shift = norm_tensors(scope.store, scope.name("layer_norm"), x.shape[-1])
        return F.layer_norm(x, x.shape[-1:], scale, shift, eps)

    return Stage(text, run)


def residual(*stages):
    inner = chain(stages)
    return Stage(f"residual {inner.text}", lambda x, scope: x + inner.run(x, scope.inside(scope.name("residual"))))


def repeat(times, *stages):
    inner = chain(stages)

    def run(x, scope):
        name, store = scope.name("repeat"), scope.store
        first = store.noise_layers
        for i in range(times):
            store.noise_layers = first
            store.steps.append((times, i))
            x = inner.run(x, scope.inside(f"{name}.{i + 1}"))
            store.steps.pop()
        return x

    return Stage(f"repeat({times}) {inner.text}", run)


def block(name, arguments, *stages):
    """A block that the text of the case defines."""
    inner = chain(stages)
    return Stage(f"{name}({arguments})", lambda x, scope: inner.run(x, scope.inside(scope.name(name))))
