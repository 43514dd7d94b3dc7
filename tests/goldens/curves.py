"""200 steps of training on Iris and on Digits: the loss of each step, from given weights and a given order of the rows.

All rows are used, standardised with mean and population standard deviation of all rows (0 where a column is constant).
"""

import pathlib

import numpy as np
import torch

import philox
from writing import f32

EXAMPLES = pathlib.Path(__file__).parents[2] / "examples"
STEPS, BATCH, SEED, LR = 200, 16, 42, 0.01


def table(path):
    """Standardised inputs and class ids (labels sorted by name) of a table with a header and the label last."""
    cells = np.loadtxt(EXAMPLES / path, delimiter=",", skiprows=1, dtype=str)
    x = cells[:, :-1].astype(np.float64)
    spread = x.std(axis=0)
    x = (x - x.mean(axis=0)) / np.where(spread == 0, np.inf, spread)
    return x, np.unique(cells[:, -1], return_inverse=True)[1]


def batches(rows):
    """The rows of each step: epochs count from 1, each shuffles 0 .. rows anew, the last batch of an epoch is shorter."""
    found, epoch = [], 0
    while len(found) < STEPS:
        epoch += 1
        order = philox.shuffle(SEED, philox.SHUFFLE, epoch, rows)
        found += [order[i : i + BATCH] for i in range(0, rows, BATCH)]
    return found[:STEPS]


def weights(widths, generator):
    """Glorot uniform and small biases, as f32 values."""
    found = {}
    for i, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
        limit = (6.0 / (fan_in + fan_out)) ** 0.5
        found[f"dense_{i + 1}.weight"] = f32(generator.uniform(-limit, limit, (fan_in, fan_out)))
        found[f"dense_{i + 1}.bias"] = f32(generator.uniform(-0.1, 0.1, fan_out))
    return found


def losses(x, y, start, order, dtype):
    """The cross entropy of each batch before its step of Adam."""
    p = {name: torch.tensor(values, dtype=dtype, requires_grad=True) for name, values in start.items()}
    optimizer = torch.optim.Adam(p.values(), lr=LR)
    x, y = torch.tensor(x, dtype=dtype), torch.tensor(y)
    found = []
    for rows in order:
        optimizer.zero_grad()
        hidden = torch.relu(x[rows] @ p["dense_1.weight"] + p["dense_1.bias"])
        loss = torch.nn.functional.cross_entropy(hidden @ p["dense_2.weight"] + p["dense_2.bias"], y[rows])
        loss.backward()
        optimizer.step()
        found.append(loss.item())
    return np.array(found)


def cases():
    found = []
    for name, path, text, widths in (
        ("iris", "iris/iris.csv", "network N < dense(4->16, relu), dense(16->3, softmax) >", (4, 16, 3)),
        ("digits", "digits/digits.csv", "network N < dense(64->32, relu), dense(32->10, softmax) >", (64, 32, 10)),
    ):
        x, y = table(path)
        start = weights(widths, np.random.default_rng(SEED))
        order = batches(len(x))
        curve = losses(x, y, start, order, torch.float64)
        single = losses(x, y, start, order, torch.float32)
        furthest = np.max(np.abs(single - curve) / (1e-3 * np.maximum(curve, 0.01)))
        print(f"{name}: loss {curve[0]:.4f} to {curve[-1]:.4f}; in f32, furthest (1 = what is allowed): {furthest:.3f}")
        assert furthest < 0.5
        found.append({
            "name": name, "csv": f"examples/{path}", "rows": len(x), "nn": text, "loss": "cross_entropy", "optimizer": f"adam(lr = {LR})",
            "batch": BATCH, "seed": SEED, "first_epoch": 1, "first_inputs": x[0], "classes": y[:10],
            "parameters": {key: {"shape": list(v.shape), "values": v.flatten()} for key, v in start.items()},
            "batches": order, "losses": curve,
        })
    return found
