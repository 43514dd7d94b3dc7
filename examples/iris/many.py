"""Writes rows of iris.csv again and again, each a little changed, until there are so many bytes: python3 many.py 5e9 > many.csv"""

import random
import sys
from pathlib import Path

size = float(sys.argv[1])
rows = Path(__file__).with_name("iris.csv").read_text().splitlines()
header, rows = rows[0], [[float(cell) for cell in row.split(",")[:4]] for row in rows[1:]]
draw = random.Random(1)
block = "".join(
    ",".join(f"{cell * draw.uniform(0.9, 1.1):.3f}" for cell in draw.choice(rows)) + "\n" for _ in range(200_000)
).encode()
out = sys.stdout.buffer
written = out.write((header.rsplit(",", 1)[0] + "\n").encode())
while written < size:
    written += out.write(block)
