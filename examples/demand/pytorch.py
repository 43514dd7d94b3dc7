"""The network of demand.nn in PyTorch, trained the same way; prints RMSE and MAE on the test windows for ten seeds and their mean.

    pip install torch==2.15.0 numpy==2.4.6
    python3 examples/demand/pytorch.py

Same data, windows, division, preprocessing (mean and population standard deviation of the training rows), network, initialiser
(Glorot uniform, orthogonal for the state, 0 for the linear part and the biases but the last), optimizer, schedule, clipping, batch and
epochs, and the weights of the epoch with the lowest validation loss are kept. An LSTM of PyTorch has two biases that are added; one of
them is held at 0. Only the random numbers differ.
"""

import math
import pathlib

import numpy as np
import torch

from naive import HORIZON, STRIDE, WINDOW, parts

TABLE = np.loadtxt(pathlib.Path(__file__).parent / "demand.csv", delimiter=",", skiprows=1)
COLUMNS = [0, 1, 3, 4, 5]
UNITS, EPOCHS, BATCH, LR, SEEDS = 16, 8, 32, 0.002, range(10)


def data():
    """Windows and targets of training, validation and test."""
    divided = parts(len(TABLE))
    train = TABLE[divided[0]]
    scaled = (TABLE - train.mean(axis=0)) / train.std(axis=0)
    found = []
    for rows in divided:
        begins = rows[: len(rows) - WINDOW - HORIZON + 1 : STRIDE]
        x = np.stack([scaled[at : at + WINDOW, COLUMNS] for at in begins])
        y = np.stack([TABLE[at + WINDOW : at + WINDOW + HORIZON, 0] for at in begins])
        found.append((torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)))
    return found


class Network(torch.nn.Module):
    """48 x 5 -> 48: a linear forecast, and what an LSTM in both directions adds to it."""

    def __init__(self):
        super().__init__()
        self.linear = torch.nn.Linear(WINDOW * len(COLUMNS), HORIZON, bias=False)
        torch.nn.init.zeros_(self.linear.weight)
        self.lstm = torch.nn.LSTM(len(COLUMNS), UNITS, batch_first=True, bidirectional=True)
        self.dense = torch.nn.Linear(2 * UNITS, 1)
        torch.nn.init.xavier_uniform_(self.dense.weight)
        torch.nn.init.constant_(self.dense.bias, 4.7)
        for name, parameter in self.lstm.named_parameters():
            if name.startswith("weight_ih"):
                torch.nn.init.xavier_uniform_(parameter)
            elif name.startswith("weight_hh"):
                torch.nn.init.orthogonal_(parameter)
            else:
                torch.nn.init.zeros_(parameter)
                parameter.requires_grad_(name.startswith("bias_ih"))

    def forward(self, x):
        return self.linear(x.flatten(1)) + self.dense(self.lstm(x)[0]).flatten(1)


def errors(model, x, y):
    """RMSE and MAE."""
    with torch.no_grad():
        error = y - model(x)
    return error.square().mean().sqrt().item(), error.abs().mean().item()


def trained(seed):
    """RMSE and MAE on the test windows."""
    torch.manual_seed(seed)
    (x, y), validation, test = data()
    model = Network()
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    optimizer = torch.optim.Adam(parameters, lr=LR)
    steps = EPOCHS * math.ceil(len(x) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    least, kept = math.inf, None
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(x)).split(BATCH):
            optimizer.zero_grad()
            torch.nn.functional.mse_loss(model(x[rows]), y[rows]).backward()
            torch.nn.utils.clip_grad_norm_(parameters, 1)
            optimizer.step()
            schedule.step()
        rmse, _ = errors(model, *validation)
        if rmse < least:
            least, kept = rmse, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    return errors(model, *test)


if __name__ == "__main__":
    torch.set_num_threads(1)
    scores = []
    for seed in SEEDS:
        scores.append(trained(seed))
        print("seed {}: RMSE {:.4f} GW, MAE {:.4f} GW".format(seed, *scores[-1]), flush=True)
    print("mean: RMSE {:.4f} GW, MAE {:.4f} GW".format(*np.mean(scores, axis=0)))
