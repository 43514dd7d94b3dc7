//! The element types `f32` and `f64` behind one trait; knows nothing of networks.
//!
//! What is written for `Real` is written for both:
//!
//! ```
//! use nn_runtime::Real;
//!
//! fn mean<T: Real>(values: &[T]) -> T {
//!     T::from_f64(values.iter().map(|value| value.to_f64()).sum::<f64>() / values.len() as f64)
//! }
//!
//! assert_eq!(mean(&[1.0_f32, 2.0]), 1.5);
//! assert_eq!(mean(&[1.0_f64, 2.0]), 1.5);
//! ```

use crate::isa::Dynamic;
use crate::kernels::Compiled;
use crate::loss::elements::Each;
use crate::loss::entropy::Entropy;
use crate::loss::{Custom, RowLoss};
use crate::optim::{Change, Part};
use core::fmt::{Debug, Display};

use core::ops::{Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Sub, SubAssign};

use crate::math::single;

/// A number that networks compute with: `f32` or `f64`. Sealed.
///
/// The functions have the same bits on every platform: those of `f64`, and `sin`, `cos` and `round` of `f32`, come from `libm`;
/// the others of `f32` are made of `+ - * /` and selects, each rounded alike everywhere, and a loop over them becomes vector
/// instructions. These err by at most 1.5 units in the last place, `tanh` and `erf` by 4.1. `sqrt` is correctly rounded everywhere.
///
/// ```
/// use nn_runtime::Real;
///
/// fn softplus<T: Real>(x: T) -> T {
///     x.exp().ln_1p()
/// }
///
/// assert_eq!(softplus(0.0_f64), std::f64::consts::LN_2);
/// assert_eq!(softplus(0.0_f32), std::f32::consts::LN_2);
/// ```
pub trait Real:
    sealed::Sealed
    + Copy
    + Default
    + PartialEq
    + PartialOrd
    + Debug
    + Display
    + Send
    + Sync
    + 'static
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
    + AddAssign
    + SubAssign
    + MulAssign
    + DivAssign
{
    /// 0
    const ZERO: Self;
    /// 1
    const ONE: Self;
    /// Bytes of one value.
    const BYTES: usize;
    /// The smallest positive number that is not subnormal.
    const SMALLEST: Self;
    /// The nearest value of this type.
    ///
    /// ```
    /// assert_eq!(<f32 as nn_runtime::Real>::from_f64(0.1), 0.1_f32);
    /// ```
    fn from_f64(value: f64) -> Self;
    /// The same value, exactly.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::to_f64(0.5_f32), 0.5_f64);
    /// ```
    fn to_f64(self) -> f64;
    /// `|x|`
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::abs(-2.0_f32), 2.0);
    /// ```
    fn abs(self) -> Self;
    /// The square root, correctly rounded.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::sqrt(2.0_f64), std::f64::consts::SQRT_2);
    /// ```
    fn sqrt(self) -> Self;
    /// `e^x`
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::exp(1.0_f32), std::f32::consts::E);
    /// ```
    fn exp(self) -> Self;
    /// `e^x - 1`, accurate near 0.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::exp_m1(1e-20_f64), 1e-20);
    /// ```
    fn exp_m1(self) -> Self;
    /// The natural logarithm.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::ln(2.0_f64), std::f64::consts::LN_2);
    /// ```
    fn ln(self) -> Self;
    /// `ln(1 + x)`, accurate near 0.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::ln_1p(1e-20_f64), 1e-20);
    /// ```
    fn ln_1p(self) -> Self;
    /// The hyperbolic tangent.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::tanh(100.0_f32), 1.0);
    /// ```
    fn tanh(self) -> Self;
    /// The error function.
    ///
    /// ```
    /// assert!((nn_runtime::Real::erf(0.5_f64) - 0.520_499_877_813_046_5).abs() < 1e-15);
    /// ```
    fn erf(self) -> Self;
    /// The sine of an angle in radians.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::sin(std::f64::consts::FRAC_PI_2), 1.0);
    /// ```
    fn sin(self) -> Self;
    /// The cosine of an angle in radians.
    ///
    /// ```
    /// assert_eq!(nn_runtime::Real::cos(0.0_f32), 1.0);
    /// ```
    fn cos(self) -> Self;
    /// The nearest whole number; of two equally near, the even one.
    ///
    /// ```
    /// assert_eq!([0.5_f32, 1.5, 2.4].map(nn_runtime::Real::round), [0.0, 2.0, 2.0]);
    /// ```
    fn round(self) -> Self;
    /// Neither infinite nor NaN.
    ///
    /// ```
    /// assert!(!nn_runtime::Real::is_finite(f32::INFINITY));
    /// ```
    fn is_finite(self) -> bool;
    /// Not a number.
    ///
    /// ```
    /// assert!(nn_runtime::Real::is_nan(f32::NAN));
    /// ```
    fn is_nan(self) -> bool;
}

