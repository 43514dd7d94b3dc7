"""Cases for normalisation of examples and of images, and for the kin of dropout."""

import math

import torch
import torch.nn.functional as F

import network as n
import philox
from cases import collect

ALPHA = -1.0507009873554805 * 1.6732632423543772


def channels_first(x, function):
    """`function` on `[rows, channels, places…]`, as PyTorch wants it."""
    return torch.movedim(function(torch.movedim(x, -1, 1)), 1, -1)


def tensors(scope, kind, shape, parts=("scale", "shift")):
    name = scope.name(kind)
    draw = {"scale": lambda g: 1.0 + 0.3 * g.standard_normal(shape), "shift": lambda g: 0.3 * g.standard_normal(shape)}
    return [scope.store.tensor(f"{name}.{part}", draw[part]) for part in parts]


def rms_norm(text="rms_norm", eps=1e-5):
    def run(x, scope):
        (scale,) = tensors(scope, "rms_norm", x.shape[-1], ("scale",))
        return F.rms_norm(x, x.shape[-1:], scale, eps)

    return n.Stage(text, run)


def group_norm(groups, eps=None):
    def run(x, scope):
        scale, shift = tensors(scope, "group_norm", x.shape[-1])
        return channels_first(x, lambda x: F.group_norm(x, groups, scale, shift, eps or 1e-5))

    return n.Stage(f"group_norm({groups}{f', eps = {eps}' if eps else ''})", run)


def instance_norm(eps=None):
    def run(x, scope):
        scale, shift = tensors(scope, "instance_norm", x.shape[-1])
        return channels_first(x, lambda x: F.instance_norm(x, weight=scale, bias=shift, eps=eps or 1e-5))

    return n.Stage(f"instance_norm(eps = {eps})" if eps else "instance_norm", run)


def layer_norm(axes):
    def run(x, scope):
        shape = tuple(x.shape[-axes:])
        scale, shift = tensors(scope, "layer_norm", shape)
        return F.layer_norm(x, shape, scale, shift)

    return n.Stage(f"layer_norm(axes = {axes})", run)


def noise(text, function):
    """A layer that does something in training alone: `function(x, scope)`."""
    return n.Stage(text, lambda x, scope: function(x, scope) if scope.store.train else x)


def spatial_dropout(rate):
    def run(x, scope):
        kept = scope.store.noise(philox.uniforms, (x.shape[0], x.shape[-1])) >= rate
        return x * (kept / (1.0 - rate)).reshape(x.shape[0], *[1] * (x.dim() - 2), x.shape[-1])

    return noise(f"spatial_dropout({rate})", run)


def alpha_dropout(rate):
    a = 1.0 / math.sqrt((1 - rate) * (1 + rate * ALPHA**2))

    def run(x, scope):
        kept = scope.store.noise(philox.uniforms, x.shape) >= rate
        return a * torch.where(kept, x, torch.tensor(ALPHA, dtype=x.dtype)) - a * ALPHA * rate

    return noise(f"alpha_dropout({rate})", run)


def gaussian_dropout(rate):
    std = math.sqrt(rate / (1 - rate))
    return noise(f"gaussian_dropout({rate})", lambda x, scope: x * (1 + std * scope.store.noise(philox.normals, x.shape)))


def norms(c):
    d = n.dense
    c.add("rms_norm", d(4, into=3), rms_norm(), d(2), width=3)
    c.add("rms_norm_matrix", n.source(2, 4), d(5), rms_norm("rms_norm(eps = 0.01)", 0.01), d(2), shape=(2, 4))
    c.add("group_norm", n.source(3, 2, 6), d(6), group_norm(3), d(2), shape=(3, 2, 6), rows=2)
    c.add("group_norm_vector", d(8, into=3), group_norm(2, eps=0.01), d(2), width=3)
    c.add("group_norm_single", n.source(5, 3), d(4), group_norm(1), d(2), shape=(5, 3))
    c.add("instance_norm_image", n.source(3, 4, 4), d(4, bias=False), instance_norm(), d(2), shape=(3, 4, 4), rows=2)
    c.add("instance_norm_bias_predict", n.source(3, 4, 4), d(4), instance_norm(), d(2), shape=(3, 4, 4), rows=2, train=False)
    c.add("instance_norm_sequence", n.source(5, 3), d(3, bias=False), instance_norm(0.01), d(2), shape=(5, 3))
    c.add("layer_norm_two_axes", n.source(3, 4), d(4), layer_norm(2), d(2), shape=(3, 4))
    c.add("layer_norm_three_axes", n.source(2, 3, 2), d(3), layer_norm(3), d(2), shape=(2, 3, 2), rows=2)
    for train, mode in ((True, "train"), (False, "predict")):
        c.add(f"batch_norm_image_{mode}", n.source(3, 2, 3), d(4, bias=False), n.batch_norm(), d(2), shape=(3, 2, 3), train=train)
        c.add(f"batch_norm_volume_{mode}", n.source(2, 2, 2, 3), d(3, bias=False), n.batch_norm(), d(2), shape=(2, 2, 2, 3), train=train)


def dropouts(c):
    d = n.dense
    for name, layer in (("alpha_dropout", alpha_dropout), ("gaussian_dropout", gaussian_dropout)):
        c.add(name, d(6, into=4), layer(0.3), d(2), width=4, seed=7, step=3)
        c.add(f"{name}_twice", n.source(2, 3), d(4), layer(0.25), d(4), layer(0.5), d(2), shape=(2, 3), seed=9, step=20)
        c.add(f"{name}_predict", d(6, into=4), layer(0.3), d(2), width=4, train=False)
    c.add("spatial_dropout", n.source(4, 3), d(6), spatial_dropout(0.4), d(2), shape=(4, 3), seed=3, step=5)
    c.add("spatial_dropout_image", n.source(2, 3, 3), d(5), spatial_dropout(0.5), d(2), shape=(2, 3, 3), seed=11, step=2)
    c.add("spatial_dropout_predict", n.source(4, 3), d(6), spatial_dropout(0.4), d(2), shape=(4, 3), train=False)


def cases():
    return collect("norms", (norms, dropouts))
