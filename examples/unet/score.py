#!/usr/bin/env python3
"""Compares answers.csv, the answers to image_test.npy, with the masks in shapes.npz, and draws the first pictures.

Prints the intersection over union of the disks (all pixels of all pictures together), the part of pixels that are
right, and the same of the best single threshold on the smoothed grey values, which knows no shapes. Writes shapes.png:
in each row a picture, its mask and the answer. Needs nothing but Python.
"""

import csv
import pathlib
import struct
import zipfile
import zlib

HERE = pathlib.Path(__file__).parent
SIDE = 32
PIXELS = SIDE * SIDE
DRAWN, SCALE, GAP = 6, 4, 4


def array(name: str) -> list[bytes]:
    """The examples of an array of bytes, each as it lies in the file: behind a header whose length stands at byte 8."""
    with zipfile.ZipFile(HERE / "shapes.npz") as archive:
        content = archive.read(name + ".npy")
    values = content[10 + struct.unpack_from("<H", content, 8)[0] :]
    return [values[at : at + PIXELS] for at in range(0, len(values), PIXELS)]


def score(masks: list[bytes], said: list[list[bool]]) -> tuple[float, float]:
    """Intersection over union, and the part of the pixels that are right."""
    both = sum(mask and yes for row, answer in zip(masks, said) for mask, yes in zip(row, answer))
    either = sum(mask or yes for row, answer in zip(masks, said) for mask, yes in zip(row, answer))
    return both / either, 1 - (either - both) / (len(masks) * PIXELS)


def smoothed(picture: bytes) -> list[float]:
    """The mean over 3 x 3 pixels, fewer at the edge."""
    means = []
    for y in range(SIDE):
        for x in range(SIDE):
            rows = [picture[v * SIDE + max(0, x - 1) : v * SIDE + min(SIDE, x + 2)] for v in (y - 1, y, y + 1) if 0 <= v < SIDE]
            means.append(sum(map(sum, rows)) / sum(map(len, rows)))
    return means


def png(path: pathlib.Path, rows: list[bytes]) -> None:
    """A grey picture of 8 bits (the PNG specification, second edition, sections 5 and 11)."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    header = struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row for row in rows), 9)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b""))


def drawn(tiles: list[bytes]) -> list[bytes]:
    """Tiles side by side, each pixel SCALE wide and high, with white between them."""
    gap = b"\xff" * GAP
    rows = []
    for y in range(SIDE):
        wide = (bytes(v for v in tile[y * SIDE : y * SIDE + SIDE] for _ in range(SCALE)) for tile in tiles)
        rows += [gap.join(wide)] * SCALE
    return rows + [b"\xff" * len(rows[0])] * GAP


def main() -> None:
    images, masks = array("image_test"), array("mask_test")
    with open(HERE / "answers.csv", newline="", encoding="utf-8") as file:
        lines = list(csv.reader(file))
    answers = [[float(cell) for cell in line] for line in lines[len(lines) - len(masks) :]]
    iou, right = score(masks, [[value >= 0.5 for value in answer] for answer in answers])
    print(f"U-Net: intersection over union {iou:.4f}, right pixels {right:.4f}")

    soft = [smoothed(image) for image in images]
    splits = [score(masks, [[(value > at) == above for value in row] for row in soft]) for at in range(30, 240, 15) for above in (True, False)]
    print(f"best threshold: intersection over union {max(splits)[0]:.4f}; no disk at all: right pixels {1 - sum(map(sum, masks)) / len(masks) / PIXELS:.4f}")

    rows = []
    for image, mask, answer in list(zip(images, masks, answers))[:DRAWN]:
        rows += drawn([image, bytes(255 * m for m in mask), bytes(round(255 * value) for value in answer)])
    png(HERE / "shapes.png", rows[:-GAP])
    print(HERE / "shapes.png")


main()
