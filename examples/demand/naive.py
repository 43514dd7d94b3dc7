"""The seasonal-naive forecasts of the test part of demand.csv: what the same half hour was a day before, and a week before.

    python3 examples/demand/naive.py

Only the standard library. The windows are those that `csv("demand.csv", window = 48, horizon = 48, stride = 4)` makes of
the test rows.
"""

import csv
import math
import pathlib

WINDOW = HORIZON = 48
STRIDE = 4


def parts(rows):
    """Row numbers of training, validation and test: 70 %, 15 %, 15 %; a row that remains goes to the largest remainder."""
    exact = [0.7 * rows, 0.15 * rows, 0.15 * rows]
    counts = [int(part + 1e-9) for part in exact]
    for _ in range(rows - sum(counts)):
        behind = [part - count for part, count in zip(exact, counts)]
        counts[behind.index(max(behind))] += 1
    train, validation, _ = counts
    return range(train), range(train, train + validation), range(train + validation, rows)


def main():
    with open(pathlib.Path(__file__).parent / "demand.csv", newline="") as file:
        demand = [float(row["demand"]) for row in csv.DictReader(file)]
    test = parts(len(demand))[2]
    begins = test[: len(test) - WINDOW - HORIZON + 1 : STRIDE]
    targets = [at for begin in begins for at in range(begin + WINDOW, begin + WINDOW + HORIZON)]
    print(f"{len(targets) // HORIZON} forecasts of {HORIZON} half hours")
    for name, lag in [("a day", 48), ("a week", 336)]:
        errors = [demand[at] - demand[at - lag] for at in targets]
        rmse = math.sqrt(sum(error**2 for error in errors) / len(errors))
        mae = sum(map(abs, errors)) / len(errors)
        print(f"as {name} before: RMSE {rmse:.4f} GW, MAE {mae:.4f} GW")


if __name__ == "__main__":
    main()
