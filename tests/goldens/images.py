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


def pool(name, window, stride=None, pad="valid", count_padding=True):
    """`max_pool` or `avg_pool`."""
    functions = {"max_pool": (F.max_pool1d, F.max_pool2d, F.max_pool3d), "avg_pool": (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)}

    def run(x, scope):
        axes, function = x.dim() - 2, functions[name][x.dim() - 3]
        k, s = each(window, axes), each(stride or window, axes)
        around = pairs(pad, x.shape[1:-1], k, s)
        y = function(padded(first(x), around, -float("inf") if name == "max_pool" else 0.0), k, s)
        if not count_padding:
            y = y / function(padded(torch.ones_like(first(x)), around), k, s)
        return last(y)

    side_by_side = arguments(window, pad=pad)
    text = f"{side_by_side}{f', stride = {stride}' if stride else ''}{'' if count_padding else ', count_padding = false'}"
    return Stage(f"{name}({text})", run)


global_max_pool = Stage("global_max_pool", lambda x, scope: x.flatten(1, -2).amax(1))
global_avg_pool = Stage("global_avg_pool", lambda x, scope: x.flatten(1, -2).mean(1))


def pool_cases(c):
    c.add("max_pool_1d", n.source(7, 2), n.dense(3), pool("max_pool", 2), shape=(7, 2))
    c.add("max_pool_2d", n.source(6, 5, 2), n.dense(2), pool("max_pool", 3, stride=2), n.flatten, n.dense(2), shape=(6, 5, 2))
    c.add("max_pool_2d_same", n.source(5, 4, 1), n.dense(2), pool("max_pool", [3, 2], stride=2, pad="same"), shape=(5, 4, 1))
    c.add("max_pool_3d_padded", n.source(4, 3, 4, 1), n.dense(2), pool("max_pool", 2, stride=[2, 1, 2], pad=[0, [1, 0], 1]), shape=(4, 3, 4, 1), rows=2)
    c.add("avg_pool_1d_same", n.source(7, 2), n.dense(3), pool("avg_pool", 3, stride=2, pad="same"), shape=(7, 2))
    c.add("avg_pool_2d", n.source(6, 5, 2), n.dense(2), pool("avg_pool", 2), n.flatten, n.dense(2), shape=(6, 5, 2))
    c.add("avg_pool_2d_of_input", n.source(5, 4, 1), n.dense(2), pool("avg_pool", [3, 2], stride=1, pad=1, count_padding=False), shape=(5, 4, 1))
    c.add("avg_pool_3d", n.source(4, 3, 4, 1), n.dense(2), pool("avg_pool", [2, 3, 2], stride=1), shape=(4, 3, 4, 1), rows=2)
    c.add("global_max_pool", n.source(4, 3, 2), n.dense(3), global_max_pool, n.dense(2), shape=(4, 3, 2))
    c.add("global_avg_pool", n.source(4, 3, 2), n.dense(3), global_avg_pool, n.dense(2), shape=(4, 3, 2))
    c.add("global_pools_of_sequences", n.source(5, 2), n.dense(3), n.residual(n.dense(3)), global_max_pool, shape=(5, 2))


def depthwise_conv(kernel, multiplier=1, activation=None, stride=1, dilation=1, pad="valid", bias=True):
    def run(x, scope):
        name, channels = scope.name("depthwise_conv"), x.shape[-1]
        tensor = lambda part, make: scope.store.tensor(f"{name}.{part}", make)
        y = depthwise(x, tensor, "weight", kernel, multiplier, stride, dilation, pad)
        y = biased(y, tensor, channels * multiplier, bias)
        return activation.run(y, scope) if activation else y

    text = arguments(kernel, multiplier, activation and activation.text, stride=stride, dilation=dilation, pad=pad, bias=bias)
    return Stage(f"depthwise_conv({text})", run)


def depthwise(x, tensor, part, kernel, multiplier, stride, dilation, pad):
    """Each channel by itself."""
    axes, channels = x.dim() - 2, x.shape[-1]
    k, s, d = each(kernel, axes), each(stride, axes), each(dilation, axes)
    weight = tensor(part, lambda g: 0.5 * g.standard_normal((*k, 1, channels * multiplier)))
    around = pairs(pad, x.shape[1:-1], spans(k, d), s)
    return last(CONVOLUTIONS[axes](padded(first(x), around), weight.movedim((-1, -2), (0, 1)), None, s, 0, d, channels))


