"""The network of vowels.nn in PyTorch, trained the same way; prints the accuracy on the test utterances for three seeds and their mean.

    pip install torch==2.15.0 numpy==2.4.6
    python3 examples/vowels/pytorch.py

Same data, preprocessing (mean and population standard deviation of the training frames), network, initialiser (Glorot uniform,
orthogonal for the state, biases 0), optimizer, schedule, batch and epochs, and the weights of the epoch with the lowest training loss
are kept. A GRU of PyTorch has two biases, of which all but one part are added to each other; what is doubled is held at 0. Packed
sequences stand for the mask. Only the random numbers differ.
"""

import csv
import itertools
import math
import pathlib

import numpy as np
import torch

UNITS, EPOCHS, BATCH, LR, SEEDS = 48, 60, 32, 0.005, range(3)


def utterances(name):
    """The frames of each utterance, and the speaker from 0."""
    with open(pathlib.Path(__file__).parent / name, newline="") as file:
        rows = list(csv.reader(file))[1:]
    runs = [list(run) for _, run in itertools.groupby(rows, key=lambda row: row[0])]
    frames = [np.array([row[2:] for row in run], dtype=float) for run in runs]
    return frames, torch.tensor([int(run[0][1]) - 1 for run in runs])


def data():
    """Frames and speakers of training and test."""
    (train, speakers), (test, others) = utterances("vowels.csv"), utterances("vowels_test.csv")
    every = np.concatenate(train)
    mean, deviation = every.mean(axis=0), every.std(axis=0)
    scaled = [[torch.tensor((x - mean) / deviation, dtype=torch.float32) for x in part] for part in (train, test)]
    return (scaled[0], speakers), (scaled[1], others)


class Network(torch.nn.Module):
    """Frames of 12 values -> a GRU in both directions -> 9 logits."""

    def __init__(self):
        super().__init__()
        self.gru = torch.nn.GRU(12, UNITS, bidirectional=True)
        self.dropout = torch.nn.Dropout(0.5)
        self.dense = torch.nn.Linear(2 * UNITS, 9)
        torch.nn.init.xavier_uniform_(self.dense.weight)
        torch.nn.init.zeros_(self.dense.bias)
        for name, parameter in self.gru.named_parameters():
            if name.startswith("weight_ih"):
                torch.nn.init.xavier_uniform_(parameter)
            elif name.startswith("weight_hh"):
                torch.nn.init.orthogonal_(parameter)
            else:
                torch.nn.init.zeros_(parameter)
            if name.startswith("bias_hh"):
                # Of r, z and n, only n has a second bias of its own.
                only = torch.cat([torch.zeros(2 * UNITS), torch.ones(UNITS)])
                parameter.register_hook(lambda gradient, only=only: gradient * only)

    def forward(self, frames):
        _, last = self.gru(torch.nn.utils.rnn.pack_sequence(frames, enforce_sorted=False))
        return self.dense(self.dropout(torch.cat([last[0], last[1]], dim=1)))


def judged(model, frames, speakers):
    """Loss and accuracy."""
    model.eval()
    with torch.no_grad():
        logits = model(frames)
    model.train()
    loss = torch.nn.functional.cross_entropy(logits, speakers).item()
    return loss, (logits.argmax(dim=1) == speakers).float().mean().item()


def accuracy(seed):
    """Accuracy on the test utterances."""
    torch.manual_seed(seed)
    (frames, speakers), test = data()
    model = Network()
    optimizer = torch.optim.Adam(model.parameters(), lr=LR)
    steps = EPOCHS * math.ceil(len(frames) / BATCH)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: (1 + math.cos(math.pi * step / steps)) / 2)
    least, kept = math.inf, None
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(frames)).split(BATCH):
            optimizer.zero_grad()
            logits = model([frames[row] for row in rows])
            torch.nn.functional.cross_entropy(logits, speakers[rows]).backward()
            optimizer.step()
            schedule.step()
        loss, _ = judged(model, frames, speakers)
        if loss < least:
            least, kept = loss, {name: value.clone() for name, value in model.state_dict().items()}
    model.load_state_dict(kept)
    return judged(model, *test)[1]


if __name__ == "__main__":
    torch.set_num_threads(1)
    scores = []
    for seed in SEEDS:
        scores.append(accuracy(seed))
        print(f"seed {seed}: accuracy {scores[-1]:.4f}", flush=True)
    print(f"mean {np.mean(scores):.4f}")
