"""Writes the goldens: what PyTorch computes, for the tests to compare with.

    pip install torch==2.15.0 numpy==2.4.6
    python3 tests/goldens/make.py

Deterministic: the same files every time. `--check` writes nothing and fails if a committed file differs. Weights and inputs are numbers
that f32 holds exactly; all that follows from them is computed in f64 and written with nine digits. While it runs, PyTorch's own f32 is
compared too, so that no case asks for more than f32 can give. README.md describes the files.
"""

import pathlib
import sys
import tempfile

import numpy as np
import torch

import attention
import basics
import curves
import encoders
import functions
import images
import losses
import norms
import optimizers
import philox
import recurrent
import schedules
import shaping
import writing

PINNED = {"torch": "2.15.0", "numpy": "2.4.6"}
HERE = pathlib.Path(__file__).parent
FILES = {
    "rng.json": philox.cases,
    "layers/attention.json": attention.cases,
    "layers/basics.json": basics.cases,
    "layers/encoders.json": encoders.cases,
    "layers/functions.json": functions.cases,
    "layers/images.json": images.cases,
    "layers/norms.json": norms.cases,
    "layers/recurrent.json": recurrent.cases,
    "layers/shaping.json": shaping.cases,
    "losses.json": losses.cases,
    "optimizers.json": optimizers.cases,
    "schedules.json": schedules.cases,
    "curves.json": curves.cases,
}


def write_all(folder):
    (folder / "layers").mkdir(exist_ok=True)
    for name, cases in FILES.items():
        found = cases()
        print(f"{name}: {len(found)} cases, {writing.write(folder / name, found)} bytes")


def check():
    """The names of committed files that differ from what would be written."""
    with tempfile.TemporaryDirectory() as folder:
        write_all(pathlib.Path(folder))
        return [name for name in FILES if (HERE / name).read_bytes() != (pathlib.Path(folder) / name).read_bytes()]


if __name__ == "__main__":
    versions = {"torch": torch.__version__.split("+")[0], "numpy": np.__version__}
    if versions != PINNED:
        sys.exit(f"this needs {PINNED}, found {versions}")
    torch.set_num_threads(1)
    if sys.argv[1:] == ["--check"]:
        if different := check():
            sys.exit(f"not as committed: {', '.join(different)}")
    else:
        write_all(HERE)
