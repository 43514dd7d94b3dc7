//! The functions of `f32` against those of `f64`: errors over all numbers, values at the ends, and the bits.

// The functions of `f64` and `println!` are also there where the crate does without them.
extern crate std;

use crate::math;

/// Every how many-th bit pattern the quick tests look at; a prime, so that all exponents and low bits occur.
const STEP: usize = 4001;

/// A function of `f32`, the same of `f64`, and the largest error in units in the last place.
struct Case {
    name: &'static str,
    single: fn(f32) -> f32,
    double: fn(f64) -> f64,
    bound: f64,
}

const CASES: [Case; 8] = [
    Case { name: "exp", single: math::exp, double: f64::exp, bound: 0.9 },
    Case { name: "exp_m1", single: math::exp_m1, double: f64::exp_m1, bound: 1.2 },
    Case { name: "ln", single: math::ln, double: f64::ln, bound: 0.9 },
    Case { name: "ln_1p", single: math::ln_1p, double: f64::ln_1p, bound: 1.5 },
    Case { name: "tanh", single: math::tanh, double: f64::tanh, bound: 2.5 },
    Case { name: "erf", single: math::erf, double: libm::erf, bound: 3.8 },
    Case { name: "sigmoid", single: math::sigmoid, double: |x| 1.0 / (1.0 + f64::exp(-x)), bound: 2.5 },
    Case {
        name: "softplus",
        single: math::softplus,
        double: |x| x.max(0.0) + f64::ln_1p(f64::exp(-x.abs())),
        bound: 1.7,
    },
];

/// The functions that give 0 where the result would be subnormal.
const VANISHING: [&str; 3] = ["exp", "sigmoid", "softplus"];

/// The distance of `found` from `wanted` in units in the last place of `wanted`, or of the smallest number if that is more.
fn error(found: f32, wanted: f64) -> f64 {
    let rounded = wanted as f32;
    if found.is_nan() || !found.is_finite() || !rounded.is_finite() {
        let same = found == rounded || found.is_nan() && rounded.is_nan();
        return if same { 0.0 } else { f64::INFINITY };
    }
    let exponent = u64::from(rounded.abs().to_bits() >> 23).max(1);
    // `2^(150 - exponent)`, one over the unit.
    (f64::from(found) - wanted).abs() * f64::from_bits((1023 + 150 - exponent) << 52)
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
        let wanted = (case.double)(f64::from(x));
        let vanishes = y == 0.0 && VANISHING.contains(&case.name) && wanted.abs() < f64::from(f32::MIN_POSITIVE);
        let off = if vanishes { 0.0 } else { error(y, wanted) };
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
                #[ignore = "takes some ten minutes in a release build"]
                fn $name() {
                    let case = super::named(stringify!($name));
                    let (worst, place, _) = super::sweep(case, 1);
                    super::std::println!("{}: {worst:.4} units at {place:e}", case.name);
                    assert!(worst <= case.bound, "{}({place:e}) is {worst} units off", case.name);
                }
            )*
        }
    };
}

sweeps!(
    exp: 0xfa54_318b_0618_bf06,
    exp_m1: 0x0eaf_952e_8d3b_59f6,
    ln: 0x158a_ae9d_284f_0f11,
    ln_1p: 0xb118_46c7_24ac_4e4f,
    tanh: 0xf0b5_e31b_a93d_7219,
    erf: 0x8d65_690d_b26d_5e0f,
    sigmoid: 0xa65a_70f3_1815_ac5c,
    softplus: 0x399c_2b3b_d530_10d8
);

#[test]
fn nan_passes_through() {
    for bits in [0x7fc0_0000, 0x7f80_0001, 0x7fff_ffff, 0xffc0_0000, 0xff80_0001, 0xffff_ffff] {
        for case in &CASES {
            assert!((case.single)(f32::from_bits(bits)).is_nan(), "{} of {bits:#x}", case.name);
        }
    }
}

#[test]
fn the_ends_are_reached_and_kept() {
    let (large, small) = (f32::INFINITY, f32::NEG_INFINITY);
    let tiny = f32::from_bits(1);
    let exact: [(&str, &[(f32, f32)]); 8] = [
        ("exp", &[(large, large), (f32::MAX, large), (88.723, large), (-87.4, 0.0), (f32::MIN, 0.0), (small, 0.0)]),
        (
            "exp_m1",
            &[(large, large), (f32::MAX, large), (88.723, large), (-18.0, -1.0), (f32::MIN, -1.0), (small, -1.0)],
        ),
        ("ln", &[(large, large), (f32::MAX, 88.722_84), (tiny, -103.278_93), (1.0, 0.0), (0.0, small), (-0.0, small)]),
        ("ln_1p", &[(large, large), (f32::MAX, 88.722_84), (-1.0, small)]),
        ("tanh", &[(large, 1.0), (f32::MAX, 1.0), (9.02, 1.0), (-9.02, -1.0), (small, -1.0)]),
        ("erf", &[(large, 1.0), (f32::MAX, 1.0), (3.93, 1.0), (-3.93, -1.0), (small, -1.0)]),
        ("sigmoid", &[(large, 1.0), (f32::MAX, 1.0), (17.5, 1.0), (-104.0, 0.0), (f32::MIN, 0.0), (small, 0.0)]),
        (
            "softplus",
            &[(large, large), (f32::MAX, f32::MAX), (17.5, 17.5), (-104.0, 0.0), (f32::MIN, 0.0), (small, 0.0)],
        ),
    ];
    for (name, pairs) in exact {
        for (x, wanted) in pairs {
            let found = (named(name).single)(*x);
            assert_eq!(found.to_bits(), wanted.to_bits(), "{name}({x:e}) is {found:e}");
        }
    }
    for x in [-tiny, -1.0, f32::MIN, small] {
        assert!(math::ln(x).is_nan() && math::ln_1p(x - 1.5).is_nan(), "{x:e}");
    }
}

#[test]
fn a_zero_keeps_its_sign() {
    for name in ["exp_m1", "ln_1p", "tanh", "erf"] {
        for x in [0.0_f32, -0.0] {
            assert_eq!((named(name).single)(x).to_bits(), x.to_bits(), "{name} of {x:e}");
        }
    }
    assert_eq!((math::exp(-0.0_f32), math::sigmoid(-0.0_f32)), (1.0, 0.5));
}

#[test]
fn subnormal_numbers_are_not_zero() {
    for bits in (1..f32::MIN_POSITIVE.to_bits()).step_by(101) {
        for x in [f32::from_bits(bits), -f32::from_bits(bits)] {
            assert_eq!((math::exp_m1(x), math::ln_1p(x)), (x, x));
            for name in ["tanh", "erf"] {
                let off = error((named(name).single)(x), (named(name).double)(f64::from(x)));
                assert!(off <= 2.0, "{name}({x:e}) is {off} units off");
            }
        }
    }
}

#[test]
fn an_exponential_is_normal_or_zero() {
    let mut x = -87.3_f32;
    while x > -87.4 {
        let (found, wanted) = (math::exp(x), f64::from(x).exp());
        if wanted < f64::from(f32::MIN_POSITIVE) {
            assert_eq!(found, 0.0, "exp({x})");
        } else {
            assert!(error(found, wanted) <= 0.9, "exp({x}) is {found:e}");
        }
        x = x.next_down();
    }
    assert_eq!([-88.0, -104.0, -1e30, f32::NEG_INFINITY].map(math::exp), [0.0; 4]);
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
