//! How a tensor begins, as a value; how it draws is the runtime's.

/// How a tensor begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// 0.
    Zeros,
    /// 1.
    Ones,
    /// One value everywhere.
    Constant(f64),
    /// Uniform between two bounds.
    Uniform {
        /// The lower bound.
        low: f64,
        /// The upper bound.
        high: f64,
    },
    /// Normal.
    Normal {
        /// The mean.
        mean: f64,
        /// The standard deviation.
        std: f64,
    },
    /// Normal, cut at two standard deviations.
    TruncatedNormal {
        /// The mean.
        mean: f64,
        /// The standard deviation before the cut.
        std: f64,
    },
    /// Uniform, variance 2 / (fan in + fan out).
    GlorotUniform,
    /// Normal, variance 2 / (fan in + fan out).
    GlorotNormal,
    /// Uniform, variance 2 / fan in.
    HeUniform,
    /// Normal, variance 2 / fan in.
    HeNormal,
    /// Uniform, variance 1 / fan in.
    LecunUniform,
    /// Normal, variance 1 / fan in.
    LecunNormal,
    /// Orthonormal rows or columns, times a gain.
    Orthogonal {
        /// The factor.
        gain: f64,
    },
}
