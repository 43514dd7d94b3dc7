"""Writes small networks of PyTorch and Keras with their weights, as users export them, and what they compute.

    pip install torch==2.15.0 numpy==2.4.6 safetensors==0.8.0 keras==3.15.1
    KERAS_BACKEND=torch python3 tests/goldens/weights.py

Deterministic: the same numbers every time. Files and `cases.json` lie in `weights/`; README.md describes them. Weights are rounded to
three digits after the point, and results are computed in f64 from what the file holds.
"""

import os
import pathlib

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

import writing

HERE = pathlib.Path(__file__).parent / "weights"
ROWS = 2


def drawn(generator, shape):
    return writing.f32(0.5 * generator.standard_normal(shape))


class Separable(nn.Module):
    def __init__(self, channels, filters, multiplier):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels * multiplier, 3, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels * multiplier, filters, 1, bias=False)

    def forward(self, x):
        return self.pointwise(self.depthwise(x))


class Images(nn.Module):
    """Convolutions of every kind, then a flattened grid, whose channels come first."""

    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(2, 4, 3, groups=2),
            nn.BatchNorm2d(4),
            nn.ReLU(),
            Separable(4, 6, 2),
            nn.GroupNorm(2, 6),
            nn.PReLU(6),
            nn.Conv2d(6, 6, 2, groups=6),
        )
        self.head = nn.Linear(6 * 3 * 2, 3)

    def forward(self, x):
        return self.head(torch.dropout(self.features(x), 0.5, False).flatten(1))


class Decoder(nn.Module):
    """A row that becomes a grid."""

    def __init__(self):
        super().__init__()
        self.fc = nn.Linear(3, 4 * 2 * 3)
        self.up = nn.ConvTranspose2d(4, 2, 3, stride=2)

    def forward(self, x):
        return self.up(torch.relu(self.fc(x)).view(-1, 4, 2, 3))


