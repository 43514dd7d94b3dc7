//! The functions of `f32` without branches, calls or tables, so that a loop over a slice of them becomes vector instructions.
//!
//! Only `+ - * /`, integer operations and selects are used, each rounded as IEEE 754 says and in the order written:
//! the bits are the same on every platform and for every vector width, and there is no fused multiply-add.
//!
//! Largest errors over all 2^32 arguments, in units in the last place of the result (where the result is subnormal, of the
//! smallest number), which `tests::all` checks:
//!
//! | `exp` | `exp_m1` | `ln` | `ln_1p` | `tanh` | `erf` | `sigmoid` | `softplus` |
//! |-------|----------|------|---------|--------|-------|-----------|------------|
//! | 0.9   | 1.2      | 0.9  | 1.5     | 2.5    | 3.8   | 2.5       | 1.7        |
//!
//! A subnormal argument is no exception. A result of `exp`, `sigmoid` or `softplus` that would be subnormal is 0; of the others it is
//! rounded. Where the function has the sign of its argument,
//! it is that of a zero too. NaN passes through.
//!
//! The coefficients are what `single/fit.py` prints (`pip install mpmath`, `python3 fit.py`): least-squares fits at 60 Chebyshev
//! nodes, weighted for the relative error of the function, computed with 40 digits. From the lowest on, each coefficient is rounded
//! to `f32` and the rest fitted again.

/// `c0 + c1 x + c2 x^2 + ...`, four coefficients at a time and the first last (Estrin's scheme). A loop with the shorter chain of
/// dependent operations runs twice as fast as with that of Horner's rule.
macro_rules! polynomial {
    ($x:expr; $($c:literal),+) => {{
        let x = $x;
        let square = x * x;
        polynomial!(@ x, square, square * square; $($c),+)
    }};
    (@ $x:ident, $square:ident, $fourth:expr; $a:literal) => { $a };
    (@ $x:ident, $square:ident, $fourth:expr; $a:literal, $b:literal) => { $a + $b * $x };
    (@ $x:ident, $square:ident, $fourth:expr; $a:literal, $b:literal, $c:literal) => { $a + ($b * $x + $c * $square) };
    (@ $x:ident, $square:ident, $fourth:expr; $a:literal, $b:literal, $c:literal, $d:literal) => {
        $a + ($b * $x + ($c + $d * $x) * $square)
    };
    (@ $x:ident, $square:ident, $fourth:expr; $a:literal, $b:literal, $c:literal, $d:literal, $($rest:literal),+) => {
        $a + ($b * $x + (($c + $d * $x) * $square + $fourth * (polynomial!(@ $x, $square, $fourth; $($rest),+))))
    };
}

/// `1.5 * 2^23 + 127`: the low bits of its sum with a number of moderate size are the nearest whole number plus 127, so that
/// those bits shifted into the exponent are a power of two.
const WHOLE: f32 = 12_583_039.0;
/// `ln 2` in two parts; whole numbers up to 2^9 times the first are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
const SIGN: u32 = 1 << 31;
const FOUR_BITS: i32 = 0x4080_0000;
/// The bits of the square root of 1/2.
const ROOT_HALF_BITS: i32 = 0x3f35_04f3;
const EXPONENT: i32 = -1 << 23;
const MIN_POSITIVE_BITS: i32 = 1 << 23;
const INFINITY_BITS: i32 = 0x7f80_0000;

/// The sign of `sign` on `size`, which has none.
#[inline(always)]
fn with_sign(size: f32, sign: f32) -> f32 {
    f32::from_bits(size.to_bits() | (sign.to_bits() & SIGN))
}

/// `x = k ln 2 + r` with whole `k` and `|r| <= ln(2)/2`: the bits of `k + whole`, and `r` in two parts whose first is exact.
/// Of NaN the bits mean nothing, but `r` is NaN.
#[inline(always)]
fn reduce(x: f32, whole: f32) -> (u32, f32, f32) {
    let shifted = x * core::f32::consts::LOG2_E + whole;
    let k = shifted - whole;
    (shifted.to_bits(), x - k * LN_2_HIGH, k * LN_2_LOW)
}

/// The least number of which `e^x` is a normal number.
const LN_SMALLEST: f32 = -87.336_54;

/// `(e^r - 1 - r) / r^2`, with a small relative error of `e^r - 1`.
#[inline(always)]
fn exp_rest(r: f32) -> f32 {
    polynomial!(r; 5.0e-1, 1.666_666_6e-1, 4.166_647_8e-2, 8.333_567_5e-3, 1.393_369_7e-3, 1.974_248_7e-4)
}

/// `e^x`; 0 where that would be subnormal, and infinity where it overflows.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these bounds the result is 0 or infinite; NaN is in neither comparison. Machines take a hundred cycles for a subnormal
    // number, and a softmax with a mask is full of them.
    let vanishes = x < LN_SMALLEST;
    let x = if vanishes { LN_SMALLEST } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let (bits, high, low) = reduce(x, WHOLE + 127.0);
    let r = high - low;
    let rest = r * r * polynomial!(r; 4.999_999_4e-1, 1.666_651_4e-1, 4.166_803e-2, 8.369_376e-3, 1.384_253_7e-3);
    let mantissa = 1.0 + (high + (rest - low));
    // `2^k` in two factors, for `2^128` is no number: only the last product rounds.
    let half = bits >> 1;
    let result = mantissa * f32::from_bits(half << 23) * f32::from_bits(bits.wrapping_sub(half) << 23);
    if vanishes { 0.0 } else { result }
}

