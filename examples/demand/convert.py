"""Makes demand.csv of elecdemand.pkl.compress: half-hourly electricity demand in Victoria, Australia, in 2014.

    python3 convert.py elecdemand.pkl.compress demand.csv

The source is a table of pandas, pickled and compressed with xz. Only the standard library is needed, and nothing that the
file names is called: each object that it wants built becomes a tuple of what it would be built from.
"""

import csv
import lzma
import math
import pickle
import struct
import sys

DAY, WEEK = 48, 336


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


def blocks(path):
    """The blocks of the table: which columns (a slice), and their values, one column behind the other."""
    with lzma.open(path) as file:
        frame = Reader(file).load()
    for block in frame.state["_mgr"].args[0]:
        values, columns, _ = block.args
        data, dtype, (count, rows), _ = values.args
        kind = {"f8": "d", "i8": "q"}[dtype.args[0]]
        flat = struct.unpack(f"<{count * rows}{kind}", data)
        yield range(*columns.args), [flat[i * rows : (i + 1) * rows] for i in range(count)]


def table(path):
    """Demand (GW), whether it is a working day, and temperature (degrees Celsius), each half hour."""
    columns = {}
    for places, values in blocks(path):
        columns.update(zip(places, values))
    # Column 0 is the number of the row.
    return columns[1], columns[2], columns[3]


def main(source, target):
    demand, workday, temperature = table(source)
    assert len(demand) == 365 * DAY
    # New Year's Day 2015 is a holiday.
    tomorrow = [*workday[DAY:], *[0] * DAY]
    with open(target, "w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["demand", "week", "temperature", "tomorrow", "sin", "cos"])
        for row in range(WEEK - DAY, len(demand)):
            angle = 2 * math.pi * (row % DAY) / DAY
            # `week` and `tomorrow` are of the same half hour of the next day: its demand a week before, its working day.
            week, free = demand[row + DAY - WEEK], tomorrow[row]
            writer.writerow(
                [f"{demand[row]:.6f}", f"{week:.6f}", f"{temperature[row]:g}", int(free), f"{math.sin(angle):.6f}", f"{math.cos(angle):.6f}"]
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
