//! The functions of `f32` against those of `f64` in `libm`: errors over all numbers, values at the ends, and the bits.

use crate::math;

/// Every how many-th bit pattern the quick tests look at; a prime, so that all exponents and low bits occur.
const STEP: usize = 1009;

/// A function of `f32`, the same of `f64`, and the largest error in units in the last place.
struct Case {
    name: &'static str,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
    bound: f64,
}

const CASES: [Case; 8] = [
    Case { name: "exp", single: math::exp, double: libm::exp, bound: 0.9 },
    Case { name: "exp_m1", single: math::exp_m1, double: libm::expm1, bound: 1.2 },
    Case { name: "ln", single: math::ln, double: libm::log, bound: 0.9 },
    Case { name: "ln_1p", single: math::ln_1p, double: libm::log1p, bound: 1.6 },
    Case { name: "tanh", single: math::tanh, double: libm::tanh, bound: 2.5 },
    Case { name: "erf", single: math::erf, double: libm::erf, bound: 1.3 },
    Case { name: "sigmoid", single: math::sigmoid, double: |x| 1.0 / (1.0 + libm::exp(-x)), bound: 2.5 },
    Case {
        name: "softplus",
        single: math::softplus,
        double: |x| x.max(0.0) + libm::log1p(libm::exp(-x.abs())),
        bound: 2.0,
    },
];

/// The distance of `found` from `wanted` in units in the last place of `wanted`, or of the smallest number if that is more.
fn error(found: f32, wanted: f64) -> f64 {
    let rounded = wanted as f32;
    if found.is_nan() || !found.is_finite() || !rounded.is_finite() {
        let same = found == rounded || found.is_nan() && rounded.is_nan();
        return if same { 0.0 } else { f64::INFINITY };
    }
    let exponent = (rounded.abs().to_bits() >> 23).max(1) as i32 - 150;
    (f64::from(found) - wanted).abs() * libm::exp2(-f64::from(exponent))
}

/// The largest error over every `step`-th bit pattern, where it is, and a hash of all results.
fn sweep(case: &Case, step: usize) -> (f64, f32, u64) {
    let (mut worst, mut place, mut hash) = (0.0, 0.0, 0_u64);
    for bits in (0..=u32::MAX).step_by(step) {
        let x = f32::from_bits(bits);
        let y = (case.single)(x);
        // Which NaN it is, is left to the platform.
        let found = if y.is_nan() { u32::MAX } else { y.to_bits() };
        hash = (hash.rotate_left(5) ^ u64::from(found)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let off = error(y, (case.double)(f64::from(x)));
        if off > worst {
            (worst, place) = (off, x);
        }
    }
    (worst, place, hash)
}

fn named(name: &str) -> &'static Case {
    CASES.iter().find(|case| case.name == name).expect("a case of this name")
}

macro_rules! sweeps {
    ($($name:ident: $hash:literal),*) => {
        /// Some numbers of every exponent: the error, and that the bits are those of every other platform.
        mod some {
            $(
                #[test]
                fn $name() {
                    let case = super::named(stringify!($name));
                    let (worst, place, hash) = super::sweep(case, super::STEP);
                    assert!(worst <= case.bound, "{}({place:e}) is {worst} units off", case.name);
                    assert_eq!(hash, $hash, "the bits of {} are other ones: {hash:#x}", case.name);
                }
            )*
        }
        /// All 2^32 numbers.
        mod all {
            $(
                #[test]
                #[ignore = "takes minutes, and that only in a release build"]
                fn $name() {
                    let case = super::named(stringify!($name));
                    let (worst, place, _) = super::sweep(case, 1);
                    std::println!("{}: {worst:.4} units at {place:e}", case.name);
                    assert!(worst <= case.bound, "{}({place:e}) is {worst} units off", case.name);
                }
            )*
        }
    };
}

sweeps!(
    exp: 0x87fb_0144_e105_f53e,
    exp_m1: 0x54d9_a7ce_64d2_8d56,
    ln: 0x7034_1145_614b_5679,
    ln_1p: 0xa2e9_60b6_0868_7568,
    tanh: 0x44e8_c197_c997_074b,
    erf: 0x12e2_70df_4bca_ac36,
    sigmoid: 0x9bef_1197_97dd_6ef1,
    softplus: 0xe377_39ad_3240_a86d
);

#[test]
fn ends_and_zeros_are_those_of_libm() {
    type Pair = (fn(f32) -> f32, fn(f32) -> f32);
    let pairs: [Pair; 6] = [
        (math::exp, libm::expf),
        (math::exp_m1, libm::expm1f),
        (math::ln, libm::logf),
        (math::ln_1p, libm::log1pf),
        (math::tanh, libm::tanhf),
        (math::erf, libm::erff),
    ];
    let ends = [0.0, -0.0, -1.0, f32::INFINITY, f32::NEG_INFINITY, f32::MAX, f32::MIN, 1e-45, -1e-45, 1e-40, -1e-40];
    for (place, (ours, theirs)) in pairs.into_iter().enumerate() {
        assert!(ours(f32::NAN).is_nan());
        for x in ends {
            let (found, wanted) = (ours(x), theirs(x));
            let same = found.is_nan() && wanted.is_nan() || (found - wanted).abs() <= 1e-7 * wanted.abs();
            assert!(
                same || found.to_bits() == wanted.to_bits(),
                "function {place} of {x:e}: {found:e}, not {wanted:e}"
            );
            assert!(
                found.is_nan() || found.is_sign_negative() == wanted.is_sign_negative(),
                "function {place} of {x:e}"
            );
        }
    }
}

#[test]
fn nothing_leaves_its_range() {
    for bits in (0..=f32::INFINITY.to_bits()).step_by(10_007) {
        let x = f32::from_bits(bits);
        for y in [math::tanh(x), math::erf(x), -math::tanh(-x), -math::erf(-x), math::sigmoid(x), math::sigmoid(-x)] {
            assert!((0.0..=1.0).contains(&y), "{y:e} for {x:e}");
        }
    }
}