/// Half of `e^x - 1`, for `2^128` is no number; with a small relative error also near 0, for `x` in `-20..=89`.
#[inline(always)]
fn half_exp_m1(x: f32) -> f32 {
    let (bits, high, low) = reduce(x, WHOLE - 1.0);
    let r = high - low;
    let scale = f32::from_bits(bits << 23);
    (scale - 0.5 + scale * high) + scale * (r * r * exp_rest(r) - low)
}

/// `e^x - 1`, with a small relative error also near 0.
#[inline(always)]
pub(crate) fn exp_m1(x: f32) -> f32 {
    let bounded = if x < -20.0 { -20.0 } else { x };
    let bounded = if bounded > 89.0 { 89.0 } else { bounded };
    let y = half_exp_m1(bounded);
    // Half of a subnormal number would lose a bit, and -0 its sign.
    if x.abs() < 1e-8 { x } else { y + y }
}

/// `ln(m) + k ln 2` where `m = 1 + f` lies between the roots of 1/2 and 2.
#[inline(always)]
fn ln_of_parts(k: i32, f: f32) -> f32 {
    let p = polynomial!(
        f;
        3.333_335_5e-1, -2.500_085_2e-1, 1.999_976_6e-1, -1.662_131_5e-1, 1.422_81e-1, -1.320_345_8e-1,
        1.261_518_7e-1, -7.353_803e-2
    );
    let square = f * f;
    let k = k as f32;
    let small = f * square * p + k * LN_2_LOW - 0.5 * square;
    k * LN_2_HIGH + (f + small)
}

/// `y`, but `x` where that is infinite or NaN, NaN where it is negative, and minus infinity where it is 0.
///
/// The comparisons are those of integers: of floating point ones the optimiser makes a long test for the class of the number.
#[inline(always)]
fn ln_at_ends(x: f32, y: f32) -> f32 {
    let bits = x.to_bits() as i32;
    let y = if bits >= INFINITY_BITS { x } else { y };
    let low = if bits & i32::MAX == 0 { f32::NEG_INFINITY } else { f32::NAN };
    if bits <= 0 { low } else { y }
}

/// The natural logarithm.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // A subnormal number has no exponent to extract; 2^23 times it does.
    let subnormal = (x.to_bits() as i32) < MIN_POSITIVE_BITS;
    let scale = if subnormal { 8_388_608.0 } else { 1.0 };
    let offset = if subnormal { 23 << 23 } else { 0 };
    let bits = ((x * scale).to_bits() as i32).wrapping_sub(offset);
    let exponent = bits.wrapping_sub(ROOT_HALF_BITS) & EXPONENT;
    let m = f32::from_bits(bits.wrapping_sub(exponent) as u32);
    ln_at_ends(x, ln_of_parts(exponent >> 23, m - 1.0))
}

/// `ln(1 + x)`, with a small relative error also near 0.
#[inline(always)]
pub(crate) fn ln_1p(x: f32) -> f32 {
    let sum = 1.0 + x;
    let exponent = (sum.to_bits() as i32).wrapping_sub(ROOT_HALF_BITS) & EXPONENT;
    // `(1 + x) 2^-k - 1` from `x`, not from the sum, which is rounded. Four times `2^-k`, for `2^-128` is no normal number.
    let scale = f32::from_bits(FOUR_BITS.wrapping_sub(exponent) as u32);
    let f = (0.25 * scale - 1.0) + 0.25 * x * scale;
    let y = ln_at_ends(sum, ln_of_parts(exponent >> 23, f));
    // A quarter of a subnormal number would lose bits, and -0 its sign.
    if x.abs() < 1e-8 { x } else { y }
}

/// `2 t / (1 + t^2)` of `t = a / b`, and no more than 1. The nearer to 1 it is, the less of the error of `t` it keeps.
///
/// For small `t`, a `b` little below 2 or its square below 4 loses least by rounding.
#[inline(always)]
fn doubled(a: f32, b: f32) -> f32 {
    let y = (a + a) * b / (a * a + b * b);
    if y > 1.0 { 1.0 } else { y }
}

/// The hyperbolic tangent: `(e^2x - 1) / (e^2x + 1)`; from 9.02 on it is 1.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    let size = x.abs();
    let size = if size > 9.02 { 9.02 } else { size };
    let t = half_exp_m1(size + size);
    with_sign(t / (t + 1.0), x)
}

/// The error function `2 t / (1 + t^2)` where `t = x p(x^2) / q(x^2)` to 3.93, from where on it is 1.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let size = x.abs();
    let size = if size > 3.93 { 3.93 } else { size };
    let square = size * size;
    let above = size
        * polynomial!(
            square;
            1.057_871_3, 3.761_157e-2, 2.996_606_4e-2, 9.299_389e-4, 2.930_502_8e-4, 1.125_173_2e-6
        );
    let below = polynomial!(
        square;
        1.875_028_1, 9.483_424e-2, 8.391_451e-2, 1.946_019_7e-3, 1.029_194_2e-3, 3.226_382_3e-5
    );
    with_sign(doubled(above, below), x)
}

#[cfg(test)]
mod tests;
