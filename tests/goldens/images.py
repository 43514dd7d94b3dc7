"""Cases for layers on images and other grids: convolutions, poolings, resizing, and whole networks of them.

Values are channels-last in the language and channels-first in PyTorch: each stage moves the channels there and back.
"""

import torch
import torch.nn.functional as F

import network as n
from activations import ACTIVATIONS
from cases import collect
from network import Stage

CONVOLUTIONS = {1: F.conv1d, 2: F.conv2d, 3: F.conv3d}


def first(x):
    """Channels behind the batch."""
    return x.movedim(-1, 1)


def last(x):
    """Channels behind all other axes."""
    return x.movedim(1, -1)


def each(value, axes):
    """One number for each axis."""
    return list(value) if isinstance(value, (list, tuple)) else [value] * axes


def pairs(pad, extents, spans, strides):
    """The entries before and behind each axis."""
    if pad == "valid":
        return [(0, 0)] * len(extents)
    if pad == "same":
        totals = [max((-(-n // s) - 1) * s + span - n, 0) for n, span, s in zip(extents, spans, strides)]
        return [(total // 2, total - total // 2) for total in totals]
    return [tuple(p) if isinstance(p, (list, tuple)) else (p, p) for p in each(pad, len(extents))]


def padded(x, around, value=0.0):
    """A channels-first value with entries around its spatial axes."""
    return F.pad(x, [end for pair in reversed(around) for end in pair], value=value)


def spans(kernel, dilation):
    return [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]


def arguments(*given, **named):
    """The text of arguments; those that are the defaults are left out."""
    defaults = {"stride": 1, "dilation": 1, "groups": 1, "pad": "valid", "bias": True, "multiplier": 1, "output_padding": 0}
    written = [f"{key} = {str(value).lower()}" for key, value in named.items() if value is not None and defaults.get(key) != value]
    return ", ".join([str(value) for value in given if value is not None] + written)


def biased(y, scope_tensor, filters, bias):
    return y + scope_tensor("bias", lambda g: 0.3 * g.standard_normal(filters)) if bias else y


def conv(filters, kernel, activation=None, stride=1, dilation=1, groups=1, pad="valid", bias=True, into=None):
    def run(x, scope):
        axes, name = x.dim() - 2, scope.name("conv")
        k, s, d = each(kernel, axes), each(stride, axes), each(dilation, axes)
        tensor = lambda part, make: scope.store.tensor(f"{name}.{part}", make)
        weight = tensor("weight", lambda g: 0.5 * g.standard_normal((*k, x.shape[-1] // groups, filters)))
        around = pairs(pad, x.shape[1:-1], spans(k, d), s)
        y = CONVOLUTIONS[axes](padded(first(x), around), weight.movedim((-1, -2), (0, 1)), None, s, 0, d, groups)
        y = biased(last(y), tensor, filters, bias)
        return activation.run(y, scope) if activation else y

    widths = f"{into}->{filters}" if into else str(filters)
    text = arguments(widths, kernel, activation and activation.text, stride=stride, dilation=dilation, groups=groups, pad=pad, bias=bias)
    return Stage(f"conv({text})", run)


def conv_cases(c):
    a = ACTIVATIONS
    c.add("conv_1d", n.source(7, 2), n.dense(3), conv(4, 3, into=3), shape=(7, 2))
    c.add("conv_1d_same_even_stride", n.source(7, 2), n.dense(3), conv(2, 4, a["tanh"], stride=2, pad="same"), shape=(7, 2))
    c.add("conv_2d", n.source(5, 6, 2), n.dense(3), conv(4, 3, a["relu"]), n.flatten, n.dense(2), shape=(5, 6, 2), rows=2)
    c.add("conv_2d_lists", n.source(6, 5, 1), a["prelu"], conv(3, [3, 2], stride=[2, 1], dilation=[1, 2], pad=[[1, 0], 2], bias=False), shape=(6, 5, 1), rows=2)
    c.add("conv_2d_groups_same", n.source(5, 4, 3), n.dense(4), conv(6, 3, stride=2, groups=2, pad="same"), shape=(5, 4, 3), rows=2)
    c.add("conv_2d_wide", n.source(5, 5, 4), n.dense(9), conv(19, 3, pad=1), n.flatten, n.dense(1), shape=(5, 5, 4), rows=2)
    c.add("conv_3d", n.source(3, 4, 3, 2), n.dense(2), conv(3, [2, 3, 2], pad="same", stride=[1, 2, 1]), shape=(3, 4, 3, 2), rows=2)


def cases():
    return collect("images", (conv_cases,))
