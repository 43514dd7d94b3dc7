//! How parameters begin: each initialiser with the source of its formula; knows shapes, not layers.
//!
//! ```
//! nn_runtime::network! { network Net < dense(2->3, relu, init = he_uniform), dense(1) > }
//! use nn_runtime::Init;
//! assert_eq!(Net::PROGRAM.tensors[0].init, Init::HeUniform);
//! // The seed decides.
//! assert_eq!(Net::new(7).predict(&[1.0, 2.0]), Net::new(7).predict(&[1.0, 2.0]));
//! ```

use crate::real::Real;
use crate::rng::{INIT, Stream};

/// How a tensor begins. The last two axes are inputs and outputs, and those before them the window over which a unit gathers its
/// inputs and spreads its outputs: `fan_in` is the product of all axes but the last, `fan_out` that of all axes but the last but
/// one. For a matrix `[in, out]` that is `in` and `out`; for a kernel `[window.., in, out]` both times the extent of the window
/// (Glorot and Bengio 2010 with the receptive field, as in Keras and PyTorch). A vector has a `fan_in` of 1.
///
/// ```
/// use nn_runtime::Init;
/// let mut weight = [0.0_f32; 200];
/// Init::HeNormal.fill(&[10, 20], 0, 42, &mut weight);
/// let variance = weight.iter().map(|w| w * w).sum::<f32>() / 200.0;
/// assert!((variance - 2.0 / 10.0).abs() < 0.1);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// 0 everywhere.
    Zeros,
    /// 1 everywhere.
    Ones,
    /// The same value everywhere.
    Constant(f64),
    /// Uniform in `[low, high)`.
    Uniform {
        /// The lower end.
        low: f64,
        /// The upper end.
        high: f64,
    },
    /// Normal.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        std: f64,
    },
    /// Normal, redrawn until it lies within two standard deviations of the mean.
    TruncatedNormal {
        /// The mean before the cut.
        mean: f64,
        /// The standard deviation before the cut.
        std: f64,
    },
    /// Uniform in `±sqrt(6 / (fan_in + fan_out))` (Glorot and Bengio 2010, equation 16).
    GlorotUniform,
    /// Normal with variance `2 / (fan_in + fan_out)` (Glorot and Bengio 2010, equation 12).
    GlorotNormal,
    /// Uniform in `±sqrt(6 / fan_in)` (He, Zhang, Ren and Sun 2015, equation 10, as a uniform distribution of the same variance).
    HeUniform,
    /// Normal with variance `2 / fan_in` (He, Zhang, Ren and Sun 2015, equation 10).
    HeNormal,
    /// Uniform in `±sqrt(3 / fan_in)` (LeCun, Bottou, Orr and Müller 1998, equation 16, as a uniform distribution of the same variance).
    LecunUniform,
    /// Normal with variance `1 / fan_in` (LeCun, Bottou, Orr and Müller 1998, equation 16).
    LecunNormal,
    /// Orthonormal columns (or rows, if there are fewer rows), times `gain` (Saxe, McClelland and Ganguli 2014).
    /// The matrix is `[fan_in, last axis]`.
    Orthogonal {
        /// The factor.
        gain: f64,
    },
}

/// How often a truncated normal is redrawn before it is cut instead; an element gets there once in 10^85.
const REDRAWS: u32 = 64;

impl Init {
    /// Fills `out`, a tensor of `shape` in row-major order, for the tensor of number `index` in its network.
    ///
    /// ```
    /// # use nn_runtime::Init;
    /// let mut bias = [0.0_f64; 3];
    /// Init::Constant(0.5).fill(&[3], 0, 42, &mut bias);
    /// assert_eq!(bias, [0.5; 3]);
    /// ```
    pub fn fill<T: Real>(&self, shape: &[usize], index: u32, seed: u64, out: &mut [T]) {
        self.fill_placed(shape, index, seed, out, |i| i);
    }

