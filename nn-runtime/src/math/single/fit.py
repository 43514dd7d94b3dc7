"""Prints the coefficients in single.rs, with the relative error that each table leaves: `pip install mpmath`, `python3 fit.py`.

Each table is a least-squares fit of p(t), or of p(t) / q(t), at 60 Chebyshev nodes, weighted for the relative error of the
function. From the lowest on, each coefficient is rounded to f32 and the rest fitted again, so that they make up for the rounding.
"""

import struct

from mpmath import cos, erf, exp, expm1, log, log1p, lu_solve, matrix, mp, mpf, pi, sqrt

mp.dps = 40
NODES = 60


def single(value):
    """The nearest f32."""
    return mpf(struct.unpack("f", struct.pack("f", float(value)))[0])


def literal(value):
    """The shortest decimal that is this f32, as Rust writes it."""
    text = next(t for t in (f"{float(value):.{digits}e}" for digits in range(1, 12)) if single(float(t)) == value)
    mantissa, exponent = text.split("e")
    whole, digits = mantissa.split(".")
    digits = digits.rstrip("0") or "0"
    grouped = "_".join(digits[place : place + 3] for place in range(0, len(digits), 3))
    return f"{whole}.{grouped}" + (f"e{int(exponent)}" if int(exponent) else "")


def value(coefficients, t):
    return sum(c * t**i for i, c in coefficients.items())


def solve(points, p, q, free, below_at):
    """The free coefficients by least squares; the weights have the denominators of the step before."""
    for _ in range(4 if any(part == "q" for part, _ in free) else 1):
        rows, right = matrix(len(points), len(free)), matrix(len(points), 1)
        for row, ((t, wanted, weight), below) in enumerate(zip(points, below_at)):
            for column, (part, i) in enumerate(free):
                rows[row, column] = weight / below * t**i * (1 if part == "p" else -wanted)
            right[row] = weight / below * (wanted * value(q, t) - value(p, t))
        found = lu_solve(rows, right)
        new = {"p": dict(p), "q": dict(q)}
        for column, (part, i) in enumerate(free):
            new[part][i] = found[column]
        below_at[:] = [value(new["q"], t) for t, _, _ in points]
    return new


def fit(name, function, weight, low, high, degree, below=0, first=None, last=1, at=lambda x: x):
    """Fits function(x), weighted by weight(x), with p(t) / q(t) of degrees degree and below where t = at(x)."""
    middle, half = (mpf(low) + mpf(high)) / 2, (mpf(high) - mpf(low)) / 2
    nodes = [middle - half * cos(pi * (2 * i + 1) / (2 * NODES)) for i in range(NODES)]
    points = [(at(x), function(x), weight(x)) for x in nodes]
    p, q = ({} if first is None else {0: single(first)}), {0: single(last)}
    free = [(part, i) for i in range(max(degree, below) + 1) for part, top, known in (("p", degree, p), ("q", below, q))
            if i <= top and i not in known]
    below_at = [mpf(1)] * NODES
    while free:
        part, i = free.pop(0)
        rounded = single(solve(points, p, q, [(part, i), *free], below_at)[part][i])
        (p if part == "p" else q)[i] = rounded
    grid = [middle + half * (mpf(i) / 500 - 1) for i in range(1001) if i != 500 or middle]
    error = max(abs(weight(x) * (value(p, at(x)) / value(q, at(x)) - function(x))) for x in grid if x)
    print(f"{name}: 2^{float(log(error, 2)):.2f}")
    for table in (p, q) if below else (p,):
        print("   ", ", ".join(literal(table[i]) for i in sorted(table)))


def square(x):
    return x * x


def half(y):
    """The t whose 2 t / (1 + t^2) is y."""
    return y / (1 + sqrt(1 - y * y))


def kept(t):
    """How much of a relative error of t remains in 2 t / (1 + t^2)."""
    return (1 - t * t) / (1 + t * t)


def ratio(c, lower):
    """Two f32 whose quotient is c to 2^-32 or better, the second from lower on: of one f32 the error may be 2^-25."""
    while abs(single(lower * c) / lower / c - 1) > mpf(2) ** -32:
        lower += mpf(2) ** -23
    return {"first": lower * c, "last": lower}


REDUCED = log(2) / 2 * mpf("1.0005")
fit("exp: (e^r - 1 - r) / r^2", lambda r: (expm1(r) - r) / r**2, lambda r: r**2 / min(1, exp(r)), -REDUCED, REDUCED, 4)
fit("exp_rest: (e^r - 1 - r) / r^2", lambda r: (expm1(r) - r) / r**2, lambda r: abs(r**2 / expm1(r)), -REDUCED, REDUCED, 5,
    first=0.5)
fit("ln: (ln(1 + f) - f + f^2 / 2) / f^3", lambda f: (log1p(f) - f + f * f / 2) / f**3, lambda f: abs(f**3 / log1p(f)),
    sqrt(mpf(0.5)) - 1, sqrt(mpf(2)) - 1, 7)
fit("erf: half(erf(x)) / x in x^2", lambda x: half(erf(x)) / x, lambda x: kept(half(erf(x))) * x / half(erf(x)), 0, "3.93", 5,
    below=5, at=square, **ratio(1 / sqrt(pi), mpf("1.875")))
