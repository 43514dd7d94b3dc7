"""Makes iris/iris.csv, digits/digits.csv and diabetes/diabetes.csv from the files inside scikit-learn's wheel.

The three tables are committed; this script shows where each number comes from. It needs Python 3 alone:

    pip download --no-deps --only-binary :all: -d target/data scikit-learn==1.9.1
    python3 examples/tables.py target/data/scikit_learn-1.9.1-*.whl

Nothing is rounded, reordered or left out: iris gets the names of its species, all three get a header.
"""

import gzip
import hashlib
import pathlib
import sys
import zipfile

HERE = pathlib.Path(__file__).parent
FOLDER = "sklearn/datasets/data/"
SHA256 = {
    "iris.csv": "f13ffa8fdd56fd8e6c8d16d4081a3fbd3114bcd0aae4256c43205169cd9d1449",
    "digits.csv.gz": "09f66e6debdee2cd2b5ae59e0d6abbb73fc2b0e0185d2e1957e9ebb51e23aa22",
    "diabetes_data_raw.csv.gz": "7fc0ded571454b1982210d3bb43f0aca44eae01a0b8654a3b24022bdb6b38009",
    "diabetes_target.csv.gz": "8e53f65eb811df43c206f3534bb3af0e5fed213bc37ed6ba36310157d6023803",
}


def member(wheel, name):
    """The text of one file of the wheel, checked and unpacked."""
    content = wheel.read(FOLDER + name)
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        sys.exit(f"{name} is not the file that this script was written for")
    return (gzip.decompress(content) if name.endswith(".gz") else content).decode("ascii").splitlines()


def write(path, header, rows):
    """Writes a table with a header, and says how long it is."""
    lines = [",".join(header)] + [",".join(row) for row in rows]
    (HERE / path).write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
    print(f"{path}: {len(rows)} rows of {len(header)} columns")


def iris(wheel):
    """The class of a row is an index into the names of the first line."""
    first, *rows = [line.split(",") for line in member(wheel, "iris.csv")]
    species = first[2:]
    header = ["sepal_length", "sepal_width", "petal_length", "petal_width", "species"]
    write("iris/iris.csv", header, [row[:4] + [species[int(row[4])]] for row in rows])


def digits(wheel):
    """64 pixels of 0 to 16, row by row, then the digit."""
    header = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)] + ["digit"]
    write("digits/digits.csv", header, [line.split(",") for line in member(wheel, "digits.csv.gz")])


def diabetes(wheel):
    """The measurements as taken (not the scaled ones), and the target, which lies in a file of its own."""
    header = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6", "target"]
    rows = [line.split() for line in member(wheel, "diabetes_data_raw.csv.gz")]
    targets = [f"{float(line):g}" for line in member(wheel, "diabetes_target.csv.gz")]
    write("diabetes/diabetes.csv", header, [row + [target] for row, target in zip(rows, targets, strict=True)])


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with zipfile.ZipFile(sys.argv[1]) as archive:
        for table in (iris, digits, diabetes):
            table(archive)
