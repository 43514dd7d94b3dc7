"""Cases for functions of elements, reductions, losses of two values, radial basis functions and estimators."""

import numpy as np
import torch
import torch.nn.functional as F

import network as n
import philox
from cases import collect


def of_one(text, function):
    """A stage without parameters."""
    return n.Stage(text, lambda x, scope: function(x))


def graph(text, function):
    """A whole network as a graph: `function(x, dense)`, where `dense(name, x, width)` is a dense layer of that name."""

    def run(x, scope):
        def dense(name, x, width):
            store = scope.store
            weight = store.tensor(f"{name}.weight", lambda g: 0.6 * g.standard_normal((x.shape[-1], width)))
            return x @ weight + store.tensor(f"{name}.bias", lambda g: 0.3 * g.standard_normal(width))

        return function(x, dense)

    return n.Stage(text, run)


def elements(c):
    functions = {
        "exp": torch.exp, "abs": torch.abs, "neg": torch.neg, "square": torch.square, "sin": torch.sin, "cos": torch.cos,
        "erf": torch.erf, "clip(-0.5, 0.75)": lambda x: torch.clip(x, -0.5, 0.75), "power(3)": lambda x: x**3,
        "power(-2)": lambda x: x**-2.0,
    }
    for text, function in functions.items():
        name = text.split("(")[0] + ("_negative" if "-2" in text else "")
        c.add(f"function_{name}", n.dense(4, into=3), of_one(text, function), n.dense(2), width=3)
        c.add(f"function_{name}_matrix", n.source(2, 3), n.dense(3), of_one(text, function), shape=(2, 3))
    positive = {"log": torch.log, "sqrt": torch.sqrt, "reciprocal": torch.reciprocal, "power(0.5)": lambda x: x**0.5, "power(-1.5)": lambda x: x**-1.5}
    for number, (text, function) in enumerate(positive.items()):
        name = f"{text.split('(')[0]}_{number}"
        guard = of_one("softplus", F.softplus)
        c.add(f"function_{name}", n.dense(4, into=3), guard, of_one(text, function), n.dense(2), width=3)
        c.add(f"function_{name}_matrix", n.source(2, 3), n.dense(3), guard, of_one(text, function), shape=(2, 3))
    stepped = {"round": lambda x: x * torch.round(3 * x), "floor": lambda x: x * torch.floor(3 * x), "stop": lambda x: x * (3 * x).detach()}
    for name, function in stepped.items():
        text = "(x: [4]) { let h = x |> dense(4); h * %s(3 * h) }" % name
        c.add(f"function_{name}", graph(text, lambda x, dense, f=function: f(dense("dense_1", x, 4))), width=4)
        matrix = "(x: [2, 4]) { let h = x |> dense(4); h * %s(3 * h) }" % name
        c.add(f"function_{name}_matrix", graph(matrix, lambda x, dense, f=function: f(dense("dense_1", x, 4))), shape=(2, 4))
    through = {"step": lambda x: (x >= 0).double(), "sign": torch.sign, "round": torch.round}
    for kind, function in through.items():
        estimate = lambda x, f=function: x + (f(x).to(x.dtype) - x).detach()
        c.add(f"straight_through_{kind}", n.dense(4, into=3), of_one(f"straight_through({kind})", estimate), n.dense(2), width=3)


def reductions(c):
    found = {
        "sum": lambda x, axes, keep: x.sum(axes, keepdim=keep),
        "mean": lambda x, axes, keep: x.mean(axes, keepdim=keep),
        "max": lambda x, axes, keep: torch.amax(x, axes, keepdim=keep),
        "min": lambda x, axes, keep: torch.amin(x, axes, keepdim=keep),
        "variance": lambda x, axes, keep: x.var(axes, correction=0, keepdim=keep),
        "norm": lambda x, axes, keep: torch.linalg.vector_norm(x, dim=axes, keepdim=keep),
    }
    for name, reduce in found.items():
        last = of_one(f"{name}(axis = -1)", lambda x, r=reduce: r(x, (3,), False))
        c.add(f"{name}_last_axis", n.source(2, 3, 4), n.dense(4), last, n.dense(2), shape=(2, 3, 4), rows=2)
        two = of_one(f"{name}(axis = [2, 0], keep = true)", lambda x, r=reduce: r(x, (1, 3), True))
        c.add(f"{name}_two_axes_kept", n.source(2, 3, 4), n.dense(4), two, n.dense(2), shape=(2, 3, 4), rows=2)
        text = "(x: [3, 4]) { %s(x |> dense(4)) }" % name
        c.add(f"{name}_of_all", graph(text, lambda x, dense, r=reduce: r(dense("dense_1", x, 4), (1, 2), False)[:, None]), shape=(3, 4))


