"""Counter-based random numbers: Philox4x32-10 (Salmon, Moraes, Dror, Shaw: "Parallel random numbers: as easy as 1, 2, 3", SC 2011).

Key: the seed (low word, high word). Counter: [block low, block high, step, stream]. Value i of a stream is word i % 4 of block i / 4.
"""

import math

import numpy as np

INIT, NOISE, SHUFFLE, SPLIT = 0x0100_0000, 0x0200_0000, 0x0300_0000, 0x0400_0000
LOW = 0xFFFF_FFFF


def block(counter, key):
    """The four words of a block, after ten rounds."""
    c0, c1, c2, c3 = counter
    k0, k1 = key
    for _ in range(10):
        p0, p1 = c0 * 0xD251_1F53, c2 * 0xCD9E_8D57
        c0, c1, c2, c3 = (p1 >> 32) ^ c1 ^ k0, p1 & LOW, (p0 >> 32) ^ c3 ^ k1, p0 & LOW
        k0, k1 = (k0 + 0x9E37_79B9) & LOW, (k1 + 0xBB67_AE85) & LOW
    return [c0, c1, c2, c3]


def words(seed, stream, step, start, count):
    """Words start .. start + count of a stream."""
    key = (seed & LOW, seed >> 32)
    return [block([(i // 4) & LOW, (i // 4) >> 32, step, stream], key)[i % 4] for i in range(start, start + count)]


def uniforms(seed, stream, step, start, count):
    """Values in [0, 1) with 24 bits."""
    return np.array([(word >> 8) * 2.0**-24 for word in words(seed, stream, step, start, count)])


def normals(seed, stream, step, start, count):
    """Box-Muller on the word pairs (0, 1) and (2, 3) of each block, in f64, rounded to f32."""
    values = []
    for i in range(start, start + count):
        first, second = words(seed, stream, step, i - i % 2, 2)
        radius = math.sqrt(-2.0 * math.log(((first >> 8) + 1) * 2.0**-24))
        angle = 2.0 * math.pi * (second >> 8) * 2.0**-24
        values.append(radius * (math.sin(angle) if i % 2 else math.cos(angle)))
    return np.array(values).astype(np.float32).astype(np.float64)


def shuffle(seed, stream, step, count):
    """The order of 0 .. count after Fisher-Yates from the end."""
    order = list(range(count))
    for word, i in zip(words(seed, stream, step, 0, count - 1), range(count - 1, 0, -1)):
        j = (word * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def check():
    """Known answers of the authors' Random123 library."""
    assert block([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert block([LOW] * 4, [LOW] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]
    pi = [0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344]
    assert block(pi, [0xA4093822, 0x299F31D0]) == [0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1]


def cases():
    """Draws at places where an implementation could go wrong: both key words, odd starts, block borders, large steps."""
    check()
    places = [(0, NOISE, 0, 0, 9), (42, NOISE + 1, 3, 5, 6), (2**40 + 7, INIT + 2, 0, 2, 7), (1, SPLIT, 2**32 - 1, 1000, 4)]
    draws = [
        {
            "seed": seed, "stream": stream, "step": step, "start": start,
            "words": words(seed, stream, step, start, count),
            "uniform": uniforms(seed, stream, step, start, count).tolist(),
            "normal": normals(seed, stream, step, start, count).tolist(),
        }
        for seed, stream, step, start, count in places
    ]
    orders = [
        {"seed": seed, "stream": stream, "step": step, "order": shuffle(seed, stream, step, count)}
        for seed, stream, step, count in [(42, SHUFFLE, 0, 10), (42, SHUFFLE, 1, 10), (2**40 + 7, SPLIT, 0, 33), (5, SHUFFLE, 0, 1)]
    ]
    return [{"name": f"draws_{i + 1}", **draw} for i, draw in enumerate(draws)] + [
        {"name": f"shuffle_{i + 1}", **order} for i, order in enumerate(orders)
    ]