    /// As [`Init::fill`], but the value at `i` of the row-major order goes to `place(i)`.
    ///
    /// ```
    /// use nn_runtime::Init;
    /// let (mut rows, mut columns) = ([0.0_f64; 6], [0.0_f64; 6]);
    /// Init::GlorotUniform.fill(&[2, 3], 0, 42, &mut rows);
    /// Init::GlorotUniform.fill_placed(&[2, 3], 0, 42, &mut columns, |at| at % 3 * 2 + at / 3);
    /// // The value of row 1 and column 0.
    /// assert_eq!(columns[1], rows[3]);
    /// ```
    pub fn fill_placed<T: Real>(
        &self,
        shape: &[usize],
        index: u32,
        seed: u64,
        out: &mut [T],
        place: impl Fn(usize) -> usize,
    ) {
        let stream = Stream { seed, stream: INIT + index, step: 0 };
        let (fan_in, fan_out) = fans(shape);
        let (fan_in_f, fan_sum) = (fan_in as f64, (fan_in + fan_out) as f64);
        let mut each = |value: &dyn Fn(u64) -> f64| {
            for i in 0..out.len() {
                out[place(i)] = T::from_f64(value(i as u64));
            }
        };
        let uniform = |low: f64, high: f64| move |i| low + (high - low) * stream.uniform(i);
        let normal = |mean: f64, std: f64| move |i| mean + std * stream.normal(i);
        let limit = |variance: f64| libm::sqrt(3.0 * variance);
        match *self {
            Init::Zeros => each(&|_| 0.0),
            Init::Ones => each(&|_| 1.0),
            Init::Constant(value) => each(&|_| value),
            Init::Uniform { low, high } => each(&uniform(low, high)),
            Init::Normal { mean, std } => each(&normal(mean, std)),
            Init::TruncatedNormal { mean, std } => each(&|i| mean + std * truncated(stream, i)),
            Init::GlorotUniform => each(&uniform(-limit(2.0 / fan_sum), limit(2.0 / fan_sum))),
            Init::GlorotNormal => each(&normal(0.0, libm::sqrt(2.0 / fan_sum))),
            Init::HeUniform => each(&uniform(-limit(2.0 / fan_in_f), limit(2.0 / fan_in_f))),
            Init::HeNormal => each(&normal(0.0, libm::sqrt(2.0 / fan_in_f))),
            Init::LecunUniform => each(&uniform(-limit(1.0 / fan_in_f), limit(1.0 / fan_in_f))),
            Init::LecunNormal => each(&normal(0.0, libm::sqrt(1.0 / fan_in_f))),
            Init::Orthogonal { gain } => {
                each(&normal(0.0, 1.0));
                orthonormalise(fan_in, shape.last().copied().unwrap_or(1), out, &place);
                for value in out {
                    *value *= T::from_f64(gain);
                }
            }
        }
    }
}

/// Inputs and outputs of one unit: all axes but the last, and all axes but the last but one.
fn fans(shape: &[usize]) -> (usize, usize) {
    match shape {
        [] => (1, 1),
        [only] => (1, *only),
        [window @ .., inputs, outputs] => {
            let field: usize = window.iter().product();
            (field * inputs, field * outputs)
        }
    }
}

/// A standard normal number within two standard deviations: the first one that is, over the redraws of its element.
fn truncated(stream: Stream, element: u64) -> f64 {
    let mut value = stream.normal(element);
    for step in 1..=REDRAWS {
        if value.abs() <= 2.0 {
            return value;
        }
        value = Stream { step, ..stream }.normal(element);
    }
    value.clamp(-2.0, 2.0)
}

