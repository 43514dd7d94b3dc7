"""Makes ratings.csv of movielens.pkl.compress: python3 convert.py movielens.pkl.compress ratings.csv

The source is a table of pandas, pickled and compressed with xz. Only the standard library is needed, and nothing that the file
names is called: each object that it wants built becomes a tuple of what it would be built from. Films with fewer than 20 ratings
are left out: of others, each split has some for the training. The rows are put in the order of a hash, as good as random, so that
the parts of a split are pieces of the file.
"""

import collections
import csv
import hashlib
import lzma
import pickle
import struct
import sys

FEWEST = 20
FILM, USER, RATING = 1, 5, 6


class Inert:
    """Something of pandas or numpy, held apart by its name."""

    def __init__(self, *args):
        self.args = args

    def __setstate__(self, state):
        self.state = state


class Reader(pickle.Unpickler):
    """Puts `Inert` for every class and function."""

    def find_class(self, module, name):
        return type(name, (Inert,), {})


def numbers(values, count):
    """An array of 8-byte numbers, unpacked: of a block, or of the places of its columns."""
    data, dtype = values.args[:2]
    kind = {"f8": "d", "i8": "q"}[dtype.args[0]]
    flat = struct.unpack(f"<{len(data) // 8}{kind}", data)
    rows = len(flat) // count
    return [flat[i * rows : (i + 1) * rows] for i in range(count)]


def table(path):
    """The columns of numbers by their places."""
    with lzma.open(path) as file:
        frame = Reader(file).load()
    columns = {}
    for block in frame.state["_mgr"].args[0]:
        values, places, _ = block.args
        if type(values).__name__ != "_frombuffer":
            continue
        places = range(*places.args) if type(places).__name__ == "slice" else numbers(places, 1)[0]
        columns.update(zip(places, numbers(values, len(places))))
    return columns


def main(source, target):
    columns = table(source)
    count = collections.Counter(columns[FILM])
    rows = [row for row in zip(columns[USER], columns[FILM], columns[RATING]) if count[row[1]] >= FEWEST]
    rows.sort(key=lambda row: hashlib.sha256(f"{row[0]},{row[1]}".encode()).digest())
    with open(target, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["user", "film", "rating"])
        writer.writerows(rows)


main(*sys.argv[1:])