class Series(nn.Module):
    """A convolution of a series, flattened with its channels first."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv1d(2, 3, 3)
        self.fc = nn.Linear(3 * 4, 2)

    def forward(self, x):
        return self.fc(torch.tanh(self.conv(x)).flatten(1))


class Recurrent(nn.Module):
    def __init__(self, cell, **arguments):
        super().__init__()
        self.rnn = cell(3, 4, batch_first=True, **arguments)
        directions = 2 if arguments.get("bidirectional") else 1
        self.fc = nn.Linear(4 * directions, 2)

    def forward(self, x):
        # Each step, because ours yields of both directions what each has last.
        return self.fc(self.rnn(x)[0]).flatten(1)


class Encoder(nn.Module):
    """A transformer of one layer, and attention to keys of another width."""

    def __init__(self):
        super().__init__()
        self.tokens = nn.Embedding(5, 4)
        self.positions = nn.Embedding(3, 4)
        self.layers = nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 6, 0.0, batch_first=True), 2, enable_nested_tensor=False)
        self.norm = nn.RMSNorm(4, eps=1e-5)

    def forward(self, x):
        h = self.tokens(x.long()) + self.positions(torch.arange(3))
        return self.norm(self.layers(h)).flatten(1)


def images(x):
    """Channels last to channels first."""
    return torch.movedim(x, -1, 1)


def pytorch(name, module, shape, convention="pytorch", into=lambda x: x, outof=lambda y: y, ids=0, dtype=torch.float32):
    generator = np.random.default_rng(len(name))
    with torch.no_grad():
        for key, tensor in module.state_dict().items():
            if tensor.is_floating_point():
                values = drawn(generator, tuple(tensor.shape))
                values = np.abs(values) + 0.5 if key.endswith("running_var") else values
                tensor.copy_(torch.tensor(values).to(dtype))
    module = module.eval()
    file = f"{name}.safetensors"
    save_file({key: value.to(dtype if value.is_floating_point() else value.dtype) for key, value in module.state_dict().items()}, HERE / file)
    rows = generator.integers(0, ids, (ROWS, *shape)).astype(float) if ids else drawn(generator, (ROWS, *shape))
    with torch.no_grad():
        output = outof(module.double()(into(torch.tensor(rows)))).reshape(ROWS, -1)
    return case(name, file, convention, rows, output.numpy())


def channels_last(y):
    return torch.movedim(y, 1, -1)


def keras_case(name, model, shape, ids=0):
    generator = np.random.default_rng(len(name))
    arrays = {}
    for weight in model.weights:
        values = drawn(generator, weight.shape)
        values = np.abs(values) + 0.5 if "variance" in weight.path else values
        weight.assign(values)
        arrays[weight.path] = np.asarray(values, dtype=np.float32)
    file = f"{name}.npz"
    np.savez(HERE / file, **arrays)
    rows = generator.integers(0, ids, (ROWS, *shape)).astype(float) if ids else drawn(generator, (ROWS, *shape))
    output = model(rows).detach().numpy().reshape(ROWS, -1)
    return case(name, file, "keras", rows, output)


def case(name, file, convention, rows, output):
    return {"name": name, "file": file, "convention": convention, "inputs": rows.reshape(ROWS, -1), "outputs": output.astype(np.float64)}


def mlp():
    return nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 2))


def keras_images():
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((7, 6, 2)),
            layers.Conv2D(4, 3, groups=2, name="conv"),
            layers.BatchNormalization(epsilon=1e-5, name="bn"),
            layers.ReLU(),
            layers.SeparableConv2D(6, 3, depth_multiplier=2, name="sep"),
            layers.PReLU(shared_axes=[1, 2], name="prelu"),
            layers.DepthwiseConv2D(2, depth_multiplier=2, name="dw"),
            layers.Conv2DTranspose(3, 2, strides=2, name="up"),
            layers.Flatten(),
            layers.Dense(3, name="head"),
        ]
    )


def keras_recurrent(layer):
    layers = keras.layers
    return keras.Sequential([layers.Input((4, 3)), layer, layers.Dense(2, name="fc")])


def keras_encoder():
    layers = keras.layers
    ids = layers.Input((3,), dtype="int32")
    h = layers.Embedding(5, 4, name="tokens")(ids)
    a = layers.MultiHeadAttention(2, 2, name="attention")(h, h)
    h = layers.LayerNormalization(epsilon=1e-5, name="norm")(h + a)
    return keras.Model(ids, h)


def cases():
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    layers = keras.layers
    both = dict(num_layers=2, bidirectional=True)
    return [
        pytorch("torch_mlp", mlp(), [3]),
        pytorch("torch_mlp_f16", mlp(), [3], dtype=torch.float16),
        pytorch("torch_mlp_bf16", mlp(), [3], dtype=torch.bfloat16),
        pytorch("torch_mlp_f64", mlp(), [3], dtype=torch.float64),
        pytorch("torch_images", Images(), [8, 7, 2], into=images),
        pytorch("torch_decoder", Decoder(), [3], outof=channels_last),
        pytorch("torch_series", Series(), [6, 2], into=images),
        pytorch("torch_lstm", Recurrent(nn.LSTM, **both), [4, 3]),
        pytorch("torch_gru", Recurrent(nn.GRU, **both), [4, 3]),
        pytorch("torch_rnn", Recurrent(nn.RNN), [4, 3]),
        pytorch("torch_encoder", Encoder(), [3], ids=5),
        keras_case("keras_images", keras_images(), [7, 6, 2]),
        keras_case("keras_lstm", keras_recurrent(layers.Bidirectional(layers.LSTM(4, return_sequences=True), name="rnn")), [4, 3]),
        keras_case("keras_gru", keras_recurrent(layers.GRU(4, return_sequences=True, name="rnn")), [4, 3]),
        keras_case("keras_rnn", keras_recurrent(layers.SimpleRNN(4, return_sequences=True, name="rnn")), [4, 3]),
        keras_case("keras_encoder", keras_encoder(), [3], ids=5),
    ]


if __name__ == "__main__":
    torch.set_num_threads(1)
    HERE.mkdir(exist_ok=True)
    found = cases()
    print(f"weights/cases.json: {len(found)} cases, {writing.write(HERE / 'cases.json', found)} bytes")