/// Modified Gram-Schmidt on the columns of `[rows, columns]`, or on its rows if they are fewer. Each vector is cleaned twice,
/// which is enough (Giraud, Langou and Rozložník 2005).
fn orthonormalise<T: Real>(rows: usize, columns: usize, out: &mut [T], place: &impl Fn(usize) -> usize) {
    let (vectors, length) = if rows >= columns { (columns, rows) } else { (rows, columns) };
    let at = |vector: usize, i: usize| place(if rows >= columns { i * columns + vector } else { vector * columns + i });
    for vector in 0..vectors {
        for _ in 0..2 {
            for earlier in 0..vector {
                let along: f64 = (0..length).map(|i| out[at(vector, i)].to_f64() * out[at(earlier, i)].to_f64()).sum();
                for i in 0..length {
                    let cleaned = out[at(vector, i)].to_f64() - along * out[at(earlier, i)].to_f64();
                    out[at(vector, i)] = T::from_f64(cleaned);
                }
            }
            let norm = libm::sqrt((0..length).map(|i| out[at(vector, i)].to_f64()).map(|x| x * x).sum());
            for i in 0..length {
                out[at(vector, i)] = T::from_f64(out[at(vector, i)].to_f64() / norm);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: [usize; 2] = [40, 50];

    fn filled(init: Init) -> [f64; 2000] {
        let mut out = [f64::NAN; 2000];
        init.fill(&SHAPE, 3, 7, &mut out);
        out
    }

    fn assert_variance(init: Init, variance: f64, largest: f64) {
        let values = filled(init);
        let found = values.iter().map(|v| v * v).sum::<f64>() / 2000.0;
        assert!((found / variance - 1.0).abs() < 0.1, "{init:?}: variance {found} instead of {variance}");
        assert!(values.iter().all(|v| v.abs() <= largest), "{init:?}: a value above {largest}");
    }

    #[test]
    fn variances_are_those_of_the_papers() {
        let cases = [
            (Init::GlorotUniform, Init::GlorotNormal, 2.0 / 90.0),
            (Init::HeUniform, Init::HeNormal, 2.0 / 40.0),
            (Init::LecunUniform, Init::LecunNormal, 1.0 / 40.0),
        ];
        for (uniform, normal, variance) in cases {
            assert_variance(uniform, variance, libm::sqrt(3.0 * variance));
            assert_variance(normal, variance, f64::INFINITY);
        }
        // The variance of a normal distribution cut at two standard deviations.
        assert_variance(Init::TruncatedNormal { mean: 0.0, std: 0.5 }, 0.7737 * 0.25, 1.0);
    }

    #[test]
    fn windows_count_for_both_fans() {
        assert_eq!(fans(&[]), (1, 1));
        assert_eq!(fans(&[7]), (1, 7));
        assert_eq!(fans(&[4, 16]), (4, 16));
        assert_eq!(fans(&[5, 5, 1, 6]), (25, 150));
        // Glorot's bound for a kernel of 3 x 3 from 10 to 20 channels: sqrt(6 / (90 + 180)).
        let mut kernel = [0.0_f64; 1800];
        Init::GlorotUniform.fill(&[3, 3, 10, 20], 0, 1, &mut kernel);
        let largest = kernel.iter().fold(0.0_f64, |largest, v| largest.max(v.abs()));
        let bound = libm::sqrt(6.0 / 270.0);
        assert!(largest <= bound && largest > 0.99 * bound, "{largest} against {bound}");
    }

    #[test]
    fn orthogonal_matrices_have_orthonormal_columns_or_rows() {
        for (rows, columns) in [(6, 4), (4, 6), (5, 5)] {
            let mut out = [0.0_f64; 25];
            let out = &mut out[..rows * columns];
            // Through a transposed layout, so that the place of each value counts.
            let place = |i: usize| (i % columns) * rows + i / columns;
            Init::Orthogonal { gain: 2.0 }.fill_placed(&[rows, columns], 0, 1, out, place);
            let (vectors, length) = if rows >= columns { (columns, rows) } else { (rows, columns) };
            for a in 0..vectors {
                for b in 0..vectors {
                    let at = |v: usize, i: usize| {
                        out[place(if rows >= columns { i * columns + v } else { v * columns + i })]
                    };
                    let dot: f64 = (0..length).map(|i| at(a, i) * at(b, i)).sum();
                    assert!((dot - if a == b { 4.0 } else { 0.0 }).abs() < 1e-12);
                }
            }
        }
    }

    #[test]
    fn both_precisions_begin_with_the_same_numbers() {
        let mut single = [0.0_f32; 2000];
        Init::HeNormal.fill(&SHAPE, 3, 7, &mut single);
        assert!(single.iter().zip(filled(Init::HeNormal)).all(|(s, d)| *s == d as f32));
    }

    #[test]
    fn tensors_and_seeds_begin_differently() {
        let draw = |index, seed| {
            let mut out = [0.0_f64; 8];
            Init::Normal { mean: 0.0, std: 1.0 }.fill(&[8], index, seed, &mut out);
            out
        };
        assert_ne!(draw(0, 1), draw(1, 1));
        assert_ne!(draw(0, 1), draw(0, 2));
        assert_eq!(draw(0, 1), draw(0, 1));
    }
}
