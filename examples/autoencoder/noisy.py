#!/usr/bin/env python3
"""Adds noise to the 10,000 pictures of Fashion-MNIST to test on, and says how well they are cleaned.

    noisy.py                  writes them into the folder noisy beside this script
    noisy.py score FILE.csv   the mean squared error of what `nnc predict` made of it, beside that of the noise itself

Needs nothing but Python (3.9 or later). The seed is fixed.
"""

import csv
import gzip
import pathlib
import random
import sys

HERE = pathlib.Path(__file__).resolve().parent
CLEAN = HERE.parent / "fashion/fashion-mnist/t10k-images-idx3-ubyte.gz"
# Named as pictures to train on, so that `nnc draw` takes all that there are.
NOISY = HERE / "noisy/train-images-idx3-ubyte"
HEADER, DEVIATION = 16, 0.5


def write() -> None:
    clean = gzip.open(CLEAN).read()
    numbers = random.Random(1)
    noisy = bytearray(clean)
    for place in range(HEADER, len(clean)):
        noisy[place] = min(max(round(clean[place] + 255 * numbers.gauss(0, DEVIATION)), 0), 255)
    NOISY.parent.mkdir(exist_ok=True)
    NOISY.write_bytes(noisy)
    print(f"{NOISY}: noise of the standard deviation {DEVIATION}, cut off at black and white")


def score(answers: str) -> None:
    clean, noisy = gzip.open(CLEAN).read()[HEADER:], NOISY.read_bytes()[HEADER:]
    print(f"noisy:   {sum((a - b) ** 2 for a, b in zip(clean, noisy)) / len(clean) / 255**2:.4f}")
    with open(answers, newline="") as file:
        rows = csv.reader(file)
        next(rows)
        made = (float(value) for row in rows for value in row)
        print(f"cleaned: {sum((a - b) ** 2 for a, b in zip(clean, made)) / len(clean) / 255**2:.4f}")


if len(sys.argv) == 3 and sys.argv[1] == "score":
    score(sys.argv[2])
else:
    write()