mod sealed {
    use crate::loss::elements::Each;
    use crate::loss::entropy::Entropy;
    use crate::loss::{Custom, RowLoss};
    use crate::optim::{Change, Part};

    /// Closes [`super::Real`] to other crates, and holds what only this crate calls.
    pub trait Sealed: Sized + 'static {
        /// The buffer that predictions on this thread share.
        #[cfg(feature = "std")]
        fn scratch() -> &'static std::thread::LocalKey<core::cell::Cell<alloc::vec::Vec<Self>>>;
        /// One step of an optimizer for some parameters, with the instruction set in use.
        fn update(change: &Change<Self>, part: &mut Part<'_, Self>);
        /// Adds `part` to `total`, element by element.
        fn accumulate(total: &mut [Self], part: &[Self]);
        /// The sum of the squares.
        fn squares(values: &[Self]) -> f64;
        /// A loss of single outputs, with its gradient.
        fn each_loss(each: &mut Each<'_, Self>);
        /// A loss of distributions, with its gradient.
        fn entropy(entropy: &mut Entropy<'_, Self>);
        /// Whether none of the values is infinite or NaN.
        fn are_finite(values: &[Self]) -> bool;
        /// A function as a loss.
        fn custom(loss: &dyn RowLoss<Self>) -> Custom<'_>;
        /// The function of a loss, if it is one of this type.
        fn row_loss<'w>(custom: &Custom<'w>) -> Option<&'w dyn RowLoss<Self>>;
    }
}

macro_rules! real {
    ($t:ident, $bytes:literal, $($name:ident = $f:path),*) => {
        impl sealed::Sealed for $t {
            #[cfg(feature = "std")]
            fn scratch() -> &'static std::thread::LocalKey<core::cell::Cell<alloc::vec::Vec<Self>>> {
                std::thread_local! {
                    static SCRATCH: core::cell::Cell<alloc::vec::Vec<$t>> = const { core::cell::Cell::new(alloc::vec::Vec::new()) };
                }
                &SCRATCH
            }

            #[inline]
            fn update(change: &Change<Self>, part: &mut Part<'_, Self>) {
                Dynamic.update(change, part);
            }

            #[inline]
            fn accumulate(total: &mut [Self], part: &[Self]) {
                Dynamic.accumulate(total, part);
            }

            #[inline]
            fn squares(values: &[Self]) -> f64 {
                let mut sum = 0.0;
                Dynamic.squares(values, &mut sum);
                sum
            }

            #[inline]
            fn each_loss(each: &mut Each<'_, Self>) {
                Dynamic.each_loss(each);
            }

            #[inline]
            fn entropy(entropy: &mut Entropy<'_, Self>) {
                Dynamic.entropy(entropy);
            }

            #[inline]
            fn are_finite(values: &[Self]) -> bool {
                let mut finite = true;
                Dynamic.look(values, &mut finite);
                finite
            }

            fn custom(loss: &dyn RowLoss<Self>) -> Custom<'_> {
                Custom { $t: Some(loss), ..Custom { f32: None, f64: None } }
            }

            fn row_loss<'w>(custom: &Custom<'w>) -> Option<&'w dyn RowLoss<Self>> {
                custom.$t
            }
        }
        impl Real for $t {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const BYTES: usize = $bytes;
            const SMALLEST: Self = <$t>::MIN_POSITIVE;
            #[inline(always)]
            fn from_f64(value: f64) -> Self {
                value as $t
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                f64::from(self)
            }
            #[inline(always)]
            fn abs(self) -> Self {
                <$t>::from_bits(self.to_bits() & !(1 << ($bytes * 8 - 1)))
            }
            #[inline(always)]
            fn is_finite(self) -> bool {
                <$t>::is_finite(self)
            }
            #[inline(always)]
            fn is_nan(self) -> bool {
                <$t>::is_nan(self)
            }
            $(
                #[inline(always)]
                fn $name(self) -> Self {
                    $f(self)
                }
            )*
        }
    };
}

