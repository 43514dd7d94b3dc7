//! The types that values have in files, and which numbers their bytes are; knows no format.

use alloc::vec::Vec;

use crate::real::half;

/// The type of the values of a tensor.
///
/// ```
/// use nn_runtime::weights::Dtype;
/// assert_eq!((Dtype::F16.name(), Dtype::F16.is_float()), ("F16", true));
/// assert_eq!(Dtype::F32.numbers(&1.5_f32.to_le_bytes()), Some(vec![1.5]));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dtype {
    name: &'static str,
    bits: usize,
}

impl Dtype {
    /// Truth values.
    pub const BOOL: Self = Self { name: "BOOL", bits: 8 };
    /// Numbers of 16 bits, of which 5 are the exponent.
    pub const F16: Self = Self { name: "F16", bits: 16 };
    /// The upper half of an `f32`.
    pub const BF16: Self = Self { name: "BF16", bits: 16 };
    /// `f32`
    pub const F32: Self = Self { name: "F32", bits: 32 };
    /// `f64`
    pub const F64: Self = Self { name: "F64", bits: 64 };

    /// All that safetensors files know.
    const ALL: [Self; 22] = {
        const fn of(name: &'static str, bits: usize) -> Dtype {
            Dtype { name, bits }
        }
        [
            Self::BOOL,
            of("F4", 4),
            of("F6_E2M3", 6),
            of("F6_E3M2", 6),
            of("U8", 8),
            of("I8", 8),
            of("F8_E5M2", 8),
            of("F8_E4M3", 8),
            of("F8_E8M0", 8),
            of("F8_E4M3FNUZ", 8),
            of("F8_E5M2FNUZ", 8),
            of("I16", 16),
            of("U16", 16),
            Self::F16,
            Self::BF16,
            of("I32", 32),
            of("U32", 32),
            Self::F32,
            of("C64", 64),
            Self::F64,
            of("I64", 64),
            of("U64", 64),
        ]
    };

    /// Its name in safetensors files: `F32`.
    ///
    /// ```
    /// # use nn_runtime::weights::Dtype;
    /// assert_eq!(Dtype::BF16.name(), "BF16");
    /// ```
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// Bits of a value.
    pub(super) const fn bits(self) -> usize {
        self.bits
    }

    /// The type of this name.
    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.name == name)
    }

    /// Whether weights can be of this type.
    ///
    /// ```
    /// # use nn_runtime::weights::Dtype;
    /// assert!(Dtype::F64.is_float() && !Dtype::BOOL.is_float());
    /// ```
    pub fn is_float(self) -> bool {
        [Self::F16, Self::BF16, Self::F32, Self::F64].contains(&self)
    }

    /// The numbers that `bytes`, lowest first, stand for; `None` for types that are not read. Whole numbers of 64 bits are rounded.
    ///
    /// ```
    /// # use nn_runtime::weights::Dtype;
    /// let bytes = [0.5_f64, 2.0].map(f64::to_le_bytes).concat();
    /// assert_eq!(Dtype::F64.numbers(&bytes), Some(vec![0.5, 2.0]));
    /// ```
    pub fn numbers(self, bytes: &[u8]) -> Option<Vec<f64>> {
        fn each<const N: usize>(bytes: &[u8], number: impl Fn([u8; N]) -> f64) -> Vec<f64> {
            bytes.as_chunks().0.iter().map(|chunk| number(*chunk)).collect()
        }
        Some(match self.name {
            "F16" => each(bytes, |chunk| f64::from(half(u16::from_le_bytes(chunk)))),
            "BF16" => each(bytes, |chunk| f64::from(f32::from_bits(u32::from(u16::from_le_bytes(chunk)) << 16))),
            "F32" => each(bytes, |chunk| f64::from(f32::from_le_bytes(chunk))),
            "F64" => each(bytes, f64::from_le_bytes),
            "BOOL" | "U8" => each(bytes, |[byte]| f64::from(byte)),
            "I8" => each(bytes, |chunk| f64::from(i8::from_le_bytes(chunk))),
            "U16" => each(bytes, |chunk| f64::from(u16::from_le_bytes(chunk))),
            "I16" => each(bytes, |chunk| f64::from(i16::from_le_bytes(chunk))),
            "U32" => each(bytes, |chunk| f64::from(u32::from_le_bytes(chunk))),
            "I32" => each(bytes, |chunk| f64::from(i32::from_le_bytes(chunk))),
            "U64" => each(bytes, |chunk| u64::from_le_bytes(chunk) as f64),
            "I64" => each(bytes, |chunk| i64::from_le_bytes(chunk) as f64),
            _ => return None,
        })
    }

    /// The bytes of values as `f32` or, if that is what this is, as `f64`.
    pub(super) fn bytes(self, values: &[f64]) -> Vec<u8> {
        if self == Self::F64 {
            values.iter().flat_map(|value| value.to_le_bytes()).collect()
        } else {
            values.iter().flat_map(|value| (*value as f32).to_le_bytes()).collect()
        }
    }
}