def rows(loss):
    """The loss of each row by itself."""
    return lambda y, t: torch.stack([loss(a[None], b[None]) for a, b in zip(y, t)])[:, None]


def losses(c):
    linear = {
        "mse": F.mse_loss, "mae": F.l1_loss, "huber": F.huber_loss, "huber_delta": lambda y, t: F.huber_loss(y, t, delta=0.3),
        "log_cosh": lambda y, t: torch.log(torch.cosh(y - t)).mean(),
    }
    for name, loss in linear.items():
        call = "huber(y, t, delta = 0.3)" if name == "huber_delta" else f"{name}(y, t)"
        text = "(x: [6]) { let y = x[0..3] |> dense(3); let t = x[3..6] |> dense(3); %s }" % call
        pair = lambda x, dense, l=rows(loss): l(dense("dense_1", x[:, :3], 3), dense("dense_2", x[:, 3:], 3))
        c.add(f"loss_{name}", graph(text, pair), width=6)
    probable = {
        "bce_logits(y, p)": lambda y, p: F.binary_cross_entropy_with_logits(y, torch.sigmoid(p)),
        "binary_cross_entropy(y |> sigmoid, p)": lambda y, p: F.binary_cross_entropy(torch.sigmoid(y), torch.sigmoid(p)),
        "poisson(y |> softplus, p)": lambda y, p: F.poisson_nll_loss(F.softplus(y), torch.sigmoid(p), log_input=False),
    }
    for call, loss in probable.items():
        text = "(x: [6]) { let y = x[0..3] |> dense(3); let p = x[3..6] |> dense(3) |> sigmoid; %s }" % call
        pair = lambda x, dense, l=rows(loss): l(dense("dense_1", x[:, :3], 3), dense("dense_2", x[:, 3:], 3))
        c.add(f"loss_{call.split('(')[0]}", graph(text, pair), width=6)
    certain = lambda x, dense: rows(lambda y, t: F.binary_cross_entropy_with_logits(y, t))(dense("dense_1", x, 4), torch.ones(len(x), 4, dtype=x.dtype))
    c.add("loss_bce_logits_certain", graph("(x: [3]) { let y = x |> dense(4); bce_logits(y, 1) }", certain), width=3)
    distributed = {
        "cross_entropy_logits(y, p)": lambda y, p: F.cross_entropy(y, torch.softmax(p, -1)),
        "cross_entropy(y |> softmax, p)": lambda y, p: F.cross_entropy(y, torch.softmax(p, -1)),
        "kl_divergence(y |> softmax, p)": lambda y, p: F.kl_div(F.log_softmax(y, -1), torch.softmax(p, -1), reduction="batchmean"),
    }
    for call, loss in distributed.items():
        text = "(x: [8]) { let y = x[0..4] |> dense(4); let p = x[4..8] |> dense(4) |> softmax; %s }" % call
        pair = lambda x, dense, l=rows(loss): l(dense("dense_1", x[:, :4], 4), dense("dense_2", x[:, 4:], 4))
        c.add(f"loss_{call.split('(')[0]}", graph(text, pair), width=8)
    for name, call in (("cross_entropy_logits", "cross_entropy_logits(y, 2)"), ("cross_entropy", "cross_entropy(y |> softmax, 2)")):
        text = "(x: [3]) { let y = x |> dense(4); %s }" % call
        ids = lambda x, dense: rows(lambda y, t: F.cross_entropy(y, t))(dense("dense_1", x, 4), torch.full((len(x),), 2))
        c.add(f"loss_{name}_class", graph(text, ids), width=3)
    hinge = lambda x, dense: rows(lambda y, t: torch.relu(1 - y * t).mean())(dense("dense_1", x, 4), torch.ones(len(x), 4, dtype=x.dtype))
    c.add("loss_hinge", graph("(x: [3]) { let y = x |> dense(4); hinge(y, 1) }", hinge), width=3)
    c.add("loss_hinge_wide", graph("(x: [5]) { let y = x |> dense(4); hinge(y, 1) }", hinge), width=5, rows=4)


