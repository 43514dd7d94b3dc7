"""Forecasts of the test part of sunspots.csv without a network: as the year before, and a linear sum of the last 2 or 9 years.

    python3 examples/mygru/naive.py

Only the standard library. The windows are those that `csv("sunspots.csv", window = 24)` makes of the rows of each part. Errors are in
standard deviations of the training rows, as those of the networks are.
"""

import csv
import math
import pathlib

WINDOW = 24


def parts(rows):
    """The years of training, validation and test: 70 %, 15 %, 15 %; a row that remains goes to the largest remainder."""
    exact = [0.7 * len(rows), 0.15 * len(rows), 0.15 * len(rows)]
    counts = [int(part + 1e-9) for part in exact]
    for _ in range(len(rows) - sum(counts)):
        behind = [part - count for part, count in zip(exact, counts)]
        counts[behind.index(max(behind))] += 1
    train, validation, _ = counts
    return rows[:train], rows[train : train + validation], rows[train + validation :]


def cases(years, lags):
    """For each window of 24 years 1 and the last `lags` of them, and the year behind it."""
    return [([1.0, *years[at - lags : at]], years[at]) for at in range(WINDOW, len(years))]


def solve(rows):
    """The solution of linear equations, each with its right side at the end, by elimination."""
    size = len(rows)
    for at in range(size):
        pivot = max(range(at, size), key=lambda row: abs(rows[row][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for row in range(size):
            if row != at:
                factor = rows[row][at] / rows[at][at]
                rows[row] = [a - factor * b for a, b in zip(rows[row], rows[at])]
    return [row[size] / row[at] for at, row in enumerate(rows)]


def regression(train):
    """The least squares of what follows, as a sum of what was."""
    width = len(train[0][0])
    equations = [[sum(x[i] * x[j] for x, _ in train) for j in range(width)] for i in range(width)]
    return solve([row + [sum(x[i] * y for x, y in train)] for i, row in enumerate(equations)])


def main():
    with open(pathlib.Path(__file__).parent / "sunspots.csv", newline="") as file:
        train, _, test = parts([float(row["sunspots"]) for row in csv.DictReader(file)])
    mean = sum(train) / len(train)
    deviation = math.sqrt(sum((year - mean) ** 2 for year in train) / len(train))
    targets = [year for _, year in cases(test, 1)]
    middle = sum(targets) / len(targets)
    spread = sum((year - middle) ** 2 for year in targets)

    def show(name, lags, weights):
        squares = sum((y - sum(w * value for w, value in zip(weights, x))) ** 2 for x, y in cases(test, lags))
        print(f"{name}: test RMSE {math.sqrt(squares / len(targets)) / deviation:.4f}, R2 {1 - squares / spread:.4f}")

    print(f"{len(targets)} years; a deviation is {deviation:.2f} sunspots")
    show("as the year before", 1, [0.0, 1.0])
    for lags in (2, 9):
        show(f"a linear sum of the last {lags} years", lags, regression(cases(train, lags)))


if __name__ == "__main__":
    main()
