"""Cases for losses: the value and the gradient of the logits, in f64 from f32 logits and targets."""

import numpy as np
import torch
import torch.nn.functional as F

from writing import f32

HEADS = {
    "linear": lambda z: z,
    "softmax": lambda z: torch.softmax(z, -1),
    "log_softmax": lambda z: torch.log_softmax(z, -1),
    "sigmoid": torch.sigmoid,
}


def cross_entropy(label_smoothing=0.0, class_weights=None):
    weight = None if class_weights is None else torch.tensor(class_weights, dtype=torch.float64)
    return lambda z, t: F.cross_entropy(z, t, weight=weight, label_smoothing=label_smoothing)


def log_cosh(y, t):
    d = torch.abs(y - t)
    return (d + torch.log1p(torch.exp(-2.0 * d)) - np.log(2.0)).mean()


def binary_from_outputs(y, t):
    y = torch.where(y < 1e-7, torch.full_like(y, 1e-7), y)  # not clamp: the gradient outside is 0
    return F.binary_cross_entropy(y, t)


def kl_divergence(z, t):
    return F.kl_div(torch.log_softmax(z, -1), t, reduction="batchmean")


def hinge(y, t):
    return torch.clamp(1.0 - t * y, min=0.0).mean()


def signs(classes, width):
    """Class ids as -1 and +1 for each output; with one output, 0 is -1."""
    ids = torch.tensor(classes)
    hot = ids[:, None] if width == 1 else F.one_hot(ids, width)
    return 2.0 * hot.double() - 1.0


def poisson(y, t):
    return F.poisson_nll_loss(y, t, log_input=False, full=False, eps=1e-8)


def cosine(y, t):
    return (1.0 - F.cosine_similarity(y, t, dim=-1, eps=1e-8)).mean()


class Cases:
    def __init__(self):
        self.cases = []
        self.generator = np.random.default_rng(2015)

    def normal(self, rows, width, scale=1.5):
        return f32(scale * self.generator.standard_normal((rows, width)))

    def distribution(self, rows, width):
        """Probabilities that add up to 1 in f32 and in f64: sixteenths."""
        return self.generator.multinomial(16, np.ones(width) / width, rows) / 16.0

    def classes(self, rows, width):
        return self.generator.integers(0, width, rows).tolist()

    def add(self, name, loss, head, logits, function, values=None, classes=None, fused=False):
        """`function(logits, targets)` if `fused`, else `function(output, targets)`; class ids as they are or as `signs`."""
        z = torch.tensor(np.asarray(logits, dtype=np.float64), requires_grad=True)
        if values is not None:
            targets = torch.tensor(np.asarray(values, dtype=np.float64))
        elif function is hinge:
            targets = signs(classes, z.shape[1])
        else:
            targets = torch.tensor(classes)
        if classes is not None and z.shape[1] == 1 and function is not hinge:
            targets = targets[:, None].double()
        value = function(z if fused else HEADS[head](z), targets)
        value.backward()
        self.cases.append({
            "name": name, "loss": loss, "head": head, "logits": z.detach().numpy(),
            "targets": {"classes": classes} if classes is not None else {"values": targets.numpy()},
            "value": value.item(), "logit_gradient": z.grad.numpy(),
        })


def element_cases(c):
    """Losses over all outputs."""
    a, t = c.normal(4, 3), c.normal(4, 3)
    one, other = c.normal(5, 1), c.normal(5, 1)
    for loss, name, function in (
        ("mse", "mse", F.mse_loss),
        ("mae", "mae", F.l1_loss),
        ("huber", "huber", F.huber_loss),
        ("huber(delta = 0.5)", "huber_delta", lambda y, t: F.huber_loss(y, t, delta=0.5)),
        ("log_cosh", "log_cosh", log_cosh),
    ):
        c.add(f"{name}_three", loss, "linear", a, function, t)
        c.add(f"{name}_one", loss, "linear", one, function, other)
        c.add(f"{name}_large", loss, "linear", [[1e4, -1e4], [3.0, 1e4]], function, [[-1e4, -1e4], [1e4, 0.5]])
    c.add("mse_sigmoid", "mse", "sigmoid", a, F.mse_loss, c.generator.integers(0, 2, (4, 3)))
    c.add("mse_softmax", "mse", "softmax", a, F.mse_loss, np.eye(3)[c.classes(4, 3)])
    c.add("mae_at_zero", "mae", "linear", [[0.5, 1.0], [2.0, -1.0]], F.l1_loss, [[0.5, 0.0], [2.0, 1.0]])
    rates = np.abs(c.normal(4, 2)) + 0.25
    c.add("poisson_rates", "poisson", "linear", f32(rates), poisson, c.generator.integers(0, 6, (4, 2)))
    c.add("poisson_zero_counts", "poisson", "linear", [[0.001], [7.5], [1.0]], poisson, [[0.0], [4.0], [0.0]])
    c.add("poisson_sigmoid", "poisson", "sigmoid", c.normal(3, 2), poisson, c.generator.integers(0, 3, (3, 2)))
    c.add("cosine_three", "cosine", "linear", a, cosine, t)
    c.add("cosine_opposed", "cosine", "linear", [[1.0, 2.0], [-3.0, 0.5]], cosine, [[-1.0, -2.5], [-6.0, 1.0]])
    c.add("cosine_softmax", "cosine", "softmax", c.normal(3, 4), cosine, np.eye(4)[[2, 0, 3]])