def arithmetic(c):
    """Operators between two values of one shape, and of shapes that stretch."""
    operators = {
        "plus": ("p + q", lambda p, q: p + q), "minus": ("p - q", lambda p, q: p - q), "times": ("p * q", lambda p, q: p * q),
        "over": ("p / (2 + square(q))", lambda p, q: p / (2 + q**2)),
        "greater": ("p * (p > q)", lambda p, q: p * (p > q)), "less": ("p * (p < q)", lambda p, q: p * (p < q)),
        "greater_equal": ("p * (p >= q)", lambda p, q: p * (p >= q)), "less_equal": ("p * (p <= q)", lambda p, q: p * (p <= q)),
        "equal": ("q * (round(p) == round(q))", lambda p, q: q * (torch.round(p) == torch.round(q))),
        "not_equal": ("q * (round(p) != round(q))", lambda p, q: q * (torch.round(p) != torch.round(q))),
    }
    both = lambda x, dense: (dense("dense_1", x[:, :6].reshape(-1, 2, 3), 3), dense("dense_2", x[:, 6:].reshape(-1, 2, 3), 3))
    head = "(a: [2, 3], b: [2, 3]) { let p = a |> dense(3); let q = b |> dense(3)%s; %s }"
    for name, (text, function) in operators.items():
        c.add(f"operator_{name}", graph(head % ("", text), lambda x, dense, f=function: f(*both(x, dense)).flatten(1)), width=12)
        row = lambda x, dense, f=function: (lambda p, q: f(p, q[:, 1:]).flatten(1))(*both(x, dense))
        c.add(f"operator_{name}_row", graph(head % (" |> slice(0, 1, 2) |> squeeze", text), row), width=12)
    parts = lambda x, dense: (lambda p: torch.cat([p[:, 1:].flatten(1), p[:, 0], p[:, :, 2]], 1))(dense("dense_1", x.reshape(-1, 3, 2), 3))
    c.add("slices", graph("(x: [3, 2]) { let p = x |> dense(3); concat(p[1..3] |> flatten, p[0], p[.., 2]) }", parts), width=6)


def rbf(units, into=None):
    def run(x, scope):
        name, store = scope.name("rbf"), scope.store
        centres = store.tensor(f"{name}.centres", lambda g: g.standard_normal((units, x.shape[-1])))
        widths = store.tensor(f"{name}.widths", lambda g: 0.5 + g.uniform(0, 1, units))
        distance = ((x[..., None, :] - centres) ** 2).sum(-1)
        return torch.exp(-widths * distance)

    return n.Stage(f"rbf({into}->{units})" if into else f"rbf({units})", run)


def gumbel(temperature, hard=False):
    def run(x, scope):
        if not scope.store.train:
            return torch.softmax(x / temperature, -1)
        u = scope.store.noise(philox.uniforms, x.shape)
        soft = torch.softmax((x - torch.log(-torch.log(u))) / temperature, -1)
        if not hard:
            return soft
        one = (soft == soft.amax(-1, keepdim=True)).to(x.dtype)
        return soft + (one - soft).detach()

    return n.Stage(f"gumbel_softmax({temperature}{', hard = true' if hard else ''})", run)


def others(c):
    c.add("rbf", rbf(5, into=3), n.dense(2), width=3)
    c.add("rbf_on_matrix", n.source(2, 3), n.dense(4), rbf(3), n.dense(2), shape=(2, 3))
    c.add("gumbel_softmax", n.dense(5, into=3), gumbel(0.7), n.dense(2), width=3, seed=8, step=4)
    c.add("gumbel_softmax_hard", n.dense(5, into=3), gumbel(1.3, hard=True), n.dense(2), width=3, seed=8, step=4)
    c.add("gumbel_softmax_predict", n.dense(5, into=3), gumbel(0.7, hard=True), n.dense(2), width=3, train=False)


def cases():
    return collect("functions", (elements, arithmetic, reductions, losses, others))
