"""The network of chargpt.nn in PyTorch 2.x: same text, windows, split, steps and learning rates: python3 pytorch.py [--seed N]

It prints the cross-entropy and the accuracy on the windows of the validation part.
"""

import argparse
import math
import pathlib
import time

import torch
from torch import nn
from torch.nn import functional

WINDOW, STRIDE, BATCH, WIDTH, HEADS, LAYERS = 64, 151, 12, 128, 4, 4
RATE, LEAST, WARM = 1e-3, 1e-4, 100


class Attention(nn.Module):
    """Causal attention with projections of one matrix each, without biases."""

    def __init__(self):
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH, bias=False) for _ in range(4))
        for part in self.children():
            nn.init.xavier_uniform_(part.weight)

    def forward(self, x):
        rows, steps, width = x.shape
        q, k, v = (part(x).view(rows, steps, HEADS, -1).transpose(1, 2) for part in (self.query, self.key, self.value))
        seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.output(seen.transpose(1, 2).reshape(rows, steps, width))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.attention = nn.Sequential(nn.LayerNorm(WIDTH), Attention())
        wide, narrow = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)
        for part in (wide, narrow):
            nn.init.normal_(part.weight, std=0.02)
        self.mlp = nn.Sequential(nn.LayerNorm(WIDTH), wide, nn.GELU(), narrow)

    def forward(self, x):
        x = x + self.attention(x)
        return x + self.mlp(x)


class CharGpt(nn.Module):
    def __init__(self, characters):
        super().__init__()
        self.embedding, self.positions = nn.Embedding(characters, WIDTH), nn.Parameter(torch.empty(WINDOW, WIDTH))
        self.blocks = nn.Sequential(*(Block() for _ in range(LAYERS)))
        self.norm, self.head = nn.LayerNorm(WIDTH), nn.Linear(WIDTH, characters, bias=False)
        for weight in (self.embedding.weight, self.positions, self.head.weight):
            nn.init.normal_(weight, std=0.02)

    def forward(self, ids):
        return self.head(self.norm(self.blocks(self.embedding(ids) + self.positions)))


def windows(ids):
    """Inputs and targets of all windows: [windows, WINDOW] each."""
    both = ids.unfold(0, WINDOW + 1, STRIDE)
    return both[:, :-1], both[:, 1:]


def rate(step, steps):
    """The learning rate of a step, from 0: a linear rise, then half a cosine."""
    if step < WARM:
        return RATE * (step + 1) / WARM
    return LEAST + (RATE - LEAST) * 0.5 * (1 + math.cos(math.pi * (step - WARM) / (steps - WARM)))


def train(net, inputs, targets):
    order = torch.randperm(len(inputs)).split(BATCH)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, betas=(0.9, 0.99), weight_decay=0.1)
    for step, rows in enumerate(order):
        for group in optimizer.param_groups:
            group["lr"] = rate(step, len(order))
        loss = functional.cross_entropy(net(inputs[rows]).flatten(0, 1), targets[rows].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimizer.step()
        if step % 100 == 99:
            print(f"step {step + 1} of {len(order)}: loss {loss.item():.4f}", flush=True)


@torch.no_grad()
def score(net, inputs, targets):
    total, right = 0.0, 0
    for x, y in zip(inputs.split(100), targets.split(100)):
        logits = net(x).flatten(0, 1)
        total += functional.cross_entropy(logits, y.flatten(), reduction="sum").item()
        right += (logits.argmax(-1) == y.flatten()).sum().item()
    return total / targets.numel(), right / targets.numel()


parser = argparse.ArgumentParser()
parser.add_argument("--seed", type=int, default=1337)
torch.manual_seed(parser.parse_args().seed)
text = pathlib.Path(__file__).with_name("austen.txt").read_text(encoding="utf-8")
places = {character: place for place, character in enumerate(sorted(set(text)))}
ids = torch.tensor([places[character] for character in text])
cut = round(0.9 * len(ids))
net, begin = CharGpt(len(places)), time.time()
print(f"{sum(weight.numel() for weight in net.parameters())} parameters, {len(windows(ids[:cut])[0])} windows")
train(net, *windows(ids[:cut]))
loss, accuracy = score(net, *windows(ids[cut:]))
print(f"validation loss {loss:.4f}, accuracy {accuracy:.4f}; {time.time() - begin:.0f} seconds on {torch.get_num_threads()} threads")
