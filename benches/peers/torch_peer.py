"""PyTorch as a contestant: `torch_peer.py eager` or `torch_peer.py compile`."""

import os
import sys

# The compiler's helpers would take part in what is timed.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

import numpy
import torch
from torch import nn
from torch.nn import functional

from protocol import BATCHES, COMPARED, Refusal, material, serve, timed

HOW = sys.argv[1]


class Block(nn.Module):
    """A block of the GPT. The three projections of the input are one product, which is fastest here."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norm_1, self.norm_2 = nn.LayerNorm(width), nn.LayerNorm(width)
        self.qkv, self.output = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.wide, self.narrow = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = self.qkv(self.norm_1(x)).view(b, t, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.output(y.transpose(1, 2).reshape(b, t, c))
        return x + self.narrow(functional.gelu(self.wide(self.norm_2(x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding, self.positions = nn.Embedding(96, 128), nn.Parameter(torch.zeros(64, 128))
        self.blocks = nn.ModuleList(Block(128, 4) for _ in range(4))
        self.norm, self.head = nn.LayerNorm(128), nn.Linear(128, 96, bias=False)

    def forward(self, ids):
        x = self.embedding(ids) + self.positions
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


class Unit(nn.Module):
    def __init__(self, filters):
        super().__init__()
        self.conv_1, self.conv_2 = (nn.Conv2d(filters, filters, 3, padding=1, bias=False) for _ in range(2))
        self.norm_1, self.norm_2 = nn.BatchNorm2d(filters), nn.BatchNorm2d(filters)

    def forward(self, x):
        y = self.norm_2(self.conv_2(functional.relu(self.norm_1(self.conv_1(x)))))
        return functional.relu(x + y)


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1, self.norm_1 = nn.Conv2d(3, 32, 3, padding=1, bias=False), nn.BatchNorm2d(32)
        self.units = nn.ModuleList([Unit(32), Unit(32), Unit(64)])
        self.conv_2, self.head = nn.Conv2d(32, 64, 3, stride=2, padding=1), nn.Linear(64, 10)

    def forward(self, x):
        x = functional.relu(self.norm_1(self.conv_1(x)))
        x = functional.relu(self.conv_2(self.units[1](self.units[0](x))))
        return self.head(self.units[2](x).mean((2, 3)))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm, self.head = nn.LSTM(32, 128, batch_first=True), nn.Linear(128, 10)
        # We have one bias where PyTorch has a sum of two, which would learn twice as fast.
        self.lstm.bias_hh_l0.data.zero_()
        self.lstm.bias_hh_l0.requires_grad_(False)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def iris(rate):
    return nn.Sequential(nn.Linear(4, 16), nn.ReLU(), nn.Dropout(rate), nn.Linear(16, 3))


def mlp():
    return nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))


class Lenet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv_1, self.conv_2 = nn.Conv2d(1, 6, 5), nn.Conv2d(6, 16, 5)
        self.dense_1, self.dense_2, self.dense_3 = nn.Linear(256, 120), nn.Linear(120, 84), nn.Linear(84, 10)

    def forward(self, x):
        x = functional.max_pool2d(functional.relu(self.conv_1(x)), 2)
        x = functional.max_pool2d(functional.relu(self.conv_2(x)), 2)
        x = functional.relu(self.dense_1(x.flatten(1)))
        return self.dense_3(functional.relu(self.dense_2(x)))


MODELS = {
    "iris": lambda compared: iris(0.0 if compared else 0.2),
    "mlp": lambda _: mlp(),
    "lenet": lambda _: Lenet(),
    "resnet": lambda _: ResNet(),
    "lstm": lambda _: Lstm(),
    "gpt": lambda _: Gpt(),
}


# How images lie in memory, where that is faster than as PyTorch has it by itself.
FORMATS = {"resnet": torch.channels_last}


def dense(weights, name):
    return weights[f"{name}.weight"].T, weights[f"{name}.bias"]


def conv(weights, name):
    """Channels last and `[window.., in, out]` become channels first and `[out, in, window..]`."""
    return weights[f"{name}.weight"].transpose(3, 2, 0, 1)


def chain(weights, names):
    return [value for name in names for value in dense(weights, name)]


def norm(weights, name):
    return [weights[f"{name}.scale"], weights[f"{name}.shift"]]


def lenet_values(weights):
    """A row of the first dense layer is a place and a channel here, a channel and a place there."""
    convs = [value for name in ("conv_1", "conv_2") for value in (conv(weights, name), weights[f"{name}.bias"])]
    first, bias = dense(weights, "dense_1")
    first = first.reshape(120, 4, 4, 16).transpose(0, 3, 1, 2).reshape(120, 256)
    return [*convs, first, bias, *chain(weights, ["dense_2", "dense_3"])]


def resnet_values(weights):
    def conv_norm(name):
        return conv(weights, f"{name}.conv_1"), norm(weights, f"{name}.batch_norm_1")

    stem, stem_norm = conv_norm("conv_norm_1")
    values = [stem, *stem_norm]
    for unit in range(1, 4):
        convs, norms = zip(*(conv_norm(f"unit_{unit}.residual_1.conv_norm_{part}") for part in (1, 2)))
        values += [*convs, *norms[0], *norms[1]]
    return [*values, conv(weights, "conv_1"), weights["conv_1.bias"], *dense(weights, "dense_1")]


def gpt_values(weights):
    values = [weights["learned_positions_1.weight"], weights["embedding_1.weight"]]
    for number in range(1, 5):
        attention = f"repeat_1.{number}.residual_1.multi_head_attention_1"
        parts = ("query", "key", "value")
        qkv = numpy.concatenate([weights[f"{attention}.{part}_weight"].T for part in parts])
        values += norm(weights, f"repeat_1.{number}.residual_1.layer_norm_1")
        values += norm(weights, f"repeat_1.{number}.residual_2.layer_norm_1")
        values += [qkv, numpy.concatenate([weights[f"{attention}.{part}_bias"] for part in parts])]
        values += [weights[f"{attention}.output_weight"].T, weights[f"{attention}.output_bias"]]
        values += chain(weights, [f"repeat_1.{number}.residual_2.mlp_1.dense_{part}" for part in (1, 2)])
    return [*values, *norm(weights, "layer_norm_1"), weights["dense_1.weight"].T]


def lstm_values(weights):
    names = ("lstm_1.input_weight", "lstm_1.recurrent_weight", "lstm_1.bias")
    return [*(weights[name].T for name in names), numpy.zeros(512, "float32"), *dense(weights, "dense_1")]


# Our weights in the order of the parameters of the models.
VALUES = {
    "iris": lambda weights: chain(weights, ["classifier_1.dense_1", "classifier_1.dense_2"]),
    "mlp": lambda weights: chain(weights, ["dense_1", "dense_2", "dense_3"]),
    "lenet": lenet_values,
    "resnet": resnet_values,
    "lstm": lstm_values,
    "gpt": gpt_values,
}


class Peer:
    """A model with our weights and examples."""

    def __init__(self, task, mode, threads, folder):
        if task not in MODELS:
            raise Refusal(f"there is no task {task}")
        torch.set_num_threads(threads)
        torch.set_num_interop_threads(1)
        weights, inputs, targets = material(task, folder)
        self.task, self.train = task, mode == "train"
        self.values = [torch.from_numpy(numpy.ascontiguousarray(value)) for value in VALUES[task](weights)]
        inputs, self.targets = torch.from_numpy(inputs), torch.from_numpy(targets)
        if task == "gpt":
            inputs = inputs.long()
        if inputs.dim() == 4:
            inputs = inputs.permute(0, 3, 1, 2).contiguous(memory_format=FORMATS.get(task, torch.contiguous_format))
        self.batches = list(zip(inputs.chunk(BATCHES), self.targets.chunk(BATCHES)))
        self.examples = list(inputs.split(1))
        self.model, self.step = self.make(compared=False)
        self.compared = self.make(compared=True) if task == "iris" else (self.model, self.step)

    def make(self, compared):
        """A model, and what does a step or a prediction with it."""
        model = MODELS[self.task](compared).to(memory_format=FORMATS.get(self.task, torch.preserve_format))
        if not self.train:
            model.eval()
            output = torch.compile(model) if HOW == "compile" else model
            return model, lambda example: functional.softmax(output(example), -1)
        output = torch.compile(self.loss(model)) if HOW == "compile" else self.loss(model)
        optimizer = torch.optim.Adam([p for p in model.parameters() if p.requires_grad], lr=1e-3, fused=True)

        def step(inputs, targets):
            optimizer.zero_grad(set_to_none=True)
            loss = output(inputs, targets)
            loss.backward()
            optimizer.step()
            return loss

        step.optimizer = optimizer
        return model, step

    @staticmethod
    def loss(model):
        def loss(inputs, targets):
            logits = model(inputs)
            return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1))

        return loss

    def reset(self, model, step):
        with torch.no_grad():
            parameters = list(model.parameters())
            assert len(parameters) == len(self.values), "each parameter has its values"
            for parameter, value in zip(parameters, self.values):
                assert parameter.shape == value.shape, f"{tuple(parameter.shape)} and {tuple(value.shape)}"
                parameter.copy_(value)
        if self.train:
            step.optimizer.state.clear()

    def losses(self):
        model, step = self.compared
        self.reset(model, step)
        if self.train:
            return [step(*self.batches[number]).item() for number in range(COMPARED)]
        with torch.inference_mode():
            outputs = [step(self.examples[number]) for number in range(COMPARED)]
        return [
            functional.nll_loss(output.log().reshape(-1, output.shape[-1]), self.targets[number].reshape(-1)).item()
            for number, output in enumerate(outputs)
        ]

    def go(self, milliseconds):
        self.reset(self.model, self.step)
        number = 0

        def train(steps):
            nonlocal number
            for _ in range(steps):
                self.step(*self.batches[number % BATCHES])
                number += 1

        def predict(steps):
            nonlocal number
            for _ in range(steps):
                self.step(self.examples[number % len(self.examples)])
                number += 1

        if self.train:
            return timed(milliseconds, train, lambda: None)
        with torch.inference_mode():
            return timed(milliseconds, predict, lambda: None)


serve(f"torch-{torch.__version__}", Peer)