def binary_cases(c):
    loss, fused = "binary_cross_entropy", F.binary_cross_entropy_with_logits
    c.add("binary_values", loss, "sigmoid", c.normal(4, 2), fused, c.generator.integers(0, 2, (4, 2)), fused=True)
    c.add("binary_probabilities", loss, "sigmoid", c.normal(3, 3), fused, c.distribution(3, 3), fused=True)
    c.add("binary_classes", loss, "sigmoid", c.normal(5, 1), fused, classes=[0, 1, 1, 0, 1], fused=True)
    c.add("binary_large", loss, "sigmoid", [[1e4], [-1e4], [1e4], [-1e4]], fused, [[1], [0], [0], [1]], fused=True)
    inside = f32(c.generator.uniform(0.05, 0.95, (3, 2)))
    c.add("binary_outputs", loss, "linear", inside, binary_from_outputs, c.generator.integers(0, 2, (3, 2)))
    c.add("binary_outputs_clipped", loss, "linear", [[0.0], [0.5], [0.25]], binary_from_outputs, [[1], [0], [1]])
    targets = np.eye(3)[[1, 2, 0]]
    c.add("binary_softmax", loss, "softmax", c.normal(3, 3), binary_from_outputs, targets)


def class_cases(c):
    loss, weights = "cross_entropy", [1.0, 2.0, 0.5]
    logits, ids = c.normal(6, 3), [0, 2, 1, 1, 0, 2]
    hot = np.eye(3)[ids]
    for head in ("softmax", "log_softmax"):
        c.add(f"cross_entropy_ids_{head}", loss, head, logits, cross_entropy(), classes=ids, fused=True)
        c.add(f"cross_entropy_one_hot_{head}", loss, head, logits, cross_entropy(), hot, fused=True)
    variants = {
        "smoothing": ("label_smoothing = 0.1", cross_entropy(0.1)),
        "weights": ("class_weights = [1, 2, 0.5]", cross_entropy(0.0, weights)),
        "smoothing_and_weights": ("label_smoothing = 0.2, class_weights = [1, 2, 0.5]", cross_entropy(0.2, weights)),
    }
    for name, (arguments, function) in variants.items():
        c.add(f"cross_entropy_ids_{name}", f"{loss}({arguments})", "softmax", logits, function, classes=ids, fused=True)
        c.add(f"cross_entropy_one_hot_{name}", f"{loss}({arguments})", "softmax", logits, function, hot, fused=True)
    spread = c.distribution(4, 5)
    c.add("cross_entropy_probabilities", loss, "softmax", c.normal(4, 5), cross_entropy(), spread, fused=True)
    large = [[1e4, -1e4, 0.0], [-1e4, 1e4, 5.0], [1e4, 1e4, -1e4]]
    for head in ("softmax", "log_softmax"):
        c.add(f"cross_entropy_large_{head}", loss, head, large, cross_entropy(), classes=[0, 0, 1], fused=True)
    c.add("cross_entropy_large_one_hot", loss, "softmax", large, cross_entropy(), np.eye(3)[[1, 1, 2]], fused=True)
    loss = "kl_divergence"
    c.add("kl_softmax", loss, "softmax", c.normal(4, 3), kl_divergence, c.distribution(4, 3), fused=True)
    c.add("kl_log_softmax", loss, "log_softmax", c.normal(3, 4), kl_divergence, c.distribution(3, 4), fused=True)
    c.add("kl_zeros", loss, "softmax", c.normal(3, 3), kl_divergence, np.eye(3)[[2, 1, 0]], fused=True)
    c.add("kl_large", loss, "log_softmax", large, kl_divergence, [[0.5, 0.25, 0.25], [0, 1, 0], [0.5, 0.5, 0]], fused=True)
    c.add("hinge_signs", "hinge", "linear", c.normal(4, 2), hinge, 2.0 * c.generator.integers(0, 2, (4, 2)) - 1.0)
    c.add("hinge_classes", "hinge", "linear", c.normal(4, 3), hinge, classes=[2, 0, 1, 2])
    c.add("hinge_one_output", "hinge", "linear", c.normal(5, 1), hinge, classes=[1, 0, 0, 1, 1])
    c.add("hinge_large", "hinge", "linear", [[1e4], [-1e4], [1e4]], hinge, [[1], [1], [-1]])


def position_cases(c):
    """Outputs `[t, v]`: PyTorch wants the classes before the positions."""
    logits = c.normal(6, 4).reshape(2, 3, 4)
    ids = np.reshape(c.classes(6, 4), (2, 3)).tolist()

    def at_each(function):
        return lambda z, t: function(z.transpose(1, 2), t.transpose(1, 2) if t.dim() == 3 else t)

    weights = [1.0, 2.0, 0.5, 0.25]
    weighted = "cross_entropy(label_smoothing = 0.1, class_weights = [1, 2, 0.5, 0.25])"
    c.add("positions_ids", "cross_entropy", "softmax", logits, at_each(cross_entropy()), classes=ids, fused=True)
    c.add("positions_log", "cross_entropy", "log_softmax", logits, at_each(cross_entropy()), classes=ids, fused=True)
    c.add("positions_weighted", weighted, "softmax", logits, at_each(cross_entropy(0.1, weights)), classes=ids, fused=True)
    hot = np.eye(4)[np.asarray(ids)]
    c.add("positions_one_hot", "cross_entropy", "softmax", logits, at_each(cross_entropy()), hot, fused=True)
    c.add("positions_mse", "mse", "linear", logits, F.mse_loss, hot)


def cases():
    c = Cases()
    for add in (element_cases, binary_cases, class_cases, position_cases):
        add(c)
    return c.cases
