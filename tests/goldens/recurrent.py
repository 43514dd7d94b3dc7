"""Cases for recurrent layers: PyTorch's own modules, with the parameters of the language put in their places."""

from dataclasses import dataclass

import numpy as np
import torch

import network as n
from activations import ACTIVATIONS
from cases import collect
from writing import f32

GATES = {"rnn": 1, "gru": 3, "lstm": 4}
MODULES = {"rnn": torch.nn.RNN, "gru": torch.nn.GRU, "lstm": torch.nn.LSTM}


@dataclass(frozen=True)
class Kind:
    """A recurrent layer with its arguments, as in the language."""

    cell: str
    units: int
    every: bool = False
    carried: bool = False
    layers: int = 1
    reverse: bool = False
    both: bool = False
    bias: bool = True
    activation: str = "tanh"
    dropout: float = 0.0

    @property
    def text(self):
        said = [
            str(self.units),
            *(["activation = relu"] if self.activation == "relu" else []),
            *(["returns = every"] if self.every else []),
            *(["returns = carried"] if self.carried else []),
            *([f"layers = {self.layers}"] if self.layers > 1 else []),
            *(["reverse = true"] if self.reverse else []),
            *(["bidirectional = true"] if self.both else []),
            *([f"dropout = {self.dropout}"] if self.dropout else []),
            *([] if self.bias else ["bias = false"]),
        ]
        return f"{self.cell}({', '.join(said)})"


def tensors(store, kind, name, width, layer, backward):
    """The parameters of one layer in one direction, under PyTorch's names."""
    units, wide = kind.units, GATES[kind.cell] * kind.units
    before, behind = ("backward_" if backward else "", f"_{layer}" if layer > 1 else "")
    draw = lambda part, *shape: store.tensor(f"{name}.{before}{part}{behind}", lambda g: 0.5 * g.standard_normal(shape))
    found = {"weight_ih": draw("input_weight", width, wide).T, "weight_hh": draw("recurrent_weight", units, wide).T}
    if kind.bias:
        bias = draw("bias", wide)
        beside = torch.zeros_like(bias)
        if kind.cell == "gru":
            beside = torch.cat([beside[: 2 * units], draw("recurrent_bias", units)])
        found |= {"bias_ih": bias, "bias_hh": beside}
    return {f"{key}_l{layer - 1}{'_reverse' if backward else ''}": value for key, value in found.items()}


def flipped(x, lengths):
    """The steps that count in the opposite order; the others stay where they are."""
    if lengths is None:
        return x.flip(1)
    return torch.stack([torch.cat([row[:length].flip(0), row[length:]]) for row, length in zip(x, lengths)])


def one_by_one(kind, x, lengths, given, layer, initial):
    """What PyTorch's module of one layer gives: all steps, and its last state, both directions joined."""
    arguments = {"nonlinearity": kind.activation} if kind.cell == "rnn" else {}
    module = MODULES[kind.cell](x.shape[-1], kind.units, batch_first=True, bias=kind.bias, bidirectional=kind.both, **arguments)
    given = {key.replace(f"_l{layer - 1}", "_l0"): value for key, value in given.items()}
    flow, state = x, initial
    if kind.reverse:
        flow = flipped(x, lengths)
    if lengths is not None:
        flow = torch.nn.utils.rnn.pack_padded_sequence(flow, torch.tensor(lengths), batch_first=True, enforce_sorted=False)
    every, state = torch.func.functional_call(module.to(x.dtype), given, (flow, state))
    if lengths is not None:
        every, _ = torch.nn.utils.rnn.pad_packed_sequence(every, batch_first=True, total_length=x.shape[1])
    if kind.reverse:
        every = flipped(every, lengths)
    if kind.carried:
        # Of each direction h, then c.
        return every, torch.cat([part[direction] for direction in range(len(state[0])) for part in state], dim=-1)
    state = state[0] if kind.cell == "lstm" else state
    return every, torch.cat(list(state), dim=-1)


