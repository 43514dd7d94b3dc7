"""Cases for optimizers: 20 steps of six parameters under given gradients, in f64.

Everything but lion is `torch.optim`; lion is algorithm 2 of Chen et al., "Symbolic discovery of optimization algorithms" (2023).
A step: the gradient of the loss, plus the penalties' (l1 sign(w) + 2 l2 w), clipped by value, clipped by norm, then the optimizer.
"""

import numpy as np
import torch

from writing import f32

STEPS = 20
START = f32([0.5, -1.0, 2.0, 0.0, -0.25, 0.125])


class Lion(torch.optim.Optimizer):
    def __init__(self, params, lr=1e-4, betas=(0.9, 0.99), weight_decay=0.0):
        super().__init__(params, {"lr": lr, "betas": betas, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            beta1, beta2 = group["betas"]
            for w in group["params"]:
                m = self.state[w].setdefault("m", torch.zeros_like(w))
                direction = torch.sign(beta1 * m + (1.0 - beta1) * w.grad)
                w -= group["lr"] * (direction + group["weight_decay"] * w)
                m.mul_(beta2).add_((1.0 - beta2) * w.grad)


def gradients():
    """Signs that change, sizes that fall, one parameter that is not used and one that is used once."""
    values = np.random.default_rng(20).standard_normal((STEPS, 6)) * np.linspace(1.5, 0.3, STEPS)[:, None]
    values[:, 3] = 0.0
    values[1:, 4] = 0.0
    return f32(values)


def steps(make, l1=0.0, l2=0.0, clip_value=None, clip_norm=None, dtype=torch.float64):
    """The parameters after each step."""
    w = torch.tensor(START, dtype=dtype, requires_grad=True)
    optimizer = make([w])
    trace = []
    for gradient in gradients():
        w.grad = torch.tensor(gradient, dtype=dtype) + (l1 * torch.sign(w) + 2.0 * l2 * w).detach()
        if clip_value is not None:
            torch.nn.utils.clip_grad_value_([w], clip_value)
        if clip_norm is not None:
            torch.nn.utils.clip_grad_norm_([w], clip_norm)
        optimizer.step()
        trace.append(w.detach().double().numpy().copy())
    return np.array(trace)


def table():
    """(name, text, what makes it, arguments of `steps`)."""
    o = torch.optim
    adam = lambda p: o.Adam(p, lr=0.1)
    sgd = lambda p: o.SGD(p, lr=0.1)
    return [
        ("sgd", "sgd(lr = 0.1)", sgd, {}),
        ("sgd_decay", "sgd(lr = 0.05, weight_decay = 0.1)", lambda p: o.SGD(p, lr=0.05, weight_decay=0.1), {}),
        ("momentum", "momentum(lr = 0.1)", lambda p: o.SGD(p, lr=0.1, momentum=0.9), {}),
        ("momentum_decay", "momentum(lr = 0.05, momentum = 0.5, weight_decay = 0.1)",
         lambda p: o.SGD(p, lr=0.05, momentum=0.5, weight_decay=0.1), {}),
        ("nesterov", "nesterov(lr = 0.1)", lambda p: o.SGD(p, lr=0.1, momentum=0.9, nesterov=True), {}),
        ("nesterov_decay", "nesterov(lr = 0.05, momentum = 0.8, weight_decay = 0.1)",
         lambda p: o.SGD(p, lr=0.05, momentum=0.8, nesterov=True, weight_decay=0.1), {}),
        ("adagrad", "adagrad(lr = 0.1)", lambda p: o.Adagrad(p, lr=0.1), {}),
        ("adagrad_decay", "adagrad(lr = 0.2, eps = 0.001, weight_decay = 0.1)",
         lambda p: o.Adagrad(p, lr=0.2, eps=1e-3, weight_decay=0.1), {}),
        ("rmsprop", "rmsprop(lr = 0.02)", lambda p: o.RMSprop(p, lr=0.02), {}),
        ("rmsprop_decay", "rmsprop(lr = 0.01, alpha = 0.9, eps = 0.001, weight_decay = 0.1)",
         lambda p: o.RMSprop(p, lr=0.01, alpha=0.9, eps=1e-3, weight_decay=0.1), {}),
        ("adam", "adam(lr = 0.1)", adam, {}),
        ("adam_positional", "adam(0.02)", lambda p: o.Adam(p, lr=0.02), {}),
        ("adam_decay", "adam(lr = 0.1, beta1 = 0.5, beta2 = 0.9, eps = 0.001, weight_decay = 0.01)",
         lambda p: o.Adam(p, lr=0.1, betas=(0.5, 0.9), eps=1e-3, weight_decay=0.01), {}),
        ("adamw", "adamw(lr = 0.1)", lambda p: o.AdamW(p, lr=0.1), {}),
        ("adamw_decay", "adamw(lr = 0.05, beta1 = 0.8, beta2 = 0.95, eps = 0.0001, weight_decay = 0.2)",
         lambda p: o.AdamW(p, lr=0.05, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.2), {}),
        ("adamax", "adamax(lr = 0.1)", lambda p: o.Adamax(p, lr=0.1), {}),
        ("adamax_decay", "adamax(lr = 0.05, beta1 = 0.8, beta2 = 0.9, eps = 0.001, weight_decay = 0.1)",
         lambda p: o.Adamax(p, lr=0.05, betas=(0.8, 0.9), eps=1e-3, weight_decay=0.1), {}),
        ("nadam", "nadam(lr = 0.1)", lambda p: o.NAdam(p, lr=0.1), {}),
        ("nadam_decay", "nadam(lr = 0.05, beta1 = 0.8, beta2 = 0.9, eps = 0.001, momentum_decay = 0.01, weight_decay = 0.1)",
         lambda p: o.NAdam(p, lr=0.05, betas=(0.8, 0.9), eps=1e-3, momentum_decay=0.01, weight_decay=0.1), {}),
        ("adadelta", "adadelta(lr = 1.0)", lambda p: o.Adadelta(p, lr=1.0), {}),
        ("adadelta_decay", "adadelta(lr = 0.5, rho = 0.8, eps = 0.001, weight_decay = 0.1)",
         lambda p: o.Adadelta(p, lr=0.5, rho=0.8, eps=1e-3, weight_decay=0.1), {}),
        ("lion", "lion(lr = 0.01)", lambda p: Lion(p, lr=0.01), {}),
        ("lion_decay", "lion(lr = 0.05, beta1 = 0.8, beta2 = 0.9, weight_decay = 0.1)",
         lambda p: Lion(p, lr=0.05, betas=(0.8, 0.9), weight_decay=0.1), {}),
        ("clip_value", "sgd(lr = 0.1, clip_value = 0.5)", sgd, {"clip_value": 0.5}),
        ("clip_norm", "sgd(lr = 0.1, clip_norm = 1.0)", sgd, {"clip_norm": 1.0}),
        ("clip_both", "sgd(lr = 0.1, clip_value = 0.5, clip_norm = 0.75)", sgd, {"clip_value": 0.5, "clip_norm": 0.75}),
        ("clip_norm_momentum", "momentum(lr = 0.1, clip_norm = 0.5, weight_decay = 0.1)",
         lambda p: o.SGD(p, lr=0.1, momentum=0.9, weight_decay=0.1), {"clip_norm": 0.5}),
        ("l1", "sgd(lr = 0.1, l1 = 0.05)", sgd, {"l1": 0.05}),
        ("l2", "adam(lr = 0.1, l2 = 0.1)", adam, {"l2": 0.1}),
        ("penalties_and_clip", "sgd(lr = 0.1, l1 = 0.05, l2 = 0.1, clip_norm = 1.0)", sgd, {"l1": 0.05, "l2": 0.1, "clip_norm": 1.0}),
    ]


def defaults():
    """The same with every argument left out, the learning rate too: PyTorch's (for lion, its paper's authors')."""
    o = torch.optim
    made = {
        "sgd": o.SGD, "momentum": lambda p: o.SGD(p, momentum=0.9), "nesterov": lambda p: o.SGD(p, momentum=0.9, nesterov=True),
        "adagrad": o.Adagrad, "rmsprop": o.RMSprop, "adam": o.Adam, "adamw": o.AdamW, "adamax": o.Adamax, "nadam": o.NAdam,
        "adadelta": o.Adadelta, "lion": Lion,
    }
    return [(f"{name}_defaults", f"{name}()", make, {}) for name, make in made.items()]


def cases():
    found, furthest = [], 0.0
    for name, text, make, how in table() + defaults():
        trace = steps(make, **how)
        single = steps(make, dtype=torch.float32, **how)
        furthest = max(furthest, np.max(np.abs(single - trace) / (1e-5 * np.abs(trace) + 1e-6)))
        found.append({"name": name, "optimizer": text, "start": START, "gradients": gradients(), "parameters": trace})
    print(f"optimizers in f32, furthest (1 = what is allowed): {furthest:.2f}")
    assert furthest < 0.5
    return found
