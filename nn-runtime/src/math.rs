//! Scalar functions that generated code and losses call; NaN passes through all of them. Knows nothing of networks.
//!
//! A loop over a slice of `f32` that calls them becomes vector instructions, but for `sin`, `cos` and `round`.

use crate::real::Real;

pub(crate) mod single;

/// `e^x`
#[inline(always)]
pub fn exp<T: Real>(x: T) -> T {
    x.exp()
}

/// `e^x - 1`, accurate near 0.
#[inline(always)]
pub fn exp_m1<T: Real>(x: T) -> T {
    x.exp_m1()
}

/// `ln(1 + e^x)`; neither overflows nor loses what is small. In `f32` within 1.7 units in the last place.
#[inline(always)]
pub fn softplus<T: Real>(x: T) -> T {
    relu(x) + (-x.abs()).exp().ln_1p()
}

/// The natural logarithm.
#[inline(always)]
pub fn ln<T: Real>(x: T) -> T {
    x.ln()
}

/// `ln(1 + x)`, accurate near 0.
#[inline(always)]
pub fn ln_1p<T: Real>(x: T) -> T {
    x.ln_1p()
}

/// The square root.
#[inline(always)]
pub fn sqrt<T: Real>(x: T) -> T {
    x.sqrt()
}

/// The hyperbolic tangent.
#[inline(always)]
pub fn tanh<T: Real>(x: T) -> T {
    x.tanh()
}

/// The error function.
#[inline(always)]
pub fn erf<T: Real>(x: T) -> T {
    x.erf()
}

/// The sine of an angle in radians.
#[inline(always)]
pub fn sin<T: Real>(x: T) -> T {
    x.sin()
}

/// The cosine of an angle in radians.
#[inline(always)]
pub fn cos<T: Real>(x: T) -> T {
    x.cos()
}

/// The nearest whole number; of two equally near, the even one.
#[inline(always)]
pub fn round<T: Real>(x: T) -> T {
    x.round()
}

/// `1 / (1 + e^-x)`; no intermediate value overflows for any finite `x`. In `f32` within 2.5 units in the last place.
#[inline(always)]
pub fn sigmoid<T: Real>(x: T) -> T {
    // `e^-|x|` lies in 0..=1, so both cases are quotients of numbers between 0 and 2.
    let e = (-x.abs()).exp();
    let top = if x >= T::ZERO { T::ONE } else { e };
    top / (T::ONE + e)
}

/// `a` if the condition holds, else `b`, without a branch.
#[inline(always)]
pub fn select<T: Real>(condition: bool, a: T, b: T) -> T {
    core::hint::select_unpredictable(condition, a, b)
}

/// `max(x, 0)`
#[inline(always)]
pub fn relu<T: Real>(x: T) -> T {
    if x < T::ZERO { T::ZERO } else { x }
}

/// `|x|`
#[inline(always)]
pub fn abs<T: Real>(x: T) -> T {
    x.abs()
}

/// -1, 0 or 1; 0 at 0.
#[inline(always)]
pub fn sign<T: Real>(x: T) -> T {
    if x > T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        -T::ONE
    } else {
        x
    }
}

/// 1 for `x >= 0`, else 0 (the Heaviside step).
#[inline(always)]
pub fn heaviside<T: Real>(x: T) -> T {
    if x >= T::ZERO {
        T::ONE
    } else if x < T::ZERO {
        T::ZERO
    } else {
        x
    }
}

/// `1 / x`
#[inline(always)]
pub fn recip<T: Real>(x: T) -> T {
    T::ONE / x
}

/// The larger of two; NaN if either is.
#[inline(always)]
pub fn max<T: Real>(a: T, b: T) -> T {
    // The comparison is false if `b` is NaN, so a NaN in `b` needs its own question.
    if a > b || a.is_nan() { a } else { b }
}

/// The smaller of two; NaN if either is.
#[inline(always)]
pub fn min<T: Real>(a: T, b: T) -> T {
    if a < b || a.is_nan() { a } else { b }
}
