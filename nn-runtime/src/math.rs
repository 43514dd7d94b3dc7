//! Scalar functions that generated code and losses call; NaN passes through all of them. Knows nothing of networks.

use crate::real::Real;

/// `e^x`
#[inline]
pub fn exp<T: Real>(x: T) -> T {
    x.exp()
}

/// `e^x - 1`, accurate near 0.
#[inline]
pub fn exp_m1<T: Real>(x: T) -> T {
    x.exp_m1()
}

/// `ln(1 + e^x)`; neither overflows nor loses what is small.
#[inline]
pub fn softplus<T: Real>(x: T) -> T {
    relu(x) + (-x.abs()).exp().ln_1p()
}

/// The natural logarithm.
#[inline]
pub fn ln<T: Real>(x: T) -> T {
    x.ln()
}

/// `ln(1 + x)`, accurate near 0.
#[inline]
pub fn ln_1p<T: Real>(x: T) -> T {
    x.ln_1p()
}

/// The square root.
#[inline]
pub fn sqrt<T: Real>(x: T) -> T {
    x.sqrt()
}

/// The hyperbolic tangent.
#[inline]
pub fn tanh<T: Real>(x: T) -> T {
    x.tanh()
}

/// The error function.
#[inline]
pub fn erf<T: Real>(x: T) -> T {
    x.erf()
}

/// The sine of an angle in radians.
#[inline]
pub fn sin<T: Real>(x: T) -> T {
    x.sin()
}

/// The cosine of an angle in radians.
#[inline]
pub fn cos<T: Real>(x: T) -> T {
    x.cos()
}

/// The nearest whole number; of two equally near, the even one.
#[inline]
pub fn round<T: Real>(x: T) -> T {
    x.round()
}

/// `1 / (1 + e^-x)`; no intermediate value overflows for any finite `x`.
#[inline]
pub fn sigmoid<T: Real>(x: T) -> T {
    // `e^-|x|` lies in 0..=1, so both branches are quotients of numbers between 0 and 2.
    let e = (-x.abs()).exp();
    if x >= T::ZERO { T::ONE / (T::ONE + e) } else { e / (T::ONE + e) }
}

/// `max(x, 0)`
#[inline]
pub fn relu<T: Real>(x: T) -> T {
    if x < T::ZERO { T::ZERO } else { x }
}

/// `|x|`
#[inline]
pub fn abs<T: Real>(x: T) -> T {
    x.abs()
}

/// -1, 0 or 1; 0 at 0.
#[inline]
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
#[inline]
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
#[inline]
pub fn recip<T: Real>(x: T) -> T {
    T::ONE / x
}

/// The larger of two; NaN if either is.
#[inline]
pub fn max<T: Real>(a: T, b: T) -> T {
    // The comparison is false if `b` is NaN, so a NaN in `b` needs its own question.
    if a > b || a.is_nan() { a } else { b }
}

/// The smaller of two; NaN if either is.
#[inline]
pub fn min<T: Real>(a: T, b: T) -> T {
    if a < b || a.is_nan() { a } else { b }
}