def separable_conv(filters, kernel, activation=None, stride=1, dilation=1, multiplier=1, pad="valid", bias=True, into=None):
    def run(x, scope):
        name, channels = scope.name("separable_conv"), x.shape[-1]
        tensor = lambda part, make: scope.store.tensor(f"{name}.{part}", make)
        z = depthwise(x, tensor, "depthwise", kernel, multiplier, stride, dilation, pad)
        y = z @ tensor("pointwise", lambda g: 0.5 * g.standard_normal((channels * multiplier, filters)))
        y = biased(y, tensor, filters, bias)
        return activation.run(y, scope) if activation else y

    widths = f"{into}->{filters}" if into else str(filters)
    text = arguments(widths, kernel, activation and activation.text, stride=stride, dilation=dilation, multiplier=multiplier, pad=pad, bias=bias)
    return Stage(f"separable_conv({text})", run)


TRANSPOSED = {1: F.conv_transpose1d, 2: F.conv_transpose2d, 3: F.conv_transpose3d}


def conv_transpose(filters, kernel, activation=None, stride=1, pad=0, output_padding=0, dilation=1, groups=1, bias=True, into=None):
    """`pad` is a number for each axis, as in PyTorch, or `same`, which is cut from the output without padding."""

    def run(x, scope):
        axes, name = x.dim() - 2, scope.name("conv_transpose")
        k, s, d, more = each(kernel, axes), each(stride, axes), each(dilation, axes), each(output_padding, axes)
        tensor = lambda part, make: scope.store.tensor(f"{name}.{part}", make)
        weight = tensor("weight", lambda g: 0.5 * g.standard_normal((*k, filters // groups, x.shape[-1])))
        kernel_first = weight.movedim((-1, -2), (0, 1))
        if pad == "same":
            # All of it, then `n * stride` of each axis; a gap between windows is left behind the last of them.
            y = TRANSPOSED[axes](first(x), kernel_first, None, s, 0, 0, groups, d)
            for axis in range(axes):
                whole, wanted = y.shape[axis + 2], x.shape[axis + 1] * s[axis]
                y = y.narrow(axis + 2, max(whole - wanted, 0) // 2, min(wanted, whole))
                missing = [0, 0] * (axes - 1 - axis) + [0, max(wanted - whole, 0)]
                y = F.pad(y, missing)
        else:
            y = TRANSPOSED[axes](first(x), kernel_first, None, s, each(pad, axes), more, groups, d)
        y = biased(last(y), tensor, filters, bias)
        return activation.run(y, scope) if activation else y

    widths = f"{into}->{filters}" if into else str(filters)
    text = arguments(widths, kernel, activation and activation.text, stride=stride, pad=pad or None, output_padding=output_padding, dilation=dilation, groups=groups, bias=bias)
    return Stage(f"conv_transpose({text})", run)


def other_conv_cases(c):
    a = ACTIVATIONS
    c.add("depthwise_conv_2d", n.source(5, 4, 2), n.dense(3), depthwise_conv(3, activation=a["relu"]), n.flatten, n.dense(2), shape=(5, 4, 2), rows=2)
    c.add("depthwise_conv_2d_multiplied", n.source(5, 4, 2), n.dense(3), depthwise_conv([2, 3], 2, stride=2, pad="same", bias=False), shape=(5, 4, 2), rows=2)
    c.add("depthwise_conv_1d_one_channel", n.source(7, 1), n.dense(1), depthwise_conv(3, 4, dilation=2), shape=(7, 1))
    c.add("separable_conv_2d", n.source(5, 4, 2), n.dense(3), separable_conv(4, 3, a["tanh"], into=3), shape=(5, 4, 2), rows=2)
    c.add("separable_conv_1d", n.source(7, 2), n.dense(3), separable_conv(2, 3, stride=2, multiplier=2, pad="same"), shape=(7, 2))
    c.add("conv_transpose_1d", n.source(4, 2), n.dense(3), conv_transpose(2, 3, a["tanh"], stride=2, pad=1, output_padding=1), shape=(4, 2))
    c.add("conv_transpose_2d", n.source(3, 2, 2), n.dense(3), conv_transpose(4, 3, stride=2, into=3), n.flatten, n.dense(1), shape=(3, 2, 2), rows=2)
    c.add("conv_transpose_2d_groups", n.source(3, 2, 2), n.dense(4), conv_transpose(6, [2, 3], stride=[3, 1], pad=[1, 2], dilation=[1, 2], output_padding=[2, 0], groups=2, bias=False), shape=(3, 2, 2), rows=2)
    c.add("conv_transpose_2d_same", n.source(3, 4, 2), n.dense(3), conv_transpose(2, [2, 3], stride=[3, 2], pad="same"), shape=(3, 4, 2), rows=2)
    c.add("conv_transpose_3d", n.source(2, 2, 3, 2), n.dense(2), conv_transpose(3, 2, stride=[1, 2, 1]), shape=(2, 2, 3, 2), rows=2)


def around(name, pad):
    """`zero_pad` or `crop`."""

    def run(x, scope):
        ends = pairs(pad, x.shape[1:-1], None, None)
        return last(padded(first(x), ends if name == "zero_pad" else [(-before, -behind) for before, behind in ends]))

    return Stage(f"{name}({pad})", run)


def upsample(factor, mode=None):
    def run(x, scope):
        given = {} if mode in (None, "nearest") else {"align_corners": False}
        factors = [float(f) for f in each(factor, x.dim() - 2)]
        return last(F.interpolate(first(x), scale_factor=factors, mode=mode or "nearest", **given))

    return Stage(f"upsample({arguments(factor, mode=mode)})", run)


def grid_cases(c):
    c.add("zero_pad", n.source(3, 4, 2), n.dense(2), around("zero_pad", [1, [0, 2]]), n.flatten, n.dense(2), shape=(3, 4, 2))
    c.add("zero_pad_1d", n.source(3, 2), n.dense(2), around("zero_pad", 2), shape=(3, 2))
    c.add("crop", n.source(5, 4, 2), n.dense(2), around("crop", [[1, 2], 1]), shape=(5, 4, 2))
    c.add("crop_3d", n.source(3, 4, 3, 1), n.dense(2), around("crop", 1), n.flatten, n.dense(2), shape=(3, 4, 3, 1))
    c.add("upsample_1d", n.source(3, 2), n.dense(2), upsample(3), shape=(3, 2))
    c.add("upsample_2d", n.source(3, 2, 2), n.dense(2), upsample([2, 3]), n.flatten, n.dense(2), shape=(3, 2, 2))
    c.add("upsample_3d", n.source(2, 2, 1, 2), n.dense(2), upsample(2), shape=(2, 2, 1, 2), rows=2)
    c.add("upsample_linear", n.source(4, 2), n.dense(2), upsample(3, "linear"), shape=(4, 2))
    c.add("upsample_bilinear", n.source(3, 4, 1), n.dense(2), upsample([2, 3], "bilinear"), n.flatten, n.dense(2), shape=(3, 4, 1))
    c.add("upsample_bilinear_one_place", n.source(1, 3, 1), n.dense(2), upsample(4, "bilinear"), shape=(1, 3, 1))


def whole_networks(c):
    """LeNet-5 (LeCun, Bottou, Bengio and Haffner 1998) and a block of a residual network (He, Zhang, Ren and Sun 2015, figure 2)."""
    tanh, relu = ACTIVATIONS["tanh"], ACTIVATIONS["relu"]
    lenet = [
        n.source(28, 28, 1),
        conv(6, 5, tanh, pad="same", into=1), pool("avg_pool", 2),
        conv(16, 5, tanh, into=6), pool("avg_pool", 2),
        n.flatten, n.dense(120, tanh, into=400), n.dense(84, tanh), n.dense(10, ACTIVATIONS["softmax"]),
    ]
    c.add("lenet", *lenet, shape=(28, 28, 1), rows=2, by_rule=True)
    block = n.residual(
        conv(4, 3, pad="same", bias=False), n.batch_norm(), relu,
        conv(4, 3, pad="same", bias=False), n.batch_norm(),
    )
    shrink = [conv(6, 3, stride=2, pad="same", bias=False), n.batch_norm(), relu]
    for train, mode in ((True, "train"), (False, "predict")):
        c.add(f"resnet_block_{mode}", n.source(8, 8, 4), n.dense(4), block, relu, *shrink, global_avg_pool, n.dense(3), shape=(8, 8, 4), rows=2, train=train)


def cases():
    return collect("images", (conv_cases, pool_cases, other_conv_cases, grid_cases, whole_networks))
