#!/usr/bin/env python3
"""Writes shapes.npz beside this script: noisy pictures of disks and rectangles, and which of their pixels are disks.
The pictures to test on also go to image_test.npy, which `nnc predict` takes.

Needs nothing but Python (3.9 or later). The seed is fixed, and the arithmetic is that of whole numbers and of exact
fractions, so that the file has the same bytes inside everywhere.

    image, mask            2000 pictures of 32 x 32 grey values from 0 to 255, and as many masks of 0 and 1
    image_test, mask_test  400 of each, to test on
"""

import hashlib
import pathlib
import random
import struct
import zipfile

SIDE = 32
NOISE = 28  # the standard deviation of the noise, in grey values


def picture(numbers: random.Random) -> tuple[bytes, bytes]:
    """One picture and its mask. What is drawn later covers what was drawn before."""
    light, across, down = numbers.randint(80, 175), numbers.randint(-30, 30), numbers.randint(-30, 30)
    grey = [light + across * x // SIDE + down * y // SIDE for y in range(SIDE) for x in range(SIDE)]
    mask = bytearray(SIDE * SIDE)
    kinds = ["disk"] * numbers.randint(1, 3) + ["rectangle"] * numbers.randint(1, 3)
    numbers.shuffle(kinds)
    for kind in kinds:
        # Brighter or darker than the ground: no threshold tells a disk from the ground, nor from a rectangle.
        tone = light + numbers.choice([-1, 1]) * numbers.randint(40, 70)
        if kind == "disk":
            radius = numbers.randint(3, 7)
            x0, y0 = numbers.randint(radius, SIDE - radius), numbers.randint(radius, SIDE - radius)
            pixels = [(x, y) for y in range(SIDE) for x in range(SIDE) if (x - x0) ** 2 + (y - y0) ** 2 <= radius**2]
        else:
            wide, high = numbers.randint(5, 13), numbers.randint(5, 13)
            left, top = numbers.randint(0, SIDE - wide), numbers.randint(0, SIDE - high)
            pixels = [(x, y) for y in range(top, top + high) for x in range(left, left + wide)]
        for x, y in pixels:
            grey[y * SIDE + x] = tone
            mask[y * SIDE + x] = kind == "disk"
    # The sum of four bytes is nearly normal; its deviation is twice that of one byte, which is 73.9.
    noise = numbers.randbytes(4 * SIDE * SIDE)
    sums = (sum(noise[4 * i : 4 * i + 4]) - 510 for i in range(SIDE * SIDE))
    return bytes(min(255, max(0, value + NOISE * 10 * each // 1478)) for value, each in zip(grey, sums)), bytes(mask)


def npy(values: bytes, count: int) -> bytes:
    """An array of bytes as a file of numpy, format 1.0 (see numpy.lib.format)."""
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({count}, {SIDE}, {SIDE}, 1), }}"
    header += " " * (-(len(header) + 11) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values


def main() -> None:
    numbers = random.Random(2015)
    arrays = {}
    for part, count in [("", 2000), ("_test", 400)]:
        pictures, masks = zip(*(picture(numbers) for _ in range(count)))
        arrays["image" + part] = npy(b"".join(pictures), count)
        arrays["mask" + part] = npy(b"".join(masks), count)
    here = pathlib.Path(__file__).parent
    path = here / "shapes.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in arrays.items():
            archive.writestr(name + ".npy", content)
    (here / "image_test.npy").write_bytes(arrays["image_test"])
    share = sum(arrays["mask_test"][-400 * SIDE * SIDE :]) / (400 * SIDE * SIDE)
    print(f"{path}: 2000 pictures to train and 400 to test, {share:.1%} of the pixels of the latter are disks")
    print("sha256 of the arrays:", hashlib.sha256(b"".join(arrays.values())).hexdigest())


main()
