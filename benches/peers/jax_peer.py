"""JAX as a contestant: a training step, or a prediction, compiled as one function that may overwrite its arguments."""

import os

# One thread more than asked for would not be the same measurement; the driver also keeps the process to as many processors.
os.environ.setdefault("JAX_PLATFORMS", "cpu")

import jax
from jax import lax
from jax import numpy as jnp

from protocol import BATCHES, COMPARED, Refusal, material, serve, timed


def dense(weights, name, x):
    return x @ weights[f"{name}.weight"] + weights[f"{name}.bias"]


def conv(x, kernel, stride=1, pad=0):
    pads = [(pad, pad), (pad, pad)]
    return lax.conv_general_dilated(x, kernel, (stride, stride), pads, dimension_numbers=("NHWC", "HWIO", "NHWC"))


def pool(x):
    return lax.reduce_window(x, -jnp.inf, lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")


def iris(weights, x, key, rate):
    x = jax.nn.relu(dense(weights, "classifier_1.dense_1", x))
    if key is not None and rate > 0:
        x = jnp.where(jax.random.bernoulli(key, 1 - rate, x.shape), x / (1 - rate), 0)
    return dense(weights, "classifier_1.dense_2", x), {}


def mlp(weights, x, _key, _rate):
    x = jax.nn.relu(dense(weights, "dense_1", x))
    return dense(weights, "dense_3", jax.nn.relu(dense(weights, "dense_2", x))), {}


def lenet(weights, x, _key, _rate):
    x = pool(jax.nn.relu(conv(x, weights["conv_1.weight"]) + weights["conv_1.bias"]))
    x = pool(jax.nn.relu(conv(x, weights["conv_2.weight"]) + weights["conv_2.bias"]))
    x = jax.nn.relu(dense(weights, "dense_1", x.reshape(x.shape[0], -1)))
    return dense(weights, "dense_3", jax.nn.relu(dense(weights, "dense_2", x))), {}


def resnet(weights, x, key, _rate):
    state = {}

    def conv_norm(name, x):
        x, norm = conv(x, weights[f"{name}.conv_1.weight"], pad=1), f"{name}.batch_norm_1"
        if key is None:
            mean, variance = weights[f"{norm}.mean"], weights[f"{norm}.variance"]
        else:
            mean, variance = x.mean((0, 1, 2)), x.var((0, 1, 2))
            n = x.size // x.shape[-1]
            state[f"{norm}.mean"] = 0.9 * weights[f"{norm}.mean"] + 0.1 * mean
            state[f"{norm}.variance"] = 0.9 * weights[f"{norm}.variance"] + 0.1 * variance * n / (n - 1)
        return (x - mean) * (lax.rsqrt(variance + 1e-5) * weights[f"{norm}.scale"]) + weights[f"{norm}.shift"]

    def unit(name, x):
        y = jax.nn.relu(conv_norm(f"{name}.residual_1.conv_norm_1", x))
        return jax.nn.relu(x + conv_norm(f"{name}.residual_1.conv_norm_2", y))

    x = unit("unit_2", unit("unit_1", jax.nn.relu(conv_norm("conv_norm_1", x))))
    x = jax.nn.relu(conv(x, weights["conv_1.weight"], stride=2, pad=1) + weights["conv_1.bias"])
    return dense(weights, "dense_1", unit("unit_3", x).mean((1, 2))), state


def lstm(weights, x, _key, _rate):
    recurrent = weights["lstm_1.recurrent_weight"]
    # The products of all steps with the input at once, which is fastest.
    projected = jnp.swapaxes(x, 0, 1) @ weights["lstm_1.input_weight"] + weights["lstm_1.bias"]

    def step(carry, projected):
        h, c = carry
        i, f, g, o = jnp.split(projected + h @ recurrent, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((x.shape[0], 128))
    (h, _), _ = lax.scan(step, (zeros, zeros), projected)
    return dense(weights, "dense_1", h), {}


def gpt(weights, ids, _key, _rate):
    def norm(name, x):
        mean, variance = x.mean(-1, keepdims=True), x.var(-1, keepdims=True)
        return (x - mean) * lax.rsqrt(variance + 1e-5) * weights[f"{name}.scale"] + weights[f"{name}.shift"]

    def attention(name, x):
        b, t, c = x.shape

        def heads(part):
            y = x @ weights[f"{name}.{part}_weight"] + weights[f"{name}.{part}_bias"]
            return y.reshape(b, t, 4, c // 4)

        y = jax.nn.dot_product_attention(heads("query"), heads("key"), heads("value"), is_causal=True)
        return y.reshape(b, t, c) @ weights[f"{name}.output_weight"] + weights[f"{name}.output_bias"]

    x = weights["embedding_1.weight"][ids] + weights["learned_positions_1.weight"]
    for number in range(1, 5):
        name = f"repeat_1.{number}"
        x = x + attention(f"{name}.residual_1.multi_head_attention_1", norm(f"{name}.residual_1.layer_norm_1", x))
        y = dense(weights, f"{name}.residual_2.mlp_1.dense_1", norm(f"{name}.residual_2.layer_norm_1", x))
        x = x + dense(weights, f"{name}.residual_2.mlp_1.dense_2", jax.nn.gelu(y, approximate=True))
    return norm("layer_norm_1", x) @ weights["dense_1.weight"], {}


MODELS = {"iris": iris, "mlp": mlp, "lenet": lenet, "resnet": resnet, "lstm": lstm, "gpt": gpt}


def trained(name):
    return not name.endswith((".mean", ".variance"))


def training_step(model, rate):
    """Loss, gradients and Adam in one function."""

    def loss(parameters, state, inputs, targets, key):
        logits, new_state = model({**parameters, **state}, inputs, key, rate)
        chosen = jnp.take_along_axis(jax.nn.log_softmax(logits), targets[..., None], -1)
        return -chosen.mean(), new_state

    def step(parameters, state, adam, key, inputs, targets):
        key, used = jax.random.split(key)
        (value, state), gradients = jax.value_and_grad(loss, has_aux=True)(parameters, state, inputs, targets, used)
        first, second, count = adam
        count = count + 1
        first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradients)
        second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradients)
        one, two = 1 - 0.9**count, 1 - 0.999**count
        parameters = jax.tree.map(
            lambda w, m, v: w - 1e-3 * (m / one) / (jnp.sqrt(v / two) + 1e-8), parameters, first, second
        )
        return parameters, state, (first, second, count), key, value

    return jax.jit(step, donate_argnums=(0, 1, 2, 3))


class Peer:
    """A model with our weights and examples."""

    def __init__(self, task, mode, threads, folder):
        if task not in MODELS:
            raise Refusal(f"there is no task {task}")
        self.weights, inputs, targets = material(task, folder)
        self.train, model = mode == "train", MODELS[task]
        inputs = jnp.asarray(inputs.astype("int32") if task == "gpt" else inputs)
        self.targets = jnp.asarray(targets.astype("int32"))
        self.batches = list(zip(jnp.split(inputs, BATCHES), jnp.split(self.targets, BATCHES)))
        self.examples = [inputs[number : number + 1] for number in range(len(inputs))]
        self.step, self.compared = training_step(model, 0.2), training_step(model, 0.0)
        self.predict = jax.jit(lambda weights, example: jax.nn.softmax(model(weights, example, None, 0)[0]))

    def reset(self):
        # The count is a number with a fraction, so that its powers are.
        copies = {name: jnp.array(value) for name, value in self.weights.items()}
        parameters = {name: value for name, value in copies.items() if trained(name)}
        state = {name: value for name, value in copies.items() if not trained(name)}
        adam = (jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.float32(0))
        return parameters, state, adam, jax.random.key(1)

    def losses(self):
        if self.train:
            carried, losses = self.reset(), []
            for number in range(COMPARED):
                *carried, loss = self.compared(*carried, *self.batches[number])
                losses.append(float(loss))
            return losses
        outputs = [self.predict(self.weights, self.examples[number])[0] for number in range(COMPARED)]
        return [
            float(-jnp.log(jnp.take_along_axis(output, self.targets[number][..., None], -1)).mean())
            for number, output in enumerate(outputs)
        ]

    def go(self, milliseconds):
        carried, result, number = self.reset(), None, 0
        weights = {name: jnp.array(value) for name, value in self.weights.items()}

        def train(steps):
            nonlocal carried, result, number
            for _ in range(steps):
                *carried, result = self.step(*carried, *self.batches[number % BATCHES])
                number += 1

        def predict(steps):
            nonlocal result, number
            for _ in range(steps):
                result = self.predict(weights, self.examples[number % len(self.examples)])
                number += 1

        return timed(milliseconds, train if self.train else predict, lambda: jax.block_until_ready((carried, result)))


serve(f"jax-{jax.__version__}", Peer)
