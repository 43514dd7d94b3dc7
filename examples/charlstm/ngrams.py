"""What counts of short runs of characters say of the validation part of austen.txt: the loss of models of order 0 to 5.

    python3 examples/charlstm/ngrams.py

Only the standard library. The windows are those of `data text("../chargpt/austen.txt", window = 64, stride = 151)` with
`split train = 0.9, validation = 0.1`, and the counts know the same characters of the text that the network is trained on. A model of
an order is what its counts say, mixed with the order below: Witten and Bell, The Zero-Frequency Problem (1991), method C.
"""

import collections
import math
import pathlib

WINDOW, STRIDE = 64, 151
ORDERS = 6


def windows(text):
    """Pieces of the text: a window and the character behind it."""
    return [text[begin : begin + WINDOW + 1] for begin in range(0, len(text) - WINDOW, STRIDE)]


def counted(pieces):
    """For each run of characters what followed it, and how often."""
    follows = collections.defaultdict(collections.Counter)
    for piece in pieces:
        for at in range(1, len(piece)):
            for order in range(min(ORDERS, at + 1)):
                follows[piece[at - order : at]][piece[at]] += 1
    return follows


def probabilities(follows, before, character, characters):
    """The probability of a character behind `before`, by each order up to the length of `before`."""
    chance, found = 1 / characters, []
    for order in range(len(before) + 1):
        counts = follows.get(before[len(before) - order :])
        if counts:
            total = counts.total()
            chance = (counts[character] + len(counts) * chance) / (total + len(counts))
        found.append(chance)
    return found


def main():
    text = (pathlib.Path(__file__).parent / "../chargpt/austen.txt").read_text(encoding="utf-8")
    train = round(0.9 * len(text))
    follows, tested = counted(windows(text[:train])), windows(text[train:])
    characters = len(set(text))
    sums = [0.0] * ORDERS
    for piece in tested:
        for at in range(1, len(piece)):
            found = probabilities(follows, piece[max(0, at - ORDERS + 1) : at], piece[at], characters)
            for order in range(ORDERS):
                sums[order] -= math.log(found[min(order, len(found) - 1)])
    print(f"{len(tested)} windows to validate")
    sizes = [0] * ORDERS
    for before, counts in follows.items():
        sizes[len(before)] += len(counts)
    for order, total in enumerate(sums):
        print(f"behind {order} characters: loss {total / len(tested) / WINDOW:.4f}, {sum(sizes[: order + 1])} counts")


if __name__ == "__main__":
    main()
