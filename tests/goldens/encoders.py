"""Cases for encoders of variational autoencoders: a mean, a logarithm of the variance and a draw between them, all three outputs."""

import torch

import network as n
import philox
from activations import ACTIVATIONS
from cases import collect
from images import conv


def drawn(draw, mean, log_variance, scope):
    """`mean + exp(log_variance / 2) * eps`; in prediction `eps` is its mean, 0."""
    if not scope.store.train:
        return mean
    return mean + torch.exp(0.5 * log_variance) * draw(scope, log_variance.shape)


def standard(scope, shape):
    return scope.store.noise(philox.normals, shape)


def even(scope, shape):
    """Uniform from -2 to 2, as wide as the text of the case says."""
    return 4.0 * scope.store.noise(philox.uniforms, shape) - 2.0


def encoder(text, body, draw):
    """A whole network: `body(x, scope)` gives what both heads read."""

    def run(x, scope):
        h = body(x, scope)
        mean, log_variance = (n.dense(3).run(h, scope) for _ in range(2))
        return torch.cat([drawn(draw, mean, log_variance, scope), mean, log_variance], 1)

    return n.Stage(text, run)


HEADS = """    let mu = h |> dense(3);
    let log_variance = h |> dense(3);
    sample eps ~ %s;
    (z = mu + exp(0.5 * log_variance) * eps, mu = mu, log_variance = log_variance)
}"""


def flat(x, scope):
    return n.dense(6, ACTIVATIONS["tanh"]).run(x, scope)


def image(x, scope):
    chain = (conv(4, 3, ACTIVATIONS["relu"], stride=2, pad="same"), conv(6, 3, ACTIVATIONS["relu"]), n.flatten)
    return n.chain(chain).run(x.reshape(-1, 8, 8, 1), scope)


def vae_cases(c):
    texts = {
        "vae_encoder": ("(x: [5]) {\n    let h = x |> dense(6, tanh);\n" + HEADS % "normal[3]", flat, standard, 5),
        "vae_encoder_uniform": ("(x: [5]) {\n    let h = x |> dense(6, tanh);\n" + HEADS % "uniform(-2, 2)[3]", flat, even, 5),
        "vae_encoder_image": (
            "(x: [8, 8, 1]) {\n    let h = x |> conv(4, 3, relu, stride = 2, pad = same) |> conv(6, 3, relu) |> flatten;\n"
            + HEADS % "normal[3]", image, standard, 64,
        ),
    }
    for name, (text, body, draw, width) in texts.items():
        for train, mode in ((True, "train"), (False, "predict")):
            c.add(f"{name}_{mode}", encoder(text, body, draw), width=width, train=train, seed=5, step=4)


def cases():
    return collect("encoders", (vae_cases,))
