"""The activations of the language in PyTorch."""

import torch
import torch.nn.functional as F

from network import Stage


def plain(text, function):
    return Stage(text, lambda x, scope: function(x))


def prelu(text="prelu", init=0.25, shared=True):
    """The slope of a case is not `init` but a value near it, as after some training."""

    def run(x, scope):
        width = 1 if shared else x.shape[-1]
        slope = scope.store.tensor(f"{scope.name('prelu')}.slope", lambda g: init + g.uniform(-0.1, 0.1, width))
        return torch.where(x > 0, x, slope * x)

    return Stage(text, run)


def step(x):
    """Heaviside; its gradient is 0."""
    return torch.where(x >= 0, torch.ones_like(x), torch.zeros_like(x)) + 0.0 * x


ACTIVATIONS = {
    "linear": plain("linear", lambda x: x),
    "step": plain("step", step),
    "sign": plain("sign", torch.sign),
    "sigmoid": plain("sigmoid", torch.sigmoid),
    "tanh": plain("tanh", torch.tanh),
    "relu": plain("relu", torch.relu),
    "leaky_relu": plain("leaky_relu", lambda x: F.leaky_relu(x, 0.01)),
    "leaky_relu_slope": plain("leaky_relu(slope = 0.2)", lambda x: F.leaky_relu(x, 0.2)),
    "prelu": prelu(),
    "prelu_init": prelu("prelu(init = 0.1)", 0.1),
    "prelu_not_shared": prelu("prelu(shared = false)", shared=False),
    "elu": plain("elu", F.elu),
    "elu_alpha": plain("elu(alpha = 0.7)", lambda x: F.elu(x, 0.7)),
    "selu": plain("selu", F.selu),
    "gelu": plain("gelu", F.gelu),
    "gelu_exact": plain("gelu(form = exact)", F.gelu),
    "gelu_tanh": plain("gelu(form = tanh)", lambda x: F.gelu(x, approximate="tanh")),
    "silu": plain("silu", F.silu),
    "mish": plain("mish", F.mish),
    "softplus": plain("softplus", lambda x: torch.logaddexp(x, torch.zeros_like(x))),
    "softsign": plain("softsign", F.softsign),
    "hard_sigmoid": plain("hard_sigmoid", F.hardsigmoid),
    "softmax": plain("softmax", lambda x: torch.softmax(x, -1)),
    "log_softmax": plain("log_softmax", lambda x: torch.log_softmax(x, -1)),
}

# Where PyTorch had to choose a derivative: the places, beside the activation.
KINKS = {
    "step": [0.0],
    "sign": [0.0],
    "relu": [0.0],
    "leaky_relu": [0.0],
    "prelu": [0.0],
    "elu_alpha": [0.0],
    "selu": [0.0],
    "softsign": [0.0],
    "hard_sigmoid": [-3.0, 3.0],
}
