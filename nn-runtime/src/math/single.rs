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
//! | 0.9   | 1.2      | 0.9  | 1.6     | 2.5    | 1.3   | 2.5       | 2          |
//!
//! The polynomials are least-squares fits at 60 Chebyshev nodes, weighted for the relative error of the function, computed with
//! 30 digits. From the lowest on, each coefficient is rounded to `f32` and the rest fitted again.

/// `c0 + c1 x + c2 x^2 + ...` by Horner's rule.
macro_rules! polynomial {
    ($x:expr; $last:literal) => { $last };
    ($x:expr; $first:literal, $($rest:literal),+) => { $first + $x * polynomial!($x; $($rest),+) };
}

/// `1.5 * 2^23`: a number of moderate size plus this one has its nearest whole number in the low bits.
const WHOLE: f32 = 12_582_912.0;
/// `ln 2` in two parts; whole numbers up to 2^9 times the first are exact.
const LN_2_HIGH: f32 = 0.693_359_4;
const LN_2_LOW: f32 = -2.121_944_4e-4;
const SIGN: u32 = 1 << 31;
const ONE_BITS: i32 = 0x3f80_0000;
/// The bits of the square root of 1/2.
const ROOT_HALF_BITS: i32 = 0x3f35_04f3;

/// The sign of `sign` on `size`, which has none.
#[inline(always)]
fn with_sign(size: f32, sign: f32) -> f32 {
    f32::from_bits(size.to_bits() | (sign.to_bits() & SIGN))
}

/// `2^k` for `k` from -126 to 127.
#[inline(always)]
fn power_of_two(k: i32) -> f32 {
    f32::from_bits((k << 23).wrapping_add(ONE_BITS) as u32)
}

/// `x = k ln 2 + r` with whole `k` and `|r| <= ln(2)/2`: `k`, `r` in two parts whose first is exact, and `e^r - 1 - r`.
#[inline(always)]
fn reduce(x: f32) -> (i32, f32, f32, f32) {
    let shifted = x * core::f32::consts::LOG2_E + WHOLE;
    // Of NaN the bits mean nothing, but `r` is NaN then.
    let k = (shifted.to_bits() as i32).wrapping_sub(WHOLE.to_bits() as i32);
    let whole = shifted - WHOLE;
    let high = x - whole * LN_2_HIGH;
    let low = -(whole * LN_2_LOW);
    let r = high + low;
    let p = polynomial!(r; 0.5, 1.666_666_6e-1, 4.166_647_8e-2, 8.333_567_5e-3, 1.393_369_7e-3, 1.974_248_7e-4);
    (k, high, low, r * r * p)
}

/// `e^x`; the smallest results are subnormal, and the largest overflow to infinity.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    // Beyond these bounds the result is 0 or infinite; NaN is in neither comparison.
    let x = if x < -104.0 { -104.0 } else { x };
    let x = if x > 89.0 { 89.0 } else { x };
    let (k, high, low, rest) = reduce(x);
    let mantissa = 1.0 + (high + (low + rest));
    // Neither half of `2^k` leaves the normal numbers: only the last product rounds.
    let half = k >> 1;
    mantissa * power_of_two(half) * power_of_two(k.wrapping_sub(half))
}

/// `e^x - 1`, with a small relative error also near 0.
#[inline(always)]
pub(crate) fn exp_m1(x: f32) -> f32 {
    let bounded = if x < -20.0 { -20.0 } else { x };
    let bounded = if bounded > 89.0 { 89.0 } else { bounded };
    let (k, high, low, rest) = reduce(bounded);
    // Half of the result, for `2^128` is no number.
    let scale = power_of_two(k.wrapping_sub(1));
    let y = 2.0 * ((scale - 0.5 + scale * high) + scale * (low + rest));
    // Half of a subnormal number would lose a bit, and -0 its sign.
    if x.abs() < 1e-8 { x } else { y }
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

/// `y`, but infinite, NaN or minus infinity where `x` is infinite, NaN or negative, or 0.
#[inline(always)]
fn ln_at_ends(x: f32, y: f32) -> f32 {
    let y = if x < f32::INFINITY { y } else { x };
    let y = if x < 0.0 { f32::NAN } else { y };
    if x == 0.0 { f32::NEG_INFINITY } else { y }
}

/// The natural logarithm.
#[inline(always)]
pub(crate) fn ln(x: f32) -> f32 {
    // A subnormal number has no exponent to extract; 2^23 times it does.
    let subnormal = x < f32::MIN_POSITIVE;
    let normal = if subnormal { x * 8_388_608.0 } else { x };
    let bits = normal.to_bits() as i32;
    let k = bits.wrapping_sub(ROOT_HALF_BITS) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(k << 23) as u32);
    let k = if subnormal { k - 23 } else { k };
    ln_at_ends(x, ln_of_parts(k, m - 1.0))
}

/// `ln(1 + x)`, with a small relative error also near 0.
#[inline(always)]
pub(crate) fn ln_1p(x: f32) -> f32 {
    let sum = 1.0 + x;
    // What the sum lost, exactly (Knuth's two-sum).
    let part = sum - 1.0;
    let lost = (1.0 - (sum - part)) + (x - part);
    let bits = sum.to_bits() as i32;
    let k = bits.wrapping_sub(ROOT_HALF_BITS) >> 23;
    let m = f32::from_bits(bits.wrapping_sub(k << 23) as u32);
    // Of large numbers nothing counts that the sum lost, and `2^-k` may be no number.
    let lost = if x < 1e9 { lost * f32::from_bits(ONE_BITS.wrapping_sub(k << 23) as u32) } else { 0.0 };
    let y = ln_at_ends(sum, ln_of_parts(k, m - 1.0 + lost));
    if x.abs() < 1e-8 { x } else { y }
}

/// The hyperbolic tangent, `(e^2|x| - 1) / (e^2|x| + 1)` with the sign of `x`.
#[inline(always)]
pub(crate) fn tanh(x: f32) -> f32 {
    // From 9.02 on the nearest number is 1.
    let twice = 2.0 * x.abs();
    let twice = if twice > 20.0 { 20.0 } else { twice };
    let (k, high, low, rest) = reduce(twice);
    let scale = power_of_two(k);
    let t = (scale - 1.0 + scale * high) + scale * (low + rest);
    with_sign(t / (t + 2.0), x)
}

/// The error function: `x + x p(x^2)` to 1, from there to 3.93 a polynomial about the middle, then 1.
#[inline(always)]
pub(crate) fn erf(x: f32) -> f32 {
    let size = x.abs();
    let square = size * size;
    let near = size
        + size
            * polynomial!(
                square;
                1.283_791_7e-1, -3.761_262_6e-1, 1.128_358_24e-1, -2.685_364_3e-2, 5.187_962_7e-3, -8.006_793e-4,
                7.842_288e-5
            );
    let bounded = if size > 3.93 { 3.93 } else { size };
    let t = bounded - 2.46;
    let far = polynomial!(
        t;
        9.994_966_4e-1, 2.656_233_3e-3, -6.534_396_7e-3, 9.832_505e-3, -9.914_741e-3, 6.799_336_5e-3,
        -2.936_064e-3, 4.597_014_3e-4, 3.547_867_2e-4, -2.999_33e-4, 7.641_395e-5, 2.483_490_4e-5,
        -1.748_565_8e-5, 7.483_549e-8, 1.109_991_3e-6
    );
    let far = if far > 1.0 { 1.0 } else { far };
    with_sign(if size < 1.0 { near } else { far }, x)
}

#[cfg(test)]
mod tests;
