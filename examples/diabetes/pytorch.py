"""The network of diabetes.nn in PyTorch, trained the same way; prints R2 on the test rows for ten seeds and their mean.

    pip install torch==2.15.0 numpy==2.4.6
    python3 examples/diabetes/pytorch.py

Same data, division, preprocessing (mean and population standard deviation of the training rows), network, initialiser
(Glorot uniform, biases 0), optimizer, batch and epochs. Only the random numbers differ.
"""

import pathlib

import numpy as np
import torch

TABLE = np.loadtxt(pathlib.Path(__file__).parent / "diabetes.csv", delimiter=",", skiprows=1)
TRAIN = round(0.8 * len(TABLE))
EPOCHS, BATCH, LR, SEEDS = 100, 16, 0.01, range(10)


def data():
    """Standardised inputs and raw targets, all rows."""
    x, y = TABLE[:, :10], TABLE[:, 10:]
    x = (x - x[:TRAIN].mean(axis=0)) / x[:TRAIN].std(axis=0)
    return torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)


def network():
    """10 -> 16 relu -> 1."""
    layers = torch.nn.Sequential(torch.nn.Linear(10, 16), torch.nn.ReLU(), torch.nn.Linear(16, 1))
    for layer in layers[::2]:
        torch.nn.init.xavier_uniform_(layer.weight)
        torch.nn.init.zeros_(layer.bias)
    return layers


def r2(seed):
    """R2 on the rows after TRAIN, of a network trained on the rows before."""
    torch.manual_seed(seed)
    x, y = data()
    model = network()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    for _ in range(EPOCHS):
        for rows in torch.randperm(TRAIN).split(BATCH):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
            optimizer.step()
    with torch.no_grad():
        error = y[TRAIN:] - model(x[TRAIN:])
    return (1 - (error**2).sum() / ((y[TRAIN:] - y[TRAIN:].mean()) ** 2).sum()).item()


if __name__ == "__main__":
    torch.set_num_threads(1)
    scores = [r2(seed) for seed in SEEDS]
    for seed, score in zip(SEEDS, scores):
        print(f"seed {seed}: R2 {score:.4f}")
    print(f"mean {np.mean(scores):.4f}, standard deviation {np.std(scores):.4f}")
