"""What the means of users and films say of the test part of ratings.csv.

    python3 examples/twotower/baseline.py

Only the standard library. The parts are those of `split train = 0.8, validation = 0.1, test = 0.1, shuffle = false`. Errors are
in standard deviations of the training ratings, as the network's are.
"""

import csv
import math
import pathlib

SHRINKS = [0, 1, 2, 3, 5, 8, 12, 20]
ROUNDS = 10


def parts(rows):
    """Training, validation and test rows: 80 %, 10 %, 10 %; a row that remains goes to the largest remainder."""
    exact = [0.8 * len(rows), 0.1 * len(rows), 0.1 * len(rows)]
    counts = [int(part + 1e-9) for part in exact]
    for _ in range(len(rows) - sum(counts)):
        behind = [part - count for part, count in zip(exact, counts)]
        counts[behind.index(max(behind))] += 1
    train, validation, _ = counts
    return rows[:train], rows[train : train + validation], rows[train + validation :]


def offsets(rows, key, rest, shrink):
    """For each user or film the mean of what is left, as if `shrink` ratings more had left nothing."""
    sums = {}
    for row in rows:
        total, count = sums.get(row[key], (0.0, shrink))
        sums[row[key]] = (total + rest(row), count + 1)
    return {who: total / count for who, (total, count) in sums.items()}


def additive(rows, shrink, rounds):
    """The mean of all, plus an offset of the user, plus one of the film, each fitted to what the other leaves `rounds` times."""
    mean = sum(row[2] for row in rows) / len(rows)
    users, films = {}, {}
    for _ in range(rounds):
        films = offsets(rows, 1, lambda row: row[2] - mean - users.get(row[0], 0.0), shrink)
        users = offsets(rows, 0, lambda row: row[2] - mean - films.get(row[1], 0.0), shrink)
    return lambda row: mean + users.get(row[0], 0.0) + films.get(row[1], 0.0)


def separate(rows):
    """The mean of the user plus the mean of the film, less the mean of all."""
    mean = sum(row[2] for row in rows) / len(rows)
    users, films = (offsets(rows, key, lambda row: row[2] - mean, 0) for key in (0, 1))
    return lambda row: mean + users.get(row[0], 0.0) + films.get(row[1], 0.0)


def only(rows, key):
    """The mean of the user, or of the film."""
    mean = sum(row[2] for row in rows) / len(rows)
    means = offsets(rows, key, lambda row: row[2] - mean, 0)
    return lambda row: mean + means.get(row[key], 0.0)


def error(predict, rows):
    """Root of the mean square."""
    return math.sqrt(sum((row[2] - predict(row)) ** 2 for row in rows) / len(rows))


def main():
    with open(pathlib.Path(__file__).parent / "ratings.csv", newline="") as file:
        rows = [(row["user"], row["film"], float(row["rating"])) for row in csv.DictReader(file)]
    train, validation, test = parts(rows)
    mean = sum(row[2] for row in train) / len(train)
    deviation = error(lambda _: mean, train)
    middle = sum(row[2] for row in test) / len(test)
    spread = error(lambda _: middle, test)
    counts = f"{len(train)} rows to train on, {len(validation)} to validate, {len(test)} to test"
    print(f"{counts}; a deviation is {deviation:.4f} stars")

    def show(name, predict):
        seen, found = error(predict, validation), error(predict, test)
        figures = f"validation {seen / deviation:.4f}  test {found / deviation:.4f}  R2 {1 - (found / spread) ** 2:.4f}"
        print(f"{name:50} {figures}")

    show("the mean of all", lambda _: mean)
    show("the mean of the user", only(train, 0))
    show("the mean of the film", only(train, 1))
    show("mean of the user + mean of the film - mean of all", separate(train))
    best = min(SHRINKS, key=lambda shrink: error(additive(train, shrink, ROUNDS), validation))
    show(f"offsets of both, fitted together, shrunk by {best}", additive(train, best, ROUNDS))


if __name__ == "__main__":
    main()
