"""The contestant's side of the protocol of `benches/src/protocol.rs`, for the Python peers."""

import json
import struct
import sys
import time

import numpy

# As in `benches/src/material.rs`.
BATCHES = 8
COMPARED = 5


class Refusal(Exception):
    """Why a task is not done."""


def tensors(path):
    """The tensors of a safetensors file of `f32`, by name."""
    with open(path, "rb") as file:
        content = file.read()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        begin, end = (8 + length + offset for offset in entry["data_offsets"])
        found[name] = numpy.frombuffer(content[begin:end], "<f4").reshape(entry["shape"]).copy()
    return found


def material(task, folder):
    """Weights by name, inputs and targets of a task."""
    data = tensors(f"{folder}/{task}.data.safetensors")
    return tensors(f"{folder}/{task}.weights.safetensors"), data["inputs"], data["targets"].astype("int64")


def timed(milliseconds, run, finish):
    """A step that is not timed, then steps for about so long; `finish` waits until all of them are done."""
    run(1)
    finish()
    processor, wall = time.process_time_ns(), time.perf_counter_ns()
    span = milliseconds * 1_000_000
    steps, block = 0, 1
    while steps == 0 or time.perf_counter_ns() - wall < span:
        run(block)
        finish()
        steps += block
        if (time.perf_counter_ns() - wall) * 50 < span:
            block *= 2
    return steps, time.process_time_ns() - processor, time.perf_counter_ns() - wall


def serve(version, make):
    """Answers the driver. `make(task, mode, threads, folder)` gives an object with `losses()` and `go(milliseconds)`."""
    contestant = None
    for line in sys.stdin:
        word, _, rest = line.strip().partition(" ")
        if word == "setup":
            task, mode, threads, folder = rest.split(" ", 3)
            try:
                contestant = make(task, mode, int(threads), folder)
                losses = " ".join(f"{loss:.9e}" for loss in contestant.losses())
                reply = f"ready {version} {losses}"
            except Refusal as refusal:
                reply = f"refuse {refusal}"
        elif word == "go":
            steps, processor, wall = contestant.go(int(rest))
            reply = f"done {steps} {processor} {wall}"
        elif word == "quit":
            break
        else:
            reply = f"refuse `{line.strip()}` says nothing"
        print(reply, flush=True)