def run(kind, x, scope, lengths=None, initial=None):
    """A recurrent layer; steps beyond `lengths` do not count."""
    name, store = scope.name(kind.cell), scope.store
    for layer in range(1, kind.layers + 1):
        given = {}
        for backward in (False, True) if kind.both else (False,):
            given |= tensors(store, kind, name, x.shape[-1], layer, backward)
        x, state = one_by_one(kind, x, lengths, given, layer, initial)
        if layer < kind.layers and kind.dropout and store.train:
            x = n.dropout(kind.dropout).run(x, scope)
    return x if kind.every else state


def layer(cell, units, lengths=None, **arguments):
    kind = Kind(cell, units, **arguments)
    return n.Stage(kind.text, lambda x, scope: run(kind, x, scope, lengths))


def network(c, name, *stages, shape=(5, 3), **arguments):
    """A layer behind a dense that its input gradients must pass."""
    c.add(name, n.source(*shape), n.dense(shape[-1], ACTIVATIONS["tanh"]), *stages, shape=shape, **arguments)


def plain_cases(c):
    for cell in GATES:
        network(c, f"{cell}_last", layer(cell, 4), n.dense(2))
        network(c, f"{cell}_every", layer(cell, 4, every=True, bias=False))
        network(c, f"{cell}_reverse", layer(cell, 2, every=True, reverse=True), layer(cell, 3, reverse=True))
        network(c, f"{cell}_stacked", layer(cell, 3, layers=2, both=True), n.dense(2))
    network(c, "lstm_carried", layer("lstm", 3, carried=True), n.dense(2))
    network(c, "rnn_relu", layer("rnn", 4, activation="relu", every=True, both=True))
    network(c, "lstm_dropout", layer("lstm", 3, layers=2, dropout=0.4), seed=3, step=5)
    network(c, "gru_one_step", layer("gru", 3, layers=3), shape=(1, 2))


LENGTHS = [3, 5, 1]


def masked(c, name, *stages, value=0.0):
    """Sequences that end early: the steps behind are `value`. What a dense makes of them has the mask still."""
    inputs = np.random.default_rng(len(name)).standard_normal((len(LENGTHS), 5, 3))
    for row, length in zip(inputs, LENGTHS):
        row[length:] = value
    scope = n.Stage("masking" if value == 0 else f"masking({value})", lambda x, scope: x)
    into = n.dense(3, ACTIVATIONS["tanh"])
    c.add(name, n.source(5, 3), scope, into, *stages, shape=(5, 3), inputs=f32(inputs))


def masked_cases(c):
    both = {"layers": 2, "both": True, "lengths": LENGTHS}
    masked(c, "lstm_masked", layer("lstm", 3, every=True, **both), n.dense(2))
    masked(c, "lstm_masked_last", layer("lstm", 2, lengths=LENGTHS), n.dense(2))
    masked(c, "lstm_masked_carried", layer("lstm", 2, carried=True, **both), n.dense(2))
    masked(c, "gru_masked", layer("gru", 2, **both), n.dense(2), value=0.5)
    masked(c, "gru_masked_twice", layer("gru", 3, lengths=LENGTHS, every=True), layer("rnn", 2, lengths=LENGTHS, reverse=True), value=-1.5)
    ids = np.array([[3, 1, 4, 2, 0], [2, 2, 0, 0, 0], [1, 0, 0, 0, 0], [1, 2, 3, 4, 4]], dtype=np.float64)
    lengths = [4, 2, 1, 5]
    c.add("lstm_of_ids", n.source(5), n.Stage("masking", lambda x, scope: x), n.embedding(5, 3), layer("lstm", 2, lengths=lengths, both=True),
          n.dense(2), inputs=ids, shape=(5,), ids=5)


def cases():
    return collect("recurrent", (plain_cases, masked_cases))