/// Both square roots are correctly rounded: the bits agree, but only that of `std` becomes one vector instruction.
macro_rules! sqrt {
    ($name:ident, $t:ident, $without_std:path) => {
        #[inline(always)]
        fn $name(x: $t) -> $t {
            #[cfg(feature = "std")]
            return x.sqrt();
            #[cfg(not(feature = "std"))]
            $without_std(x)
        }
    };
}

sqrt!(sqrt_f32, f32, libm::sqrtf);
sqrt!(sqrt_f64, f64, libm::sqrt);

real!(
    f32,
    4,
    sqrt = sqrt_f32,
    exp = single::exp,
    ln = single::ln,
    exp_m1 = single::exp_m1,
    ln_1p = single::ln_1p,
    tanh = single::tanh,
    erf = single::erf,
    sin = libm::sinf,
    cos = libm::cosf,
    round = libm::rintf
);
real!(
    f64,
    8,
    sqrt = sqrt_f64,
    exp = libm::exp,
    ln = libm::log,
    exp_m1 = libm::expm1,
    ln_1p = libm::log1p,
    tanh = libm::tanh,
    erf = libm::erf,
    sin = libm::sin,
    cos = libm::cos,
    round = libm::rint
);

/// A number of 16 bits (IEEE 754 binary16): sign, 5 bits of exponent, 10 of fraction.
#[cfg(feature = "std")]
pub(crate) fn half(bits: u16) -> f32 {
    let fraction = f32::from(bits & 0x3FF) / 1024.0;
    let magnitude = match bits >> 10 & 0x1F {
        0 => fraction * 2_f32.powi(-14),
        31 if fraction == 0.0 => f32::INFINITY,
        31 => f32::NAN,
        exponent => (1.0 + fraction) * 2_f32.powi(i32::from(exponent) - 15),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

#[cfg(test)]
mod tests {
    use super::Real;
    use crate::math;

    #[test]
    fn nan_passes_through_everything() {
        let nan = f32::NAN;
        let functions = [
            math::exp,
            math::ln,
            math::ln_1p,
            math::sqrt,
            math::tanh,
            math::erf,
            math::sin,
            math::cos,
            math::round,
            math::sigmoid,
            math::relu,
            math::abs,
            math::sign,
            math::heaviside,
            math::recip,
        ];
        assert!(functions.iter().all(|f: &fn(f32) -> f32| f(nan).is_nan()));
        for (a, b) in [(nan, 1.0), (1.0, nan)] {
            assert!(math::max(a, b).is_nan() && math::min(a, b).is_nan());
        }
    }

    #[test]
    fn functions_have_their_values() {
        assert_eq!(math::sigmoid(0.0_f64), 0.5);
        assert_eq!((math::sigmoid(1e4_f32), math::sigmoid(-1e4_f32)), (1.0, 0.0));
        assert_eq!((math::sign(-3.0_f32), math::sign(0.0_f32), math::heaviside(0.0_f32)), (-1.0, 0.0, 1.0));
        assert_eq!((math::max(1.0, 2.0), math::min(1.0, 2.0), math::relu(-1.0)), (2.0, 1.0, 0.0));
        assert_eq!((math::sin(0.5_f64), math::cos(0.5_f64)), (0.479425538604203, 0.8775825618903728));
        assert_eq!((math::sin(0.0_f32), math::cos(0.0_f32)), (0.0, 1.0));
        assert_eq!([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.6].map(math::round), [-2.0, -2.0, -0.0, 0.0, 2.0, 2.0, 3.0_f32]);
        assert_eq!(
            (math::round(4503599627370497.5_f64), math::round(-0.3_f64).to_bits()),
            (4503599627370498.0, 1 << 63)
        );
        assert_eq!(Real::abs(-0.0_f64).to_bits(), 0);
        assert!((math::erf(0.5_f64) - 0.5204998778130465).abs() < 1e-15);
    }
    #[cfg(feature = "std")]
    #[test]
    fn halves_are_read() {
        use super::half;
        let read = [0x3C00, 0xC000, 0x3555, 0x0001, 0x7BFF, 0xFC00].map(half);
        assert_eq!(read, [1.0, -2.0, 0.333_251_95, 5.960_464_5e-8, 65504.0, f32::NEG_INFINITY]);
        assert!(half(0x7E00).is_nan());
    }
}
