"""JSON with short numbers: f32 values as their shortest text, all others with nine digits."""

import json

import numpy as np


def f32(values):
    """Values that f32 holds exactly, as f64: rounded to three digits after the point, then to f32."""
    return np.round(np.asarray(values, dtype=np.float64), 3).astype(np.float32).astype(np.float64)


def number(value):
    """The text of one number."""
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    assert np.isfinite(value), value
    if value == 0:
        return "0.0"
    with np.errstate(over="ignore"):
        exact = float(np.float32(value)) == value
    return str(np.float32(value)) if exact else f"{value:.9g}"


def text(value):
    """One value on one line."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)}: {text(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(text(inner) for inner in value) + "]"
    return json.dumps(value) if isinstance(value, (str, bool)) or value is None else number(value)


def write(path, cases):
    """A file of cases: a list of objects, one line for each key. Returns its size in bytes."""
    names = [case["name"] for case in cases]
    assert len(set(names)) == len(names), "two cases have one name"
    objects = ["{\n" + ",\n".join(f"  {json.dumps(key)}: {text(value)}" for key, value in case.items()) + "\n}" for case in cases]
    content = "[\n" + ",\n".join(objects) + "\n]\n"
    json.loads(content)
    path.write_text(content, encoding="utf-8", newline="\n")
    return len(content)
